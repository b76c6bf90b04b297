"""Local days: which one a moment falls on and when each one closes, the same in Python and in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
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

    >>> Days("Europe/Berlin", time(6)).close_at(date(2026, 3, 1))
    datetime.datetime(2026, 3, 2, 5, 0)
    """

    time_zone: str
    day_close: time

    def close_at(self, day: date) -> datetime:
        """The moment at which a day closes."""
        return self._first(day + timedelta(days=1), self.day_close)

    def start_at(self, day: date) -> datetime:
        """The moment at which a day begins."""
        return self._first(day, MIDNIGHT)

    def _first(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, ZoneInfo(self.time_zone)).astimezone(UTC).replace(tzinfo=None)

    # --- the same of SQL expressions

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
        """The day whose close is the next one after a moment."""
        if not _is_shown_twice(self.time_zone, self.day_close):  # reading the clock is four times faster
            return f"CAST({self._local(moment)} - {_interval(self.day_close)} AS DATE)"
        day = self.day_of(moment)
        return f"CAST(CASE WHEN {moment} >= {self.opening_of(day)} THEN {day} ELSE {day} - 1 END AS DATE)"

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
def _changes(time_zone: str) -> list[date]:
    """The weeks' first days in which the zone's clocks change."""
    zone = ZoneInfo(time_zone)
    noons = [datetime.combine(FIRST_WEEK + timedelta(weeks=n), time(12), zone) for n in range(WEEKS)]
    return [noon.date() for noon, later in pairwise(noons) if noon.utcoffset() != later.utcoffset()]


@lru_cache
def _is_shown_twice(time_zone: str, at: time) -> bool:
    """Whether the zone's clocks ever show this time of day twice, or skip it."""
    zone = ZoneInfo(time_zone)
    shown = [datetime.combine(day + timedelta(days=n), at, zone) for day in _changes(time_zone) for n in range(8)]
    return any(moment.utcoffset() != moment.replace(fold=1).utcoffset() for moment in shown)
