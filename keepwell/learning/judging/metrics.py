"""Metrics: how well risks rank and how true the probabilities are, with intervals over accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

from keepwell.learning.samples.examples import Flags, Floats, Whole
from keepwell.words.learning import Border, Estimate, Tenth

DRAWS = 200  # of the bootstrap
BINS = 10  # of calibration and lift
LEAST = 1e-6  # no probability is exactly 0 or 1

Measure = Callable[[Flags, Floats], float]


def _auc(outcome: Flags, risk: Floats) -> float:
    """As scikit-learn's, which takes ten times as long to check its input; there are thousands of samples."""
    events = int(outcome.sum())
    ranks = float(rankdata(risk)[outcome].sum()) - events * (events + 1) / 2
    return ranks / (events * (len(outcome) - events))


def _precision(outcome: Flags, risk: Floats) -> float:
    """Average precision; equal risks are one step."""
    order = np.argsort(-risk, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(risk[order])), len(risk) - 1)
    caught = np.cumsum(outcome[order])[ends]
    return float((np.diff(caught, prepend=0) * caught / (ends + 1)).sum() / caught[-1])


def _brier(outcome: Flags, risk: Floats) -> float:
    return float(((risk - outcome) ** 2).mean())


def _log_loss(outcome: Flags, risk: Floats) -> float:
    right = np.clip(np.where(outcome, risk, 1 - risk), LEAST, 1)
    return float(-np.log(right).mean())


def ece(outcome: Flags, risk: Floats) -> float:
    """Expected calibration error over ten evenly filled groups."""
    groups = _groups(risk)
    return float(sum(abs(outcome[g].mean() - risk[g].mean()) * len(g) for g in groups) / len(outcome))


MEASURES: Mapping[str, Measure] = {
    "auc": _auc,
    "pr_auc": _precision,
    "brier": _brier,
    "log_loss": _log_loss,
    "ece": ece,
}


def measured(outcome: Flags, risk: Floats, blocks: Whole, *, draws: int = DRAWS) -> dict[str, Estimate]:
    """Every measure of one predictor."""
    samples = list(samples_of(outcome, blocks, draws))
    return {name: _estimate(measure, outcome, risk, samples) for name, measure in MEASURES.items()}


def auc(outcome: Flags, risk: Floats, blocks: Whole, *, draws: int = DRAWS) -> Estimate:
    """How well risks rank; they need not be probabilities."""
    return _estimate(_auc, outcome, risk, list(samples_of(outcome, blocks, draws)))


def weighted_auc(outcome: Flags, risk: Floats, weight: Floats) -> float:
    """The AUC with examples counted by a weight, such as revenue."""
    return float(roc_auc_score(outcome, risk, sample_weight=weight))


def difference(
    outcome: Flags, risks: tuple[Floats, Floats], blocks: Whole, measure: str = "auc", *, draws: int = DRAWS
) -> Estimate:
    """How much more the first predictor has than the second, on the same samples."""
    one, other = risks
    both = MEASURES[measure]
    found = [both(outcome[s], one[s]) - both(outcome[s], other[s]) for s in samples_of(outcome, blocks, draws)]
    low, high = np.quantile(found, [0.025, 0.975]) if found else (np.nan, np.nan)
    return Estimate(both(outcome, one) - both(outcome, other), float(low), float(high))


def share_difference(happened: Flags, one: Flags, blocks: Whole, *, draws: int = DRAWS) -> Estimate:
    """How much more often it happened among `one` than among the others."""

    def difference_of(rows: Whole) -> float:
        inside = one[rows]
        return float(happened[rows][inside].mean() - happened[rows][~inside].mean())

    samples = list(samples_of(one, blocks, draws))
    low, high = np.quantile([difference_of(rows) for rows in samples], [0.025, 0.975])
    return Estimate(difference_of(np.arange(len(one))), float(low), float(high))


def _estimate(measure: Measure, outcome: Flags, risk: Floats, samples: list[Whole]) -> Estimate:
    found = [measure(outcome[s], risk[s]) for s in samples]
    low, high = np.quantile(found, [0.025, 0.975]) if found else (np.nan, np.nan)
    return Estimate(measure(outcome, risk), float(low), float(high))


def samples_of(outcome: Flags, blocks: Whole, draws: int) -> list[Whole]:
    """Rows of resampled accounts that hold both outcomes."""
    random = np.random.default_rng(0)
    accounts, at = np.unique(blocks, return_inverse=True)
    order = np.argsort(at, kind="stable")
    starts = np.searchsorted(at[order], np.arange(len(accounts) + 1))
    found = []
    for _ in range(draws):
        drawn = random.integers(0, len(accounts), len(accounts))
        counts = starts[drawn + 1] - starts[drawn]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        rows = order[np.repeat(starts[drawn], counts) + within]
        if 0 < outcome[rows].sum() < len(rows):
            found.append(rows)
    return found


def tenths(outcome: Flags, risk: Floats) -> tuple[Tenth, ...]:
    """Lift and calibration by tenths."""
    found, caught = [], 0.0
    for rows in reversed(_groups(risk)):
        caught += float(outcome[rows].sum())
        rate = float(outcome[rows].mean())
        found.append(
            Tenth(len(rows), float(risk[rows].mean()), rate, rate / outcome.mean(), caught / float(outcome.sum()))
        )
    return tuple(found)


def _groups(risk: Floats) -> list[Whole]:
    """About evenly filled groups by rising risk; equal risks stay together."""
    edges = np.unique(np.quantile(risk, np.linspace(0, 1, BINS + 1)[1:-1]))
    at = np.searchsorted(edges, risk, side="left")
    return [np.flatnonzero(at == group) for group in np.unique(at)]


def at_border(outcome: Flags, score: Floats | Whole, border: float) -> Border:
    """The confusion at a border: under it an account is warned about."""
    warned = score < border
    right, missed = int((warned & outcome).sum()), int((~warned & outcome).sum())
    stays = int((~outcome).sum())
    wrong = int(warned.sum()) - right
    return Border(
        border,
        int(warned.sum()),
        right,
        missed,
        float((warned == outcome).mean()),
        wrong / stays if stays else 0.0,
        missed / (right + missed) if right + missed else 0.0,
    )
