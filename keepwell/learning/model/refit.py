"""Refits: how much of each part to keep, and how points become a probability."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import expit

from keepwell.learning.samples.examples import Flags, Floats

TOWARDS_ONE = 3e-3  # per example: how strongly a weight is held at what boosting said


def log_loss(margin: Floats, outcome: Flags) -> Floats:
    """Log-loss of each example from its log-odds."""
    found: Floats = np.logaddexp(0, np.where(outcome, -margin, margin))
    return found


def weights(effects: Floats, outcome: Flags, hold: float = TOWARDS_ONE) -> tuple[float, Floats]:
    """(intercept, weights of the columns), none below 0: a part can lose its say, never turn round."""
    rows, width = effects.shape

    def loss(theta: Floats) -> tuple[float, Floats]:
        margin = theta[0] + effects @ theta[1:]
        wrong = expit(margin) - outcome
        away = theta[1:] - 1
        value = log_loss(margin, outcome).mean() + hold / 2 * away @ away
        return float(value), np.append(wrong.mean(), effects.T @ wrong / rows + hold * away)

    start = np.append(_log_odds(outcome), np.ones(width))
    bounds = [(None, None)] + [(0.0, None)] * width
    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    return float(found[0]), found[1:]


def shift(margin: Floats, outcome: Flags | Floats) -> float:
    """What must be added to the log-odds so that as many outcomes are foretold as happened, or were foretold before."""
    return float(brentq(lambda by: (expit(margin + by) - outcome).mean(), -20, 20))


def calibration(margin: Floats, outcome: Flags) -> tuple[float, float]:
    """(intercept, slope) of the log-odds that fit the outcomes: 0 and 1 where they are right as they are.

    Where all outcomes are alike nothing says how much a margin counts: the slope is 0.
    """
    if outcome.all() or not outcome.any():
        return _log_odds(outcome), 0.0

    def loss(theta: Floats) -> tuple[float, Floats]:
        shown = theta[0] + theta[1] * margin
        wrong = expit(shown) - outcome
        return float(log_loss(shown, outcome).mean()), np.array([wrong.mean(), (wrong * margin).mean()])

    found = minimize(loss, np.array([0.0, 1.0]), jac=True, method="BFGS").x
    return float(found[0]), float(found[1])


def _log_odds(outcome: Flags) -> float:
    share = (outcome.sum() + 0.5) / (len(outcome) + 1)
    return float(np.log(share / (1 - share)))
