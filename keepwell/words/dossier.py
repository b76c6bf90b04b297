"""What is known of one account for whoever takes it over; everything a handoff document is filled from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from keepwell.words.handoff import Clock, Handoff, Input, Track
from keepwell.words.report import Explanation


class Purpose(StrEnum):
    """Who hands over to whom."""

    SALE = "sale"  # sales to customer success
    CSM_CHANGE = "csm-change"  # one success manager to the next


@dataclass(frozen=True)
class Vitals:
    """The account's attributes as of the day; money in minor units of the reporting currency."""

    segment: str | None = None
    industry: str | None = None
    country: str | None = None
    plan: str | None = None
    lifecycle: str | None = None
    parent: str | None = None
    owner: str | None = None
    seller: str | None = None
    manager: str | None = None
    mrr_minor: int | None = None
    arr_minor: int | None = None
    seats: int | None = None
    start_day: date | None = None
    renewal_day: date | None = None
    notice_day: date | None = None


@dataclass(frozen=True)
class CustomerGoal:
    """A result that the customer wants."""

    name: str
    metric: str | None
    target: int | None
    current: int | None
    due: date | None
    on_track: bool | None


@dataclass(frozen=True)
class Person:
    """Somebody at the customer; `last` is the last day on which they wrote or came."""

    name: str
    role: str | None
    primary: bool
    since: date | None
    last: date | None


@dataclass(frozen=True)
class Commitment:
    """What was promised beside the contract, or a step that was agreed."""

    what: str
    kind: str  # promise, exception, or the plan that a step belongs to
    since: date | None
    due: date | None
    done: date | None
    by: str | None = None


@dataclass(frozen=True)
class Deal:
    """An opportunity that is open."""

    type: str
    stage: str | None
    amount_minor: int | None
    since: date | None


@dataclass(frozen=True)
class Flag:
    """A dated observation that still holds."""

    type: str
    raised: date | None
    text: str | None


@dataclass(frozen=True)
class Dossier:
    """One account as of a day; `handoff` is None where none was opened."""

    purpose: Purpose
    as_of: date
    currency: str
    health: Explanation
    readiness: Explanation
    track: Track | None
    gate_milli: int
    passes: bool
    missing: tuple[Input, ...]
    vitals: Vitals
    goals: tuple[CustomerGoal, ...] = ()
    people: tuple[Person, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    said_of_promises: str | None = None  # what the CRM's own field says
    deals: tuple[Deal, ...] = ()
    flags: tuple[Flag, ...] = ()
    open_tickets: int = 0
    growth: tuple[str, ...] = ()  # sentences of signals that speak for growth
    handoff: Handoff | None = None
    clocks: tuple[Clock, ...] = ()
