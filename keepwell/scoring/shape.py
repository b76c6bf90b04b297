"""Shapes: how a stored value becomes nano-points, as SQL and as the best and worst it can give."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from keepwell.scoring.condition import Condition

NANO = 1_000_000_000  # nano-points in a point
MICRO = 1_000_000  # nano-points in a milli-point
BIG = 1 << 62  # products beyond this are computed as HUGEINT
WIDE_ZERO = "CAST(0 AS BIGINT)"  # literals add up in 32 bits, which fine weights and small points exceed


@dataclass(frozen=True)
class Line:
    """Straight lines between (stored value, nano-points) corners, in rising order of value."""

    corners: tuple[tuple[Fraction, int], ...]
    outside: int | None = None  # nano-points beyond the ends; None: the end's own


@dataclass(frozen=True)
class Step:
    """An interval of stored values; None is an open end."""

    low: Fraction | None
    low_counts: bool
    high: Fraction | None
    high_counts: bool
    nano: int


@dataclass(frozen=True)
class Steps:
    """Bands, the first that holds the value counts."""

    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Kinds:
    """Points by category index."""

    nano: tuple[int, ...]


@dataclass(frozen=True)
class Each:
    """A fixed amount per unit, not beyond `limit`."""

    per_stored: Fraction  # nano-points per stored unit
    limit: int


@dataclass(frozen=True)
class Fixed:
    """The same points for every known value."""

    nano: int


@dataclass(frozen=True)
class Flag:
    """Points by whether a condition holds."""

    condition: Condition
    yes: int
    no: int


@dataclass(frozen=True)
class Absent:
    """The measure does not apply."""


Shape = Line | Steps | Kinds | Each | Fixed | Flag | Absent


@dataclass(frozen=True)
class ShapeCase:
    """A shape for the accounts of which `test` is true; None: for all others."""

    test: Condition | None
    shape: Shape


def divided(upper: int, lower: int) -> int:
    """The nearest whole number of a division by a positive one, halves away from zero.

    >>> divided(5, 2), divided(-5, 2), divided(-4, 3)
    (3, -3, -1)
    """
    size = (2 * abs(upper) + lower) // (2 * lower)
    return size if upper >= 0 else -size


def half_away(value: Fraction) -> int:
    """The nearest whole number, halves away from zero.

    >>> half_away(Fraction(5, 2)), half_away(Fraction(-5, 2))
    (3, -3)
    """
    size = (2 * abs(value) + 1) // 2
    return int(size) if value >= 0 else -int(size)


def extremes(shape: Shape) -> tuple[int, int] | None:
    """(worst, best) nano-points a shape can give; None when it never applies."""
    match shape:
        case Line(corners, outside):
            found = [nano for _, nano in corners] + ([] if outside is None else [outside])
        case Steps(steps):
            found = [step.nano for step in steps]
        case Kinds(points):
            found = list(points)
        case Each(_, limit):
            found = [0, limit]
        case Fixed(nano):
            found = [nano]
        case Flag(_, yes, no):
            found = [yes, no]
        case _:
            return None
    return min(found), max(found)


def best_value(shape: Shape) -> Fraction | None:
    """The stored value nearest to the usual ones that earns a shape's best points."""
    match shape:
        case Line(corners, _):
            top = max(nano for _, nano in corners)
            ends = [at for at, nano in corners if nano == top]
            return ends[0] if corners[-1][1] == top else ends[-1]
        case Steps(steps):
            top_step = max(steps, key=lambda step: step.nano)
            return top_step.low if top_step.low is not None else top_step.high
        case Kinds(nano):
            return Fraction(nano.index(max(nano)))
        case Each():
            return Fraction(0)
        case _:
            return None


def in_whole_millis(shape: Shape) -> bool:
    """Whether every value gives a whole number of milli-points."""
    match shape:
        case Line(corners, outside):
            return (
                len({nano for _, nano in corners}) == 1 and corners[0][1] % MICRO == 0 and (outside or 0) % MICRO == 0
            )
        case Each(per_stored, limit):
            return per_stored.denominator == 1 and per_stored.numerator % MICRO == 0 and limit % MICRO == 0
        case _:
            ends = [step.nano for step in shape.steps] if isinstance(shape, Steps) else list(extremes(shape) or ())
            ends += shape.nano if isinstance(shape, Kinds) else ()
            return all(nano % MICRO == 0 for nano in ends)


def shape_sql(shape: Shape, value: str) -> str:
    """Nano-points of the value column, NULL where it is NULL. Flags are not read from a value."""
    match shape:
        case Line():
            return _line_sql(shape, value)
        case Steps(steps):
            whens = " ".join(f"WHEN {_inside(step, value)} THEN {step.nano}" for step in steps)
            return f"CASE {whens} END"
        case Kinds(nano):
            whens = " ".join(f"WHEN {index} THEN {points}" for index, points in enumerate(nano))
            return f"CASE {value} {whens} END"
        case Each():
            return _each_sql(shape, value)
        case Fixed(nano):
            return f"CASE WHEN {value} IS NOT NULL THEN {nano} END"
        case Flag() | Absent():
            raise TypeError(shape)


