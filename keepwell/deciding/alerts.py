"""Alerts in the state database: written with the day that causes them, changed by the people they are for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from keepwell.deciding.standings import TRANSITION
from keepwell.decisions import noise
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
    *(sa.Column(name, sa.DateTime) for name in ("told_at", "acted_at", "done_at")),
)
TOLD, LATER, HELD_OUT = "alert", "digest", "held out"
TOGETHER = "together"  # in the alert of another transition of the account and day
WEEK = timedelta(days=7)
LIVE = (Handling.OPEN, Handling.CLAIMED, Handling.SNOOZED)  # not done with
OWNED = ("segment", "owner", "seller", "manager", "mrr_minor", "renewal_day")
FROM_TRANSITION = ("name", *OWNED, "new_milli", "reason", "reason_code", "reason_signal", "next_step", "play")
SAME = [ALERT.c[name] == TRANSITION.c[name] for name in ("scorecard", "account_id", "kind", "episode")]


def key_of(scorecard: str, it: Transition | AlertRow) -> str:
    """What makes an alert unique: card, account, kind and episode; it is the key of its message too."""
    return f"{scorecard}/{it.account_id}/{it.kind}/{it.episode}"


def told_since(state: State, day: date) -> dict[str | None, tuple[int, int]]:
    """owner → how many alerts they got on a day and in the seven days up to it."""
    wanted = sa.select(ALERT.c.owner, ALERT.c.as_of).where(
        ALERT.c.told == TOLD, ALERT.c.as_of > day - WEEK, ALERT.c.as_of <= day
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
    first = ALERT.alias()  # of the alert that tells it
    same = [first.c[name] == ALERT.c[name] for name in ("scorecard", "account_id", "as_of")]
    kinds = [kind.value for kind in noise.TOGETHER]
    alerted = sa.exists().where(*same, first.c.told == TOLD, first.c.kind.in_(kinds))
    how = sa.or_(ALERT.c.told == TOLD, sa.and_(ALERT.c.told == TOGETHER, alerted))
    told = (ALERT.c.scorecard == scorecard, how, ALERT.c.as_of > after)
    query = sa.select(*columns).join_from(ALERT, TRANSITION, sa.and_(*SAME)).where(*told)
    with state.engine.connect() as connection:
        return {(account, kind, code or "") for account, kind, code in connection.execute(query)}


def write(connection: sa.Connection, rows: Iterable[AlertRow], now: datetime) -> None:
    """Write alerts in the transaction of what causes them; one that is there stays as it is."""
    names = ("scorecard", "account_id", "episode", "as_of", "due", "owner", "told", "note")
    values = [
        {name: getattr(row, name) for name in names}
        | {"kind": row.kind.value, "handling": row.handling.value, "told_at": now}
        for row in rows
    ]
    if values:
        connection.execute(insert_into(connection, ALERT).on_conflict_do_nothing(), values)


def live_accounts(connection: sa.Connection, scorecard: str, kinds: Sequence[Kind]) -> set[str]:
    """The accounts with an alert of some kinds that is not done with."""
    found = connection.execute(sa.select(ALERT.c.account_id).where(*_live(scorecard, kinds)))
    return {account for (account,) in found}


def end(
    connection: sa.Connection, scorecard: str, accounts: Sequence[str], kinds: Sequence[Kind], now: datetime
) -> None:
    """Alerts of episodes that are over need nobody any more."""
    for account in accounts:
        same = (*_live(scorecard, kinds), ALERT.c.account_id == account)
        connection.execute(sa.update(ALERT).where(*same).values(handling=Handling.OVER.value, done_at=now))


def withdraw(connection: sa.Connection, scorecard: str, it: Transition) -> bool:
    """Take away the alert of a transition that nobody is to be told of; False: somebody has taken it up, or there is none."""
    nobody = (ALERT.c.scorecard == scorecard, ALERT.c.handling == Handling.OPEN.value)
    same = (ALERT.c.account_id == it.account_id, ALERT.c.kind == it.kind.value, ALERT.c.episode == it.episode)
    return connection.execute(sa.delete(ALERT).where(*nobody, *same)).rowcount == 1


def told_with_others(connection: sa.Connection, scorecard: str, day: date) -> set[str]:
    """The keys of what a day told in alerts of other transitions."""
    same = (ALERT.c.scorecard == scorecard, ALERT.c.as_of == day, ALERT.c.told == TOGETHER)
    return {key_of(scorecard, row) for row in _rows(connection, *same)}


def part(connection: sa.Connection, scorecard: str, found: Iterable[Transition]) -> None:
    """Let transitions that were told in alerts of others be told again, each on its own."""
    for it in found:
        same = (ALERT.c.account_id == it.account_id, ALERT.c.kind == it.kind.value, ALERT.c.episode == it.episode)
        connection.execute(sa.delete(ALERT).where(ALERT.c.scorecard == scorecard, ALERT.c.told == TOGETHER, *same))


def expire(connection: sa.Connection, scorecard: str, before: date, now: datetime) -> None:
    """Alerts of days before, which nobody took up, are over."""
    waited = sa.and_(ALERT.c.handling == Handling.SNOOZED.value, ALERT.c.until < before)
    nobody = sa.or_(ALERT.c.handling == Handling.OPEN.value, waited)
    old = (ALERT.c.scorecard == scorecard, ALERT.c.as_of < before, nobody)
    connection.execute(sa.update(ALERT).where(*old).values(handling=Handling.OVER.value, done_at=now))


def is_over(state: State, key: tuple[str, str, str, date]) -> bool:
    """Whether an alert (card, account, kind, episode) needs nobody any more; one that is not there does not say so."""
    names = ("scorecard", "account_id", "kind", "episode")
    same = [ALERT.c[name] == value for name, value in zip(names, key, strict=True)]
    with state.engine.connect() as connection:
        found = connection.execute(sa.select(ALERT.c.handling).where(*same)).scalar()
    return found is not None and Handling(found) not in LIVE


def live_keys(connection: sa.Connection, scorecard: str) -> set[str]:
    """The keys of a card's alerts that are not done with."""
    live = (ALERT.c.scorecard == scorecard, ALERT.c.handling.in_([one.value for one in LIVE]))
    columns = (ALERT.c.account_id, ALERT.c.kind, ALERT.c.episode)
    found = connection.execute(sa.select(*columns).where(*live))
    return {f"{scorecard}/{account}/{kind}/{episode}" for account, kind, episode in found}


