"""What Keepwell tells a person: an alert about one account, or a note; the same words in every channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class DatedReason:
    """One sentence with its numbers, and the day of the newest fact behind it."""

    text: str
    observed_at: date | None = None


@dataclass(frozen=True)
class Alert:
    """One account needs its owner.

    `key` makes it unique: told again, it is the same alert. `thread` is the key of the episode that it
    belongs to; `closes` says that the episode is over. `due` carries its offset, as the owner's clock shows it.

    >>> Alert("k", "t", "at_risk", "at risk", "A", "Acme", "Ana", date(2026, 3, 1)).owner
    'Ana'
    """

    key: str
    thread: str
    kind: str  # a code: at_risk
    what: str  # the same in words: at risk
    account_id: str
    account: str
    owner: str
    as_of: date
    old_milli: int | None = None
    new_milli: int | None = None
    old_tier: str | None = None
    new_tier: str | None = None
    reasons: tuple[DatedReason, ...] = ()
    fresh_through: date | None = None  # the oldest of the days through which its sources are read
    exception: str | None = None  # the one that applies
    in_hand: tuple[str, ...] = ()  # what others do about it already
    pipeline: tuple[str, ...] = ()  # open deals that would sell more to it
    mrr_minor: int | None = None
    currency: str = ""
    renewal_day: date | None = None
    play: str | None = None
    next_step: str = ""
    waits: str = ""  # why the next step waits, and who is asked
    due: datetime | None = None
    link: str | None = None
    closes: bool = False
    also: tuple[str, ...] = ()  # codes of what else it tells of the account


@dataclass(frozen=True)
class Section:
    """A part of a longer note: a heading and its lines."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Note:
    """Something to know that is no alert: a digest, a brief, a source that is silent, a test of a channel."""

    key: str
    thread: str
    kind: str
    owner: str
    title: str
    lines: tuple[str, ...] = ()
    link: str | None = None
    sections: tuple[Section, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


Message = Alert | Note
