"""Points and money as people read them."""

from __future__ import annotations

from keepwell.words.money import major


def points(milli: int | None) -> str:
    """Points with one decimal, half away from zero, so that columns align.

    >>> points(46_249), points(88_000), points(-550), points(None)
    ('46.2', '88.0', '-0.6', '–')
    """
    if milli is None:
        return "–"
    tenths = (abs(milli) + 50) // 100
    return f"{'-' if milli < 0 and tenths else ''}{tenths // 10}.{tenths % 10}"


def money(minor: int | None, currency: str) -> str:
    """Whole major units with thousands apart.

    >>> money(1_000_050, "EUR"), money(None, "EUR")
    ('10,001 EUR', '–')
    """
    return "–" if minor is None else f"{major(minor, currency):,} {currency}".rstrip()
