"""The book's filter and order: a small, checked part of SQL over the book's own columns.

    mrr > 50000/12 and score < 60
    owner in ('Ana', 'Ben') or renewal between '2026-07-01' and '2026-09-30'

People speak in points, percent and major units; the relation holds integers. Text that
is not understood is refused with one clear line, never passed on to the database.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from keepwell.words.money import minor_per_major
from keepwell.words.problem import KeepwellError, Problem, nearest

LONGEST = 2000  # characters; a longer filter is a mistake, and deep nesting would exhaust the parser


class Type(StrEnum):
    """What a part of a filter yields."""

    NUMBER = "a number"
    TEXT = "text"
    DAY = "a day"
    TRUTH = "a condition"
    NOTHING = "null"


# name → (column of the book's relation, type, stored units in one spoken unit; 0: minor units per major)
COLUMNS: dict[str, tuple[str, Type, int]] = {
    "account": ("account_id", Type.TEXT, 1),
    "name": ("name", Type.TEXT, 1),
    "state": ("state", Type.TEXT, 1),
    "score": ("score_milli", Type.NUMBER, 1_000),
    "tier": ("tier", Type.TEXT, 1),
    "delta7": ("delta7_milli", Type.NUMBER, 1_000),
    "delta30": ("delta30_milli", Type.NUMBER, 1_000),
    "coverage": ("coverage_ppm", Type.NUMBER, 10_000),
    "owner": ("owner", Type.TEXT, 1),
    "segment": ("segment", Type.TEXT, 1),
    "mrr": ("mrr_minor", Type.NUMBER, 0),
    "renewal": ("renewal_day", Type.DAY, 1),
}
COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
WORST_FIRST = "score_milli ASC NULLS LAST, mrr_minor DESC NULLS LAST, account_id"


@dataclass(frozen=True)
class Term:
    """A compiled part. `day` says that text reads as a day, so that it may stand beside one."""

    sql: str
    type: Type
    day: bool = False


def condition(text: str, currency: str) -> str:
    """The filter as one SQL condition over the book's relation; raises KeepwellError naming what is wrong."""
    if len(text) > LONGEST:
        raise _refused(f"{len(text)} characters", f"at most {LONGEST}")
    try:
        tree = sqlglot.parse_one(text, read="duckdb", into=exp.Condition)
    except (SqlglotError, RecursionError) as error:
        raise _refused(_unreadable(error, text), "a condition such as: mrr > 50000/12 and score < 60") from None
    return _Compiler(minor_per_major(currency)).truth(tree)


def order(sort: str | None) -> str:
    """The ORDER BY list: a column, "-" in front for descending; None: worst first."""
    if sort is None:
        return WORST_FIRST
    name = sort.removeprefix("-").lower()
    if name not in COLUMNS:
        raise KeepwellError(Problem(f"--sort: unknown column '{name}'", fix=nearest(name, list(COLUMNS))))
    return f"{COLUMNS[name][0]} {'DESC' if sort.startswith('-') else 'ASC'} NULLS LAST, {WORST_FIRST}"


