"""What names in a condition mean: signals and attributes with their units, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from keepwell.scoring.condition import (
    All,
    Among,
    Compare,
    Condition,
    ConditionError,
    Is,
    Not,
    Some,
    Truth,
    leaves,
    parse,
)
from keepwell.words.account import ATTRIBUTES
from keepwell.words.problem import nearest
from keepwell.words.reading import MONEY, Signal

# names people use → (attribute, stored units in a shown one)
ALIASES = {"arr": ("arr_minor", MONEY.scale), "mrr": ("mrr_minor", MONEY.scale), "age": ("age_days", 1)}
YES = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True)
class Attribute:
    """An account attribute a condition may read: its column's name, type and scale."""

    name: str
    kind: str
    scale: int = 1


def attribute(name: str) -> Attribute | None:
    """The attribute a condition calls `name`; money is spoken of in major units (`arr`, `mrr`)."""
    column, scale = ALIASES.get(name, (name, 1))
    kind = ATTRIBUTES.get(column)
    return Attribute(column, kind, scale) if kind else None


def is_signal(name: str, signals: Mapping[str, Signal]) -> bool:
    """Whether a name in a condition is a signal; attributes come first (`seats`, `arr`)."""
    return name in signals and attribute(name) is None


def read(text: str, signals: Mapping[str, Signal]) -> Condition:
    """Parse a condition and bring its values to stored units; ConditionError where a name or value does not fit."""
    return _resolved(parse(text), signals)


def signals_in(condition: Condition, signals: Mapping[str, Signal]) -> tuple[str, ...]:
    """Names of the signals a condition reads."""
    return tuple(dict.fromkeys(leaf.name for leaf in leaves(condition) if is_signal(leaf.name, signals)))


def attributes_in(condition: Condition, signals: Mapping[str, Signal]) -> tuple[str, ...]:
    """Columns of the attributes a condition reads, without `a_`."""
    found = [attribute(leaf.name) for leaf in leaves(condition) if not is_signal(leaf.name, signals)]
    return tuple(dict.fromkeys(a.name for a in found if a is not None))


def category(signal: Signal, word: str) -> int | None:
    """The position of a category, whatever its case, blanks and underscores."""
    known = [_plain(name) for name in signal.categories]
    return known.index(_plain(word)) if _plain(word) in known else None


def _plain(word: str) -> str:
    return word.replace("_", " ").replace("-", " ").strip().lower()


def _resolved(condition: Condition, signals: Mapping[str, Signal]) -> Condition:
    match condition:
        case Not(inner):
            return Not(_resolved(inner, signals))
        case All(parts):
            return All(tuple(_resolved(part, signals) for part in parts))
        case Some(parts):
            return Some(tuple(_resolved(part, signals) for part in parts))
        case Compare(name, operator, value, at):
            return Compare(name, operator, _value(name, value, operator, at, signals), at)
        case Among(name, values, at):
            return Among(name, tuple(_value(name, value, "=", at, signals) for value in values), at)
        case Is():
            _check_state(condition, signals)
            return condition
        case Truth(name, at):
            return _yes(name, at, signals)


def _check_state(leaf: Is, signals: Mapping[str, Signal]) -> None:
    if is_signal(leaf.name, signals):
        return
    if attribute(leaf.name) is None:
        raise _unknown(leaf.name, leaf.at, signals)
    if leaf.state not in ("missing", "known"):
        raise ConditionError(f"'{leaf.name}' is an attribute", leaf.at, "'is missing' or 'is known'")


def _yes(name: str, at: int, signals: Mapping[str, Signal]) -> Condition:
    """A bare name: a yes/no attribute, a signal with a category "yes", or a number other than 0."""
    if is_signal(name, signals):
        signal = signals[name]
        position = category(signal, "yes")
        if signal.categories and position is None:
            raise ConditionError(f"'{name}' is not a yes/no signal", at, f"{name} = {signal.categories[0]}")
        return Truth(name, at) if position is None else Compare(name, "=", Fraction(position), at)
    found = attribute(name)
    if found is None:
        raise _unknown(name, at, signals)
    if found.kind != "BOOLEAN":
        raise ConditionError(f"'{name}' is not a yes/no attribute", at, f"a comparison, {name} = ...")
    return Truth(name, at)


def _value(name: str, value: Fraction | str, operator: str, at: int, signals: Mapping[str, Signal]) -> Fraction | str:
    if is_signal(name, signals):
        return _signal_value(signals[name], value, at)
    found = attribute(name)
    if found is None:
        raise _unknown(name, at, signals)
    return _attribute_value(found, value, operator, at)


def _signal_value(signal: Signal, value: Fraction | str, at: int) -> Fraction:
    if isinstance(value, Fraction):
        return value * signal.unit.scale
    if signal.categories:
        position = category(signal, value)
        if position is None:
            fix = nearest(value, signal.categories)
            raise ConditionError(f"'{signal.name}' has no category '{value}'", at, "", fix)
        return Fraction(position)
    if value.lower() in YES:
        return Fraction(int(YES[value.lower()]))
    raise ConditionError(f"'{signal.name}' is a number ({signal.unit.name}), not '{value}'", at, "a number")


def _attribute_value(found: Attribute, value: Fraction | str, operator: str, at: int) -> Fraction | str:
    match found.kind:
        case "BIGINT":
            if isinstance(value, Fraction):
                return value * found.scale
            raise ConditionError(f"'{found.name}' is a number, not '{value}'", at, "a number")
        case "BOOLEAN":
            if isinstance(value, str) and value.lower() in YES and operator in ("=", "!="):
                return value.lower()
            raise ConditionError(f"'{found.name}' is yes or no", at, "yes or no")
        case "DATE":
            if isinstance(value, str) and _is_day(value):
                return value
            raise ConditionError(f"'{found.name}' is a date", at, "'2025-06-30', in quotes")
        case _:
            return value if isinstance(value, str) else _number_text(value)


def _is_day(text: str) -> bool:
    parts = text.split("-")
    return [len(part) for part in parts] == [4, 2, 2] and all(part.isdigit() for part in parts)


def _number_text(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else str(float(value))


def _unknown(name: str, at: int, signals: Mapping[str, Signal]) -> ConditionError:
    known = [*signals, *ATTRIBUTES, *ALIASES]
    return ConditionError(f"unknown signal or attribute '{name}'", at, "", nearest(name, known))
