"""Billing: overdue, on time, days to pay, disputes and failed collections on one day."""

from collections.abc import Callable
from typing import Any

import pytest

from keepwell.signals.billing import BILLING_SIGNALS
from tests.company import Company
from tests.signals.conftest import Book, customer, day_back


def invoice(c: Company, account: str, issued: int, due: int, paid: int | None = None, **columns: Any) -> str:
    key = f"I{c.seq}"
    given: dict[str, Any] = {"amount": 100_000, "currency": "EUR", "number": key}
    paid_day = day_back(paid) if paid is not None else None
    dates = {"issued_day": day_back(issued), "due_day": day_back(due), "paid_day": paid_day}
    c.fact("invoice", key, account, **(given | dates | columns))
    return key


def write(c: Company) -> None:
    names = "prompt late grace tiny disputed never slow two void card paidcard foreign".split()
    for name in names:
        customer(c, name)
    for month in range(1, 8):
        invoice(c, "prompt", 30 * month, 30 * month - 14, 30 * month - 16)
    invoice(c, "late", 64, 50, number="R-7")
    invoice(c, "late", 34, 20)
    invoice(c, "grace", 21, 7)  # due a week ago: a payment run
    invoice(c, "tiny", 64, 50, amount=4_999)  # under 5 % of 1,000 EUR a month
    invoice(c, "disputed", 64, 50, disputed_day=day_back(40), number="R-9")
    invoice(c, "disputed", 200, 186, 180, disputed_day=day_back(185), dispute_closed_day=day_back(181))
    # fifteen days to pay three times, then 45
    for issued, took in ((190, 15), (160, 15), (130, 15), (60, 45)):
        invoice(c, "slow", issued, issued - 30, issued - took)
    invoice(c, "two", 90, 76, 80)
    invoice(c, "two", 60, 46, 50)
    invoice(c, "void", 64, 50, void_day=day_back(30))

    key = invoice(c, "card", 20, 20)
    for n, ago in enumerate((20, 17, 14)):
        c.fact("payment", f"card{n}", "card", invoice=key, attempted_day=day_back(ago), succeeded=False, method="card")
    key = invoice(c, "paidcard", 20, 20, 10)
    c.fact("payment", "pc1", "paidcard", invoice=key, attempted_day=day_back(20), succeeded=False, method="card")
    c.fact("payment", "pc2", "paidcard", invoice=key, attempted_day=day_back(10), succeeded=True, method="card")
    invoice(c, "foreign", 64, 50, currency="CHF")  # no rate known


@pytest.fixture(scope="module")
def book(book_of: Callable[..., Book]) -> Book:
    return book_of(write, BILLING_SIGNALS)


VALUES = [
    ("prompt", "overdue_days", 0),
    ("late", "overdue_days", 50),  # the oldest
    ("grace", "overdue_days", 0),
    ("tiny", "overdue_days", 0),
    ("disputed", "overdue_days", 0),
    ("foreign", "overdue_days", 50),  # an unknown amount is not a small one
    ("prompt", "paid_on_time", 1_000_000),
    ("slow", "paid_on_time", 750_000),
    ("slow", "days_to_pay_change", 30),
    ("prompt", "days_to_pay_change", 0),
    ("disputed", "disputes", 1),
    ("prompt", "disputes", 0),
    ("card", "failed_payments", 3),
    ("paidcard", "failed_payments", 0),
    ("late", "overdue_amount", 200_000),
    ("prompt", "overdue_amount", 0),
]


@pytest.mark.parametrize(("account", "signal", "value"), VALUES)
def test_value(book: Book, account: str, signal: str, value: int) -> None:
    assert (book.value(account, signal), book.status(account, signal)) == (value, "fresh")


@pytest.mark.parametrize("signal", [s.name for s in BILLING_SIGNALS])
def test_no_invoice_yet_is_not_applicable(book: Book, signal: str) -> None:
    assert book.status("never", signal) == "not_applicable"


def test_a_void_invoice_never_was(book: Book) -> None:
    assert book.status("void", "overdue_days") == "not_applicable"


def test_too_few_invoices_are_missing(book: Book) -> None:
    assert book.status("two", "paid_on_time") == "missing"
    assert book.status("two", "days_to_pay_change") == "missing"


def test_money_without_a_rate_is_unknown(book: Book) -> None:
    assert book.status("foreign", "overdue_amount") == "missing"


def test_transfers_are_no_collections(book: Book) -> None:
    assert book.status("late", "failed_payments") == "not_applicable"


def test_overdue_tells_number_amount_and_days(book: Book) -> None:
    assert book.detail("late", "overdue_days", "story") == "Invoice R-7, 1000 EUR, 50 days past due"
    assert book.detail("prompt", "overdue_days", "story") == "No invoice overdue"


def test_days_overdue_are_dated_by_the_invoice_they_name_so_that_another_one_is_no_news_of_it(book: Book) -> None:
    assert book.observed("late", "overdue_days") == day_back(64)
    assert book.observed("prompt", "overdue_days") == day_back(0)  # none: through which day the source is read


def test_open_dispute_is_named(book: Book) -> None:
    assert book.detail("disputed", "disputes", "open") == "R-9 1000 EUR"


def test_days_to_pay_tells_now_and_usual(book: Book) -> None:
    assert [book.detail("slow", "days_to_pay_change", name) for name in ("now", "base")] == [45, 15]
