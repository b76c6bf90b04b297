"""The outbox: messages written with what caused them, sent after it is committed, each under one key.

A key is made of the message's own and its target. It never changes, so that a receiver, and the outbox itself,
knows a message that it has seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from keepwell.delivery.stored import read, stored
from keepwell.delivery.wording import wording
from keepwell.state import META, State, insert_into
from keepwell.words.delivery import Delivered, Fate
from keepwell.words.message import Message

OUTBOX = sa.Table(
    "outbox",
    META,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(64)),
    sa.Column("channel", sa.String(120)),
    sa.Column("kind", sa.String(20)),
    sa.Column("address", sa.Text),
    sa.Column("thread", sa.Text),
    sa.Column("message", sa.JSON),
    sa.Column("fate", sa.String(12)),
    sa.Column("attempts", sa.Integer),
    *(sa.Column(name, sa.DateTime) for name in ("written_at", "since", "due_at", "done_at")),
    sa.Column("reference", sa.Text),  # what the channel calls the message
    sa.Column("why", sa.Text),  # it failed or was withdrawn
)

BEGUN = "a run began to send it and did not note how that ended"
SERVED_AS_ONE = ("email",)  # kinds of channels at which one server answers for all addresses


@dataclass(frozen=True)
class Target:
    """Where a message goes: a channel of keepwell.yml, its kind, and an address there.

    >>> Target("team", "slack", "C1").place, Target("mail", "email", "ana@example.com").place
    (('slack', 'C1'), ('email', 'mail'))
    """

    channel: str
    kind: str
    address: str

    @property
    def place(self) -> tuple[str, str]:
        """What is slow, busy or dead as one."""
        return self.kind, self.channel if self.kind in SERVED_AS_ONE else self.address


@dataclass(frozen=True)
class Item:
    """One message in the outbox, for one target."""

    id: int
    key: str
    target: Target
    thread: str
    message: Message
    fate: Fate
    attempts: int
    written_at: datetime
    since: datetime  # when it was first to be sent, or revived
    due_at: datetime
    reference: str | None = None
    why: str = ""

    def delivered(self) -> Delivered:
        """The item as reports show it."""
        return Delivered(
            self.key,
            self.target.channel,
            self.target.address,
            wording(self.message).title,
            self.fate,
            self.attempts,
            self.written_at,
            self.due_at if self.fate is Fate.WAITING else None,
            self.why,
        )


def key_of(message: Message, target: Target) -> str:
    """The key of a message at a target: letters and digits, the same whenever it is asked for."""
    named = f"{message.key}\n{target.channel}\n{target.kind}\n{target.address}"
    return f"kw{sha256(named.encode()).hexdigest()[:40]}"


def put(connection: sa.Connection, message: Message, targets: Iterable[Target], now: datetime) -> None:
    """Write a message for each target, in the transaction of what caused it; one that is there stays as it is."""
    rows = [
        {
            "key": key_of(message, target),
            "channel": target.channel,
            "kind": target.kind,
            "address": target.address,
            "thread": message.thread,
            "message": stored(message),
            "fate": Fate.WAITING.value,
            "attempts": 0,
            "written_at": now,
            "since": now,
            "due_at": now,
            "why": "",
        }
        for target in targets
    ]
    if rows:
        connection.execute(insert_into(connection, OUTBOX).on_conflict_do_nothing(), rows)


def items(state: State, fate: Fate) -> tuple[Item, ...]:
    """The messages of one fate, oldest first."""
    query = sa.select(OUTBOX).where(OUTBOX.c.fate == fate.value).order_by(OUTBOX.c.id)
    with state.engine.connect() as connection:
        return tuple(_item(row) for row in connection.execute(query))


def root_of(state: State, item: Item) -> Item | None:
    """The first message of an item's episode that was sent to the same place and has a name there; None: none was."""
    same = (OUTBOX.c.thread == item.thread, OUTBOX.c.kind == item.target.kind, OUTBOX.c.address == item.target.address)
    sent = (OUTBOX.c.fate == Fate.SENT.value, OUTBOX.c.reference.is_not(None), OUTBOX.c.id < item.id)
    with state.engine.connect() as connection:
        row = connection.execute(sa.select(OUTBOX).where(*same, *sent).order_by(OUTBOX.c.id).limit(1)).first()
    return None if row is None else _item(row)


def was_sent(connection: sa.Connection, thread: str) -> bool:
    """Whether somebody was sent a message of an episode, or may have been: the run died before it noted so."""
    in_doubt = sa.and_(OUTBOX.c.fate == Fate.WAITING.value, OUTBOX.c.why == BEGUN)
    sent = (OUTBOX.c.thread == thread, sa.or_(OUTBOX.c.fate == Fate.SENT.value, in_doubt))
    return connection.execute(sa.select(OUTBOX.c.id).where(*sent).limit(1)).first() is not None


def begin(state: State, item: Item) -> bool:
    """Count a try before it is made; False: it is another's by now."""
    with state.engine.begin() as connection:
        return _update(connection, item, {"attempts": item.attempts + 1, "why": BEGUN})


def end(connection: sa.Connection, after: Item, now: datetime) -> None:
    """Write what became of a try that was begun."""
    _update(connection, after, _outcome(after, now))


def withdraw(state: State, gone: Item, now: datetime) -> bool:
    """Take back what nobody wants any more; False: it is another's by now."""
    with state.engine.begin() as connection:
        return _update(connection, gone, _outcome(gone, now))


def _outcome(after: Item, now: datetime) -> dict[str, Any]:
    return {
        "fate": after.fate.value,
        "due_at": after.due_at,
        "done_at": None if after.fate is Fate.WAITING else now,
        "reference": after.reference,
        "why": after.why,
    }


def revive(state: State, now: datetime) -> int:
    """Let the dead be tried again, for as long as at first; how many they were."""
    values = {"fate": Fate.WAITING.value, "since": now, "due_at": now, "done_at": None}
    with state.engine.begin() as connection:
        return connection.execute(sa.update(OUTBOX).where(OUTBOX.c.fate == Fate.DEAD.value).values(values)).rowcount


def _update(connection: sa.Connection, item: Item, values: dict[str, Any]) -> bool:
    seen = (OUTBOX.c.id == item.id, OUTBOX.c.fate == Fate.WAITING.value, OUTBOX.c.attempts == item.attempts)
    return connection.execute(sa.update(OUTBOX).where(*seen).values(values)).rowcount == 1


def _item(row: Any) -> Item:
    return Item(
        id=row.id,
        key=row.key,
        target=Target(row.channel, row.kind, row.address),
        thread=row.thread,
        message=read(row.message),
        fate=Fate(row.fate),
        attempts=row.attempts,
        written_at=row.written_at,
        since=row.since,
        due_at=row.due_at,
        reference=row.reference,
        why=row.why,
    )


def by_place(found: Sequence[Item]) -> dict[tuple[str, str], list[Item]]:
    """The items of each place, in their order."""
    places: dict[tuple[str, str], list[Item]] = {}
    for item in found:
        places.setdefault(item.target.place, []).append(item)
    return places
