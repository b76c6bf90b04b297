"""Parquet files as text where they lie: DuckDB reads and converts, no copy is made."""

from __future__ import annotations

from pathlib import Path

import duckdb

from keepwell.sources.staging import Unit, identifier, literal
from keepwell.words.problem import KeepwellError, Problem

NESTED = ("STRUCT", "MAP", "UNION")


def parquet_unit(connection: duckdb.DuckDBPyConnection, file: Path, origin: str, link: Path) -> Unit:
    """The file as a unit. `link` is made to point at it, because DuckDB reads `*?[` in a path as a pattern."""
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(file.resolve())
    scan = f"read_parquet([{literal(str(link))}], file_row_number = true)"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0].replace(str(link), file.name)
        raise KeepwellError(Problem(f"not a readable Parquet file: {reason}", file)) from None
    typed = {name: kind for name, kind, *_ in described if name != "file_row_number"}
    columns = {name: f"c{i}" for i, name in enumerate(typed)}
    texts = ", ".join(f"{_as_text(identifier(name), kind)} AS {columns[name]}" for name, kind in typed.items())
    place = "file_row_number AS _row, file_row_number + 1 AS _line, NULL::VARCHAR AS _raw"
    return Unit(
        origin, columns, f"(SELECT {texts}, {place}, NULL::VARCHAR AS _bad, NULL::VARCHAR AS _label FROM {scan})"
    )


def _as_text(column: str, kind: str) -> str:
    if kind.endswith("]") or kind.startswith(NESTED):
        return f"to_json({column})::VARCHAR"
    return f"nullif({column}, '')" if kind == "VARCHAR" else f"{column}::VARCHAR"
