"""Conditions as SQL: three-valued truth, and what missing evidence could still make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from keepwell.scoring.condition import All, Among, Compare, Condition, Is, Not, Some, Truth
from keepwell.scoring.meaning import YES, attribute, is_signal
from keepwell.scoring.shape import Flag, Shape, ShapeCase, compare, extremes, shape_sql
from keepwell.words.reading import Signal

# statuses as the compiled statement counts them
FRESH, STALE, MISSING, NOT_APPLICABLE = range(4)
STATES = {
    "fresh": f"= {FRESH}",
    "stale": f"= {STALE}",
    "missing": f"= {MISSING}",
    "not applicable": f"= {NOT_APPLICABLE}",
    "known": f"<= {STALE}",
}


@dataclass(frozen=True)
class Columns:
    """Where conditions find things: `x_<signal>` the known value, `s_<signal>` the status, `a_<attribute>`."""

    signals: Mapping[str, Signal]
    edges: Mapping[str, tuple[ShapeCase, ...]]


def truth(condition: Condition, columns: Columns) -> str:
    """SQL that is TRUE, FALSE, or NULL when what is missing decides it."""
    match condition:
        case Not(inner):
            return f"NOT ({truth(inner, columns)})"
        case All(parts):
            return "(" + " AND ".join(truth(part, columns) for part in parts) + ")"
        case Some(parts):
            return "(" + " OR ".join(truth(part, columns) for part in parts) + ")"
        case leaf:
            return f"({_leaf(leaf, columns)})"


def possible(condition: Condition, columns: Columns, outcome: bool) -> str:
    """SQL, never NULL: whether the condition could come out as `outcome` once missing and stale evidence arrived."""
    match condition:
        case Not(inner):
            return possible(inner, columns, not outcome)
        case All(parts) | Some(parts):
            joint = " AND " if isinstance(condition, All) == outcome else " OR "
            return "(" + joint.join(possible(part, columns, outcome) for part in parts) + ")"
        case leaf:
            return _possible_leaf(leaf, columns, outcome)


def undecided(condition: Condition, columns: Columns) -> str:
    """SQL, never NULL: the condition is unknown, and evidence that is missing could decide it."""
    return f"({truth(condition, columns)}) IS NULL AND {possible(condition, columns, True)}"


def _possible_leaf(leaf: Compare | Among | Is | Truth, columns: Columns, outcome: bool) -> str:
    decided = f"COALESCE({'' if outcome else 'NOT '}({_leaf(leaf, columns)}), FALSE)"
    if isinstance(leaf, Is) and leaf.state in STATES:
        return decided  # `is missing` asks for the evidence as it stands, and that is known
    if is_signal(leaf.name, columns.signals):
        return f"(s_{leaf.name} IN ({STALE}, {MISSING}) OR {decided})"
    return decided


def _leaf(leaf: Compare | Among | Is | Truth, columns: Columns) -> str:
    if not is_signal(leaf.name, columns.signals):
        return _attribute_leaf(leaf)
    value = f"x_{leaf.name}"
    match leaf:
        case Compare(_, operator, edge, _):
            return compare(value, operator, Fraction(edge))
        case Among(_, values, _):
            return " OR ".join(f"({compare(value, '=', Fraction(v))})" for v in values)
        case Truth():
            return f"{value} <> 0"
        case Is(name, state, _) if state in STATES:
            return f"s_{name} {STATES[state]}"
        case Is(_, state, _):
            return _beyond(columns.edges[leaf.name], state, value, columns)


def _attribute_leaf(leaf: Compare | Among | Is | Truth) -> str:
    found = attribute(leaf.name)
    if found is None:
        raise KeyError(leaf.name)
    column = f"a_{found.name}"
    match leaf:
        case Compare(_, operator, value, _) if isinstance(value, Fraction):
            return compare(column, operator, value)
        case Compare(_, operator, value, _):
            return f"{column} {'<>' if operator == '!=' else operator} {literal(found.kind, value)}"
        case Among(_, values, _):
            return " OR ".join(_attribute_leaf(Compare(leaf.name, "=", value)) for value in values)
        case Is(_, state, _):
            return f"{column} IS {'NOT ' if state == 'known' else ''}NULL"
        case Truth():
            return column


def literal(kind: str, value: Fraction | str) -> str:
    """An attribute's value as SQL."""
    if kind == "BOOLEAN":
        return str(YES[str(value)]).upper()
    quoted = "'" + str(value).replace("'", "''") + "'"
    return f"CAST({quoted} AS DATE)" if kind == "DATE" else quoted


def _beyond(cases: tuple[ShapeCase, ...], state: str, value: str, columns: Columns) -> str:
    whens = []
    for case in cases:
        found = _beyond_edge(case.shape, state, value)
        test = "TRUE" if case.test is None else truth(case.test, columns)
        whens.append(f"WHEN {test} THEN {found}")
    return f"CASE {' '.join(whens)} END"


def _beyond_edge(shape: Shape, state: str, value: str) -> str:
    """Healthy: all the points the shape can give; poor: its fewest; watch: between."""
    found = extremes(shape)
    if found is None or isinstance(shape, Flag):
        return "CAST(NULL AS BOOLEAN)"
    worst, best = found
    points = f"({shape_sql(shape, value)})"
    match state:
        case "healthy":
            return f"{points} = {best}"
        case "poor":
            return f"{points} = {worst}"
        case _:
            return f"{points} > {worst} AND {points} < {best}"