def _line_sql(line: Line, value: str) -> str:
    corners = line.corners
    first, last = corners[0], corners[-1]
    below, above = (first[1], last[1]) if line.outside is None else (line.outside, line.outside)
    below_sign, above_sign = ("<=", ">=") if line.outside is None else ("<", ">")
    parts = [
        f"WHEN {compare(value, below_sign, first[0])} THEN {below}",
        f"WHEN {compare(value, above_sign, last[0])} THEN {above}",
    ]
    pairs = list(pairwise(corners))
    for left, right in pairs[:-1]:
        parts.append(f"WHEN {compare(value, '<=', right[0])} THEN {_segment_sql(left, right, value)}")
    return f"CASE {' '.join(parts)} WHEN {value} IS NOT NULL THEN {_segment_sql(*pairs[-1], value)} END"


def _segment_sql(left: tuple[Fraction, int], right: tuple[Fraction, int], value: str) -> str:
    """Counted up from the lower end, one division rounded half away from zero."""
    low, high = sorted((left, right), key=lambda corner: corner[1])
    if low[1] == high[1]:
        return str(low[1])
    slope = Fraction(high[1] - low[1]) / abs(high[0] - low[0])  # nano-points per stored unit
    part = low[0].denominator  # distances are counted in these parts of a stored unit
    scaled = value if part == 1 else f"{value} * {part}"
    start = low[0].numerator
    distance = f"({scaled} - {start})" if high[0] > low[0] else f"({start} - {scaled})"
    largest = abs(high[0] - low[0]) * part * slope.numerator
    return f"{low[1]} + {_product_divided(distance, slope.numerator, slope.denominator * part, largest)}"


def _each_sql(each: Each, value: str) -> str:
    top, bottom = each.per_stored.numerator, each.per_stored.denominator
    if each.limit == 0 or top == 0:
        return f"CASE WHEN {value} IS NOT NULL THEN 0 END"
    reach = math.ceil(Fraction(each.limit) / each.per_stored)
    points = _product_divided(value, abs(top), bottom, Fraction(reach * abs(top)))
    signed = points if top > 0 else f"-({points})"
    return (
        f"CASE WHEN {value} <= 0 THEN 0 WHEN {value} >= {reach} THEN {each.limit}"
        f" WHEN {value} IS NOT NULL THEN {signed} END"
    )


def _product_divided(value: str, factor: int, divisor: int, largest: Fraction) -> str:
    wide = is_wide(largest, divisor)
    return divide(f"{widened(value, wide)} * {factor}", divisor, wide)


def is_wide(largest: Fraction | int, divisor: Fraction | int) -> bool:
    """Whether a rounded division of up to `largest` needs more than BIGINT."""
    return 2 * largest + divisor >= BIG


def widened(value: str, wide: bool) -> str:
    """The value as HUGEINT where BIGINT could overflow."""
    return f"CAST({value} AS HUGEINT)" if wide else value


def divide(dividend: str, divisor: int | str, wide: bool = False) -> str:
    """SQL of a quotient of non-negative integers, rounded half away from zero, as BIGINT."""
    if divisor == 1:
        return f"CAST({dividend} AS BIGINT)" if wide else f"({dividend})"
    if isinstance(divisor, int) and divisor % 2 == 0:
        found = f"({dividend} + {divisor // 2}) // {divisor}"
    elif isinstance(divisor, int):
        found = f"(2 * ({dividend}) + {divisor}) // {2 * divisor}"
    else:
        found = f"(2 * ({dividend}) + {divisor}) // (2 * {divisor})"
    return f"CAST({found} AS BIGINT)" if wide else found


def compare(value: str, sign: str, edge: Fraction) -> str:
    """An integer column against an edge that may lie between two integers."""
    if edge.denominator == 1:
        return f"{value} {sign} {edge.numerator}"
    match sign:
        case "<" | "<=":
            return f"{value} <= {math.floor(edge)}"
        case ">" | ">=":
            return f"{value} >= {math.ceil(edge)}"
        case "=":
            return f"({value} IS NULL AND NULL)"  # never equal, unknown when unknown
        case _:
            return f"({value} IS NOT NULL OR NULL)"


def _inside(step: Step, value: str) -> str:
    parts = []
    if step.low is not None:
        parts.append(compare(value, ">=" if step.low_counts else ">", step.low))
    if step.high is not None:
        parts.append(compare(value, "<=" if step.high_counts else "<", step.high))
    return " AND ".join(parts) if parts else f"{value} IS NOT NULL"
