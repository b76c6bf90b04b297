"""Support: load, incidents and service on one day."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from keepwell.signals.support import SUPPORT_SIGNALS
from tests.company import Company
from tests.signals.conftest import Book, at_back, back, customer

HOUR = 3600


def ticket(c: Company, account: str, ago: int, severity: str | None = "medium", **columns: Any) -> None:
    key = f"T{c.seq}"
    c.fact("ticket", key, account, opened_at=at_back(ago), severity=severity, **columns)


def write(c: Company) -> None:
    for name in ("quiet", "techcorp", "noisy", "growing", "serious", "burning", "escalated", "served", "rated"):
        customer(c, name)
    for ago in (10, 20):
        ticket(c, "techcorp", ago, "high")
    for ago in (1, 15, 30, 45, 60, 89):
        ticket(c, "techcorp", ago)
    ticket(c, "techcorp", 90, "critical", resolved_at=at_back(80))  # one day too old to count

    ticket(c, "noisy", 5, type="question")
    ticket(c, "noisy", 5, type="wish")
    ticket(c, "noisy", 5, type="duplicate")
    ticket(c, "noisy", 5, bot=True)
    ticket(c, "noisy", 5, None)  # no severity counts as medium

    for ago in (1, 2, 3, 4, 30, 60, 90):
        ticket(c, "growing", ago, "low")

    for ago in (1, 2, 100, 110, 120, 130, 140, 150):
        ticket(c, "serious", ago, "high" if ago < 90 else "low")

    ticket(c, "burning", 6, "critical", assignee="Second line")
    ticket(c, "burning", 2, "critical")
    ticket(c, "burning", 40, "critical", resolved_at=at_back(30))
    ticket(c, "burning", 80, "critical", type="duplicate")

    ticket(c, "escalated", 120, escalated_at=at_back(20), assignee="Second line")
    ticket(c, "escalated", 20, escalated_at=at_back(10), resolved_at=at_back(5))
    ticket(c, "escalated", 200, escalated_at=at_back(100))  # escalated over 90 days ago

    for n, hours in enumerate((2, 4, 9)):
        c.fact(
            "ticket", f"served{n}", "served", opened_at=at_back(10, 1), resolved_at=at_back(10, 1 + hours),
            target_seconds=8 * HOUR, csat=5 - n,
        )  # fmt: skip

    for n, score in enumerate((5, 4, 2)):
        c.fact("survey", f"csat{n}", "rated", answered_at=at_back(n + 1), type="csat", score=score)
    ticket(c, "rated", 3, csat=5)
    c.fact("survey", "old", "rated", answered_at=at_back(180), type="csat", score=1)


@pytest.fixture(scope="module")
def book(book_of: Callable[..., Book]) -> Book:
    return book_of(write, SUPPORT_SIGNALS)


VALUES = [
    ("quiet", "ticket_pressure", 0),  # covered, no rows: zero is not missing
    ("techcorp", "ticket_pressure", 14_000),  # 2 high, 6 medium
    ("noisy", "ticket_pressure", 1_000),
    ("growing", "ticket_trend", 3_000_000),  # 4, was 1 a month
    ("serious", "severity_shift", 1_000_000),  # 0 % → 100 %, in points
    ("burning", "critical_open", 6),
    ("quiet", "critical_open", 0),
    ("escalated", "escalations", 2),
    ("served", "resolved_in_target", 666_667),
    ("served", "csat", 666_667),  # tickets' answers alone
    ("rated", "csat", 750_000),  # surveys' and tickets' answers together
    ("techcorp", "ticket_volume", 8),
    ("noisy", "ticket_volume", 4),
    ("burning", "open_tickets", 2),
    ("served", "resolution_time", 4 * HOUR),
]


@pytest.mark.parametrize(("account", "signal", "value"), VALUES)
def test_value(book: Book, account: str, signal: str, value: int) -> None:
    assert (book.value(account, signal), book.status(account, signal)) == (value, "fresh")


@pytest.mark.parametrize(
    ("account", "signal"),
    [
        ("quiet", "ticket_trend"),
        ("burning", "severity_shift"),
        ("quiet", "resolved_in_target"),
        ("quiet", "csat"),
        ("quiet", "resolution_time"),
    ],
)
def test_too_few_to_say_is_missing(book: Book, account: str, signal: str) -> None:
    assert book.status(account, signal) == "missing"


def test_pressure_tells_its_parts(book: Book) -> None:
    figures = {
        name: book.detail("techcorp", "ticket_pressure", name) for name in ("n", "critical", "high", "med", "low")
    }
    assert figures == {"n": 8, "critical": 0, "high": 2, "med": 6, "low": 0}


def test_pressure_tells_every_severity_there_is_and_no_zeros(book: Book) -> None:
    def story(account: str) -> str:
        return str(book.detail(account, "ticket_pressure", "story"))

    assert story("techcorp") == "8 problem tickets in 90 days (2 high, 6 medium)"
    assert story("growing") == "6 problem tickets in 90 days (6 low)"
    assert story("noisy") == "1 problem ticket in 90 days (1 medium)"
    assert story("quiet") == "No problem ticket in 90 days"


def test_open_critical_names_the_ticket_and_not_who_has_it(book: Book) -> None:
    assert re.fullmatch(r"T\d+", book.detail("burning", "critical_open", "story"))
    assert book.detail("quiet", "critical_open", "story") == "none"


def test_escalations_say_how_many_are_open_and_not_who_has_them(book: Book) -> None:
    assert book.detail("escalated", "escalations", "open") == 1
    assert book.observed("escalated", "escalations").isoformat() == back(10)


def test_what_is_kept_of_tickets_names_nobody(book: Book) -> None:
    assert not [name for row in book.rows.values() for name, value in row.items() if "Second line" in str(value)]
