"""The points table: the reference in Python of what a learned scorecard's SQL computes."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
from scipy.special import expit

from keepwell.learning.model.parts import Codes, Part
from keepwell.learning.samples.examples import Examples, Floats, Whole

DOUBLES = 20  # points that double the odds of staying
PER_LOG_ODDS = DOUBLES / log(2)
AVERAGE = 70  # the score at which the odds are the company's own


@dataclass(frozen=True)
class Calibration:
    """From a score to the probability of the outcome: moves what is printed, never the points.

    log-odds = `intercept` + `slope` × (70 − score) / 28.85; `rows` and `events` it rests on.
    """

    intercept: float
    slope: float
    rows: int = 0
    events: int = 0

    @property
    def trusted(self) -> bool:
        """Whether the points mean what they say: 20 of them double the odds, give or take a tenth."""
        return 0.9 <= self.slope <= 1.1

    def probability(self, score: Floats | Whole) -> Floats:
        """The probability of the outcome at each score."""
        found: Floats = expit(self.intercept + self.slope * (AVERAGE - score) / PER_LOG_ODDS)
        return found


@dataclass(frozen=True)
class PointsTable:
    """Whole points for every row of every part, on a whole baseline."""

    parts: tuple[Part, ...]
    points: tuple[Whole, ...]
    baseline: int
    base_rate: float
    calibration: Calibration

    @property
    def signals(self) -> tuple[str, ...]:
        """The signals it reads, each once."""
        return tuple(dict.fromkeys(name for part in self.parts for name in part.signals))

    def codes(self, examples: Examples) -> Codes:
        """The levels of the examples, of the signals the table reads."""
        levels = {level.name: level for part in self.parts for level in part.levels}
        return {name: level.codes(examples.column(name).values) for name, level in levels.items()}

    def scores(self, examples: Examples) -> Whole:
        """The score of every example."""
        codes = self.codes(examples)
        total = np.full(examples.size, self.baseline, np.int64)
        for part, points in zip(self.parts, self.points, strict=True):
            total += points[part.row_of(codes)]
        return total

    def probability(self, examples: Examples) -> Floats:
        """The calibrated probability of the outcome."""
        return self.calibration.probability(self.scores(examples))


def whole_points(effects: Floats) -> Whole:
    """Points of effects on the log-odds of the outcome: what makes it likelier costs points."""
    return np.rint(-PER_LOG_ODDS * effects).astype(np.int64)
