"""Rows that say themselves when they were known: what a published load covers is settled (SEMANTICS, rules 3 and 5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest

from keepwell.sources.sifting import CONFLICT
from tests.sources.conftest import FIRST_LOAD, Desk, counts

MAP = """
source: desk
system: other
folder: exports
known_at: seen
tables:
  - file: t.csv
    facts:
      - {kind: ticket, id: id, account: a, columns: {opened_at: opened, severity: severity}}
"""
SECOND_LOAD = FIRST_LOAD + timedelta(days=1)
BEFORE = FIRST_LOAD - timedelta(days=9)  # a timestamp that the first load covers
BETWEEN = FIRST_LOAD + timedelta(hours=9)  # one that only the second can know


@pytest.fixture
def tickets(desk: Desk) -> Desk:
    desk.map(MAP)
    return desk


def deliver(desk: Desk, *rows: tuple[str, str, datetime]) -> tuple[int, int, int, int]:
    """Load (id, severity, seen) rows; the counts."""
    lines = [f"{key},A,2024-04-03 09:00,{severity},{seen}" for key, severity, seen in rows]
    desk.file("t.csv", "\n".join(["id,a,opened,severity,seen", *lines]) + "\n")
    return counts(desk.load())[0]


def held(desk: Desk) -> list[tuple[str, str, datetime]]:
    return desk.rows("fact_ticket", "external_id, severity, known_at")


def test_other_content_under_the_same_timestamp_is_known_from_its_load(tickets: Desk) -> None:
    deliver(tickets, ("T", "low", BEFORE))
    assert deliver(tickets, ("T", "high", BEFORE)) == (1, 1, 0, 0)
    assert held(tickets) == [("T", "low", BEFORE), ("T", "high", SECOND_LOAD)]
    assert deliver(tickets, ("T", "high", BEFORE)) == (1, 0, 1, 0)
    assert deliver(tickets, ("T", "low", BEFORE)) == (1, 1, 0, 0), "and back again"
    assert held(tickets)[-1] == ("T", "low", FIRST_LOAD + timedelta(days=3))


def test_a_timestamp_after_the_last_load_is_taken_at_its_word(tickets: Desk) -> None:
    deliver(tickets, ("T", "low", BEFORE))
    deliver(tickets, ("T", "high", BETWEEN), ("U", "low", BETWEEN))
    assert held(tickets) == [("T", "low", BEFORE), ("T", "high", BETWEEN), ("U", "low", BETWEEN)]


def test_a_new_row_that_claims_to_have_been_known_before_the_last_load_is_known_from_its_load(tickets: Desk) -> None:
    """That load did not bring it, and days were scored without it."""
    deliver(tickets, ("T", "low", BEFORE))
    deliver(tickets, ("T", "low", BEFORE), ("U", "low", BEFORE), ("V", "low", FIRST_LOAD))
    assert held(tickets) == [("T", "low", BEFORE), ("U", "low", SECOND_LOAD), ("V", "low", SECOND_LOAD)]


def test_a_late_row_that_a_newer_one_has_overtaken_changes_nothing(tickets: Desk) -> None:
    """It was not known in the past, and today the newer one holds: whichever load brought that."""
    deliver(tickets, ("T", "low", BEFORE))
    early = BEFORE - timedelta(days=1)
    assert deliver(tickets, ("T", "high", early), ("T", "low", BEFORE)) == (2, 0, 2, 0)
    assert deliver(tickets, ("T", "high", early)) == (1, 0, 1, 0)
    last = FIRST_LOAD + timedelta(days=2, hours=9)
    assert deliver(tickets, ("T", "high", early), ("T", "medium", last)) == (2, 1, 1, 0)
    assert held(tickets) == [("T", "low", BEFORE), ("T", "medium", last)]


def test_a_value_that_changes_and_returns_between_two_loads_is_told_twice(tickets: Desk) -> None:
    deliver(tickets, ("T", "low", BEFORE))
    later = BETWEEN + timedelta(hours=1)
    assert deliver(tickets, ("T", "high", BETWEEN), ("T", "low", later)) == (2, 2, 0, 0)
    assert held(tickets) == [("T", "low", BEFORE), ("T", "high", BETWEEN), ("T", "low", later)]


def test_a_kind_that_was_never_loaded_brings_its_history_with_it(tickets: Desk) -> None:
    deliver(tickets, ("T", "low", BEFORE))
    tickets.map(
        MAP
        + "  - file: p.csv\n    facts:\n      - {kind: pulse, id: id, account: a, columns: {given_day: d, score: s}}\n"
    )
    tickets.file("p.csv", f"id,a,d,s,seen\nP,A,2024-05-01,4,{BEFORE}\n")
    tickets.load()
    assert tickets.one("fact_pulse", "external_id, known_at") == ("P", BEFORE)


def test_a_vanished_row_that_returns_lives_again_from_its_load(tickets: Desk) -> None:
    tickets.map(MAP.replace("account: a,", "account: a, load: snapshot,"))
    tickets.options["allow_vanished"] = True
    deliver(tickets, ("T", "low", BEFORE), ("U", "low", BEFORE))
    deliver(tickets, ("U", "low", BEFORE))
    assert deliver(tickets, ("T", "low", BEFORE), ("U", "low", BEFORE)) == (2, 1, 1, 0)
    rows = tickets.rows("fact_ticket", "external_id, deleted, known_at")
    assert rows[:3] == [("T", False, BEFORE), ("T", True, SECOND_LOAD), ("T", False, SECOND_LOAD + timedelta(days=1))]


TICKET = "{kind: ticket, id: id, account: a, columns: {opened_at: opened, severity: %s}}"
TWICE = {
    "two tables": MAP + f"  - file: u.csv\n    facts:\n      - {TICKET % 'severity'}\n",
    "two facts of one row": MAP.replace("severity: severity}}", f"severity: severity}}}}\n      - {TICKET % 'other'}"),
}


@pytest.mark.parametrize("twice", TWICE)
def test_rule_5_one_id_with_two_contents_at_one_moment_of_a_batch_is_a_conflict(desk: Desk, twice: str) -> None:
    """Whichever table or fact says it: the first counts, and the other is set aside."""
    desk.map(TWICE[twice])
    for name, severity in (("t.csv", "low"), ("u.csv", "high")):
        line = f"T,A,2024-04-03 09:00,{severity},high,{BEFORE}"
        desk.file(name, f"id,a,opened,severity,other,seen\n{line}\n")
    assert counts(desk.load()) == [(1, 1, 0, 0), (1, 0, 0, 1)]
    assert held(desk) == [("T", "low", BEFORE)]
    assert [reject[3] for reject in desk.rejects()] == [CONFLICT]


@pytest.mark.parametrize("seed", range(3))
def test_no_load_changes_what_was_known_by_the_load_before_it(tickets: Desk, seed: int) -> None:
    """Whatever a table's rows become between its loads; and today its newest rows hold, read once."""
    chance = Random(seed)  # noqa: S311 - only to vary the rows
    table: dict[tuple[str, datetime], str] = {}
    rows: list[tuple[str, str, datetime]] = []
    loads: list[datetime] = []
    for _ in range(4):
        for _ in range(12):
            seen = tickets.now - timedelta(hours=chance.randrange(1, 90))
            table[f"T{chance.randrange(6)}", seen] = chance.choice(["low", "medium", "high"])
        for row in chance.sample(sorted(table), 3):
            table[row] = chance.choice(["low", "medium", "high"])
        rows = [(key, severity, seen) for (key, seen), severity in table.items()]
        chance.shuffle(rows)
        loads.append(tickets.now)
        deliver(tickets, *rows)
        newest: dict[str, str] = {key: severity for key, severity, _ in sorted(rows, key=lambda row: row[2])}
        told = {key: severity for key, severity, _ in held(tickets)}
        assert told == newest
    before = dict(enumerate(loads, start=2))  # batch → the load before it
    late = [
        row
        for row in tickets.rows("fact_ticket", "external_id, known_at, batch")
        if row[2] > 1 and row[1] <= before[row[2]]
    ]
    assert late == []
    assert deliver(tickets, *rows)[1] == 0
