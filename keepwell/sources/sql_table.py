"""A table of any database that SQLAlchemy reaches, streamed as rows of text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from keepwell.sources.staging import Row
from keepwell.words.problem import KeepwellError, Problem

FETCH = 10_000


@contextmanager
def open_table(url: str, name: str) -> Iterator[tuple[list[str], Iterator[Row]]]:
    """Column names and rows of `schema.table` or `table`; KeepwellError never shows the password."""
    schema, _, table = name.rpartition(".")
    query = sa.select(sa.text("*")).select_from(sa.table(table, schema=schema or None))
    try:
        engine = sa.create_engine(url)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ModuleNotFoundError) as error:
        raise KeepwellError(
            Problem(f"table {name}: {_reason(error)}", expected="an SQLAlchemy URL of an installed driver")
        ) from None
    try:
        with engine.connect().execution_options(stream_results=True, yield_per=FETCH) as connection:
            result = connection.execute(query)
            yield list(result.keys()), _rows(result)
    except sa.exc.SQLAlchemyError as error:
        place = engine.url.render_as_string(hide_password=True)
        raise KeepwellError(Problem(f"table {name} of {place} cannot be read: {_reason(error)}")) from None
    finally:
        engine.dispose()


def _rows(result: sa.CursorResult[Any]) -> Iterator[Row]:
    names = list(result.keys())
    for line, record in enumerate(result, start=1):
        values = [text_of(value) for value in record]
        bad = "a value holds NUL bytes" if any("\0" in v for v in values if v) else None
        values = [v.replace("\0", "␀") if v else v for v in values] if bad else values
        yield Row(values, line, json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False), bad)


def text_of(value: Any) -> str | None:
    """A database value as text, lossless; an empty text reads as no value."""
    match value:
        case None | "":
            return None
        case bool():
            return "true" if value else "false"
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case bytes() | bytearray() | memoryview():
            return bytes(value).decode("utf-8", "backslashreplace")
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)


def _reason(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return (str(cause).strip() or type(cause).__name__).splitlines()[0]
