"""Trend accuracy: whether a falling score goes on falling."""

from __future__ import annotations

import numpy as np

from keepwell.learning.judging import metrics
from keepwell.learning.samples.examples import Examples, Floats, Whole
from keepwell.words.learning import TrendAccuracy

LEAST_FALL = 5.0  # points within a month; less is noise
AHEAD = 90  # days after which it is judged
MONTH, QUARTER = (25, 35), (85, 95)  # days between month-ends, and between a month-end and the third after it
FEWEST = 20  # falling accounts


def trend_accuracy(examples: Examples, score: Floats) -> TrendAccuracy | None:
    """Over all rows with a score a month before and a known state 90 days later; None where too few fell."""
    if examples.day is None or examples.account is None:
        return None
    before, later = _at_distance(examples, (-MONTH[1], -MONTH[0])), _at_distance(examples, QUARTER)
    gone = np.zeros(examples.size, bool)
    if examples.event_day is not None:
        gone = (examples.event_day - examples.day) <= AHEAD
    judged = (
        examples.day <= examples.day[~np.isnan(score)].max(initial=0) - QUARTER[0]
    )  # else only losses would be known
    known = (before >= 0) & judged & ((later >= 0) | gone) & ~np.isnan(score)
    known &= ~np.isnan(score[before]) & (gone | ~np.isnan(score[later]))
    rows = np.flatnonzero(known)
    fell = score[rows] <= score[before[rows]] - LEAST_FALL
    if fell.sum() < FEWEST or (~fell).sum() < FEWEST:
        return None
    lost = gone[rows]
    worse = lost | (score[later[rows]] <= score[rows] - LEAST_FALL)
    return TrendAccuracy(
        LEAST_FALL,
        int(fell.sum()),
        int((~fell).sum()),
        float(worse[fell].mean()),
        float(worse[~fell].mean()),
        float(lost[fell].mean()),
        float(lost[~fell].mean()),
        metrics.share_difference(lost, fell, examples.blocks[rows]),
    )


def _at_distance(examples: Examples, days: tuple[int, int]) -> Whole:
    """Of every row the account's row so many days away, -1 where there is none."""
    assert examples.day is not None and examples.account is not None  # noqa: S101, PT018
    order = np.lexsort((examples.day, examples.account))
    span = int(examples.day.max() - examples.day.min()) + 1000
    key = examples.account[order] * span + (examples.day[order] - examples.day.min())
    least = examples.account * span + (examples.day - examples.day.min()) + days[0]
    at = np.searchsorted(key, least)
    inside = np.minimum(at, len(key) - 1)
    hit = (at < len(key)) & (key[inside] <= least + days[1] - days[0])
    hit &= examples.account[order][inside] == examples.account
    return np.where(hit, order[inside], -1)
