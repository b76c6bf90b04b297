"""Rows of a snapshot that the last load had and this one lacks: tombstones, known now (SEMANTICS, rule 4)."""

from __future__ import annotations

from dataclasses import dataclass

from keepwell.lake import TABLES
from keepwell.sources.session import Session
from keepwell.sources.staging import literal
from keepwell.words.problem import Problem, StopRule

FIRST = 5  # of the vanished rows, named by their ids
MOST_VANISHED_PERCENT = 5  # beyond it an export was cut short more likely than customers left


@dataclass(frozen=True)
class Vanished:
    """How many rows are gone, and the first of their ids."""

    rows: int = 0
    ids: tuple[str, ...] = ()


NONE = Vanished()


def bury(session: Session, kind: str, present: str) -> Vanished:
    """Write a tombstone for each living row whose id is not in the table `present`; how many and which.

    StopRule when more than 5 % of the living rows vanished, unless the context allows it.
    """
    held = session.held(f"fact_{kind}")
    session.connection.execute(f"CREATE OR REPLACE TABLE living AS {_living(session, held)}")
    gone = f"FROM living l WHERE NOT EXISTS (FROM {present} p WHERE p.external_id = l.external_id)"
    vanished = session.count(f"SELECT count(*) {gone}")
    if not vanished:
        return NONE
    found = session.connection.execute(f"SELECT external_id {gone} ORDER BY external_id LIMIT {FIRST}").fetchall()
    ids = tuple(row[0] for row in found)
    _stop(session, kind, Vanished(vanished, ids))
    session.append(f"fact_{kind}", f"SELECT {', '.join(_tombstone(session, kind))} {gone}")
    return Vanished(vanished, ids)


def _living(session: Session, held: str) -> str:
    return f"""
        SELECT * FROM {held}
        WHERE source = {literal(session.source.source)} AND batch < {session.context.batch}
        QUALIFY row_number() OVER (
            PARTITION BY external_id
            ORDER BY valid_at DESC NULLS LAST, known_at DESC, batch DESC, seq DESC
        ) = 1 AND NOT deleted
    """


def _stop(session: Session, kind: str, vanished: Vanished) -> None:
    living = session.count("SELECT count(*) FROM living")
    if vanished.rows * 100 > living * MOST_VANISHED_PERCENT and not session.context.allow_vanished:
        what = f"{session.source.source}: {vanished.rows} of {living} {kind} rows vanished since the last load"
        what += f", such as {', '.join(vanished.ids)}"
        fix = "check that the export is whole; if they are really gone, allow it (--allow-vanished)"
        raise StopRule(Problem(what, expected=f"at most {MOST_VANISHED_PERCENT} %", fix=fix))


def _tombstone(session: Session, kind: str) -> list[str]:
    made = {
        "known_at": f"TIMESTAMP '{session.context.now.isoformat(sep=' ')}'",
        "known_basis": "'recorded'",
        "deleted": "true",
        "batch": f"{session.context.batch}::BIGINT",
    }
    return [f'{made[name]} AS "{name}"' if name in made else f'"{name}"' for name in TABLES[f"fact_{kind}"]]
