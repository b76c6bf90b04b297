"""Shrink to expert: a hand-written card keeps its form, and few outcomes only change how much each measure counts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import numpy as np

from keepwell.engine import engine
from keepwell.learning import refit, scored
from keepwell.learning.examples import Examples, Floats
from keepwell.learning.points import PER_LOG_ODDS
from keepwell.scoring.compile import Compiled
from keepwell.scoring.scorecard import Dimension, Measure, Scorecard
from keepwell.words.score import RowKind

HELD = 0.05  # per example and unit: stronger than in learning, for the expert knows more than few outcomes
LEAST, MOST = 0.25, 2.0  # of the expert's weight
SCALED = ("points", "otherwise", "healthy_points", "poor_points", "each", "at_most", "outside")


def weights(examples: Examples, compiled: Compiled) -> Mapping[str, float]:
    """How much more or less than the expert said each measure should count, between a quarter and twice."""
    names, points = _points(examples, compiled)
    effects = -(points - points.mean(axis=0)) / PER_LOG_ODDS
    margin = effects.sum(axis=1)
    _, slope = refit.calibration(margin, examples.outcome)
    if slope <= 0:
        return dict.fromkeys(names, 1.0)
    _, found = refit.weights(slope * effects, examples.outcome, hold=HELD)
    return dict(zip(names, np.clip(found, LEAST, MOST).tolist(), strict=True))


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


def _points(examples: Examples, compiled: Compiled) -> tuple[list[str], Floats]:
    """What every counted measure gives every example."""
    rows = [row for row in compiled.rows if row.kind is RowKind.MEASURE and row.leaf is not None and row.leaf.counted]
    wanted = ", ".join(f"coalesce({row.column}, 0)" for row in rows)
    with engine() as connection:
        connection.register(scored.RELATION, scored.readings(examples, compiled))
        statement = compiled.sql(scored.RELATION, ranges=False)
        found = connection.execute(f"SELECT {wanted} FROM ({statement}) ORDER BY CAST(account_id AS BIGINT)").fetchall()
    return [row.name for row in rows], np.array(found, np.float64) / 1000


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
