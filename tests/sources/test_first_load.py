"""A kind's first load ends when its rows could be read; what it could not read tells its past when it is repaired."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from tests.sources.conftest import FIRST_LOAD, Desk, counts

TICKETS = """
tables:
  - file: t.csv
    facts:
      - kind: ticket
        id: id
        account: a
        columns:
          opened_at: {column: opened, format: "%d.%m.%Y %H:%M"}
          resolved_at: {column: solved, format: "%d.%m.%Y %H:%M"}
          severity: {column: prio, since: created, lookup: {low: low, high: high}}
          assignee: agent
"""
HEAD = "id,a,opened,solved,prio,agent"
FIRST = "T,A,03.04.2024 09:00,06.05.2024 10:00,high,Kim"
OPENED, RESOLVED = datetime(2024, 4, 3, 9), datetime(2024, 5, 6, 10)
HISTORY = [("T", OPENED, "assumed", None), ("T", RESOLVED, "assumed", None)]
PAST = "external_id, known_at, known_basis, happened_at, happened_day, opened_at, resolved_at, severity, assignee"
SECOND_LOAD = FIRST_LOAD + timedelta(days=1)


@pytest.fixture
def tickets(desk: Desk) -> Desk:
    desk.map(TICKETS)
    return desk


def deliver(desk: Desk, *rows: str, name: str = "t.csv") -> tuple[tuple[int, int, int, int], tuple[str, ...]]:
    """Load the rows: the counts of the last file, and what is said."""
    desk.file(name, "\n".join([HEAD, *rows]) + "\n")
    report = desk.load()
    return counts(report)[-1], report.notes


def known(desk: Desk) -> list[tuple[str, datetime, str, bool | None]]:
    """Of each version: from when it is known, and whether the assignee is."""
    return desk.rows("fact_ticket", "external_id, known_at, known_basis, nullif(assignee IS NOT NULL, false)")


def wrongly(desk: Desk) -> None:
    """Map the tickets with a date format that none of them has."""
    desk.map(TICKETS.replace("%d.%m.%Y", "%m/%d/%Y"))


def test_a_table_that_no_row_could_be_read_of_tells_its_past_once_the_map_is_right(tickets: Desk) -> None:
    """As if the first load had gone right, but for what has no date: that is known from the load that read it."""
    wrongly(tickets)
    assert deliver(tickets, FIRST)[0] == (1, 0, 0, 1)
    assert tickets.load().changed, "each day has its loads"
    tickets.map(TICKETS)
    report = tickets.load()
    assert counts(report) == [(1, 1, 0, 0)]
    past, late = report.notes
    assert "first delivered on 2024-07-01, no row could be read before: 1 ticket row now tells its past" in past
    assert "assignee of ticket" in late
    assert known(tickets) == [*HISTORY, ("T", FIRST_LOAD + timedelta(days=2), "recorded", True)]
    assert tickets.rows("loads", "first", "batch") == [(True,), (True,), (True,)]
    assert deliver(tickets, FIRST.replace("T,", "U,"))[0] == (1, 1, 0, 0)
    assert tickets.rows("loads", "first", "batch")[-1] == (False,)


def test_another_kind_of_the_source_does_not_end_it(tickets: Desk) -> None:
    """Which is the usual case: accounts are read, contracts are not."""
    accounts = "  - file: a.csv\n    facts:\n      - {kind: account, id: id, columns: {name: name}}\n"
    tickets.map(TICKETS.replace("%d.%m.%Y", "%m/%d/%Y") + accounts)
    tickets.file("a.csv", "id,name\nA,Alpha\n")
    deliver(tickets, FIRST)
    tickets.map(TICKETS + accounts)
    tickets.load()
    assert known(tickets)[:2] == HISTORY


def test_a_kind_that_is_new_in_a_loaded_source_tells_its_past(tickets: Desk) -> None:
    """As a new source would: coverage of its past days says the same of it."""
    tickets.map("tables:\n  - file: a.csv\n    facts:\n      - {kind: account, id: id, columns: {name: name}}\n")
    tickets.file("a.csv", "id,name\nA,Alpha\n")
    tickets.load()
    tickets.map(TICKETS)
    deliver(tickets, FIRST)
    assert known(tickets)[:2] == HISTORY


def test_rows_that_the_first_load_could_not_read_tell_their_past_when_they_are_repaired(tickets: Desk) -> None:
    """In steps, and under their first load's dates; what a later load could not read is known from its repair."""
    broken = FIRST.replace("high", "urgent!")
    other = "U,A,01.02.2024 09:00,,low,Kim"
    deliver(tickets, other, broken, broken.replace("T,", "V,").replace("06.05.", "46.05."))
    deliver(tickets, other, FIRST, broken.replace("T,", "V,"), "W,A,01.03.2024 09:00,,urgent!,Kim")
    assert [row for row in known(tickets) if row[0] == "T"] == [*HISTORY, ("T", SECOND_LOAD, "recorded", True)]
    third = deliver(tickets, FIRST.replace("T,", "V,"), "W,A,01.03.2024 09:00,,low,Kim", FIRST.replace("Kim", "Jo"))[1]
    assert [row[1:3] for row in known(tickets) if row[0] == "V"][:2] == [row[1:3] for row in HISTORY]
    assert [row[1] for row in known(tickets) if row[0] == "W"] == [SECOND_LOAD + timedelta(days=1)]
    assert [row[1] for row in known(tickets) if row[0] == "T"][3:] == [SECOND_LOAD + timedelta(days=1)], "a revision"
    assert "1 ticket row that the first load could not read now tells its past" in "\n".join(third)


