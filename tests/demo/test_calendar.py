"""The simulated days."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from keepwell.demo import calendar, chance
from keepwell.demo.calendar import Calendar


@pytest.mark.parametrize("module", [calendar, chance])
def test_examples_in_the_docstrings_hold(module: object) -> None:
    assert doctest.testmod(module, extraglobs={"np": np}).failed == 0  # type: ignore[arg-type]


def test_window_of_two_years_has_its_month_ends() -> None:
    days = Calendar.of(24)
    ends = days.first + days.month_ends()
    assert len(ends) == 24
    assert str(ends[0]) == "2024-07-31"
    assert str(ends[-1]) == "2026-06-30"


def test_holidays_and_weekends_are_no_working_days() -> None:
    days = Calendar.of(24)
    working = days.working()
    for closed in ("2025-12-25", "2026-04-03", "2026-06-28"):
        assert not working[days.number(np.datetime64(closed))]
    assert working[days.number(np.datetime64("2026-06-30"))]


def test_summer_and_christmas_are_slow() -> None:
    days = Calendar.of(24)
    rhythm = days.rhythm()
    ordinary, august, christmas = (
        rhythm[days.number(np.datetime64(d))] for d in ("2026-06-30", "2025-08-12", "2025-12-22")
    )
    assert ordinary > august > christmas
