"""One table into one kind of fact: cast, told apart, written; with the counts that must add up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import duckdb

from keepwell.sources import first_load
from keepwell.sources.cast_statement import PERSONAL, Basis, CastStatement, Place
from keepwell.sources.knowledge import Knowledge
from keepwell.sources.loads import Count
from keepwell.sources.rejects import Origin, Told, write_rejects
from keepwell.sources.session import Session
from keepwell.sources.sifting import Cast, sift
from keepwell.sources.staging import Unit, literal, unite
from keepwell.words.fact import Load
from keepwell.words.problem import KeepwellError, nearest

RULES = 1  # raise when casting changes what a text means, so that unchanged files are read again
MOST_WORDS = 5  # named in one line


@dataclass(frozen=True)
class FactLoad:
    """What came of it: counts in the order of the units, what to tell of rejects, and columns without history."""

    counts: tuple[Count, ...]
    told: Told
    late: tuple[str, ...]
    notes: tuple[str, ...]  # lines on words that no signal knows, and on rows whose past counts or does not

    @property
    def wrote(self) -> bool:
        """Whether a fact or a reject was written."""
        return any(count.accepted or count.quarantined for count in self.counts)


def fingerprint(session: Session, place: Place) -> str:
    """Of everything besides the data that decides how it is read: a change makes unchanged files be read again."""
    table = place.table_map
    parts = [str(RULES), repr(session.zones), session.context.currency, repr(session.source.known_at)]
    parts += [place.fact_map.model_dump_json(), table.encoding, repr(table.delimiter), repr(table.nulls)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def load_fact(session: Session, place: Place, units: Sequence[Unit], present: str) -> FactLoad:
    """Read the units for one fact; `present` is the table that collects the ids seen, for snapshots."""
    fact = place.fact_map
    columns, relation = unite(units)
    basis = Basis(session.zones, session.context.currency, session.context.salt)
    statement = CastStatement(place, columns, basis)
    _check_units(place, units, statement)
    rows = _cast(session, place, statement.sql(relation))
    if fact.loading is Load.SNAPSHOT:
        ids = f"SELECT DISTINCT external_id FROM {rows} WHERE external_id IS NOT NULL"
        session.connection.execute(f"INSERT INTO {present} {ids}")
    held = session.held(f"fact_{fact.kind}")
    settled = session.history.settled(fact.kind)
    cast = Cast(rows, held, session.source.source, session.trusted, session.context.batch, settled)
    accepted = sift(session.connection, cast)
    parts = first_load.split(session, place, accepted, held)
    counts = _counts(session, rows, len(units), _shared(session, place, relation))
    notes = [*_unknown_words(session, place, accepted)]
    late: list[str] = []
    if any(count.accepted for count in counts):
        stamp = session.stamp(statement.system, place.table, fact.kind)
        past = Knowledge(fact, replace(stamp, settled=None), session.trusted, first=True)
        recent = Knowledge(fact, stamp, session.trusted, first=False)
        known = [k.sql(part) for k, part in ((past, parts.past), (recent, parts.recent)) if part]
        late = past.late_columns() if parts.past else []
        notes += first_load.told(session, place, parts, held, known[0] if parts.past else "")
        session.append(f"fact_{fact.kind}", " UNION ALL ".join(known))
        _write_words(session, place, accepted)
    told = Told()
    if any(count.quarantined for count in counts):
        origin = Origin(relation, columns, units, statement.system)
        told = write_rejects(session, place, rows, origin)
    return FactLoad(counts, told, tuple(late), tuple(notes))


def _check_units(place: Place, units: Sequence[Unit], statement: CastStatement) -> None:
    for unit in units:
        for column, path in statement.needed.items():
            if column not in unit.columns:
                fix = nearest(column, list(unit.columns))
                raise KeepwellError(place.source.problem(path, f"{unit.origin} has no column '{column}'", fix=fix))


def _cast(session: Session, place: Place, query: str) -> str:
    """Run the cast statement once, into the scratch folder; the relation of its rows."""
    file = session.scratch / f"cast-{place.table}-{place.fact}.parquet"
    try:
        session.connection.execute(f"COPY ({query}) TO {literal(str(file))} (FORMAT parquet, COMPRESSION zstd)")
    except duckdb.Error as error:
        where = place.path("where") if place.fact_map.where else place.path()
        raise KeepwellError(place.source.problem(where, f"cannot be read: {str(error).splitlines()[0]}")) from None
    return f"read_parquet({literal(str(file))})"


def _shared(session: Session, place: Place, relation: str) -> str:
    """The files, as a list in SQL, in which a line that could not be split may be of any kind.

    A `where` tells the rows of the fact from others, and some line could be split: of a file of which none
    could, nothing was heard.
    """
    if place.fact_map.where is None:
        return "[]"
    whole = session.connection.execute(f"SELECT DISTINCT _file FROM {relation} WHERE _bad IS NULL").fetchall()
    return str(sorted(file for (file,) in whole))


def _counts(session: Session, rows: str, units: int, shared: str) -> tuple[Count, ...]:
    today = literal(session.context.today.isoformat())
    query = f"""
        SELECT _file, count(*), count(*) FILTER (bad_reason IS NULL AND verdict IS NULL),
               count(*) FILTER (verdict = 'duplicate'),
               count(*) FILTER (bad_reason IS NOT NULL OR verdict = 'conflict'),
               max(day) FILTER (bad_reason IS NULL AND day <= {today}::DATE),
               count(*) FILTER (torn AND list_contains({shared}::INTEGER[], _file))
        FROM {rows} c LEFT JOIN verdict v USING (_file, _row) GROUP BY _file
    """
    found = {file: Count(*counts) for file, *counts in session.connection.execute(query).fetchall()}
    return tuple(found.get(number, Count(0, 0, 0, 0, None)) for number in range(units))


def _unknown_words(session: Session, place: Place, accepted: str) -> Iterator[str]:
    """The most frequent words of each column that signals compare with others."""
    for column in place.fact_map.of.columns:
        if not column.among or column.name not in place.fact_map.columns:
            continue
        value = f"v_{column.name}"
        query = f"SELECT {value}, count(*) FROM {accepted} WHERE {column.unknown(value)} GROUP BY 1 ORDER BY 2 DESC, 1"
        if found := session.connection.execute(query).fetchall():
            words = ", ".join(f"'{word}' ({count:,})" for word, count in found[:MOST_WORDS])
            words += f" and {len(found) - MOST_WORDS} more" if len(found) > MOST_WORDS else ""
            what = f"no signal knows these words of {place.fact_map.kind} {column.name}: {words}"
            expected, fix = ", ".join(column.among), "say what they mean with a 'lookup:'"
            yield str(place.source.problem(place.map_path(column.name), what, expected, fix))


def _write_words(session: Session, place: Place, accepted: str) -> None:
    """Names and texts behind new pseudonyms, each once."""
    columns = [c for c in place.fact_map.of.columns if c.type in PERSONAL and c.name in place.fact_map.columns]
    if not columns:
        return
    held = session.held("personal")
    parts = [f"SELECT v_{c.name} AS token, '{c.type}' AS what, w_{c.name} AS words FROM {accepted}" for c in columns]
    query = f"""
        SELECT token, min(what) AS what, any_value(words) AS words, {session.context.batch}::BIGINT AS batch
        FROM ({" UNION ALL ".join(parts)}) p
        WHERE token IS NOT NULL AND NOT EXISTS (FROM {held} h WHERE h.token = p.token)
        GROUP BY token
    """
    session.connection.execute(f"CREATE OR REPLACE TABLE words AS {query}")
    if session.count("SELECT count(*) FROM words"):
        session.append("personal", "FROM words")
