"""Revenue and seats of the past, from the versions of a contract line (SEMANTICS, rules 4 and 5)."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from keepwell.signals.catalogue import CATALOGUE
from tests.company import Company, day


def line(company: Company, known: str, *, start: str = "2025-06-01", key: str = "S", **columns: Any) -> None:
    """One version of a line of account A."""
    given = {"product": "core", "seats": 10, "mrr": 10_000, "currency": "EUR", "auto_renew": True}
    content = repr(sorted((given | columns).items()))
    company.fact("subscription", key, "A", known=known, start_day=day(start), **(given | columns))
    company.rows["subscription"][-1]["content"] = content


def stretches(company: Company, as_of: str) -> list[tuple[date, date | None, int]]:
    """(from, to, seats) of the history."""
    connection, known = company.known(as_of)
    return connection.execute(
        f"SELECT from_day, to_day, seats FROM ({known.relation('subscription_history')}) ORDER BY ALL"
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


def test_a_line_that_vanished_ran_until_that_day(tmp_path: Path) -> None:
    """It returns later: a gap, not a line that never stopped."""
    company = Company(tmp_path)
    company.account("A")
    line(company, "2025-06-01")
    line(company, "2026-01-10", deleted=True)
    line(company, "2026-02-01")
    company.publish()
    assert stretches(company, "2026-01-09") == [(day("2025-06-01"), None, 10)]
    assert stretches(company, "2026-01-20") == [(day("2025-06-01"), day("2026-01-10"), 10)]
    assert stretches(company, "2026-03-01") == [
        (day("2025-06-01"), day("2026-01-10"), 10),
        (day("2026-02-01"), None, 10),
    ]


@pytest.mark.parametrize("version", [{}, {"valid_at": datetime(2025, 6, 1)}], ids=["overwritten", "history"])
def test_a_line_that_vanishes_is_a_line_that_ended(tmp_path: Path, version: dict[str, Any]) -> None:
    """Known from the load that lacked it; another line goes on."""
    company = Company(tmp_path)
    company.account("A")
    line(company, "2025-06-01", **version)
    line(company, "2025-06-01", key="T", product="add-on", mrr=5_000, seats=5)
    company.publish()
    line(company, "2026-01-10", deleted=True, **version)
    company.publish()
    names = ("mrr_change", "product_cancelled", "downgrade", "contract_state", "full_churn", "mrr", "seats")
    signals = [CATALOGUE[name] for name in names]

    def values(as_of: str) -> list[int]:
        row = company.readings(as_of, signals)["A"]
        return [row[f"v_{name}"] for name in names]

    assert values("2026-01-09") == [0, 0, 0, 0, 0, 15_000, 15]
    assert values("2026-01-10") == [-666_667, 1, 1, 0, 0, 5_000, 5]
    assert values("2026-07-31") == [0, 0, 0, 0, 0, 5_000, 5]  # half a year later it is history


def test_a_line_under_another_id_goes_on_and_counts_once_in_the_past(tmp_path: Path) -> None:
    """The load that lacks the old id brings the new one, with the same product and start; and once more."""
    company = Company(tmp_path)
    company.account("A")
    line(company, "2025-06-01", key="S1")
    for known, old, new, seats in (("2026-01-10", "S1", "S2", 10), ("2026-02-10", "S2", "S3", 8)):
        line(company, known, key=old, deleted=True)
        line(company, known, key=new, seats=seats, mrr=1_000 * seats)
    company.publish()
    assert stretches(company, "2026-03-01") == [
        (day("2025-06-01"), day("2026-01-10"), 10),
        (day("2026-01-10"), day("2026-02-10"), 10),
        (day("2026-02-10"), None, 8),
    ]
    names = ("mrr_change", "product_cancelled", "downgrade", "seats")
    values = [CATALOGUE[name] for name in names]
    found = {day: company.readings(day, values)["A"] for day in ("2026-01-09", "2026-01-31", "2026-03-01")}
    assert [[row[f"v_{name}"] for name in names] for row in found.values()] == [
        [0, 0, 0, 10],
        [0, 0, 0, 10],
        [-200_000, 0, 1, 8],
    ]


def test_a_load_that_lacks_a_line_and_brings_one_tells_of_one_line_whenever_each_was_known(tmp_path: Path) -> None:
    """That a line vanished is known when it is loaded; the new one may say itself since when it is known."""
    company = Company(tmp_path)
    company.account("A")
    line(company, "2025-06-01")
    company.publish()
    line(company, "2026-01-10", deleted=True)
    line(company, "2026-01-09", key="T")
    company.publish()
    change = company.readings("2026-02-01", [CATALOGUE["mrr_change"]])["A"]
    assert change["v_mrr_change"] == 0
    assert stretches(company, "2026-02-01") == [
        (day("2025-06-01"), day("2026-01-10"), 10),
        (day("2026-01-10"), None, 10),
    ]


@pytest.mark.parametrize(("gone", "came"), [(("S",), ("T", "U")), (("R", "S"), ("T",))])
def test_where_several_lines_could_be_the_one_that_goes_on_none_does(
    tmp_path: Path, gone: tuple[str, ...], came: tuple[str, ...]
) -> None:
    company = Company(tmp_path)
    company.account("A")
    for key in gone:
        line(company, "2025-06-01", key=key)
    company.publish()
    for key in gone:
        line(company, "2026-01-10", key=key, deleted=True)
    for key in came:
        line(company, "2026-01-10", key=key)
    company.publish()
    ended, going = (day("2025-06-01"), day("2026-01-10"), 10), (day("2025-06-01"), None, 10)
    assert Counter(stretches(company, "2026-02-01")) == {ended: len(gone), going: len(came)}


@pytest.mark.parametrize("other", [{"product": "add-on"}, {"start": "2025-07-01"}], ids=["product", "start"])
def test_a_line_of_another_product_or_start_is_another_line(tmp_path: Path, other: dict[str, Any]) -> None:
    company = Company(tmp_path)
    company.account("A")
    line(company, "2025-06-01")
    line(company, "2026-01-10", deleted=True)
    line(company, "2026-01-10", key="T", **other)
    company.publish()
    assert stretches(company, "2026-02-01")[-1] == (day(other.get("start", "2025-06-01")), None, 10)


def test_the_last_line_that_vanishes_is_the_end_of_the_contract(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.account("A")
    line(company, "2025-06-01")
    company.publish()
    line(company, "2026-01-10", deleted=True)
    company.publish()
    names = ("mrr_change", "contract_state", "full_churn", "no_contract", "mrr")
    row = company.readings("2026-01-31", [CATALOGUE[name] for name in names])["A"]
    assert [row[f"v_{name}"] for name in names] == [-1_000_000, 2, 1, 1, 0]
    assert row["a_start_day"] == day("2025-06-01")


def test_a_lapsed_line_that_is_cleaned_up_ended_when_it_lapsed(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.account("A")
    ended: dict[str, Any] = {"auto_renew": False, "end_day": day("2025-12-31")}
    line(company, "2025-06-01", **ended)
    line(company, "2025-07-01", key="T", start="2025-07-01", product="add-on")
    company.publish()
    line(company, "2026-02-10", deleted=True, **ended)
    company.publish()
    assert stretches(company, "2026-03-01")[0] == (day("2025-06-01"), day("2026-01-01"), 10)
    cancelled = company.readings("2026-03-01", [CATALOGUE["product_cancelled"]])["A"]
    assert cancelled["v_product_cancelled"] == 0


def test_a_line_already_deleted_when_first_heard_of_never_ran(tmp_path: Path) -> None:
    """In a first load nobody knows since when it is gone: no end is made up."""
    company = Company(tmp_path)
    company.account("A")
    line(company, "2025-06-01", known_basis="assumed")
    line(company, "2026-01-10", deleted=True)
    company.publish()
    assert stretches(company, "2026-02-01") == []