def handled_since(state: State, scorecard: str, day: date) -> tuple[AlertRow, ...]:
    """A card's alerts of days since, whatever became of them."""
    with state.engine.connect() as connection:
        return _rows(connection, ALERT.c.scorecard == scorecard, ALERT.c.as_of >= day)


def _live(scorecard: str, kinds: Sequence[Kind]) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        ALERT.c.scorecard == scorecard,
        ALERT.c.kind.in_([kind.value for kind in kinds]),
        ALERT.c.handling.in_([one.value for one in LIVE]),
    )


def current(state: State, owner: str | None = None, scorecard: str | None = None) -> tuple[AlertRow, ...]:
    """The alerts that are not done with, of one owner or card or of all; newest last."""
    where: list[sa.ColumnElement[bool]] = [ALERT.c.handling.in_([one.value for one in LIVE])]
    where += [column == value for column, value in ((ALERT.c.owner, owner), (ALERT.c.scorecard, scorecard)) if value]
    with state.engine.connect() as connection:
        rows = _rows(connection, *where)
        same = (ALERT.c.told == TOGETHER, ALERT.c.as_of >= min((row.as_of for row in rows), default=date.max))
        return _joined((*rows, *_rows(connection, *same))) if rows else ()


def _joined(rows: Sequence[AlertRow]) -> tuple[AlertRow, ...]:
    """The alerts with what else each told of its account, in place of rows of their own."""
    others: dict[tuple[str, str, date], list[Kind]] = defaultdict(list)
    for row in rows:
        if row.told == TOGETHER:
            others[row.scorecard, row.account_id, row.as_of].append(row.kind)
    found = ((row, others.get((row.scorecard, row.account_id, row.as_of), ())) for row in rows if row.told != TOGETHER)
    return tuple(replace(row, also=tuple(also) if row.kind in noise.TOGETHER else ()) for row, also in found)


