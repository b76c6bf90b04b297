"""What the machine knows and computed: Delta tables in a folder, read with DuckDB.

Every row carries the `batch` that wrote it. Readers see published batches only, so
never half a run (SEMANTICS, rule 1). Delta's own versions are never relied on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pyarrow as pa
from deltalake import DeltaTable, WriterProperties, write_deltalake

from keepwell.engine import WHOLE, as_pattern, beside, engine
from keepwell.failpoint import reach
from keepwell.words.fact import KINDS
from keepwell.words.problem import KeepwellError, Problem

TABLES: dict[str, dict[str, str]] = {
    **{f"fact_{name}": kind.schema for name, kind in KINDS.items()},
    # what the usage rollup was last built from: of its rows, those of this batch and later ones count
    "rollup_builds": {"features": "VARCHAR", "batch": "BIGINT"},
    # whole user-days as known on a local day (SEMANTICS, rule 7)
    "usage_rollup": {
        "source": "VARCHAR",
        "system": "VARCHAR",
        "ref": "VARCHAR",
        "person": "VARCHAR",
        "day": "DATE",
        "known_day": "DATE",  # first day D whose close knows this row
        "replaces": "DATE",  # known_day of the row of the same user-day that this one replaces
        "uses": "BIGINT",
        "core_uses": "BIGINT",
        "features": "BIGINT",  # bit mask over the project's key features
        "batch": "BIGINT",
    },
    # days on which a source delivered usage, and the local day it became known
    "usage_day": {"source": "VARCHAR", "day": "DATE", "known_day": "DATE", "batch": "BIGINT"},
    # every account reference a source ever used
    "reference": {
        "source": "VARCHAR",
        "system": "VARCHAR",
        "ref": "VARCHAR",
        "first_known_at": "TIMESTAMP",
        "facts": "BIGINT",
        "batch": "BIGINT",
    },
    # one row per file or table read by an ingest
    "loads": {
        "source": "VARCHAR",
        "kind": "VARCHAR",
        "origin": "VARCHAR",  # file or table name
        "first": "BOOLEAN",  # nothing of the kind was loaded before: knowledge may be assumed
        "loaded_at": "TIMESTAMP",
        "loaded_day": "DATE",
        "max_day": "DATE",  # newest happened_day in the load
        "digest": "VARCHAR",  # fingerprint of the content
        "read": "BIGINT",
        "accepted": "BIGINT",
        "duplicates": "BIGINT",
        "quarantined": "BIGINT",
        "unattributed": "BIGINT",  # of the quarantined rows: those that may be of another kind of the same table
        "vanished": "BIGINT",
        "covers_all": "BOOLEAN",
        "known_rules": "VARCHAR",  # what the map said of when each column is known, as JSON
        "batch": "BIGINT",
    },
    # rows that could not be taken in
    "rejects": {
        "source": "VARCHAR",
        "kind": "VARCHAR",
        "file": "VARCHAR",
        "line": "BIGINT",
        "column": "VARCHAR",
        "reason": "VARCHAR",
        "raw": "VARCHAR",
        "field": "VARCHAR",  # of the reason: the fact's column, the text that does not fit, what is wrong with it
        "text": "VARCHAR",
        "what": "VARCHAR",
        "external_id": "VARCHAR",  # what the row would have been, as far as it could be read
        "system": "VARCHAR",
        "ref": "VARCHAR",
        "happened_day": "DATE",
        "rejected_at": "TIMESTAMP",
        "batch": "BIGINT",
    },
    # names, addresses and texts, apart from the facts so that they can be erased
    "personal": {"token": "VARCHAR", "what": "VARCHAR", "words": "VARCHAR", "batch": "BIGINT"},
    # texts behind recipe hashes
    "recipes": {"recipe": "VARCHAR", "name": "VARCHAR", "text": "VARCHAR", "batch": "BIGINT"},
}

ARROW: dict[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "BOOLEAN": pa.bool_(),
    "TIMESTAMP": pa.timestamp("us"),
    "DATE": pa.date32(),
}


def schema_of(table: str) -> pa.Schema:
    """The columns of a table as Arrow has them."""
    return pa.schema([(name, ARROW.get(kind, pa.int64())) for name, kind in TABLES[table].items()])


EMPTY = "; ".join(
    f'CREATE TABLE "{table}" (' + ", ".join(f'"{name}" {kind}' for name, kind in columns.items()) + ")"
    for table, columns in TABLES.items()
)

# a batch that rejected rows of a kind and could read none is no load of it: nothing became known, nothing is complete
LOADED = """
SELECT source, kind, batch, max(loaded_at) AS loaded_at FROM loads GROUP BY source, kind, batch
HAVING coalesce(sum(quarantined - coalesce(unattributed, 0)), 0) = 0 OR sum(accepted + duplicates) > 0
"""
# when a kind was first delivered, whether or not it could be read: its dates tell no more than that delivery could
DELIVERED = "SELECT source, kind, min(loaded_at) AS delivered_at FROM loads GROUP BY source, kind"

State = tuple[str, int, int]  # name, time and inode of a table's newest commit
ROW_GROUP = 122_880  # rows that are read or passed over together; the engine's own measure
BUILDS = {"usage_rollup": "rollup_builds"}  # derived table → the table that says when it was built anew


# what the writer of Delta tables cannot have in a path: it panics, or writes to another folder
UNFIT = re.compile(r"[\[\]^|\\\x00-\x1f\x7f]|%[0-9A-Fa-f]{2}")


class Lake:
    """A folder of Delta tables. `append` writes under a batch, `connect` reads published batches.

    `hold` is asked before each write and raises where the write lock is no longer ours: what a run
    writes once another has published would be seen.
    """

    def __init__(self, folder: Path, hold: Callable[[], None] = lambda: None) -> None:
        if unfit := UNFIT.search(str(folder.resolve())):
            what = f"Delta tables cannot lie in a folder with {unfit[0]!r} in its path"
            raise KeepwellError(Problem(what, folder.resolve(), fix="rename the folder that is so named"))
        self.folder, self._hold = folder, hold

    def path(self, table: str) -> str:
        """Where a table lives."""
        return str(self.folder / table)

    def exists(self, table: str) -> bool:
        """Whether anything was ever written to the table; a run that died before its first commit wrote nothing."""
        return any((self.folder / table / "_delta_log").glob("*.json"))

    def tables(self) -> list[str]:
        """Names of the tables that exist (`scores/<recipe>` for nested ones)."""
        logs = {commit.parent for commit in self.folder.glob("**/_delta_log/*.json")}
        return sorted(str(log.parent.relative_to(self.folder)) for log in logs)

    def append(self, table: str, rows: pa.Table | pa.RecordBatchReader) -> None:
        """Append rows; they must hold a `batch` column. New nullable columns are added to the table."""
        self._hold()
        properties = WriterProperties(compression="ZSTD", max_row_group_size=ROW_GROUP)
        reach("lake.appending")
        write_deltalake(self.path(table), rows, mode="append", schema_mode="merge", writer_properties=properties)
        reach("lake.appended")

    def remove_unpublished(self, published: int) -> None:
        """Delete what an interrupted run left behind: rows of batches after `published`."""
        self._hold()
        for table in self.tables():
            DeltaTable(self.path(table)).delete(f"batch > {published}")

    def connect(self, published: int, settings: Mapping[str, Any] | None = None) -> duckdb.DuckDBPyConnection:
        """An in-memory DuckDB with one view per table of `TABLES`, published batches only; what is absent is empty."""
        connection = engine(settings, beneath=EMPTY)
        for table, schema in TABLES.items():
            if self._stored(connection, table) is not None:
                self.view(connection, table, published, schema)
        return connection

    def reader(self, published: int, settings: Mapping[str, Any] | None = None) -> duckdb.DuckDBPyConnection:
        """As `connect`, by views that are made once for the same files: what it makes itself must be temporary."""
        states = tuple(self._state(table) for table in TABLES)
        return beside(_views(self.folder, published, tuple(sorted((settings or {}).items())), states))

    def view(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: str,
        published: int,
        schema: Mapping[str, str] | None = None,
        *,
        temporary: bool = False,
    ) -> None:
        """Create the view of one table in `connection`; columns the files lack read as NULL."""
        name, wanted = table.replace("/", "_"), schema or TABLES.get(table)
        create = f'CREATE OR REPLACE TEMP VIEW "{name}"' if temporary else f'CREATE OR REPLACE VIEW {WHOLE}."{name}"'
        stored = self._stored(connection, table)
        if stored is None:
            columns = ", ".join(f'NULL::{kind} AS "{c}"' for c, kind in (wanted or {"batch": "BIGINT"}).items())
            connection.execute(f"{create} AS SELECT {columns} LIMIT 0")
            return
        columns = ", ".join(_column(c, kind, c in stored.columns) for c, kind in wanted.items()) if wanted else "*"
        since = self._built(connection, table, published)
        visible = [f"batch >= {since}"] if since else []
        if stored.newest is None or stored.newest > published:
            visible.append(f"batch <= {int(published)}")
        connection.execute(
            f"{create} AS SELECT {columns} FROM {stored.scan}" + (f" WHERE {' AND '.join(visible)}" if visible else "")
        )

    def _stored(self, connection: duckdb.DuckDBPyConnection, table: str) -> Stored | None:
        """What the table holds as of its newest commit, looked up once; None: nothing."""
        path, state = self.path(table), self._state(table)
        if state is None:
            return None
        if path not in _SEEN or _SEEN[path][0] != state:
            _SEEN[path] = state, _look_up(connection, path)
        return _SEEN[path][1]

    def _state(self, table: str) -> State | None:
        """What changes with each commit to a table; None: there was none."""
        commits = list((self.folder / table / "_delta_log").glob("*.json"))
        if not commits:
            return None
        newest = max(commits, key=lambda commit: commit.name)
        return newest.name, newest.stat().st_mtime_ns, newest.stat().st_ino

    def _built(self, connection: duckdb.DuckDBPyConnection, table: str, published: int) -> int:
        """The batch that last built a derived table anew; 0: none did."""
        if table not in BUILDS:
            return 0
        self.view(connection, BUILDS[table], published)
        [(batch,)] = connection.execute(f"SELECT coalesce(max(batch), 0) FROM {BUILDS[table]}").fetchall()
        return int(batch)


@dataclass(frozen=True)
class Stored:
    """A table's files as one scan, the columns they have, and the newest batch, None where some file does not say."""

    scan: str
    columns: frozenset[str]
    newest: int | None


