"""Predictors that are examined side by side: each learns from some rows and foretells others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from keepwell.learning.model import boosting, refit, shrink
from keepwell.learning.model.learner import Choices, learn
from keepwell.learning.model.levels import levels_of, matrix
from keepwell.learning.model.points import AVERAGE, PER_LOG_ODDS
from keepwell.learning.samples import scored, splits
from keepwell.learning.samples.examples import Examples, Floats
from keepwell.learning.samples.splits import Split
from keepwell.scoring.compile import Compiled, compile_plan
from keepwell.scoring.planner import plan


@dataclass(frozen=True)
class Told:
    """Of every example that was examined the probability of the outcome and, where there is one, the score."""

    risk: Floats
    score: Floats | None = None


Predictor = Callable[[Examples, Examples], Told]  # rows that teach, rows to foretell


def base_rate(train: Examples, test: Examples) -> Told:
    """Everyone has the share that had the outcome; as a decision: everyone stays."""
    return Told(np.full(test.size, train.base_rate))


def learned(choices: Choices) -> Predictor:
    """The points table."""

    def told(train: Examples, test: Examples) -> Told:
        table = learn(train, choices).table
        scores = table.scores(test)
        return Told(table.calibration.probability(scores), scores.astype(np.float64))

    return told


def black_box(train: Examples, test: Examples) -> Told:
    """Boosting in which every signal may act with every other: what a model that explains nothing reaches."""
    split = splits.inner(train)
    levels = sorted((levels_of(column) for column in train.columns), key=lambda level: not level.kinds)
    codes = matrix(levels, train)
    halves = [(codes[rows], train.outcome[rows]) for rows in (split.train, split.test)]
    settings = boosting.Settings(boosting.MOST_ROUNDS, boosting.least_leaf(train.size), {}, bags=1, together=True)
    rounds = boosting.boost_until(levels, halves[0], halves[1], settings).rounds
    settings = boosting.Settings(rounds, settings.least_leaf, {}, bags=1, together=True)
    model = boosting.boost(levels, codes, train.outcome, train.blocks, settings)
    return Told(expit(model.margin(matrix(levels, test))))


def by_card(name: str) -> Predictor:
    """A scorecard whose scores the examples have, brought to probabilities by the rows that teach.

    No score means the average probability, and stays no score: it warned nobody.
    """

    def told(train: Examples, test: Examples) -> Told:
        known, asked = train.by_card[name].scores, test.by_card[name].scores
        fill = float(np.nanmean(known)) if not np.isnan(known).all() else float(AVERAGE)
        margins = [-(np.where(np.isnan(scores), fill, scores) - fill) / PER_LOG_ODDS for scores in (known, asked)]
        intercept, slope = refit.calibration(margins[0], train.outcome)
        return Told(expit(intercept + slope * margins[1]), asked)

    return told


def on_unseen(predictor: Predictor, until: str) -> Predictor:
    """The same, telling nothing (NaN) of examples that the card had learned from, or from others of their outcomes."""

    def told(train: Examples, test: Examples) -> Told:
        found = predictor(train, test)
        if test.day is None:
            return found
        unseen = test.day >= splits.unseen_from(until, test.ahead_days)
        return Told(np.where(unseen, found.risk, np.nan), found.score)

    return told


def shrunk(expert: Compiled) -> Predictor:
    """An expert's card whose weights are refitted to the rows that teach."""

    def told(train: Examples, test: Examples) -> Told:
        card = shrink.refitted(train, expert, expert.plan.name)
        again = compile_plan(plan(card, expert.plan.signals))
        return by_card(card.scorecard)(scored.with_card(train, again), scored.with_card(test, again))

    return told


def cross_fitted(examples: Examples, folds: Sequence[Split], predictor: Predictor) -> Told:
    """What the predictor tells of every examined row without having seen it; NaN elsewhere."""
    risk, score = np.full(examples.size, np.nan), np.full(examples.size, np.nan)
    for fold in folds:
        told = predictor(examples.take(fold.train), examples.take(fold.test))
        risk[fold.test] = told.risk
        score[fold.test] = np.nan if told.score is None else told.score
    return Told(risk, None if np.isnan(score).all() else score)
