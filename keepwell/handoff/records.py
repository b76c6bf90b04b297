"""Handoffs in the state database: written a day at a time, each day once; what people say is written beside.

As with standings, who decides a day first moves the mark in the transaction that writes the day's rows. The daily run
never writes what people said, and leaves score, track and missing inputs alone once a handoff is accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import sqlalchemy as sa

from keepwell.state import META, State, insert_into
from keepwell.words.decision import Owned
from keepwell.words.handoff import Awaited, Baseline, Because, Handoff, Input, Mark, Step, Track

DECIDED = sa.Table(
    "handoffs_decided",
    META,
    sa.Column("name", sa.String(20), primary_key=True),
    sa.Column("first_day", sa.Date),  # the silent baseline
    sa.Column("through", sa.Date),
)
OWNED = ("name", "segment", "owner", "seller", "manager", "mrr_minor", "renewal_day")
HANDOFF = sa.Table(
    "handoffs",
    META,
    sa.Column("id", sa.Integer, primary_key=True),
    *(sa.Column(name, sa.Text) for name in ("account_id", "because", "track", "step", "by", "reason")),
    *(sa.Column(name, sa.Text) for name in ("name", "segment", "owner", "seller", "manager")),
    *(sa.Column(name, sa.Date) for name in ("since", "as_of", "renewal_day", "decided_on", "owner_on", "kickoff_on")),
    *(sa.Column(name, sa.Date) for name in ("first_login_on", "declined_on", "lost_on", "ended_on")),
    *(sa.Column(name, sa.BigInteger) for name in ("mrr_minor", "score_milli", "decline_milli")),
    sa.Column("silent", sa.Boolean),
    *(sa.Column(name, sa.JSON) for name in ("missing", "baseline", "marks", "told")),
)
ALL = "all"  # one mark for all accounts
GATE = ("score_milli", "track", "missing")  # what acceptance makes stand still
FOUND = ("as_of", "owner_on", "kickoff_on", "first_login_on", "declined_on", "decline_milli", "lost_on", "ended_on")

Seen = tuple[date, date]  # the first decided day, and the newest
Write = Callable[[sa.Connection], None]


def decided(state: State) -> Seen | None:
    """From the silent baseline through which day handoffs are decided; None: never."""
    with state.engine.connect() as connection:
        row = connection.execute(sa.select(DECIDED.c.first_day, DECIDED.c.through)).first()
    return None if row is None else (row.first_day, row.through)


def commit(state: State, day: date, seen: Seen | None, handoffs: Sequence[Handoff], beside: Write) -> bool:
    """Write a day that follows what was `seen`; False: another process has decided it."""
    with state.engine.begin() as connection:
        if not _is_ours(connection, day, seen):
            connection.rollback()
            return False
        _write(connection, handoffs)
        beside(connection)
    return True


def _is_ours(connection: sa.Connection, day: date, seen: Seen | None) -> bool:
    if seen is None:
        first = insert_into(connection, DECIDED).values(name=ALL, first_day=day, through=day)
        began = connection.execute(first.on_conflict_do_nothing().returning(DECIDED.c.name))
        return began.first() is not None
    mark = (DECIDED.c.name == ALL, DECIDED.c.through == seen[1])
    return connection.execute(sa.update(DECIDED).where(*mark).values(through=day)).rowcount == 1


def _write(connection: sa.Connection, handoffs: Sequence[Handoff]) -> None:
    """New ones whole, of the others what the day found; the baseline stays as it was."""
    there = {
        (account, since) for account, since in connection.execute(sa.select(HANDOFF.c.account_id, HANDOFF.c.since))
    }
    new = [_row(it) for it in handoffs if (it.account_id, it.since) not in there]
    old = [_found(it) for it in handoffs if (it.account_id, it.since) in there]
    if new:
        connection.execute(sa.insert(HANDOFF), new)
    if old:
        same = (HANDOFF.c.account_id == sa.bindparam("its_account"), HANDOFF.c.since == sa.bindparam("its_since"))
        found: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in (*FOUND, *OWNED, "marks", "told")}
        connection.execute(sa.update(HANDOFF).where(*same).values(found), old)
        gate: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in GATE}
        open_ = HANDOFF.c.step != Step.ACCEPTED.value
        connection.execute(sa.update(HANDOFF).where(*same, open_).values(gate), old)


def current(state: State) -> tuple[Handoff, ...]:
    """The handoffs that have not ended, the longest open first."""
    return _read(state, HANDOFF.c.ended_on.is_(None))


def every(state: State) -> tuple[Handoff, ...]:
    """All handoffs, oldest first."""
    return _read(state)


def newest(state: State, account: str) -> Handoff | None:
    """An account's last handoff; None: it never crossed."""
    return next(iter(_read(state, HANDOFF.c.account_id == account)[::-1]), None)


