"""Money as of a day: an amount counts in its own row's currency, at the rate known then, or is unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from keepwell.signals.catalogue import CATALOGUE
from keepwell.timeline.terms import Feed
from keepwell.words.fact import KINDS
from tests.company import Company, day, default_terms

AS_OF = "2026-03-31"
PARTIAL = {  # only accounts that billing knows are covered by it
    "feeds": tuple(
        Feed(
            "billing" if kind.name == "subscription" else "own", kind.name, kind.watermark, kind.name != "subscription"
        )
        for kind in KINDS.values()
    )
}
MONEY = [CATALOGUE["mrr"], CATALOGUE["arr"]]


def line(company: Company, account: str, /, key: str = "a", **columns: Any) -> None:
    given: dict[str, Any] = {"product": "core", "seats": 10, "mrr": 10_000, "currency": "EUR", "auto_renew": True}
    company.fact("subscription", f"{account}-{key}", account, start_day=day("2025-01-01"), **(given | columns))


def rate(company: Company, key: str, on: str, ppm: int, **columns: Any) -> None:
    company.fact("fx", key, "", rate_day=day(on), currency="CHF", rate_ppm=ppm, **columns)


def amounts(company: Company, as_of: str = AS_OF) -> dict[str, tuple[int | None, int | None]]:
    """account → MRR and ARR in the reporting currency."""
    company.publish()
    rows = company.readings(as_of, MONEY)
    assert all((row["v_mrr"] is None) == (row["q_mrr"] == "missing") for row in rows.values())
    return {account: (row["a_mrr_minor"], row["a_arr_minor"]) for account, row in rows.items()}


def test_an_amount_that_a_mistaken_rate_makes_too_large_is_unknown(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.account("foreign")
    line(company, "foreign", currency="CHF", mrr=10**14)
    rate(company, "r", "2026-01-01", 10**15 - 1)
    assert amounts(company) == {"foreign": (None, None)}


def test_without_a_rate_revenue_is_unknown_as_a_whole(tmp_path: Path) -> None:
    company = Company(tmp_path)
    stated: dict[str, Any] = {"arr": 99_000, "currency": "CHF"}
    for account in ("foreign", "mixed", "unpriced", "home", "stated"):
        company.account(account, **(stated if account == "stated" else {}))
        line(company, account, currency="CHF" if account == "foreign" else "EUR")
    line(company, "mixed", "b", currency="CHF")
    line(company, "unpriced", "b", mrr=None)
    assert amounts(company) == {
        "foreign": (None, None),
        "mixed": (None, None),
        "unpriced": (None, None),
        "home": (10_000, 120_000),
        "stated": (10_000, None),
    }
    rows = company.readings(AS_OF, MONEY)
    assert [rows[a]["a_segment"] for a in ("foreign", "home")] == [None, "S"]


def test_no_contract_is_no_revenue_only_where_a_source_of_contracts_knows_the_account(tmp_path: Path) -> None:
    company = Company(tmp_path, default_terms(**PARTIAL))
    for account in ("sold", "prospect", "lapsed", "trial", "parent"):
        company.account(account)
    company.account("child", parent="parent")
    for account in ("sold", "parent"):
        line(company, account, source="billing")
    line(company, "lapsed", source="billing", cancelled_day=day("2026-01-31"))
    line(company, "trial", source="billing", trial=True, currency="CHF")
    assert amounts(company) == {
        "sold": (10_000, 120_000),
        "prospect": (None, None),
        "lapsed": (0, 0),
        "trial": (0, 0),
        "parent": (10_000, 120_000),
        "child": (0, 120_000),  # counted once, at the holder
    }
    assert amounts(company, "2024-06-30")["sold"] == (None, None)  # before anything of its contract was known


def test_without_a_contract_a_covered_account_has_no_revenue(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.account("prospect")
    line(company, "other")
    assert amounts(company) == {"prospect": (0, 0)}


@pytest.mark.parametrize(("ranked", "arr"), [(("billing", "crm"), 50_000), (("crm", "billing"), 55_000)])
def test_an_arr_comes_with_the_currency_of_its_own_row(tmp_path: Path, ranked: tuple[str, ...], arr: int) -> None:
    """Billing states euros and a currency; the CRM states francs; a third source states a currency alone."""
    company = Company(tmp_path, default_terms(precedence={"arr": ranked, "currency": ("aaa", "crm", "billing")}))
    company.account("A", source="billing", arr=50_000)
    company.account("A", source="crm", arr=50_000, currency="CHF")
    company.account("A", source="aaa", currency="USD")
    rate(company, "r", "2026-01-01", 1_100_000)
    assert amounts(company)["A"][1] == arr


def test_a_deleted_rate_no_longer_counts(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.account("A")
    line(company, "A", currency="CHF")
    rate(company, "jan", "2026-01-01", 1_100_000)
    rate(company, "wrong", "2026-02-01", 9_000_000)
    rate(company, "wrong", "2026-02-01", 9_000_000, known="2026-03-10", deleted=True)
    assert amounts(company)["A"][0] == 11_000
    assert amounts(company, "2026-03-09")["A"][0] == 90_000  # not known to be wrong yet


def test_a_rate_counts_on_the_day_it_was_moved_to(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.account("A")
    line(company, "A", currency="CHF")
    rate(company, "jan", "2026-01-01", 1_100_000)
    rate(company, "apr", "2026-03-01", 2_000_000)
    rate(company, "apr", "2026-04-01", 2_000_000, known="2026-03-05")
    assert amounts(company)["A"][0] == 11_000
    assert amounts(company, "2026-04-01")["A"][0] == 20_000
