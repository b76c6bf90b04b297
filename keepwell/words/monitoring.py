"""What `monitor` hands back: the conditions under which a score keeps its authority, and a period's review; frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Period(StrEnum):
    """What a review looks back on: the newest calendar month or quarter whose outcomes are certain."""

    MONTH = "month"
    QUARTER = "quarter"


class Condition(StrEnum):
    """What is checked of a score in use."""

    STABILITY = "stability"  # the readings of a signal fall into its rows as they did
    COVERAGE = "coverage"  # as many accounts have a fresh reading of it
    CALIBRATION = "calibration"  # points mean what they meant
    LEVEL = "level"  # as many outcomes as foretold
    DISCRIMINATION = "discrimination"  # it ranks as it did, on outcomes that are certain
    EXPECTED = "expected"  # it is expected to, before they are


@dataclass(frozen=True)
class Check:
    """One condition: met, not met, or (None) too little to say. `limit` is what `value` is held against."""

    condition: Condition
    subject: str | None  # the measure it is about; None: the whole score
    met: bool | None
    value: float | None
    low: float | None
    high: float | None
    limit: str
    text: str
    look_at: str = ""  # where it is not met: what to do


@dataclass(frozen=True)
class FalseAlarms:
    """Warnings under the best tier by their main reason, the measure that costs most: how many came true."""

    reason: str
    warned: int  # readings of accounts at month-ends
    accounts: int
    came: int  # of the readings, followed by the outcome
    acted: int  # of those that nothing followed: somebody acted on an alert, which proves nothing
    false_rate: float | None  # of those that nobody acted on; None: there are none


@dataclass(frozen=True)
class Expected:
    """What the score is expected to reach on month-ends whose outcomes are not certain yet, from its probabilities."""

    since: date
    until: date
    rows: int
    rate: float
    auc: float
    auc_low: float
    auc_high: float


@dataclass(frozen=True)
class MonitorReport:
    """A score in use, beside the time it was made for."""

    scorecard: str
    target: str
    reference: str  # what it is compared with, in words
    reference_since: date
    reference_until: date
    newest: date  # the month-end that is compared
    matured: int  # month-ends after the reference whose outcomes are certain
    checks: tuple[Check, ...]
    false_alarms: tuple[FalseAlarms, ...]
    expected: Expected | None
    authority: str  # what follows for what the score may do
    notes: tuple[str, ...] = ()

    @property
    def failing(self) -> tuple[Check, ...]:
        """The checks that are not met."""
        return tuple(check for check in self.checks if check.met is False)


@dataclass(frozen=True)
class Judged:
    """Accounts that the score judged alike in a period, by their main reason; those of the most revenue are named."""

    reason: str
    accounts: int
    mrr_minor: int
    named: tuple[str, ...]
    title: str = ""  # of the reason


@dataclass(frozen=True)
class Proposal:
    """A change of the card's file, as a diff; empty where a person must find the words."""

    why: str
    diff: str


@dataclass(frozen=True)
class Decision:
    """What somebody has to decide."""

    audience: str  # CS, sales, product
    text: str


@dataclass(frozen=True)
class Review:
    """What a score got right and wrong in a period, what would change it, and what is to be decided."""

    scorecard: str
    target: str
    since: date
    until: date
    currency: str
    warned: tuple[Judged, ...]  # in time
    missed: tuple[Judged, ...]  # in the best tier, or without a score, at the last reading in time
    false_alarms: tuple[Judged, ...]  # under it, nobody acted, and nothing came
    acted: tuple[Judged, ...]  # under it, somebody acted, and nothing came: saved, or never in danger
    proposals: tuple[Proposal, ...]
    decisions: tuple[Decision, ...]
    monitor: MonitorReport
    notes: tuple[str, ...] = ()
