"""Contract lines that overlap, are told twice, or are in money nobody can convert."""

from __future__ import annotations

from keepwell.timeline.quality.check import Check

OVERLAPPING = """
SELECT DISTINCT a.account_id || ' ' || a.product AS example
FROM term a JOIN term b ON b.account_id = a.account_id AND b.source = a.source AND b.product = a.product
 AND (b.start_day, b.external_id) > (a.start_day, a.external_id)
WHERE NOT (a.passing OR b.passing OR a.vanished OR b.vanished) AND coalesce(a.last_day, DATE '9999-12-30') > b.start_day
  AND a.last_day IS DISTINCT FROM a.start_day"""

# the same product sold by two sources: its MRR and seats count twice
TWICE = """
WITH told AS (
    SELECT as_of, account_id, coalesce(product, '') AS product, source, CAST(sum(mrr_rep) AS BIGINT) AS mrr,
           min(end_day) AS renewal
    FROM term WHERE in_force AND NOT passing GROUP BY as_of, account_id, coalesce(product, ''), source
)
SELECT as_of, account_id, account_id || ': ' || string_agg(
           source || ' ' || coalesce(mrr::VARCHAR, 'no MRR') || coalesce(' until ' || renewal::VARCHAR, ''),
           ', ' ORDER BY source) AS example,
       concat_ws(', ', CASE WHEN count(DISTINCT mrr) > 1 THEN 'MRR' END,
                 CASE WHEN count(DISTINCT renewal) > 1 THEN 'renewal date' END) AS differ
FROM told GROUP BY as_of, account_id, product HAVING count(*) > 1"""

SEVERAL_SOURCES = f"SELECT example FROM ({TWICE}) WHERE differ = ''"
SOURCES_DIFFER = f"SELECT differ AS about, example FROM ({TWICE}) WHERE differ <> ''"
SOURCES_DIFFER_ON = f"SELECT as_of, account_id, differ AS about FROM ({TWICE}) WHERE differ <> ''"

NO_RATE = """
SELECT currency AS about, kind, example FROM (
    SELECT currency, 'subscription' AS kind, external_id AS example FROM today_subscription WHERE mrr IS NOT NULL
    UNION ALL SELECT currency, 'invoice', external_id FROM today_invoice WHERE amount IS NOT NULL
    UNION ALL SELECT currency, 'account', account_id FROM profile WHERE arr IS NOT NULL
) WHERE currency IS NOT NULL AND currency NOT IN (SELECT currency FROM fx_at)"""

# the account whose revenue is read without a line that could not be taken in
OUTSIDE = """
SELECT r.source, i.account_id AS example FROM standing_reject r
JOIN days d ON coalesce(r.happened_day <= d.as_of, true)
JOIN identity_at i ON i.system = r.system AND i.ref = r.ref AND d.as_of BETWEEN i.from_day AND i.to_day
WHERE r.kind = 'subscription' GROUP BY ALL"""

CHECKS = (
    Check("subscription.quarantined", "error", "accounts whose revenue is read without quarantined rows of {source}: {n}",
          "correct the rows in the source and ingest again: MRR, seats, product and renewal lack them", OUTSIDE),
    Check("subscription.overlap", "note", "subscriptions of the same product that overlap, by account and product: {n}",
          "end the older one if the newer replaced it: both count towards MRR and seats", OVERLAPPING),
    Check("subscription.two_sources", "warning", "products sold twice, by two sources that agree: {n}",
          "map the subscriptions of one source only: both count towards MRR and seats", SEVERAL_SOURCES),
    Check("conflict.contract", "warning", "products of which two sources tell a different {about}: {n}",
          "map the subscriptions of one source only: both count towards MRR and seats", SOURCES_DIFFER, ("subscription",)),
    Check("money.no_rate", "error", "{kind} amounts in {about} without an exchange rate: {n}",
          "load the rate as an 'fx' fact; until then these amounts are unknown", NO_RATE),
)  # fmt: skip
