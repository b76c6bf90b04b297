"""What became of the customers: when each had a contract, and when it ended, shrank or grew.

Read with all that is known on the last day, which no reading may be: outcomes are what
readings of earlier days are compared with.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import duckdb

BRIDGE_DAYS = 30  # a contract that goes on within so many days was renewed late, not lost
KINDS = ("subscription_history", "outcome")  # the facts that tell them
STEP_PERCENT = 5  # a change of MRR from which on a contract shrank or grew


class Target(StrEnum):
    """What a scorecard is learned to foretell."""

    CHURN = "churn"
    CONTRACTION = "contraction"
    EXPANSION = "expansion"


EVENTS = {Target.CHURN: "churned", Target.CONTRACTION: "contracted", Target.EXPANSION: "expanded"}

# stretches of days with one MRR: `active` while a recurring contract covers the account, whatever is known of its price
LEVEL = f"""
WITH line AS (
    SELECT account_id, from_day, least(coalesce(to_day, DATE '9999-12-31'), DATE '9999-12-31') AS to_day, mrr_rep
    FROM known_subscription_history
    WHERE NOT coalesce(trial, false) AND NOT coalesce(one_off, false)
), change AS (
    SELECT account_id, from_day AS day FROM line UNION SELECT account_id, to_day FROM line
), covered AS (
    SELECT c.account_id, c.day, count(l.account_id) > 0 AS active,
           CASE WHEN bool_and(l.mrr_rep IS NOT NULL) THEN CAST(sum(l.mrr_rep) AS BIGINT) END AS mrr
    FROM change c
    LEFT JOIN line l ON l.account_id = c.account_id AND l.from_day <= c.day AND l.to_day > c.day
    GROUP BY c.account_id, c.day
), told AS (
    SELECT *, lead(day) OVER life AS next_day FROM covered WINDOW life AS (PARTITION BY account_id ORDER BY day)
)
SELECT account_id, day, active, mrr, next_day FROM told
WHERE day <= $until AND (active OR coalesce(next_day > day + {BRIDGE_DAYS}, true))
"""

CHANGES = f"""
CREATE OR REPLACE TEMP TABLE contract_change AS
SELECT account_id, day, active, mrr, lag(active) OVER life AS was_active, lag(mrr) OVER life AS was_mrr
FROM ({LEVEL}) WINDOW life AS (PARTITION BY account_id ORDER BY day)
"""

# from contracts: an end that is younger than the bridge is not yet an outcome
FROM_CONTRACTS = f"""
SELECT account_id, day, CASE
           WHEN was_active AND NOT active THEN 'churned'
           WHEN was_active AND 100 * mrr <= (100 - {STEP_PERCENT}) * was_mrr THEN 'contracted'
           WHEN was_active AND was_mrr > 0 AND 100 * mrr >= (100 + {STEP_PERCENT}) * was_mrr THEN 'expanded'
       END AS type, coalesce(mrr, 0) - was_mrr AS mrr
FROM contract_change WHERE active OR day <= $until - {BRIDGE_DAYS}
"""
STATED = "SELECT account_id, day, type, mrr_rep AS mrr FROM known_outcome"

# days on which an account was a customer: under contract and not after a churn that was stated
CUSTOMERS_BY_CONTRACT = """
SELECT account_id, day AS from_day, coalesce(lead(day) OVER (PARTITION BY account_id ORDER BY day), DATE '9999-12-31') AS to_day,
       active FROM contract_change
"""
CUSTOMERS_BY_PROFILE = """
SELECT account_id, coalesce(created_day, DATE '0001-01-01') AS from_day, DATE '9999-12-31' AS to_day,
       coalesce(lifecycle, '') <> 'prospect' AS active FROM profile
"""


@dataclass(frozen=True)
class Outcomes:
    """The tables `outcome_event` (account_id, day, type, mrr) and `customer` (account_id, from_day, to_day) of a connection.

    Everything is known that happened up to `closed`.
    """

    closed: date
    stated: bool  # a source tells outcomes; otherwise contracts do
    by_contract: bool


def prepare(connection: duckdb.DuckDBPyConnection, until: date) -> Outcomes:
    """Find outcomes up to `until` from `KINDS` as known then, which the connection holds; without a source there are none."""
    loaded = "SELECT kind FROM source_at WHERE as_of = ? AND kind IN ('outcome', 'subscription')"
    kinds = {kind for (kind,) in connection.execute(loaded, [until]).fetchall()}
    stated, by_contract = "outcome" in kinds, "subscription" in kinds
    connection.execute(CHANGES, {"until": until})
    events, values = (STATED, None) if stated else (FROM_CONTRACTS, {"until": until})
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE outcome_event AS SELECT * FROM ({events}) WHERE type IS NOT NULL", values
    )
    # a stated churn ends the customer even where the contract's end was never entered; a later contract begins anew
    customers = CUSTOMERS_BY_CONTRACT if by_contract else CUSTOMERS_BY_PROFILE
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE customer AS
        SELECT c.account_id, c.from_day, least(c.to_day, coalesce(min(o.day), c.to_day)) AS to_day
        FROM ({customers}) c
        LEFT JOIN outcome_event o ON o.account_id = c.account_id AND o.type = 'churned' AND o.day BETWEEN c.from_day AND c.to_day
        WHERE c.active GROUP BY c.account_id, c.from_day, c.to_day""")
    waits = timedelta(days=0 if stated else BRIDGE_DAYS)
    return Outcomes(until - waits, stated, by_contract)
