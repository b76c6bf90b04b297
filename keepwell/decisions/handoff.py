"""From what a day knows of an account that crossed to its handoff and what should be told of it; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from keepwell.decisions.rules import HandoffRules
from keepwell.words.handoff import (
    WATCHED_DAYS,
    Awaited,
    Because,
    Clock,
    Handoff,
    Input,
    Mark,
    News,
    Seen,
    Step,
    Tidings,
    Track,
)

MARKS = (30, 60, WATCHED_DAYS)
EARLY_DAYS = 30  # in which a decline alerts seller and customer success alike
PROSPECT = "prospect"
ONBOARDING = "onboarding"
CROSSED_TO = (ONBOARDING, "customer")


# a load that brings more customers at once is an import: also more than one in fifty of those its source told of before
FEW_AT_ONCE = 5
ONE_IN = 50


class Came(StrEnum):
    """Who an account is that a later load than its source's first told of as a customer."""

    NEW = "new"
    OLD = "old"
    UNCLEAR = "unclear"  # nothing dated tells, and many came at once


@dataclass(frozen=True)
class Arrival:
    """What the day knew of such an account: with how many it came, and what is dated of it."""

    at_once: int  # customers that the same load told of first
    before: int  # accounts that its source had told of before
    contract_on: date | None = None  # its first contract began
    created_on: date | None = None
    sign_on: date | None = None  # the first use, invoice, ticket or survey
    stage: str = "customer"


