"""A reading does not depend on which other signals are asked in the same statement (SEMANTICS, rule 9)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from keepwell.signals.catalogue import CATALOGUE
from keepwell.words.reading import Part, Window
from tests.company import Company, day


def test_the_rank_of_an_invoice_is_the_same_beside_a_signal_that_reads_farther_back(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.account("A")
    company.fact("subscription", "s", "A", product="core", mrr=10_000, currency="EUR", start_day=day("2025-01-01"),
                 auto_renew=True)  # fmt: skip
    for key, issued, paid in (("old", "2025-10-01", "2026-02-20"), ("new", "2026-02-01", "2026-02-10")):
        company.fact("invoice", key, "A", issued_day=day(issued), due_day=day(issued), paid_day=day(paid), amount=500,
                     currency="EUR", known=paid)  # fmt: skip
    company.publish()
    ranked = replace(
        CATALOGUE["paid_on_time"], name="newest_paid", details=(), needs="", applies="", value="days", observed="",
        parts=(Part("days", "invoice", "max(days_to_pay)", "paid_rank = 1", Window(60)),),
    )  # fmt: skip
    alone = company.readings("2026-03-01", [ranked])["A"]
    beside = company.readings("2026-03-01", [ranked, CATALOGUE["overdue_days"], CATALOGUE["paid_on_time"]])["A"]
    assert {k: beside[k] for k in ("v_newest_paid", "q_newest_paid")} == {
        k: alone[k] for k in ("v_newest_paid", "q_newest_paid")
    }
