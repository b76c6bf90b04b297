"""Rows that could not be taken in, with their place, the reason and the raw row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from keepwell.lake import TABLES
from keepwell.sources import advice
from keepwell.sources.cast_statement import Place
from keepwell.sources.session import Session
from keepwell.sources.sifting import CONFLICT
from keepwell.sources.staging import Unit, literal
from keepwell.words.report import Reject, RejectGroup

EXAMPLES = 20  # shown per (table, fact); all are kept in the lake
MANY = 4  # rows that fail for one reason, from which on they are told once
FIRST = 3  # rows and values named of such a group
SAMPLE = 100  # lowest and highest texts by which a date format is guessed
SAME = '"column", field, coalesce(what, reason)'  # what makes two rejects alike


@dataclass(frozen=True)
class Told:
    """What a person is told of a fact's rejects: those of one reason together, and the first of the others."""

    rejects: tuple[Reject, ...] = ()
    groups: tuple[RejectGroup, ...] = ()
    notes: tuple[str, ...] = ()  # on rows that were taken in and are wrong
    new: int = 0  # rejects that no load before had


@dataclass(frozen=True)
class Origin:
    """Where the rows of a cast come from: the staged relation with its columns and units, and whose ids they hold."""

    relation: str
    columns: Mapping[str, str]
    units: Sequence[Unit]
    system: str

    def file(self) -> str:
        """The name of a row's file."""
        cases = " ".join(f"WHEN {n} THEN {literal(unit.origin)}" for n, unit in enumerate(self.units))
        return f"coalesce(c._label, CASE c._file {cases} END)"

    def raw(self) -> str:
        """The raw row: as it stood in the file, or as a JSON object."""
        fields = ", ".join(f"{literal(name)}, r.{staged}" for name, staged in self.columns.items())
        return f"coalesce(r._raw, json_object({fields})::VARCHAR)"


def write_rejects(session: Session, place: Place, rows: str, origin: Origin) -> Told:
    """Keep every row of `rows` that is bad or in conflict; what to tell of them."""
    key = ", ".join(place.fact_map.id.columns) or place.fact_map.id.template or ""
    made = {
        "source": literal(session.source.source),
        "kind": literal(place.fact_map.kind),
        "file": origin.file(),
        "line": "c._line",
        "column": f"CASE WHEN c.verdict IS NULL THEN nullif(c.bad_column, '') ELSE {literal(key)} END",
        "reason": f"coalesce(c.bad_reason, {literal(CONFLICT)})",
        "raw": origin.raw(),
        "field": "c.bad_field",
        "text": "c.bad_text",
        "what": f"coalesce(c.bad_what, {literal(CONFLICT)})",
        "external_id": "c.external_id",
        "system": literal(origin.system),
        "ref": "c.ref",
        "happened_day": "c.day",
        "rejected_at": f"TIMESTAMP '{session.context.now.isoformat(sep=' ')}'",
        "batch": f"{session.context.batch}::BIGINT",
    }
    bad = f"""
        SELECT {", ".join(f'{made[name]} AS "{name}"' for name in TABLES["rejects"])}
        FROM (SELECT * FROM {rows} LEFT JOIN verdict USING (_file, _row)
              WHERE bad_reason IS NOT NULL OR verdict = 'conflict') c
        JOIN {origin.relation} r ON r._file = c._file AND r._row = c._row
        ORDER BY c._file, c._line, c._row
    """
    session.connection.execute(f"CREATE OR REPLACE TABLE bad AS {bad}")
    new = _new(session, place.fact_map.kind)
    session.append("rejects", "FROM bad")
    texts = advice.Texts(f"{origin.relation} r JOIN {rows} c USING (_file, _row)", origin.columns)
    notes = tuple(advice.exchanged(session, place, texts))
    return replace(_told(session, place, session.count(f"SELECT count(*) FROM {rows}")), notes=notes, new=new)


