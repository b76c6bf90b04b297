"""Reads a source map and finds, before any data is touched, what could never work in it."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import duckdb

from keepwell import document
from keepwell.document import Step
from keepwell.engine import time_zones
from keepwell.sources import sql_guard
from keepwell.sources.column_map import ColumnMap, FactMap, Key, SourceMap, TableMap
from keepwell.words.fact import KINDS, Column, Type
from keepwell.words.problem import KeepwellError, Problem, nearest

Place = tuple[Step, ...]
TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson")
SUFFIXES = (*TEXT_SUFFIXES, *(f"{suffix}.gz" for suffix in TEXT_SUFFIXES), ".parquet")
DATED = (Type.DAY, Type.MOMENT)
NUMBERS = (Type.INTEGER, Type.MONEY)
EPOCHS = ("epoch", "epoch_ms")
MOST_MONEY_SCALE = 100_000  # amounts stay within 128 bits
WITHOUT_ACCOUNT = ("account", "fx")
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def read_source(file: Path) -> SourceMap:
    """Parse and check sources/<name>.yml; KeepwellError lists every problem with its place."""
    return _checked(file, document.read(file).text)


@lru_cache(maxsize=256)
def _checked(file: Path, text: str) -> SourceMap:
    """The map that a file's text says, which it says as long as it stays the same."""
    found = document.parse(text, file)
    source = found.check(SourceMap).bind(found)
    problems = list(_problems(source))
    if problems:
        raise KeepwellError(*problems)
    return source


def _problems(source: SourceMap) -> Iterator[Problem]:
    if source.time_zone and source.time_zone not in time_zones():
        close = nearest(source.time_zone, time_zones())
        yield source.problem(("time_zone",), f"unknown time zone '{source.time_zone}'", fix=close)
    for i, gap in enumerate(source.gaps):
        if gap.until < gap.since:
            yield source.problem(("gaps", i), "the gap ends before it begins")
    if source.known_at:
        moment = Column("known_at", Type.MOMENT)
        yield from _column_problems(source, ("known_at",), moment, source.known_at)
    loads = {(fact.kind, fact.load) for table in source.tables for fact in table.facts}
    for kind in {kind for kind, _ in loads}:
        if len({load for other, load in loads if other == kind}) > 1:
            yield source.problem(
                ("tables",), f"{kind} is loaded both as snapshot and as append", "one 'load:' per kind"
            )
    for i, table in enumerate(source.tables):
        yield from _table_problems(source, ("tables", i), table)
        for j, fact in enumerate(table.facts):
            yield from _fact_problems(source, ("tables", i, "facts", j), fact)


def _table_problems(source: SourceMap, path: Place, table: TableMap) -> Iterator[Problem]:
    ways = [table.file is not None, table.url is not None, table.select is not None]
    if sum(ways) != 1:
        yield source.problem(
            path, "a table needs one origin", "one of 'file', 'url' with 'table', 'select' with 'files'"
        )
    if (table.url is None) != (table.table is None):
        yield source.problem(path, "'url' and 'table' belong together")
    if (table.select is None) != (not table.files):
        yield source.problem(path, "'select' and 'files' belong together")
    for name, file in {**({"file": table.file} if table.file else {}), **table.files}.items():
        if "$" not in file and not file.lower().endswith(SUFFIXES):
            where = (*path, "file") if name == "file" and table.file else (*path, "files", name)
            yield source.problem(where, f"'{file}' is of no known format", ", ".join(SUFFIXES))
    if table.select:
        yield from _sql_problem(source, (*path, "select"), lambda: sql_guard.select(table.select or "", table.files))
    if table.delimiter is not None and len(table.delimiter) != 1:
        yield source.problem((*path, "delimiter"), "the delimiter is not one character")
    try:
        codecs.lookup(table.encoding)
    except LookupError:
        yield source.problem(
            (*path, "encoding"), f"unknown encoding '{table.encoding}'", "utf-8, latin-1, cp1252, utf-16"
        )


