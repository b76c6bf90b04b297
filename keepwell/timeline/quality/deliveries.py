"""What the sources delivered: rows left outside, references of nobody, days without rows, accounts not covered."""

from __future__ import annotations

from keepwell.timeline.quality.check import Check
from keepwell.timeline.terms import Terms
from keepwell.words.fact import KINDS, Form

HABIT_PERCENT = 95  # a source that has rows on so many of a weekday's dates is expected to have them on all
MIN_WEEKS = 8  # under which a weekday has no habit yet
LONGEST_REST = 4  # working days on which people may rest together; only a stream of events never does
MIN_ROWS = 12  # due in a silence: fewer may be missing by chance (about once in 150,000 such stretches)

CONFLICTS = """
SELECT DISTINCT source, kind, external_id AS example FROM standing_reject
WHERE conflict AND external_id IS NOT NULL"""

QUARANTINED = """
SELECT source, kind,
       file || coalesce(':' || line::VARCHAR, '') || coalesce(' ' || "column", '') AS example
FROM standing_reject WHERE NOT conflict OR external_id IS NULL"""

UNMATCHED = """
SELECT r.source, r.system || ' ' || r.ref AS example
FROM (SELECT DISTINCT source, system, ref FROM reference) r
ANTI JOIN identity_at i ON i.system = r.system AND i.ref = r.ref"""

# accounts that no source of a kind of system refers to
UNCOVERED = """
WITH delivering AS (SELECT DISTINCT r.source, r.system, s.outside FROM reference r JOIN source_system s USING (source)
               WHERE s.outside <> 'other'),
covered AS (
    SELECT d.outside, i.account_id FROM (SELECT DISTINCT source, system, ref FROM reference) r
    JOIN delivering d ON d.source = r.source AND d.system = r.system
    JOIN identity_at i ON i.system = r.system AND i.ref = r.ref
    UNION SELECT d.outside, i.account_id FROM delivering d JOIN identity_at i ON i.system = d.system
    WHERE d.system <> 'account'
    UNION SELECT s.outside, p.account_id FROM feed_terms f JOIN source_system s USING (source) CROSS JOIN profile p
    WHERE f.covers_all
)
SELECT o.outside AS about, p.account_id AS example
FROM (SELECT DISTINCT outside FROM delivering) o
JOIN profile p ON coalesce(p.lifecycle, '') NOT IN ('churned', 'prospect')
ANTI JOIN covered c ON c.outside = o.outside AND c.account_id = p.account_id"""


def gaps(terms: Terms) -> str:
    """Days without rows, of sources that otherwise have rows on almost every such weekday.

    The longest silence does not count against the habit it interrupts, and a silence in
    which only a few rows would have been due may be chance.
    """
    loaded = {f.kind for f in terms.feeds if not f.recorded}
    daily = sorted({kind for kind in loaded if kind in KINDS and KINDS[kind].form is Form.EVENT} - {"fx"})
    days = " UNION ALL ".join(f"SELECT source, '{kind}' AS kind, day FROM today_{kind}" for kind in daily)
    days = days or "SELECT NULL::VARCHAR AS source, NULL::VARCHAR AS kind, NULL::DATE AS day WHERE false"
    return GAPS.format(days=days, weeks=MIN_WEEKS, percent=HABIT_PERCENT, rows=MIN_ROWS, rest=LONGEST_REST + 1)


GAPS = """
WITH delivered AS (
    SELECT source, kind, day, count(*) AS rows FROM ({days}) GROUP BY source, kind, day
), span AS (
    SELECT source, kind, unnest(generate_series(min(day), max(day), INTERVAL 1 DAY)) AS day
    FROM delivered GROUP BY source, kind
), calendar AS (
    SELECT s.source, s.kind, CAST(s.day AS DATE) AS day, dayofweek(s.day) AS weekday, coalesce(w.rows, 0) AS rows,
           w.rows IS NULL AS empty
    FROM span s LEFT JOIN delivered w ON w.source = s.source AND w.kind = s.kind AND w.day = CAST(s.day AS DATE)
), stretch AS (
    SELECT *, day - CAST(row_number() OVER (PARTITION BY source, kind, empty ORDER BY day) AS INTEGER) AS run
    FROM calendar
), silence AS (
    SELECT source, kind, arg_max(run, (length, run)) AS run
    FROM (SELECT source, kind, run, count(*) AS length FROM stretch WHERE empty GROUP BY source, kind, run)
    GROUP BY source, kind
), habit AS (
    SELECT z.source, z.kind, z.weekday, sum(z.rows) // count(*) AS rows
    FROM stretch z LEFT JOIN silence l ON l.source = z.source AND l.kind = z.kind AND l.run = z.run AND z.empty
    WHERE l.run IS NULL GROUP BY z.source, z.kind, z.weekday
    HAVING count(*) >= {weeks} AND 100 * count(*) FILTER (NOT z.empty) >= {percent} * count(*)
), stream AS (
    SELECT DISTINCT source, kind FROM feed_terms WHERE watermark = 'data'
), missed AS (
    SELECT z.source, z.kind, z.day, z.run FROM stretch z
    JOIN habit h ON h.source = z.source AND h.kind = z.kind AND h.weekday = z.weekday
    LEFT JOIN stream t ON t.source = z.source AND t.kind = z.kind
    WHERE z.empty
    WINDOW same AS (PARTITION BY z.source, z.kind, z.run)
    QUALIFY sum(h.rows) OVER same >= {rows}
        AND count(*) OVER same >= any_value(CASE WHEN t.kind IS NULL THEN {rest} ELSE 1 END) OVER same
)
SELECT m.source, m.kind, d.day IS NOT NULL AS declared,
       min(m.day) OVER same || ' to ' || max(m.day) OVER same AS example
FROM missed m LEFT JOIN declared_gap d ON d.source = m.source AND d.day = m.day
WINDOW same AS (PARTITION BY m.source, m.kind, m.run, d.day IS NOT NULL)"""


def undeclared(terms: Terms) -> str:
    """Days that a source lost without saying so."""
    return f"SELECT source, kind, example FROM ({gaps(terms)}) WHERE NOT declared"


def declared(terms: Terms) -> str:
    """Days that a source's map says are lost."""
    return f"SELECT source, kind, example FROM ({gaps(terms)}) WHERE declared"


CHECKS = (
    Check("ingest.conflict", "error", "ids of {source} {kind} rows that came twice in a load with different content: {n}",
          "remove the wrong row in the source; the first one was taken in", CONFLICTS),
    Check("ingest.quarantined", "warning", "{kind} rows of {source} that could not be taken in: {n}",
          "correct them in the source and ingest again", QUARANTINED),
    Check("reference.unmatched", "warning", "references of {source} that belong to no account: {n}",
          "map them with an 'identity' fact", UNMATCHED),
    Check("coverage.missing", "note", "accounts that no {about} source refers to: {n}",
          "map their reference with an 'identity' fact, or set 'covers: all'", UNCOVERED),
    Check("gap.undeclared", "warning", "days without {kind} rows of {source}: {n}",
          "reload them, or declare them lost under 'gaps:' in the source's map", undeclared),
    Check("gap.declared", "note", "days declared lost of {source} {kind}: {n}", "", declared),
)  # fmt: skip
