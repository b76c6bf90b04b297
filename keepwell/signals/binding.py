"""Trial of a project's SQL on empty relations: types and names that only the engine can judge."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import duckdb

from keepwell.engine import engine
from keepwell.signals.expression import formula
from keepwell.signals.relations import ATTRIBUTE_COLUMNS, RELATIONS

INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER"})


def type_of_value(select: str) -> str:
    """The DuckDB type of the column `value` of a select over `known_*` relations.

    Raises ValueError, with the engine's first line, when the select cannot run.
    """
    return _described(select)["value"]


def type_of(expression: str, columns: Mapping[str, str]) -> str:
    """The type of a scalar expression over typed columns; ValueError when it cannot run."""
    row = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in columns.items())
    return _described(f"SELECT {formula(expression, {})} AS value FROM (SELECT {row}) AS one")["value"]


def _described(select: str) -> dict[str, str]:
    try:
        rows = _empty().cursor().execute(f"DESCRIBE {select}").fetchall()
    except duckdb.Error as error:
        raise ValueError(str(error).splitlines()[0]) from None
    return {row[0].lower(): row[1] for row in rows}


@cache
def _empty() -> duckdb.DuckDBPyConnection:
    """A locked engine that holds the relations' columns and nothing else."""
    connection = engine({"enable_external_access": "false", "threads": 1}, alone=True)
    tables = {f"known_{name}": columns for name, columns in RELATIONS.items()}
    tables["attributes"] = {"account_id": "VARCHAR", "as_of": "DATE", **ATTRIBUTE_COLUMNS}
    for name, columns in tables.items():
        named = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        connection.execute(f'CREATE TABLE "{name}" ({named})')
    return connection
