"""A day that has not closed is scored with what is known so far, and says so."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from keepwell.use_cases import runs
from tests.small_project import SmallProject


def test_explain_of_a_day_that_has_not_closed_says_that_it_is_provisional(tmp_path: Path) -> None:
    """It is eight in the morning of 1 April: March has closed, the day has not."""
    small = SmallProject(tmp_path)
    small.ingest()
    today = runs.explain(small.project, "A", as_of=date(2026, 4, 1))
    closed = runs.explain(small.project, "A", as_of=date(2026, 3, 31))
    assert [text for text in today.caveats if text.startswith("Provisional")]
    assert not [text for text in closed.caveats if text.startswith("Provisional")]
