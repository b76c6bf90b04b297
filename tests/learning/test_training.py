"""From a file of examples to a card with its papers, or to a refusal that says why; by the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from keepwell.cli import run
from keepwell.learning.papers import model_card
from keepwell.learning.samples.examples import Examples, Sample
from keepwell.learning.samples.table import read_table
from keepwell.learning.training import card_over, compared, train
from keepwell.words.learning import ExampleTable, TrainRequest
from keepwell.words.problem import KeepwellError, StopRule
from keepwell.words.report import Finding
from tests.learning.companies import company, only

EXPERT = """
scorecard: expert
form: points
baseline: 80
inputs:
  use: {title: Use}
  tickets: {title: Tickets, better: lower}
measures:
  use: {bands: [{below: 30, points: -30}, {points: 0}]}
  tickets: {each: -3, at_most: -18}
tiers: {healthy: 70, watch: 50, at risk: 0}
"""


def written(examples: Examples, file: Path, **more: Any) -> Path:
    """The examples as a file, as somebody else would have made it."""
    columns: dict[str, Any] = {}
    for column in examples.columns:
        known = ~np.isnan(column.values)
        if column.signal.categories:
            columns[column.name] = [column.signal.categories[int(v)] for v in column.values]
        else:
            columns[column.name] = [
                v / column.signal.unit.scale if k else None for v, k in zip(column.values, known, strict=True)
            ]
    table = pa.table(
        {"account": list(examples.keys), **columns, "left": ["yes" if o else "no" for o in examples.outcome], **more}
    )
    if file.suffix == ".csv":
        pyarrow.csv.write_csv(table, file)
    else:
        pq.write_table(table, file)
    return file


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an expert's card and what was learned of 700 accounts beside it."""
    folder = tmp_path_factory.mktemp("learning")
    (folder / "expert.yml").write_text(EXPERT, encoding="utf-8")
    file = written(only(company(500, base=-1.0), "use", "tickets", "tariff", "survey"), folder / "examples.csv")
    assert run(["train", *of(file), "--expert", str(folder / "expert.yml"), "--out", str(folder / "learned")]) == 0
    return folder


def of(file: Path) -> list[str]:
    return ["--examples", str(file), "--label", "left", "--exclude", "account"]


def test_the_card_and_its_model_card_say_what_it_rests_on(place: Path) -> None:
    paper = json.loads((place / "learned" / "learned.model.json").read_text(encoding="utf-8"))
    assert paper["trained"]["rows"] == 500
    assert re.fullmatch("[0-9a-f]{16}", paper["trained"]["data"])
    assert paper["report"]["evaluation"]["how"] == "5 stratified folds"
    names = [one["name"] for one in paper["report"]["evaluation"]["predictors"]]
    assert names == ["this card", "always stays", "black box", "expert card"]
    assert paper["limits"]
    examples = read_table(ExampleTable(place / "examples.csv", "left", leave_out=("account",))).examples
    assert card_over(place / "learned" / "learned.yml", examples).plan.card.trained == paper["trained"]


def test_the_page_is_one_small_file_that_loads_nothing(place: Path) -> None:
    text = (place / "learned" / "learned.html").read_text(encoding="utf-8")
    assert len(text.encode()) < 2_000_000
    assert not re.search(r"(src|href)=|url\(|@import|https?://", text)
    assert "td { white-space: nowrap; }" in text  # a figure and its interval stay on one line,
    assert text.count("<table>") == text.count('<div class="wide"><table>')  # which narrow screens push sideways
    assert re.search(r'<td class="text">(Use|Tickets|Survey|Tariff): [^<]+, ', text)  # words may be broken
    for heading in (
        "Beside what else could be done",
        "Foretold and observed",
        "What each tier meant",
        "Where it was most wrong",
    ):
        assert heading in text


