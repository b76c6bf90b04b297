"""How people followed up on what they were told: business hours, kept days, shares with their intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil, sqrt
from zoneinfo import ZoneInfo

from keepwell.decisions.deadline import is_business
from keepwell.decisions.policy import Policy
from keepwell.words.measure import FollowUp, Lift, Rate, ReasonFollowUp, Times
from keepwell.words.verdict import Said

Z = 1.959964  # two-sided, nineteen of twenty
NOBODY = "nobody"
JUDGED = (Said.RIGHT, Said.FALSE_ALARM, Said.WRONG_REASON)
THERE = (Said.RIGHT, Said.WRONG_REASON)  # the risk was there
MEDIAN, NINE_OF_TEN = 0.5, 0.9


@dataclass(frozen=True)
class Case:
    """One alert: whom it was told to, why, and what they did. `hours` are business hours until the first action."""

    owner: str | None
    code: str
    due: date
    acted_on: date | None = None
    hours: float | None = None
    over_on: date | None = None  # ended without anybody's action
    said: Said | None = None


def rate(hits: int, cases: int) -> Rate:
    """A share with Wilson's interval.

    >>> found = rate(2, 10)
    >>> (found.share, round(found.low or 0, 3), round(found.high or 0, 3))
    (0.2, 0.057, 0.51)
    """
    if cases == 0:
        return Rate(0, 0, None, None, None)
    share, spread = hits / cases, Z * Z / cases
    middle = (share + spread / 2) / (1 + spread)
    half = Z / (1 + spread) * sqrt(share * (1 - share) / cases + spread / (4 * cases))
    return Rate(hits, cases, share, max(middle - half, 0.0), min(middle + half, 1.0))


def lift(told: Rate, held_out: Rate) -> Lift:
    """How much more are lost of those that nobody is told of; the interval of a difference by Newcombe (1998, method 10).

    >>> found = lift(rate(2, 20), rate(8, 20))
    >>> [round(value or 0, 2) for value in (found.kept, found.low, found.high)]
    [0.3, 0.03, 0.52]
    """
    bounds = [(one.share, one.low, one.high) for one in (told, held_out)]
    (share, low, high), (other, other_low, other_high) = bounds
    if share is None or low is None or high is None or other is None or other_low is None or other_high is None:
        return Lift(told, held_out, None, None, None)
    kept = other - share
    down, up = (
        sqrt((other - other_low) ** 2 + (high - share) ** 2),
        sqrt((other_high - other) ** 2 + (share - low) ** 2),
    )
    return Lift(told, held_out, kept, kept - down, kept + up)


def business_hours(policy: Policy, zone: str, since: datetime, until: datetime) -> float:
    """Hours of business days between two moments (naive UTC); a business day has 24, or 23 and 25 where clocks change.

    >>> from keepwell.decisions.policy import Policy
    >>> friday, monday = datetime(2026, 3, 6, 18), datetime(2026, 3, 9, 6)
    >>> business_hours(Policy(policy="a", decision="b"), "UTC", friday, monday)
    12.0
    """
    start, end = (moment.replace(tzinfo=UTC) for moment in (since, until))
    day, last, hours = start.astimezone(ZoneInfo(zone)).date(), end.astimezone(ZoneInfo(zone)).date(), timedelta()
    while day <= last:
        if is_business(policy, day):
            opens, closes = (_midnight(one, zone) for one in (day, day + timedelta(days=1)))
            hours += max(min(end, closes) - max(start, opens), timedelta())
        day += timedelta(days=1)
    return hours / timedelta(hours=1)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def times(hours: Iterable[float | None]) -> Times:
    """Median and ninth decile, by nearest rank.

    >>> times([30.0, 1.0, 2.0, None])
    Times(cases=3, median=2.0, p90=30.0)
    """
    known = sorted(one for one in hours if one is not None)
    if not known:
        return Times(0, None, None)
    return Times(len(known), *(known[ceil(share * len(known)) - 1] for share in (MEDIAN, NINE_OF_TEN)))


def follow_up(name: str, cases: Sequence[Case], today: date) -> FollowUp:
    """What became of some alerts by a day."""
    kept = sum(one.acted_on is not None and one.acted_on <= one.due for one in cases)
    acted = sum(one.acted_on is not None for one in cases)
    over = sum(one.acted_on is None and one.over_on is not None and one.over_on <= one.due for one in cases)
    waiting = sum(one.acted_on is None and one.over_on is None and today <= one.due for one in cases)
    due = len(cases) - over - waiting
    hours = times(one.hours for one in cases)
    return FollowUp(name, len(cases), kept, due - kept, waiting, over, hours, rate(acted, due))


def by_owner(cases: Sequence[Case], today: date) -> tuple[FollowUp, ...]:
    """One row an owner, who was told most first."""
    return tuple(follow_up(name, some, today) for name, some in _grouped(cases, lambda one: one.owner or NOBODY))


def by_reason(cases: Sequence[Case], missed: Sequence[str], today: date) -> tuple[ReasonFollowUp, ...]:
    """One row a reason code; `missed` are the codes of risks of which nobody was told."""
    rows = dict(_grouped(cases, lambda one: one.code))
    return tuple(
        _reason(code, rows.get(code, ()), sum(one == code for one in missed), today)
        for code in dict.fromkeys((*rows, *sorted(missed)))
    )


def _reason(code: str, cases: Sequence[Case], missed: int, today: date) -> ReasonFollowUp:
    judged = sum(one.said in JUDGED for one in cases)
    false = sum(one.said is Said.FALSE_ALARM for one in cases)
    there = sum(one.said in THERE for one in cases)
    return ReasonFollowUp(follow_up(code, cases, today), rate(false, judged), rate(missed, missed + there))


def _grouped(cases: Sequence[Case], key: Callable[[Case], str]) -> list[tuple[str, list[Case]]]:
    found: dict[str, list[Case]] = {}
    for one in cases:
        found.setdefault(key(one), []).append(one)
    return sorted(found.items(), key=lambda group: (-len(group[1]), group[0]))
