"""Opens what a table's map names as staged units: each file or SQL table once, whichever facts it feeds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb

from keepwell.sources import csv_file, json_file, select_table
from keepwell.sources.column_map import SourceMap, TableMap
from keepwell.sources.context import IngestContext
from keepwell.sources.inputs import InputFile, filled, find
from keepwell.sources.parquet_file import parquet_unit
from keepwell.sources.session import Session
from keepwell.sources.sql_table import open_table
from keepwell.sources.staging import Row, Unit, stage
from keepwell.words.problem import KeepwellError

TABBED = (".tsv", ".tsv.gz", ".tab")
Files = dict[str, list[InputFile]]  # by the name under which the table's map knows them


@dataclass
class Input:
    """One thing that is loaded as a whole: a file, an SQL table, or a select; staged when first asked for."""

    origin: str
    digest: str
    open: Callable[[], Unit]

    @cached_property
    def unit(self) -> Unit:
        """The staged rows."""
        return self.open()


def find_files(source: SourceMap, table: int, context: IngestContext) -> Files:
    """The files of one table's map; KeepwellError where one is missing that may not be."""
    mapped = source.tables[table]
    named = {"": mapped.file} if mapped.file is not None else dict(mapped.files)
    found: Files = {}
    for name, pattern in named.items():
        path = ("tables", table, "files", name) if name else ("tables", table, "file")
        matching = find(source, path, pattern, context.environment)
        found[name] = matching[-1:] if mapped.only_newest else matching
        if not found[name] and not may_be_absent(source, mapped, context):
            fix = "check the name and 'folder:', or say 'may_be_absent: true'"
            raise KeepwellError(source.problem(path, f"no file matches '{pattern}'", fix=fix))
    return found


def may_be_absent(source: SourceMap, table: TableMap, context: IngestContext) -> bool:
    """Whether a load goes on without the table: it says so, or its source is no longer fed."""
    return table.may_be_absent or (source.retired is not None and source.retired <= context.today)


def open_inputs(session: Session, table: int, files: Files) -> list[Input]:
    """Everything one table's map loads; empty when it may be absent and is."""
    mapped = session.source.tables[table]
    folder = session.scratch / f"table-{table}"
    if mapped.url is not None:
        return [_sql_input(session, table, folder)]
    if mapped.select is not None:
        return [_select_input(session, table, folder, files)] if all(files.values()) else []
    return [
        Input(file.origin, file.digest, _opener(session.connection, mapped, file, folder / str(number)))
        for number, file in enumerate(files[""])
    ]


def _opener(
    connection: duckdb.DuckDBPyConnection, mapped: TableMap, file: InputFile, folder: Path
) -> Callable[[], Unit]:
    return lambda: open_file(connection, mapped, file, folder)


def open_file(connection: duckdb.DuckDBPyConnection, mapped: TableMap, file: InputFile, folder: Path) -> Unit:
    """Stage one file by its format."""
    name = file.file.name.lower()
    if name.endswith(".parquet"):
        return parquet_unit(connection, file.file, file.origin, folder / "link.parquet")
    if ".jsonl" in name or ".ndjson" in name:
        columns = json_file.names(file.file, mapped.encoding)
        with csv_file.open_text(file.file, mapped.encoding) as text:
            return stage(folder, file.origin, columns, json_file.rows(text, columns))
    with csv_file.open_text(file.file, mapped.encoding) as text:
        delimiter = mapped.delimiter or ("\t" if name.endswith(TABBED) else ",")
        records = csv_file.CsvFile(text, file.file, delimiter)
        return stage(folder, file.origin, records.names, records.rows())


def _sql_input(session: Session, table: int, folder: Path) -> Input:
    mapped = session.source.tables[table]
    url = filled(session.source, ("tables", table, "url"), mapped.url or "", session.context.environment)
    name = filled(session.source, ("tables", table, "table"), mapped.table or "", session.context.environment)
    digest = hashlib.sha256()

    def digested(rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            digest.update(row.raw.encode(errors="replace") + b"\n")
            yield row

    with open_table(url, name) as (columns, rows):
        unit = stage(folder, name, columns, digested(rows))
    return Input(name, digest.hexdigest(), lambda: unit)


def _select_input(session: Session, table: int, folder: Path, files: Files) -> Input:
    mapped = session.source.tables[table]
    every = [file for found in files.values() for file in found]
    digest = hashlib.sha256((mapped.select or "").encode())
    for name, found in sorted(files.items()):
        digest.update("".join(f"{name} {file.origin} {file.digest}\n" for file in found).encode())
    origin = ", ".join(dict.fromkeys(file.origin for file in every))

    def run() -> Unit:
        with select_table.connect(session, [file.file for file in every]) as connection:
            units = {
                name: [open_file(connection, mapped, f, folder / name / str(n)) for n, f in enumerate(found)]
                for name, found in files.items()
            }
            try:
                return select_table.run(connection, mapped.select or "", units, folder / "result", origin)
            except ValueError as error:
                raise KeepwellError(session.source.problem(("tables", table, "select"), str(error))) from None

    return Input(origin, digest.hexdigest(), run)
