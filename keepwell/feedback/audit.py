"""The audit log: who did what, append-only, each row holding the hash of the one before.

The database itself refuses to change or delete a row. Who gets around it breaks the chain: `verify` names the
first row that does not fit. The head, a row of its own, tells of rows cut from the end; who keeps its number
and hash outside of the database can tell even if the head was cut with them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from keepwell.state import META
from keepwell.words.problem import KeepwellError, Problem
from keepwell.words.review import AuditCheck, AuditRow

AUDIT = sa.Table(
    "audit",
    META,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.DateTime),
    *(sa.Column(name, sa.Text) for name in ("author", "act", "subject", "account_id", "details")),
    *(sa.Column(name, sa.String(64)) for name in ("before", "hash")),
)
HEAD = sa.Table(
    "audit_head",
    META,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.BigInteger),
    sa.Column("hash", sa.String(64)),
)
# a moment as it is stored, which may be none any more
AS_STORED = [sa.type_coerce(column, sa.Text).label("at") if column is AUDIT.c.at else column for column in AUDIT.c]
NOTHING = "0" * 64  # what the first row holds as the hash before it
Row = tuple[int, str]  # its number and hash


@dataclass(frozen=True)
class Entry:
    """What is to be noted: `act` and `subject` are codes, as in "review.approve" of "review 12"."""

    at: datetime
    author: str
    act: str
    subject: str
    account_id: str | None
    details: Mapping[str, Any]


def note(connection: sa.Connection, entry: Entry) -> int:
    """Append an entry in the caller's transaction; its number. Call it last: until the end others wait for it.

    KeepwellError where nobody is named: what is on record has an author, and with the record the decision fails.
    """
    if not entry.author.strip():
        raise KeepwellError(Problem("nobody says so", fix="add --by NAME"))
    forward = sa.update(HEAD).values(number=HEAD.c.number + 1).returning(HEAD.c.number, HEAD.c.hash)
    number, before = connection.execute(forward).one()  # from here on no other writer gets a number
    row = {
        "number": number,
        "at": entry.at,
        "author": entry.author,
        "act": entry.act,
        "subject": entry.subject,
        "account_id": entry.account_id,
        "details": canonical(entry.details),
        "before": before,
    }
    row["hash"] = hash_of(row)
    connection.execute(sa.insert(AUDIT).values(row))
    connection.execute(sa.update(HEAD).values(hash=row["hash"]))
    return int(number)


def canonical(details: Any) -> str:
    """JSON in one form, whatever the order of its keys: days as text.

    >>> canonical({"b": date(2026, 3, 1), "a": 1})
    '{"a":1,"b":"2026-03-01"}'
    """
    return json.dumps(details, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_day)


def _day(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in the audit log")


def hash_of(row: Mapping[str, Any]) -> str:
    """The hash of a row: of all its columns but itself."""
    names = ("number", "author", "act", "subject", "account_id", "details", "before")
    covered = [row["at"].isoformat(timespec="microseconds"), *(row[name] for name in names)]
    return sha256(canonical(covered).encode()).hexdigest()


def verify(connection: sa.Connection, kept: Row | None = None) -> AuditCheck:
    """Go through the whole log. `kept` is a number and hash noted before, outside of the database."""
    reached = _followed(connection, (0, NOTHING), kept)
    while (broken := reached[2] or _cut(connection, *reached[:2])) is not None:
        later = _followed(connection, reached[:2], kept)  # others may have noted something since
        if later == reached or reached[2] is not None:
            break
        reached = later
    number, hash_, _ = reached
    broken = broken or _lost(number, kept)
    return AuditCheck(number, hash_, broken, None if broken is None else number + 1)


def _followed(connection: sa.Connection, after: Row, kept: Row | None) -> tuple[int, str, str | None]:
    """The last row that follows on from one, and why the next does not, if there is a next."""
    number, hash_ = after
    wanted = sa.select(*AS_STORED).order_by(AUDIT.c.number)
    if number:
        wanted = wanted.where(AUDIT.c.number > number)
    with connection.execute(wanted, execution_options={"yield_per": 1_000}) as rows:
        for row in rows:
            if broken := _misfit(row, number, hash_) or _unlike(row, kept):
                return number, hash_, broken
            number, hash_ = row.number, row.hash
    return number, hash_, None


def _misfit(row: sa.Row[Any], number: int, before: str) -> str | None:
    """Why a row does not follow the one with this number and hash; None: it does."""
    if row.number != number + 1:
        gap = f"row {number + 1} is" if row.number == number + 2 else f"rows {number + 1} to {row.number - 1} are"
        return f"{gap} missing"
    if row.before != before:
        return f"row {row.number} does not hold the hash of the row before it"
    at = _moment(row.at)
    if at is None or hash_of(row._asdict() | {"at": at}) != row.hash:
        return f"row {row.number} was changed: it does not have the hash it was written with"
    return None


def _moment(stored: Any) -> datetime | None:
    """A moment as the database has it; None: somebody made it something else."""
    try:
        return stored if isinstance(stored, datetime) else datetime.fromisoformat(stored)
    except (TypeError, ValueError):
        return None


def _unlike(row: sa.Row[Any], kept: Row | None) -> str | None:
    if kept is None or kept[0] != row.number or kept[1] == row.hash:
        return None
    return f"row {row.number} is not the one that was kept: its hash was {kept[1]}"


def _cut(connection: sa.Connection, number: int, hash_: str) -> str | None:
    """What the head says of rows that were cut from the end."""
    head = connection.execute(sa.select(HEAD.c.number, HEAD.c.hash)).first()
    if head is None:
        return f"the head of the log is missing: rows after {number} may have been cut"
    if head.number > number:
        return f"rows {number + 1} to {head.number} are missing: the end was cut"
    if head.number < number:
        return f"the head of the log names row {head.number}, the last row is {number}"
    if head.hash != hash_:
        return f"the head of the log names row {head.number}, the last row is {number} with another hash"
    return None


def _lost(number: int, kept: Row | None) -> str | None:
    if kept is None or kept[0] <= number:
        return None
    return f"rows {number + 1} to {kept[0]} are missing: row {kept[0]} was kept, the last one is {number}"


def count(connection: sa.Connection) -> int:
    """How many rows the log has."""
    return connection.execute(sa.select(sa.func.count()).select_from(AUDIT)).scalar() or 0


def newest_of(connection: sa.Connection, acts: Sequence[str], subject: str | None = None) -> AuditRow | None:
    """The newest row of some acts, of one subject or of any."""
    query = sa.select(AUDIT).where(AUDIT.c.act.in_(acts)).order_by(AUDIT.c.number.desc()).limit(1)
    if subject is not None:
        query = query.where(AUDIT.c.subject == subject)
    row = connection.execute(query).first()
    return None if row is None else AuditRow(**row._asdict() | {"details": json.loads(row.details)})


def of_acts(connection: sa.Connection, acts: Collection[str]) -> Iterator[AuditRow]:
    """All rows of some acts, oldest first."""
    for row in connection.execute(sa.select(AUDIT).where(AUDIT.c.act.in_(acts)).order_by(AUDIT.c.number)):
        yield AuditRow(**row._asdict() | {"details": json.loads(row.details)})


def newest(connection: sa.Connection, account: str | None, limit: int) -> Iterator[AuditRow]:
    """The newest rows, of one account or of all."""
    query = sa.select(AUDIT).order_by(AUDIT.c.number.desc()).limit(limit)
    if account is not None:
        query = query.where(AUDIT.c.account_id == account)
    for row in connection.execute(query):
        yield AuditRow(**row._asdict() | {"details": json.loads(row.details)})
