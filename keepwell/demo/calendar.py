"""The simulated days: a window that ends with June 2026, its working days, holidays and seasons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keepwell.demo.chance import Floats, Ints

LAST = np.datetime64("2026-06-30", "D")
WARM_UP = 300  # days simulated before the window, so that the first renewals have a past
AHEAD = 400  # days simulated after it, so that the truth can look a year ahead
NEVER = 1_000_000  # a day that does not come
OUTAGE = (np.datetime64("2025-11-10", "D"), np.datetime64("2025-11-16", "D"))  # no product event was kept
BAD_RELEASES = (np.datetime64("2025-02-11", "D"), np.datetime64("2026-03-03", "D"))
CLOSED = (  # Good Fridays and Easter Mondays
    "2022-04-15",
    "2022-04-18",
    "2023-04-07",
    "2023-04-10",
    "2024-03-29",
    "2024-04-01",
    "2025-04-18",
    "2025-04-21",
    "2026-04-03",
    "2026-04-06",
)
CLOSED_EVERY_YEAR = ("01-01", "05-01", "12-24", "12-25", "12-26", "12-31")


@dataclass(frozen=True)
class Calendar:
    """Days as numbers: 0 is the first day of the window, `last` its last.

    >>> str(Calendar.of(24).first), Calendar.of(24).days
    ('2024-07-01', 730)
    """

    first: np.datetime64
    days: int

    @classmethod
    def of(cls, months: int) -> Calendar:
        """The window of whole months that ends on `LAST`."""
        first = ((LAST + 1).astype("datetime64[M]") - months).astype("datetime64[D]")
        return cls(first, int((LAST - first).astype(int)) + 1)

    @property
    def last(self) -> int:
        """Number of the last day."""
        return self.days - 1

    def number(self, day: np.datetime64) -> int:
        """The number of a date."""
        return int((day - self.first).astype(int))

    def month_ends(self) -> Ints:
        """Day numbers of the month ends in the window."""
        months = np.arange(self.first.astype("datetime64[M]") + 1, (LAST + 1).astype("datetime64[M]") + 1)
        return np.asarray((months.astype("datetime64[D]") - self.first).astype(np.int64) - 1)

    def rhythm(self) -> Floats:
        """How much work is done on each day of the window; 1 is an ordinary working day."""
        days = self.first + np.arange(self.days)
        factor = np.where(self.working(), 1.0, 0.07)
        month_day = np.array([str(d)[5:] for d in days])
        factor = np.where((month_day >= "12-20") | (month_day <= "01-05"), factor * 0.5, factor)
        return np.where((month_day >= "07-20") & (month_day <= "08-31"), factor * 0.85, factor)

    def working(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which days of the window are working days."""
        days = self.first + np.arange(self.days)
        holidays = [np.datetime64(d, "D") for d in CLOSED]
        years = range(2020, 2027)
        holidays += [np.datetime64(f"{y}-{d}", "D") for y in years for d in CLOSED_EVERY_YEAR]
        return np.is_busday(days, holidays=holidays)
