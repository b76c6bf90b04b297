"""Customers that were lost, as a day knows it: by a source of outcomes, else by contracts that ended and did not go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from keepwell.book.scorer import Row, Scorer, rows_of
from keepwell.learning.samples import outcomes
from keepwell.learning.samples.outcomes import BRIDGE_DAYS
from keepwell.timeline.ledger import Known, Ledger

# a day brings a loss only where a source told one by it, or a contract's end has been over for long enough on it
TOLD = "SELECT 1 FROM fact_outcome WHERE type = 'churned' AND known_at >= $opened AND known_at < $closed LIMIT 1"
ENDED = f"""
SELECT 1 FROM fact_subscription WHERE least(coalesce(cancelled_day, end_day), coalesce(end_day, cancelled_day))
  BETWEEN $day - {BRIDGE_DAYS + 1} AND $day - {BRIDGE_DAYS - 1} OR known_at >= $opened AND known_at < $closed LIMIT 1
"""
LOST = """
SELECT e.account_id, e.day, abs(e.mrr) AS mrr_minor, {reason} AS reason FROM outcome_event e {told}
WHERE e.type = 'churned' AND e.day > $after AND e.day <= $day
QUALIFY row_number() OVER (PARTITION BY e.account_id ORDER BY e.day DESC) = 1 ORDER BY e.account_id
"""
REASONS = """LEFT JOIN (SELECT account_id, day, any_value(reason) AS reason FROM known_outcome
WHERE type = 'churned' GROUP BY account_id, day) k ON k.account_id = e.account_id AND k.day = e.day"""
EVER = date(1900, 1, 1)


@dataclass(frozen=True)
class Loss:
    """A customer who left: the day, what they paid a month, and the reason that a source gives."""

    account_id: str
    day: date
    mrr_minor: int | None = None
    reason: str | None = None


def loss_of(scorer: Scorer, account: str, day: date) -> Loss | None:
    """The newest loss of an account that is known on a day."""
    connection = scorer.connect()
    known = Ledger(connection, scorer.terms).known_at([scorer.pair(account, day)])
    return next((one for one in _losses(connection, known, day, EVER) if one.account_id == account), None)


def losses_of_day(scorer: Scorer, day: date, after: date) -> tuple[Loss, ...]:
    """The losses after a day that can have become known on this one; often there is nothing to look for."""
    connection = scorer.connect()
    opened, closed = scorer.project.close_at(day - timedelta(days=1)), scorer.project.close_at(day)
    kinds = {feed.kind for feed in scorer.terms.feeds}
    sql = TOLD if "outcome" in kinds else ENDED if "subscription" in kinds else None
    if sql is None:
        return ()
    asked = {"day": day, "opened": opened, "closed": closed}
    given = {name: value for name, value in asked.items() if f"${name}" in sql}
    if not connection.execute(sql, given).fetchall():
        return ()
    known = Ledger(connection, scorer.terms).known_of_all([scorer.day(day)])
    return tuple(_losses(connection, known, day, after))


def _losses(connection: duckdb.DuckDBPyConnection, known: Known, day: date, after: date) -> Iterator[Loss]:
    for name, sql in known.relations(dict.fromkeys(outcomes.KINDS)).items():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
    stated = outcomes.prepare(connection, day).stated
    query = LOST.format(reason="k.reason" if stated else "NULL", told=REASONS if stated else "")
    rows: list[Row] = rows_of(connection, query, {"after": after, "day": day})
    yield from (Loss(**row) for row in rows)
