"""Score readings rows held in Python through the compiled statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from keepwell.scoring.compile import Compiled

Values = Mapping[str, Any]
ARROW = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "DATE": pa.date32(), "BOOLEAN": pa.bool_()}
RELATION = "given_readings"


def evaluate(connection: duckdb.DuckDBPyConnection, compiled: Compiled, rows: Sequence[Values]) -> list[dict[str, Any]]:
    """Scores rows of readings rows, in the same order."""
    return _run(connection, compiled.sql(RELATION), compiled.columns, rows)


def evaluate_detail(
    connection: duckdb.DuckDBPyConnection, compiled: Compiled, rows: Sequence[Values], *, ranges: bool = True
) -> list[dict[str, Any]]:
    """Rows of the explaining statement; a row's `force` names a measure to be taken at its best."""
    sql = compiled.detail_sql(RELATION, ranges=ranges)
    return _run(connection, sql, {**compiled.columns, "force": "VARCHAR"}, rows) if rows else []


def as_scored(compiled: Compiled, detail: Values) -> dict[str, Any]:
    """The scores row of an explaining row: where there is no score, no row has points."""
    nothing = {} if detail["score_milli"] is not None else {row.column: None for row in compiled.rows}
    return {**detail, **nothing}


def _run(
    connection: duckdb.DuckDBPyConnection, sql: str, columns: Mapping[str, str], rows: Sequence[Values]
) -> list[dict[str, Any]]:
    order = pa.array(range(len(rows)), pa.int64())
    given = {name: pa.array([row.get(name) for row in rows], ARROW[kind]) for name, kind in columns.items()}
    connection.register(RELATION, pa.table({**given, "account_id": order.cast(pa.string())}))
    try:
        cursor = connection.execute(f"SELECT * FROM ({sql}) ORDER BY CAST(account_id AS BIGINT)")
        names = [column[0] for column in cursor.description or ()]
        found = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    finally:
        connection.unregister(RELATION)
    return [{**row, "account_id": given_row.get("account_id")} for row, given_row in zip(found, rows, strict=True)]
