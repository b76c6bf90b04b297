"""Open deals of accounts: who is about to be sold more."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import duckdb

from keepwell.book.scorer import Scorer, rows_of
from keepwell.timeline.ledger import Ledger
from keepwell.words.figures import money

UPSELLS = """
SELECT as_of, account_id, opened_day, stage, amount, currency FROM ({opportunities})
WHERE type = 'upsell' AND closed_day IS NULL AND won IS NULL ORDER BY account_id, opened_day, source, external_id
"""
Deals = dict[tuple[date, str], tuple[str, ...]]


def open_upsells(scorer: Scorer, accounts: Collection[str], day: date) -> dict[str, tuple[str, ...]]:
    """account → its open upsells in words, as known on a day; accounts without any are left out."""
    if not accounts or all(feed.kind != "opportunity" for feed in scorer.terms.feeds):
        return {}
    connection = scorer.connect()
    known = Ledger(connection, scorer.terms).known_at(scorer.pair(account, day) for account in accounts)
    found = upsells_among(connection, known.relation("opportunity"))
    return {account: deals for (_, account), deals in found.items() if account in accounts}  # and no child of theirs


def upsells_among(connection: duckdb.DuckDBPyConnection, opportunities: str) -> Deals:
    """(day, account) → the open upsells in words, among the opportunities that SQL tells of."""
    found: Deals = {}
    for row in rows_of(connection, UPSELLS.format(opportunities=opportunities)):
        whose = row["as_of"], row["account_id"]
        found[whose] = (*found.get(whose, ()), _line(row))
    return found


def _line(row: dict[str, object]) -> str:
    parts = [
        f"Upsell open since {row['opened_day']}" if row["opened_day"] else "Upsell open",
        *([money(int(str(row["amount"])), str(row["currency"] or ""))] if row["amount"] is not None else []),
        *([f"stage {row['stage']}"] if row["stage"] else []),
    ]
    return f"{', '.join(parts)}: agree with the seller before it goes on"
