"""Versions of an event that arrive out of order: as of any day exactly one counts (SEMANTICS, rules 2 and 7)."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from keepwell.timeline import near
from keepwell.timeline.ledger import Ledger
from keepwell.timeline.terms import Pair
from tests.company import Company, close, day, examples, noon

FIRST = day("2026-03-01")
DAYS = [FIRST + timedelta(days=n) for n in range(12)]
# key, from when the version holds (None: not said), when it is known, its value, whether it is gone
VERSION = st.tuples(
    st.integers(0, 5), st.none() | st.integers(0, 4), st.integers(0, 9), st.integers(1, 50), st.sampled_from([False] * 4 + [True])
)  # fmt: skip
# each example writes and reads a lake, so that shrinking a failure would take minutes
QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate))
BATCHES = st.lists(st.lists(VERSION, max_size=12), min_size=1, max_size=3)


def write(company: Company, kind: str, batches: list[list[tuple[int, int | None, int, int, bool]]]) -> dict[str, Any]:
    """Write the versions; key → [(order of versions, known_at, value, gone)]."""
    told: dict[str, Any] = defaultdict(list)
    number = 0
    for batch in batches:
        for key, valid, known, value, gone in batch:
            number += 1
            valid_at = None if valid is None else noon(FIRST + timedelta(days=valid))
            known_at = noon(FIRST + timedelta(days=known))
            columns: dict[str, Any] = {"opened_at": noon(FIRST), "target_seconds": value}
            if kind == "usage":
                columns = {"used_at": noon(FIRST), "person": f"p{key}", "count": value}
            company.fact(kind, f"e{key}", "A", known=known_at, valid_at=valid_at, deleted=gone, **columns)
            place = (valid_at is not None, valid_at or noon(FIRST), known_at, number)
            told[f"e{key}"].append((place, known_at, value, gone))
        company.publish(loaded="2026-03-01")
    return told


def expected(told: dict[str, Any], as_of: date) -> dict[str, int]:
    """Of what is known by the close of the day, the version that holds from the latest moment."""
    found = {}
    for key, versions in told.items():
        known = [v for v in versions if v[1] < close(as_of)]
        if known and not (newest := max(known, key=lambda v: v[0]))[3]:
            found[key] = newest[2]
    return found


def seen(company: Company, relation: str, columns: str, days: list[date]) -> dict[date, dict[str, int]]:
    """as_of → key → value; a key that counts twice is an error."""
    connection = company.lake.connect(company.batch)
    known = Ledger(connection, company.terms).known_of_all([(d, close(d)) for d in days])
    found: dict[date, dict[str, int]] = {d: {} for d in days}
    for as_of, key, value in connection.execute(
        f"SELECT as_of, {columns} FROM ({known.relation(relation)})"
    ).fetchall():
        assert key not in found[as_of], f"{key} counts twice as of {as_of}"
        found[as_of][key] = value
    return found


@settings(QUICK, max_examples=examples(3))
@given(batches=BATCHES)
def test_as_of_any_day_an_event_is_its_newest_version_known_by_then(batches: Any) -> None:
    """In a run over many days, and in one over a single day."""
    with tempfile.TemporaryDirectory() as folder:
        company = Company(Path(folder))
        company.account("A")
        told = write(company, "ticket", batches)
        columns = "external_id, target_seconds"
        assert seen(company, "ticket", columns, DAYS) == {d: expected(told, d) for d in DAYS}
        assert seen(company, "ticket", columns, DAYS[5:6]) == {DAYS[5]: expected(told, DAYS[5])}


@settings(QUICK, max_examples=examples(3))
@given(batches=BATCHES)
def test_user_days_add_up_the_newest_version_of_each_use_known_by_then(batches: Any) -> None:
    """The rollup, filled batch by batch, says what the events say."""
    with tempfile.TemporaryDirectory() as folder:
        company = Company(Path(folder))
        company.account("A")
        told = write(company, "usage", batches)
        wanted = {d: {f"p{key[1:]}": value for key, value in expected(told, d).items()} for d in DAYS}
        assert seen(company, "usage", "person, uses", DAYS) == wanted
        assert seen(company, "usage_event", "person, count", DAYS) == wanted


@pytest.mark.parametrize("kind", ["ticket", "usage"])
def test_a_version_that_a_later_one_had_overtaken_never_counts(tmp_path: Path, kind: str) -> None:
    """v1 and v3 come first, v2 last: as of every day there is one, and v2 is never it."""
    company = Company(tmp_path)
    company.account("A")
    told = write(company, kind, [[(0, 0, 0, 1, False), (0, 2, 3, 3, False)], [(0, 1, 5, 2, False)]])
    columns = "external_id, target_seconds" if kind == "ticket" else "'e' || person[2:], uses"
    found = seen(company, kind, columns, DAYS)
    assert found == {d: expected(told, d) for d in DAYS}
    assert {v for by_key in found.values() for v in by_key.values()} == {1, 3}


def test_a_user_day_that_is_stored_is_corrected_when_what_it_counted_never_counted(tmp_path: Path) -> None:
    """The first batch's only version turns out to be overtaken before it was known."""
    company = Company(tmp_path)
    company.account("A")
    told = write(company, "usage", [[(0, 1, 9, 23, False)], [(0, 2, 0, 29, False)]])
    assert seen(company, "usage", "'e' || person[2:], uses", DAYS) == {d: expected(told, d) for d in DAYS}


@pytest.mark.parametrize("dated", [False, True])
def test_days_read_by_one_close_read_alike_near_few_accounts_near_many_and_in_the_whole_book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dated: bool
) -> None:
    """Which way is taken is a question of speed alone; B's rows lie beside, and some versions say from when they hold."""
    company = Company(tmp_path)
    for account in ("A", "B"):
        company.account(account)
    company.fact("ticket", "other", "B", known=noon(FIRST), opened_at=noon(FIRST), target_seconds=1)
    versions = [(n * 7 % 6, n * 3 % 5 if dated else None, n * 5 % 9, n, n % 7 == 3) for n in range(40)]
    told = write(company, "ticket", [versions[:25], versions[25:]])
    last = close(DAYS[5])
    pairs = [Pair("A", as_of, last) for as_of in (DAYS[3], DAYS[5])]
    for few, share, listed in ((50, 2, 500), (0, 0, 0), (0, 2, 0)):
        for name, value in (("FEW", few), ("SHARE", share), ("LISTED", listed)):
            monkeypatch.setattr(near, name, value)
        connection = company.lake.connect(company.batch)
        known = Ledger(connection, company.terms).known_at(pairs)
        assert known.one_close is (few == 0)
        sql = f"SELECT as_of, external_id, target_seconds FROM ({known.relation('ticket')})"
        wanted = {(as_of, *row) for as_of in (DAYS[3], DAYS[5]) for row in expected(told, DAYS[5]).items()}
        assert set(connection.execute(sql).fetchall()) == wanted
