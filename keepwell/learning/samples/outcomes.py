"""What became of the customers: when each had a contract, and when it ended, shrank or grew.

Read with all that is known on the last day, which no reading may be: outcomes are what
readings of earlier days are compared with.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from keepwell.words.learning import Foretold

BRIDGE_DAYS = 30  # a contract that goes on within so many days was renewed late, not lost
KINDS = ("subscription_history", "outcome")  # the facts that tell them
RECURRING = (
    "NOT coalesce(trial, false) AND NOT coalesce(one_off, false)"  # who only tried, or bought once, is no customer
)
STEP_PERCENT = 5  # a change of MRR from which on a contract shrank or grew


EVENTS = {Foretold.CHURN: "churned", Foretold.CONTRACTION: "contracted", Foretold.EXPANSION: "expanded"}

# stretches of days with one MRR: `active` while a recurring contract covers the account, whatever is known of its price.
# A line that was edited after its end tells of no days; days without any contract are one stretch
LEVEL = f"""
WITH line AS (
    SELECT account_id, from_day, least(coalesce(to_day, DATE '9999-12-31'), DATE '9999-12-31') AS to_day, mrr_rep
    FROM known_subscription_history
    WHERE {RECURRING} AND coalesce(to_day > from_day, true)
), change AS (
    SELECT account_id, from_day AS day FROM line UNION SELECT account_id, to_day FROM line
), covered AS (
    SELECT c.account_id, c.day, count(l.account_id) > 0 AS active,
           CASE WHEN bool_and(l.mrr_rep IS NOT NULL) THEN CAST(sum(l.mrr_rep) AS BIGINT) END AS mrr
    FROM change c
    LEFT JOIN line l ON l.account_id = c.account_id AND l.from_day <= c.day AND l.to_day > c.day
    GROUP BY c.account_id, c.day
), told AS (
    SELECT * FROM covered WINDOW life AS (PARTITION BY account_id ORDER BY day)
    QUALIFY active OR lag(active) OVER life
), followed AS (
    SELECT *, lead(day) OVER (PARTITION BY account_id ORDER BY day) AS next_day FROM told
)
SELECT account_id, day, active, mrr FROM followed
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

UNDER_CONTRACT = """
SELECT account_id, day AS from_day, coalesce(lead(day) OVER (PARTITION BY account_id ORDER BY day), DATE '9999-12-31') AS to_day,
       active FROM contract_change
"""
ON_THE_LIST = """
SELECT account_id, coalesce(created_day, DATE '0001-01-01') AS from_day, DATE '9999-12-31' AS to_day,
       coalesce(lifecycle, '') <> 'prospect' AS active FROM profile
"""

# days on which an account was a customer; a loss ends it even where the contract's end was never entered, and only
# another contract or a renewal begins anew
CUSTOMERS = """
CREATE OR REPLACE TEMP TABLE customer AS
WITH stretch AS (SELECT account_id, from_day, to_day FROM ({customers}) WHERE active),
loss AS (SELECT account_id, day FROM outcome_event WHERE type = 'churned'),
start AS (
    SELECT account_id, start_day AS day FROM known_subscription_history
    WHERE {recurring}
    UNION SELECT account_id, day FROM outcome_event WHERE type = 'renewed'
), point AS (
    SELECT account_id, from_day AS day FROM stretch UNION SELECT account_id, to_day FROM stretch
    UNION FROM loss UNION FROM start
), piece AS (
    SELECT account_id, day AS from_day,
           coalesce(lead(day) OVER (PARTITION BY account_id ORDER BY day), DATE '9999-12-31') AS to_day FROM point
), judged AS (
    SELECT p.account_id, p.from_day, p.to_day,
           (SELECT max(l.day) FROM loss l WHERE l.account_id = p.account_id AND l.day <= p.from_day) AS lost,
           (SELECT max(s.day) FROM start s WHERE s.account_id = p.account_id AND s.day <= p.from_day) AS began
    FROM piece p
    WHERE EXISTS (FROM stretch t WHERE t.account_id = p.account_id AND t.from_day <= p.from_day AND t.to_day > p.from_day)
)
SELECT account_id, from_day, to_day FROM judged WHERE lost IS NULL OR coalesce(began > lost, false)
"""


@dataclass(frozen=True)
class Outcomes:
    """The tables `outcome_event` (account_id, day, type, mrr) and `customer` (account_id, from_day, to_day) of a connection.

    Everything is known that happened up to `closed`: no later than the newest load of what tells them.
    """

    closed: date
    stated: bool  # a source tells outcomes; otherwise contracts do
    by_contract: bool

    @property
    def late_days(self) -> int:
        """How long after its day an outcome can be told: an end of contract after the days in which another may begin."""
        return 0 if self.stated else BRIDGE_DAYS


def prepare(connection: duckdb.DuckDBPyConnection, until: date) -> Outcomes:
    """Find outcomes up to `until` from `KINDS` as known then, which the connection holds; without a source there are none."""
    loaded = "SELECT kind, max(read_day) FROM source_at WHERE as_of = ? AND kind IN ('outcome', 'subscription') GROUP BY kind"
    read_days = dict(connection.execute(loaded, [until]).fetchall())
    stated, by_contract = "outcome" in read_days, "subscription" in read_days
    connection.execute(CHANGES, {"until": until})
    events, values = (STATED, None) if stated else (FROM_CONTRACTS, {"until": until})
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE outcome_event AS SELECT * FROM ({events}) WHERE type IS NOT NULL", values
    )
    connection.execute(CUSTOMERS.format(customers=UNDER_CONTRACT if by_contract else ON_THE_LIST, recurring=RECURRING))
    told = read_days.get("outcome" if stated else "subscription", until)
    return Outcomes(told - timedelta(days=0 if stated else BRIDGE_DAYS), stated, by_contract)
