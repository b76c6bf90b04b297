"""The contract: revenue, seats, lines, terms and decisions on one day."""

from collections.abc import Callable
from typing import Any

import pytest

from keepwell.signals.contract import CONTRACT_SIGNALS
from keepwell.signals.revenue import REVENUE_SIGNALS
from tests.company import Company
from tests.signals.conftest import START, Book, at_back, back, customer, day_back


def line(c: Company, account: str, key: str, start: int | None = None, **columns: Any) -> None:
    given: dict[str, Any] = {"product": "platform", "seats": 10, "mrr": 100_000, "currency": "EUR", "auto_renew": True}
    begins = day_back(start) if start is not None else day_back(700)
    c.fact("subscription", f"{account}-{key}", account, start_day=begins, **(given | columns))


def account(c: Company, *names: str) -> None:
    for name in names:
        c.account(name, since=START, segment="M")


def write(c: Company) -> None:
    customer(c, "steady")
    account(c, "fewer", "dearer", "gone", "lost_line", "grown", "termed", "noticed", "monthly", "renewed", "lapsed")
    account(c, "prospect", "leaving", "successor", "foreign", "stalled", "trial", "trying", "parent")
    c.account("child", since=START, parent="parent")

    # 20 seats at 2,000 EUR until 30 days ago, then 10 at 1,000
    line(c, "fewer", "a", 700, seats=20, mrr=200_000)
    line(c, "fewer", "a", 700, seats=10, mrr=100_000, known=at_back(30), valid_at=at_back(30))
    # same seats, higher price since 30 days ago
    line(c, "dearer", "a", 700, mrr=100_000)
    line(c, "dearer", "a", 700, mrr=120_000, known=at_back(30), valid_at=at_back(30))
    line(c, "gone", "a", 700, cancelled_day=day_back(20), known=at_back(30))
    line(c, "lost_line", "a", 700)
    line(c, "lost_line", "b", 700, product="add-on", mrr=50_000, cancelled_day=day_back(20))
    line(c, "grown", "a", 700)
    line(c, "grown", "b", 30, product="add-on", mrr=50_000, seats=5)

    line(c, "termed", "a", 300, auto_renew=False, end_day=day_back(-65))
    line(c, "noticed", "a", 300, notice_day=day_back(-40), end_day=day_back(-130))
    line(c, "monthly", "a", 300, month_to_month=True)
    line(c, "renewed", "a", 400, auto_renew=False, end_day=day_back(36))
    line(c, "renewed", "b", 35, auto_renew=False, end_day=day_back(-330))
    line(c, "lapsed", "a", 400, auto_renew=False, end_day=day_back(36))
    line(c, "leaving", "a", 400, auto_renew=False, end_day=day_back(-30), cancelled_day=day_back(-30), known=at_back(5))
    line(c, "successor", "a", 330, auto_renew=False, end_day=day_back(-20))
    line(c, "successor", "b", -21, auto_renew=False, end_day=day_back(-380), known=at_back(3))
    line(c, "foreign", "a", 300, currency="CHF")
    line(c, "trial", "a", 20, trial=True, mrr=0)
    # ten seats paid; twenty more on trial and fifty for one workshop
    line(c, "trying", "a", 700)
    line(c, "trying", "b", 20, trial=True, seats=20, product="add-on")
    line(c, "trying", "c", 20, one_off=True, seats=50, product="workshop")

    # 10 seats, 15 since 300 days, 16 since 100 days
    line(c, "stalled", "a", 700, seats=10)
    line(c, "stalled", "b", 300, seats=5)
    line(c, "stalled", "c", 100, seats=1)

    line(c, "parent", "a", 300, mrr=500_000, auto_renew=False, end_day=day_back(-65))


@pytest.fixture(scope="module")
def book(book_of: Callable[..., Book]) -> Book:
    return book_of(write, (*REVENUE_SIGNALS, *CONTRACT_SIGNALS))


