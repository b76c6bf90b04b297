"""With few outcomes the expert's weights move: by what a measure does to the scores, and by how many were lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from keepwell.learning.model import shrink
from keepwell.learning.samples.examples import Column, Examples
from keepwell.scoring import scorecard
from keepwell.scoring.compile import Compiled, compile_plan
from keepwell.scoring.planner import own_signals, plan
from tests.learning.companies import signal

CARD = """
scorecard: expert
form: weighted
min_coverage: 0
tiers: {good: 50, bad: 0}
inputs: {use: {title: Use}, noise: {title: Noise}}
measures:
  use: {weight: 10, healthy: 100, poor: 0}
  noise: {weight: 10, healthy: 100, poor: 0}
"""


def few_of(rows: int) -> Examples:
    """Forty losses, all among the half that uses it least; noise is noise, and unknown of those who were lost."""
    random = np.random.default_rng(0)
    use, noise = random.integers(0, 101, rows).astype(float), random.integers(0, 101, rows).astype(float)
    lost = np.isin(np.arange(rows), random.permutation(np.flatnonzero(use < 50))[:40])
    unknown = np.where(lost & (random.random(rows) < 0.8), np.nan, noise)
    columns = Column(signal("use"), use), Column(signal("noise"), unknown)
    return Examples(columns, lost, tuple(str(n) for n in range(rows)))


def expert(examples: Examples) -> Compiled:
    model = scorecard.loads(CARD)
    return compile_plan(plan(model, {**own_signals(model), **{c.name: c.signal for c in examples.columns}}))


def test_as_many_outcomes_move_weights_as_far_among_many_rows_as_among_few() -> None:
    moved = [shrink.weights(few_of(rows), expert(few_of(rows)))["use"] for rows in (400, 4_000)]
    assert min(moved) > 1.05
    assert max(moved) < 1.1 * min(moved)


def test_a_measure_earns_no_weight_from_readings_that_are_missing() -> None:
    """Who was lost has no reading of the noise: to count it more would change none of their scores."""
    found = shrink.weights(few_of(1_000), expert(few_of(1_000)))
    assert found["noise"] < 1 < found["use"]


def test_without_scores_or_without_outcomes_the_expert_is_believed() -> None:
    examples = few_of(200)
    unread = tuple(replace(column, values=np.full(200, np.nan)) for column in examples.columns)
    for told in (replace(examples, columns=unread), replace(examples, outcome=np.zeros(200, bool))):
        assert dict(shrink.weights(told, expert(told))) == {"use": 1.0, "noise": 1.0}
