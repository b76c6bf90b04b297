"""People and contact: champion, executives, replies, attendance on one day."""

from collections.abc import Callable
from typing import Any

import pytest

from keepwell.signals.contact import CONTACT_SIGNALS
from keepwell.signals.people import PEOPLE_SIGNALS
from tests.company import Company
from tests.signals.conftest import Book, at_back, back, customer, day_back


def talk(c: Company, account: str, ago: int, kind: str = "email", direction: str = "inbound", **columns: Any) -> None:
    given = {"person": f"{account}-p", "role": None}
    c.fact("interaction", f"i{c.seq}", account, occurred_at=at_back(ago, columns.pop("hour", 12)), type=kind,
           direction=direction, **(given | columns))  # fmt: skip


def meet(c: Company, account: str, ago: int, *, came: bool = True, **columns: Any) -> None:
    talk(c, account, ago, columns.pop("kind", "meeting"), "outbound", attended=came, **columns)


def person(c: Company, account: str, name: str, role: str | None = "champion", **columns: Any) -> None:
    joined = columns.pop("joined", 400)
    c.fact("contact", f"{account}-{name}", account, person=f"{account}-{name}", role=role,
           joined_day=day_back(joined), **columns)  # fmt: skip


def write(c: Company) -> None:
    names = "placed left bounced heir met_heir second unnamed primary newprimary executive silent small"
    for name in names.split():
        customer(c, name, segment="S" if name == "small" else "M")
    customer(c, "fresh_start", start=back(20))
    for name in "waiting answered elsewhere written robots present absent moody alone trained mailed".split():
        customer(c, name)

    person(c, "placed", "a")
    person(c, "left", "a", left_day=day_back(60))
    person(c, "bounced", "a", role="Champion", bounced_day=day_back(5))
    person(c, "heir", "a", left_day=day_back(60))
    person(c, "heir", "b", joined=30)
    person(c, "met_heir", "a", left_day=day_back(60))
    person(c, "met_heir", "b", joined=30)
    talk(c, "met_heir", 10, person="met_heir-b")  # the role comes from the contact
    person(c, "second", "a", left_day=day_back(60))
    person(c, "second", "b", joined=300)
    person(c, "unnamed", "a", role="user")
    person(c, "primary", "a", role="user", primary_contact=True, left_day=day_back(30))
    person(c, "newprimary", "a", role="user", primary_contact=True, joined=10)

    meet(c, "executive", 100, role="decision_maker")
    meet(c, "executive", 10, role="user")
    meet(c, "executive", 5, role="sponsor", came=False)

    talk(c, "waiting", 30, direction="outbound", hour=9, role="champion")
    talk(c, "waiting", 20, direction="outbound", hour=9)
    talk(c, "waiting", 15, person="someone else")  # another person's mail is no answer
    talk(c, "answered", 30, direction="outbound", hour=9)
    talk(c, "answered", 20)
    talk(c, "elsewhere", 30, direction="outbound", answered_at=at_back(29))
    talk(c, "written", 30, direction="outbound", answered_at=at_back(28))
    talk(c, "written", 20, direction="outbound", answered_at=at_back(18))
    talk(c, "written", 10, direction="outbound")
    talk(c, "robots", 3, automatic=True)
    talk(c, "robots", 4, "campaign", "outbound", automatic=True)

    for n in range(3):
        for who in range(4):
            meet(c, "present", 10 * n + 1, came=who > 0, thread=f"m{n}", person=f"present-{who}")
    for n in range(2):
        meet(c, "absent", 10 * n + 1, came=False, thread=f"m{n}")
    for n in range(6):
        talk(c, "moody", n + 1, negative=n < 3)
    talk(c, "alone", 10)
    talk(c, "alone", 120, person="alone-other")
    meet(c, "trained", 10, kind="training")
    meet(c, "trained", 10, kind="training", came=False, person="trained-q")
    for n in range(4):
        talk(c, "mailed", 10 + n, "campaign", "outbound", automatic=True, attended=n == 0)


