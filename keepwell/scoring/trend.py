"""The trend of a score: a robust slope over eight weekly closed scores."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from keepwell.scoring.sentence import points
from keepwell.words.score import Trend

WEEKS = 8
ENOUGH = 4  # scored weeks; fewer say nothing
STEADY = 500  # milli-points a week: less is noise
APART = 5_000  # milli-points between the last week and the middle: more is worth a word
WEEK = 7


def trend(scores: Sequence[tuple[date, int | None]]) -> Trend:
    """Theil-Sen slope of the last eight weekly scores, oldest first, in milli-points a week.

    Unscored weeks (None) do not count. `since` is the week in which the movement began: the
    last peak before a fall, the last low before a rise. The sentence names the first and last of
    the weeks: the slope is the middle of all pairs of them, not the way from one to the other.
    """
    weekly = tuple(scores[-WEEKS:])
    known = [(day, score) for day, score in weekly if score is not None]
    if len(known) < ENOUGH:
        return Trend(None, None, f"No trend yet: {len(known)} of {ENOUGH} scored weeks", weekly)
    slope = _median([_slope(a, b) for i, a in enumerate(known) for b in known[i + 1 :]])
    (first_day, first), (last_day, last) = known[0], known[-1]
    if abs(slope) < STEADY:
        middle = _median([Fraction(s) for _, s in known])
        left = f"; {points(last)} on {last_day}" if abs(last - middle) > APART else ""
        return Trend(slope, None, f"Steady around {points(middle)}{left}", weekly)
    ends = max if slope < 0 else min
    extreme = ends(score for _, score in known)
    since = max(day for day, score in known if score == extreme)
    word = "Falling" if slope < 0 else "Rising"
    turned = "; the last week goes against it" if (last - first) * slope < 0 else ""
    note = (
        f"{word}, typically {points(abs(slope))} points a week: {points(first)} on {first_day},"
        f" {points(last)} on {last_day}; it began in the week of {since}{turned}"
    )
    return Trend(slope, since, note, weekly)


def _slope(a: tuple[date, int], b: tuple[date, int]) -> Fraction:
    return Fraction((b[1] - a[1]) * WEEK, (b[0] - a[0]).days)


def _median(values: Sequence[Fraction]) -> int:
    """The middle value, halves away from zero."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    found = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    size = (abs(found) * 2 + 1) // 2
    return int(size) if found >= 0 else -int(size)
