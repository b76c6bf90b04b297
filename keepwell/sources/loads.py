"""What earlier loads of a source read, and the rows that this one leaves behind in `loads`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import duckdb
import pyarrow as pa

from keepwell.lake import TABLES
from keepwell.sources.staging import literal


@dataclass(frozen=True)
class Count:
    """How the rows of one file or table came out for one fact."""

    read: int
    accepted: int
    duplicates: int
    quarantined: int
    max_day: date | None


@dataclass(frozen=True)
class Earlier:
    """The last load of one file or table for one fact."""

    digest: str
    loaded_day: date
    count: Count
    batch: int


class History:
    """Earlier loads of one source, the newest batch of each (kind, origin)."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: str) -> None:
        rows = connection.execute(
            "SELECT kind, origin, loaded_at, known_rules, digest, loaded_day, read, accepted, duplicates, quarantined, max_day, batch"
            f" FROM loads WHERE source = {literal(source)}"
            " QUALIFY batch = max(batch) OVER (PARTITION BY kind, origin)"
        ).fetchall()
        self._newest: dict[tuple[str, str], dict[str, Earlier]] = {}
        self._settled: dict[str, datetime] = {}
        self._rules: dict[tuple[str, str], list[str]] = {}
        for kind, origin, loaded_at, rules, digest, day, *counts, batch in rows:
            self._rules.setdefault((kind, origin), []).extend([rules] if rules else [])
            self._settled[kind] = max(loaded_at, self._settled.get(kind, loaded_at))
            self._newest.setdefault((kind, origin), {})[digest] = Earlier(digest, day, Count(*counts), batch)

    @property
    def is_first(self) -> bool:
        """Whether nothing of this source was ever published."""
        return not self._newest

    def settled(self, kind: str) -> datetime | None:
        """When the kind was last loaded; None if it never was."""
        return self._settled.get(kind)

    def known_rules(self, kind: str, origins: Iterable[str]) -> list[str]:
        """What the map said of knowledge in the last loads of these origins; of all, where they are new."""
        wanted = {(kind, origin) for origin in origins} & self._rules.keys()
        return [
            text
            for key, texts in self._rules.items()
            if key[0] == kind and (key in wanted or not wanted)
            for text in texts
        ]

    def same(self, kind: str, origin: str, digest: str) -> Earlier | None:
        """The last load of that origin if it had the same digest."""
        return self._newest.get((kind, origin), {}).get(digest)

    def last_set(self, kind: str) -> set[tuple[str, str]]:
        """Origins and digests of the newest batch that loaded the kind."""
        newest = max(
            (e.batch for (k, _), found in self._newest.items() if k == kind for e in found.values()), default=0
        )
        return {
            (origin, earlier.digest)
            for (k, origin), found in self._newest.items()
            for earlier in found.values()
            if k == kind and earlier.batch == newest
        }


def rows_of(loads: Iterable[tuple[object, ...]]) -> pa.Table:
    """Rows in the column order of the table `loads` as Arrow."""
    types: dict[str, pa.DataType] = {
        "VARCHAR": pa.string(),
        "BOOLEAN": pa.bool_(),
        "TIMESTAMP": pa.timestamp("us"),
        "DATE": pa.date32(),
    }
    schema = pa.schema([(name, types.get(kind, pa.int64())) for name, kind in TABLES["loads"].items()])
    columns = list(zip(*loads, strict=True))
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)
