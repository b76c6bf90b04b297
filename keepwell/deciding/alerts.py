"""Alerts in the state database: written with the day that causes them, changed by the people they are for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from keepwell.deciding.standings import TRANSITION
from keepwell.state import META, State, insert_into
from keepwell.words.alert import AlertRow, Handling
from keepwell.words.decision import Kind, Owned, Reason, Transition
from keepwell.words.problem import KeepwellError, Problem

ALERT = sa.Table(
    "alert",
    META,
    sa.Column("id", sa.Integer, primary_key=True),
    *(
        sa.Column(name, sa.Text)
        for name in ("scorecard", "account_id", "kind", "owner", "told", "handling", "by", "note")
    ),
    *(sa.Column(name, sa.Date) for name in ("episode", "as_of", "due", "until")),
    *(sa.Column(name, sa.DateTime) for name in ("told_at", "acted_at", "done_at", "ended_at")),
    sa.Column("told_with", sa.Integer),  # the number of the alert that tells it; null: it leads one
)
LEAD = ALERT.alias("lead")  # the alert that tells a row of ALERT: another, or the row itself
LEADS = LEAD.c.id == sa.func.coalesce(ALERT.c.told_with, ALERT.c.id)
TOLD, LATER, HELD_OUT = "alert", "digest", "held out"
WEEK = timedelta(days=7)
LIVE = (Handling.OPEN, Handling.CLAIMED, Handling.SNOOZED)  # not done with
OWNED = ("segment", "owner", "seller", "manager", "mrr_minor", "renewal_day")
FROM_TRANSITION = ("name", *OWNED, "new_milli", "reason", "reason_code", "reason_signal", "next_step", "play")
LIVE_VALUES = [one.value for one in LIVE]
KEY = ("scorecard", "account_id", "kind", "episode")
SAME = [ALERT.c[name] == TRANSITION.c[name] for name in KEY]


def key_of(scorecard: str, it: Transition | AlertRow) -> str:
    """What makes a row unique: card, account, kind and episode; of what leads an alert it is the key of its message too."""
    return _key(scorecard, it.account_id, it.kind, it.episode)


def _key(scorecard: str, account: str, kind: str, episode: date) -> str:
    return f"{scorecard}/{account}/{kind}/{episode}"


def told_since(state: State, day: date) -> dict[str | None, tuple[int, int]]:
    """owner → how many alerts they got on a day and in the seven days up to it."""
    wanted = sa.select(ALERT.c.owner, ALERT.c.as_of).where(
        ALERT.c.told == TOLD, ALERT.c.told_with.is_(None), ALERT.c.as_of > day - WEEK, ALERT.c.as_of <= day
    )
    found: dict[str | None, tuple[int, int]] = {}
    with state.engine.connect() as connection:
        for owner, as_of in connection.execute(wanted):
            today, week = found.get(owner, (0, 0))
            found[owner] = today + (as_of == day), week + 1
    return found


def recent(state: State, scorecard: str, after: date) -> set[tuple[str, str, str]]:
    """(account, kind, reason code) of what a card told in alerts after a day; what waits in a digest told nobody yet."""
    columns = (ALERT.c.account_id, ALERT.c.kind, TRANSITION.c.reason_code)
    told = (ALERT.c.scorecard == scorecard, ALERT.c.told == TOLD, ALERT.c.as_of > after)
    query = sa.select(*columns).join_from(ALERT, TRANSITION, sa.and_(*SAME)).where(*told)
    with state.engine.connect() as connection:
        return {(account, kind, code or "") for account, kind, code in connection.execute(query)}


def told_before(state: State, scorecard: str, found: Iterable[Transition]) -> set[str]:
    """The keys of transitions that an alert of another day told: a renewal that moved and came back is no news.

    All but renewals and handoffs begin on the day that tells them.
    """
    asked = [one for one in found if one.kind is not Kind.RECOVERED and one.episode != one.as_of]
    same = (ALERT.c.scorecard == scorecard, ALERT.c.account_id.in_(sorted({one.account_id for one in asked})))
    query = sa.select(ALERT.c.as_of, *(ALERT.c[name] for name in KEY)).where(*same)
    with state.engine.connect() as connection:
        told = {_key(*names): as_of for as_of, *names in connection.execute(query)} if asked else {}
    keys = {key_of(scorecard, one): one.as_of for one in asked}
    return {key for key, as_of in keys.items() if told.get(key, as_of) != as_of}


def write(connection: sa.Connection, rows: Iterable[AlertRow], now: datetime) -> None:
    """Write alerts, and what else they tell, in the transaction of what causes them; one that is there stays as it is."""
    told = list(rows)
    _insert(connection, told, now)
    together = [row for row in told if row.others]
    if together:
        days, cards = {row.as_of for row in together}, {row.scorecard for row in together}
        columns = (ALERT.c.id, *(ALERT.c[name] for name in KEY))
        written = connection.execute(sa.select(*columns).where(ALERT.c.scorecard.in_(cards), ALERT.c.as_of.in_(days)))
        numbers = {_key(*names): number for number, *names in written}
        others = ((one, numbers[key_of(row.scorecard, row)]) for row in together for one in row.others)
        _insert(connection, [replace(one, told_with=number) for one, number in others], now)


def _insert(connection: sa.Connection, rows: Iterable[AlertRow], now: datetime) -> None:
    names = ("scorecard", "account_id", "episode", "as_of", "due", "owner", "told", "note", "told_with")
    values = [
        {name: getattr(row, name) for name in names}
        | {"kind": row.kind.value, "handling": row.handling.value, "told_at": now}
        for row in rows
    ]
    if values:
        connection.execute(insert_into(connection, ALERT).on_conflict_do_nothing(), values)


def live_accounts(connection: sa.Connection, scorecard: str, kinds: Sequence[Kind]) -> set[str]:
    """The accounts of which an alert that is not done with tells one of some kinds, and that still stands."""
    stands = (ALERT.c.scorecard == scorecard, ALERT.c.kind.in_([kind.value for kind in kinds]), _is_live_part())
    return set(connection.execute(sa.select(ALERT.c.account_id).where(*stands)).scalars())


def end(
    connection: sa.Connection, scorecard: str, accounts: Sequence[str], kinds: Sequence[Kind], now: datetime
) -> None:
    """Note that episodes of accounts are over."""
    for account in accounts:
        _end(connection, (scorecard, account), now, ALERT.c.kind.in_([kind.value for kind in kinds]))


def end_beside(
    connection: sa.Connection, scorecard: str, accounts: Sequence[str], kinds: Sequence[Kind], now: datetime
) -> None:
    """The same, of what an alert tells beside what leads it alone."""
    same = (ALERT.c.kind.in_([kind.value for kind in kinds]), ALERT.c.told_with.is_not(None))
    for account in accounts:
        _end(connection, (scorecard, account), now, *same)


def end_one(connection: sa.Connection, scorecard: str, it: Transition, now: datetime) -> None:
    """Note that what one transition told is not so."""
    _end(connection, (scorecard, it.account_id), now, *_of(it))


def _end(connection: sa.Connection, whose: tuple[str, str], now: datetime, *which: sa.ColumnElement[bool]) -> None:
    """What is over is told no more; an alert of which nothing stands needs nobody any more."""
    same = (ALERT.c.scorecard == whose[0], ALERT.c.account_id == whose[1])
    ended = sa.update(ALERT).where(*same, *which, _is_live_part()).values(ended_at=now)
    if not connection.execute(ended).rowcount:
        return
    other = ALERT.alias("other")
    stands = sa.exists().where(other.c.told_with == ALERT.c.id, other.c.ended_at.is_(None))
    over = (ALERT.c.handling.in_(LIVE_VALUES), ALERT.c.ended_at.is_not(None), ~stands)
    connection.execute(sa.update(ALERT).where(*same, *over).values(handling=Handling.OVER.value, done_at=now))


def _is_live_part() -> sa.ColumnElement[bool]:
    """Whether a row still stands, in an alert that is not done with."""
    return sa.and_(ALERT.c.ended_at.is_(None), sa.exists().where(LEADS, LEAD.c.handling.in_(LIVE_VALUES)))


def _of(it: Transition) -> tuple[sa.ColumnElement[bool], ...]:
    return ALERT.c.account_id == it.account_id, ALERT.c.kind == it.kind.value, ALERT.c.episode == it.episode


def withdraw(connection: sa.Connection, number: int) -> bool:
    """Take away an alert that nobody is to be told of, with all that it tells; False: somebody has taken it up."""
    open_ = (ALERT.c.id == number, ALERT.c.handling == Handling.OPEN.value)
    if connection.execute(sa.delete(ALERT).where(*open_)).rowcount != 1:
        return False
    connection.execute(sa.delete(ALERT).where(ALERT.c.told_with == number))
    return True


def expire(connection: sa.Connection, scorecard: str, before: date, now: datetime) -> None:
    """Alerts of days before, which nobody took up, are over."""
    waited = sa.and_(ALERT.c.handling == Handling.SNOOZED.value, ALERT.c.until < before)
    nobody = sa.or_(ALERT.c.handling == Handling.OPEN.value, waited)
    old = (ALERT.c.scorecard == scorecard, ALERT.c.as_of < before, nobody)
    connection.execute(sa.update(ALERT).where(*old).values(handling=Handling.OVER.value, done_at=now))


def live_keys(connection: sa.Connection, scorecard: str) -> set[str]:
    """The keys of a card's alerts that are not done with."""
    live = (ALERT.c.scorecard == scorecard, ALERT.c.handling.in_(LIVE_VALUES))
    found = connection.execute(sa.select(*(ALERT.c[name] for name in KEY)).where(*live))
    return {_key(*names) for names in found}


