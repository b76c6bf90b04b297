"""What people read before they act: the week's brief, the pack of a business review, a post-mortem; frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from keepwell.words.message import Note


@dataclass(frozen=True)
class BriefLine:
    """One account in a brief: what is said of it, and what to do; `number` is that of an alert."""

    account_id: str
    name: str
    owner: str | None
    text: str
    next_step: str = ""
    play: str | None = None
    score_milli: int | None = None
    mrr_minor: int | None = None
    renewal_day: date | None = None
    number: int | None = None
    link: str | None = None  # where the account is looked up


@dataclass(frozen=True)
class BriefPart:
    """One part of a brief, as "dropped"; the most at stake first."""

    part: str
    title: str
    lines: tuple[BriefLine, ...]


@dataclass(frozen=True)
class Brief:
    """A week for one person, as an owner of accounts or as a manager of owners."""

    person: str
    role: str  # owner, manager
    accounts: int
    parts: tuple[BriefPart, ...]


@dataclass(frozen=True)
class BriefReport:
    """The briefs of a week; `skipped` are the people of whom nothing is to be told. `queued` went into the outbox."""

    since: date
    as_of: date
    scorecard: str
    currency: str
    briefs: tuple[Brief, ...]
    skipped: tuple[str, ...] = ()
    queued: int = 0


@dataclass(frozen=True)
class Pack:
    """A document about one account; `left_out` says what a customer should not read and is not in it."""

    account_id: str
    as_of: date
    edition: str  # internal, customer
    note: Note
    left_out: tuple[str, ...] = ()
