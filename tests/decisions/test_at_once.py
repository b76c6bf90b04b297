"""What cannot wait for the close of a day: scored and decided on arrival, with the row that the close gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from keepwell.book.scorer import Scorer
from keepwell.cli import run
from keepwell.deciding import standings
from keepwell.delivery import outbox
from keepwell.use_cases import actions, at_once
from keepwell.words.decision import Kind, Standing, Status
from keepwell.words.delivery import Fate
from tests.decisions.fallen import LIVE
from tests.small_project import DESK, SmallProject

CRM = """source: crm
system: crm
folder: exports
tables:
  - {file: accounts.csv, facts: [{kind: account, id: id, since: created, columns: {name: name, parent: parent, created_day: created}}]}
  - file: contacts.csv
    facts: [{kind: contact, id: id, account: account, since: created, columns: {person: person, joined_day: joined, left_day: left, primary_contact: main}}]
  - file: terms.csv
    facts: [{kind: subscription, id: id, account: account, since: created, columns: {start_day: start, mrr: mrr, cancelled_day: cancelled}}]
  - file: invoices.csv
    facts: [{kind: invoice, id: id, account: account, since: created, columns: {issued_day: issued, due_day: due, paid_day: paid, amount: amount}}]
"""
CARD = """scorecard: small
form: weighted
min_coverage: 0
roll_up: mean
tiers: {good: 50, bad: 0}
measures: {ticket_pressure: 2, overdue_days: 1}
"""
ACCOUNTS = ["P", "A", "B", "C", "D", "E", "F", "G"]
HEADS = {
    "accounts": "id,name,parent,created",
    "contacts": "id,account,person,joined,left,main",
    "terms": "id,account,start,mrr,cancelled",
    "invoices": "id,account,issued,due,paid,amount",
    "tickets": "id,account,opened,severity",
}
BEFORE = {
    "accounts": [f"{a},{a},{'P' if a == 'A' else ''},2025-01-01" for a in ACCOUNTS],
    "contacts": [f"{a},{a},{a}@x.example,2025-01-01,,true" for a in "FG"],
    "terms": [f"{a},{a},2025-01-01,100," for a in ACCOUNTS],
    "invoices": ["1,D,2026-02-19,2026-03-19,,50", "2,E,2026-02-10,2026-03-10,,50", "3,G,2026-03-01,2026-04-01,,50"],
    "tickets": ["1,A,2026-03-10,high", "2,A,2026-03-18,medium", "3,G,2026-03-10,low"],
}
CHANGED = {
    "tickets": ("2,A,2026-03-18,medium", "2,A,2026-03-18,critical"),
    "terms": ("B,B,2025-01-01,100,\nC,C,2025-01-01,100,", "B,B,2025-01-01,100,2026-04-30\nC,C,2025-01-01,80,"),
    "invoices": ("2,E,2026-02-10,2026-03-10,,50", "2,E,2026-02-10,2026-03-10,2026-03-20,50"),
    "contacts": ("F,F,F@x.example,2025-01-01,,true", "F,F,F@x.example,2025-01-01,2026-03-20,true"),
}
EVENTS = {
    "P": ("ticket_critical",),
    "A": ("ticket_critical",),
    "B": ("subscription_cancelled",),
    "C": ("subscription_downgraded",),
    "D": ("invoice_overdue",),
    "E": ("overdue_invoice_paid",),
    "F": ("primary_contact_changed",),
}


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The morning of 20 March: the 19th is the baseline, the 20th is open."""
    small = SmallProject(tmp_path_factory.mktemp("at once") / "project", "2026-03-19")
    small.write("policy/ours.yml", LIVE)
    small.write("sources/crm.yml", CRM)
    small.write("sources/desk.yml", DESK)
    small.write("scorecards/small.yml", CARD)
    for name, rows in BEFORE.items():
        small.write(f"exports/{name}.csv", "\n".join([HEADS[name], *rows, ""]))
    small.ingest()
    assert at_once.rescore(small.project).note.startswith("no day is decided yet")
    actions.transitions(small.project)
    return small.folder


@pytest.fixture
def small(decided: Path, tmp_path: Path) -> SmallProject:
    made = SmallProject.copy(decided, tmp_path / "project")
    made.today = "2026-03-19"
    made.settings["channels"] = "{team: {kind: folder, folder: told}}"
    return made


