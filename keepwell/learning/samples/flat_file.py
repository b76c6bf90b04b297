"""Flat files: the rows of a CSV or Parquet file, and one clear line about those that cannot be read."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from keepwell.engine import as_pattern, engine
from keepwell.words.problem import KeepwellError, Problem

DELIMITERS = (",", ";", "\t", "|")
SHOWN = {"\t": "a tab"}


def read(file: Path) -> pa.Table:
    """Every row of the file."""
    if not file.is_file():
        raise KeepwellError(Problem("file not found", file, fix="check --examples"))
    kind = file.suffix.lower()
    if kind not in (".csv", ".parquet"):
        raise KeepwellError(Problem(f"'{file.suffix}' is no format of examples", file, expected=".csv or .parquet"))
    given, reader = [as_pattern(str(file))], "read_parquet(?)"
    if kind == ".csv":
        given.append(_delimiter(file))
        reader = "read_csv(?, delim = ?, quote = '\"', escape = '\"', header = true, sample_size = -1)"
    try:
        with engine() as connection:
            table: pa.Table = connection.sql(f"SELECT * FROM {reader}", params=given).to_arrow_table()
    except duckdb.Error as error:
        raise KeepwellError(Problem(f"cannot be read: {str(error).splitlines()[0]}", file)) from None
    if table.num_rows == 0:
        raise KeepwellError(Problem("the table is empty", file))
    return table


def _delimiter(file: Path) -> str:
    """What separates its columns, by its first line; KeepwellError where a later line has more or fewer of them."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            first = next(lines, "")
            delimiter = max(DELIMITERS, key=lambda one: len(next(csv.reader([first], delimiter=one), ())))
            lines.seek(0)
            _check_rows(file, _rows(file, csv.reader(lines, delimiter=delimiter, strict=True)), delimiter)
    except UnicodeDecodeError:
        raise KeepwellError(Problem("this is no text in UTF-8", file, fix="save it as UTF-8")) from None
    return delimiter


def _rows(file: Path, reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, with the line on which each begins."""
    line = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            what = f"the row that begins here is no CSV: {error}"
            raise KeepwellError(
                Problem(what, file, line, fix="close its quotation marks, and double those inside")
            ) from None
        if row is None:
            return
        if row:
            yield line, row
        line = reader.line_num + 1  # type: ignore[attr-defined]  # a row may be of several lines


def _check_rows(file: Path, rows: Iterator[tuple[int, list[str]]], delimiter: str) -> None:
    _, head = next(rows, (1, []))
    for line, row in rows:
        if len(row) != len(head):
            separated = SHOWN.get(delimiter, f"'{delimiter}'")
            what = f"the first line has {len(head)} columns separated by {separated}, this one {len(row)}"
            raise KeepwellError(
                Problem(what, file, line, fix="mend the line, or quote a value that holds the separator")
            )
