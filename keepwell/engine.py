"""The engine that reads facts and computes scores: DuckDB, opened in one place."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

import duckdb

from keepwell.settings import from_environment

# DuckDB 2.0.0 bounds a sum by an estimate of the rows below it; where the estimate is 0 rows, `sum(x) > 0`
# was taken for never true, and a trial of three days of use read 0
UNSOUND = "statistics_propagation"
# of DuckDB 2 alone: its cost grows with the square of a statement's columns, to a fifth of reading the whole catalogue
SLOW = "projection_pullup"
DISABLED = UNSOUND if duckdb.__version__.startswith("1.") else f"{UNSOUND},{SLOW}"

WHOLE = "lake"  # the schema of the lake's tables; a temporary view of the same name goes before
SHARED = 50  # connections per instance: opening one costs 28 CPU-ms, a database of one's own in it 1
_OPENED = itertools.count()
_ONE_AT_A_TIME = threading.Lock()  # a connection that threads share refuses a call while it is busy with another


def engine(
    settings: Mapping[str, Any] | None = None, *, alone: bool = False, beneath: str | None = None
) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB, set as every connection of the product is: this is the one place that opens one.

    Without `settings` it may use as much of the machine as the environment says. Each has a database of its own, with
    the schemas `main` and `lake`. `alone` also gives it an instance of its own:
    what is set on it beyond the session, as a lock, then holds for no other. What its schema `lake` lacks is looked for
    in what the statements `beneath` make, once for all connections of an instance.
    """
    number, given = next(_OPENED), dict(from_environment().engine.duckdb() if settings is None else settings)
    path = f"k{number}.main,k{number}.{WHOLE}"
    if alone:
        connection, path = duckdb.connect(config=given), f"main,{WHOLE}"
        connection.execute(f"CREATE SCHEMA {WHOLE}")
    else:
        with _ONE_AT_A_TIME:
            instance = _instance(number // SHARED, tuple(sorted(given.items())))
            connection = instance.connection.cursor()
            path += f",{instance.made(beneath)}.{WHOLE}" if beneath else ""
        connection.execute(f"ATTACH ':memory:' AS k{number}; CREATE SCHEMA k{number}.{WHOLE}")
    return _in(connection, path)


def beside(first: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Another connection to the same database; what it makes there must be temporary, or `first` and others see it."""
    with _ONE_AT_A_TIME:
        [(path,)] = first.execute("SELECT current_setting('search_path')").fetchall()
        connection = first.cursor()
    return _in(connection, path)


def _in(connection: duckdb.DuckDBPyConnection, path: str) -> duckdb.DuckDBPyConnection:
    connection.execute(f"SET search_path = '{path}'; SET TimeZone = 'UTC'; SET disabled_optimizers = '{DISABLED}'")
    return connection


@dataclass(frozen=True)
class _Instance:
    """What connections of the same settings share; it ends with the last of them, their databases with it."""

    connection: duckdb.DuckDBPyConnection
    beneath: dict[str, str] = field(default_factory=dict)  # statements → the database in which they were run

    def made(self, statements: str) -> str:
        """The database in whose schema `lake` the statements have made what they make."""
        if statements not in self.beneath:
            name = f"beneath{len(self.beneath)}"
            with self.connection.cursor() as connection:
                connection.execute(f"ATTACH ':memory:' AS {name}; CREATE SCHEMA {name}.{WHOLE}; USE {name}.{WHOLE}")
                connection.execute(statements)
            self.beneath[statements] = name
        return self.beneath[statements]


@lru_cache(maxsize=2)
def _instance(number: int, settings: tuple[tuple[str, Any], ...]) -> _Instance:
    del number  # the next ones get another
    return _Instance(duckdb.connect(config=dict(settings)))


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
