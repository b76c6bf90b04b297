"""Rows that could not be taken in, with their place, the reason and the raw row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keepwell.lake import TABLES
from keepwell.sources.cast_statement import Place
from keepwell.sources.session import Session
from keepwell.sources.sifting import CONFLICT
from keepwell.sources.staging import Unit, literal
from keepwell.words.report import Reject

EXAMPLES = 20  # shown per (table, fact); all are kept in the lake


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


def write_rejects(session: Session, place: Place, rows: str, origin: Origin) -> tuple[Reject, ...]:
    """Keep every row of `rows` that is bad or in conflict; the first of them."""
    key = ", ".join(place.fact_map.id.columns) or place.fact_map.id.template or ""
    made = {
        "source": literal(session.source.source),
        "kind": literal(place.fact_map.kind),
        "file": origin.file(),
        "line": "c._line",
        "column": f"CASE WHEN c.verdict IS NULL THEN nullif(c.bad_column, '') ELSE {literal(key)} END",
        "reason": f"coalesce(c.bad_reason, {literal(CONFLICT)})",
        "raw": origin.raw(),
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
    session.append("rejects", "FROM bad")
    return _examples(session, "FROM bad")


def standing_rejects(session: Session, kind: str, origin: str, batch: int) -> tuple[Reject, ...]:
    """The first rejects of an input that was loaded by `batch` and has not changed since."""
    return _examples(session, _standing(session, kind, origin, batch))


def keep_rejects(session: Session, kind: str, origin: str, batch: int) -> None:
    """Let the rejects of an unchanged input stand under this batch too: each load has its own."""
    standing = _standing(session, kind, origin, batch)
    if session.count(f"SELECT count(*) {standing}"):
        session.append("rejects", f"SELECT * REPLACE ({session.context.batch}::BIGINT AS batch) {standing}")


def _standing(session: Session, kind: str, origin: str, batch: int) -> str:
    session.context.lake.view(session.connection, "rejects", session.context.published, TABLES["rejects"])
    files = ", ".join(map(literal, {origin, *origin.split(", ")}))  # a select's rejects name its files one by one
    return (
        f"FROM rejects WHERE source = {literal(session.source.source)} AND kind = {literal(kind)}"
        f" AND batch = {batch} AND file IN ({files})"
    )


def _examples(session: Session, rows: str) -> tuple[Reject, ...]:
    query = f'SELECT file, line, "column", reason, source {rows} ORDER BY file, line LIMIT {EXAMPLES}'
    return tuple(Reject(*row) for row in session.connection.execute(query).fetchall())
