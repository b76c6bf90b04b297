"""How alerts and the questions about their actions stand to each other: what waits, what a person's step decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import sqlalchemy as sa

from keepwell.feedback import reviews
from keepwell.words.alert import Action, AlertRow, Handling
from keepwell.words.problem import Problem, StopRule
from keepwell.words.review import OPEN, Asked, Decision, Fate, Item, ReviewRow

ACTION = "action/"  # before an alert's key: the key of the question about its action


def stood(connection: sa.Connection, rows: Iterable[AlertRow]) -> list[AlertRow]:
    """The alerts, each with whether its action may be done."""
    found = list(rows)
    asked = reviews.of_keys(connection, (_key(row) for row in found))
    return [_with_action(row, asked.get(_key(row))) for row in found]


def refuse_stopped(connection: sa.Connection, row: AlertRow) -> None:
    """Raise StopRule where somebody says that they acted while a stop rule holds the action."""
    [now] = stood(connection, [row])
    if now.action is Action.STOPPED:
        what = f"alert {row.number} waits: {reviews.found(connection, now.review or 0).item.body}"
        raise StopRule(Problem(what, fix=f"{now.asked or 'somebody'} decides first: 'keepwell review {now.review}'"))


def follow(connection: sa.Connection, row: AlertRow, decision: Decision, may: Callable[[Item], bool]) -> int | None:
    """Who takes an alert up, or says that it was none, has decided about what it proposed; the number of that item.

    A proposal is decided only by who `may` decide it: for another person it stays open.
    """
    asked = reviews.of_keys(connection, [_key(row)]).get(_key(row))
    if asked is None or asked.fate not in OPEN or row.handling is Handling.SNOOZED:
        return None
    if asked.item.kind == Asked.PROPOSAL:
        return asked.number if may(asked.item) and reviews.decide(connection, asked, decision) else None
    if row.handling is Handling.FALSE_ALARM:
        reviews.close(connection, [asked.item.key], decision.reason, decision.at)
        return asked.number
    return None


def said_by(row: AlertRow) -> tuple[Fate, str]:
    """What a step about an alert says of its proposal, and why."""
    if row.handling is Handling.FALSE_ALARM:
        return Fate.REJECTED, f"alert {row.number} was a false alarm"
    return Fate.APPROVED, f"alert {row.number} was taken up"


def _key(row: AlertRow) -> str:
    return ACTION + row.key


def _with_action(row: AlertRow, asked: ReviewRow | None) -> AlertRow:
    if asked is None or asked.fate is Fate.OVER:
        return row
    if asked.fate in OPEN:
        action = Action.STOPPED if asked.item.kind == Asked.STOP_RULE else Action.PROPOSED
    else:
        action = Action.APPROVED if asked.is_free else Action.DECLINED
    return replace(row, action=action, asked=asked.item.asked, review=asked.number)