def handled_since(state: State, scorecard: str, day: date) -> tuple[AlertRow, ...]:
    """A card's alerts of days since, whatever became of them."""
    with state.engine.connect() as connection:
        return _alerts(connection, LEAD.c.scorecard == scorecard, LEAD.c.as_of >= day)


def current(state: State, owner: str | None = None, scorecard: str | None = None) -> tuple[AlertRow, ...]:
    """The alerts that are not done with, of one owner or card or of all, with what of each still stands; newest last."""
    with state.engine.connect() as connection:
        return live(connection, scorecard, owner)


def live(connection: sa.Connection, scorecard: str | None = None, owner: str | None = None) -> tuple[AlertRow, ...]:
    """The same, as the transaction at hand sees them."""
    given = ((LEAD.c.owner, owner), (LEAD.c.scorecard, scorecard))
    rows = _alerts(connection, LEAD.c.handling.in_(LIVE_VALUES), *(column == one for column, one in given if one))
    return tuple(row.standing() for row in rows)


def of_account(state: State, account: str, since: date, until: date) -> tuple[AlertRow, ...]:
    """All alerts about an account of some days, whatever became of them."""
    with state.engine.connect() as connection:
        return _alerts(connection, LEAD.c.account_id == account, LEAD.c.as_of.between(since, until))


