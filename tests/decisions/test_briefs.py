"""A week as its people read it, and what is asked after a loss: one project with a fall, an upsell and a loss."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from keepwell.book.scorer import Scorer
from keepwell.briefing.postmortem import _since_baseline
from keepwell.cli import run
from keepwell.deciding import agreements
from keepwell.deciding.changes import ClosedDay
from keepwell.feedback import reviews
from tests.decisions.fallen import BASELINE, FELL, LAST, LIVE
from tests.small_project import SmallProject

DEALS = """source: deals
system: crm
folder: exports
tables:
  - file: deals.csv
    facts:
      - kind: opportunity
        id: id
        account: {system: account, column: account}
        since: created
        columns: {type: type, stage: stage, amount: amount, currency: currency, opened_day: opened}
  - file: outcomes.csv
    facts:
      - kind: outcome
        id: id
        account: {system: account, column: account}
        since: created
        columns: {outcome_day: day, type: type, reason: reason}
  - file: goals.csv
    facts:
      - kind: goal
        id: id
        account: {system: account, column: account}
        since: created
        columns: {name: name, created_day: created, due_day: {column: due, known: at_start}}
"""


@pytest.fixture(scope="module")
def week(scored: Path, tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """A fell on 20 March and has an upsell open; B is lost on the 21st, of whom nothing was told."""
    small = SmallProject.copy(scored, tmp_path_factory.mktemp("week") / "project")
    small.settings["channels"] = "{team: {kind: folder, folder: told}}"
    small.write(
        "policy/ours.yml", LIVE.replace("{owner: Olga}", "{owner: {fields: [owner], else: Olga}, cs_manager: Max}")
    )
    small.write("sources/deals.yml", DEALS)
    small.write(
        "exports/deals.csv", "id,account,type,stage,amount,currency,opened\nD1,A,upsell,offer,900.00,EUR,2026-02-01\n"
    )
    small.write("exports/outcomes.csv", "id,account,day,type,reason\nO1,B,2026-03-21,churned,price\n")
    goals = "G1,A,Invoices in a day,2026-01-05,2026-06-30\nG2,A,Less churn of ours,2026-01-05,2026-06-30\n"
    small.write("exports/goals.csv", f"id,account,name,created,due\n{goals}")
    small.today = str(LAST)
    small.ingest()
    small.decide(BASELINE, FELL, LAST)
    return small


def command(week: SmallProject, *words: str) -> int:
    return run([*words, "--project", str(week.project.folder)])


def test_owner_and_manager_read_who_fell_why_and_what_is_sold_beside(
    week: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(week, "brief", "--as-of", str(LAST), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [(one["person"], one["role"], one["accounts"]) for one in found["briefs"]] == [
        ("Max", "manager", 2),
        ("Olaf", "owner", 2),
    ]
    parts = {part["part"]: part["lines"] for part in found["briefs"][1]["parts"]}
    assert set(parts) == {"dropped", "pipeline"}
    [dropped], [upsell] = parts["dropped"], parts["pipeline"]
    assert (dropped["account_id"], dropped["play"]) == ("A", "joint-review")
    assert "problem ticket" in dropped["text"]
    assert "Upsell open since 2026-02-01, 900 EUR, stage offer" in upsell["text"]
    assert command(week, "brief", "--manager", "Max", "--format", "md") == 0
    said = capsys.readouterr().out
    assert said.startswith("# 1 account dropped by 15 points or more: the week of 2026-03-15 to 2026-03-21, 2 accounts")
    assert "Alpha (A) \\[Olaf\\]: " in said
    assert command(week, "brief", "--owner", "Olaff") == 2
    assert "no account has 'Olaff' as its owner; did you mean 'Olaf'?" in capsys.readouterr().err


def test_a_week_without_news_is_not_written_and_that_is_said(
    week: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(week, "brief", "--owner", "Olaf", "--as-of", str(BASELINE)) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", "Nothing to tell: Olaf (owner).\n")
    assert command(week, "brief", "--as-of", "2026-03-22") == 2
    assert "2026-03-22 is not decided: it is decided through 2026-03-21" in capsys.readouterr().err


def test_a_brief_is_delivered_once_a_person_and_week_and_the_alert_names_the_upsell(
    week: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert command(week, "brief", "--deliver") == 0
        assert "2 in the outbox" in capsys.readouterr().err
        assert command(week, "deliver") == 0
    texts = [file.read_text(encoding="utf-8") for file in (week.folder / "told").iterdir()]
    assert sum("Dropped in the week" in text for text in texts) == 2
    assert [text for text in texts if "In the pipeline\nUpsell open" in text and "at risk" in text]


def test_a_loss_asks_for_a_post_mortem_and_one_without_an_alert_asks_why(
    week: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    with Scorer(week.project).state.engine.connect() as connection:
        asked = {row.item.kind: row.item for row in reviews.undecided(connection)}
    assert {kind: (it.key, it.asked) for kind, it in asked.items() if it.account_id == "B"} == {
        "postmortem": ("postmortem/B/2026-03-21", "Max"),
        "missed_risk": ("missed_risk/B/2026-03-21", "Max"),
    }
    assert "No change was seen in the ninety days before; the last score was" in asked["missed_risk"].body
    scorer = Scorer(week.project)
    closed = ClosedDay(scorer, scorer.headline(), LAST, agreements.policies(week.project, scorer.cards)["small"])
    at_risk = [_since_baseline(closed, "B", {BASELINE: milli}, None) for milli in (49_000, 51_000)]
    assert at_risk == [BASELINE, None], "it would have been so by the first decided day"
    assert command(week, "postmortem", "Beta", "--format", "text") == 0
    said = capsys.readouterr().out
    assert said == asked["postmortem"].body
    assert "Reason given: price\n" in said
    assert "First alert: none: nobody was told\n" in said
    assert command(week, "postmortem", "A") == 2
    assert "'A' is not lost, as far as 2026-03-21 knows" in capsys.readouterr().err


def test_a_pack_is_written_to_a_file_in_the_edition_that_is_asked_for(
    week: SmallProject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pack.html"
    options = ("--edition", "customer", "--format", "html", "--output", str(file))
    assert command(week, "qbr", "A", *options) == 0
    assert "left out, it says 'churn': Less churn of ours" in capsys.readouterr().err
    page = file.read_text(encoding="utf-8")
    assert "Invoices in a day, by 2026-06-30" in page
    assert "churn" not in page
    assert command(week, "qbr", "Alpha", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["edition"], found["facts"]["Owner"]) == ("internal", "Olaf")
    assert {"How the account stands", "What costs points", "Open alerts", "Open deals", "Their goals"} <= {
        part["title"] for part in found["parts"]
    }
    assert command(week, "qbr", "Alpha", "--as-of", str(BASELINE), "--json") == 0
    before = json.loads(capsys.readouterr().out)
    assert "Open alerts" not in {part["title"] for part in before["parts"]}, "they came a day later"
