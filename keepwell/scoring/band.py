"""The row of a table that a reading falls into, in words: "27.6 to 33.5", "over 58", "seats in use up to 20 %"."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from keepwell.scoring import sentence
from keepwell.scoring.condition import All, Among, Compare, Condition, Is, names
from keepwell.scoring.plan import Leaf
from keepwell.scoring.shape import Fixed, Kinds, Shape, Step, Steps, half_away
from keepwell.words.reading import Signal

Readings = Mapping[str, Any]
Signals = Mapping[str, Signal]
OTHERS = "any other"  # of signals that count together: no row of theirs holds
UNKNOWN = "no reading"
KNOWN = ("fresh", "stale")
SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
MOST_DECIMALS = 3
LARGE = 1_000  # from here on without decimals, thousands apart


def crossed(leaf: Leaf, segment: int, signals: Signals) -> tuple[Signal, ...]:
    """The signals that a measure counts together, each row a case of its own; none where it counts one."""
    cases = leaf.shapes[segment]
    if leaf.signal is None or not all(isinstance(case.shape, Fixed) for case in cases):
        return ()
    tested = [name for case in cases if case.test is not None for name in names(case.test) if name in signals]
    found = dict.fromkeys([leaf.signal.name, *tested])
    return tuple(signals[name] for name in found) if len(found) > 1 else ()


def band(leaf: Leaf, segment: int, readings: Readings, signals: Signals) -> str | None:
    """The row in the signal's own unit; None where a measure has no rows, or the reading says the row itself."""
    if leaf.signal is None:
        return None
    if _known(leaf.signal, readings) is None:
        return UNKNOWN
    for case in leaf.shapes[segment]:
        if case.test is None:
            together = crossed(leaf, segment, signals)
            return OTHERS if together else _row(case.shape, leaf.signal, readings)
        if _holds(case.test, readings, signals):
            fixed = isinstance(case.shape, Fixed)
            return said(case.test, signals) if fixed else _row(case.shape, leaf.signal, readings)
    return None


def best(leaf: Leaf, segment: int, signals: Signals) -> str | None:
    """The row that earns the most, after the signal's title; None where a measure has no rows."""
    cases = leaf.shapes[segment]
    if leaf.signal is None:
        return None
    if crossed(leaf, segment, signals):
        test = max(cases, key=lambda case: case.shape.nano if isinstance(case.shape, Fixed) else 0).test
        return None if test is None else said(test, signals)
    shape = cases[-1].shape
    if len(cases) > 1 or not isinstance(shape, Steps):
        return None
    place = max(range(len(shape.steps)), key=lambda n: shape.steps[n].nano)
    row = _interval(_whole(shape.steps, place), leaf.signal)
    return f"{sentence.within(leaf.title)} {sentence.with_unit(row, leaf.signal)}"


def _row(shape: Shape, signal: Signal, readings: Readings) -> str | None:
    value = _known(signal, readings)
    if value is None or not isinstance(shape, Steps):
        return sentence.shown(signal, value) if isinstance(shape, Kinds) else None
    place = next((n for n, step in enumerate(shape.steps) if _inside(step, value)), None)
    return None if place is None else _interval(_whole(shape.steps, place), signal)


def _known(signal: Signal, readings: Readings) -> int | None:
    value = readings.get(f"v_{signal.name}")
    return int(value) if value is not None and readings.get(f"q_{signal.name}") in KNOWN else None


def _inside(step: Step, value: int) -> bool:
    above = step.low is None or value > step.low or (step.low_counts and value == step.low)
    return above and (step.high is None or value < step.high or (step.high_counts and value == step.high))


def _whole(steps: Sequence[Step], place: int) -> Step:
    """A band with the lower edge that the bands before it leave it."""
    step = steps[place]
    under = [one for one in steps[:place] if one.high is not None and one.low is None]
    if step.low is not None or not under:
        return step
    last = max(under, key=lambda one: (one.high, one.high_counts))
    return Step(last.high, not last.high_counts, step.high, step.high_counts, step.nano)


def _holds(test: Condition, readings: Readings, signals: Signals) -> bool:
    """Whether a case of signals holds; of anything else it is not said."""
    match test:
        case All(parts):
            return all(_holds(part, readings, signals) for part in parts)
        case Compare(name, sign, edge, _) if name in signals:
            value = _known(signals[name], readings)
            return value is not None and SIGNS[sign](value, edge)
        case Among(name, values, _) if name in signals:
            return _known(signals[name], readings) in values
        case Is(name, "known", _) if name in signals:
            return _known(signals[name], readings) is not None
        case _:
            return False


def said(test: Condition, signals: Signals) -> str:
    """A case of signals in words: "seats in use up to 20 % and champion gone"."""
    parts = test.parts if isinstance(test, All) else (test,)
    told = []
    for name in names(test):
        own = [part for part in parts if not isinstance(part, Is) and names(part) == (name,)]
        if name in signals and own:
            row = sentence.with_unit(_side(own, signals[name]), signals[name])
            told.append(f"{sentence.within(signals[name].title)} {row}")
    return " and ".join(told) or OTHERS


def _side(parts: Sequence[Condition], signal: Signal) -> str:
    """What a case asks of one signal."""
    step = Step(None, False, None, False, 0)
    for part in parts:
        match part:
            case Among(_, values, _):
                return " or ".join(sentence.shown(signal, int(value)) or "" for value in values)
            case Compare(_, "=", edge, _):
                return sentence.shown(signal, int(edge)) or ""
            case Compare(_, ">" | ">=" as sign, edge, _):
                step = Step(Fraction(edge), sign == ">=", step.high, step.high_counts, 0)
            case Compare(_, "<" | "<=" as sign, edge, _):
                step = Step(step.low, step.low_counts, Fraction(edge), sign == "<=", 0)
    return _interval(step, signal)


def _interval(step: Step, signal: Signal) -> str:
    low, high = step.low, step.high
    if signal.unit.scale == 1:  # whole numbers: both ends belong to the row
        low = None if low is None else Fraction(math.ceil(low) if step.low_counts else math.floor(low) + 1)
        high = None if high is None else Fraction(math.floor(high) if step.high_counts else math.ceil(high) - 1)
    if high is None:
        return "any" if low is None else f"over {_number(low - 1 if signal.unit.scale == 1 else low, signal)}"
    if low is None and (signal.least is None or high > signal.least * signal.unit.scale):
        return f"up to {_number(high, signal)}"
    if low is None or low == high:
        return _number(high, signal)
    apart = (n for n in range(1, MOST_DECIMALS) if _number(low, signal, n) != _number(high, signal, n))
    decimals = next(apart, MOST_DECIMALS)
    return f"{_number(low, signal, decimals)} to {_number(high, signal, decimals)}"


def _number(edge: Fraction, signal: Signal, decimals: int = 1) -> str:
    value = edge / signal.unit.scale
    text = f"{half_away(value * 10**decimals) / 10**decimals:,.{0 if abs(value) >= LARGE else decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
