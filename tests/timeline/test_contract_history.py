"""Revenue and seats of the past, from the versions of a contract line (SEMANTICS, rules 4 and 5)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from tests.company import Company, day


def line(company: Company, known: str, *, start: str = "2025-06-01", **columns: Any) -> None:
    """One version of the line S of account A."""
    given = {"product": "core", "seats": 10, "mrr": 10_000, "currency": "EUR", "auto_renew": True}
    content = repr(sorted((given | columns).items()))
    company.fact("subscription", "S", "A", known=known, start_day=day(start), **(given | columns))
    company.rows["subscription"][-1]["content"] = content


def stretches(company: Company, as_of: str) -> list[tuple[date, date | None, int]]:
    """(from, to, seats) of the history."""
    connection, known = company.known(as_of)
    return connection.execute(
        f"SELECT from_day, to_day, seats FROM ({known.relation('subscription_history')}) ORDER BY 1"
    ).fetchall()


def test_a_value_that_returns_is_a_stretch_of_its_own(tmp_path: Path) -> None:
    """Ten seats, five for ten days, ten again: not a lasting downgrade."""
    company = Company(tmp_path)
    company.account("A")
    line(company, "2025-06-01")
    line(company, "2026-01-10", seats=5)
    line(company, "2026-01-20")
    company.publish()
    assert stretches(company, "2026-03-01") == [
        (day("2025-06-01"), day("2026-01-10"), 10),
        (day("2026-01-10"), day("2026-01-20"), 5),
        (day("2026-01-20"), None, 10),
    ]


def test_a_line_amended_before_it_starts_earns_nothing_before_it_starts(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.account("A")
    line(company, "2026-01-01", start="2026-03-01")
    line(company, "2026-02-01", start="2026-03-01", seats=20)
    company.publish()
    assert stretches(company, "2026-05-10") == [(day("2026-03-01"), None, 20)]