def test_the_first_load_is_over_once_a_delivery_held_none_of_the_kind(tickets: Desk) -> None:
    """ "There are none" is an answer, and days were scored by it."""
    tickets.map(TICKETS.replace("t.csv", "t.csv\n    may_be_absent: true"))
    deliver(tickets)
    deliver(tickets, FIRST)
    assert known(tickets) == [("T", SECOND_LOAD, "recorded", True)]


def test_rows_older_than_the_first_load_that_come_later_are_told_in_one_line_with_their_number(tickets: Desk) -> None:
    tickets.map(TICKETS.replace("t.csv", "t*.csv"))
    assert "known from this load on, not" not in "\n".join(deliver(tickets, FIRST)[1])
    assert deliver(tickets, FIRST.replace("06.05.", "07.05."))[1] == (), "a revision is news"
    assert deliver(tickets, "N,A,02.07.2024 09:00,,low,Kim", name="t1.csv")[1] == (), "and so is what happened since"
    (line,) = deliver(tickets, *(f"O{n},A,0{n}.02.2023 09:00,,low,Kim" for n in (1, 2)), name="t2.csv")[1]
    assert "2 ticket rows dated from 2023-02-01 on, before the first load of ticket (2024-07-01)" in line
    assert "known from this load on" in line
    assert "remove the project's .keepwell folder" in line
    assert "a new 'source' would count them twice" in line, "they are in the lake under this one"
    (line,) = deliver(tickets, "O3,A,03.02.2023 09:00,,low,Kim", name="t3.csv")[1]
    assert "1 ticket row dated from 2023-02-03 on" in line
    assert "is known from this load on, not from its date;" in line


def test_versions_that_the_first_load_held_in_conflict_are_known_from_their_own_dates(desk: Desk) -> None:
    """A history table mapped without `version`: each id's first row was taken, the others were conflicts."""
    table = "tables:\n  - file: h.csv\n    facts:\n      - {kind: account, id: id, columns: {segment: s}}\n"
    desk.map(table)
    desk.file("h.csv", "id,s,changed\nA,S,2024-01-10\nA,M,2024-03-10\n")
    assert counts(desk.load()) == [(2, 1, 0, 1)]
    desk.map(table.replace("id: id,", "id: id, version: changed,"))
    desk.file("h.csv", "id,s,changed\nA,S,2024-01-10\nA,M,2024-03-10\nA,E,2024-07-01 12:00:00\n")
    desk.load()
    rows = desk.rows("fact_account", "segment, known_at", "valid_at NULLS FIRST")
    assert rows == [
        ("S", FIRST_LOAD),
        ("S", datetime(2024, 1, 10, 6)),
        ("M", datetime(2024, 3, 10, 6)),
        ("E", SECOND_LOAD),
    ]


def test_trusted_times_are_taken_at_their_word_where_the_first_load_could_not_read_the_row(tickets: Desk) -> None:
    """Whether none of its rows was read, or some."""
    head = "source: desk\nsystem: other\nfolder: exports\nknown_at: agent\n"
    rows = [f"{key},A,03.04.2024 09:00,,{prio},2024-04-03 12:00:00" for key, prio in (("T", "?"), ("U", "?"))]
    tickets.map(head + TICKETS.replace("          assignee: agent\n", ""))
    deliver(tickets, *rows)
    deliver(tickets, rows[0].replace("?", "low"), rows[1])
    deliver(tickets, *(row.replace("?", "low") for row in rows), rows[1].replace("?", "low").replace("U,", "L,"))
    seen = [row[:3] for row in known(tickets)]
    late = FIRST_LOAD + timedelta(days=2)
    then = datetime(2024, 4, 3, 12)
    assert seen == [("L", late, "recorded"), ("T", then, "recorded"), ("U", then, "recorded")]


