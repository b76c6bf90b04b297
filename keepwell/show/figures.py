"""Figures as lists show them: changes, shares, counts, days; points and money are everyone's."""

from __future__ import annotations

from datetime import date

from keepwell.words.figures import money, points
from keepwell.words.reading import POINTS
from keepwell.words.score import percent

__all__ = ["arrow", "count", "day", "money", "plain", "points", "share", "signed"]


def signed(milli: int | None) -> str:
    """A change in points with its sign; none is a dash.

    >>> signed(6_000), signed(-12_340), signed(0), signed(None)
    ('+6.0', '-12.3', '0.0', '–')
    """
    shown = points(milli)
    return f"+{shown}" if milli is not None and milli >= 50 else shown


def arrow(milli: int | None) -> str:
    """A change in points that can be seen without colour.

    >>> arrow(-12_000), arrow(1_500), arrow(0), arrow(None)
    ('▼ 12.0', '▲ 1.5', '0.0', '–')
    """
    if milli is None or abs(milli) < 50:
        return points(milli and 0)
    return f"{'▼' if milli < 0 else '▲'} {points(abs(milli))}"


def plain(milli: int) -> str:
    """Points in a sentence: no empty decimal.

    >>> plain(6_000), plain(5_500)
    ('6', '5.5')
    """
    return POINTS.show(milli)


def share(ppm: int | None) -> str:
    """A share in whole percent; what is not all is never shown as 100, what is not nothing never as 0.

    >>> share(740_000), share(999_999), share(1), share(None)
    ('74 %', '99 %', '1 %', '–')
    """
    return "–" if ppm is None else f"{percent(ppm)} %"


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun.

    >>> count(1, "account"), count(2_000, "account"), count(2, "entry", "entries")
    ('1 account', '2,000 accounts', '2 entries')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def day(value: date | None) -> str:
    """A day as YYYY-MM-DD."""
    return value.isoformat() if value else "–"
