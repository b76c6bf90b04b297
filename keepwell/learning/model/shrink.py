"""Shrink to expert: a hand-written card keeps its form, and few outcomes only change how much each measure counts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import numpy as np

from keepwell.learning.model import refit
from keepwell.learning.model.points import PER_LOG_ODDS
from keepwell.learning.samples import scored
from keepwell.learning.samples.examples import Examples, Floats
from keepwell.scoring.compile import Compiled, compile_plan
from keepwell.scoring.planner import plan
from keepwell.scoring.scorecard import Dimension, Measure, Scorecard
from keepwell.words.score import RowKind

HELD = 0.25  # per outcome and unit: stronger than in learning, for the expert knows more than few outcomes
STEP = 0.25  # by which a measure's weight is moved to see what it does to the scores
LEAST, MOST = 0.25, 2.0  # of the expert's weight
SCALED = ("points", "otherwise", "healthy_points", "poor_points", "each", "at_most", "outside")


def weights(examples: Examples, compiled: Compiled) -> Mapping[str, float]:
    """How much more or less than the expert said each measure should count, between a quarter and twice."""
    rows = (row for row in compiled.rows if row.kind is RowKind.MEASURE and row.leaf is not None and row.leaf.counted)
    names = [row.name for row in rows]
    scores = scored.score(examples, compiled).scores
    examples, scores = examples.take(~np.isnan(scores)), scores[~np.isnan(scores)]
    margin = -(scores - scores.sum() / max(len(scores), 1)) / PER_LOG_ODDS
    _, slope = refit.calibration(margin, examples.outcome)
    if slope <= 0:
        return dict.fromkeys(names, 1.0)
    effects = np.column_stack([_effect(examples, compiled, name, scores) for name in names])
    beside = margin - effects.sum(axis=1)  # what the card says whatever its weights are
    known = slope * np.column_stack([effects, beside])
    _, found = refit.weights(known, examples.outcome, hold=HELD * examples.base_rate)
    return dict(zip(names, np.clip(found[:-1], LEAST, MOST).tolist(), strict=True))


def _effect(examples: Examples, compiled: Compiled, name: str, scores: Floats) -> Floats:
    """What a measure does to the log-odds of the outcome, as the scores show when it counts more.

    Its points alone would not tell: where a reading is missing, the others take its weight.
    """
    card = reweighted(compiled.plan.card, {name: 1 + STEP}, compiled.plan.name)
    moved = scored.score(examples, compile_plan(plan(card, compiled.plan.signals))).scores
    return -np.nan_to_num(moved - scores) / STEP / PER_LOG_ODDS


def refitted(examples: Examples, compiled: Compiled, name: str) -> Scorecard:
    """The expert's card, its measures weighed by these examples."""
    return reweighted(compiled.plan.card, weights(examples, compiled), name)


def reweighted(card: Scorecard, by: Mapping[str, float], name: str) -> Scorecard:
    """The card under another name, each measure counting `by` times as much."""
    return card.model_copy(
        update={
            "scorecard": name,
            "strict": False,
            "measures": _measures(card.measures, by, card.form == "weighted"),
            "dimensions": {key: _dimension(d, by, card.form == "weighted") for key, d in card.dimensions.items()},
        }
    )


def _dimension(given: Dimension, by: Mapping[str, float], weighted: bool) -> Dimension:
    return given.model_copy(
        update={
            "measures": _measures(given.measures, by, weighted),
            "dimensions": {name: _dimension(d, by, weighted) for name, d in given.dimensions.items()},
        }
    )


def _measures(given: Mapping[str, Measure], by: Mapping[str, float], weighted: bool) -> dict[str, Measure]:
    return {name: _measure(measure, by.get(name, 1.0), weighted) for name, measure in given.items()}


def _measure(given: Measure, by: float, weighted: bool) -> Measure:
    if weighted:
        return given.model_copy(update={"weight": _times(given.weight if given.weight is not None else Decimal(1), by)})
    return _scaled(given, by)


def _scaled(given: Measure, by: float) -> Measure:
    update: dict[str, object] = {
        name: _times(getattr(given, name), by) for name in SCALED if getattr(given, name) is not None
    }
    if given.bands is not None:
        update["bands"] = [band.model_copy(update={"points": _times(band.points, by)}) for band in given.bands]
    if given.curve is not None:
        update["curve"] = [(at, _times(points, by)) for at, points in given.curve]
    if given.categories is not None:
        update["categories"] = {word: _times(points, by) for word, points in given.categories.items()}
    if given.cases is not None:
        update["cases"] = [_scaled(case, by) for case in given.cases]  # type: ignore[arg-type]  # a case scales alike
    return given.model_copy(update=update)


def _times(given: Decimal, by: float) -> Decimal:
    return (given * Decimal(str(by))).quantize(Decimal("0.1"))
