"""Where an account stands, and the changes of its health that somebody should know of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from keepwell.words.score import State


class Kind(StrEnum):
    """What a transition tells."""

    AT_RISK = "at_risk"
    RECOVERED = "recovered"  # closes the episode that AT_RISK opened
    POOR_FOR_WEEKS = "poor_for_weeks"
    RENEWAL_AT_RISK = "renewal_at_risk"
    DROP = "drop"
    WEEKLY_DROP = "weekly_drop"  # for the briefing
    EXPANSION_READY = "expansion_ready"
    UNSCORED = "unscored"
    NO_SNAPSHOT = "no_snapshot"
    EARLY_DROP = "early_drop"  # this and the next are told by a signal alone
    NO_FIRST_LOGIN = "no_first_login"
    KICKOFF_LATE = "kickoff_late"
    RISK_FLAG = "risk_flag"
    HANDOFF_DECLINE = "handoff_decline"  # told by the watch over new customers, not by a standing


WORDS = {
    Kind.AT_RISK: "at risk",
    Kind.RECOVERED: "recovered",
    Kind.POOR_FOR_WEEKS: "poor for weeks",
    Kind.RENEWAL_AT_RISK: "renewal at risk",
    Kind.DROP: "drop in 30 days",
    Kind.WEEKLY_DROP: "drop in a week",
    Kind.EXPANSION_READY: "expansion ready",
    Kind.UNSCORED: "newly unscored",
    Kind.NO_SNAPSHOT: "no recent snapshot",
    Kind.EARLY_DROP: "early drop in use",
    Kind.NO_FIRST_LOGIN: "no first login",
    Kind.KICKOFF_LATE: "kickoff late",
    Kind.RISK_FLAG: "risk flag",
    Kind.HANDOFF_DECLINE: "decline after handoff",
}
AUTOMATIC = "keepwell"  # the author of what no person wrote
PENDING = "pending"  # an episode that tells nobody yet: a little below the border, for too short a time


class Status(StrEnum):
    """How an account stands; the first that is true of it."""

    NOT_COVERED = "not_covered"  # the card is not for this account
    UNSCORED = "unscored"
    PAUSED = "paused"
    AT_RISK = "at_risk"
    RECOVERING = "recovering"  # back over the border, not yet for good
    PENDING = "pending"  # below the border, not yet for sure
    EXPANSION_READY = "expansion_ready"
    STEADY = "steady"


class Mode(StrEnum):
    """Whether a transition may lead to an alert."""

    LIVE = "live"
    REHEARSAL = "rehearsal"  # of the first days: it would have fired
    SUPPRESSED = "suppressed"  # a suppression holds it back
    OVERRIDE = "override"  # a person set the score, or their word ended; the customer did nothing


@dataclass(frozen=True)
class Owned:
    """Whose an account is, and what is at stake, as of a day."""

    name: str = ""
    segment: str | None = None
    owner: str | None = None
    seller: str | None = None
    manager: str | None = None
    mrr_minor: int | None = None
    renewal_day: date | None = None


@dataclass(frozen=True)
class Today:
    """What one card says of an account on a day that has closed.

    `state` is None where the day knows no such account. `border_milli` is the border of risk in the
    account's segment (None: the card has none), `low_tier` whether its tier lies below it. A fall is what
    behaviour and silence took from the score (SEMANTICS, rule 15), None where it is not known.
    `alarms` are the kinds that a signal tells alone: whether they ring (None: that cannot be said); `flagged` is
    the day on which the newest standing flag of risk was raised.
    `high_run` and `low_run` are the kept days in a row, up to this one, at or above the mark of
    expansion and below the border: where a first standing begins to count.
    """

    account_id: str
    as_of: date
    batch: int
    recipe: str
    state: State | None
    owned: Owned = Owned()
    unscored_why: str | None = None
    score_milli: int | None = None
    tier: str | None = None
    coverage_ppm: int = 0
    border_milli: int | None = None
    low_tier: bool = False
    delta7_milli: int | None = None
    delta30_milli: int | None = None
    fall7_milli: int | None = None
    fall30_milli: int | None = None
    alarms: Mapping[Kind, bool | None] = field(default_factory=dict)
    flagged: date | None = None
    high_run: int = 0
    low_run: int = 0
    override: str | None = None  # the number of the one that counts today
    by_card: Today | None = None  # what the card alone says, where a person's word makes a difference


@dataclass(frozen=True)
class Counts:
    """Days in a row that statuses are made of; days without a score neither count nor break them."""

    high: int = 0  # at or above the mark of expansion
    low: int = 0  # below the border of risk
    clear: int = 0  # at or above the border of risk
    scored: int = 0  # with a score
    pending: int = 0  # below the border since the account is pending, in a row or not


@dataclass(frozen=True)
class Reason:
    """The sentence that cost most points, when it was written, and at which score."""

    text: str = ""
    code: str = ""
    signal: str | None = None
    written: date | None = None
    score_milli: int | None = None


@dataclass(frozen=True)
class ByCard:
    """How an account stands by the card alone, while a person's word stands over it or its traces last.

    `opened` are the open episodes that the person's word began. `override` is the newest one.
    """

    since: date  # the first day on which it made a difference
    override: str | None
    in_force: bool
    opened: tuple[str, ...]
    state: State | None
    status: Status
    score_milli: int | None
    tier: str | None
    scored_on: date | None
    counts: Counts
    episodes: Mapping[str, date]


@dataclass(frozen=True)
class Standing:
    """How an account stands by one card: one row, as of the newest day that was decided.

    `episodes` are open: kind → the day it began (of RENEWAL_AT_RISK: the renewal day).
    """

    account_id: str
    as_of: date
    batch: int
    recipe: str
    state: State | None
    status: Status
    score_milli: int | None = None
    tier: str | None = None
    previous_milli: int | None = None
    previous_tier: str | None = None
    delta7_milli: int | None = None
    delta30_milli: int | None = None
    coverage_ppm: int = 0
    owned: Owned = Owned()
    scored_on: date | None = None  # the newest day with a score
    counts: Counts = Counts()
    episodes: Mapping[str, date] = field(default_factory=dict)
    reason: Reason = Reason()
    by_card: ByCard | None = None


@dataclass(frozen=True)
class EvidenceLine:
    """One dated reason behind a transition."""

    reason: str
    code: str
    signal: str | None
    value: str | None
    unit: str | None
    observed_at: date | None
    points_milli: int


@dataclass(frozen=True)
class Transition:
    """A change of health, told once: account, card, kind and episode are its key.

    >>> Transition("A", Kind.AT_RISK, date(2026, 3, 1), date(2026, 3, 1), "steady", "at_risk").kind.value
    'at_risk'
    """

    account_id: str
    kind: Kind
    episode: date
    as_of: date
    old: str  # status
    new: str
    old_milli: int | None = None
    new_milli: int | None = None
    old_tier: str | None = None
    new_tier: str | None = None
    fall_milli: int | None = None  # of a drop: what behaviour and silence took
    owned: Owned = Owned()
    reason: Reason = Reason()
    evidence: tuple[EvidenceLine, ...] = ()
    mode: Mode = Mode.LIVE
    suppression: str | None = None  # which one holds it back
    override: str | None = None  # of mode override: the number of the one that made it
    model_milli: int | None = None  # what the card alone says, where a person's word stands over it or did
    model_tier: str | None = None
    next_step: str = ""
    play: str | None = None


@dataclass(frozen=True)
class Suppression:
    """A dated exception that holds actions back; `until` is its last day.

    `scope` is account, segment, portfolio (an owner's accounts) or source; `code` narrows an account to one
    reason: a reason code (`champion.poor`) or a signal. `key` is its number, or where the policy file says it.
    """

    key: str
    scope: str
    value: str
    code: str | None
    cause: str
    note: str
    author: str
    since: date
    until: date
    ended: date | None = None  # taken back before its end: from this day on
    reviewed: date | None = None  # when somebody looked at what it held back
    reviewed_by: str | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return self.since <= day <= self.until and (self.ended is None or day < self.ended)
