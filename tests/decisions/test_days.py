"""A whole day by one command: in its order, going on after failures, never twice, one run at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from keepwell.book.scorer import Scorer
from keepwell.cli import run
from keepwell.deciding import alerts, standings
from keepwell.feedback import reviews
from keepwell.state import State
from keepwell.timeline.ledger import Ledger
from keepwell.use_cases import actions, days, runs
from tests.decisions.fallen import BASELINE, FELL
from tests.small_project import SmallProject


@pytest.fixture(scope="module")
def begun(scored: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Decided through the baseline."""
    small = SmallProject.copy(scored, tmp_path_factory.mktemp("days") / "project")
    small.today = str(BASELINE)
    days.run_day(small.project, days.Listeners(print))
    return small.folder


@pytest.fixture
def company(begun: Path, tmp_path: Path) -> SmallProject:
    """The morning after A fell, with a folder as channel."""
    small = SmallProject.copy(begun, tmp_path / "project")
    small.settings["channels"] = "{team: {kind: folder, folder: told}}"
    small.today = str(FELL)
    return small


def command(small: SmallProject, *words: str) -> int:
    return run(["run", *words, "--project", str(small.project.folder)])


def test_a_day_is_one_line_a_step_and_a_second_run_finds_nothing_to_do(
    company: SmallProject, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal each step says on standard error that it began, and each day that it is decided."""
    assert command(company, "--dry-run") == 0
    planned = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in planned] == ["ingest", "score", "transitions", "handoffs", "deliver"]
    assert "would decide 1 day up to 2026-03-20" in planned[2]
    assert not (company.folder / "told").exists(), "a dry run writes nothing"
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert command(company) == 0
    found = capsys.readouterr()
    begun = [f"{step} ..." for step in ("ingest", "score", "transitions", "handoffs", "deliver")]
    assert found.err.splitlines() == [*begun[:3], "2026-03-20 decided by small: 3 transitions", *begun[3:]]
    monkeypatch.undo()
    assert found.out.splitlines() == [
        "ingest       nothing new",
        "score        2026-03-20 scored: small 2 of 2",
        "transitions  1 day decided, 3 transitions",
        "handoffs     1 day decided, 0 changes",
        "deliver      1 sent",
    ]
    assert command(company) == 0
    again, beside = capsys.readouterr()
    assert beside == ""
    assert again.splitlines()[1:] == [
        "score        2026-03-20 scored, as before: small 2 of 2",
        "transitions  nothing new to decide",
        "handoffs     nothing new to decide",
        "deliver      0 sent",
    ]
    assert command(company, "--as-of", "2026-03-25") == 2
    assert "2026-03-25 has not closed yet" in capsys.readouterr().err


def test_a_step_that_fails_says_what_was_kept_and_stops_only_what_needs_it(
    company: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    (company.folder / "exports" / "tickets.csv").unlink()
    assert command(company) == 2
    out, err = capsys.readouterr()
    assert "tickets.csv" in err
    assert "nothing of this load is kept" in err
    assert "deliver      1 sent" in out, "the day goes on with what was loaded before"
    company.write("scorecards/small.yml", "scorecard: [")
    assert command(company, "--json") == 2
    steps = json.loads(capsys.readouterr().out)["steps"]
    assert [step["ending"] for step in steps][:3] == ["failed", "failed", "not_tried"]
    assert steps[2]["text"] == "it needs score"


def test_only_rows_that_no_load_before_quarantined_are_findings_of_a_run(company: SmallProject) -> None:
    """The whole file is exported every night, with the bad rows of last year."""
    tickets = (company.folder / "exports/tickets.csv").read_text(encoding="utf-8")
    told = []
    for more in ("4,B,soon,low\n", "5,B,2026-03-18,low\n", "", "6,B,later,low\n"):
        tickets += more
        company.write("exports/tickets.csv", tickets)
        told.append(days._ingest(days.Today(company.project, FELL, days.Listeners(print))))
    names = "'keepwell ingest' names them"
    assert told == [
        (f"nothing new, 1 row quarantined: {names}", 1),
        (f"1 new row of 2 tables, 1 row quarantined as before: {names}", 0),
        (f"nothing new, 1 row quarantined as before: {names}", 0),
        (f"nothing new, 1 row quarantined, 1 row quarantined as before: {names}", 1),
    ]


def test_of_two_runs_at_once_one_is_told_to_come_again(
    company: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    with State(company.project.state_url).alone("run", lambda: datetime(2026, 3, 21, 8), timedelta(hours=1)):
        assert command(company) == 2
    assert "another run is doing the day" in capsys.readouterr().err


def test_a_span_of_days_says_which_is_done_and_sums_up_what_they_told(scored: Path, tmp_path: Path) -> None:
    said: list[str] = []
    span = days.decide_span(SmallProject.copy(scored, tmp_path / "span").project, BASELINE, FELL, said.append)
    assert said[-2:] == ["2026-03-19 decided by small: 0 transitions", "2026-03-20 decided by small: 3 transitions"]
    assert said[0].startswith("2026-01-18 to "), "sixty days before count for a status"
    assert [(one.day, one.live) for one in span.days] == [(FELL, 3)]
    assert sum(count for _, count in span.kinds) == 3


def test_ten_days_of_one_run_tell_what_ten_runs_tell_and_ask_what_lies_behind_them_once(
    scored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More days than a week: of two of them the same past day is asked, as known on each."""
    since = FELL - timedelta(days=9)
    runs.backfill(SmallProject.copy(scored, tmp_path / "first").project, since - timedelta(days=30), FELL)
    one, ten = (SmallProject.copy(tmp_path / "first", tmp_path / name) for name in ("one", "ten"))
    for n in range(10):
        actions.transitions(ten.project, as_of=since + timedelta(days=n))
    actions.transitions(one.project, as_of=since)
    asked: list[str] = []
    for name in ("watermarks", "known_of_all"):
        monkeypatch.setattr(Ledger, name, _noting(getattr(Ledger, name), name, asked))
    actions.transitions(one.project, as_of=FELL)
    assert asked.count("watermarks") == 1
    assert asked.count("known_of_all") == 1
    assert _told(one) == _told(ten)
    assert any(_told(one))


def _noting(what: Callable[..., Any], name: str, asked: list[str]) -> Callable[..., Any]:
    def noted(*given: Any) -> Any:
        asked.append(name)
        return what(*given)

    return noted


def _told(small: SmallProject) -> tuple[object, ...]:
    state = Scorer(small.project).state
    with state.engine.connect() as connection:
        asked = [(row.item.key, row.item.body) for row in reviews.undecided(connection)]
    told = standings.transitions(state, "small", FELL - timedelta(days=9), FELL)
    return told, standings.standings(state, "small"), alerts.every(state, FELL, FELL), asked
