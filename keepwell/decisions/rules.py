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
