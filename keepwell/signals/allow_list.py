"""A project's own SQL, checked by an allow-list over the parsed query (SEMANTICS, rule 10).

A select reads only the relations of known facts, joins them only within one account and
date, groups by account and date, and says nothing outside `allowed`'s vocabulary. So one
account scored alone gives what the batch gives, and no future, file or clock can enter.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlglot
from sqlglot import exp

from keepwell.signals import allowed
from keepwell.signals.expression import formula
from keepwell.signals.fault import Fault, fault_at
from keepwell.signals.one_account import READABLE, Checker
from keepwell.signals.relations import RELATIONS
from keepwell.signals.vocabulary import unknown_words
from keepwell.words.problem import nearest

FALLIBLE = (exp.Cast, exp.JSONExtractScalar)  # what fails on some row, however well the text is written
LONGEST = 8_000  # characters: a signal, not a program


def check_select(sql: str) -> tuple[str, list[Fault]]:
    """The select over `known_*` relations, ready to compile, and what is wrong with it.

    >>> check_select("select account_id, as_of, count(*) as value from ticket group by account_id, as_of")
    ('SELECT account_id, as_of, COUNT(*) AS value FROM known_ticket AS ticket GROUP BY account_id, as_of', [])
    """
    tree, faults = _parse(sql)
    if tree is None:
        return "", faults
    if not isinstance(tree, exp.Select):
        return "", [fault_at(tree, "this is not one SELECT", "write one SELECT that yields account_id, as_of, value")]
    faults = list(unknown_words(tree))
    if faults:
        return "", faults
    checker = Checker()
    checker.select(tree, READABLE)
    checker.result(tree)
    return ("" if checker.faults else _over_known(tree)), checker.faults


def check_expression(sql: str, columns: Iterable[str]) -> list[Fault]:
    """What is wrong with a scalar expression over the named columns."""
    tree, faults = _parse(sql)
    if tree is None:
        return faults
    known = frozenset(columns)
    faults = list(unknown_words(tree))
    faults += [
        fault_at(n, "a query inside an expression", "name a column") for n in tree.find_all(exp.Query, exp.Table)
    ]
    faults += [
        fault_at(column, f"unknown column '{column.sql()}'", nearest(column.name, sorted(known)))
        for column in tree.find_all(exp.Column)
        if column.name.lower() not in known or column.table
    ]
    for window in tree.find_all(exp.Window):
        faults.append(fault_at(window, "a window function in an expression", "use `select:` for windows"))
    for call in tree.find_all(*allowed.AGGREGATES):
        faults.append(fault_at(call, "an aggregate in an expression", "the expression looks at one fact"))
    return faults


def forgiving(sql: str) -> str:
    """The same text, with NULL for what cannot be cast or is no JSON: one odd row must not stop the book.

    >>> forgiving("max(CAST(subject AS BIGINT))")
    'MAX(TRY_CAST(subject AS BIGINT))'
    """
    tree = _parse(sql)[0] if sql else None
    return sql if tree is None or not tree.find(*FALLIBLE) else _forgiven(tree).sql(dialect="duckdb", comments=False)


def _forgiven(tree: exp.Expr) -> exp.Expr:
    """The innermost first, so that each is built into the ones around it."""
    whole = exp.Paren(this=tree.copy())
    for node in reversed(list(whole.find_all(*FALLIBLE))):
        if isinstance(node, exp.JSONExtractScalar):
            valid = exp.func("json_valid", node.this.copy())
            node.replace(exp.Case(ifs=[exp.If(this=valid, true=node.copy())]))
        elif not isinstance(node, exp.TryCast):
            node.replace(exp.TryCast(this=node.this, to=node.args["to"]))
    forgiven: exp.Expr = whole.this
    return forgiven


def _parse(sql: str) -> tuple[exp.Expr | None, list[Fault]]:
    if len(sql) > LONGEST:
        return None, [Fault(f"the text has {len(sql)} characters", f"stay under {LONGEST}")]
    try:
        trees = [tree for tree in sqlglot.parse(sql, dialect="duckdb") if tree is not None]
    except sqlglot.ParseError as error:
        first = error.errors[0] if error.errors else {}
        column = int(first.get("col") or 1) - max(0, len(first.get("highlight") or " ") - 1)
        what = str(first.get("description") or error).rstrip(".")
        return None, [Fault(f"not valid SQL: {what}", "correct the text", int(first.get("line") or 1), max(1, column))]
    except sqlglot.errors.TokenError as error:
        return None, [Fault(f"not valid SQL: {error}", "correct the text")]
    except RecursionError:
        return None, [Fault("the expression is nested too deeply", "split it into parts of a WITH")]
    if len(trees) != 1:
        return None, [Fault(f"{len(trees)} statements", "write exactly one")]
    return trees[0], []


def _over_known(tree: exp.Select) -> str:
    """The same select over the compiler's relations."""
    parts = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in list(tree.find_all(exp.Table)):
        name = table.name.lower()
        if name in RELATIONS and name not in parts:
            table.replace(exp.alias_(exp.to_table(f"known_{name}"), table.alias or name, table=True))
    return formula(_forgiven(tree).sql(dialect="duckdb", comments=False), {})
