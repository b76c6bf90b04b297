"""A points table as a scorecard file: the same language as a hand-written card."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from keepwell.learning.model.levels import Levels
from keepwell.learning.model.parts import Banded, Box, Boxed, Part
from keepwell.learning.model.points import PointsTable
from keepwell.learning.samples.examples import Examples, Whole
from keepwell.scoring.scorecard import Scorecard
from keepwell.scoring.sentence import within
from keepwell.words.learning import Foretold
from keepwell.words.reading import Signal

LOWEST = -10_000
TIERS = {"healthy": 70, "watch": 50, "at risk": 30, "critical": LOWEST}
HOPED_FOR = {"unlikely": 70, "possible": 50, "likely": 30, "very likely": LOWEST}  # of an outcome nobody fears


def tiers_of(target: str) -> Mapping[str, int]:
    """Tier → its lower border, in the words for what is foretold."""
    return HOPED_FOR if target == Foretold.EXPANSION else TIERS


def scorecard_of(
    table: PointsTable, examples: Examples, header: Mapping[str, Any], catalogue: Mapping[str, Signal]
) -> Scorecard:
    """The card. Signals that the catalogue does not know are declared as its inputs; `header` holds name and texts."""
    signals = {name: examples.column(name).signal for name in table.signals}
    own = {name: _input(signal) for name, signal in signals.items() if name not in catalogue}
    measures = {
        part.name: _measure(part, points, signals) for part, points in zip(table.parts, table.points, strict=True)
    }
    twice = [signals[name].family for part in table.parts if isinstance(part, Boxed) for name in part.signals]
    families = [signal.family for signal in signals.values()]
    apart = sorted({family for family in [*twice, *(f for f in families if families.count(f) > 1)] if family})
    return Scorecard.model_validate(
        {
            **header,
            "form": "learned",
            "baseline": table.baseline,
            "clamp": None,
            "stale": "missing",
            "tiers": dict(tiers_of(examples.target)),
            **({"inputs": own} if own else {}),
            **({"count_apart": apart} if apart else {}),
            "measures": measures,
        }
    )


def _input(signal: Signal) -> dict[str, Any]:
    found: dict[str, Any] = {"title": signal.title, "sentence": signal.sentence}
    if signal.categories:
        return {**found, "categories": list(signal.categories)}
    decimals = len(str(signal.unit.scale)) - 1
    return {**found, "better": str(signal.better), **({"decimals": decimals} if decimals else {})}


def _measure(part: Part, points: Whole, signals: Mapping[str, Signal]) -> dict[str, Any]:
    return _boxed(part, points, signals) if isinstance(part, Boxed) else _banded(part, points, signals[part.name])


def _banded(part: Banded, points: Whole, signal: Signal) -> dict[str, Any]:
    missing = int(points[part.rows[-1]])
    absent = {"missing": missing} if missing else {}
    if part.level.kinds:
        given = {word: int(points[row]) for word, row in zip(signal.categories, part.rows, strict=False)}
        return {"categories": given, **absent}
    ends = [i for i in range(part.level.count - 1) if points[part.rows[i]] != points[part.rows[i + 1]]]
    bands = [{"up_to": shown(int(part.level.cuts[i]), signal), "points": int(points[part.rows[i]])} for i in ends]
    return {"bands": [*bands, {"points": int(points[part.rows[part.level.count - 1]])}], **absent}


def _boxed(part: Boxed, points: Whole, signals: Mapping[str, Signal]) -> dict[str, Any]:
    one, other = (signals[name].title for name in part.signals)
    title = f"{one} with {within(other)}"
    cases = [
        {"if": condition, "points": int(given)}
        for box, given in zip(part.boxes, points, strict=False)
        if given and (condition := _condition(part, box, signals))
    ]
    return {"signal": part.signals[0], "title": title, "cases": [*cases, {"points": 0}]}


def _condition(part: Boxed, box: Box, signals: Mapping[str, Signal]) -> str:
    words = []
    for side, level in enumerate(part.levels):
        words += _side(level, box.low[side], box.high[side], signals[level.name])
    return " and ".join(words)


def _side(level: Levels, low: int, high: int, signal: Signal) -> list[str]:
    if level.kinds:
        kinds = ", ".join(map(_quoted, signal.categories[low : high + 1]))
        return [f"{level.name} in ({kinds})"]
    last = level.count - 1
    over = [f"{level.name} > {shown(int(level.cuts[low - 1]), signal)}"] if low > 0 else []
    under = [f"{level.name} <= {shown(int(level.cuts[high]), signal)}"] if high < last else []
    return over + under or [f"{level.name} is known"]


def _quoted(word: str) -> str:
    return f'"{word}"' if "'" in word else f"'{word}'"


def shown(stored: int, signal: Signal) -> Decimal:
    """A stored number in the signal's own unit."""
    found = Decimal(stored) / signal.unit.scale
    return found.quantize(Decimal(1)) if found == found.to_integral_value() else found.normalize()
