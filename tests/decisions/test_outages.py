"""A source that falls silent is one word to RevOps and at most one to each owner, and no storm of alerts."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from keepwell.book.scorer import Scorer
from keepwell.cli import run
from keepwell.deciding import suppressions
from keepwell.use_cases import actions, dispatch
from keepwell.words.decision import Kind, Mode
from tests.small_project import CRM, SmallProject

POLICY = "policy: ours\ndecision: whom to call\nrehearsal_days: 0\nowners: {owner: {fields: [owner]}, revops: Rita}\n"
PRODUCT = """source: product
system: product
folder: exports
tables:
  - file: use.csv
    facts:
      - {kind: usage, id: id, account: account, since: created, columns: {used_at: at, person: person}}
"""
CARD = "scorecard: small\nform: weighted\nmin_coverage: 50\ntiers: {good: 50, bad: 0}\nmeasures: {days_since_use: 1}\n"
TERMS = """  - file: terms.csv
    facts: [{kind: subscription, id: id, account: id, since: created, columns: {start_day: start, mrr: mrr}}]
"""
ACCOUNTS = [f"A{n}" for n in range(6)]
LAST_USE, FIRST, SILENT, BACK = (date(2026, 3, day) for day in (16, 19, 20, 21))  # usage is stale after three days


def use(small: SmallProject, until: date) -> None:
    """Everybody uses it every day."""
    days = [until - timedelta(days=n) for n in range((until - date(2026, 3, 1)).days)]
    rows = [f"{a}-{day},{a},{day}T10:00:00,{a}" for a in ACCOUNTS for day in days]
    small.write("exports/use.csv", "\n".join(["id,account,at,person", *rows, ""]))


def run_on(small: SmallProject, day: date) -> None:
    small.today = str(day)
    small.ingest()
    actions.transitions(small.project)


@pytest.fixture
def small(tmp_path: Path) -> SmallProject:
    """Decided on the 19th; the product delivered through the 16th."""
    small = SmallProject(tmp_path / "project", str(FIRST))
    small.settings["channels"] = "{team: {kind: folder, folder: told}}"
    small.write("policy/ours.yml", POLICY)
    small.write(
        "sources/crm.yml", CRM.replace("created_day", "owner: {column: owner, optional: true}, created_day") + TERMS
    )
    small.write("exports/terms.csv", "\n".join(["id,start,mrr", *(f"{a},2025-01-01,100" for a in ACCOUNTS), ""]))
    (small.folder / "sources" / "desk.yml").unlink()
    small.write("sources/product.yml", PRODUCT)
    small.write("scorecards/small.yml", CARD)
    names = [f"{a},{a},2025-01-01,{'Ana' if a < 'A3' else 'Ben'}" for a in ACCOUNTS]
    small.write("exports/accounts.csv", "\n".join(["id,name,created,owner", *names, ""]))
    use(small, LAST_USE)
    run_on(small, FIRST)
    return small


def test_an_outage_is_told_once_and_ends_by_itself(small: SmallProject, capsys: pytest.CaptureFixture[str]) -> None:
    run_on(small, SILENT)
    state = Scorer(small.project).state
    [one] = suppressions.every(state)
    assert (one.scope, one.value, one.cause, one.author, one.since) == (
        "source",
        "product",
        "outage",
        "keepwell",
        SILENT,
    )
    report = actions.transitions(small.project, since=FIRST)
    told = report.cards[0].transitions
    assert [(t.kind, t.mode) for t in told] == [(Kind.UNSCORED, Mode.SUPPRESSED)] * len(ACCOUNTS)
    assert actions.list_alerts(small.project).alerts == ()
    use(small, BACK)
    small.ingest()
    small.today = str(BACK)
    actions.transitions(small.project)
    [one] = suppressions.every(state)
    assert one.ended == BACK
    dispatch.deliver(small.project, dispatch.DeliverRequest(), print)
    texts = sorted(file.read_text(encoding="utf-8") for file in (small.folder / "told").iterdir())
    assert len(texts) == 4, "silent, delivers again, and one to each owner"
    assert sum("judged without it" in text for text in texts) == 2
    where = ["--project", str(small.folder)]
    capsys.readouterr()
    assert run(["suppress", "--review", "--json", *where]) == 0
    [left] = json.loads(capsys.readouterr().out)["suppressions"]
    assert (left["number"], len(left["held_back"]), left["still_open"]) == ("1", len(ACCOUNTS), len(ACCOUNTS))
    assert run(["suppress", "--reviewed", "1", "--by", "Rita", *where]) == 0
    assert "Suppression 1 is reviewed." in capsys.readouterr().out
    assert run(["suppress", "--review", *where]) == 0
    assert capsys.readouterr().out == "Nothing is left to review.\n"
