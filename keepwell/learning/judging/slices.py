"""Parts of what was examined: by segment, by revenue, and where the owner has told a view of their own."""

from __future__ import annotations

import numpy as np

from keepwell.learning.judging import metrics
from keepwell.learning.samples.examples import Examples, Floats
from keepwell.words.learning import AgainstPulse, SegmentFigures

FEWEST = 10  # outcomes without which a ranking is not judged
PULSES = ("csm_pulse", "pulse")


def by_segment(examples: Examples, risk: Floats) -> tuple[SegmentFigures, ...]:
    """Every segment's figures, the largest first; nothing where there is one only."""
    if examples.segment is None or len(np.unique(examples.segment)) < 2:
        return ()
    found = []
    for segment in np.unique(examples.segment):
        rows = np.flatnonzero(examples.segment == segment)
        part = examples.take(rows)
        enough = part.events >= FEWEST and not part.outcome.all()
        auc = metrics.measured(part.outcome, risk[rows], part.blocks)["auc"] if enough else None
        found.append(
            SegmentFigures(str(segment), part.size, part.events, float(risk[rows].mean()), part.base_rate, auc)
        )
    return tuple(sorted(found, key=lambda one: -one.rows))


def by_revenue(examples: Examples, risk: Floats) -> float | None:
    """The AUC with every account counted by its revenue."""
    if examples.mrr is None:
        return None
    weight = np.nan_to_num(examples.mrr)
    return metrics.weighted_auc(examples.outcome, risk, weight) if weight.sum() > 0 else None


def against_pulse(examples: Examples, risk: Floats) -> AgainstPulse | None:
    """Whether the card ranks better than the owners' pulse; None where too few outcomes have one."""
    name = next((name for name in PULSES if name in examples.names), None)
    if name is None:
        return None
    pulse = examples.column(name).values
    rows = np.flatnonzero(~np.isnan(pulse))
    part = examples.take(rows)
    if part.size == 0 or part.events < FEWEST or part.outcome.all():
        return None
    human = -pulse[rows]
    return AgainstPulse(
        part.size,
        part.events,
        metrics.auc(part.outcome, risk[rows], part.blocks),
        metrics.auc(part.outcome, human, part.blocks),
        metrics.difference(part.outcome, (risk[rows], human), part.blocks),
    )
