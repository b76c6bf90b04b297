"""A table made by the map's own `select` over text tables: history, key-value and one-to-many shapes.

Each file is a view of its name with its columns as text, and `_file`, `_line`: a select that
passes these on gives its rejects their place; otherwise `line` numbers the select's rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from keepwell.sources.session import Session, locked
from keepwell.sources.staging import Unit, identifier, literal, scan_of, unite


@contextmanager
def connect(session: Session, files: Sequence[Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own, which sees the scratch folder and the select's files only."""
    connection = locked([session.scratch], files, session.context.memory, session.scratch / "spill-select")
    try:
        yield connection
    finally:
        connection.close()


def run(
    connection: duckdb.DuckDBPyConnection, query: str, tables: Mapping[str, Sequence[Unit]], folder: Path, origin: str
) -> Unit:
    """Stage the select's result, and with it the rows of its files that could not be read; ValueError if it fails."""
    bad = [part for name, units in tables.items() for part in _view(connection, name, units)]
    query = query.strip().rstrip(";")
    try:
        names = [row[0] for row in connection.execute(f"DESCRIBE ({query}\n)").fetchall()]
        columns = {name: f"c{i}" for i, name in enumerate(n for n in names if n not in ("_line", "_file"))}
        folder.mkdir(parents=True)
        target = literal(str(folder / "0.parquet"))
        result = " UNION ALL BY NAME ".join([_result(query, names, columns), *bad])
        connection.execute(
            f"COPY (SELECT row_number() OVER () AS _row, * FROM ({result})) TO {target} (FORMAT parquet)"
        )
    except duckdb.Error as error:
        raise ValueError(f"the select fails: {str(error).splitlines()[0]}") from None
    return Unit(origin, columns, scan_of(folder, labelled=True))


def _view(connection: duckdb.DuckDBPyConnection, name: str, units: Sequence[Unit]) -> Iterator[str]:
    columns, relation = unite(units)
    if len({column.lower() for column in columns}) < len(columns):
        raise ValueError(f"'{name}' has columns whose names differ by case only")
    file = f"CASE _file {' '.join(f'WHEN {n} THEN {literal(u.origin)}' for n, u in enumerate(units))} END"
    shown = [f"{staged} AS {identifier(column)}" for column, staged in columns.items()]
    view = f"SELECT {', '.join([*shown, f'{file} AS _file', '_line'])} FROM {relation} WHERE _bad IS NULL"
    connection.execute(f"CREATE VIEW {identifier(name)} AS {view}")
    yield f"SELECT {file} AS _label, _line, _raw, _bad FROM {relation} WHERE _bad IS NOT NULL"


def _result(query: str, names: Sequence[str], columns: Mapping[str, str]) -> str:
    texts = [f"nullif({identifier(name)}::VARCHAR, '') AS {staged}" for name, staged in columns.items()]
    line = "TRY_CAST(_line AS BIGINT)" if "_line" in names else "row_number() OVER ()"
    label = "_file::VARCHAR" if "_file" in names else "NULL::VARCHAR"
    place = [f"{line} AS _line", f"{label} AS _label", "NULL::VARCHAR AS _raw", "NULL::VARCHAR AS _bad"]
    return f"SELECT {', '.join([*texts, *place])} FROM ({query}\n)"