def _new(session: Session, kind: str) -> int:
    """How many of `bad` no load before has rejected: a file that is exported whole brings the old ones every night."""
    _see_rejects(session)
    before = f"FROM rejects WHERE source = {literal(session.source.source)} AND kind = {literal(kind)}"
    return session.count(f"SELECT count(*) FROM bad ANTI JOIN (SELECT raw, reason {before}) USING (raw, reason)")


def standing_rejects(session: Session, place: Place, loads: Collection[tuple[str, int]], read: int) -> Told:
    """What to tell of inputs (origin, batch that loaded it) that have not changed since; `read` rows in all."""
    standing = " UNION ALL ".join(f"SELECT * {_standing(session, place.fact_map.kind, *load)}" for load in loads)
    session.connection.execute(f"CREATE OR REPLACE TABLE bad AS {standing}")
    return _told(session, place, read)


def keep_rejects(session: Session, kind: str, origin: str, batch: int) -> None:
    """Let the rejects of an unchanged input stand under this batch too: each load has its own."""
    standing = _standing(session, kind, origin, batch)
    if session.count(f"SELECT count(*) {standing}"):
        session.append("rejects", f"SELECT * REPLACE ({session.context.batch}::BIGINT AS batch) {standing}")


def _standing(session: Session, kind: str, origin: str, batch: int) -> str:
    _see_rejects(session)
    files = ", ".join(map(literal, {origin, *origin.split(", ")}))  # a select's rejects name its files one by one
    return (
        f"FROM rejects WHERE source = {literal(session.source.source)} AND kind = {literal(kind)}"
        f" AND batch = {batch} AND file IN ({files})"
    )


def _see_rejects(session: Session) -> None:
    session.context.lake.view(session.connection, "rejects", session.context.published, TABLES["rejects"])


# --- what is told of the table `bad`


def _told(session: Session, place: Place, read: int) -> Told:
    few = f"FROM bad QUALIFY count(*) OVER (PARTITION BY {SAME}) < {MANY}"
    query = f'SELECT file, line, "column", reason, source, field, what, text {few} ORDER BY file, line LIMIT {EXAMPLES}'
    rejects = tuple(_reject(session, place, row) for row in session.connection.execute(query).fetchall())
    return Told(rejects, tuple(_groups(session, place, read)))


def _reject(session: Session, place: Place, row: tuple[Any, ...]) -> Reject:
    file, line, column, reason, source, field, what, text = row
    fix = advice.fix(session, place, (column, field, what), [text] if text else [], certain=True)
    return Reject(file, line, column, reason, source, fix)


def _groups(session: Session, place: Place, read: int) -> Iterator[RejectGroup]:
    rows = session.connection.execute(f"""
        SELECT {SAME}, count(*), min(struct_pack(file := file, line := coalesce(line, 0)), {FIRST}) AS firsts,
               list_distinct(min(text, {SAMPLE}) || max(text, {SAMPLE}))
        FROM bad GROUP BY ALL HAVING count(*) >= {MANY} ORDER BY firsts""").fetchall()
    for column, field, what, count, firsts, texts in rows:
        yield RejectGroup(
            source=session.source.source,
            kind=place.fact_map.kind,
            place=session.source.problem(place.map_path(field), "").place,
            column=column,
            rows=count,
            read=read,
            reason=f"{field} {what}" if texts else what,
            values=_values(session, (column, field, what)),
            examples=tuple(f"{at['file']}:{at['line']}" if at["line"] else at["file"] for at in firsts),
            fix=advice.fix(session, place, (column, field, what), texts or []),
        )


def _values(session: Session, group: tuple[str | None, str | None, str]) -> tuple[str, ...]:
    """The most frequent texts of a group that do not fit."""
    query = f"""
        SELECT left(text, 60) FROM bad WHERE text IS NOT NULL AND row({SAME}) IS NOT DISTINCT FROM row($1, $2, $3)
        GROUP BY ALL ORDER BY count(*) DESC, 1 LIMIT {FIRST}"""
    return tuple(row[0] for row in session.connection.execute(query, list(group)).fetchall())