def of_account(state: State, account: str, since: date, until: date) -> tuple[AlertRow, ...]:
    """All alerts about an account of some days, whatever became of them."""
    with state.engine.connect() as connection:
        return _joined(_rows(connection, ALERT.c.account_id == account, ALERT.c.as_of.between(since, until)))


def every(state: State, since: date, until: date) -> tuple[AlertRow, ...]:
    """The alerts of some days, whatever became of them; oldest first."""
    with state.engine.connect() as connection:
        return _rows(connection, ALERT.c.as_of.between(since, until))


def acts(state: State) -> list[tuple[str, datetime]]:
    """(account, moment) whenever somebody took up an alert that they did not call a false alarm."""
    columns = (ALERT.c.account_id, ALERT.c.acted_at)
    taken = (ALERT.c.acted_at.is_not(None), ALERT.c.handling != Handling.FALSE_ALARM.value)
    with state.engine.connect() as connection:
        return [(account, moment) for account, moment in connection.execute(sa.select(*columns).where(*taken))]


def found(state: State, number: int) -> AlertRow | None:
    """An alert by its number; None: there is none."""
    with state.engine.connect() as connection:
        return next(iter(_rows(connection, ALERT.c.id == number)), None)


def change(connection: sa.Connection, seen: AlertRow, values: dict[str, Any], now: datetime) -> AlertRow:
    """Note what somebody did about an alert that stands as it was seen, of which to let it wait is nothing.

    KeepwellError where it is done with, or where somebody else did something at the same moment.
    """
    number = seen.number
    same = (ALERT.c.handling == seen.handling.value, ALERT.c.by.is_not_distinct_from(seen.by))
    live = (ALERT.c.id == number, *same, ALERT.c.handling.in_([one.value for one in LIVE]))
    handling = Handling(values["handling"])
    when: dict[str, Any] = {"done_at": now} if handling not in LIVE else {}
    when |= {} if handling is Handling.SNOOZED else {"acted_at": sa.func.coalesce(ALERT.c.acted_at, now)}
    if connection.execute(sa.update(ALERT).where(*live).values(values | when)).rowcount != 1:
        raise KeepwellError(not_open(connection, number))
    [changed] = _rows(connection, ALERT.c.id == number)
    return changed


def not_open(connection: sa.Connection, number: int) -> Problem:
    """Why nobody can take it up: it is not there, somebody else just did, or what became of it."""
    for row in _rows(connection, ALERT.c.id == number, ALERT.c.handling.in_([one.value for one in LIVE])):
        did = f"somebody else took up alert {number} just now: it is {row.handling.value}, says {row.by or 'nobody'}"
        return Problem(did, fix="nothing was changed; agree who goes on")
    became = "".join(
        f"; alert {number} is {row.handling.value.replace('_', ' ')}" + (f", says {row.by}" if row.by else "")
        for row in _rows(connection, ALERT.c.id == number)
    )
    return Problem(f"no open alert {number}", fix=f"'keepwell alerts' lists them{became}")


def _rows(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> tuple[AlertRow, ...]:
    columns = (*ALERT.c, *(TRANSITION.c[name] for name in FROM_TRANSITION))
    query = sa.select(*columns).join_from(ALERT, TRANSITION, sa.and_(*SAME)).where(*where).order_by(ALERT.c.id)
    return tuple(_row(tuple(row)) for row in connection.execute(query))


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
        owned=owned,
        score_milli=told["new_milli"],
        reason=Reason(told["reason"] or "", told["reason_code"] or "", told["reason_signal"]),
        next_step=told["next_step"] or "",
        play=told["play"],
    )
