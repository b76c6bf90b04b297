"""What people decided, and which batches are published: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from keepwell.failpoint import reach
from keepwell.grip import Grip, seize
from keepwell.words.problem import KeepwellError, Problem

MIGRATIONS = Path(__file__).parent / "migrations"
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
    sa.Column("holder", sa.String(200)),  # host/process
    sa.Column("started", sa.String(80)),  # which start of its machine it runs under
    sa.Column("token", sa.String(32)),  # of one write: who has it holds the lock
    sa.Column("expires_at", sa.DateTime),
)
LEASE_TIME = timedelta(hours=6)  # without a word from a holder elsewhere, whose death nobody here can tell
LOCKS = {
    "write": ("writing", "publishes nothing"),
    "deliver": ("delivering", "sends nothing more"),
    "run": ("doing the day", "does nothing more"),
    "promote": ("changing which card leads", "changes nothing more"),
}
MIGRATING = 0x6B656570  # PostgreSQL's advisory lock of who migrates; any number of our own


Clock = Callable[[], datetime]


@dataclass
class Batch:
    """A write in progress; a batch that is not `wanted` at the end leaves no trace.

    `hold` renews the write lock and raises KeepwellError where another run has taken it. `beside` is written in the
    transaction that publishes.
    """

    number: int
    hold: Callable[[], None]
    wanted: bool = True
    beside: Callable[[sa.Connection], object] = lambda _: None


class State:
    """The state database. Times are naive UTC and come from the caller."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _sqlite_pragmas)
        try:
            with self.engine.begin() as connection:
                _migrate(connection)
        except sa.exc.OperationalError as error:
            raise KeepwellError(_unreachable(self.engine.url, error)) from error

    def published(self) -> int:
        """Number of the newest published batch, 0 before the first."""
        query = sa.select(sa.func.max(BATCH.c.number)).where(BATCH.c.status == "published")
        with self.engine.connect() as connection:
            return connection.execute(query).scalar() or 0

    @contextmanager
    def write(self, purpose: str, now: datetime, clock: Clock | None = None) -> Iterator[Batch]:
        """Hold the one write lock and yield the next batch; publish it at the end, or mark it failed.

        `clock` tells a long run what time it is when it renews the lock. A run that lost the lock
        publishes nothing.
        """
        clock = clock or (lambda: now)
        with self._locked("write", now, LEASE_TIME) as token:
            number = self._open_batch(purpose, now)
            batch = Batch(number, lambda: self._hold(token, clock()))
            try:
                yield batch
                self._publish(batch, clock(), token)
            except BaseException:
                with self.engine.begin() as connection:
                    _finish(connection, number, "failed", clock())
                raise

    @contextmanager
    def alone(self, name: str, clock: Clock, lasts: timedelta) -> Iterator[Callable[[], None]]:
        """Hold a lock beside the write lock. What is yielded may be called often: it renews the lock in good time.

        It raises KeepwellError where another run has taken the lock.
        """
        with self._locked(name, renewed := clock(), lasts) as token:

            def hold() -> None:
                nonlocal renewed
                if (now := clock()) - renewed >= lasts / 10:
                    self._hold(token, now, name, lasts)
                    renewed = now

            yield hold

    @contextmanager
    def _locked(self, name: str, now: datetime, lasts: timedelta) -> Iterator[str]:
        """Hold a lock: its token. Who lives holds the grip of it too, so that the lock of who died is free."""
        grip = seize(self.engine, name)
        try:
            token = self._take_lease(name, now, lasts, grip)
            try:
                yield token
            finally:
                with self.engine.begin() as connection:
                    connection.execute(sa.delete(LEASE).where(LEASE.c.token == token))
        finally:
            if grip is not None:
                grip.let_go()

    def _take_lease(self, name: str, now: datetime, lasts: timedelta, grip: Grip | None) -> str:
        """The token of the lock, which is ours from now on; a lock renewed while we looked at it is not taken."""
        with self.engine.begin() as connection:
            row = connection.execute(sa.select(LEASE).where(LEASE.c.name == name)).first()
            if row is not None:
                seen = (LEASE.c.token.is_not_distinct_from(row.token), LEASE.c.expires_at == row.expires_at)
                gone = sa.delete(LEASE).where(LEASE.c.name == name, LEASE.c.holder == row.holder, *seen)
                if _holds(row, now, grip) or not connection.execute(gone).rowcount:
                    fix = "wait until it has ended, or end that process if it hangs"
                    raise KeepwellError(Problem(f"another run is {LOCKS[name][0]} ({row.holder})", fix=fix))
            if grip is None:  # it has not written its lease yet, or has just taken it away
                raise _begun(name)
            try:
                values = {"name": name, "holder": _this_process(), "expires_at": now + lasts}
                values |= {"token": (token := uuid4().hex), "started": _boot()}
                connection.execute(sa.insert(LEASE).values(values))
            except sa.exc.IntegrityError:
                raise _begun(name) from None
            return token

    def _hold(self, token: str, now: datetime, name: str = "write", lasts: timedelta = LEASE_TIME) -> None:
        with self.engine.begin() as connection:
            _renew(connection, token, now, name, lasts)

    def _open_batch(self, purpose: str, now: datetime) -> int:
        with self.engine.begin() as connection:
            number = (connection.execute(sa.select(sa.func.max(BATCH.c.number))).scalar() or 0) + 1
            values = {"number": number, "purpose": purpose, "status": "open", "started_at": now}
            connection.execute(sa.insert(BATCH).values(values))
            return number

    def _publish(self, batch: Batch, now: datetime, token: str) -> None:
        """Publish a batch or drop it, in one transaction with the proof that the lock is still ours."""
        with self.engine.begin() as connection:
            _renew(connection, token, now)
            _finish(connection, batch.number, "published" if batch.wanted else "dropped", now)
            if batch.wanted:
                batch.beside(connection)
            reach("batch.publishing")
        reach("batch.published")


