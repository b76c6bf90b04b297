"""A handoff: an account crosses from sales to customer success, is accepted or sent back, and is watched for 90 days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from keepwell.words.decision import Owned


class Track(StrEnum):
    """How an account is taken up, by its readiness."""

    HIGH_POTENTIAL = "high_potential"
    STANDARD = "standard"
    AT_RISK = "at_risk"
    SALES_REVIEW = "sales_review"  # back to sales


TRACK_WORDS = {
    Track.HIGH_POTENTIAL: "high potential",
    Track.STANDARD: "standard",
    Track.AT_RISK: "at-risk new customer",
    Track.SALES_REVIEW: "back to sales review",
}
TRACK_STEPS = {
    Track.HIGH_POTENTIAL: ("Name an executive sponsor of ours.", "Offer the accelerated onboarding."),
    Track.STANDARD: ("Run the standard onboarding.",),
    Track.AT_RISK: ("Plan enablement sessions before the roll-out.", "Check in every week until first value."),
    Track.SALES_REVIEW: ("Review the deal with sales before customer success takes it up.",),
}


class Input(StrEnum):
    """What a seller must hand over, whatever the score."""

    GOALS = "goals"
    STAKEHOLDERS = "stakeholders"
    COMMITMENTS = "commitments"
    SUCCESS_PLAN = "success_plan"
    FIRST_VALUE_DATE = "first_value_date"


QUESTIONS = {
    Input.GOALS: "Which result do they want, how is it measured, and by when?",
    Input.STAKEHOLDERS: "Who decided to buy, and who sponsors it on their side?",
    Input.COMMITMENTS: "What was promised outside the contract? 'Nothing' is an answer too.",
    Input.SUCCESS_PLAN: "Which dated steps lead to their result?",
    Input.FIRST_VALUE_DATE: "Which result counts as first value, and on which day is it due?",
}


class Because(StrEnum):
    """What an account crossed by."""

    CLOSED_WON = "closed_won"
    LIFECYCLE = "lifecycle"


class Step(StrEnum):
    """What customer success has said to a handoff."""

    OPEN = "open"
    ACCEPTED = "accepted"
    SENT_BACK = "sent_back"


class Awaited(StrEnum):
    """What must happen after a handoff, each by a clock of its own."""

    OWNER = "owner"
    ACCEPTED = "accepted"
    KICKOFF = "kickoff"
    FIRST_LOGIN = "first_login"


AWAITED_WORDS = {
    Awaited.OWNER: "owner",
    Awaited.ACCEPTED: "acceptance",
    Awaited.KICKOFF: "kick-off",
    Awaited.FIRST_LOGIN: "first login",
}
LEAST_CASES = 10  # under which no rate is told
WATCHED_DAYS = 90  # how long an account is watched after it crossed


@dataclass(frozen=True)
class Clock:
    """One thing that is awaited: by which day, and since when it is there (None: not yet)."""

    awaited: Awaited
    due: date
    done: date | None

    def is_late(self, day: date) -> bool:
        """Whether it is not there by its day."""
        return self.done is None and day > self.due


@dataclass(frozen=True)
class Baseline:
    """How an account stood when it was handed over: the readings of the health card, kept as they were."""

    scorecard: str
    recipe: str
    frozen_on: date
    score_milli: int | None
    readings: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Mark:
    """How an account stood on day 30, 60 or 90; `decline_milli` against the baseline, None: nothing to compare."""

    days: int
    as_of: date
    score_milli: int | None
    tier: str | None
    decline_milli: int | None


@dataclass(frozen=True)
class Handoff:
    """One account's handoff; account and the day it crossed are its key.

    What the daily run knows lies beside what people said (`step`, `by`, `reason`, `decided_on`). Score, track and
    missing inputs stand still once it is accepted. `silent`: it was there before the first run, or fell into the rehearsal.

    >>> Handoff("A", date(2026, 3, 1), Because.CLOSED_WON, date(2026, 3, 1)).day(30).isoformat()
    '2026-03-31'
    """

    account_id: str
    since: date
    because: Because
    as_of: date
    owned: Owned = field(default_factory=Owned)
    silent: bool = False
    score_milli: int | None = None
    track: Track | None = None
    missing: tuple[Input, ...] = ()
    step: Step = Step.OPEN
    by: str | None = None
    reason: str = ""
    decided_on: date | None = None
    owner_on: date | None = None  # the first day with an owner
    kickoff_on: date | None = None
    first_login_on: date | None = None
    baseline: Baseline | None = None
    marks: tuple[Mark, ...] = ()
    declined_on: date | None = None
    decline_milli: int | None = None
    lost_on: date | None = None
    told: tuple[Awaited, ...] = ()  # clocks whose end was told
    ended_on: date | None = None

    def day(self, number: int) -> date:
        """Day `number` after it crossed."""
        return self.since + timedelta(days=number)


@dataclass(frozen=True)
class Seen:
    """What a day knows of an account that crossed."""

    account_id: str
    as_of: date
    owned: Owned
    readiness_milli: int | None
    missing: tuple[Input, ...]
    score_milli: int | None = None  # of the health card
    tier: str | None = None
    decline_milli: int | None = None
    kickoff_on: date | None = None
    first_login_on: date | None = None
    lost_on: date | None = None


class News(StrEnum):
    """What somebody should hear of a handoff."""

    OPENED = "opened"
    LATE = "late"  # a clock ran out
    DECLINED = "declined"
    ENDED = "ended"


@dataclass(frozen=True)
class Tidings:
    """One piece of news about a handoff; `late` names the clocks that ran out."""

    news: News
    handoff: Handoff
    late: tuple[Awaited, ...] = ()


@dataclass(frozen=True)
class Unclear:
    """Customers that a day told of first, many at once, of whom nothing dated tells whether they are new."""

    day: date
    accounts: tuple[tuple[str, str], ...]  # id and name


@dataclass(frozen=True)
class HandoffRow:
    """A handoff in the list, with its clocks and whether it passes the gate."""

    handoff: Handoff
    clocks: tuple[Clock, ...]
    passes: bool


@dataclass(frozen=True)
class HandoffReport:
    """The handoffs in transition, the longest late first; `changed` is the one this call changed."""

    as_of: date
    currency: str
    gate_milli: int
    rows: tuple[HandoffRow, ...]
    changed: HandoffRow | None = None


@dataclass(frozen=True)
class DecidedHandoffs:
    """The days that a run decided, and what they tell; `until` what comes is only shown (None: it is told)."""

    days: tuple[date, ...]
    tidings: tuple[Tidings, ...]
    rehearsal_until: date | None = None
    unclear: tuple[Unclear, ...] = ()


@dataclass(frozen=True)
class OutcomeRow:
    """Of the handoffs with something in common, how many were lost by day 90, with the 95 % interval of the rate."""

    by: str  # all, track, missing, seller, segment
    value: str
    cases: int
    lost: int
    low_ppm: int
    high_ppm: int

    @property
    def rate_ppm(self) -> int | None:
        """The rate; None of fewer than ten cases, of which only the interval is told.

        >>> OutcomeRow("all", "all", 20, 3, 52_000, 360_000).rate_ppm
        150000
        """
        return None if self.cases < LEAST_CASES else round(1_000_000 * self.lost / self.cases)


@dataclass(frozen=True)
class HandoffOutcomes:
    """What became of the handoffs whose 90 days are over."""

    as_of: date
    rows: tuple[OutcomeRow, ...]
