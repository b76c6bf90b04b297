"""The usual ways to write dates, to say which of them some texts follow."""

from __future__ import annotations

import duckdb

from keepwell.sources.casting import OFFSET, Zones, cast
from keepwell.sources.column_map import ColumnMap
from keepwell.sources.staging import literal
from keepwell.words.fact import Column

DAYS = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y", "%Y.%m.%d", "%Y%m%d", "%d.%m.%y", "%d/%m/%y",
    "%m/%d/%y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%d. %B %Y", "%Y-%m-%d",
)  # fmt: skip
TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", "T%H:%M", "T%H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %H:%M")
EPOCHS = {"epoch": 10, "epoch_ms": 13}  # digits of a moment of our time; without this any number would fit
USUAL = (*EPOCHS, *(day + time for time in TIMES for day in DAYS))
TEXTS = f"(SELECT t, trim(regexp_replace(t, '{OFFSET}$', '')) AS bare FROM (SELECT unnest($1) AS t))"


def fitting(
    connection: duckdb.DuckDBPyConnection, texts: list[str], column: Column, zones: Zones, more: tuple[str, ...] = ()
) -> list[str]:
    """The usual formats, and `more`, under which every one of the texts is a value of the column."""
    shaped = _all_true(connection, texts, {form: _shaped(form) for form in dict.fromkeys((*more, *USUAL))})
    values = {
        form: cast("t", column, ColumnMap.model_validate({"column": "t", "format": form}), zones) for form in shaped
    }
    return _all_true(connection, texts, {form: f"({found.value}) IS NOT NULL" for form, found in values.items()})


def exchange(form: str) -> str | None:
    """The format with day and month in each other's place; None where it has not both.

    >>> exchange("%m.%d.%Y"), exchange("%d %b %Y")
    ('%d.%m.%Y', None)
    """
    if "%d" not in form or "%m" not in form:
        return None
    return form.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def _shaped(form: str) -> str:
    """A condition that is cheap to test and leaves few formats: the exact casts of all are slow to compile."""
    if form in EPOCHS:
        return f"regexp_full_match(t, '[0-9]{{{EPOCHS[form]}}}')"
    return f"coalesce(try_strptime(t, {literal(form)}), try_strptime(bare, {literal(form)})) IS NOT NULL"


def _all_true(connection: duckdb.DuckDBPyConnection, texts: list[str], conditions: dict[str, str]) -> list[str]:
    if not conditions:
        return []
    columns = ", ".join(f"bool_and({condition})" for condition in conditions.values())
    [fits] = connection.execute(f"SELECT {columns} FROM {TEXTS}", [texts]).fetchall()
    return [form for form, fit in zip(conditions, fits, strict=True) if fit]
