"""Bands: a boosted curve of up to 250 steps becomes the few rows a person can read."""

from __future__ import annotations

import numpy as np
from sklearn.tree import DecisionTreeRegressor

from keepwell.learning.model.levels import Levels
from keepwell.learning.model.parts import Banded, Box, Boxed
from keepwell.learning.samples.examples import Floats, Whole

FEWEST, MOST = 6, 16  # rows of a signal; measured: six lose up to .01 AUC against sixteen
ENOUGH = 0.995  # share of the curve's variance at which no further row is worth its reading
LEAST_SHARE = 0.005  # of the examples in a row
MOST_BOXES = 16
BOX_SHARE = 0.005


def banded(level: Levels, curve: Floats, places: Whole, weight: Floats) -> Banded:
    """The rows of a signal from its boosted curve, cut only where the boosted model cuts.

    `places` are the examples' levels, `weight` how much each counts.
    """
    mass: Floats = np.asarray(np.bincount(places, weight, level.count + 1), np.float64)
    rows = _kinds(mass[:-1]) if level.kinds else _cuts(curve[:-1], mass[:-1])
    last = rows.max() + 1
    rows = np.append(rows, last)
    total = np.bincount(rows, mass, last + 1)
    effects = np.bincount(rows, mass * curve, last + 1) / np.maximum(total, 1e-12)
    effects = effects - (effects * total).sum() / total.sum()
    return Banded(level, rows, np.where(total > 0, effects, 0.0))


def _cuts(curve: Floats, mass: Floats) -> Whole:
    """Contiguous rows by a small tree over the levels."""
    count, used = len(curve), np.flatnonzero(mass)
    if count == 1 or len(used) < 2:
        return np.zeros(count, np.int64)
    mean = np.average(curve, weights=mass)
    whole = float((mass * (curve - mean) ** 2).sum())
    at = np.arange(count)[:, None]
    rows = np.zeros(count, np.int64)
    for most in range(min(FEWEST, len(used)), min(MOST, len(used)) + 1):
        tree = DecisionTreeRegressor(max_leaf_nodes=max(most, 2), min_weight_fraction_leaf=LEAST_SHARE, random_state=0)
        found = tree.fit(at[used], curve[used], sample_weight=mass[used]).predict(at)
        rows = np.cumsum(np.diff(found, prepend=found[0]) != 0)
        left = float((mass * (curve - found) ** 2).sum())
        if left <= (1 - ENOUGH) * whole:
            break
    return rows


def _kinds(mass: Floats) -> Whole:
    """A row for each category with enough examples, one for all the rare ones."""
    common = mass >= LEAST_SHARE * mass.sum()
    rows = np.cumsum(common) - 1
    return np.where(common, rows, common.sum())


def boxed(levels: tuple[Levels, Levels], codes: tuple[Floats, Floats], rest: Floats, weight: Floats) -> Boxed | None:
    """Boxes of two signals in which `rest`, what they add together beyond each alone, is much the same."""
    known = ~(np.isnan(codes[0]) | np.isnan(codes[1]))
    at = np.column_stack([codes[0][known], codes[1][known]])
    tree = DecisionTreeRegressor(max_leaf_nodes=MOST_BOXES, min_weight_fraction_leaf=BOX_SHARE, random_state=0)
    tree.fit(at, rest[known], sample_weight=weight[known])
    boxes, effects = _leaves(tree, (levels[0].count - 1, levels[1].count - 1))
    return Boxed(levels, boxes, np.append(effects, 0.0)) if len(boxes) > 1 else None


def _leaves(tree: DecisionTreeRegressor, last: tuple[int, int]) -> tuple[tuple[Box, ...], Floats]:
    """The boxes of a fitted tree, in the order of their first and second signal."""
    nodes, found = tree.tree_, []
    open_nodes = [(0, Box((0, 0), last))]
    while open_nodes:
        node, box = open_nodes.pop()
        left, right = int(nodes.children_left[node]), int(nodes.children_right[node])
        if left == right:
            found.append((box, float(nodes.value[node].item())))
            continue
        side, cut = int(nodes.feature[node]), int(np.floor(nodes.threshold[node]))
        open_nodes.append((left, Box(box.low, _with(box.high, side, cut))))
        open_nodes.append((right, Box(_with(box.low, side, cut + 1), box.high)))
    found.sort(key=lambda item: (item[0].low, item[0].high))
    return tuple(box for box, _ in found), np.array([effect for _, effect in found])


def _with(ends: tuple[int, int], side: int, value: int) -> tuple[int, int]:
    return (value, ends[1]) if side == 0 else (ends[0], value)
