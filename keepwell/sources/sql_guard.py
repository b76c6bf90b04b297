"""A project's own SQL over a source's text tables: one expression or one select, and nothing beyond its tables."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from keepwell.words.problem import nearest

# reach files, settings or the catalogue
OUTSIDE = (
    *("read_", "parquet_", "duckdb_", "pragma", "sniff_", "glob", "getenv", "getvariable", "current_setting"),
    *("query", "which_secret", "write_log", "iceberg_", "delta_", "sqlite_", "postgres_", "mysql_", "st_read"),
)
# differ from run to run, so that a load could not be repeated
UNSTEADY = (
    *("rand", "uuid", "gen_random_uuid", "setseed", "nextval", "currval", "now", "today", "get_current", "current_"),
    *("transaction_timestamp", "statement_timestamp", "clock_timestamp", "localtime", "txid_current"),
)

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # its warnings repeat what the check below says


def condition(text: str) -> exp.Expr:
    """Parse a `where`: one expression over the row's own columns; ValueError says what is wrong."""
    tree = _parse(f"SELECT 1 WHERE (\n{text}\n)")
    given = {part for part, value in tree.args.items() if value}
    if given != {"expressions", "where"} or not isinstance(tree.args["where"].this, exp.Paren):
        raise ValueError("where is not one condition")
    inner = tree.args["where"].this
    if inner.find(exp.Query, exp.Table, exp.Window):
        raise ValueError("where reads beyond its own row (subqueries and windows need a 'select' table)")
    _check_functions(inner)
    found: exp.Expr = inner.this
    return found


def on_columns(tree: exp.Expr, columns: Mapping[str, str]) -> str:
    """The condition as DuckDB SQL over the staged columns; ValueError names an unknown column."""

    def rename(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        found = columns.get(node.name) or _insensitive(node.name, columns)
        if found is None or node.args.get("table"):
            raise ValueError(f"where names an unknown column '{node.sql()}'; {nearest(node.name, list(columns))}")
        return exp.column(found, quoted=True)

    return tree.copy().transform(rename).sql(dialect="duckdb", comments=False)


def select(text: str, tables: Collection[str]) -> exp.Expr:
    """Parse a `select` over the named tables only; ValueError says what is wrong."""
    tree = _parse(text)
    beyond = (exp.DML, exp.DDL, exp.Command, exp.Into, exp.Placeholder, exp.Parameter)
    if not isinstance(tree, exp.Query) or any(
        node for node in tree.find_all(*beyond) if not isinstance(node, exp.Query)
    ):
        raise ValueError("select does more than select")
    named = {cte.alias.lower() for cte in tree.find_all(exp.CTE)} | {t.lower() for t in tables}
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or table.args.get("db"):
            raise ValueError(f"select reads {table.sql()!r}, which is not one of its files")
        if table.name.lower() not in named:
            raise ValueError(f"select reads an unknown table '{table.name}'; {nearest(table.name, list(tables))}")
    _check_functions(tree)
    return tree


def _parse(text: str) -> exp.Expr:
    try:
        trees = [t for t in sqlglot.parse(text, read="duckdb") if t is not None]
    except SqlglotError as error:
        raise ValueError(f"not valid SQL: {str(error).splitlines()[0]}") from None
    if len(trees) != 1:
        raise ValueError("more than one SQL statement")
    return trees[0]


def _check_functions(tree: exp.Expr) -> None:
    for node in tree.find_all(exp.Func):
        name = (node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower()
        if name.startswith(OUTSIDE):
            raise ValueError(f"the function '{name}' is not allowed: it reads beyond the source's tables")
        if name.startswith(UNSTEADY):
            raise ValueError(f"the function '{name}' is not allowed: it would give another result each run")


def _insensitive(name: str, columns: Mapping[str, str]) -> str | None:
    found = [staged for column, staged in columns.items() if column.lower() == name.lower()]
    return found[0] if len(found) == 1 else None
