"""Metrics: how well risks rank and how true the probabilities are, with intervals over accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from keepwell.learning.samples.examples import Flags, Floats, Whole
from keepwell.words.learning import Border, Estimate, Tenth

DRAWS = 200  # of the bootstrap
BINS = 10  # of calibration and lift
LEAST = 1e-6  # no probability is exactly 0 or 1

Measure = Callable[[Flags, Floats], float]


@dataclass(frozen=True)
class _Ranking:
    """Examples by the rank of their risks, equal ones together: sorted once, however often it is drawn from them."""

    outcome: Flags
    rank: Whole
    ranks: int

    @classmethod
    def of(cls, outcome: Flags, risk: Floats) -> _Ranking:
        values, rank = np.unique(risk, return_inverse=True)
        return cls(outcome, rank, len(values))

    def counts(self, weight: Whole | None = None) -> tuple[Floats, Floats]:
        """By rank how many had the outcome and how many not, each example as often as its weight says."""
        times = np.ones(len(self.rank)) if weight is None else weight.astype(np.float64)
        every = np.asarray(np.bincount(self.rank, times, self.ranks), np.float64)
        events = np.asarray(np.bincount(self.rank[self.outcome], times[self.outcome], self.ranks), np.float64)
        return events, every - events

    def auc(self, weight: Whole | None = None) -> float:
        """The share of pairs, one with the outcome and one without, that are ranked right."""
        events, others = self.counts(weight)
        below = np.cumsum(others) - others / 2  # of equal risks half count as ranked right
        return float((events * below).sum() / (events.sum() * others.sum()))


def _auc(outcome: Flags, risk: Floats) -> float:
    return _Ranking.of(outcome, risk).auc()


def _precision(outcome: Flags, risk: Floats) -> float:
    """Average precision; equal risks are one step."""
    events, others = (counts[::-1] for counts in _Ranking.of(outcome, risk).counts())
    caught = np.cumsum(events)
    return float((events * caught / np.cumsum(events + others)).sum() / caught[-1])


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
    samples = samples_of(outcome, blocks, draws)
    found = {name: _estimate(measure, outcome, risk, samples) for name, measure in MEASURES.items() if name != "auc"}
    return {"auc": auc(outcome, risk, blocks, draws=draws), **found}


def auc(outcome: Flags, risk: Floats, blocks: Whole, *, draws: int = DRAWS) -> Estimate:
    """How well risks rank; they need not be probabilities."""
    ranking = _Ranking.of(outcome, risk)
    return _around(ranking.auc(), [ranking.auc(weight) for weight in _weights(outcome, blocks, draws)])


def weighted_auc(outcome: Flags, risk: Floats, weight: Floats) -> float:
    """The AUC with examples counted by a weight, such as revenue."""
    return float(roc_auc_score(outcome, risk, sample_weight=weight))


def difference(
    outcome: Flags, risks: tuple[Floats, Floats], blocks: Whole, measure: str = "auc", *, draws: int = DRAWS
) -> Estimate:
    """How much more the first predictor has than the second, on the same samples."""
    if measure == "auc":
        one, other = (_Ranking.of(outcome, risk) for risk in risks)
        found = [one.auc(weight) - other.auc(weight) for weight in _weights(outcome, blocks, draws)]
        return _around(one.auc() - other.auc(), found)

    def gain(rows: Whole) -> float:
        first, second = (MEASURES[measure](outcome[rows], risk[rows]) for risk in risks)
        return first - second

    return _around(gain(np.arange(len(outcome))), [gain(rows) for rows in samples_of(outcome, blocks, draws)])


def share_difference(happened: Flags, one: Flags, blocks: Whole, *, draws: int = DRAWS) -> Estimate:
    """How much more often it happened among `one` than among the others."""

    def difference_of(rows: Whole) -> float:
        inside = one[rows]
        return float(happened[rows][inside].mean() - happened[rows][~inside].mean())

    found = [difference_of(rows) for rows in samples_of(one, blocks, draws)]
    return _around(difference_of(np.arange(len(one))), found)


def _estimate(measure: Measure, outcome: Flags, risk: Floats, samples: Sequence[Whole]) -> Estimate:
    return _around(measure(outcome, risk), [measure(outcome[s], risk[s]) for s in samples])


def _around(value: float, drawn: Sequence[float]) -> Estimate:
    low, high = np.quantile(drawn, [0.025, 0.975]) if drawn else (np.nan, np.nan)
    return Estimate(value, float(low), float(high))


def samples_of(outcome: Flags, blocks: Whole, draws: int) -> list[Whole]:
    """Rows of resampled accounts that hold both outcomes."""
    every = np.arange(len(outcome))
    return [np.repeat(every, weight) for weight in _weights(outcome, blocks, draws)]


def _weights(outcome: Flags, blocks: Whole, draws: int) -> Iterator[Whole]:
    """How often each row is in samples of accounts, drawn with replacement, that hold both outcomes."""
    random = np.random.default_rng(0)
    accounts, at = np.unique(blocks, return_inverse=True)
    for _ in range(draws):
        drawn = random.integers(0, len(accounts), len(accounts))
        weight = np.bincount(drawn, minlength=len(accounts))[at]
        if 0 < weight[outcome].sum() < weight.sum():
            yield weight


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
