"""What a score may do, what it must show for that, and who granted it; frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Level = Literal["diagnose", "prioritise", "trigger", "assist"]


@dataclass(frozen=True)
class Condition:
    """What a level asks for, and what was found."""

    level: Level
    text: str
    found: str
    met: bool


@dataclass(frozen=True)
class Grant:
    """A level that a person granted to a card, for all accounts or a segment."""

    scorecard: str
    segment: str | None
    level: Level
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class CardAuthority:
    """What a card may do, for all accounts or in one segment.

    `level` is what holds today: the lowest of what was granted, what the policy allows at most (`most`) and what
    the conditions support (`earned`).
    """

    scorecard: str
    segment: str | None
    level: Level
    most: Level
    earned: Level
    grant: Grant | None
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class AuthorityReport:
    """What each card may do; `refused` says why nothing was granted, `granted` what was."""

    as_of: date
    cards: tuple[CardAuthority, ...]
    granted: Grant | None = None
    refused: tuple[str, ...] = ()
