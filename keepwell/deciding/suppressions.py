"""Dated exceptions that people wrote: who, what, why, from when to when."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from keepwell.state import META, State
from keepwell.words.decision import AUTOMATIC, Suppression
from keepwell.words.problem import KeepwellError, Problem

SUPPRESSION = sa.Table(
    "suppression",
    META,
    sa.Column("id", sa.Integer, primary_key=True),
    *(sa.Column(name, sa.Text) for name in ("scope", "value", "code", "cause", "note", "author")),
    *(sa.Column(name, sa.Date) for name in ("since", "until", "ended", "reviewed")),
    sa.Column("reviewed_by", sa.Text),
    sa.Column("written_at", sa.DateTime),
)
WORDS = ("scope", "value", "code", "cause", "note", "author", "since", "until")


def add(connection: sa.Connection, one: Suppression, now: datetime) -> Suppression:
    """Keep an exception; returned under its number."""
    values = {name: getattr(one, name) for name in WORDS}
    made = connection.execute(sa.insert(SUPPRESSION).values(values | {"written_at": now}))
    [key] = made.inserted_primary_key or (None,)
    return _found(connection, str(key))


def end(connection: sa.Connection, key: str, day: date) -> Suppression:
    """Take an exception back from a day on; it stays on record."""
    one = _found(connection, key)
    if one.ended is not None or one.until < day:
        raise KeepwellError(Problem(f"suppression {key} ended on {one.ended or one.until}", fix="nothing to do"))
    still = (SUPPRESSION.c.id == int(key), SUPPRESSION.c.ended.is_(None))
    if connection.execute(sa.update(SUPPRESSION).where(*still).values(ended=day)).rowcount != 1:
        raise KeepwellError(Problem(f"somebody else ended suppression {key} just now", fix="nothing to do"))
    return _found(connection, key)


def review(connection: sa.Connection, key: str, day: date, author: str) -> Suppression:
    """Note that somebody looked at what an exception held back."""
    one = _found(connection, key)
    if one.until >= day and one.ended is None:
        what = f"suppression {key} is in force until {one.until}"
        raise KeepwellError(Problem(what, fix="review it once it is over, or end it with --end"))
    noted = sa.update(SUPPRESSION).where(SUPPRESSION.c.id == int(key))
    connection.execute(noted.values(reviewed=day, reviewed_by=author))
    return _found(connection, key)


def open_outage(connection: sa.Connection, one: Suppression, now: datetime) -> bool:
    """Keep an exception of a silent source, unless one is in force; in the transaction of what is told of it.

    Until that ends no other process looks whether one is: of two runs at once the second finds the first one's.
    """
    _hold(connection)
    same = (SUPPRESSION.c.author == AUTOMATIC, SUPPRESSION.c.value == one.value)
    begun = (SUPPRESSION.c.since <= one.since, SUPPRESSION.c.until >= one.since)
    lasts = sa.or_(SUPPRESSION.c.ended.is_(None), SUPPRESSION.c.ended > one.since)
    held = sa.select(SUPPRESSION.c.id).where(*same, *begun, lasts)
    if connection.execute(held).first() is not None:
        return False
    values = {name: getattr(one, name) for name in WORDS}
    connection.execute(sa.insert(SUPPRESSION).values(values | {"written_at": now}))
    return True


def _hold(connection: sa.Connection) -> None:
    """Let nobody else write exceptions before this transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE suppression IN SHARE ROW EXCLUSIVE MODE")
    else:
        connection.execute(sa.update(SUPPRESSION).where(sa.false()).values(note=""))


def end_outage(connection: sa.Connection, key: str, day: date) -> bool:
    """The source delivers again; False: that was noted before."""
    still = (SUPPRESSION.c.id == int(key), SUPPRESSION.c.ended.is_(None))
    return connection.execute(sa.update(SUPPRESSION).where(*still).values(ended=day)).rowcount == 1


def every(state: State) -> tuple[Suppression, ...]:
    """All exceptions that were ever written, oldest first."""
    with state.engine.connect() as connection:
        return _every(connection)


def _every(connection: sa.Connection) -> tuple[Suppression, ...]:
    return tuple(_suppression(row) for row in connection.execute(sa.select(SUPPRESSION).order_by(SUPPRESSION.c.id)))


def _found(connection: sa.Connection, key: str) -> Suppression:
    found = next((one for one in _every(connection) if one.key == key), None)
    if found is None:
        raise KeepwellError(Problem(f"no suppression {key}", fix="'keepwell suppress' lists them"))
    return found


def _suppression(row: Any) -> Suppression:
    later = {name: getattr(row, name) for name in ("ended", "reviewed", "reviewed_by")}
    return Suppression(str(row.id), **{name: getattr(row, name) for name in WORDS}, **later)
