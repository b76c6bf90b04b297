"""Crossed signals: pairs that say together what neither says alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy.special import expit
from sklearn.tree import DecisionTreeRegressor

from keepwell.learning.model import bands, refit, selection
from keepwell.learning.model.boosting import Boosted, Pair
from keepwell.learning.model.levels import Levels
from keepwell.learning.model.parts import Part
from keepwell.learning.samples.examples import Flags, Floats, Whole

MOST_CROSSED = 3
CAUTION = 0.5  # of a tree's step, so that its noise costs less
STILL = 1e-3  # of log-odds
LEAST_WEIGHT = 0.02  # of an example in a least-squares fit: what is certain still counts a little
SWEEPS = 200  # at most, until the curves under a surface stand still


def weight_of(probability: Floats) -> Floats:
    """How much an example says about the log-odds: most where the outcome is open."""
    return np.maximum(probability * (1 - probability), LEAST_WEIGHT)


def certain_pairs(codes: Floats, outcome: Flags, margin: Floats, blocks: Whole) -> tuple[Pair, ...]:
    """Pairs of signals that certainly say something together, most first.

    A small tree over both, learned from what one half of the accounts leaves unexplained, must
    foretell the other half better, and the other way round, by more than chance.
    """
    filled = np.where(np.isnan(codes), -1.0, codes)
    half = np.random.default_rng(0).permutation(blocks.max() + 1)[blocks] % 2 == 0
    found = []
    for pair in combinations(range(codes.shape[1]), 2):
        gain = np.zeros(len(outcome))
        for known in (half, ~half):
            by = _foretold(filled[:, pair], outcome, margin, known)
            rest, told = margin[~known], outcome[~known]
            gain[~known] = refit.log_loss(rest, told) - refit.log_loss(rest + by, told)
        if selection.certain(gain, blocks):
            found.append((float(gain.mean()), pair))
    return tuple(pair for _, pair in sorted(found, reverse=True)[:MOST_CROSSED])


def _foretold(both: Floats, outcome: Flags, margin: Floats, known: Flags) -> Floats:
    """What a cautious small tree, learned where `known`, adds to the log-odds elsewhere."""
    probability = expit(margin[known])
    weight, rest = weight_of(probability), outcome[known] - probability
    tree = DecisionTreeRegressor(
        max_leaf_nodes=bands.MOST_BOXES, min_weight_fraction_leaf=bands.BOX_SHARE, random_state=0
    )
    tree.fit(both[known], rest / weight, sample_weight=weight)
    found: Floats = CAUTION * tree.predict(both[~known])
    return found


def parts_of(boosted: Boosted, codes: Floats, pairs: Sequence[Pair], weight: Floats) -> tuple[Part, ...]:
    """The bands of every signal, and the boxes of the pairs beside the bands of their two."""
    curves, levels = list(boosted.curves()), boosted.levels
    grid = _Grid(levels, codes, weight)
    rests = {pair: _beyond_each(grid, pair, boosted.surface(pair, codes)) for pair in pairs}
    if pairs:
        crossed = sorted({position for pair in pairs for position in pair})
        alone = [p for p in range(len(levels)) if p not in crossed]
        explained = sum(rests.values()) + sum((curves[p][grid.places[p]] for p in alone), np.zeros(len(codes)))
        for position, curve in zip(crossed, grid.curves(crossed, boosted.margin(codes) - explained), strict=True):
            curves[position] = curve
    single = [
        bands.banded(level, curve, at, weight) for level, curve, at in zip(levels, curves, grid.places, strict=True)
    ]
    boxes = (
        bands.boxed((levels[one], levels[other]), (codes[:, one], codes[:, other]), rest, weight)
        for (one, other), rest in rests.items()
    )
    return (*single, *(part for part in boxes if part is not None))


def _beyond_each(grid: _Grid, pair: Pair, surface: Floats) -> Floats:
    """What two signals say together beyond each alone."""
    one, other = grid.curves(pair, surface)
    rest = surface - one[grid.places[pair[0]]] - other[grid.places[pair[1]]]
    found: Floats = rest - np.average(rest, weights=grid.weight)
    return found


class _Grid:
    """The examples by level, to find the curves whose sum comes nearest to something."""

    def __init__(self, levels: Sequence[Levels], codes: Floats, weight: Floats) -> None:
        self.weight = weight
        self.places = [level.places(codes[:, position]) for position, level in enumerate(levels)]
        self.counts = [level.count + 1 for level in levels]

    def curves(self, positions: Sequence[int], target: Floats) -> list[Floats]:
        """One curve a signal, each in turn what the others leave."""
        found = [np.zeros(self.counts[p]) for p in positions]
        mass = [np.maximum(np.bincount(self.places[p], self.weight, self.counts[p]), 1e-9) for p in positions]
        left = target - np.average(target, weights=self.weight)
        for _ in range(SWEEPS):
            before = np.concatenate(found)
            for k, p in enumerate(positions):
                left = left + found[k][self.places[p]]
                found[k] = np.bincount(self.places[p], self.weight * left, self.counts[p]) / mass[k]
                left = left - found[k][self.places[p]]
            if np.abs(np.concatenate(found) - before).max() < STILL:
                break
        return found
