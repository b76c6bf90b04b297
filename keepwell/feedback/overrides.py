"""Overrides in the state database: a person's word over a card's, one at a time for an account and card."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from keepwell.feedback import audit
from keepwell.feedback.audit import Entry
from keepwell.state import META, State
from keepwell.words.override import Override
from keepwell.words.problem import KeepwellError, Problem

OVERRIDES = sa.Table(
    "overrides",
    META,
    sa.Column("id", sa.Integer, primary_key=True),
    *(sa.Column(name, sa.Text) for name in ("account_id", "scorecard", "tier", "reason", "author", "model_tier")),
    *(sa.Column(name, sa.BigInteger) for name in ("score_milli", "model_milli")),
    *(sa.Column(name, sa.Date) for name in ("since", "until", "ended")),
    *(sa.Column(name, sa.Boolean) for name in ("at_risk", "model_at_risk")),
    sa.Column("written_at", sa.DateTime),
)
WORDS = """account_id scorecard score_milli tier reason author since until model_milli model_tier at_risk
model_at_risk""".split()


def add(state: State, one: Override, now: datetime) -> Override:
    """Keep an override under a number of its own; the one that counts for the account until now ends with it."""
    values = {name: getattr(one, name) for name in WORDS} | {"written_at": now}
    with state.engine.begin() as connection:
        same = (OVERRIDES.c.account_id == one.account_id, OVERRIDES.c.scorecard == one.scorecard)
        before = sa.update(OVERRIDES).where(*same, OVERRIDES.c.ended.is_(None), OVERRIDES.c.until >= one.since)
        connection.execute(before.values(ended=one.since))
        [key] = connection.execute(sa.insert(OVERRIDES).values(values)).inserted_primary_key or (None,)
        said = {"scorecard": one.scorecard, "score_milli": one.score_milli, "tier": one.tier, "until": one.until}
        said |= {"reason": one.reason, "model_milli": one.model_milli}
        audit.note(connection, Entry(now, one.author, "override.write", f"override {key}", one.account_id, said))
    return replace(one, key=str(key))


def end(state: State, key: str, by: str, day: date, now: datetime) -> Override:
    """Take an override back from a day on; it stays on record."""
    with state.engine.begin() as connection:
        one = next((found for found in _read(connection) if found.key == key), None)
        if one is None:
            raise KeepwellError(Problem(f"no override {key}", fix="'keepwell override' lists them"))
        if one.ended is not None or one.until < day:
            raise KeepwellError(Problem(f"override {key} ended on {one.ended or one.until}", fix="nothing to do"))
        still = (OVERRIDES.c.id == int(key), OVERRIDES.c.ended.is_(None))
        if connection.execute(sa.update(OVERRIDES).where(*still).values(ended=day)).rowcount != 1:
            raise KeepwellError(Problem(f"somebody else ended override {key} just now", fix="nothing to do"))
        audit.note(connection, Entry(now, by, "override.end", f"override {key}", one.account_id, {"ended": day}))
    return replace(one, ended=day)


def every(state: State, scorecard: str | None = None, account: str | None = None) -> tuple[Override, ...]:
    """All overrides that were ever written, oldest first; of a card, of an account."""
    with state.engine.connect() as connection:
        return tuple(_read(connection, scorecard, account))


def in_force(found: Collection[Override], day: date) -> dict[str, Override]:
    """account → the override that counts on a day; of two the newer."""
    return {one.account_id: one for one in found if one.holds_on(day)}


def set_to(found: Collection[Override], account: str, day: date) -> int | None:
    """The milli-points that a person set for an account on a day; None: none."""
    one = in_force(found, day).get(account)
    return None if one is None else one.score_milli


def _read(connection: sa.Connection, scorecard: str | None = None, account: str | None = None) -> list[Override]:
    query = sa.select(OVERRIDES).order_by(OVERRIDES.c.id)
    for column, value in ((OVERRIDES.c.scorecard, scorecard), (OVERRIDES.c.account_id, account)):
        query = query if value is None else query.where(column == value)
    return [_override(row) for row in connection.execute(query)]


def _override(row: Any) -> Override:
    return Override(str(row.id), **{name: getattr(row, name) for name in WORDS}, ended=row.ended)