def _fact_problems(source: SourceMap, path: Place, fact: FactMap) -> Iterator[Problem]:
    if fact.kind not in KINDS:
        yield source.problem((*path, "kind"), f"unknown fact kind '{fact.kind}'", fix=nearest(fact.kind, list(KINDS)))
        return
    yield from _key_problems(source, (*path, "id"), fact.id)
    if fact.account is None and fact.kind not in WITHOUT_ACCOUNT:
        yield source.problem(
            path, "'account' is missing", fix="add 'account:' with the column that refers to the account"
        )
    if fact.account is not None:
        yield from _key_problems(source, (*path, "account"), fact.account.column)
    if fact.where is not None:
        yield from _sql_problem(source, (*path, "where"), lambda: sql_guard.condition(fact.where or ""))
    if fact.version:
        yield from _column_problems(source, (*path, "version"), Column("version", Type.MOMENT), fact.version)
    names = [c.name for c in fact.of.columns]
    for name, mapped in fact.columns.items():
        column = fact.of.column(name)
        where = (*path, "columns", name)
        if column is None:
            yield source.problem(where, f"unknown column '{name}' of {fact.kind}", fix=nearest(name, names))
        else:
            yield from _column_problems(source, where, column, mapped)
            if mapped.known == "at_start" and name == fact.of.dated_by:
                yield source.problem(where, f"'{name}' dates the row itself: it cannot be known at its start")
    for column in fact.of.columns:
        if column.required and column.name not in fact.columns:
            yield source.problem(path, f"{fact.kind} needs the column '{column.name}'", fix="map it under 'columns:'")


def _column_problems(source: SourceMap, path: Place, column: Column, mapped: ColumnMap) -> Iterator[Problem]:
    if (mapped.column is None) == (mapped.constant is None):
        yield source.problem(path, f"'{column.name}' needs either 'column' or 'constant'")
    only = {
        "format": (mapped.format, DATED),
        "known": (mapped.known == "at_start", DATED),
        "decimal": (mapped.decimal == ",", NUMBERS),
        "scale": (mapped.scale, NUMBERS),
        "round": (mapped.round, NUMBERS),
        "minor": (mapped.minor, (Type.MONEY,)),
    }
    for option, (given, types) in only.items():
        if given and column.type not in types:
            yield source.problem((*path, option), f"'{option}' does not fit '{column.name}', which is {column.type}")
    if column.type is Type.MONEY and (mapped.scale or 1) > MOST_MONEY_SCALE:
        yield source.problem((*path, "scale"), f"the scale of money is at most {MOST_MONEY_SCALE}")
    if mapped.since and column.type in DATED:
        yield source.problem((*path, "since"), f"'{column.name}' is a date: it says 'known', not 'since'")
    for text in mapped.format:
        if fault := _format_fault(text):
            yield source.problem((*path, "format"), fault, "such as %d.%m.%Y %H:%M:%S, with %z last for an offset")


def _key_problems(source: SourceMap, path: Place, key: Key) -> Iterator[Problem]:
    if bool(key.columns) == (key.template is not None):
        yield source.problem(path, 'an id is a column, a list of columns, or {template: "{a}-{b}"}')
    for column in key.columns:
        if PLACEHOLDER.search(column):
            fix = f"write {{template: {json.dumps(column, ensure_ascii=False)}}}"
            yield source.problem(path, f"'{column}' is a template, not the name of a column", fix=fix)
    if key.template is not None and not PLACEHOLDER.search(key.template):
        yield source.problem(path, f"the template '{key.template}' names no column", "{column} in it")


def _sql_problem(source: SourceMap, path: Place, parse: Callable[[], object]) -> Iterator[Problem]:
    try:
        parse()
    except ValueError as error:
        yield source.problem(path, str(error))


def _format_fault(text: str) -> str | None:
    if text in EPOCHS:
        return None
    bare = text.removesuffix("%z")
    if "%z" in bare or "%Z" in bare:
        return f"the format '{text}' has its time zone before the end, or by name"
    if "%" not in bare:
        return f"'{text}' is not a date format"
    try:
        duckdb.execute("SELECT try_strptime('', $1)", [bare])
    except duckdb.Error:
        return f"'{text}' is not a date format"
    return None
