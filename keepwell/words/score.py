"""A score with the evidence that adds up to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from keepwell.words.override import Override


def percent(ppm: int) -> int:
    """A share in whole percent; what is not all is never 100, what is not nothing never 0.

    >>> percent(525_000), percent(999_999), percent(1)
    (53, 99, 1)
    """
    whole = (ppm + 5_000) // 10_000
    return min(max(whole, 1), 99) if 0 < ppm < 1_000_000 else whole


class State(StrEnum):
    """Whether there is a number, and why not."""

    SCORED = "scored"
    UNSCORED = "unscored"
    PAUSED = "paused"


class RowKind(StrEnum):
    """Kinds of evidence rows, in the order in which they are applied (SEMANTICS, rule 12)."""

    BASELINE = "baseline"
    MEASURE = "measure"
    CHILD = "child"
    BONUS = "bonus"
    CLAMP = "clamp"
    ROUNDING = "rounding"
    GUARD = "guard"
    OVERRIDE = "override"


@dataclass(frozen=True)
class Evidence:
    """One row of a score. Points are integer milli-points; `value` is in the signal's unit as shown.

    `counted` is False for zero-weight measures and for rows shown without points
    ("not deciding", "missing", ..; `note` says which).
    """

    kind: RowKind
    name: str  # the row's own name: the signal, guard, bonus or child account
    signal: str | None
    dimension: str | None
    value: str | None
    unit: str | None
    status: str | None
    observed_at: date | None
    points_milli: int
    max_points_milli: int
    min_points_milli: int
    reason: str
    reason_code: str
    next_step: str
    counted: bool = True
    note: str = ""
    basis: str = "recorded"  # or assumed (SEMANTICS, rule 3)
    band: str | None = None  # of a learned card the row of its table that holds the reading, in `unit`


@dataclass(frozen=True)
class TierStep:
    """What one measure, brought to its healthy edge, would add on the way to the next tier."""

    signal: str
    points_milli: int
    text: str  # "seats in use to 65 %"


@dataclass(frozen=True)
class Score:
    """The health of one account as of a date, by one scorecard.

    `score_milli` is None when unscored; otherwise sum(e.points_milli for e in evidence)
    equals it exactly.
    """

    account_id: str
    as_of: date
    scorecard: str
    recipe: str
    state: State
    score_milli: int | None
    tier: str | None
    coverage_ppm: int
    low_milli: int | None
    high_milli: int | None
    segment: str | None
    evidence: tuple[Evidence, ...]
    missing: tuple[str, ...] = ()
    path: tuple[TierStep, ...] = ()
    next_tier: str | None = None
    reviews: tuple[str, ...] = ()  # who is asked to review, by guards
    unscored_why: str | None = None  # "too little evidence", "not for this account", ..
    own: Score | None = None  # the card's, where a person's word stands over it
    override: Override | None = None

    @property
    def by_card(self) -> Score:
        """What the card alone says."""
        return self.own or self


@dataclass(frozen=True)
class Cause:
    """One part of the change of a score between two dates (SEMANTICS, rule 14)."""

    name: str  # data, calendar, silence, behaviour, profile, scorecard, override
    points_milli: int
    rows: tuple[tuple[str, int], ...] = ()  # evidence name → milli-points, largest first


@dataclass(frozen=True)
class Change:
    """score(until) - score(since), split exactly."""

    account_id: str
    since: date
    until: date
    before_milli: int | None
    after_milli: int | None
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class Trend:
    """Robust slope of eight weekly closed scores, in milli-points a week."""

    slope_milli: int | None
    since: date | None
    note: str
    scores: tuple[tuple[date, int | None], ...] = field(default=())
