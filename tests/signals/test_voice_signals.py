"""NPS, pulse and flags on one day."""

from collections.abc import Callable

import pytest

from keepwell.signals.flags import FLAG_SIGNALS
from keepwell.signals.voice import VOICE_SIGNALS
from tests.company import Company
from tests.signals.conftest import Book, at_back, back, customer, day_back


def nps(c: Company, account: str, ago: int, score: int, person: str = "p", **role: str) -> None:
    c.fact(
        "survey", f"s{c.seq}", account, answered_at=at_back(ago), type="nps", score=score,
        person=f"{account}-{person}", **role,
    )  # fmt: skip


def flag(c: Company, account: str, kind: str, ago: int, expires: int | None = None) -> None:
    ends = day_back(expires) if expires is not None else None
    c.fact("flag", f"f{c.seq}", account, raised_day=day_back(ago), type=kind, expires_day=ends, author="Dana")


def pulse(c: Company, account: str, ago: int, score: int) -> None:
    c.fact("pulse", f"p{c.seq}", account, given_day=day_back(ago), score=score, author="Dana", note="n")


def write(c: Company) -> None:
    for name in "silent key crowd old fell soon group small happy owing clean rival expired noticed stale news".split():
        customer(c, name)
    nps(c, "key", 20, 6, "cto", role="decision_maker")
    nps(c, "key", 5, 10, "user")
    nps(c, "key", 40, 9, "cto", role="decision_maker")
    for n, score in enumerate((3, 7, 8)):
        nps(c, "crowd", n + 1, score, f"p{n}")
    nps(c, "old", 180, 9)
    nps(c, "fell", 100, 8)
    nps(c, "fell", 10, 6)
    nps(c, "soon", 60, 8)
    nps(c, "soon", 10, 6)
    for n in range(3):
        nps(c, "group", 10 + n, 6 + n, f"now{n}")
        nps(c, "group", 200 + n, 8 + n, f"then{n}")
    nps(c, "small", 10, 6, "a")
    nps(c, "small", 200, 9, "b")
    nps(c, "happy", 10, 10)
    nps(c, "owing", 10, 10)
    c.fact("ticket", "t1", "owing", opened_at=at_back(3), severity="high")

    pulse(c, "key", 75, 4)
    pulse(c, "key", 90, 1)
    pulse(c, "old", 76, 4)

    flag(c, "rival", "competitor", 80)
    flag(c, "expired", "merger", 10, expires=1)
    flag(c, "noticed", "notice_given", 200, expires=-100)
    flag(c, "stale", "budget_freeze", 90)
    flag(c, "news", "funding", 5)


@pytest.fixture(scope="module")
def book(book_of: Callable[..., Book]) -> Book:
    return book_of(write, (*VOICE_SIGNALS, *FLAG_SIGNALS))


VALUES = [
    ("key", "nps", 6),  # the decision maker's latest, not the newest
    ("crowd", "nps", 7),  # the median
    ("fell", "nps_change", -2),
    ("group", "nps_change", -2),  # medians of three each
    ("key", "csm_pulse", 4),
    ("happy", "advocate_ready", 0),
    ("owing", "advocate_ready", 1),
    ("old", "nps_age", 180),
    ("clean", "risk_flag", 0),
    ("rival", "risk_flag", 1),
    ("noticed", "risk_flag", 1),  # until its expiry
    ("expired", "risk_flag", 0),
    ("stale", "risk_flag", 0),  # without an expiry it speaks for 90 days
    ("news", "risk_flag", 0),
    ("news", "external_event", 1),
    ("noticed", "notice_given", 1),
    ("rival", "competitor_open", 1),
    ("clean", "competitor_open", 0),
]


@pytest.mark.parametrize(("account", "signal", "value"), VALUES)
def test_value(book: Book, account: str, signal: str, value: int) -> None:
    assert (book.value(account, signal), book.status(account, signal)) == (value, "fresh")


STATUSES = [
    ("silent", "nps", "missing"),
    ("old", "nps", "missing"),  # an answer speaks for 180 days
    ("soon", "nps_change", "missing"),  # under 60 days apart
    ("small", "nps_change", "missing"),  # two people are not one
    ("old", "csm_pulse", "missing"),  # a pulse speaks for 75 days
    ("silent", "advocate_ready", "missing"),
]


@pytest.mark.parametrize(("account", "signal", "status"), STATUSES)
def test_status(book: Book, account: str, signal: str, status: str) -> None:
    assert book.status(account, signal) == status


def test_nps_says_whose_answer_it_is(book: Book) -> None:
    assert book.detail("crowd", "nps", "role") == "the median of 3 answers"
    assert [book.detail("key", "nps", name) for name in ("role", "date")] == ["the decision maker", back(20)]


def test_flag_says_what_and_when_and_not_who_raised_it(book: Book) -> None:
    assert book.detail("rival", "risk_flag", "story") == f"competitor, raised {back(80)}"
    assert book.detail("clean", "risk_flag", "story") == "none"


def test_what_is_kept_of_pulses_and_flags_names_nobody(book: Book) -> None:
    assert not [name for row in book.rows.values() for name, value in row.items() if value == "Dana"]
