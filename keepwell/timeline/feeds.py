"""Through which day each source can be read for each account, as known as of a date (SEMANTICS, rule 8)."""

from __future__ import annotations

import duckdb

from keepwell.engine import WHOLE
from keepwell.lake import DELIVERED, LOADED
from keepwell.timeline.terms import Terms
from keepwell.words.fact import KINDS, Watermark

# until a kind's first delivery its source's own dates are trusted to be complete once it is loaded (rule 3), as its
# rows' dates are; from then to its first load nothing more was heard of it
SOURCES_AT = f"""
CREATE OR REPLACE TEMP TABLE source_at AS
WITH loaded AS ({LOADED}), first_load AS (  -- complete through the day that the first delivery can still tell of
    SELECT source, kind, close_day(min(delivered_at)) AS first_day, min(loaded_at) AS first_at
    FROM loaded JOIN ({DELIVERED}) USING (source, kind) GROUP BY source, kind
), heard AS (  -- before anything of a source was known there was no such source
    SELECT source, min(first_known_at) AS since FROM {WHOLE}.reference GROUP BY source
), delivered AS (
    SELECT d.as_of, m.source, m.kind,
           CASE WHEN d.close_at <= f.first_at THEN 'assumed' ELSE 'recorded' END AS basis,
           m.retired, false AS recorded,
           CASE WHEN m.watermark = 'data' THEN
                    (SELECT max(w.day) FROM source_day w WHERE w.source = m.source AND w.kind = m.kind
                       AND w.day <= d.as_of AND w.known_day <= d.known_day)
                WHEN d.as_of <= f.first_day THEN d.as_of
                ELSE coalesce((SELECT max(close_day(l.loaded_at)) FROM loaded l
                                WHERE l.source = m.source AND l.kind = m.kind AND l.loaded_at < d.close_at), f.first_day)
           END AS watermark
    FROM days d CROSS JOIN feed_terms m JOIN first_load f ON f.source = m.source AND f.kind = m.kind
    LEFT JOIN heard h ON h.source = m.source
    WHERE coalesce(h.since, f.first_at) < d.close_at
    UNION ALL
    SELECT d.as_of, m.source, m.kind, 'recorded', NULL, true, d.as_of
    FROM days d JOIN feed_terms m ON m.recorded JOIN heard h ON h.source = m.source AND h.since < d.close_at
)
SELECT *, local_end(read_day) AS read_end
FROM (SELECT as_of, source, kind, basis, recorded,
             least(as_of, CASE WHEN retired <= as_of THEN as_of ELSE watermark END) AS read_day
      FROM delivered WHERE watermark IS NOT NULL)
"""

# the accounts a source covers: those with a reference in it, or all
FEED_AT = f"""
CREATE OR REPLACE TEMP TABLE feed_at AS
WITH choosy AS (  -- sources that cover the accounts they know; of the others no reference need be looked at
    SELECT DISTINCT source FROM feed_terms WHERE NOT covers_all
), referenced AS (
    SELECT DISTINCT d.as_of, r.source, i.account_id
    FROM reference r SEMI JOIN choosy ON choosy.source = r.source JOIN days d ON r.first_known_at < d.close_at
    JOIN identity_at i ON i.as_of = d.as_of AND i.system = r.system AND i.ref = r.ref
    UNION
    SELECT DISTINCT i.as_of, s.source, i.account_id
    FROM (SELECT DISTINCT d.as_of, r.source, r.system FROM {WHOLE}.reference r SEMI JOIN choosy ON choosy.source = r.source
          JOIN days d ON r.first_known_at < d.close_at WHERE r.system <> 'account') s
    JOIN identity_at i ON i.as_of = s.as_of AND i.system = s.system
    WHERE i.from_day <= i.as_of
), covering AS (
    SELECT s.as_of, s.kind, r.account_id, s.read_day, s.read_end, s.basis, s.recorded
    FROM source_at s JOIN feed_terms m ON m.source = s.source AND m.kind = s.kind AND NOT m.covers_all
    JOIN referenced r ON r.as_of = s.as_of AND r.source = s.source
    UNION ALL
    SELECT s.as_of, s.kind, p.account_id, s.read_day, s.read_end, s.basis, s.recorded
    FROM source_at s JOIN feed_terms m ON m.source = s.source AND m.kind = s.kind AND m.covers_all
    JOIN profile p ON p.as_of = s.as_of
)
SELECT as_of, kind, account_id, read_day, CAST(as_of - read_day AS BIGINT) AS lag, read_end, basis FROM (
    SELECT as_of, kind, account_id, min(basis) AS basis,  -- what people tell us today waits for no other source's load
           CASE WHEN bool_or(recorded) THEN max(read_day) ELSE min(read_day) END AS read_day,
           CASE WHEN bool_or(recorded) THEN max(read_end) ELSE min(read_end) END AS read_end
    FROM covering GROUP BY as_of, kind, account_id
)
"""