def arrive(small: SmallProject, names: Mapping[str, tuple[str, str]]) -> None:
    """New exports, as of the open day."""
    for name, (old, new) in names.items():
        file = small.folder / "exports" / f"{name}.csv"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")


def command(small: SmallProject, *words: str) -> int:
    return run([*words, "--project", str(small.project.folder)])


def rows(found: Mapping[str, Standing]) -> dict[str, Standing]:
    """Without the number of the batch, which only says who wrote it."""
    return {account: replace(one, batch=0) for account, one in found.items()}


def told(small: SmallProject) -> list[tuple[str, Kind]]:
    day = date(2026, 3, 20)
    return [(t.account_id, t.kind) for t in standings.transitions(Scorer(small.project).state, "small", day, day)]


def test_what_cannot_wait_is_decided_on_arrival_with_the_row_that_the_close_gives_and_told_once(
    small: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    """D's invoice is overdue because the day turned; nothing happened to G."""
    arrive(small, CHANGED)
    assert command(small, "ingest", "--rescore", "--json") == 0
    found = json.loads(capsys.readouterr().out)["rescored"]
    assert {one["account_id"]: tuple(one["events"]) for one in found["accounts"]} == EVENTS
    state = Scorer(small.project).state
    provisional = rows(standings.provisional(state, "small"))
    assert set(provisional) == set(EVENTS)
    at_once_told = [("A", Kind.AT_RISK), ("A", Kind.WEEKLY_DROP), ("P", Kind.AT_RISK)]
    assert told(small) == at_once_told
    of_parent = standings.transitions(state, "small", date(2026, 3, 20), date(2026, 3, 20), "P")
    [of_p] = of_parent
    assert (of_p.reason.text, of_p.next_step) == ("A scores 20", "Look at A first: 'keepwell explain A' says why.")
    assert command(small, "deliver") == 0
    assert command(small, "ingest", "--rescore") == 0, "again, with nothing new"
    small.today = "2026-03-20"
    report = actions.transitions(small.project)
    assert [one.kind for one in report.cards[0].transitions] == [kind for _, kind in at_once_told]
    closed = rows(standings.standings(state, "small"))
    assert {account: closed[account] for account in provisional} == provisional
    assert standings.provisional(state, "small") == {}
    assert outbox.items(state, Fate.WAITING) == ()
    assert len(outbox.items(state, Fate.SENT)) == len(list((small.folder / "told").iterdir())) == 2


def test_what_the_close_of_the_day_does_not_bear_out_is_taken_back_in_its_thread(
    small: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    """The ticket turns out to be a question of low severity before the day closes."""
    arrive(small, {"tickets": CHANGED["tickets"]})
    assert command(small, "ingest", "--rescore") == 0
    assert "ticket critical" in capsys.readouterr().out
    assert command(small, "deliver") == 0
    arrive(small, {"tickets": ("2,A,2026-03-18,critical", "2,A,2026-03-18,low")})
    small.ingest()
    small.today = "2026-03-20"
    actions.transitions(small.project)
    assert actions.list_alerts(small.project).alerts == ()
    assert command(small, "deliver") == 0
    texts = [file.read_text(encoding="utf-8") for file in (small.folder / "told").iterdir()]
    assert sum("taken back" in text for text in texts) == 2
    assert {one.status for one in standings.standings(Scorer(small.project).state, "small").values()} == {
        Status.STEADY,
        Status.UNSCORED,
    }


def test_a_recovery_waits_for_the_close_of_the_day(small: SmallProject) -> None:
    """E was at risk and has been calm for weeks; its overdue invoice is paid."""
    state = Scorer(small.project).state
    calm = {"high": 0, "low": 0, "clear": 30, "scored": 30, "pending": 0}
    with state.engine.begin() as connection:
        of_e = sa.update(standings.STANDING).where(standings.STANDING.c.account_id == "E")
        connection.execute(of_e.values(episodes={"at_risk": "2026-02-01"}, counts=calm))
    arrive(small, {"invoices": CHANGED["invoices"]})
    assert command(small, "ingest", "--rescore") == 0
    assert standings.provisional(state, "small")["E"].episodes == {}
    assert told(small) == []
    small.today = "2026-03-20"
    actions.transitions(small.project)
    assert told(small) == [("E", Kind.RECOVERED)]
