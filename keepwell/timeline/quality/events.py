"""Events out of order, out of range, or outside the time in which they can have happened."""

from __future__ import annotations

from collections.abc import Iterable

from keepwell.timeline.quality.check import Check
from keepwell.words.fact import KINDS, Form, Type

# (kind, what must not come first, what it must not precede, the word for the first)
ORDER = (
    ("ticket", "resolved_at", "opened_at", "resolved"),
    ("ticket", "escalated_at", "opened_at", "escalated"),
    ("interaction", "answered_at", "occurred_at", "answered"),
    ("invoice", "paid_day", "issued_day", "paid"),
    ("invoice", "due_day", "issued_day", "due"),
    ("invoice", "dispute_closed_day", "disputed_day", "dispute_closed"),
    ("subscription", "end_day", "start_day", "ended"),
    ("subscription", "cancelled_day", "start_day", "cancelled"),
    ("contact", "left_day", "joined_day", "left"),
    ("opportunity", "closed_day", "opened_day", "closed"),
    ("identity", "valid_to", "valid_from", "ended"),
)
COUNTS = (
    ("usage", "count"),
    ("usage", "seconds"),
    ("subscription", "seats"),
    ("subscription", "mrr"),
    ("ticket", "target_seconds"),
    ("milestone", "quantity"),
    ("milestone", "delivered"),
)
# (kind, column, lowest, highest, which rows)
RANGES = (
    ("survey", "score", 0, 10, "type = 'nps'"),
    ("survey", "score", 1, 5, "type = 'csat'"),
    ("ticket", "csat", 1, 5, "true"),
    ("pulse", "score", 1, 5, "true"),
)


def _out_of_order(kind: str, later: str, earlier: str, word: str) -> Check:
    said = word.replace("_", " ")
    start = _event(earlier)
    sql = f"SELECT external_id AS example FROM today_{kind} WHERE {_comparable(kind, later, earlier)}"
    return Check(f"{kind}.{word}_before_{start}", "warning", f"{kind} rows {said} before {start}: {{n}}",
                 "correct the dates in the source, or check the date format and time zone in the map", sql)  # fmt: skip


def _event(column: str) -> str:
    return {"start_day": "start", "valid_from": "start"}.get(column) or column.removesuffix("_day").removesuffix("_at")


def _comparable(kind: str, later: str, earlier: str) -> str:
    """Moments within one local day may come from sources that keep the day only."""
    column = KINDS[kind].column(later)
    if column is not None and column.type is Type.MOMENT:
        return f"local_day({later}) < local_day({earlier})"
    return f"{later} < {earlier}"


NEGATIVE = " UNION ALL ".join(
    f"SELECT '{kind}' AS kind, '{column}' AS about, external_id AS example FROM today_{kind} WHERE {column} < 0"
    + (" AND NOT coalesce(one_off, false)" if column == "mrr" else "")
    for kind, column in COUNTS
)
OUT_OF_RANGE = " UNION ALL ".join(
    f"SELECT '{kind}' AS kind, '{column} ({low} to {high})' AS about, external_id || ': ' || {column}::VARCHAR AS example"
    f" FROM today_{kind} WHERE {rows} AND {column} NOT BETWEEN {low} AND {high}"
    for kind, column, low, high, rows in RANGES
)
BEFORE_SIGNUP = """
SELECT t.external_id AS example FROM today_ticket t JOIN profile p ON p.account_id = t.account_id
WHERE t.day < p.created_day"""

EVENTS = tuple(name for name, kind in KINDS.items() if kind.form is Form.EVENT)


def _ahead(kinds: Iterable[str]) -> str:
    """Events whose newest version was known before the day it tells of; most rows fail the comparison of moments."""
    ahead = "happened_at > known_at AND happened_day > local_day(known_at)"
    newest = "(coalesce(valid_at, TIMESTAMP '0001-01-01'), known_at, batch, seq)"
    return " UNION ALL ".join(
        f"""
SELECT source, '{kind}' AS kind, external_id || ' on ' || arg_max(happened_day, {newest})::VARCHAR AS example
FROM fact_{kind} SEMI JOIN (SELECT source, external_id FROM fact_{kind} WHERE {ahead}) USING (source, external_id)
GROUP BY source, external_id HAVING arg_max({ahead} AND NOT deleted, {newest})"""
        for kind in kinds
    )


CHECKS = (
    Check("event.ahead", "warning", "{kind} rows of {source} dated after the day on which they became known: {n}",
          "correct the dates, or their format or time zone in the map; a row does not count before its day",
          _ahead(kind for kind in EVENTS if kind != "interaction")),
    Check("interaction.ahead", "note", "interactions of {source} dated after the day on which they became known: {n}",
          "nothing to do where they are planned; a row does not count before its day", _ahead(["interaction"])),
    Check("ticket.before_signup", "warning", "tickets opened before their account's signup: {n}",
          "correct the account's creation date, or check whose tickets these are", BEFORE_SIGNUP),
    *(_out_of_order(*order) for order in ORDER),
    Check("value.negative", "warning", "negative {about} of {kind} rows: {n}",
          "correct the source; a negative count of use reads as none", NEGATIVE),
    Check("value.out_of_range", "warning", "{kind} {about} out of range: {n}",
          "correct the source, or convert its scale with a 'lookup:' in the map", OUT_OF_RANGE),
)  # fmt: skip
