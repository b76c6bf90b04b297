"""Sentences of evidence: a signal's template filled from the parts of its reading."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from keepwell.words.reading import MONEY, Signal

SLOT = re.compile(r"\{(\w+)\}")
NOUNS = (
    "answers|days|escalations|features|goals|hours|invoices|lines|mailings|meetings|messages|milestones|months|seats|steps"
    "|tickets|weeks"
)
PLURAL = re.compile(rf"\{{(?P<slot>\w+)\}} (?:(?:contract|key|paid|use) )?(?:{NOUNS})\b")


def shown(signal: Signal, value: int | None) -> str | None:
    """A stored value as a person reads it: in the shown unit, or the category's name."""
    if value is None:
        return None
    if signal.categories:
        return signal.categories[value] if 0 <= value < len(signal.categories) else None
    return signal.unit.show(value)


def unit_name(signal: Signal) -> str:
    """The unit as a person reads it; categories have none."""
    return "" if signal.categories or signal.unit.name in ("kind", "score", "count") else signal.unit.name


def amount(signal: Signal, readings: Mapping[str, Any]) -> str:
    """A reading's value and unit."""
    found = shown(signal, readings.get(f"v_{signal.name}"))
    return "missing" if found is None else with_unit(found, signal)


def with_unit(said: str, signal: Signal) -> str:
    """A value and its unit; money without its currency, which only the reader's side knows."""
    unit = unit_name(signal)
    return f"{said} {unit}" if unit not in ("", MONEY.name) else said


def reason(signal: Signal, readings: Mapping[str, Any], template: str = "") -> str:
    """The sentence of a known reading; where a detail is missing, the plain value instead.

    >>> from keepwell.words.reading import DAYS, Better
    >>> silent = Signal("quiet", "Days since use", "", "", "", (), "", DAYS, Better.LOWER, "Silent {v} days ({who})", "")
    >>> reason(silent, {"v_quiet": 12, "d_quiet_who": "all"}), reason(silent, {"v_quiet": 12})
    ('Silent 12 days (all)', 'Days since use: 12 days')
    >>> reason(silent, {"v_quiet": 1, "d_quiet_who": "all"}), reason(silent, {"v_quiet": 1})
    ('Silent 1 day (all)', 'Days since use: 1 day')
    """
    value = readings.get(f"v_{signal.name}")
    slots = {"v": shown(signal, value), "value": shown(signal, value)}

    def word(name: str) -> str | None:
        return slots[name] if name in slots else detail(readings.get(f"d_{signal.name}_{name}"))

    text = template or signal.sentence
    words = {name: word(name) for name in SLOT.findall(text)}
    if text and all(found is not None for found in words.values()):
        return SLOT.sub(lambda slot: words[slot.group(1)] or "", _singular(text, words))
    return plain(signal, value)


def _singular(text: str, words: Mapping[str, str | None]) -> str:
    """The template with the singular of what there is one of."""
    return PLURAL.sub(lambda it: it.group()[:-1] if words[it["slot"]] in ("1", "-1") else it.group(), text)


def within(title: str) -> str:
    """A title inside a sentence: a small first letter, but for a name of capitals.

    >>> within("Licence use"), within("NPS answer")
    ('licence use', 'NPS answer')
    """
    return title if title[1:2].isupper() else f"{title[:1].lower()}{title[1:]}"


def plain(signal: Signal, value: int | None) -> str:
    """Title, value and unit."""
    found = shown(signal, value)
    unit = unit_name(signal)
    unit = unit.removesuffix("s") if found == "1" else unit
    return f"{signal.title}: {found}{' ' + unit if unit else ''}" if found is not None else f"{signal.title}: not known"


def detail(value: Any) -> str | None:
    """A part of a reading in words."""
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date) else str(value)


def points(milli: int) -> str:
    """Milli-points with at most one decimal: 15000 → '15', -1234 → '-1.2'."""
    tenths = (abs(milli) + 50) // 100
    whole, tenth = divmod(tenths, 10)
    return f"{'-' if milli < 0 and tenths else ''}{whole}{f'.{tenth}' if tenth else ''}"
