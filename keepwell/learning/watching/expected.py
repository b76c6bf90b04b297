"""Expected performance: what a score will reach if its probabilities are true, before any outcome is known.

Confidence-based performance estimation: each account counts as lost with its probability and as kept with
the rest. It sees that accounts are harder to tell apart, never that the probabilities became wrong.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit

from keepwell.learning.judging.metrics import DRAWS, LEAST
from keepwell.learning.model import refit
from keepwell.learning.samples.examples import Floats, Whole
from keepwell.words.learning import Estimate

TIMES = (0.05, 5.0)  # how far log-odds are drawn together or apart at most


def expected_auc(risk: Floats, blocks: Whole, *, draws: int = DRAWS) -> Estimate:
    """The AUC to expect, with an interval over accounts."""
    random = np.random.default_rng(0)
    accounts, at = np.unique(blocks, return_inverse=True)
    found = []
    for _ in range(draws):
        times = np.bincount(random.integers(0, len(accounts), len(accounts)), minlength=len(accounts))
        found.append(_auc(risk, times[at].astype(float)))
    low, high = np.quantile(found, [0.025, 0.975])
    return Estimate(_auc(risk, np.ones(len(risk))), float(low), float(high))


def tempered(risk: Floats, known: Whole, auc: float) -> Floats:
    """The probabilities drawn together, or apart, until they expect on the `known` rows the AUC that was examined there.

    A card spreads the rows it was learned from too far: taken at its word it would expect too much.
    """
    margin = logit(np.clip(risk, LEAST, 1 - LEAST))

    def at(times: float) -> Floats:
        found: Floats = expit(times * margin + refit.shift(times * margin[known], risk[known]))
        return found

    def away(times: float) -> float:
        return _auc(at(times)[known], np.ones(len(known))) - auc

    least, most = TIMES
    if away(least) >= 0 or away(most) <= 0:
        return at(least if away(least) >= 0 else most)
    return at(float(brentq(away, least, most, xtol=1e-3)))


def _auc(risk: Floats, weight: Floats) -> float:
    """Over all pairs, the chance that the first is lost, the second kept, and the first the riskier; ties are half.

    No account is compared with itself.
    """
    lost, kept = weight * risk, weight * (1 - risk)
    order = np.argsort(risk, kind="stable")
    levels, at = np.unique(risk[order], return_inverse=True)
    lost_at, kept_at = np.bincount(at, lost[order], len(levels)), np.bincount(at, kept[order], len(levels))
    below = np.cumsum(kept_at) - kept_at
    itself = (lost * (1 - risk)).sum()
    right = (lost_at * (below + kept_at / 2)).sum() - itself / 2
    pairs = lost.sum() * kept.sum() - itself
    return float(right / pairs) if pairs > 0 else 0.5
