"""A person's word over a card's: a score or a tier that stands for a time, beside the card's own; frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from keepwell.words.figures import points


@dataclass(frozen=True)
class Override:
    """What a person set over a card's score of an account: `score_milli`, or else `tier`.

    It counts on its days from `since` (the day on which it was made) through `until`; `ended` is the day from which
    on it was taken back. `model_milli` and `model_tier` are what the card said when it was made, `at_risk` and
    `model_at_risk` on which side of the border of risk both lay (None: the card has none, or no score).

    >>> Override("1", "A", "c", 80_000, None, "new sponsor", "Ana", date(2026, 3, 1), date(2026, 3, 9)).says
    'Set to 80.0 by Ana until 2026-03-09: new sponsor'
    """

    key: str
    account_id: str
    scorecard: str
    score_milli: int | None
    tier: str | None
    reason: str
    author: str
    since: date
    until: date
    ended: date | None = None
    model_milli: int | None = None
    model_tier: str | None = None
    at_risk: bool | None = None
    model_at_risk: bool | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it counts on a day; never on one before it was made."""
        return self.since <= day <= self.until and (self.ended is None or day < self.ended)

    @property
    def says(self) -> str:
        """What it says, in a sentence."""
        return f"Set to {self.to} by {self.author} until {self.until}: {self.reason}"

    @property
    def to(self) -> str:
        """The score or the tier it sets."""
        return points(self.score_milli) if self.score_milli is not None else str(self.tier)

    def over_on(self, day: date) -> str:
        """That it no longer counts on a day, in a sentence."""
        if self.ended is not None and self.ended <= day:
            return f"What {self.author} set to {self.to} was taken back on {self.ended}: {self.reason}"
        return f"What {self.author} set to {self.to} ended on {self.until}: {self.reason}"


@dataclass(frozen=True)
class OverrideRow:
    """An override, and whether it counts today."""

    override: Override
    in_force: bool


@dataclass(frozen=True)
class OverrideReport:
    """The overrides, those in force first; `written` is the one this call wrote or ended."""

    as_of: date
    overrides: tuple[OverrideRow, ...]
    written: Override | None = None