# sold and not seen in telemetry: after two weeks that is a zero, not a gap; it was sold to who holds the contract,
# and of an account below it that telemetry does not know nothing is known
SOLD_NOT_SEEN = """
INSERT INTO feed_at
SELECT a.as_of, 'usage', a.account_id, s.read_day, CAST(a.as_of - s.read_day AS BIGINT), s.read_end, s.basis
FROM attributes a JOIN (SELECT as_of, max(read_day) AS read_day, max(read_end) AS read_end, any_value(basis) AS basis
                        FROM source_at WHERE kind = 'usage' GROUP BY as_of) s ON s.as_of = a.as_of
ANTI JOIN feed_at f ON f.kind = 'usage' AND f.as_of = a.as_of AND f.account_id = a.account_id
WHERE a.a_has_product AND a.a_holder = a.account_id AND a.a_age_days >= 14
"""


def prepare_terms(connection: duckdb.DuckDBPyConnection, terms: Terms) -> None:
    """`feed_terms`, `lost_days` (cumulative days lost per source) and `source_day` (days with data)."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE feed_terms"
        " (source VARCHAR, kind VARCHAR, watermark VARCHAR, covers_all BOOLEAN, retired DATE, recorded BOOLEAN)"
    )
    rows = [(f.source, f.kind, f.watermark.value, f.covers_all, f.retired, f.recorded) for f in terms.feeds]
    if rows:
        connection.executemany("INSERT INTO feed_terms VALUES (?, ?, ?, ?, ?, ?)", rows)
    _lost_days(connection, terms)
    daily = [f.kind for f in terms.feeds if f.watermark is Watermark.DATA and f.kind != "usage" and f.kind in KINDS]
    others = "".join(
        f" UNION ALL SELECT source, '{kind}', happened_day, close_day(min(known_at)) FROM {WHOLE}.fact_{kind}"
        " GROUP BY source, happened_day"
        for kind in sorted(set(daily))
    )
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW source_day AS"
        f" SELECT source, 'usage' AS kind, day, known_day FROM usage_day{others}"
    )


def _lost_days(connection: duckdb.DuckDBPyConnection, terms: Terms) -> None:
    connection.execute("CREATE OR REPLACE TEMP TABLE lost_days (source VARCHAR, day DATE, lost BIGINT)")
    gaps = sorted({(f.source, first, last) for f in terms.feeds for first, last in f.gaps})
    for source, first, last in gaps:
        connection.execute(
            "INSERT INTO lost_days SELECT ?, CAST(d AS DATE), 1 FROM range(CAST(? AS DATE), CAST(? AS DATE) + 1,"
            " INTERVAL 1 DAY) t(d)",
            [source, first, last],
        )
    if gaps:
        connection.execute("""
            CREATE OR REPLACE TEMP TABLE lost_days AS
            WITH span AS (SELECT source, min(day) AS first FROM lost_days GROUP BY source), calendar AS (
                SELECT source, CAST(unnest(range(first, (SELECT max(as_of) FROM days) + 2, INTERVAL 1 DAY)) AS DATE)
                       AS day FROM span)
            SELECT c.source, c.day, CAST(sum(coalesce(l.lost, 0)) OVER (
                       PARTITION BY c.source ORDER BY c.day) AS BIGINT) AS lost
            FROM calendar c LEFT JOIN (SELECT DISTINCT source, day, lost FROM lost_days) l USING (source, day)""")
