"""SQL fragments of signal specs: parts' aggregates and scalar formulas, exact in integers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import sqlglot
from sqlglot import exp

from keepwell.words.problem import KeepwellError, Problem
from keepwell.words.reading import Window

# aggregates that sqlglot keeps as plain function calls
PLAIN_AGGREGATES = frozenset({"bit_or", "quantile_disc", "string_agg", "any_value", "first", "bool_or", "bool_and"})
# aggregates that pass over NULL and hold one number at a time: a CASE restricts them as well as a FILTER does
FOLDING = (exp.Count, exp.CountIf, exp.Sum, exp.Min, exp.Max, exp.BitwiseOrAgg)
ZERO_WHEN_EMPTY = (exp.Count, exp.CountIf, exp.Sum, exp.BitwiseOrAgg)
# one aggregate of one column under a filter without macros: nothing to take apart, which saves most of the parsing
PLAIN_CALL = re.compile(r"(count|sum|min|max|bit_or|count_if)\((DISTINCT )?(\*|\w+)( > 0)?\)")
REWRITTEN = re.compile(r"\b(ratio|change|div_round|money)\(|--|/\*", re.IGNORECASE)
TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|\s+|.""", re.DOTALL)
PPM = 1_000_000
CHANGE_CAP = 10 * PPM  # +1000 %
SMALL = 10**12  # figures whose difference, doubled and times a million, fits into 64 bits


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
        operand = (rename or {}).get(column, column) + above
        return f"{name}({distinct}{_among(operand, condition) if condition else operand})"
    text = formula(how, rename or {})
    return _restricted(parsed(text).copy(), _condition(condition)).sql(dialect="duckdb") if condition else text


def _among(operand: str, condition: str) -> str:
    return f"CASE WHEN {condition} THEN {'1' if operand == '*' else operand} END"


def _restricted(tree: exp.Expr, where: exp.Expr) -> exp.Expr:
    """Every aggregate of the tree over the rows that meet a condition.

    By a CASE where that is enough: DuckDB sets up each FILTER of a grouping again for every other one.
    """
    for call in list(tree.find_all(exp.AggFunc, exp.Anonymous)):
        if not _is_aggregate(call):
            continue
        if isinstance(call, FOLDING):
            operand = call.this.expressions[0] if isinstance(call.this, exp.Distinct) else call.this
            then = exp.Literal.number(1) if isinstance(operand, exp.Star) else operand.copy()
            operand.replace(exp.Case(ifs=[exp.If(this=where.copy(), true=then)]))
        elif not isinstance(call.parent, exp.Filter):
            tree = _filtered(tree, call, where)
    return tree


def _filtered(tree: exp.Expr, call: exp.Expr, where: exp.Expr) -> exp.Expr:
    target = call.parent if isinstance(call.parent, exp.WithinGroup) else call
    filtered = exp.Filter(this=target.copy(), expression=exp.Where(this=where.copy()))
    if target is tree:
        return filtered
    target.replace(filtered)
    return tree


@cache
def _condition(sql: str) -> exp.Expr:
    """A filter with its macros written out; many parts share one. To be copied where it is built in."""
    return parsed(formula(sql, {}))


@cache
def reads_zero(how: str) -> bool:
    """Whether the aggregate of no rows is 0 (counts, sums, masks) rather than unknown."""
    tree = parsed(how)
    outer = tree.find(exp.AggFunc, exp.Anonymous)
    if isinstance(outer, exp.Anonymous):
        return outer.name.lower() in {"bit_or", "count_if"}
    return isinstance(outer, ZERO_WHEN_EMPTY)


def formula(sql: str, columns: Mapping[str, str]) -> str:
    """A scalar expression with names replaced by the SQL they stand for and macros written out.

    As text: the specs were parsed when they were read, and a statement holds hundreds of them.

    >>> formula("b + a.b || 'b'", {"b": "w1"})
    "w1 + a.b || 'b'"
    """
    return _written(TOKEN.findall(sql), columns)


