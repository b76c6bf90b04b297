"""What earlier loads of a source read, and the rows that this one leaves behind in `loads`.

A kind's first load lasts until some of its rows were taken in, or a delivery held none: a table
of which every row was quarantined has not told anything yet (SEMANTICS, rule 3). What its dates
may be believed to have told ends with its first delivery, though, read or not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import duckdb
import pyarrow as pa

from keepwell.lake import DELIVERED, LOADED, schema_of
from keepwell.sources.staging import literal

SPANS = f"""
WITH span AS (
    SELECT kind, min(batch) AS first_batch, min(loaded_at) AS first_at, max(loaded_at) AS last_at
    FROM ({LOADED}) WHERE source = $source GROUP BY kind
)
SELECT s.kind, s.first_batch, s.first_at, s.last_at, bool_or(l.quarantined > 0)
FROM span s JOIN loads l ON l.kind = s.kind AND l.source = $source AND l.batch <= s.first_batch
GROUP BY ALL
"""


@dataclass(frozen=True)
class Count:
    """How the rows of one file or table came out for one fact."""

    read: int
    accepted: int
    duplicates: int
    quarantined: int
    max_day: date | None
    unattributed: int = (
        0  # of the quarantined: lines that could not be split, in a table where a `where` tells kinds apart
    )


@dataclass(frozen=True)
class Earlier:
    """The last load of one file or table for one fact."""

    digest: str
    loaded_day: date
    count: Count
    batch: int


@dataclass(frozen=True)
class Span:
    """The loads of a kind so far; `rejected`: whether rows were quarantined up to the first one, itself included."""

    first_batch: int
    first_at: datetime
    last_at: datetime
    rejected: bool


class History:
    """Earlier loads of one source, the newest batch of each (kind, origin)."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: str) -> None:
        rows = connection.execute(
            "SELECT kind, origin, known_rules, digest, loaded_day, read, accepted, duplicates, quarantined, max_day,"
            " coalesce(unattributed, 0), batch"
            f" FROM loads WHERE source = {literal(source)}"
            " QUALIFY batch = max(batch) OVER (PARTITION BY kind, origin)"
        ).fetchall()
        self._newest: dict[tuple[str, str], dict[str, Earlier]] = {}
        self._rules: dict[tuple[str, str], list[str]] = {}
        for kind, origin, rules, digest, day, *counts, batch in rows:
            self._rules.setdefault((kind, origin), []).extend([rules] if rules else [])
            self._newest.setdefault((kind, origin), {})[digest] = Earlier(digest, day, Count(*counts), batch)
        self._spans = {kind: Span(*found) for kind, *found in connection.execute(SPANS, {"source": source}).fetchall()}
        delivered = f"SELECT kind, delivered_at FROM ({DELIVERED}) WHERE source = $source"
        self._delivered: dict[str, datetime] = dict(connection.execute(delivered, {"source": source}).fetchall())

    def span(self, kind: str) -> Span | None:
        """The loads of the kind so far; None before its first one."""
        return self._spans.get(kind)

    def delivered(self, kind: str) -> datetime | None:
        """When the kind was first delivered, whether or not any of it could be read; None if it never was."""
        return self._delivered.get(kind)

    def settled(self, kind: str) -> datetime | None:
        """When the kind was last loaded; None if it never was."""
        span = self.span(kind)
        return span.last_at if span else None

    def known_rules(self, kind: str, origins: Iterable[str]) -> list[str]:
        """What the map said of knowledge in the last loads of these origins; of all, where they are new.

        Nothing, before any row of the kind was taken in by it.
        """
        if kind not in self._spans:
            return []
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
    columns = list(zip(*loads, strict=True))
    schema = schema_of("loads")
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)
