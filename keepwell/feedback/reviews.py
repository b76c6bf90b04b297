"""The review queue in the state database: asked with what causes it, decided once, by the one who saw it last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from keepwell.state import META, insert_into
from keepwell.words.problem import KeepwellError, Problem
from keepwell.words.review import OPEN, Decision, Fate, Item, ReviewRow

REVIEWS = sa.Table(
    "reviews",
    META,
    sa.Column("id", sa.Integer, primary_key=True),
    *(
        sa.Column(name, sa.Text)
        for name in ("key", "kind", "account_id", "scorecard", "title", "body", "asked", "draft", "fate")
    ),
    *(sa.Column(name, sa.Date) for name in ("due", "until")),
    *(sa.Column(name, sa.DateTime) for name in ("at", "decided_at")),
    *(sa.Column(name, sa.Text) for name in ("by", "reason", "text")),
    sa.Column("version", sa.Integer),
)
ITEM = ("key", "kind", "account_id", "scorecard", "title", "body", "asked", "due", "at", "draft")


def ask(connection: sa.Connection, item: Item) -> None:
    """Put an item into the queue, in the transaction of what causes it; one of its key stays as it is."""
    values = {name: getattr(item, name) for name in ITEM} | {"fate": Fate.OPEN.value, "reason": "", "version": 0}
    connection.execute(insert_into(connection, REVIEWS).on_conflict_do_nothing(index_elements=["key"]), [values])


def decide(connection: sa.Connection, seen: ReviewRow, decision: Decision) -> bool:
    """Write what a person decided about an item as they saw it; False: somebody was first."""
    values = {
        "fate": decision.fate.value,
        "by": decision.by,
        "reason": decision.reason,
        "decided_at": decision.at,
        "until": decision.until,
        "text": decision.text,
        "version": seen.version + 1,
    }
    same = (REVIEWS.c.id == seen.number, REVIEWS.c.version == seen.version)
    return connection.execute(sa.update(REVIEWS).where(*same).values(values)).rowcount == 1


def undecided(connection: sa.Connection) -> tuple[ReviewRow, ...]:
    """The items that nobody has decided, oldest first."""
    return _rows(connection, REVIEWS.c.fate.in_([fate.value for fate in OPEN]))


def found(connection: sa.Connection, number: int) -> ReviewRow:
    """One item; KeepwellError where it is not there."""
    rows = _rows(connection, REVIEWS.c.id == number)
    if not rows:
        raise KeepwellError(Problem(f"no review {number}", fix="'keepwell review' lists them"))
    return rows[0]


def asked_since(connection: sa.Connection, scorecard: str, kind: str, since: datetime) -> set[str]:
    """The keys of a card's items of a kind that nobody has decided, or that were asked since a moment."""
    recent = sa.or_(REVIEWS.c.fate.in_([fate.value for fate in OPEN]), REVIEWS.c.at >= since)
    same = (REVIEWS.c.scorecard == scorecard, REVIEWS.c.kind == kind)
    return set(connection.execute(sa.select(REVIEWS.c.key).where(*same, recent)).scalars())


def close(connection: sa.Connection, keys: Iterable[str], why: str, at: datetime) -> None:
    """Nobody needs to decide these any more."""
    values = {"fate": Fate.OVER.value, "reason": why, "decided_at": at, "version": REVIEWS.c.version + 1}
    undecided_ = REVIEWS.c.fate.in_([fate.value for fate in OPEN])
    for key in keys:
        connection.execute(sa.update(REVIEWS).where(REVIEWS.c.key == key, undecided_).values(values))


def fates(connection: sa.Connection, scorecard: str, since: datetime) -> tuple[ReviewRow, ...]:
    """A card's items that were asked since a moment, whatever became of them."""
    return _rows(connection, REVIEWS.c.scorecard == scorecard, REVIEWS.c.at >= since)


def of_keys(connection: sa.Connection, keys: Iterable[str]) -> dict[str, ReviewRow]:
    """key → its item, of those that were asked."""
    wanted = list(keys)
    return {row.item.key: row for row in _rows(connection, REVIEWS.c.key.in_(wanted))} if wanted else {}


def _rows(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> tuple[ReviewRow, ...]:
    return tuple(map(_row, connection.execute(sa.select(REVIEWS).where(*where).order_by(REVIEWS.c.id))))


def _row(row: Any) -> ReviewRow:
    return ReviewRow(
        number=row.id,
        item=Item(**{name: getattr(row, name) for name in ITEM}),
        fate=Fate(row.fate),
        version=row.version,
        by=row.by,
        reason=row.reason,
        decided_at=row.decided_at,
        until=row.until,
        text=row.text,
    )