def test_the_screen_says_examples_where_examples_are_counted(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Several examples of an account may stand before one outcome: shares and tiers are of examples."""
    assert (
        run(["evaluate", str(place / "expert.yml"), *of(place / "examples.csv"), "--html", str(place / "e.html")]) == 0
    )
    shown = " ".join(capsys.readouterr().out.split())
    assert re.search(r"expert, judged on 500 examples, \d+ outcomes; one followed [\d.]+ % of the examples; ", shown)
    assert "tier examples foretold observed" in shown
    page = (place / "e.html").read_text(encoding="utf-8")
    assert re.search(r"<p>500 examples, \d+ outcomes; one followed [\d.]+ % of the examples\. [A-Z0-9]", page)


@pytest.mark.parametrize("made", ["rung: full table, until: '2025-12-01'", "events: 60, until: '2025-12-01'"])
def test_a_card_that_outcomes_have_made_is_compared_on_months_new_to_it(place: Path, tmp_path: Path, made: str) -> None:
    """One that was learned as one that was suggested: it would be flattered by the others."""
    (tmp_path / "made.yml").write_text(f"{EXPERT}trained: {{{made}}}\n", encoding="utf-8")
    undated = read_table(ExampleTable(place / "examples.csv", "left")).examples
    examples = replace(undated, ahead_days=60, day=np.zeros(undated.size, dtype=np.int64))
    card = card_over(tmp_path / "made.yml", examples)
    assert compared(card, examples).since == "2026-01-30"
    assert compared(card_over(place / "expert.yml", examples), examples).since is None
    assert compared(card, undated).since is None, "rows without a time cannot be told apart"


def test_evaluate_examines_a_hand_written_card(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", str(place / "expert.yml"), *of(place / "examples.csv"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["scorecard"] == "expert"
    measures = found["predictors"][0]["measures"]
    assert 0.5 < measures["auc"]["low"] <= measures["auc"]["value"] <= measures["auc"]["high"]


def test_a_table_with_times_and_accounts_is_examined_on_later_months_and_other_accounts(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    examples = company(900, base=-1.0, months=6)
    assert examples.day is not None
    assert examples.group is not None
    months = [date.fromordinal(date(2026, 1, 1).toordinal() + int(day)) for day in examples.day]
    who = [f"A{number}" for number in examples.group]
    table = written(only(examples, "use", "tickets"), tmp_path / "dated.parquet", month=months, who=who,
                    revenue=[1000 + number for number in examples.group])  # fmt: skip
    columns = ["--time", "month", "--group", "who", "--mrr", "revenue", "--ahead", "60"]
    assert run(["evaluate", str(place / "expert.yml"), *of(table), *columns, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    said = "rolling origin, 3 windows, learning ends 60 days before each window; no account on both sides"
    assert found["how"] == said
    assert found["rows"] == 450, "the three newest months"
    assert {one["signal"] for one in found["contrasts"]} == {"use", "tickets"}, "none of the named columns is a signal"
    assert 0.5 < found["mrr_auc"] < 1
    assert found["last_window"]


@pytest.mark.slow
def test_a_card_that_a_coin_may_equal_may_only_diagnose(tmp_path: Path) -> None:
    """Enough outcomes for a full table, and nothing in it that foretells them."""
    examples = company(450, base=-1.0)
    shuffled = replace(examples, outcome=np.random.default_rng(3).permutation(examples.outcome))
    request = TrainRequest(ExampleTable(tmp_path, "left"), "noise", tmp_path)
    _, report = train(request, Sample(only(shuffled, "noise"), "data"))
    assert (report.rung, report.authority) == ("full table", "diagnose")
    assert "ranks no better than chance for certain" in report.reasons[-1]
    assert report.evaluation is not None
    assert "there is nothing certain to learn here" in report.evaluation.notes[0]


DOUBTS = (
    Finding("churn.not_marked", "warning", 40, "accounts with a churn event that are not marked churned: 40", ("A1",)),
    Finding("churn.no_event", "warning", 1, "accounts marked churned without a churn event: 1", ("A2",)),
    Finding("usage.before_start", "warning", 9_000, "usage rows before the start of their subscription: 9,000"),
)


@pytest.mark.slow
def test_contradictory_labels_stop_training_until_accepted_and_are_kept_in_its_papers(tmp_path: Path) -> None:
    """One case among a hundred outcomes is a slip; forty are no labels. Other contradictions are told and kept."""
    sample = Sample(only(company(150, base=0), "use"), "data", contradictions=DOUBTS)
    request = TrainRequest(ExampleTable(tmp_path, "left"), "doubtful", tmp_path)
    with pytest.raises(StopRule) as stopped:
        train(request, sample)
    labels, use = (str(problem) for problem in stopped.value.problems)
    assert "are not marked churned: 40 (A1 ...); correct the sources, or accept it in writing" in labels
    assert "usage rows before the start of their subscription: 9,000" in use
    card, report = train(replace(request, accepted={"label_contradiction": "to see"}), sample)
    paper = model_card(card, report)
    assert paper["trained"]["accepted_label_contradiction"] == "to see"
    assert [one["kind"] for one in paper["report"]["leaks"]] == ["label_contradiction"]
    assert [one["count"] for one in paper["report"]["contradictions"]] == [40, 1, 9_000]
    assert any("9,000" in warning for warning in report.warnings)


def test_training_stops_at_a_leak_until_it_is_excluded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    examples = company(400, base=-1.0)
    reason = [("price" if o else None) for o in examples.outcome]
    file = written(examples, tmp_path / "examples.parquet", cancel_reason=reason)
    assert run(["train", *of(file), "--out", str(tmp_path)]) == 3
    told = capsys.readouterr().err
    assert "cancel_reason is filled" in told
    assert "--accept 'cancel_reason=why'" in told
    assert not (tmp_path / "learned.yml").exists()
    assert run(["train", *of(file), "--accept", "cancel_reson=told on the day", "--out", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "'cancel_reson' is accepted, but nothing was found there; did you mean 'cancel_reason'?" in told


def test_a_direction_of_an_unknown_signal_is_told_the_nearest(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", *of(place / "examples.csv"), "--direction", "ticket=riskier"]) == 2
    assert "did you mean 'tickets'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("evaluate", "expert.yml", "--html", "none/e.html"), "none: there is no such folder; create it"),
        (("backtest", "own", "--html", "cards"), "cards: this is a folder; expected the name of a file"),
        (("monitor", "--period", "month", "--out", "none/e.md"), "none: there is no such folder"),
        (("monitor", "--period", "week"), "Invalid value for '--period': 'week' is not one of 'month', 'quarter'; see"),
        (("evaluate", "expret.yml"), "expret.yml: file not found; did you mean 'expert.yml'?"),
        (("evaluate", "expert.yml", "--expert", "nobody.yml"), "nobody.yml: file not found; check the path"),
        (("train", "--expert", "expret.yml"), "expret.yml: file not found; did you mean 'expert.yml'?"),
        (("train", "--out", "expert.yml/x"), "expert.yml: this is no folder; name a folder with --out"),
    ],
)
def test_what_would_fail_at_the_end_is_told_before_the_examples_are_read(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: Sequence[str], said: str
) -> None:
    monkeypatch.chdir(place)
    (place / "cards").mkdir(exist_ok=True)
    table = () if command[0] in ("backtest", "monitor") else ("--examples", "unread.csv", "--label", "left")
    assert run([*command, *table]) == 2
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1
    assert said in told


@pytest.mark.parametrize("command", ["evaluate", "backtest", "monitor"])
def test_an_unknown_card_of_a_project_is_told_with_the_nearest_before_any_data_is_looked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """This project has no data at all."""
    (tmp_path / "keepwell.yml").write_text("version: 1\nname: X\n", encoding="utf-8")
    assert run([command, "defult-ten", "--project", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "unknown scorecard 'defult-ten'; did you mean 'default-ten'?\n"


def test_under_twenty_outcomes_nothing_is_learned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    examples = company(400, base=-1.0)
    few = examples.take(np.concatenate([np.flatnonzero(~examples.outcome), np.flatnonzero(examples.outcome)[:12]]))
    assert run(["train", *of(written(few, tmp_path / "few.csv")), "--out", str(tmp_path)]) == 3
    assert "8 more are needed" in capsys.readouterr().err


def test_under_twenty_outcomes_no_signal_is_accused_of_knowing_them(tmp_path: Path) -> None:
    examples = company(400, base=-1.0)
    few = examples.take(np.concatenate([np.flatnonzero(~examples.outcome), np.flatnonzero(examples.outcome)[:12]]))
    told = replace(few.column("use"), values=few.outcome.astype(float))
    request = TrainRequest(ExampleTable(tmp_path, "left"), "few", tmp_path)
    with pytest.raises(StopRule, match="8 more are needed"):
        train(request, Sample(replace(few, columns=(told,)), "data"))


def test_with_few_outcomes_only_the_weights_of_the_experts_card_move(tmp_path: Path) -> None:
    examples = only(company(600, base=-1.0), "use", "tickets")
    few = examples.take(np.concatenate([np.flatnonzero(~examples.outcome), np.flatnonzero(examples.outcome)[:35]]))
    (tmp_path / "expert.yml").write_text(EXPERT, encoding="utf-8")
    call = ["train", *of(written(few, tmp_path / "few.csv")), "--out", str(tmp_path), "--name", "shrunk"]
    assert run(call) == 3
    assert run([*call, "--expert", str(tmp_path / "expert.yml")]) == 0
    paper = json.loads((tmp_path / "shrunk.model.json").read_text(encoding="utf-8"))
    assert (paper["report"]["rung"], paper["report"]["authority"]) == ("shrink to the expert card", "diagnose")
    assert list(card_over(tmp_path / "shrunk.yml", few).plan.card.measures) == ["use", "tickets"]


@pytest.mark.parametrize(
    ("label", "said"),
    [
        (["1", "0", "maybe"], "'left' holds 0, 1, maybe"),
        (["1", "1", "1"], "the same in all rows"),
        (["1", None, "0"], "1 rows have no 'left'"),
    ],
)
def test_a_label_that_cannot_be_read_is_one_clear_line(tmp_path: Path, label: list[str | None], said: str) -> None:
    pq.write_table(pa.table({"left": label, "use": [1, 2, 3]}), tmp_path / "a.parquet")
    with pytest.raises(KeepwellError, match=re.escape(said)):
        read_table(ExampleTable(tmp_path / "a.parquet", "left"))


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--mrr", "revenue"], "no column 'revenue' for --mrr"),
        (["--name", "My Card"], "--name: 'My Card' is no name of a scorecard; expected a letter"),
        (["--name", "../card"], "--name: '../card' is no name of a scorecard"),
    ],
)
def test_an_option_that_does_not_fit_is_one_clear_line(
    place: Path, capsys: pytest.CaptureFixture[str], option: list[str], said: str
) -> None:
    assert run(["train", *of(place / "examples.csv"), *option, "--out", str(place / "elsewhere")]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1
    assert not (place / "elsewhere").exists()


@pytest.mark.parametrize(
    ("columns", "options", "said"),
    [
        ({"use": [1, 2, 3]}, {"mrr": "mrr"}, "no column 'mrr' for --mrr"),
        ({"use": [1, 2, 3], "mrr": ["a", "b", "c"]}, {"mrr": "mrr"}, "'mrr' for --mrr holds words"),
        ({"use": [1, 2, 3], "at": [20250131, 20250228, 20250331]}, {"time": "at"}, "'at' holds rows that are no days"),
        ({"use-days": [1, 2, 3], "use_days": [3, 1, 2]}, {}, "two columns would be the signal 'use_days'"),
        ({"use": [1, 2, 3], "left": ["lost"] * 3}, {"outcome": "lost"}, "'left' is the same in all rows"),
    ],
)
def test_a_table_that_does_not_fit_is_one_clear_line(
    tmp_path: Path, columns: dict[str, list[object]], options: dict[str, str], said: str
) -> None:
    pq.write_table(pa.table({"left": [1, 0, 1], **columns}), tmp_path / "a.parquet")
    with pytest.raises(KeepwellError, match=re.escape(said)):
        read_table(ExampleTable(tmp_path / "a.parquet", "left", **options))  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("use,left\n1,0\n\n2,1,x\n", ":4: the first line has 2 columns separated by ',', this one 3; mend the line"),
        ("use\tleft\n1\t0\n2\n", ":3: the first line has 2 columns separated by a tab, this one 1"),
        ("use,left\n1;0\n2;1\n", ":2: the first line has 2 columns separated by ',', this one 1"),
        ('use,left\n"1\nor 2",0\n"3,1\n', ":4: the row that begins here is no CSV"),
        ("use,left\nf\xfcnf,1\n", ": this is no text in UTF-8; save it as UTF-8"),
    ],
)
def test_a_line_of_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(KeepwellError, match=re.escape(f"{file}{said}")):
        read_table(ExampleTable(file, "left"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_columns_may_be_separated_by_other_signs_and_values_may_hold_them(tmp_path: Path, delimiter: str) -> None:
    rows = ["use", "tariff", "left"], ["1.5", f'"a{delimiter}b"', "0"], ["2", '"say ""c"""', "1"]
    (tmp_path / "a.csv").write_text("\ufeff" + "".join(delimiter.join(row) + "\r\n" for row in rows), encoding="utf-8")
    examples = read_table(ExampleTable(tmp_path / "a.csv", "left")).examples
    assert examples.column("use").signal.unit.scale == 10
    assert examples.column("tariff").signal.categories == (f"a{delimiter}b", 'say "c"')


def test_few_accounts_are_refused_by_their_outcomes_and_a_name_by_its_letters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = {"left": [1, 0] * 3, "use": [1, 2, 3, 4, 5, 6], "account": ["A", "A", "B", "B", "C", "C"]}
    pq.write_table(pa.table(few), tmp_path / "a.parquet")
    call = ["train", "--examples", str(tmp_path / "a.parquet"), "--label", "left", "--group", "account"]
    assert run([*call, "--out", str(tmp_path)]) == 3
    assert "17 more are needed" in capsys.readouterr().err
    assert run([*call, "--out", str(tmp_path / "learned"), "--name", "../../elsewhere"]) == 2
    assert "'../../elsewhere' is no name of a scorecard" in capsys.readouterr().err


def test_a_word_among_numbers_is_named_with_its_row(tmp_path: Path) -> None:
    use = [*(str(n) for n in range(30)), "unlimited"]
    pq.write_table(pa.table({"left": [0, 1] * 15 + [0], "use": use}), tmp_path / "a.parquet")
    with pytest.raises(
        KeepwellError, match="'use' holds numbers, but 1 of 31 values are words, such as 'unlimited' in row 31"
    ):
        read_table(ExampleTable(tmp_path / "a.parquet", "left"))


@pytest.mark.parametrize("number", ["43,2", "43 %"])
def test_numbers_written_for_people_are_named_and_do_not_become_words(tmp_path: Path, number: str) -> None:
    """A German export: as words most columns would be left out, or each number a category of its own."""
    pq.write_table(pa.table({"left": [0, 1, 0], "use": ["12", number, None]}), tmp_path / "a.parquet")
    said = f"'use' holds numbers with a decimal comma or a percent sign, such as '{number}' in row 2; write them with a point"
    with pytest.raises(KeepwellError, match=re.escape(said)):
        read_table(ExampleTable(tmp_path / "a.parquet", "left"))


def test_columns_keep_their_decimals_and_their_words(tmp_path: Path) -> None:
    given = {
        "left": [0, 1, 0],
        "Share %": [0.25, None, 0.5],
        "plan": ["Pro-plus", "basic", "pro plus"],
        "day": [1, 1, 1],
    }
    pq.write_table(pa.table(given), tmp_path / "a.parquet")
    table = read_table(ExampleTable(tmp_path / "a.parquet", "left"))
    assert [(c.name, c.signal.unit.scale, c.signal.categories) for c in table.examples.columns] == [
        ("share", 100, ()),
        ("plan_column", 1, ("Pro-plus", "basic")),
    ]
    assert table.left_out == (("day", "the same in every row"),)
