"""Snapshots that overwrite: changes, tombstones, and the stop when too much is gone (SEMANTICS, rule 4)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from keepwell.words.problem import KeepwellError, StopRule
from tests.sources.conftest import Desk, counts

ACCOUNTS = """
tables:
  - file: accounts*.csv
    facts:
      - kind: account
        id: id
        since: created
        columns: {name: name, owner: owner, created_day: created}
"""


def accounts(count: int, *, without: tuple[int, ...] = (), owner: str = "Kim") -> str:
    rows = [f"A{n},Name {n},{owner},2024-01-{n % 28 + 1:02}" for n in range(count) if n not in without]
    return "id,name,owner,created\n" + "\n".join(rows) + "\n"


def newest(desk: Desk) -> dict[str, bool]:
    found = desk.rows("fact_account", "external_id, deleted", "known_at, batch, seq")
    return dict(found)


def test_rule_4_changes_of_a_snapshot_are_facts_known_now(desk: Desk) -> None:
    desk.map(ACCOUNTS)
    desk.file("accounts.csv", accounts(3))
    desk.load()
    desk.file("accounts.csv", accounts(3).replace("A1,Name 1,Kim", "A1,Name 1,Lee"))
    assert counts(desk.load()) == [(3, 1, 2, 0)]
    rows = [r for r in desk.rows("fact_account", "external_id, owner, known_at") if r[0] == "A1"]
    assert rows == [("A1", "Kim", datetime(2024, 1, 2, 6)), ("A1", "Lee", datetime(2024, 7, 2, 4))]


def test_rule_4_vanished_rows_become_tombstones_known_now(desk: Desk) -> None:
    desk.map(ACCOUNTS)
    desk.file("accounts.csv", accounts(40))
    desk.load()
    desk.file("accounts.csv", accounts(40, without=(7,)))
    report = desk.load()
    assert (report.tables[0].vanished, report.changed) == (1, True)
    assert report.tables[0].vanished_ids == ("A7",)
    assert [name for name, deleted in newest(desk).items() if deleted] == ["A7"]
    tombstone = [
        r for r in desk.rows("fact_account", "external_id, name, known_at, known_basis, happened_day, deleted") if r[5]
    ]
    assert tombstone == [("A7", "Name 7", datetime(2024, 7, 2, 4), "recorded", date(2024, 1, 8), True)]
    assert desk.rows("loads", "vanished", "batch") == [(0,), (1,)]


def test_a_row_that_comes_back_lives_again(desk: Desk) -> None:
    desk.map(ACCOUNTS)
    for without in ((), (7,), ()):
        desk.file("accounts.csv", accounts(40, without=without))
        desk.load()
    assert not any(newest(desk).values())
    assert len([r for r in desk.rows("fact_account", "external_id") if r[0] == "A7"]) == 3


def test_a_vanished_row_is_buried_once(desk: Desk) -> None:
    desk.map(ACCOUNTS)
    for text in (accounts(40), accounts(40, without=(7,)), accounts(40, without=(7,), owner="Lee")):
        desk.file("accounts.csv", text)
        desk.load()
    assert [r[0] for r in desk.rows("loads", "vanished", "batch")] == [0, 1, 0]


def test_rule_4_more_than_five_percent_vanished_stops_and_publishes_nothing(desk: Desk) -> None:
    desk.map(ACCOUNTS)
    desk.file("accounts.csv", accounts(40))
    desk.load()
    before = desk.rows("fact_account")
    desk.file("accounts.csv", accounts(40, without=(1, 2, 3)))
    with pytest.raises(
        StopRule, match=r"3 of 40 account rows vanished since the last load, such as .*; expected at most 5 %"
    ) as caught:
        desk.load()
    assert caught.value.exit_code == 3
    assert desk.rows("fact_account") == before
    desk.options = {"allow_vanished": True}
    assert desk.load().tables[0].vanished == 3


def test_exactly_five_percent_does_not_stop(desk: Desk) -> None:
    desk.map(ACCOUNTS)
    desk.file("accounts.csv", accounts(40))
    desk.load()
    desk.file("accounts.csv", accounts(40, without=(1, 2)))
    assert desk.load().tables[0].vanished == 2


def test_a_quarantined_row_has_not_vanished(desk: Desk) -> None:
    desk.map(ACCOUNTS)
    desk.file("accounts.csv", accounts(40))
    desk.load()
    broken = (
        accounts(40).replace("A5,Name 5,Kim,2024-01-06", "A5,Name 5,Kim,soon").replace("A6,Name 6,Kim,", "A6,Name 6,")
    )
    desk.file("accounts.csv", broken.replace("A8,Name 8,Kim", 'A8,"Name 8,Kim'))
    report = desk.load()
    assert (report.tables[0].quarantined, report.tables[0].vanished) == (3, 0)


def test_an_absent_file_buries_nothing(desk: Desk) -> None:
    desk.map(ACCOUNTS.replace("file: accounts*.csv", "file: accounts*.csv\n    may_be_absent: true"))
    path = desk.file("accounts.csv", accounts(40))
    desk.load()
    path.unlink()
    assert not desk.load().changed
    assert not any(newest(desk).values())


def test_a_file_that_leaves_the_set_takes_its_rows_along(desk: Desk) -> None:
    desk.map(ACCOUNTS)
    desk.file("accounts-eu.csv", accounts(40))
    path = desk.file("accounts-us.csv", "id,name,owner,created\nU1,US,Kim,2024-01-01\n")
    desk.load()
    path.unlink()
    assert [t.vanished for t in desk.load().tables] == [1]
    assert newest(desk)["U1"]


def test_dated_dumps_are_read_newest_only_when_told(desk: Desk) -> None:
    desk.map(ACCOUNTS.replace("file: accounts*.csv", "file: accounts*.csv\n    only_newest: true"))
    desk.file("accounts-2024-06-30.csv", accounts(40))
    desk.load()
    desk.file("accounts-2024-07-01.csv", accounts(40, without=(7,), owner="Lee"))
    report = desk.load()
    assert counts(report) == [(39, 39, 0, 0)]
    assert report.tables[0].vanished == 1


def test_an_append_table_buries_nothing(desk: Desk) -> None:
    desk.map(ACCOUNTS.replace("id: id", "id: id\n        load: append"))
    desk.file("accounts.csv", accounts(40))
    desk.load()
    desk.file("accounts.csv", accounts(10))
    assert desk.load().tables[0].vanished == 0


def test_a_snapshot_that_lost_all_its_rows_is_one_clear_line(desk: Desk) -> None:
    desk.map(ACCOUNTS)
    desk.file("accounts.csv", accounts(40))
    desk.load()
    desk.file("accounts.csv", accounts(0))
    with pytest.raises(KeepwellError, match=r"accounts\.csv has no rows"):
        desk.load()