def _finish(connection: sa.Connection, number: int, status: str, now: datetime) -> None:
    """Say what became of a batch that is still open."""
    still = (BATCH.c.number == number, BATCH.c.status == "open")
    connection.execute(sa.update(BATCH).where(*still).values(status=status, finished_at=now))


def insert_into(connection: sa.Connection, table: sa.Table) -> sqlite.Insert:
    """An insert that may meet a row of its key; both databases say it in the same words."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415  a tenth of every command's start

    return cast("sqlite.Insert", postgresql.insert(table))


def _begun(name: str) -> KeepwellError:
    return KeepwellError(Problem(f"another run began {LOCKS[name][0]}", fix="wait until it has ended"))


def _this_process() -> str:
    return f"{socket.gethostname()}/{os.getpid()}"


def _engine(url: str) -> sa.Engine:
    """The engine of a URL; one that cannot be used is one line."""
    try:
        return sa.create_engine(url, poolclass=sa.NullPool)  # a command asks seldom, and leaves nothing open
    except sa.exc.ArgumentError:
        expected = "an SQLAlchemy URL, as in postgresql://user@host/keepwell"
        raise KeepwellError(Problem("KEEPWELL_STATE_URL is no URL of a database", expected=expected)) from None
    except ModuleNotFoundError as error:
        what = f"the state database of KEEPWELL_STATE_URL needs the package '{error.name}'"
        raise KeepwellError(Problem(what, fix="for PostgreSQL: pip install 'keepwell[postgres]'")) from None


def _unreachable(url: sa.URL, error: sa.exc.OperationalError) -> Problem:
    """What to tell of a database that does not answer; never its password."""
    said = str(error.orig).strip().splitlines() or [""]
    what = f"the state database {url.render_as_string()} cannot be used: {said[0]}"
    return Problem(what, fix="check KEEPWELL_STATE_URL and that the server runs")


def newest_revision() -> str:
    """The last migration's number, which its file's name begins with."""
    return max(file.stem.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _revision(connection: sa.Connection) -> str | None:
    """The last migration that the database has seen; None before the first."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT max(version_num) FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _migrate(connection: sa.Connection) -> None:
    """Bring the database's tables up to date; one process does, the others wait for it."""
    if _revision(connection) != newest_revision():
        _lock(connection)
        if _revision(connection) != newest_revision():  # else another process was first
            _upgrade(connection)


def _lock(connection: sa.Connection) -> None:
    """Wait until no other process migrates the database; the end of the transaction lets the next one in."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATING})")


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command  # noqa: PLC0415  a sixth of every command's start, and needed by the first alone
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _renew(
    connection: sa.Connection, token: str, now: datetime, name: str = "write", lasts: timedelta = LEASE_TIME
) -> None:
    """Keep the lock for longer; KeepwellError where it is no longer ours."""
    renewed = sa.update(LEASE).where(LEASE.c.token == token).values(expires_at=now + lasts)
    if not connection.execute(renewed).rowcount:
        taken = connection.execute(sa.select(LEASE.c.holder).where(LEASE.c.name == name)).scalar()
        what = f"this run lost the {name} lock to another ({taken or 'which has ended'}) and {LOCKS[name][1]}"
        raise KeepwellError(Problem(what, fix="run it again"))


def _holds(row: sa.Row[tuple[str, str, str | None, str | None, datetime]], now: datetime, grip: Grip | None) -> bool:
    """Whether the holder of a lock still runs: it does while it has the grip.

    Who is here, or was before its host was started again, and has no grip has died. Of a host by another name the grip may not
    reach us: it is believed until the lock expires.
    """
    if grip is None:
        return True
    here = row.holder.rpartition("/")[0] == socket.gethostname() or (row.started or "") == _boot() != ""
    return row.expires_at > now and not (grip.sure and here)


def _boot() -> str:
    """Which start of this machine it is, whatever its containers are called; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _sqlite_pragmas(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA busy_timeout=10000")  # first: the next waits for others that open the database
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.close()
