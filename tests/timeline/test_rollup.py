"""User-days of product use as known on each day (SEMANTICS, rule 7)."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.company import Company, close, day, examples, noon

FIRST = day("2026-03-01")
EVENT = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 9), st.integers(0, 3), st.booleans())


def seen(company: Company, as_of: str) -> dict[tuple[str, str], int]:
    """(person, day) → uses, as the ledger shows them."""
    connection, known = company.known(as_of)
    rows = connection.execute(f"SELECT person, CAST(day AS VARCHAR), uses FROM ({known.relation('usage')})").fetchall()
    assert len({row[:2] for row in rows}) == len(rows), "a user-day counted twice"
    return {(person, on): uses for person, on, uses in rows}


@settings(max_examples=examples(7), deadline=None, suppress_health_check=list(HealthCheck))
@given(batches=st.lists(st.lists(EVENT, max_size=8), min_size=1, max_size=3), back=st.integers(0, 8))
def test_rollup_rule_7_agrees_with_the_events_for_late_corrected_and_deleted_ones(
    batches: list[list[tuple[int, int, int, int, bool]]], back: int
) -> None:
    """Whatever the order of arrival, a user-day holds the newest known version of each of its events."""
    versions: dict[str, list[tuple[object, int, int, str, int]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        company = Company(Path(folder))
        company.account("A")
        order = 0
        for batch in batches:
            for on, late, key, count, gone in batch:
                order += 1
                happened, known = FIRST + timedelta(days=on), noon(FIRST + timedelta(days=on + late))
                company.fact(
                    "usage",
                    f"e{key}",
                    "A",
                    used_at=noon(happened),
                    person=f"p{key % 2}",
                    count=count + 1,
                    known=known,
                    deleted=gone,
                )
                counted = 0 if gone else count + 1
                versions[f"e{key}"].append((known, order, counted, f"p{key % 2}", on))
            company.publish(loaded="2026-03-01")
        as_of = FIRST + timedelta(days=12 - back)
        expected: dict[tuple[str, str], int] = defaultdict(int)
        for found in versions.values():
            known_then = [v for v in found if v[0] < close(as_of)]  # type: ignore[operator]
            if known_then:
                _, _, counted, person, on = max(known_then, key=lambda v: (v[0], v[1]))
                expected[person, (FIRST + timedelta(days=on)).isoformat()] += counted
        newest = max((FIRST + timedelta(days=v[4]) for vs in versions.values() for v in vs), default=FIRST)
        if as_of >= newest:
            assert seen(company, as_of.isoformat()) == {k: n for k, n in expected.items() if n}


def test_a_late_event_appears_on_the_day_it_became_known(tmp_path: Path) -> None:
    """As of the day before, the user-day is what it was."""
    company = Company(tmp_path)
    company.account("A")
    company.used("A", "2026-03-02")
    company.used("A", "2026-03-06")
    company.publish(loaded="2026-03-01")
    company.used("A", "2026-03-02", known="2026-03-05", count=4)
    company.publish(loaded="2026-03-01")
    assert seen(company, "2026-03-04")["p1", "2026-03-02"] == 1
    assert seen(company, "2026-03-05")["p1", "2026-03-02"] == 5


def test_staff_never_count_as_use(tmp_path: Path) -> None:
    """Our own people and bots leave no user-day."""
    company = Company(tmp_path)
    company.account("A")
    company.used("A", "2026-03-02", person="vendor", staff=True)
    company.used("A", "2026-03-02", person="p1", staff=False)
    company.publish(loaded="2026-03-01")
    assert set(seen(company, "2026-03-10")) == {("p1", "2026-03-02")}
