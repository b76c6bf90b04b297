"""Stability: whether readings fall into a card's own rows as they did, held against what chance does in so many accounts.

The population stability index of two equal populations is about chi-square distributed, with the
bins less one as degrees of freedom, times (1/N + 1/M) (Yurdakul 2018). Fixed limits such as .1 and
.25 are too strict for few accounts and too lax for many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from keepwell.learning.samples.examples import Floats, Whole
from keepwell.scoring.plan import Leaf
from keepwell.scoring.shape import NANO, Each, Line
from keepwell.scoring.truth import FRESH, STALE

SURE = 0.95  # that no check of a whole card alarms by chance
LEAST_EXPECTED = 5  # of the smaller sample in a bin; fewer are one bin with their neighbours
STATUS_WORDS = {STALE: "stale", 2: "missing", 3: "not applicable"}


@dataclass(frozen=True)
class Shift:
    """How far the readings of a measure moved, what chance allows, and the bin that moved most."""

    index: float
    chance: float
    bins: int
    moved: str


def chance_level(bins: int, accounts: tuple[int, int], checks: int = 1) -> float:
    """The index that equal populations of so many accounts stay under, in all of `checks` at once.

    >>> round(chance_level(5, (1000, 500)), 4)
    0.0285
    """
    if bins < 2:
        return 0.0
    one, other = accounts
    return float(chi2.ppf(1 - (1 - SURE) / checks, bins - 1) * (1 / one + 1 / other))


def index_of(then: Whole, now: Whole) -> float:
    """The population stability index of counts by bin; half an account is added to each, so that none is empty."""
    before, after = (then + 0.5) / (then + 0.5).sum(), (now + 0.5) / (now + 0.5).sum()
    return float(((after - before) * np.log(after / before)).sum())


def binned(leaf: Leaf, statuses: Whole, values: Floats) -> tuple[list[str], Whole]:
    """The card's own rows as words, worst first and absent readings last, and the place of every reading among them."""
    known = statuses <= STALE
    worst, best = leaf.extremes(len(leaf.shapes) - 1)
    if any(isinstance(case.shape, (Line, Each)) for cases in leaf.shapes for case in cases):
        rows = np.where(values >= best, 2, np.where(values <= worst, 0, 1))
        words = ["at its worst", "between", "at its best"]
    else:
        levels = np.unique(values[known & ~np.isnan(values)])
        rows = np.searchsorted(levels, np.where(known, values, levels[0] if len(levels) else 0))
        words = [f"{level / NANO:+g} points" for level in levels]
    places = np.where(statuses == FRESH, rows, len(words) + statuses - 1)
    return [*words, *STATUS_WORDS.values()], places.astype(np.int64)


def shift(bins: tuple[list[str], Whole], rows: tuple[Whole, Whole], accounts: tuple[int, int], checks: int) -> Shift:
    """How the readings of two sets of rows differ; sparse bins are one with their neighbour."""
    words, places = bins
    counts = np.array([np.bincount(places[some], minlength=len(words)) for some in rows])
    groups = _merged(counts, min(accounts))
    then, now = (np.array([count[group].sum() for group in groups]) for count in counts)
    scaled = [count * of / max(count.sum(), 1) for count, of in zip((then, now), accounts, strict=True)]
    return Shift(index_of(*scaled), chance_level(len(groups), accounts, checks), len(groups), _moved(words, counts))


def _moved(words: Sequence[str], counts: Whole) -> str:
    """The bin whose share changed most."""
    then, now = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    at = int(np.abs(now - then).round(9).argmax())
    return f"{words[at]}: {100 * then[at]:.0f} % then, {100 * now[at]:.0f} % now"


def _merged(counts: Whole, smaller: int) -> list[list[int]]:
    """Bins in order, joined until each would hold five accounts of the smaller sample."""
    shares = (counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)).mean(axis=0)
    found: list[list[int]] = []
    for at in np.flatnonzero(counts.sum(axis=0)):
        if found and smaller * shares[found[-1]].sum() < LEAST_EXPECTED:
            found[-1].append(int(at))
        else:
            found.append([int(at)])
    if len(found) > 1 and smaller * shares[found[-1]].sum() < LEAST_EXPECTED:
        last = found.pop()
        found[-1] += last
    return found


def accounts_in(numbers: Whole, rows: Sequence[Whole]) -> tuple[int, int]:
    """How many accounts each of two sets of rows is about."""
    then, now = (len(np.unique(numbers[some])) for some in rows)
    return then, now
