"""What cannot wait for the close of a day: which accounts it happened to, since the day before closed.

A fact is news where it became known since then; an invoice also becomes overdue because a day turned.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from keepwell.timeline import identity
from keepwell.timeline.ledger import Ledger

# of each row the version that is known now, beside the one that was known when the day before closed
VERSIONS = """
WITH version AS (
    SELECT f.* FROM fact_{kind} f JOIN days d ON f.known_at < d.close_at
    WHERE coalesce(local_day(f.valid_at), d.as_of) <= d.as_of
), news AS (
    SELECT DISTINCT source, external_id FROM version WHERE known_at >= $since {also}
), newest AS (
    SELECT v.* FROM version v SEMI JOIN news USING (source, external_id)
    QUALIFY row_number() OVER (PARTITION BY source, external_id
                               ORDER BY valid_at DESC NULLS LAST, known_at DESC, batch DESC, seq DESC) = 1
), before AS (
    SELECT v.* FROM version v SEMI JOIN news USING (source, external_id) WHERE known_at < $since
    QUALIFY row_number() OVER (PARTITION BY source, external_id
                               ORDER BY valid_at DESC NULLS LAST, known_at DESC, batch DESC, seq DESC) = 1
)
SELECT i.account_id, {event} AS event
FROM newest n JOIN identity_at i ON i.system = n.system AND i.ref = n.ref AND $day BETWEEN i.from_day AND i.to_day
LEFT JOIN before b ON b.source = n.source AND b.external_id = n.external_id
WHERE event IS NOT NULL
"""
GONE = "(n.deleted AND NOT coalesce(b.deleted, true))"
OPEN = "n.paid_day IS NULL AND n.void_day IS NULL AND NOT n.deleted"

# kind of fact → what happened, in a word, where something did
EVENTS = {
    "subscription": f"""CASE
    WHEN (n.cancelled_day IS NOT NULL AND b.cancelled_day IS NULL) OR {GONE} THEN 'subscription_cancelled'
    WHEN n.mrr < b.mrr OR n.seats < b.seats THEN 'subscription_downgraded' END""",
    "invoice": f"""CASE
    WHEN {OPEN} AND (n.due_day = $day - 1 OR (n.due_day < $day AND b.external_id IS NULL)) THEN 'invoice_overdue'
    WHEN n.paid_day > n.due_day AND b.paid_day IS NULL THEN 'overdue_invoice_paid' END""",
    "ticket": """CASE WHEN n.severity = 'critical' AND b.severity IS DISTINCT FROM 'critical'
     AND n.resolved_at IS NULL AND NOT n.deleted THEN 'ticket_critical' END""",
    "contact": f"""CASE
    WHEN coalesce(n.primary_contact, false) AND NOT n.deleted AND NOT coalesce(b.primary_contact, false)
      OR coalesce(b.primary_contact, false)
         AND ({GONE} OR NOT coalesce(n.primary_contact, false) OR (n.left_day IS NOT NULL AND b.left_day IS NULL))
    THEN 'primary_contact_changed' END""",
}
TURNED = {"invoice": "OR due_day = $day - 1"}  # what a day that turns makes news of

# with everyone above them: a child's event moves its ancestors
TOUCHED = """
SELECT l.ancestor, list(DISTINCT a.event ORDER BY a.event)
FROM arrival a JOIN lineage l ON l.account_id = a.account_id AND l.as_of = $day
GROUP BY l.ancestor ORDER BY l.ancestor
"""


@dataclass(frozen=True)
class Arrival:
    """An account that something happened to, or to one below it, and what."""

    account_id: str
    events: tuple[str, ...]


def arrivals(ledger: Ledger, day: date, close_at: datetime, since: datetime) -> tuple[Arrival, ...]:
    """What happened on a day that has not closed, as known so far; `since` is the close of the day before."""
    connection = ledger.connection
    ledger.accounts(day, close_at)
    connection.execute(identity.LINEAGE)
    parts = (VERSIONS.format(kind=k, event=e, also=TURNED.get(k, "")) for k, e in EVENTS.items())
    found = " UNION ALL ".join(f"SELECT * FROM ({part})" for part in parts)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE arrival AS {found}", {"day": day, "since": since})
    rows = connection.execute(TOUCHED, {"day": day}).fetchall()
    return tuple(Arrival(account, tuple(events)) for account, events in rows)
