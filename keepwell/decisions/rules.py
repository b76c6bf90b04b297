"""The thresholds of transitions, in the units they are compared in: milli-points and days."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """What the policy's thresholds say; the defaults are those of the shipped policy.

    >>> Rules().noise_milli
    5000
    """

    at_risk_milli: int | None = None  # None: the card's own border
    noise_milli: int = 5_000  # a smaller move is noise: the bands of pending and recovering
    confirm_days: int = 3  # below the border by less than noise, before it is a risk
    recover_days: int = 7  # in a row at or above the border, the last of them clear of noise
    settle_days: int = 28  # in a row at or above the border, however little
    expansion_milli: int = 85_000
    expansion_days: int = 60
    drop_milli: int = 20_000  # in 30 days
    weekly_drop_milli: int = 15_000
    renewal_days: int = 120
    snapshot_days: int = 14  # without a score, before someone should look
    poor_days: int = 28


@dataclass(frozen=True)
class HandoffRules:
    """When an account may be handed over, how it is taken up, and what it waits for.

    >>> HandoffRules().gate_milli
    65000
    """

    gate_milli: int = 65_000  # of the card handoff-readiness
    high_milli: int = 80_000  # from here on: high potential
    review_milli: int = 50_000  # below: back to sales review
    decline_milli: int = 10_000  # of behaviour and silence within 30 days
    owner_days: int = 1
    accept_days: int = 3
    kickoff_days: int = 14
    first_login_days: int = 14
