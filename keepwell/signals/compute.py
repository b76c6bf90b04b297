"""A signal's value from parts that a person stated, by the same formula that reads facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from keepwell.signals.expression import formula, reads_zero
from keepwell.words.problem import KeepwellError
from keepwell.words.reading import Signal


def compute(connection: duckdb.DuckDBPyConnection, signal: Signal, given: Mapping[str, Any]) -> int | None:
    """The stored value of `signal` from its parts and details by name; counts that are not given are 0.

    None when a part that the formula needs is lacking, or is no whole number.
    """
    known = {part.name for part in signal.parts} | {detail.name for detail in signal.details}
    if not set(given) & known:
        return None
    names = {part.name: _literal(given.get(part.name), reads_zero(part.how)) for part in signal.parts}
    for detail in signal.details:
        stated = detail.name in given
        names[detail.name] = _literal(given[detail.name], zero=False) if stated else f"({formula(detail.how, names)})"
    try:
        [(value,)] = connection.execute(f"SELECT CAST({formula(signal.value, names)} AS BIGINT)").fetchall()
    except (duckdb.Error, KeepwellError):
        return None
    return None if value is None else int(value)


def _literal(value: Any, zero: bool) -> str:
    if value is None:
        return "0" if zero else "NULL"
    try:
        return str(int(str(value)))
    except ValueError:
        return "'" + str(value).replace("'", "''") + "'"
