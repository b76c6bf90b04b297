"""Rows that are still outside: of the newest load of their file, and not taken in since under the same id."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from keepwell.words.fact import KINDS

CONFLICT = "same batch has the same id"  # in the reason of a row quarantined for an id that was taken

STANDING_REJECT = """
CREATE OR REPLACE TEMP TABLE standing_reject AS
WITH newest AS (
    SELECT source, kind, file, max(batch) AS batch
    FROM (SELECT source, kind, batch, unnest(list_append(string_split(origin, ', '), origin)) AS file FROM loads)
    GROUP BY source, kind, file
), loaded AS (
    SELECT batch, max(loaded_at) AS loaded_at FROM loads GROUP BY batch
), taken AS (
    SELECT t.source, t.kind, t.external_id, max(l.loaded_at) AS loaded_at
    FROM ({taken}) t JOIN loaded l USING (batch) GROUP BY t.source, t.kind, t.external_id
)
SELECT r.source, r.kind, r.file, r.line, r."column", r.reason, r.external_id, r.system, r.ref, r.happened_day,
       contains(r.reason, '{conflict}') AS conflict
FROM rejects r
LEFT JOIN newest n ON n.source = r.source AND n.kind = r.kind AND n.file = r.file
LEFT JOIN taken t ON t.source = r.source AND t.kind = r.kind AND t.external_id = r.external_id
WHERE list_contains($kinds, r.kind) AND r.batch >= coalesce(n.batch, r.batch)
  AND (contains(r.reason, '{conflict}') OR coalesce(t.loaded_at <= r.rejected_at, true))
"""


def gather(connection: duckdb.DuckDBPyConnection, kinds: Iterable[str] = tuple(KINDS)) -> None:
    """Fill `standing_reject`: every row of the kinds that is still outside."""
    asked = list(kinds)
    taken = " UNION ALL ".join(
        f"SELECT source, '{name}' AS kind, external_id, max(batch) AS batch FROM fact_{name}"
        " WHERE external_id IN (SELECT external_id FROM rejects) GROUP BY source, external_id"
        for name in asked
    )
    connection.execute(STANDING_REJECT.format(taken=taken, conflict=CONFLICT), {"kinds": asked})