@pytest.mark.parametrize("trusted", [False, True])
def test_an_id_that_the_first_load_rejected_is_no_licence_for_what_is_dated_after_it(
    tickets: Desk, trusted: bool
) -> None:
    """Another row under the id, of days that were scored since: it was not delivered then."""
    if trusted:
        tickets.map("source: desk\nsystem: other\nfolder: exports\nknown_at: agent\n" + TICKETS)
        tickets.map((tickets.folder / "sources/desk.yml").read_text().replace("          assignee: agent\n", ""))
    ok, bad = ("U,A,01.02.2024 09:00,,low,2024-02-01", "T,A,03.04.2024 09:00,,?,2024-04-03")
    deliver(tickets, ok, bad)
    deliver(tickets, ok)
    deliver(tickets, ok)
    notes = deliver(tickets, ok, "T,B,02.07.2024 09:00,,high,2024-07-02 09:00:00")[1]
    assert [row[1] for row in known(tickets) if row[0] == "T"] == [FIRST_LOAD + timedelta(days=3)]
    assert "tell their past" not in "\n".join(notes)


def test_what_is_dated_after_the_first_delivery_is_known_from_the_load_that_could_read_it(tickets: Desk) -> None:
    """Of a new id, or the second half of an old one's life: days were scored without either, and `ingest` says so."""
    broken, old = "B,A,01.02.2024 09:00,,?,", "T,A,03.04.2024 09:00,02.07.2024 10:00,high,"
    deliver(tickets, broken)
    deliver(tickets, broken)
    tickets.load()
    notes = deliver(tickets, broken, old, "N,A,01.07.2024 09:00,,low,")[1]
    late = FIRST_LOAD + timedelta(days=3)
    assert [row[:3] for row in known(tickets)] == [
        ("N", late, "recorded"), ("T", OPENED, "assumed"), ("T", late, "recorded")
    ]  # fmt: skip
    assert "1 ticket row now tells its past up to then; what is dated later is known from this load on" in notes[0]


SHARED = """
tables:
  - file: t.csv
    facts:
      - {kind: ticket, id: id, account: a, where: what = 'ticket', columns: {opened_at: day}}
      - {kind: flag, id: id, account: a, where: what = 'flag', columns: {raised_day: day, type: word}}
"""


def test_a_line_of_no_kind_keeps_no_kind_of_its_table_from_being_loaded(desk: Desk) -> None:
    """It passes every `where`; a row that surely is of the kind does keep it, and so does a file that is all torn."""
    head, torn, ticket = "id,a,what,day,word\n", "7,A\n", "1,A,ticket,2024-02-20,\n"
    flag = "9,A,flag,2024-04-05,competitor\n"
    desk.map(SHARED)
    for body in (torn, ticket + flag.replace("04-05", "44-05"), ticket + torn):
        desk.file("t.csv", head + body)
        desk.load()
        desk.load()  # unchanged, it says the same again
    assert desk.rows("loads", "first", "batch, kind")[::2] == [(True,)] * 5 + [(False,)]
    desk.file("t.csv", head + ticket + torn + flag.replace("9,", "8,"))
    desk.load()
    assert desk.one("fact_flag", "known_at, known_basis") == (FIRST_LOAD + timedelta(days=6), "recorded")


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_first_load_could_not_read_the_repaired_past_is_that_of_a_load_that_went_right(
    tmp_path: Path, seed: int
) -> None:
    """All rows or any of them, repaired at once or in steps; and no repaired row is known before the right one."""
    chance = Random(seed)  # noqa: S311 - only to vary the rows
    dates = [date(2024, 1, 1) + timedelta(days=chance.randrange(180)) for _ in range(30)]
    rows = [f"T{n},A,{d:%d.%m.%Y} 09:00,{d + timedelta(days=n):%d.%m.%Y} 10:00,low,Kim" for n, d in enumerate(dates)]
    broken = chance.sample(range(30), [30, 12, 1][seed])
    right, repaired = Desk(tmp_path / "right"), Desk(tmp_path / "repaired")
    for desk in (right, repaired):
        desk.folder.mkdir()
        desk.map(TICKETS)
    deliver(right, *rows)
    for left in (broken, broken[: len(broken) // 2], []):
        deliver(repaired, *(row.replace("low", "urgent!") if n in left else row for n, row in enumerate(rows)))
    past = [row for row in right.rows("fact_ticket", PAST) if row[1] < FIRST_LOAD]
    assert [row for row in repaired.rows("fact_ticket", PAST) if row[1] < FIRST_LOAD] == past
    assert len(past) >= 30


def test_the_note_counts_days_by_the_projects_own_close(tickets: Desk) -> None:
    """A first load at 04:00 is of the day before: a row of that day is not older."""
    deliver(tickets, FIRST)
    yesterday = (FIRST_LOAD - timedelta(days=1)).date()
    assert yesterday == date(2024, 6, 30)
    assert deliver(tickets, "N,A,30.06.2024 09:00,,low,Kim")[1] == ()
    assert len(deliver(tickets, "O,A,29.06.2024 09:00,,low,Kim")[1]) == 1
