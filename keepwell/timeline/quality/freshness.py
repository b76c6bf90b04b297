"""How fresh and complete each source was on a day, as known then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import duckdb
import pyarrow as pa

from keepwell.timeline import feeds
from keepwell.timeline.ledger import Ledger
from keepwell.words.report import Finding, SourceHealth

USUAL_LIMIT = 7  # days, for kinds of facts that no signal reads

# the kind that is furthest over its limit speaks for its source
LAGGING = f"""
WITH lagging AS (
    SELECT m.as_of, m.source, m.kind, m.retired, s.read_day, CAST(m.as_of - s.read_day AS BIGINT) AS lag,
           coalesce(l.days, {USUAL_LIMIT}) AS days
    FROM (SELECT as_of, source, kind, coalesce(max(retired) <= as_of, false) AS retired FROM feed_terms CROSS JOIN days
          WHERE NOT recorded GROUP BY as_of, source, kind) m
    LEFT JOIN source_at s ON s.as_of = m.as_of AND s.source = m.source AND s.kind = m.kind
    LEFT JOIN feed_limit l ON l.kind = m.kind
), state AS (
    SELECT as_of, source, list(DISTINCT kind ORDER BY kind) AS kinds, bool_or(retired) AS retired,
           arg_max({{'day': read_day, 'lag': lag, 'days': days}}, (lag - days, kind)) AS worst
    FROM lagging GROUP BY as_of, source
)"""
HEALTH = f"""{LAGGING}, loaded AS (
    SELECT source, coalesce(max(loaded_at) FILTER (loaded_at < $close_at), min(loaded_at)) AS last_load,
           CAST(sum(coalesce(accepted, 0)) AS BIGINT) AS accepted
    FROM loads GROUP BY source
), referred AS (
    SELECT r.source, count(DISTINCT i.account_id) AS accounts,
           count(DISTINCT (r.system, r.ref)) FILTER (i.ref IS NULL) AS unmatched
    FROM (SELECT DISTINCT source, system, ref FROM reference) r
    LEFT JOIN (SELECT DISTINCT system, ref, account_id FROM identity_at) i ON i.system = r.system AND i.ref = r.ref
    GROUP BY r.source
), outside AS (
    SELECT source, count(*) AS rejects FROM standing_reject GROUP BY source
)
SELECT s.source, s.kinds, s.retired, s.worst.day, s.worst.lag, s.worst.days, CAST(l.last_load AS TIMESTAMP),
       coalesce(l.accepted, 0), coalesce(r.accounts, 0), coalesce(r.unmatched, 0), coalesce(o.rejects, 0)
FROM state s LEFT JOIN loaded l USING (source) LEFT JOIN referred r USING (source) LEFT JOIN outside o USING (source)
ORDER BY s.source
"""

SILENT = f"""{LAGGING}
SELECT as_of, source, worst.day, worst.lag FROM state WHERE NOT retired AND worst.lag > worst.days ORDER BY as_of, source
"""


@dataclass(frozen=True)
class Silent:
    """A source that delivered before and lags behind its limit."""

    source: str
    watermark: date  # complete through this day
    days: int  # since then


@dataclass(frozen=True)
class Inspection:
    """The whole book as of a day.

    `systems` names the kind of outside system of each source ("helpdesk" → "support"),
    `limits` after how many days a kind of fact is stale ("usage" → 3).
    """

    as_of: date
    close_at: datetime
    systems: Mapping[str, str]
    limits: Mapping[str, int]


def sources(ledger: Ledger, given: Inspection) -> list[SourceHealth]:
    """How each source stood on the day, by name; the ledger must be prepared for today's knowledge (`today.prepare`).

    Leaves the ledger's connection prepared as of the day.
    """
    connection = ledger.connection
    ledger.accounts(given.as_of, given.close_at)
    connection.execute(feeds.SOURCES_AT)
    _limit(connection, given.limits)
    rows = connection.execute(HEALTH, {"close_at": given.close_at}).fetchall()
    return [_health(row, given.systems) for row in rows]


def silent(connection: duckdb.DuckDBPyConnection, limits: Mapping[str, int]) -> dict[date, list[Silent]]:
    """Day → the sources that are stale as of it, as known then, of the days whose watermarks are prepared."""
    _limit(connection, limits)
    found: dict[date, list[Silent]] = {}
    for day, *row in connection.execute(SILENT).fetchall():
        found.setdefault(day, []).append(Silent(*row))
    return found


def _limit(connection: duckdb.DuckDBPyConnection, limits: Mapping[str, int]) -> None:
    kinds, days = pa.array(list(limits), pa.string()), pa.array(list(limits.values()), pa.int64())
    connection.register("feed_limit", pa.table({"kind": kinds, "days": days}))


def _health(row: tuple[Any, ...], systems: Mapping[str, str]) -> SourceHealth:
    source, kinds, retired, watermark, lag, limit, last_load, *counts = row
    rows, accounts, unmatched, quarantined = counts
    return SourceHealth(
        source=source,
        system=systems.get(source, "other"),
        kinds=tuple(kinds),
        last_load=last_load,
        watermark=watermark,
        age_days=lag,
        limit_days=limit,
        fresh=None if retired else lag is not None and lag <= limit,
        rows=rows,
        accounts=accounts,
        unmatched=unmatched,
        quarantined=quarantined,
    )


def stale(healths: Iterable[SourceHealth]) -> Iterator[Finding]:
    """A finding for each source that is stale or was never loaded."""
    for health in healths:
        if health.fresh is not False:
            continue
        if health.watermark is None:
            text = f"source {health.source} was never loaded"
            yield _finding("source.never_loaded", 1, text, "run 'keepwell ingest'", health)
        else:
            text = f"source {health.source} is complete through {health.watermark}, {health.age_days} days ago"
            fix = "load it, or set 'retired:' in its map if it is no longer fed"
            yield _finding("source.stale", health.age_days or 0, text, fix, health)


def _finding(code: str, count: int, text: str, fix: str, health: SourceHealth) -> Finding:
    return Finding(code, "warning", count, text, fix=fix, kinds=health.kinds, sources=(health.source,))
