"""Which rows tell their past: those of a kind's first load, whenever they could be read (SEMANTICS, rule 3).

A row that the first load quarantined was delivered then: once it can be read it is as if that load had
gone right, and its dates say when it was known, as far as the kind's first delivery could tell of them: what is
dated later was not in it, whatever the id. Every other row of a later load is known from that load.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keepwell.lake import TABLES
from keepwell.sources.cast_statement import Place
from keepwell.sources.loads import Span
from keepwell.sources.session import Session
from keepwell.sources.staging import literal
from keepwell.words.days import Days

REPAIRED = """
CREATE OR REPLACE TABLE repaired AS
SELECT _file, _row FROM {accepted} a
WHERE external_id IN (SELECT external_id FROM rejects WHERE source = $source AND kind = $kind AND batch <= $batch)
  AND coalesce(trusted <= $through, valid_at <= $through, true)
  AND NOT EXISTS (FROM {held} h WHERE h.source = $source AND h.external_id = a.external_id
                    AND h.valid_at IS NOT DISTINCT FROM a.valid_at)
"""
# rows of ids nobody had heard of, dated before the first load
OLDER = """
SELECT count(*), min(day) FROM {rows} a
WHERE day < {first_day} AND {late}
  AND NOT EXISTS (FROM {held} h WHERE h.source = {source} AND h.external_id = a.external_id)
"""
ROW = "r._file = a._file AND r._row = a._row"
ADVICE = (
    "leave them so, or, if their past shall count, remove the project's .keepwell folder and ingest again"
    " (a new 'source' would count them twice now)"
)


@dataclass(frozen=True)
class Parts:
    """Relations of the accepted rows that tell their past and of those known from this load; empty: there are none."""

    past: str
    recent: str


def split(session: Session, place: Place, accepted: str, held: str) -> Parts:
    """Tell the accepted rows apart; `held` is the relation of the kind's facts before them."""
    span = session.history.span(place.fact_map.kind)
    if span is None:
        return Parts(accepted, "")
    if not span.rejected or not _repaired(session, place, span, (accepted, held)):
        return Parts("", accepted)
    rows = f"SELECT * FROM {accepted} a WHERE"
    return Parts(f"({rows} EXISTS (FROM repaired r WHERE {ROW}))", f"({rows} NOT EXISTS (FROM repaired r WHERE {ROW}))")


def _repaired(session: Session, place: Place, span: Span, relations: tuple[str, str]) -> int:
    """Fill the table `repaired` with the rows that the first load could not read; how many."""
    source, kind, (accepted, held) = session.source.source, place.fact_map.kind, relations
    session.context.lake.view(session.connection, "rejects", session.context.published, TABLES["rejects"])
    given = {"source": source, "kind": kind, "batch": span.first_batch}
    given["through"] = session.history.delivered(kind)
    session.connection.execute(REPAIRED.format(accepted=accepted, held=held), given)
    return session.count("SELECT count(*) FROM repaired")


def told(session: Session, place: Place, parts: Parts, held: str, facts: str) -> Iterator[str]:
    """One line on rows whose past counts from now on, and one on those whose past is lost to the scores.

    `facts` is the query of the fact rows made of those that tell their past.
    """
    source, kind = session.source.source, place.fact_map.kind
    span, delivered = session.history.span(kind), session.history.delivered(kind)
    if delivered is None:
        return
    rescored = "days scored without them are scored again by 'keepwell score' and 'keepwell backfill'"
    count = _with_past(session, facts) if facts else 0
    if span is None:
        bound = "" if session.trusted else " up to then; what is dated later is known from this load on"
        yield (
            f"{source}: of {kind}, first delivered on {delivered:%Y-%m-%d}, no row could be read before:"
            f" {_rows(count, kind)} now {_one_or(count, 'tells its', 'tell their')} past{bound}; {rescored}"
        )
        return
    if count:
        tell = _one_or(count, "tells its", "tell their")
        yield f"{source}: {_rows(count, kind)} that the first load could not read now {tell} past: {rescored}"
    if parts.recent:
        days = Days(session.context.time_zone, session.context.day_close)
        first_day = days.close_day_of(f"TIMESTAMP '{span.first_at}'")
        late = f"trusted <= TIMESTAMP '{span.last_at}'" if session.trusted else "true"
        query = OLDER.format(rows=parts.recent, first_day=first_day, late=late, held=held, source=literal(source))
        [(count, since)] = session.connection.execute(query).fetchall()
        if count:
            yield (
                f"{source}: {_rows(count, kind)} dated from {since} on, before the first load of {kind}"
                f" ({span.first_at:%Y-%m-%d}), {_one_or(count, 'is', 'are')} known from this load on,"
                f" not from {_one_or(count, 'its date', 'their dates')}; {ADVICE}"
            )


def _with_past(session: Session, facts: str) -> int:
    """How many rows are known from before this load."""
    now = session.context.now.isoformat(sep=" ")
    return session.count(f"SELECT count(DISTINCT seq) FROM ({facts}) WHERE known_at < TIMESTAMP '{now}'")


def _rows(count: int, kind: str) -> str:
    return f"{count:,} {kind} {_one_or(count, 'row', 'rows')}"


def _one_or(count: int, one: str, many: str) -> str:
    return one if count == 1 else many
