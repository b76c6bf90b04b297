"""Local days, as SQL: which one a moment falls on and when each one closes.

Every local time is read by the database. Python has clock data of its own, and a year in which a country changes
its clocks is known to one of the two before the other: a close by one and days by the other would be hours apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

FIRST_WEEK, WEEKS = date(2000, 1, 3), 2600  # in which the clocks' changes are looked for: until 2049
MIDNIGHT = time()


@dataclass(frozen=True)
class Days:
    """A project's days: its time zone, and the time of the next morning at which a day closes.

    Moments are naive UTC. A time of day that the clocks show twice is the first of the
    two; one that they skip comes as if they had not (SEMANTICS, rule 2).

    >>> Days("UTC", time(6)).close_day_of("known_at")
    "CAST(known_at - INTERVAL '360 minutes' AS DATE)"
    """

    time_zone: str
    day_close: time

    def day_of(self, moment: str) -> str:
        """The local day of a moment."""
        return f"CAST({self._local(moment)} AS DATE)"

    def start_of(self, day: str) -> str:
        """The moment at which a day begins."""
        return self._first_of(day, MIDNIGHT)

    def opening_of(self, day: str) -> str:
        """The moment from which on knowledge is knowledge of that day: the close of the day before."""
        return self._first_of(day, self.day_close)

    def close_day_of(self, moment: str) -> str:
        """The day whose close is the next one after a moment; the first of two that close as one, as a skipped day does."""
        if not _is_shown_twice(self.time_zone, self.day_close):  # reading the clock is four times faster
            return f"CAST({self._local(moment)} - {_interval(self.day_close)} AS DATE)"
        day = self.day_of(moment)
        before = f"{day} - 1"
        if _skips_a_day(self.time_zone):
            before = f"CASE WHEN {moment} >= {self.opening_of(before)} THEN {before} ELSE {day} - 2 END"
        return f"CAST(CASE WHEN {moment} >= {self.opening_of(day)} THEN {day} ELSE {before} END AS DATE)"

    def _first_of(self, day: str, at: time) -> str:
        shown = f"(CAST({day} AS TIMESTAMP) + {_interval(at)})"
        last = shown if self.time_zone == "UTC" else f"timezone('UTC', timezone('{self.time_zone}', {shown}))"
        if not _is_shown_twice(self.time_zone, at):
            return last
        day_before = f"({last} - INTERVAL 1 DAY)"
        first = f"({shown} - ({self._local(day_before)} - {day_before}))"  # by the offset from UTC of the day before
        return f"CASE WHEN {self._local(first)} = {shown} THEN least({first}, {last}) ELSE {last} END"

    def _local(self, moment: str) -> str:
        """A UTC timestamp as the zone's local one."""
        return moment if self.time_zone == "UTC" else f"timezone('{self.time_zone}', timezone('UTC', {moment}))"


def _interval(at: time) -> str:
    return f"INTERVAL '{at.hour * 60 + at.minute} minutes'"


@lru_cache
def _steps(time_zone: str) -> list[tuple[date, timedelta]]:
    """The weeks' first days in which the zone's clocks change, with how far they do."""
    noons = [datetime.combine(FIRST_WEEK + timedelta(weeks=n), time(12), ZoneInfo(time_zone)) for n in range(WEEKS)]
    offsets = [(noon.date(), noon.utcoffset() or timedelta()) for noon in noons]
    return [(day, after - before) for (day, before), (_, after) in pairwise(offsets) if after != before]


@lru_cache
def _is_shown_twice(time_zone: str, at: time) -> bool:
    """Whether the zone's clocks ever show this time of day twice, or skip it."""
    zone = ZoneInfo(time_zone)
    shown = [datetime.combine(day + timedelta(days=n), at, zone) for day, _ in _steps(time_zone) for n in range(8)]
    return any(moment.utcoffset() != moment.replace(fold=1).utcoffset() for moment in shown)


def _skips_a_day(time_zone: str) -> bool:
    """Whether the zone once crossed the date line: Samoa had no 30 December 2011."""
    return any(step >= timedelta(hours=20) for _, step in _steps(time_zone))


def month_ends(last: date) -> Iterator[date]:
    """The ends of months up to a day, the newest first.

    >>> ends = month_ends(date(2026, 3, 30))
    >>> [next(ends).isoformat() for _ in range(2)]
    ['2026-02-28', '2026-01-31']
    """
    first = (last + timedelta(days=1)).replace(day=1)
    while True:
        end = first - timedelta(days=1)
        yield end
        first = end.replace(day=1)
