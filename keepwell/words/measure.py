"""What came of alerts, suppressions, overrides and reviews: figures with their intervals; frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Rate:
    """A share of cases with the interval that nineteen of twenty such samples would give (Wilson); of none, nothing."""

    hits: int
    cases: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Times:
    """Business hours until somebody acted: half took no longer than the median, nine of ten than `p90`; None: nobody did."""

    cases: int
    median: float | None
    p90: float | None


@dataclass(frozen=True)
class FollowUp:
    """What became of the alerts of one owner or one reason code.

    `kept` were acted on by their day, `late` later or not yet, `waiting` are not due, `over` ended by themselves in
    time. `followed` is the share acted on, of those whose day is over or that were acted on.
    """

    name: str
    told: int
    kept: int
    late: int
    waiting: int
    over: int
    hours: Times
    followed: Rate


@dataclass(frozen=True)
class ReasonFollowUp:
    """One reason code: how its alerts were followed up, and what people said of them.

    `false_alarms` of those that somebody judged; `missed` of the risks that were there: right, for another reason, or missed.
    """

    follow_up: FollowUp
    false_alarms: Rate
    missed: Rate


@dataclass(frozen=True)
class AlertOutcomes:
    """What became of accounts after alerts of risk, of which it is certain.

    Those that stayed after somebody acted prove nothing: the action may have kept them, or the alarm was false.
    """

    certain: int
    lost_unattended: int
    lost_after_action: int
    stayed_unattended: int
    stayed_after_action: int
    losses_without_alert: Rate  # of the accounts lost in the time


@dataclass(frozen=True)
class Lift:
    """What telling falls is worth: the share lost of accounts that were told of, and of those that chance held out.

    `kept` is how much larger the second is, with its interval (Newcombe's); None: one of the two has no case.
    """

    told: Rate
    held_out: Rate
    kept: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class HeldBackOutcomes:
    """What suppressions held back: `was_right` is the share of what is certain that was lost all the same."""

    held_back: int
    was_right: Rate


@dataclass(frozen=True)
class OverrideOutcomes:
    """Who was right, person or card, where they stood on different sides of risk and the outcome is certain.

    `intervened` are accounts that stayed after somebody acted on an alert: they decide nothing.
    """

    made: int
    differed: int
    intervened: int
    person_right: Rate


@dataclass(frozen=True)
class ReviewThroughput:
    """The review queue: what was asked in the time and what of it is decided, late (after its day, or still open then).

    What was over before anybody decided is asked, and neither decided nor open.
    """

    asked: int
    decided: int
    open: int
    late: int
    hours: Times


@dataclass(frozen=True)
class VerdictCounts:
    """The verdicts of the time by what they say, and how many still wait for a change."""

    said: tuple[tuple[str, int], ...]
    waiting: int


@dataclass(frozen=True)
class MeasureReport:
    """What came of what was told between two days. Outcomes are None where no source tells them."""

    since: date
    until: date
    horizon_days: int
    outcomes_until: date | None  # through which day outcomes are certain
    all: FollowUp
    owners: tuple[FollowUp, ...]
    reasons: tuple[ReasonFollowUp, ...]
    alerts: AlertOutcomes | None
    lift: Lift | None  # None also: nothing was held out
    suppressed: HeldBackOutcomes | None
    overrides: OverrideOutcomes | None
    reviews: ReviewThroughput
    verdicts: VerdictCounts
