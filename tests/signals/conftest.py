"""One day, one book: scenarios are accounts, and every test looks at one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from keepwell.words.reading import Signal
from tests.company import Company, noon

AS_OF = date(2026, 6, 30)
START = "2024-01-01"


def back(days: int) -> str:
    """The day so many days before the book's day, as text."""
    return (AS_OF - timedelta(days=days)).isoformat()


def day_back(days: int) -> date:
    """The day so many days before the book's day."""
    return AS_OF - timedelta(days=days)


def at_back(days: int, hour: int = 12) -> datetime:
    """A moment so many days before the book's day, UTC."""
    return noon(day_back(days)).replace(hour=hour)


@dataclass(frozen=True)
class Book:
    """The readings of all accounts on the book's day."""

    rows: dict[str, dict[str, Any]]

    def value(self, account: str, signal: str) -> int | None:
        """The stored value."""
        found: int | None = self.rows[account][f"v_{signal}"]
        return found

    def status(self, account: str, signal: str) -> str:
        """fresh, stale, missing or not_applicable."""
        return str(self.rows[account][f"q_{signal}"])

    def observed(self, account: str, signal: str) -> date:
        """The newest fact's day."""
        found: date = self.rows[account][f"o_{signal}"]
        return found

    def detail(self, account: str, signal: str, name: str) -> Any:
        """A figure of the sentence."""
        return self.rows[account][f"d_{signal}_{name}"]


Write = Callable[[Company], None]


@pytest.fixture(scope="session")
def book_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Write, Iterable[Signal]], Book]:
    """Build a company with the given facts and read the given signals for every account of it."""

    def build(write: Write, signals: Iterable[Signal]) -> Book:
        company = Company(Path(tmp_path_factory.mktemp("book")))
        write(company)
        company.publish()
        return Book(company.readings(AS_OF.isoformat(), list(signals)))

    return build


def customer(company: Company, name: str, /, start: str = START, **terms: Any) -> None:
    """An account with a product subscription: 10 seats, 1,000 EUR a month, segment M unless said otherwise."""
    segment = terms.pop("segment", "M")
    company.account(name, since=min(start, START), segment=segment, plan=terms.pop("plan", None))
    line: dict[str, Any] = {"product": "platform", "seats": 10, "mrr": 100_000, "currency": "EUR", "auto_renew": True}
    begins = date.fromisoformat(start)
    company.fact("subscription", f"sub-{name}", name, start_day=begins, **(line | terms))
