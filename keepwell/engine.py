"""The engine that reads facts and computes scores: DuckDB, opened in one place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

import duckdb

# DuckDB 2.0.0 bounds a sum by an estimate of the rows below it; where the estimate is 0 rows, `sum(x) > 0`
# was taken for never true, and a trial of three days of use read 0
UNSOUND = "statistics_propagation"


def engine(settings: Mapping[str, Any] | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB, set as every connection of the product is: this is the one place that opens one."""
    connection = duckdb.connect(config=dict(settings or {}))
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET disabled_optimizers = '{UNSOUND}'")
    return connection


def as_pattern(path: str) -> str:
    """A path as the engine's readers of files take it, which read `*`, `?` and `[` in it as a pattern.

    >>> as_pattern("/home/what?/lake")
    '/home/what[?]/lake'
    """
    return re.sub(r"([*?[])", r"[\1]", path)


@lru_cache
def time_zones() -> tuple[str, ...]:
    """The zones by which days can be told: Python's list has some that the engine does not know, as `localtime`."""
    with engine() as connection:
        known = {name for (name,) in connection.execute("SELECT name FROM pg_timezone_names()").fetchall()}
    return tuple(sorted(known & available_timezones()))