@pytest.fixture(scope="module")
def book(book_of: Callable[..., Book]) -> Book:
    return book_of(write, (*PEOPLE_SIGNALS, *CONTACT_SIGNALS))


IN_PLACE, NOT_MET, GONE = range(3)
PPM = 10_000
VALUES = [
    ("placed", "champion", IN_PLACE),
    ("left", "champion", GONE),
    ("bounced", "champion", GONE),
    ("heir", "champion", NOT_MET),
    ("met_heir", "champion", IN_PLACE),
    ("second", "champion", IN_PLACE),  # was there before the other left
    ("primary", "champion", GONE),  # the primary contact left, nobody took over
    ("executive", "exec_touch", 100),
    ("fresh_start", "exec_touch", 20),  # from the contract's start
    ("present", "stakeholders", 3),
    ("silent", "stakeholders", 0),
    ("alone", "stakeholders", 1),
    ("alone", "single_threaded", 1),
    ("present", "single_threaded", 0),
    ("primary", "primary_contact_changed", 1),
    ("newprimary", "primary_contact_changed", 1),
    ("answered", "two_way_contact", 20),
    ("executive", "two_way_contact", 10),
    ("fresh_start", "two_way_contact", 20),
    ("robots", "two_way_contact", 911),  # automatic mail is no contact; from the contract's start
    ("waiting", "awaiting_reply", 30),  # the oldest
    ("answered", "awaiting_reply", 0),
    ("elsewhere", "awaiting_reply", 0),
    ("present", "attendance", 75 * PPM),
    ("moody", "sentiment", 50 * PPM),
    ("present", "meeting_cadence", 3),
    ("absent", "meeting_cadence", 0),
    ("written", "replies", 666_667),
    ("trained", "training_attendance", 50 * PPM),
    ("mailed", "mail_opens_clicks", 25 * PPM),
]


@pytest.mark.parametrize(("account", "signal", "value"), VALUES)
def test_value(book: Book, account: str, signal: str, value: int) -> None:
    assert (book.value(account, signal), book.status(account, signal)) == (value, "fresh")


STATUSES = [
    ("unnamed", "champion", "missing"),  # nobody named
    ("silent", "champion", "missing"),
    ("small", "exec_touch", "not_applicable"),  # no executive duty in S
    ("silent", "awaiting_reply", "not_applicable"),  # we never wrote
    ("robots", "awaiting_reply", "not_applicable"),
    ("absent", "attendance", "missing"),  # 2 meetings are too few
    ("alone", "sentiment", "missing"),
    ("silent", "replies", "missing"),
    ("silent", "primary_contact_changed", "missing"),
]


@pytest.mark.parametrize(("account", "signal", "status"), STATUSES)
def test_status(book: Book, account: str, signal: str, status: str) -> None:
    assert book.status(account, signal) == status


def test_champion_story_tells_what_happened(book: Book) -> None:
    assert book.detail("left", "champion", "story") == "left 60 days ago, no successor named"
    assert book.detail("heir", "champion", "story") == "successor named but not met yet"
    assert book.observed("left", "champion").isoformat() == back(60)


def test_what_counts_from_the_contracts_start_is_dated_by_it(book: Book) -> None:
    assert book.observed("fresh_start", "exec_touch").isoformat() == back(20)
    assert book.observed("fresh_start", "two_way_contact").isoformat() == back(20)
    assert book.observed("executive", "exec_touch").isoformat() == back(100)


def test_waiting_tells_the_role_not_the_name(book: Book) -> None:
    assert (
        book.detail("waiting", "awaiting_reply", "story") == f"No answer from their champion since {back(30)}, 30 days"
    )


def test_stakeholders_tell_how_many_there_were(book: Book) -> None:
    assert book.detail("alone", "stakeholders", "prev") == 1