class _Compiler:
    """Compiles one parsed filter; anything not listed here is refused."""

    def __init__(self, minor: int) -> None:
        self.minor = minor

    def truth(self, node: exp.Expr) -> str:
        """The SQL of a node that must be a condition."""
        return self._typed(node, Type.TRUTH)

    def _term(self, node: exp.Expr) -> Term:
        rules: dict[type[exp.Expr], Callable[..., Term]] = {
            exp.And: self._joined,
            exp.Or: self._joined,
            exp.Not: lambda n: Term(f"(NOT {self.truth(n.this)})", Type.TRUTH),
            exp.Paren: lambda n: self._term(n.this),
            exp.Between: self._between,
            exp.In: self._in,
            exp.Is: self._is,
            exp.Like: self._like,
            exp.ILike: self._like,
            exp.Neg: lambda n: Term(f"(- {self._typed(n.this, Type.NUMBER)})", Type.NUMBER),
            exp.Column: self._column,
            exp.Literal: self._literal,
            exp.Cast: self._day,
            exp.Null: lambda _: Term("NULL", Type.NOTHING),
            **dict.fromkeys(COMPARISONS, self._compared),
            **dict.fromkeys(ARITHMETIC, self._computed),
        }
        if type(node) not in rules:
            raise _refused(f"'{_text(node)}' is not possible here", "comparisons of the book's columns")
        return rules[type(node)](node)

    def _typed(self, node: exp.Expr, wanted: Type) -> str:
        term = self._term(node)
        if term.type is not wanted:
            raise _refused(f"'{_text(node)}' is {term.type}", str(wanted))
        return term.sql

    def _joined(self, node: exp.And | exp.Or) -> Term:
        word = "AND" if isinstance(node, exp.And) else "OR"
        return Term(f"({self.truth(node.left)} {word} {self.truth(node.right)})", Type.TRUTH)

    def _compared(self, node: exp.Binary) -> Term:
        left, right = self._alike(node, node.left, node.right)
        return Term(f"({left} {COMPARISONS[type(node)]} {right})", Type.TRUTH)

    def _computed(self, node: exp.Binary) -> Term:
        left, right = (self._typed(side, Type.NUMBER) for side in (node.left, node.right))
        return Term(f"({left} {ARITHMETIC[type(node)]} {right})", Type.NUMBER)

    def _between(self, node: exp.Between) -> Term:
        value, low, high = self._alike(node, node.this, node.args["low"], node.args["high"])
        return _negatable(node, f"({value} BETWEEN {low} AND {high})")

    def _in(self, node: exp.In) -> Term:
        if not node.expressions:
            raise _refused(f"'{_text(node)}' is not possible here", "a list, as in: owner in ('Ana', 'Ben')")
        value, *items = self._alike(node, node.this, *node.expressions)
        return _negatable(node, f"({value} IN ({', '.join(items)}))")

    def _is(self, node: exp.Is) -> Term:
        if not isinstance(node.expression, exp.Null):
            raise _refused(f"'{_text(node)}' is not possible here", "is null or is not null")
        return _negatable(node, f"({self._term(node.this).sql} IS NULL)")

    def _like(self, node: exp.Like | exp.ILike) -> Term:
        word = "ILIKE" if isinstance(node, exp.ILike) else "LIKE"
        value, pattern = (self._typed(side, Type.TEXT) for side in (node.this, node.expression))
        return _negatable(node, f"({value} {word} {pattern})")

    def _column(self, node: exp.Column) -> Term:
        name = node.name.lower()
        if node.table or name not in COLUMNS:
            found = nearest(name, list(COLUMNS))
            raise _refused(f"unknown column '{_text(node)}'", fix=f"{found}; text goes in single quotes: '{node.name}'")
        column, kind, scale = COLUMNS[name]
        scale = scale or self.minor
        # a double division by a power of ten is exact enough to meet the decimal a person typed
        return Term(f"({column} / CAST({scale} AS DOUBLE))" if kind is Type.NUMBER else column, kind)

    def _literal(self, node: exp.Literal) -> Term:
        text = str(node.this)
        if node.is_string:
            return Term(_quoted(text), Type.TEXT, _is_day(text))
        if not re.fullmatch(r"\d{1,18}(\.\d{0,9})?|\.\d{1,9}", text):
            raise _refused(f"'{text}' is not a number", "digits, as in 4166.67")
        return Term(f"CAST({text} AS DOUBLE)", Type.NUMBER)

    def _day(self, node: exp.Cast) -> Term:
        if not (
            node.to.is_type(exp.DType.DATE) and isinstance(node.this, exp.Literal) and _is_day(str(node.this.this))
        ):
            raise _refused(f"'{_text(node)}' is not possible here", "a day, as in: renewal < '2026-09-30'")
        return Term(f"DATE {_quoted(str(node.this.this))}", Type.DAY)

    def _alike(self, node: exp.Expr, *parts: exp.Expr) -> list[str]:
        """The parts' SQL when all are of one type; text beside a day must read as a day."""
        terms = [self._term(part) for part in parts]
        if any(term.type is Type.DAY for term in terms):
            terms = [self._as_day(term, part) for term, part in zip(terms, parts, strict=True)]
        types = {term.type for term in terms}
        if len(types) > 1 or Type.NOTHING in types or Type.TRUTH in types:
            kinds = " with ".join(dict.fromkeys(str(term.type) for term in terms))
            fix = "write 'is null' or 'is not null'" if Type.NOTHING in types else ""
            raise _refused(f"'{_text(node)}' compares {kinds}", fix=fix)
        return [term.sql for term in terms]

    def _as_day(self, term: Term, part: exp.Expr) -> Term:
        if term.day:
            return Term(f"DATE {term.sql}", Type.DAY)
        if term.type is Type.TEXT and isinstance(part, exp.Literal):
            raise _refused(f"{_text(part)} is not a day", "YYYY-MM-DD")
        return term


def _negatable(node: exp.Expr, sql: str) -> Term:
    return Term(f"(NOT {sql})" if node.args.get("negate") else sql, Type.TRUTH)


def _is_day(text: str) -> bool:
    try:
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _text(node: exp.Expr) -> str:
    return node.sql(dialect="duckdb", comments=False)


def _unreadable(error: SqlglotError | RecursionError, text: str) -> str:
    details = getattr(error, "errors", None)
    if not text.strip():
        return "the filter is empty"
    if details and details[0].get("highlight"):
        return f"cannot be read at character {details[0]['col']}, near '{details[0]['highlight']}'"
    return "cannot be read"


def _refused(what: str, expected: str = "", fix: str = "") -> KeepwellError:
    return KeepwellError(Problem(f"--where: {what}", expected=expected, fix=fix))