def _written(tokens: Sequence[str], columns: Mapping[str, str]) -> str:
    written, position = [], 0
    while position < len(tokens):
        word, opens = tokens[position], position + 1 < len(tokens) and tokens[position + 1] == "("
        if opens and word.lower() in MACROS:
            arguments, position = _arguments(tokens, position + 2)
            written.append(MACROS[word.lower()](*(f"({_written(each, columns)})" for each in arguments)))
        else:
            named = not opens and (position == 0 or tokens[position - 1] != ".")
            written.append(columns.get(word, word) if named else word)
        position += 1
    return "".join(written)


def _arguments(tokens: Sequence[str], start: int) -> tuple[list[list[str]], int]:
    """The arguments of a call whose first piece is at `start`, and the position of its closing parenthesis."""
    arguments: list[list[str]] = [[]]
    depth = 0
    for position in range(start, len(tokens)):
        piece = tokens[position]
        if piece == ")" and depth == 0:
            return arguments, position
        if piece == "," and depth == 0:
            arguments.append([])
            continue
        depth += (piece in "([{") - (piece in ")]}")
        arguments[-1].append(piece)
    raise KeepwellError(Problem(f"not a valid expression: {''.join(tokens)!r} (a parenthesis is not closed)"))


def window_condition(window: Window | None, where: str, *, ahead: bool = True) -> str:
    """Rows of a part: its own filter and its days back; with `ahead` some rows may be dated after the day one reads."""
    pieces = [f"({where})"] if where else []
    if window is not None and (window.until or ahead):
        pieces.append(f"age >= {window.until}")
    if window is not None:
        pieces.append(f"age < {window.since}")
    return " AND ".join(pieces)


def _is_aggregate(call: exp.Expr) -> bool:
    return isinstance(call, exp.AggFunc) or call.name.lower() in PLAIN_AGGREGATES


def div_round(numerator: str, denominator: str) -> str:
    """Integer division rounded half away from zero; NULL by a zero denominator (SEMANTICS, rule 11).

    Half a denominator is added on the numerator's side, because `//` cuts towards zero.
    """
    half = f"CASE WHEN {numerator} < 0 THEN -abs({denominator}) ELSE abs({denominator}) END"
    return f"((2 * {numerator} + {half}) // nullif(2 * {denominator}, 0))"


def ratio(part: str, base: str) -> str:
    """part ÷ base in parts per million."""
    return _sized([part, base], lambda p, b: div_round(f"({p} * {PPM})", b))


def change(now: str, before: str) -> str:
    """Relative change in parts per million, at most +1000 %; from nothing to something is +100 %."""

    def relative(late: str, early: str) -> str:
        return f"least({div_round(f'(({late} - {early}) * {PPM})', early)}, {CHANGE_CAP})"  # of NULL it is the cap

    return (
        f"(CASE WHEN {now} IS NULL OR {before} IS NULL THEN NULL"
        f" WHEN {before} = 0 THEN CASE WHEN {now} > 0 THEN {PPM} END ELSE {_sized([now, before], relative)} END)"
    )


def _sized(figures: Sequence[str], written: Callable[..., str]) -> str:
    """A formula that multiplies by a million: in 64 bits where they are enough, which is ten times faster than 128."""
    small = " AND ".join(f"abs({figure}) < {SMALL}" for figure in figures)
    large = written(*(f"CAST({figure} AS HUGEINT)" for figure in figures))
    return f"(CASE WHEN {small} THEN {written(*figures)} ELSE TRY_CAST({large} AS BIGINT) END)"


def money(minor: str) -> str:
    """An amount of the reporting currency as a person reads it: '1250 EUR'."""
    return f"(CAST({div_round(minor, 'a_money_scale')} AS VARCHAR) || ' ' || a_currency)"


MACROS: Mapping[str, Callable[..., str]] = {
    "ratio": ratio,
    "change": change,
    "div_round": div_round,
    "money": money,
}