def every(state: State, since: date, until: date) -> tuple[AlertRow, ...]:
    """The alerts of some days, whatever became of them; oldest first."""
    with state.engine.connect() as connection:
        return _alerts(connection, LEAD.c.as_of.between(since, until))


def of_day(connection: sa.Connection, scorecard: str, day: date) -> tuple[AlertRow, ...]:
    """A card's alerts of a day, whatever became of them."""
    return _alerts(connection, LEAD.c.scorecard == scorecard, LEAD.c.as_of == day)


def acts(state: State) -> list[tuple[str, datetime]]:
    """(account, moment) whenever somebody took up an alert that they did not call a false alarm."""
    columns = (ALERT.c.account_id, ALERT.c.acted_at)
    taken = (ALERT.c.acted_at.is_not(None), ALERT.c.handling != Handling.FALSE_ALARM.value)
    with state.engine.connect() as connection:
        return [(account, moment) for account, moment in connection.execute(sa.select(*columns).where(*taken))]


def found(state: State, number: int) -> AlertRow | None:
    """An alert by its number, or by that of what it tells besides, with what of it still stands; None: there is none."""
    with state.engine.connect() as connection:
        return _telling(connection, ALERT.c.id == number)


def telling(state: State, scorecard: str, it: Transition) -> AlertRow | None:
    """The alert that tells a transition, alone or with others, with what of it still stands; None: there is none."""
    with state.engine.connect() as connection:
        return _telling(connection, ALERT.c.scorecard == scorecard, *_of(it))


