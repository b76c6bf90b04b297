"""Which invoice a payment was for: ids are a source's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepwell.signals.catalogue import CATALOGUE
from keepwell.timeline.terms import Feed
from keepwell.words.fact import KINDS
from tests.company import Company, day, default_terms

BILLS = [Feed(source, kind, KINDS[kind].watermark) for source in ("eu", "us") for kind in ("invoice", "payment")]
OTHERS = [Feed("provider", "payment", KINDS["payment"].watermark), Feed("own", "account", KINDS["account"].watermark)]


def two_systems(folder: Path, *accounts: str) -> Company:
    """Two billing systems that number invoices alike, and a payment provider without invoices of its own."""
    company = Company(folder, default_terms(feeds=(*BILLS, *OTHERS)))
    for account in accounts:
        company.account(account)
    return company


def invoice(company: Company, account: str, source: str, key: str, paid: str | None = None) -> None:
    company.fact("invoice", key, account, source=source, issued_day=day("2026-03-01"), due_day=day("2026-03-10"),
                 paid_day=day(paid) if paid else None, amount=1_000, currency="EUR")  # fmt: skip


def collected(company: Company, account: str, source: str, bill: str, on: str, *, succeeded: bool = False) -> None:
    key = f"{source}-{company.seq}"
    company.fact("payment", key, account, source=source, invoice=bill, attempted_day=day(on), succeeded=succeeded,
                 method="card")  # fmt: skip


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int | None]:
    """account → failed payments on an open invoice."""
    names = (
        "paid_elsewhere",
        "collected_elsewhere",
        "counted_apart",
        "provider",
        "provider_settled",
        "ambiguous",
        "gap",
    )
    company = two_systems(tmp_path_factory.mktemp("payments"), *names)
    # invoice 1 of each system; the American one is paid, the European one failed
    invoice(company, "paid_elsewhere", "eu", "1")
    invoice(company, "paid_elsewhere", "us", "1", paid="2026-03-12")
    collected(company, "paid_elsewhere", "eu", "1", "2026-03-11")
    invoice(company, "collected_elsewhere", "eu", "2")
    invoice(company, "collected_elsewhere", "us", "2")
    collected(company, "collected_elsewhere", "eu", "2", "2026-03-11")
    collected(company, "collected_elsewhere", "us", "2", "2026-03-12", succeeded=True)
    for source in ("eu", "us"):
        invoice(company, "counted_apart", source, "3")
        collected(company, "counted_apart", source, "3", "2026-03-11")
    # the provider has no invoices: the only one of that id is meant
    invoice(company, "provider", "eu", "4")
    collected(company, "provider", "provider", "4", "2026-03-11")
    invoice(company, "provider_settled", "eu", "5", paid="2026-03-20")
    collected(company, "provider_settled", "provider", "5", "2026-03-11")
    # two of that id: unknown which, so it may be open
    invoice(company, "ambiguous", "eu", "6", paid="2026-03-20")
    invoice(company, "ambiguous", "us", "6", paid="2026-03-20")
    collected(company, "ambiguous", "provider", "6", "2026-03-11")
    # a system that delivers invoices never means those of another
    invoice(company, "gap", "us", "7", paid="2026-03-20")
    collected(company, "gap", "eu", "7", "2026-03-11")
    company.publish()
    rows = company.readings("2026-03-31", [CATALOGUE["failed_payments"]])
    return {account: row["v_failed_payments"] for account, row in rows.items()}


@pytest.mark.parametrize(
    ("account", "times"),
    [
        ("paid_elsewhere", 1),
        ("collected_elsewhere", 1),
        ("counted_apart", 1),
        ("provider", 1),
        ("provider_settled", 0),
        ("ambiguous", 1),
        ("gap", 1),
    ],
)
def test_a_payment_belongs_to_the_invoice_of_its_own_source(
    failed: dict[str, int | None], account: str, times: int
) -> None:
    assert failed[account] == times