def say(connection: sa.Connection, it: Handoff, values: Mapping[str, Any]) -> bool:
    """Note what somebody said to a handoff that stands as `it` does; False: somebody was first, or it ended."""
    same = (HANDOFF.c.account_id == it.account_id, HANDOFF.c.since == it.since)
    still = (HANDOFF.c.step == it.step.value, HANDOFF.c.ended_on.is_(None))
    return connection.execute(sa.update(HANDOFF).where(*same, *still).values(values)).rowcount == 1


def _read(state: State, *where: sa.ColumnElement[bool]) -> tuple[Handoff, ...]:
    query = sa.select(HANDOFF).where(*where).order_by(HANDOFF.c.since, HANDOFF.c.account_id)
    with state.engine.connect() as connection:
        return tuple(_handoff(row) for row in connection.execute(query))


# --- rows


def _row(it: Handoff) -> dict[str, Any]:
    """All that is kept of a handoff."""
    same = ("account_id", "since", "because", "silent", "step", "by", "reason", "decided_on")
    baseline = it.baseline and {"baseline": _plain({**it.baseline.__dict__, "readings": dict(it.baseline.readings)})}
    return {**{name: getattr(it, name) for name in same}, "baseline": None, **(baseline or {}), **_daily(it)}


def _found(it: Handoff) -> dict[str, Any]:
    """What the daily run writes of one that is there, as parameters."""
    named = {f"new_{name}": value for name, value in _daily(it).items()}
    return {"its_account": it.account_id, "its_since": it.since, **named}


def _daily(it: Handoff) -> dict[str, Any]:
    return {
        **{name: getattr(it, name) for name in (*FOUND, "score_milli", "track")},
        **{name: getattr(it.owned, name) for name in OWNED},
        "missing": [one.value for one in it.missing],
        "told": [one.value for one in it.told],
        "marks": [_plain(asdict(mark)) for mark in it.marks],
    }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """What JSON can hold; a day is its text."""
    return {
        name: value.isoformat() if isinstance(value, date) else _plain(value) if isinstance(value, dict) else value
        for name, value in values.items()
    }


def _handoff(row: Any) -> Handoff:
    dated = ("since", "as_of", "decided_on", *(name for name in FOUND if name != "as_of"))
    return Handoff(
        account_id=row.account_id,
        because=Because(row.because),
        owned=Owned(row.name or "", *(getattr(row, name) for name in OWNED[1:])),
        silent=row.silent,
        score_milli=row.score_milli,
        track=None if row.track is None else Track(row.track),
        missing=tuple(map(Input, row.missing)),
        step=Step(row.step),
        by=row.by,
        reason=row.reason or "",
        baseline=None if row.baseline is None else _baseline(row.baseline),
        marks=tuple(_marks(row.marks)),
        told=tuple(map(Awaited, row.told)),
        **{name: getattr(row, name) for name in dated},
    )


def _baseline(row: Mapping[str, Any]) -> Baseline:
    return Baseline(**{**row, "frozen_on": date.fromisoformat(row["frozen_on"])})


def _marks(rows: Iterable[Mapping[str, Any]]) -> Iterable[Mark]:
    return (Mark(**{**row, "as_of": date.fromisoformat(row["as_of"])}) for row in rows)
