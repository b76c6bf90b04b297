"""What people decided, and which batches are published: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from keepwell.words.problem import KeepwellError, Problem

META = sa.MetaData()
BATCH = sa.Table(
    "batch",
    META,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("purpose", sa.String(40)),
    sa.Column("status", sa.String(12)),  # open, published, failed, dropped
    sa.Column("started_at", sa.DateTime),
    sa.Column("finished_at", sa.DateTime),
)
LEASE = sa.Table(
    "lease",
    META,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("holder", sa.String(200)),
    sa.Column("expires_at", sa.DateTime),
)
LEASE_TIME = timedelta(hours=6)  # longer than any run; a dead holder on this host is noticed at once


@dataclass
class Batch:
    """A write in progress; a batch that is not `wanted` at the end leaves no trace."""

    number: int
    wanted: bool = True


class State:
    """The state database. Times are naive UTC and come from the caller."""

    def __init__(self, url: str) -> None:
        self.engine = sa.create_engine(url)
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _sqlite_pragmas)
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        with self.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def published(self) -> int:
        """Number of the newest published batch, 0 before the first."""
        query = sa.select(sa.func.max(BATCH.c.number)).where(BATCH.c.status == "published")
        with self.engine.connect() as connection:
            return connection.execute(query).scalar() or 0

    @contextmanager
    def write(self, purpose: str, now: datetime) -> Iterator[Batch]:
        """Hold the one write lock and yield the next batch; publish it at the end, or mark it failed."""
        holder = f"{socket.gethostname()}/{os.getpid()}"
        self._take_lease(holder, now)
        try:
            number = self._open_batch(purpose, now)
            batch = Batch(number)
            try:
                yield batch
            except BaseException:
                self._finish(number, "failed", now)
                raise
            self._finish(number, "published" if batch.wanted else "dropped", now)
        finally:
            with self.engine.begin() as connection:
                connection.execute(sa.delete(LEASE).where(LEASE.c.holder == holder))

    def _take_lease(self, holder: str, now: datetime) -> None:
        with self.engine.begin() as connection:
            row = connection.execute(sa.select(LEASE).where(LEASE.c.name == "write")).first()
            if row is not None and row.expires_at > now and _alive(row.holder):
                raise KeepwellError(Problem(f"another run is writing ({row.holder})", fix="wait until it has ended"))
            if row is not None:
                gone = sa.delete(LEASE).where(LEASE.c.name == "write", LEASE.c.holder == row.holder)
                connection.execute(gone)
            try:
                values = {"name": "write", "holder": holder, "expires_at": now + LEASE_TIME}
                connection.execute(sa.insert(LEASE).values(values))
            except sa.exc.IntegrityError:
                raise KeepwellError(Problem("another run took the write lock", fix="wait until it has ended")) from None

    def _open_batch(self, purpose: str, now: datetime) -> int:
        with self.engine.begin() as connection:
            number = (connection.execute(sa.select(sa.func.max(BATCH.c.number))).scalar() or 0) + 1
            values = {"number": number, "purpose": purpose, "status": "open", "started_at": now}
            connection.execute(sa.insert(BATCH).values(values))
            return number

    def _finish(self, number: int, status: str, now: datetime) -> None:
        with self.engine.begin() as connection:
            done = sa.update(BATCH).where(BATCH.c.number == number).values(status=status, finished_at=now)
            connection.execute(done)


def _alive(holder: str) -> bool:
    """Whether the process that holds a lease may still run; one on another host is believed."""
    host, _, process = holder.rpartition("/")
    if host != socket.gethostname():
        return True
    if int(process) == os.getpid():
        return True
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _sqlite_pragmas(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()