def _telling(connection: sa.Connection, *which: sa.ColumnElement[bool]) -> AlertRow | None:
    number = connection.execute(sa.select(sa.func.coalesce(ALERT.c.told_with, ALERT.c.id)).where(*which)).scalar()
    rows = _numbered(connection, number) if number is not None else ()
    return rows[0].standing() if rows else None


def change(connection: sa.Connection, seen: AlertRow, values: dict[str, Any], now: datetime) -> AlertRow:
    """Note what somebody did about an alert that stands as it was seen, of which to let it wait is nothing.

    KeepwellError where it is done with, or where somebody else did something at the same moment.
    """
    number = seen.number
    same = (ALERT.c.handling == seen.handling.value, ALERT.c.by.is_not_distinct_from(seen.by))
    live = (ALERT.c.id == number, *same, ALERT.c.handling.in_(LIVE_VALUES))
    handling = Handling(values["handling"])
    when: dict[str, Any] = {"done_at": now} if handling not in LIVE else {}
    when |= {} if handling is Handling.SNOOZED else {"acted_at": sa.func.coalesce(ALERT.c.acted_at, now)}
    if connection.execute(sa.update(ALERT).where(*live).values(values | when)).rowcount != 1:
        raise KeepwellError(not_open(connection, number))
    [changed] = _numbered(connection, number)
    return changed.standing()


def not_open(connection: sa.Connection, number: int) -> Problem:
    """Why nobody can take it up: it is not there, somebody else just did, or what became of it."""
    for row in (row for row in _numbered(connection, number) if row.handling in LIVE):
        did = f"somebody else took up alert {number} just now: it is {row.handling.value}, says {row.by or 'nobody'}"
        return Problem(did, fix="nothing was changed; agree who goes on")
    became = "".join(
        f"; alert {number} is {row.handling.value.replace('_', ' ')}" + (f", says {row.by}" if row.by else "")
        for row in _numbered(connection, number)
    )
    return Problem(f"no open alert {number}", fix=f"'keepwell alerts' lists them{became}")


def _numbered(connection: sa.Connection, number: int) -> tuple[AlertRow, ...]:
    return _alerts(connection, sa.or_(ALERT.c.id == number, ALERT.c.told_with == number))


def _alerts(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> tuple[AlertRow, ...]:
    """The alerts of which LEAD is so, oldest first, each with what else it told."""
    columns = (*ALERT.c, *(TRANSITION.c[name] for name in FROM_TRANSITION))
    query = sa.select(*columns).join_from(ALERT, TRANSITION, sa.and_(*SAME)).join(LEAD, LEADS).where(*where)
    rows = connection.execute(query.order_by(LEAD.c.id, ALERT.c.told_with.is_not(None), ALERT.c.id))
    told = groupby(map(_row, map(tuple, rows)), key=lambda row: row.told_with or row.number)
    return tuple(replace(first, others=tuple(others)) for first, *others in (list(rows) for _, rows in told))


def _row(row: Any) -> AlertRow:
    names = [column.name for column in ALERT.c]
    alert, told = dict(zip(names, row, strict=False)), dict(zip(FROM_TRANSITION, row[len(names) :], strict=True))
    owned = Owned(told["name"] or "", *(told[name] for name in OWNED))
    return AlertRow(
        number=alert["id"],
        scorecard=alert["scorecard"],
        account_id=alert["account_id"],
        kind=Kind(alert["kind"]),
        episode=alert["episode"],
        as_of=alert["as_of"],
        due=alert["due"],
        owner=alert["owner"],
        told=alert["told"],
        handling=Handling(alert["handling"]),
        by=alert["by"],
        until=alert["until"],
        note=alert["note"] or "",
        told_at=alert["told_at"],
        acted_at=alert["acted_at"],
        done_at=alert["done_at"],
        ended_at=alert["ended_at"],
        told_with=alert["told_with"],
        key=_key(*(alert[name] for name in KEY)),
        owned=owned,
        score_milli=told["new_milli"],
        reason=Reason(told["reason"] or "", told["reason_code"] or "", told["reason_signal"]),
        next_step=told["next_step"] or "",
        play=told["play"],
    )
