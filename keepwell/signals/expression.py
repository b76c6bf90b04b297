"""SQL fragments of signal specs: parts' aggregates and scalar formulas, exact in integers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

import sqlglot
from sqlglot import exp

from keepwell.words.problem import KeepwellError, Problem
from keepwell.words.reading import Window

# aggregates that sqlglot keeps as plain function calls
PLAIN_AGGREGATES = frozenset({"bit_or", "quantile_disc", "string_agg", "any_value", "first", "bool_or", "bool_and"})
ZERO_WHEN_EMPTY = (exp.Count, exp.CountIf, exp.Sum, exp.BitwiseOrAgg)
# one aggregate of one column under a filter without macros: nothing to take apart, which saves most of the parsing
PLAIN_CALL = re.compile(r"(count|sum|min|max|bit_or|count_if)\((DISTINCT )?(\*|\w+)( > 0)?\)")
REWRITTEN = re.compile(r"\b(ratio|change|div_round|money)\s*\(|--|/\*", re.IGNORECASE)
CHANGE_CAP = 10_000_000  # +1000 %, in parts per million


@cache
def parsed(sql: str) -> exp.Expr:
    """A scalar expression of a spec; KeepwellError when it is not one."""
    try:
        return sqlglot.parse_one(sql, dialect="duckdb")
    except sqlglot.ParseError as error:
        raise KeepwellError(Problem(f"not a valid expression: {sql!r} ({error.errors[0]['description']})")) from None


def aggregate(how: str, condition: str, rename: Mapping[str, str] | None = None) -> str:
    """`how` with every aggregate in it restricted to the rows that meet `condition`."""
    if (plain := PLAIN_CALL.fullmatch(how)) and not REWRITTEN.search(condition):
        name, distinct, column, above = (piece or "" for piece in plain.groups())
        text = f"{name}({distinct}{(rename or {}).get(column, column)}{above})"
        return f"{text} FILTER (WHERE {condition})" if condition else text
    tree = _renamed(parsed(how), rename or {}).transform(_macro, copy=False)
    if condition:
        where = _condition(condition)
        for call in list(tree.find_all(exp.AggFunc, exp.Anonymous)):
            if not _is_aggregate(call) or isinstance(call.parent, (exp.WithinGroup, exp.Filter)):
                continue
            target = call.parent if isinstance(call.parent, exp.WithinGroup) else call
            filtered = exp.Filter(this=target.copy(), expression=exp.Where(this=where.copy()))
            if target is tree:
                tree = filtered
            else:
                target.replace(filtered)
    return tree.sql(dialect="duckdb")


@cache
def _condition(sql: str) -> exp.Expr:
    """A filter with its macros written out; many parts share one. To be copied where it is built in."""
    return parsed(sql).transform(_macro)


@cache
def reads_zero(how: str) -> bool:
    """Whether the aggregate of no rows is 0 (counts, sums, masks) rather than unknown."""
    tree = parsed(how)
    outer = tree.find(exp.AggFunc, exp.Anonymous)
    if isinstance(outer, exp.Anonymous):
        return outer.name.lower() in {"bit_or", "count_if"}
    return isinstance(outer, ZERO_WHEN_EMPTY)


def formula(sql: str, columns: Mapping[str, str]) -> str:
    """A scalar expression with names replaced by the SQL they stand for and macros written out."""
    tree = _renamed(parsed(sql), columns)
    return tree.transform(_macro, copy=False).sql(dialect="duckdb")


def window_condition(window: Window | None, where: str) -> str:
    """Rows of a part: its own filter and its days back."""
    pieces = [f"({where})"] if where else []
    if window is not None:
        pieces.append(f"age >= {window.until} AND age < {window.since}")
    return " AND ".join(pieces)


def _is_aggregate(call: exp.Expr) -> bool:
    return isinstance(call, exp.AggFunc) or call.name.lower() in PLAIN_AGGREGATES


def _renamed(tree: exp.Expr, columns: Mapping[str, str]) -> exp.Expr:
    def swap(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and not node.table and node.name in columns:
            return parsed(columns[node.name]).copy()
        return node

    return tree.transform(swap)


def _macro(node: exp.Expr) -> exp.Expr:
    """Write out a call of one of `MACROS`."""
    if not isinstance(node, exp.Anonymous) or node.name.lower() not in MACROS:
        return node
    arguments = [f"({e.transform(_macro).sql(dialect='duckdb')})" for e in node.expressions]
    return parsed(MACROS[node.name.lower()](*arguments)).copy()


def div_round(numerator: str, denominator: str) -> str:
    """Integer division rounded half away from zero; NULL by a zero denominator (SEMANTICS, rule 11)."""
    size = f"(2 * abs({numerator}) + abs({denominator})) // nullif(2 * abs({denominator}), 0)"
    return f"(CASE WHEN ({numerator} < 0) <> ({denominator} < 0) THEN -({size}) ELSE {size} END)"


def ratio(part: str, base: str) -> str:
    """part ÷ base in parts per million."""
    return div_round(f"({part} * 1000000)", base)


def change(now: str, before: str) -> str:
    """Relative change in parts per million, at most +1000 %; from nothing to something is +100 %."""
    relative = div_round(f"(({now} - {before}) * 1000000)", before)
    return (
        f"(CASE WHEN {before} = 0 THEN CASE WHEN {now} > 0 THEN 1000000 END ELSE least({relative}, {CHANGE_CAP}) END)"
    )


def money(minor: str) -> str:
    """An amount of the reporting currency as a person reads it: '1250 EUR'."""
    return f"(CAST({div_round(minor, 'a_money_scale')} AS VARCHAR) || ' ' || a_currency)"


MACROS: Mapping[str, Callable[..., str]] = {
    "ratio": ratio,
    "change": change,
    "div_round": div_round,
    "money": money,
}
