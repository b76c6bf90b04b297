"""Selection: the eight to twelve signals a person can read, and what leaving out the others costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from keepwell.learning.model import refit
from keepwell.learning.samples.examples import Flags, Floats, Whole

FEWEST, MOST = 8, 12  # counted measures: beyond twelve nobody can tell why a score moved
CONSIDERED = 24  # strongest signals among which the choice is made
TWINS = 0.97  # rank correlation from which two signals are one
WORTH = 0.003  # of log-loss: what a further signal must take off to be worth its reading
SURE = 1.96  # standard errors


@dataclass(frozen=True)
class Step:
    """The best so many signals, and how they foretell held-out outcomes."""

    signals: tuple[int, ...]
    loss: float


@dataclass(frozen=True)
class Selection:
    """The choice; `steps` run from all that were considered to few."""

    chosen: tuple[int, ...]
    steps: tuple[Step, ...]
    twins: tuple[tuple[int, int], ...]  # (dropped, kept instead)


@dataclass(frozen=True)
class Halves:
    """What each signal adds, column by column, for rows that teach and rows that are held out."""

    train: Floats
    train_outcome: Flags
    held_out: Floats
    held_out_outcome: Flags


def select(halves: Halves, codes: Floats, most: int = MOST, fewest: int = FEWEST) -> Selection:
    """Drop twins, then one signal after the other, always the one that is missed least."""
    strength = halves.train.std(axis=0)
    order = [int(i) for i in np.argsort(-strength, kind="stable") if strength[i] > 0]
    kept, twins = _without_twins(order, codes)
    here, steps = kept[:CONSIDERED], []
    while here:
        steps.append(Step(tuple(here), float(_loss(halves, here).mean())))
        here = _weakest_dropped(halves, here) if len(here) > 1 else []
    return Selection(_enough(steps, fewest, most), tuple(steps), twins)


def _enough(steps: Sequence[Step], fewest: int, most: int) -> tuple[int, ...]:
    """The fewest signals that foretell almost as well as the best so many; all of them where there are few."""
    allowed = [step for step in steps if fewest <= len(step.signals) <= most] or [
        next(step for step in steps if len(step.signals) <= most)
    ]
    least = min(step.loss for step in allowed)
    return next(step.signals for step in reversed(allowed) if step.loss <= least * (1 + WORTH))


def certain(gain: Floats, blocks: Whole) -> bool:
    """Whether a gain, given row by row, is above chance; rows of one account count together."""
    sums = np.bincount(np.unique(blocks, return_inverse=True)[1], gain - gain.mean())
    error = float(np.sqrt((sums**2).sum())) / len(gain)
    return bool(gain.mean() > SURE * error)


def _without_twins(order: Sequence[int], codes: Floats) -> tuple[list[int], tuple[tuple[int, int], ...]]:
    filled = np.where(np.isnan(codes), -1.0, codes)
    ranks = {i: rankdata(filled[:, i]) for i in order}
    kept: list[int] = []
    twins = []
    for i in order:
        twin = next((k for k in kept if abs(np.corrcoef(ranks[i], ranks[k])[0, 1]) > TWINS), None)
        if twin is None:
            kept.append(i)
        else:
            twins.append((i, twin))
    return kept, tuple(twins)


def _loss(halves: Halves, signals: Sequence[int]) -> Floats:
    intercept, weights = refit.weights(halves.train[:, signals], halves.train_outcome)
    return refit.log_loss(intercept + halves.held_out[:, signals] @ weights, halves.held_out_outcome)


def _weakest_dropped(halves: Halves, signals: Sequence[int]) -> list[int]:
    """Without the signal whose part in the sum, put at its mean, is missed least on held-out rows."""
    intercept, weights = refit.weights(halves.train[:, signals], halves.train_outcome)
    parts = halves.held_out[:, signals] * weights
    margin = intercept + parts.sum(axis=1)
    losses = [
        refit.log_loss(margin - parts[:, k] + parts[:, k].mean(), halves.held_out_outcome).mean()
        for k in range(len(signals))
    ]
    weakest = int(np.argmin(losses))
    return [signal for k, signal in enumerate(signals) if k != weakest]
