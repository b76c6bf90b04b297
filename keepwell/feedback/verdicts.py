"""Verdicts in the state database: each is kept, the newest of an alert counts, and some wait for a change."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from keepwell.feedback import audit
from keepwell.feedback.audit import Entry
from keepwell.state import META, State
from keepwell.words.problem import KeepwellError, Problem
from keepwell.words.verdict import Cause, ChangeOf, Said, Verdict

VERDICTS = sa.Table(
    "verdicts",
    META,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("alert", sa.Integer),
    *(sa.Column(name, sa.Text) for name in ("account_id", "scorecard", "verdict", "cause", "code", "note", "author")),
    *(sa.Column(name, sa.Text) for name in ("change", "ref", "settled_by")),
    sa.Column("as_of", sa.Date),
    sa.Column("score_milli", sa.BigInteger),
    *(sa.Column(name, sa.DateTime) for name in ("written_at", "settled_at")),
)
WORDS = "account_id scorecard as_of verdict code note author written_at cause alert score_milli".split()


def add(connection: sa.Connection, one: Verdict) -> Verdict:
    """Keep a verdict under a number of its own, in the caller's transaction; call it last. The same is said once."""
    for known in [found for found in _read(connection) if _about(found) == _about(one)][-1:]:
        same = (known.verdict, known.cause, known.code) == (one.verdict, one.cause, one.code)
        if same and one.note in ("", known.note):
            what = f"{one.author} has said so already: verdict {known.number} is {one.verdict.value.replace('_', ' ')}"
            raise KeepwellError(Problem(what, fix="another --cause or --note is another verdict"))
    values = {name: getattr(one, name) for name in WORDS} | {"verdict": one.verdict.value}
    values |= {"cause": one.cause and one.cause.value}
    [key] = connection.execute(sa.insert(VERDICTS).values(values)).inserted_primary_key or (0,)
    said = {"verdict": one.verdict.value, "cause": one.cause, "code": one.code, "alert": one.alert, "as_of": one.as_of}
    entry = Entry(one.written_at, one.author, "verdict.write", f"verdict {key}", one.account_id, said)
    audit.note(connection, entry)
    return replace(one, number=key)


def _about(one: Verdict) -> tuple[Any, ...]:
    """Who judges what."""
    return one.author, one.account_id, one.scorecard, one.alert, one.alert or one.as_of


def settle(state: State, number: int, change: ChangeOf, ref: str, by: tuple[str, datetime]) -> Verdict:
    """Name the change that came of a verdict; `by` is who says so and when."""
    author, now = by
    with state.engine.begin() as connection:
        one = next((found for found in _read(connection) if found.number == number), None)
        if one is None or not one.is_open:
            raise KeepwellError(Problem(f"no open verdict {number}", fix="'keepwell verdict --queue' lists them"))
        values = {"change": change.value, "ref": ref, "settled_by": author, "settled_at": now}
        still = (VERDICTS.c.id == number, VERDICTS.c.change.is_(None))
        if connection.execute(sa.update(VERDICTS).where(*still).values(values)).rowcount != 1:
            raise KeepwellError(Problem(f"somebody else settled verdict {number} just now", fix="nothing to do"))
        said = {"change": change.value, "ref": ref}
        audit.note(connection, Entry(now, author, "verdict.settle", f"verdict {number}", one.account_id, said))
    return replace(one, change=change, ref=ref, settled_by=author, settled_at=now)


def every(state: State) -> tuple[Verdict, ...]:
    """All verdicts, oldest first."""
    with state.engine.connect() as connection:
        return tuple(_read(connection))


def _read(connection: sa.Connection) -> list[Verdict]:
    return [_verdict(row) for row in connection.execute(sa.select(VERDICTS).order_by(VERDICTS.c.id))]


def _verdict(row: Any) -> Verdict:
    told = {name: getattr(row, name) for name in (*WORDS, "ref", "settled_by", "settled_at")}
    told |= {"verdict": Said(row.verdict), "cause": row.cause and Cause(row.cause)}
    return Verdict(number=row.id, **told, change=row.change and ChangeOf(row.change))