VALUES = [
    ("steady", "mrr_change", 0),
    ("fewer", "mrr_change", -500_000),
    ("dearer", "mrr_change", 0),  # a price rise for the same seats is no growth
    ("gone", "mrr_change", -1_000_000),
    ("lost_line", "mrr_change", -333_333),
    ("grown", "mrr_change", 500_000),
    ("steady", "product_cancelled", 0),
    ("lost_line", "product_cancelled", 1),
    ("stalled", "seat_growth_stall", 200_000),  # 5 seats, then 1
    ("termed", "days_to_decision", 65),
    ("noticed", "days_to_decision", 40),  # the notice deadline comes first
    ("steady", "contract_state", 0),
    ("monthly", "contract_state", 1),
    ("lapsed", "contract_state", 2),
    ("successor", "contract_state", 0),
    ("steady", "seats", 10),
    ("fewer", "seats", 10),
    ("trying", "seats", 10),  # paid ones
    ("trying", "mrr", 100_000),
    ("steady", "mrr", 100_000),
    ("steady", "arr", 1_200_000),
    ("steady", "downgrade", 0),
    ("fewer", "downgrade", 1),
    ("lost_line", "downgrade", 1),
    ("grown", "downgrade", 0),
    ("grown", "expansion", 0),
    ("dearer", "expansion", 1),
    ("steady", "full_churn", 0),
    ("gone", "full_churn", 1),
    ("lost_line", "full_churn", 0),
    ("leaving", "full_churn", 1),  # known, not yet in effect
    ("lapsed", "full_churn", 1),
    ("renewed", "full_churn", 0),
    ("termed", "contract_expiring", 1),
    ("lapsed", "no_contract", 1),
    ("steady", "no_contract", 0),
    ("trial", "no_contract", 1),
    ("renewed", "recently_renewed", 0),
    ("steady", "recently_renewed", 1),
    ("child", "mrr", 500_000),  # read from the holder of the contract
    ("child", "days_to_decision", 65),
]


@pytest.mark.parametrize(("account", "signal", "value"), VALUES)
def test_value(book: Book, account: str, signal: str, value: int) -> None:
    assert (book.value(account, signal), book.status(account, signal)) == (value, "fresh")


STATUSES = [
    ("gone", "product_cancelled", "not_applicable"),  # nothing else runs: that is full churn
    ("monthly", "days_to_decision", "not_applicable"),
    ("successor", "days_to_decision", "not_applicable"),
    ("successor", "contract_expiring", "not_applicable"),
    ("prospect", "contract_state", "not_applicable"),
    ("steady", "days_to_decision", "missing"),  # renews by itself, no date known
    ("foreign", "mrr_change", "missing"),  # no rate: unknown
    ("steady", "seat_growth_stall", "not_applicable"),  # had not grown
    ("prospect", "mrr_change", "missing"),
    ("trial", "seats", "missing"),  # nothing paid for yet
]


@pytest.mark.parametrize(("account", "signal", "status"), STATUSES)
def test_status(book: Book, account: str, signal: str, status: str) -> None:
    assert book.status(account, signal) == status


def test_revenue_change_says_why(book: Book) -> None:
    assert book.detail("fewer", "mrr_change", "why") == "seats 20 → 10"
    assert book.detail("dearer", "mrr_change", "why") == "price rises left out"
    assert [book.detail("fewer", "mrr_change", name) for name in ("prev", "current")] == ["2000 EUR", "1000 EUR"]


def test_cancelled_line_is_named(book: Book) -> None:
    story = f"add-on cancelled with effect of {back(20)}; 1 other lines continue"
    assert book.detail("lost_line", "product_cancelled", "story") == story
    assert book.detail("steady", "product_cancelled", "story") == "No product line cancelled"


def test_decision_tells_its_day_and_what_is_at_stake(book: Book) -> None:
    assert [book.detail("child", "days_to_decision", name) for name in ("date", "mrr")] == [back(-65), "5000 EUR"]
