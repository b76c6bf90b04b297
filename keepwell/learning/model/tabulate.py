"""From boosted models to a points table: bands and boxes, a refit, whole points, an anchor and a calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, logit

from keepwell.learning.model import boosting, crossing, refit
from keepwell.learning.model.boosting import Settings
from keepwell.learning.model.levels import Levels, matrix
from keepwell.learning.model.parts import Codes, Part
from keepwell.learning.model.points import AVERAGE, PER_LOG_ODDS, Calibration, PointsTable, whole_points
from keepwell.learning.samples import splits
from keepwell.learning.samples.examples import Examples, Flags, Floats, Whole
from keepwell.learning.samples.splits import CALIBRATING, Split


@dataclass(frozen=True)
class Fitted:
    """Parts with whole points; `intercept` is the log-odds at 0 points."""

    parts: tuple[Part, ...]
    points: tuple[Whole, ...]
    intercept: float

    def margin(self, codes: Codes) -> Floats:
        """The log-odds that the points say."""
        return self.intercept - total(self.parts, self.points, codes) / PER_LOG_ODDS


def tabulate(examples: Examples, levels: Sequence[Levels], settings: Settings) -> PointsTable:
    """The table of all rows.

    How much of each part to keep, and how points become a probability, is rehearsed with
    tables that have not seen the rows they are tried on.
    """
    codes, split = matrix(levels, examples), splits.newest(examples, settings.seed)
    outcome, blocks, once = examples.outcome, examples.blocks, replace(settings, bags=1)
    keep = rehearsed_weights(examples, levels, codes, settings)
    rehearsal = fit(levels, codes[split.train], (outcome[split.train], blocks[split.train]), once, keep)
    fitted = fit(levels, codes, (outcome, blocks), settings, keep)
    return anchored(fitted, rehearsal.margin(named(levels, codes[split.test])), examples, split)


def rehearsed_weights(
    examples: Examples, levels: Sequence[Levels], codes: Floats, settings: Settings
) -> Mapping[str, float]:
    """How much of each part holds on rows that it was not learned from, none below 0."""
    split, outcome = splits.inner(examples, settings.seed), examples.outcome
    parts = _parts(
        levels, codes[split.train], (outcome[split.train], examples.blocks[split.train]), replace(settings, bags=1)
    )
    at = named(levels, codes[split.test])
    effects = np.column_stack([part.effects[part.row_of(at)] for part in parts])
    _, weights = refit.weights(effects, outcome[split.test])
    return dict(zip((part.name for part in parts), weights.tolist(), strict=True))


def fit(
    levels: Sequence[Levels],
    codes: Floats,
    known: tuple[Flags, Whole],
    settings: Settings,
    keep: Mapping[str, float],
) -> Fitted:
    """Boost, cut into rows, weigh and round."""
    parts = _parts(levels, codes, known, settings)
    weighed = [part.with_effects(keep.get(part.name, 1.0) * part.effects) for part in parts]
    kept = [(part, points) for part in weighed if (points := whole_points(part.effects)).any()]
    found = tuple(part for part, _ in kept), tuple(points for _, points in kept)
    return Fitted(*found, refit.shift(-total(*found, named(levels, codes)) / PER_LOG_ODDS, known[0]))


def _parts(levels: Sequence[Levels], codes: Floats, known: tuple[Flags, Whole], settings: Settings) -> tuple[Part, ...]:
    boosted = boosting.boost(levels, codes, *known, settings)
    return crossing.parts_of(boosted, codes, settings.pairs, crossing.weight_of(expit(boosted.margin(codes))))


def anchored(fitted: Fitted, rehearsed: Floats, examples: Examples, split: Split) -> PointsTable:
    """The table with its baseline: at 70 the odds are the company's own, as the newest window shows them.

    `rehearsed` are the log-odds of the window's rows by a table that has not seen them.
    """
    outcome = examples.outcome[split.test]
    events = int(outcome.sum())
    base_rate = float(outcome.mean())
    by = refit.shift(rehearsed, outcome)
    intercept, slope = refit.calibration(rehearsed, outcome) if events >= CALIBRATING else (by, 1.0)
    baseline = round(AVERAGE - PER_LOG_ODDS * (fitted.intercept + by - float(logit(base_rate))))
    at_average = fitted.intercept + (baseline - AVERAGE) / PER_LOG_ODDS
    calibration = Calibration(intercept + slope * at_average, slope, len(outcome), events)
    return PointsTable(fitted.parts, fitted.points, baseline, base_rate, calibration)


def named(levels: Sequence[Levels], codes: Floats) -> Codes:
    """The levels of the examples by signal."""
    return dict(zip((level.name for level in levels), codes.T, strict=True))


def total(parts: Sequence[Part], points: Sequence[Whole], codes: Codes) -> Whole:
    """The points of every example, without the baseline."""
    size = len(next(iter(codes.values())))
    found = np.zeros(size, np.int64)
    for part, given in zip(parts, points, strict=True):
        found += given[part.row_of(codes)]
    return found