_SEEN: dict[str, tuple[State, Stored | None]] = {}  # path → newest commit, what it left


@lru_cache(maxsize=4)
def _views(
    folder: Path, published: int, settings: tuple[tuple[str, Any], ...], states: tuple[State | None, ...]
) -> duckdb.DuckDBPyConnection:
    """A connection that only holds the views of a lake, as `states` say that it is."""
    del states
    return Lake(folder).connect(published, dict(settings) or None)


def _look_up(connection: duckdb.DuckDBPyConnection, path: str) -> Stored | None:
    table = DeltaTable(path)
    paths = [unquote(uri.removeprefix("file://")) for uri in table.file_uris()]
    if not paths:
        return None
    files = ", ".join("'" + as_pattern(path).replace("'", "''") + "'" for path in paths)
    scan = f"read_parquet([{files}], union_by_name = true)"
    # a column of the table's schema may be in no file that is left
    columns = frozenset(row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall())
    return Stored(scan, columns, _newest_batch(table))


def _newest_batch(table: DeltaTable) -> int | None:
    files = table.get_add_actions(flatten=True)
    if "max.batch" not in files.column_names:  # a wide table: statistics are kept of its first columns only
        return None
    newest = files.column("max.batch").to_pylist()
    return None if None in newest else max(newest)


def _column(name: str, kind: str, present: bool) -> str:
    """A stored column under its own type; Delta keeps moments with a zone that we do not use."""
    if not present:
        return f'NULL::{kind} AS "{name}"'
    return f'CAST("{name}" AS TIMESTAMP) AS "{name}"' if kind == "TIMESTAMP" else f'"{name}"'