def came(it: Arrival, day: date) -> Came:
    """Old is what any date shows to be a customer for longer than is watched; new what began since by contract or stage.

    A created day may be that of an import, and no date at all tells nothing: such an account is new where few came.

    >>> day = date(2026, 3, 1)
    >>> [came(Arrival(n, before), day).value for n, before in ((5, 10), (6, 10), (6, 300), (300, 10_000))]
    ['new', 'unclear', 'new', 'unclear']
    >>> came(Arrival(300, 10, contract_on=day), day).value, came(Arrival(1, 10, sign_on=date(2025, 11, 1)), day).value
    ('new', 'old')
    """
    dated = [one for one in (it.contract_on, it.sign_on, None if it.contract_on else it.created_on) if one is not None]
    if any((day - one).days >= WATCHED_DAYS for one in dated):
        return Came.OLD
    if it.contract_on is not None or it.stage == ONBOARDING or it.at_once <= max(FEW_AT_ONCE, it.before // ONE_IN):
        return Came.NEW
    return Came.UNCLEAR


@dataclass(frozen=True)
class Known:
    """What a day knows of whether an account belongs to sales: its won deals by key, with their days, and its stage.

    `came`: its source told of it for the first time, after others (None: it did not).
    """

    won: Mapping[str, date]
    stage: str | None = None
    came: Came | None = None


def crossed(before: Known | None, now: Known, day: date) -> tuple[Because, date] | None:
    """How and when an account crossed, as became known on `day`; None: it did not, or that is long ago.

    Without a day before, all that is won counts as news, and no stage does.

    >>> crossed(Known({}), Known({"crm/1": date(2026, 3, 1)}), date(2026, 3, 2))
    (<Because.CLOSED_WON: 'closed_won'>, datetime.date(2026, 3, 1))
    """
    known = before.won if before else {}
    new = [closed for deal, closed in now.won.items() if deal not in known and (day - closed).days < WATCHED_DAYS]
    if new:
        return Because.CLOSED_WON, max(new)
    if before is None or now.stage not in CROSSED_TO:
        return None
    first_told = before.stage is None and now.came is Came.NEW  # it was sales' alone until it was a customer
    return (Because.LIFECYCLE, day) if before.stage == PROSPECT or first_told else None


def is_unclear(before: Known | None, now: Known) -> bool:
    """Whether a day tells first of a customer of whom only a person can say whether it is a new one."""
    return before is not None and before.stage is None and now.stage in CROSSED_TO and now.came is Came.UNCLEAR


def track_of(rules: HandoffRules, readiness_milli: int | None) -> Track | None:
    """The track of a score; None: too little is known for one.

    >>> [track_of(HandoffRules(), points * 1000).value for points in (80, 79, 65, 64, 50, 49)]
    ['high_potential', 'standard', 'standard', 'at_risk', 'at_risk', 'sales_review']
    """
    if readiness_milli is None:
        return None
    if readiness_milli < rules.review_milli:
        return Track.SALES_REVIEW
    if readiness_milli < rules.gate_milli:
        return Track.AT_RISK
    return Track.STANDARD if readiness_milli < rules.high_milli else Track.HIGH_POTENTIAL


def passes(rules: HandoffRules, readiness_milli: int | None, missing: tuple[Input, ...]) -> bool:
    """Whether the gate lets an account through: ready, and every required input is there."""
    return readiness_milli is not None and readiness_milli >= rules.gate_milli and not missing


def opened(seen: Seen, because: Because, since: date, *, silent: bool) -> Handoff:
    """A new handoff, before its first day is looked at."""
    return Handoff(seen.account_id, since, because, seen.as_of, owned=seen.owned, silent=silent)


def follow(rules: HandoffRules, handoff: Handoff, seen: Seen, *, new: bool = False) -> tuple[Handoff, list[Tidings]]:
    """The handoff after a day, and what that day tells. One that ended stays as it is."""
    if handoff.ended_on is not None:
        return handoff, []
    now = _looked_at(rules, handoff, seen)
    late = tuple(_ran_out(rules, now))
    declined = handoff.declined_on is None and now.declined_on is not None
    now = replace(now, told=(*now.told, *late))
    if now.lost_on is not None or seen.as_of >= now.day(WATCHED_DAYS):
        now = replace(now, ended_on=seen.as_of)
    told = [
        *([Tidings(News.OPENED, now)] if new else []),
        *([Tidings(News.LATE, now, late)] if late else []),
        *([Tidings(News.DECLINED, now)] if declined else []),
        *([Tidings(News.ENDED, now)] if now.ended_on else []),
    ]
    return now, [] if now.silent and new else told


def rewound(rules: HandoffRules, it: Handoff, seen: Seen) -> Handoff:
    """The handoff as an earlier day knew it: what came or was said since is not there yet."""
    declined = _by(it.declined_on, seen.as_of)
    then = replace(
        it,
        as_of=seen.as_of,
        owned=seen.owned,
        owner_on=_by(it.owner_on, seen.as_of),
        kickoff_on=seen.kickoff_on,
        first_login_on=seen.first_login_on,
        lost_on=seen.lost_on,
        declined_on=declined,
        decline_milli=it.decline_milli if declined else None,
        ended_on=_by(it.ended_on, seen.as_of),
        marks=tuple(mark for mark in it.marks if mark.as_of <= seen.as_of),
    )
    if _by(it.decided_on, seen.as_of) is None:
        then = replace(then, step=Step.OPEN, by=None, reason="", decided_on=None)
    return then if then.step is Step.ACCEPTED else _with_gate(rules, then, seen)


def _by(day: date | None, until: date) -> date | None:
    return day if day is not None and day <= until else None


def clocks(rules: HandoffRules, it: Handoff) -> tuple[Clock, ...]:
    """What is awaited, each with its day."""
    accepted = it.decided_on if it.step is Step.ACCEPTED else None
    days = (rules.owner_days, rules.accept_days, rules.kickoff_days, rules.first_login_days)
    done = (it.owner_on, accepted, it.kickoff_on, it.first_login_on)
    return tuple(Clock(what, it.day(n), when) for what, n, when in zip(Awaited, days, done, strict=True))


def _looked_at(rules: HandoffRules, it: Handoff, seen: Seen) -> Handoff:
    now = replace(
        it,
        as_of=seen.as_of,
        owned=seen.owned,
        owner_on=(it.owner_on or seen.as_of) if seen.owned.owner else None,
        kickoff_on=seen.kickoff_on,
        first_login_on=seen.first_login_on,
        lost_on=seen.lost_on,
        marks=(*it.marks, *_marks(it, seen)),
    )
    if it.step is not Step.ACCEPTED:
        now = _with_gate(rules, now, seen)
    if it.declined_on is None and _declines(rules, it, seen):
        now = replace(now, declined_on=seen.as_of, decline_milli=seen.decline_milli)
    return now


def _with_gate(rules: HandoffRules, it: Handoff, seen: Seen) -> Handoff:
    readiness = seen.readiness_milli
    return replace(it, score_milli=readiness, track=track_of(rules, readiness), missing=seen.missing)


def _marks(it: Handoff, seen: Seen) -> Iterator[Mark]:
    """The marks whose day it is; the days are decided one by one, so none is passed over."""
    for days in MARKS:
        if seen.as_of == it.day(days):
            yield Mark(days, seen.as_of, seen.score_milli, seen.tier, seen.decline_milli)


def _declines(rules: HandoffRules, it: Handoff, seen: Seen) -> bool:
    """Behaviour and silence took so many points from the baseline within the first days."""
    fall = seen.decline_milli
    return fall is not None and fall >= rules.decline_milli and seen.as_of <= it.day(EARLY_DAYS)


def _ran_out(rules: HandoffRules, it: Handoff) -> Iterator[Awaited]:
    """The clocks that ran out and were not told of."""
    for clock in clocks(rules, it):
        if clock.is_late(it.as_of) and clock.awaited not in it.told:
            yield clock.awaited
