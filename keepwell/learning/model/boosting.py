"""Additive boosting: what each signal adds to the log-odds of the outcome, level by level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from keepwell.learning.model.levels import Levels
from keepwell.learning.samples.examples import Flags, Floats, Whole

RATE = 0.1  # of learning: with few leaves the curves stay smooth
LEAVES = 4
MOST_ROUNDS = 1_000
PATIENCE = 40  # rounds without a better held-out log-loss
BAGS = 4
BAG_SHARE = 0.8  # of the accounts in each bag
THREADS = 1  # more make small tables slower, and far slower on a machine that is busy

Pair = tuple[int, int]


@dataclass(frozen=True)
class Settings:
    """How far to boost, and in which direction a signal may act."""

    rounds: int
    least_leaf: int
    directions: Mapping[str, int]  # signal → 1: more means more risk, -1: less; only where a person says so
    pairs: tuple[Pair, ...] = ()  # positions of the signals that may act together
    seed: int = 0
    bags: int = BAGS
    together: bool = False  # every signal with every other: for comparison only


def least_leaf(examples: int) -> int:
    """The smallest number of examples a step may rest on."""
    return int(np.clip(examples // 100, 20, 60))


@dataclass(frozen=True)
class Boosted:
    """A few bagged models, each up to `rounds`; their mean is the model."""

    levels: tuple[Levels, ...]
    models: tuple[HistGradientBoostingClassifier, ...]
    rounds: int

    def curves(self) -> tuple[Floats, ...]:
        """Of each signal what its levels, and lastly a missing reading, add; up to a constant."""
        width = len(self.levels)
        rows = [np.full((level.count + 1, width), np.nan) for level in self.levels]
        for position, (block, level) in enumerate(zip(rows, self.levels, strict=True)):
            block[: level.count, position] = np.arange(level.count)
        ends = np.cumsum([len(block) for block in rows])[:-1]
        return tuple(np.split(self.margin(np.vstack(rows)), ends))

    def surface(self, pair: Pair, codes: Floats) -> Floats:
        """What two signals that act together add for each row; up to a constant."""
        alone = np.full_like(codes, np.nan)
        alone[:, list(pair)] = codes[:, list(pair)]
        return self.margin(alone)

    def margin(self, codes: Floats) -> Floats:
        """The log-odds of each row."""
        with threadpool_limits(THREADS):
            staged = [model.staged_decision_function(codes) for model in self.models]
            found: Floats = np.mean([next(islice(one, self.rounds - 1, None)).ravel() for one in staged], axis=0)
        return found


def boost_until(
    levels: Sequence[Levels], train: tuple[Floats, Flags], held_out: tuple[Floats, Flags], settings: Settings
) -> Boosted:
    """One model, boosted as far as it foretells held-out outcomes better."""
    model = _model(levels, settings).set_params(early_stopping=True, n_iter_no_change=PATIENCE, tol=0)
    with threadpool_limits(THREADS):
        model.fit(_fitted_to(train[0]), train[1], X_val=held_out[0], y_val=held_out[1])
    best = int(np.argmax(model.validation_score_))  # the first score is that of no round at all
    return Boosted(tuple(levels), (model,), max(best, 1))


def boost(levels: Sequence[Levels], codes: Floats, outcome: Flags, blocks: Whole, settings: Settings) -> Boosted:
    """Fit models of all rounds, each on most of the accounts."""
    random = np.random.default_rng(settings.seed)
    known, at = np.unique(blocks, return_inverse=True)
    models = []
    for _ in range(settings.bags):
        drawn = np.flatnonzero((random.permutation(len(known)) < BAG_SHARE * len(known))[at])
        if settings.bags == 1 or len(np.unique(outcome[drawn])) < 2:
            drawn = np.arange(len(outcome))
        with threadpool_limits(THREADS):
            models.append(_model(levels, settings).fit(_fitted_to(codes[drawn]), outcome[drawn]))
    return Boosted(tuple(levels), tuple(models), settings.rounds)


def _fitted_to(codes: Floats) -> Floats:
    """Codes for scikit-learn, which cannot bin a signal of which nothing at all is known; as a constant it says nothing."""
    found: Floats = np.where(np.isnan(codes).all(axis=0), 0.0, codes)
    return found


def _model(levels: Sequence[Levels], settings: Settings) -> HistGradientBoostingClassifier:
    together = {position for pair in settings.pairs for position in pair}
    groups = [{position} for position in range(len(levels)) if position not in together]
    return HistGradientBoostingClassifier(
        max_iter=settings.rounds,
        learning_rate=RATE,
        max_leaf_nodes=2 * LEAVES if settings.together else LEAVES,
        min_samples_leaf=settings.least_leaf,
        categorical_features=[level.kinds for level in levels],
        monotonic_cst=[0 if level.kinds else settings.directions.get(level.name, 0) for level in levels],
        interaction_cst=None if settings.together else [*(set(pair) for pair in settings.pairs), *groups],
        early_stopping=False,
        random_state=settings.seed,
    )
