"""What became known only after a day had closed: shown as a label or named in a line, never part of a score.

On the day of a first load, a name without a date is known from that day on (SEMANTICS, rule 3), so
the last closed day cannot know it. Nobody needs a list of ids for that: who an account is called
and who acts for it enters no score, so today's word is shown, and said to be today's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

import duckdb
import pyarrow as pa

from keepwell.book.scorer import Scorer
from keepwell.sources.recording import PEOPLE
from keepwell.timeline.ledger import Ledger
from keepwell.words.fact import KINDS, Kind, Type
from keepwell.words.report import Explanation

SHOWN = pa.schema([("account_id", pa.string()), ("name", pa.string()), ("owner", pa.string())])
NOTHING = dict.fromkeys(SHOWN.names)
DATED = (Type.DAY, Type.MOMENT)
# a day's readings that leave a label open; a name that is not known reads as the id
OPEN = "SELECT 1 FROM ({readings}) WHERE as_of = ? AND (a_name = account_id OR a_owner IS NULL) LIMIT 1"


def register(scorer: Scorer, connection: duckdb.DuckDBPyConnection, readings: str, day: date) -> None:
    """Make the relation `label`: today's names and owners, where the day's readings leave one open."""
    lacking = connection.execute(OPEN.format(readings=readings), [day]).fetchall()
    connection.register("label", current(scorer) if lacking else SHOWN.empty_table())


def current(scorer: Scorer) -> pa.Table:
    """Every account's name and owner as of the newest load."""
    connection = scorer.connect()
    Ledger(connection, scorer.terms).accounts(*scorer.day(_newest_load(scorer)))
    columns = ", ".join(SHOWN.names)
    found: pa.Table = connection.sql(f"SELECT {columns} FROM profile ORDER BY account_id").to_arrow_table()
    return found


def shown(scorer: Scorer, it: Explanation) -> Explanation:
    """The explanation under today's name and owner, where its own day did not know them."""
    account = it.score.account_id
    if it.owner is not None and it.name != account:
        return it
    today = next((row for row in current(scorer).to_pylist() if row["account_id"] == account), NOTHING)
    name = today["name"] if it.name == account else None
    owner = today["owner"] if it.owner is None else None
    claims = claim(scorer, it.score.as_of, [(name is not None and name != account, owner is not None)])
    return replace(it, name=name or it.name, owner=it.owner or owner, caveats=(*it.caveats, *claims))


def claim(scorer: Scorer, day: date, later: Iterable[tuple[bool, bool]]) -> tuple[str, ...]:
    """The caveat under a list in which some (name, owner) are of a later day than its scores."""
    found = list(later)
    names, owners = any(name for name, _ in found), any(owner for _, owner in found)
    if not names and not owners:
        return ()
    what = " and ".join([*(["names"] if names else []), *(["owners"] if owners else [])]).capitalize()
    loaded = _newest_load(scorer)
    return (f"{what} as of the load of {loaded}: they were not known by {day} and are no part of its score",)


def _newest_load(scorer: Scorer) -> date:
    [(moment,)] = scorer.connect().execute("SELECT max(loaded_at) FROM loads").fetchall()
    return scorer.project.local_day(moment)


# --- what a score of the day could not use


def too_late(scorer: Scorer, day: date) -> tuple[str, ...]:
    """One line on the columns of which nothing was known when the day closed and something is now; none: nothing."""
    connection = scorer.connect()
    parts = [part for kind in KINDS.values() if kind.name != "usage" for part in _late(scorer, connection, kind, day)]
    if not parts:
        return ()
    fix = "where they were always so, declare 'since: created', or name the column that dates the row ('version:')"
    return (f"not known when {day} closed, and so no part of its scores: {'; '.join(parts)}; {fix}",)


def _late(scorer: Scorer, connection: duckdb.DuckDBPyConnection, kind: Kind, day: date) -> Iterator[str]:
    """`name, owner of account (crm)`: by source, of the kinds of which the day knew rows."""
    columns = [column.name for column in kind.columns if column.type not in DATED and not column.required]
    known = f"known_at < TIMESTAMP '{scorer.project.close_at(day)}'"
    counts = ", ".join(f'count("{c}") FILTER ({known}) = 0 AND count("{c}") > 0' for c in columns)
    query = f"""
        SELECT source, {counts} FROM fact_{kind.name} WHERE source <> ?  -- what people record by hand has no map
        GROUP BY source HAVING bool_or({known}) ORDER BY source"""
    for source, *late in connection.execute(query, [PEOPLE]).fetchall():
        if named := [column for column, is_late in zip(columns, late, strict=True) if is_late]:
            yield f"{', '.join(named)} of {kind.name} ({source})"
