"""Corrections that move an event between user-days, and knowledge that arrives out of order (SEMANTICS, rule 7)."""

from __future__ import annotations

from pathlib import Path

from tests.company import Company, day, noon
from tests.timeline.test_rollup import seen


def test_a_day_from_which_an_event_was_moved_keeps_its_other_events(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.account("A")
    for key in ("x", "y"):
        company.fact("usage", key, "A", used_at=noon(day("2026-03-01")), person="p1")
    company.publish()
    company.fact("usage", "x", "A", used_at=noon(day("2026-03-02")), person="p1", known="2026-03-10")
    company.publish()
    company.fact("usage", "z", "A", used_at=noon(day("2026-03-02")), person="p1", known="2026-03-12")
    company.publish()
    assert seen(company, "2026-03-20") == {("p1", "2026-03-01"): 1, ("p1", "2026-03-02"): 2}
    assert seen(company, "2026-03-03")["p1", "2026-03-01"] == 2


def test_an_earlier_version_that_arrives_later_is_not_counted_twice(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.account("A")
    company.fact("usage", "e", "A", used_at=noon(day("2026-03-01")), person="p1", known="2026-03-05")
    company.publish()
    company.fact("usage", "e", "A", used_at=noon(day("2026-03-01")), person="p1", known="2026-03-03", seconds=5)
    company.publish()
    assert seen(company, "2026-03-20") == {("p1", "2026-03-01"): 1}
