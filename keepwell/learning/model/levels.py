"""Levels: the at most 250 steps of a signal's values between which a model may cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keepwell.learning.samples.examples import Column, Examples, Floats, Whole

MOST_LEVELS = 250  # what the boosting library can tell apart (255), with room for a missing value


@dataclass(frozen=True)
class Levels:
    """A signal's steps. Numbers: level i holds values up to and including `cuts[i]`; the last is open.

    Categories: level i is category i. `present` says whether a missing reading was ever seen.
    """

    name: str
    cuts: Whole
    count: int
    kinds: bool
    missing_seen: bool

    def codes(self, values: Floats) -> Floats:
        """The level of each value, NaN where there is none (or a category never seen)."""
        if self.kinds:
            return np.where(values < self.count, values, np.nan)
        found = np.searchsorted(self.cuts, values, side="left").astype(np.float64)
        return np.where(np.isnan(values), np.nan, found)

    def places(self, codes: Floats) -> Whole:
        """Positions in an array with one entry per level and a last one for missing."""
        return np.where(np.isnan(codes), self.count, np.nan_to_num(codes)).astype(np.int64)


def levels_of(column: Column) -> Levels:
    """The levels of a column: every distinct value its own, or evenly filled ones where there are more than 250."""
    values = column.values[~np.isnan(column.values)]
    missing = len(values) < len(column.values)
    if column.signal.categories:
        return Levels(
            column.name, np.empty(0, np.int64), len(column.signal.categories), kinds=True, missing_seen=missing
        )
    distinct = np.unique(values)
    if len(distinct) > MOST_LEVELS:
        shares = np.linspace(0, 1, MOST_LEVELS + 1)[1:-1]
        ends = np.unique(np.quantile(values, shares, method="lower"))
        at = np.searchsorted(distinct, ends)
        at = at[at < len(distinct) - 1]
    else:
        at = np.arange(len(distinct) - 1)
    cuts = np.floor((distinct[at] + distinct[at + 1]) / 2).astype(np.int64)
    return Levels(column.name, cuts, len(cuts) + 1, kinds=False, missing_seen=missing)


def matrix(levels: Sequence[Levels], examples: Examples) -> Floats:
    """The levels of all examples, one column a signal, in the order of `levels`."""
    return np.column_stack([level.codes(examples.column(level.name).values) for level in levels])
