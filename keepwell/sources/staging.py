"""A table as text: every value VARCHAR, every row with the place it came from, as relations for DuckDB.

Readers write chunks of rows to Parquet in the load's own scratch folder, so that memory
stays bounded whatever the size of the table; Parquet inputs are read where they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

CHUNK = 100_000  # rows held in memory by a reader


@dataclass(frozen=True)
class Row:
    """One record as a reader saw it. `bad` says why it could not be read; then values are what could be told."""

    values: Sequence[str | None]
    line: int
    raw: str
    bad: str | None = None


@dataclass(frozen=True)
class Unit:
    """One staged file or table: its columns, and SQL that selects them as text.

    `columns` maps the source's names to identifiers of the relation `scan`, which further
    has _row (unique), _line, _raw (None where it can be rebuilt), _bad and _label.
    """

    origin: str
    columns: dict[str, str]
    scan: str


def literal(text: str) -> str:
    """Any text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Any name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def stage(folder: Path, origin: str, names: Sequence[str], rows: Iterable[Row]) -> Unit:
    """Write rows of fixed columns to `folder`."""
    columns = {name: f"c{i}" for i, name in enumerate(names)}
    folder.mkdir(parents=True)
    start = 0
    for number, chunk in enumerate(_chunks(rows)):
        _write(folder / f"{number:06}.parquet", start, list(columns.values()), chunk)
        start += len(chunk)
    if not start:
        _write(folder / "empty.parquet", 0, list(columns.values()), [])
    return Unit(origin, columns, scan_of(folder))


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def _write(file: Path, start: int, names: Sequence[str], chunk: Sequence[Row]) -> None:
    lists = list(zip(*(row.values for row in chunk), strict=True)) or [()] * len(names)
    arrays: dict[str, object] = {name: pa.array(v, pa.string()) for name, v in zip(names, lists, strict=True)}
    arrays["_row"] = pa.array(range(start, start + len(chunk)), pa.int64())
    arrays["_line"] = pa.array([row.line for row in chunk], pa.int64())
    arrays["_raw"] = pa.array([row.raw for row in chunk], pa.string())
    arrays["_bad"] = pa.array([row.bad for row in chunk], pa.string())
    pq.write_table(pa.table(arrays), file, compression="zstd")


def scan_of(folder: Path, labelled: bool = False) -> str:
    """The relation over all chunks of a folder; without labels of their own, rows bear their unit's."""
    files = ", ".join(literal(str(file)) for file in sorted(folder.glob("*.parquet")))
    label = "" if labelled else ", NULL::VARCHAR AS _label"
    return f"(SELECT *{label} FROM read_parquet([{files}]))"


def unite(units: Sequence[Unit]) -> tuple[dict[str, str], str]:
    """All units as one relation: source column → identifier, and its SQL with `_file` numbering the units."""
    columns: dict[str, str] = {}
    for unit in units:
        for name in unit.columns:
            columns.setdefault(name, f"u{len(columns)}")
    return columns, "(" + " UNION ALL ".join(_selected(n, u, columns) for n, u in enumerate(units)) + ")"


def _selected(number: int, unit: Unit, columns: dict[str, str]) -> str:
    parts = [f"{number}::INTEGER AS _file", "_row", "_line", "_raw", "_bad", "_label"]
    for name, identity in columns.items():
        value = identifier(unit.columns[name]) if name in unit.columns else "NULL::VARCHAR"
        parts.append(f"{value} AS {identity}")
    return f"SELECT {', '.join(parts)} FROM {unit.scan}"
