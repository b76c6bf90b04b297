"""What scores are read without: rows in quarantine whose account is known are named to whoever reads it.

A row that could not be taken in is no fact: it enters no reading and expires. But an account
whose contract line is outside would read an MRR of 0, and nobody could tell that from a true one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date

import duckdb

from keepwell.book.scorer import ATTRIBUTES_FROM, Card, Scorer
from keepwell.signals.columns import kinds_of
from keepwell.timeline.ledger import Ledger
from keepwell.timeline.quality import standing
from keepwell.words.report import Explanation

MOST_NAMED = 5  # accounts or places in one line
READ_FROM_IT = "MRR, seats, product and renewal"  # of a contract line

# one row per row in quarantine that concerns the day, with the account it names (NULL: none that is known)
OUTSIDE = """
SELECT r.source, r.kind, regexp_extract(r.file, '[^/]*$') || coalesce(':' || r.line::VARCHAR, '') AS place, i.account_id
FROM standing_reject r
LEFT JOIN identity_at i ON i.system = r.system AND i.ref = r.ref AND i.as_of = $day
 AND $day BETWEEN i.from_day AND i.to_day
WHERE coalesce(r.happened_day <= $day, true)
"""
OF_ACCOUNT = f"""
SELECT source, kind, count(*), min(DISTINCT place, {MOST_NAMED}) FROM ({OUTSIDE})
WHERE account_id = $account OR account_id IN (
    SELECT holder FROM holder WHERE account_id = $account AND as_of = $day)
GROUP BY source, kind ORDER BY kind <> '{ATTRIBUTES_FROM}', source, kind
"""
OF_BOOK = f"""
SELECT source, count(*), count(DISTINCT account_id), min(DISTINCT account_id, {MOST_NAMED}) FROM ({OUTSIDE})
GROUP BY source ORDER BY source
"""


def marked(connection: duckdb.DuckDBPyConnection, card: Card, it: Explanation) -> Explanation:
    """The explanation with a caveat on the rows it is read without; `connection` has read its account and day."""
    kinds = {ATTRIBUTES_FROM, *(kind for signal in card.signals.values() for kind in kinds_of(signal))}
    if not (kinds := _with_rejects(connection, kinds)):
        return it
    standing.gather(connection, sorted(kinds))
    found = connection.execute(OF_ACCOUNT, {"account": it.score.account_id, "day": it.score.as_of}).fetchall()
    told = tuple(_of_account(*row) for row in found)
    return replace(it, caveats=(*told, *it.caveats))


def _of_account(source: str, kind: str, rows: int, places: list[str]) -> str:
    what = f"{READ_FROM_IT} are read" if kind == ATTRIBUTES_FROM else "its signals are read"
    return f"{_outside(rows, kind, source)} ({_first(places, rows)}): {what} without {_it(rows)}"


def of_contracts(scorer: Scorer, day: date, *, advice: bool = True) -> tuple[str, ...]:
    """One line per source on the contract rows that are outside, and whose revenue is read without them."""
    connection = scorer.connect()
    if not _with_rejects(connection, {ATTRIBUTES_FROM}):
        return ()
    Ledger(connection, scorer.terms).accounts(*scorer.day(day))
    standing.gather(connection, [ATTRIBUTES_FROM])
    return tuple(_of_book(connection, day, advice=advice))


def _of_book(connection: duckdb.DuckDBPyConnection, day: date, *, advice: bool) -> Iterator[str]:
    for source, rows, accounts, named in connection.execute(OF_BOOK, {"day": day}).fetchall():
        it, outside = _it(rows), _outside(rows, ATTRIBUTES_FROM, source)
        without = f"{READ_FROM_IT} of {_first(named, accounts)} are read without {it}" if accounts else ""
        mend = f"; correct {it} in the source and ingest again" if advice else ""
        yield f"{outside}; {without or f'no known account is named in {it}'}{mend}"


def _outside(rows: int, kind: str, source: str) -> str:
    return f"{rows:,} {kind} {'row' if rows == 1 else 'rows'} of {source} {'is' if rows == 1 else 'are'} quarantined"


def _first(named: list[str], of: int) -> str:
    return ", ".join(named) + (f" and {of - len(named)} more" if of > len(named) else "")


def _it(rows: int) -> str:
    return "it" if rows == 1 else "them"


def _with_rejects(connection: duckdb.DuckDBPyConnection, kinds: Collection[str]) -> set[str]:
    """Those of the kinds of which any row was ever rejected."""
    return {kind for (kind,) in connection.execute("SELECT DISTINCT kind FROM rejects").fetchall()} & set(kinds)
