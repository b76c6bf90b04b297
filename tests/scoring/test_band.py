"""The row of a table in words."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from keepwell.scoring.band import _interval
from keepwell.scoring.shape import Step
from keepwell.signals.catalogue import CATALOGUE


@pytest.mark.parametrize(
    ("least", "high", "said"),
    [(None, 0, "up to 0"), (None, -5, "up to -5"), (0, 0, "0"), (0, 4, "up to 4"), (-100, -100, "-100")],
)
def test_the_lowest_row_reaches_down_as_far_as_its_signal(least: int | None, high: int, said: str) -> None:
    signal = replace(next(one for one in CATALOGUE.values() if one.unit.scale == 1), least=least)
    assert _interval(Step(None, False, Fraction(high), True, 0), signal) == said
