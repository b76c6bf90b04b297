"""Use of the product when it cannot have been used, told late, or not seen where it was sold."""

from __future__ import annotations

from keepwell.timeline.quality.check import Check

SEEN_AFTER = 14  # days after the start from which a product that is sold and not seen reads as unused

# use beside the term it belongs to: the reference's own subscription, else the account's
TERMED = """
SELECT u.external_id, u.day, CASE WHEN o.ref IS NULL THEN a.first_day ELSE o.first_day END AS first_day,
       CASE WHEN o.ref IS NULL THEN a.last_day ELSE o.last_day END AS last_day
FROM delivered_usage u
LEFT JOIN expected o ON o.system = u.system AND o.ref = u.ref
LEFT JOIN expected a ON a.account_id = u.account_id"""

BEFORE_START = f"SELECT external_id AS example FROM ({TERMED}) WHERE day < first_day"
AFTER_END = f"SELECT external_id AS example FROM ({TERMED}) WHERE day > last_day"

LATE = """
SELECT source, external_id AS example,
       round(100 * count(*) OVER (PARTITION BY source) / total, 1)::DECIMAL(9, 1)::VARCHAR AS detail
FROM (SELECT *, count(*) OVER (PARTITION BY source) AS total FROM today_usage)
WHERE first_basis = 'recorded' AND first_known_day > day"""

SOLD_NOT_SEEN = f"""
WITH telemetry AS (SELECT DISTINCT source, system FROM reference WHERE source IN (SELECT source FROM source_day
                                                                                  WHERE kind = 'usage')),
seen AS (
    SELECT DISTINCT i.account_id FROM identity_at i JOIN telemetry t ON t.system = i.system
    WHERE i.system <> 'account'
    UNION
    SELECT DISTINCT account_id FROM today_usage
)
SELECT DISTINCT t.account_id AS example FROM term t JOIN days d ON d.as_of - t.start_day >= {SEEN_AFTER}
WHERE t.in_force AND NOT t.passing AND t.product IS DISTINCT FROM 'services'
  AND EXISTS (SELECT 1 FROM telemetry) AND t.account_id NOT IN (SELECT account_id FROM seen WHERE account_id IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM feed_terms f WHERE f.kind = 'usage' AND f.covers_all)"""

CHECKS = (
    Check("usage.before_start", "warning", "usage rows before the start of their subscription: {n}",
          "correct the subscription's start, or the mapping of the usage reference", BEFORE_START),
    Check("usage.after_end", "warning", "usage rows after the end of their subscription: {n}",
          "correct the subscription's end, or the mapping of the usage reference", AFTER_END),
    Check("usage.late", "note", "usage rows of {source} that arrived after their day had closed: {n} ({detail} %)",
          "load more often, or move 'day_close:' later, so that a day's score sees its use", LATE),
    Check("sold_not_seen", "warning", "accounts with a product in force that telemetry has never seen: {n}",
          "map their workspace to the account; until then their use reads as none", SOLD_NOT_SEEN, ("usage",)),
)  # fmt: skip
