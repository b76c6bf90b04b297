"""A map that says otherwise when things are known, after the first load: the ingest says that nothing held changes."""

from __future__ import annotations

import pytest

from tests.sources.conftest import Desk

MAP = """\
source: desk
system: other
folder: exports
tables:
  - file: s.csv
    facts:
      - kind: subscription
        id: id
        account: a
        columns:
          start_day: start
          end_day: {column: end, known: at_start}
          seats: {column: seats, since: created}
"""
ROWS = "id,a,start,end,seats,seen\nS1,A,2024-01-10,2024-12-31,5,2024-01-10 12:00:00\n"


@pytest.fixture
def loaded(desk: Desk) -> Desk:
    desk.map(MAP)
    desk.file("s.csv", ROWS)
    assert desk.load().notes == ()
    return desk


@pytest.mark.parametrize(
    ("before", "after", "named", "line"),
    [
        ("{column: end, known: at_start}", "end", "end_day", 12),
        (", since: created", "", "seats", 13),
        ("source: desk\n", "source: desk\nknown_at: seen\n", "known_at", 2),
    ],
)
def test_a_change_of_when_things_are_known_is_said_once_with_its_line(
    loaded: Desk, before: str, after: str, named: str, line: int
) -> None:
    held = loaded.rows("fact_subscription")
    loaded.map(MAP.replace(before, after))
    (note,) = loaded.load().notes
    assert f"desk.yml:{line}:" in note
    assert named in note
    assert "stay as they were" in note
    assert ".keepwell" in note
    assert loaded.rows("fact_subscription") == held
    assert loaded.load().notes == ()


def test_a_declaration_for_the_whole_fact_is_compared_column_by_column(loaded: Desk) -> None:
    """It says of seats what was said before, and nothing of required columns."""
    loaded.map(MAP.replace(", since: created", "").replace("account: a\n", "account: a\n        since: created\n"))
    assert loaded.load().notes == ()


def test_a_column_that_is_new_in_the_map_changes_no_knowledge(loaded: Desk) -> None:
    loaded.map(MAP + "          notice_day: {column: end, known: at_start}\n")
    assert loaded.load().notes == ()


def test_a_dump_under_a_new_name_is_compared_with_the_last_one(desk: Desk) -> None:
    table = MAP.replace("file: s.csv", "file: s_*.csv\n    only_newest: true")
    desk.map(table)
    desk.file("s_1.csv", ROWS)
    desk.load()
    desk.file("s_2.csv", ROWS)
    desk.map(table.replace(", known: at_start", ""))
    (note,) = desk.load().notes
    assert "end_day" in note


def test_a_map_by_which_no_row_could_be_read_has_decided_nothing(desk: Desk) -> None:
    desk.map(MAP.replace("start_day: start", 'start_day: {column: start, format: "%d.%m.%Y"}'))
    desk.file("s.csv", ROWS)
    desk.load()
    desk.map(MAP.replace(", known: at_start", ""))
    (note,) = desk.load().notes
    assert "no row could be read before: 1 subscription row now tells its past" in note
