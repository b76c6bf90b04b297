"""What a process holds as long as it lives: a lock that the system lets go when its holder dies, however it dies.

On a disk it is `flock` on a file beside the database, seen by every container of a machine and, by NFS, by other machines; in
PostgreSQL it is the lock of a session. Neither asks for names or numbers of processes, which two hosts may share.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import sqlalchemy as sa

# a file system that has none, or on which only who may write to the file can lock it
NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EINVAL, errno.ENOSYS, errno.EBADF)
SESSION = sa.text("SELECT pg_advisory_lock(hashtext(current_schema()), hashtext(:name))")
PATIENCE = sa.text("SET lock_timeout = '300ms'")  # until the server has seen that a session ended


class Grip:
    """A lock that this process has until it lets go; one that is not `sure` was not to be had from the system."""

    def __init__(self, let_go: Callable[[], object], *, sure: bool) -> None:
        self.let_go, self.sure = let_go, sure


def seize(engine: sa.Engine, name: str) -> Grip | None:
    """The grip of a name in a database; None: a process that lives has it."""
    if engine.dialect.name == "postgresql":
        return _session(engine, name)
    database = engine.url.database
    return _file(Path(f"{Path(database).resolve()}.{name}.lock")) if database else Grip(lambda: None, sure=False)


def _file(path: Path) -> Grip | None:
    """The file stays where it is: who removed it would leave two processes with a lock of one name."""
    with ExitStack() as stack:
        descriptor = _opened(path)
        stack.callback(os.close, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            return Grip(lambda: None, sure=False)
        return Grip(stack.pop_all().close, sure=True)


def _opened(path: Path) -> int:
    """The file is whose run came first; others who may write the database need only read it."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except PermissionError:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


def _session(engine: sa.Engine, name: str) -> Grip | None:
    with ExitStack() as stack:
        connection = stack.enter_context(engine.connect().execution_options(isolation_level="AUTOCOMMIT"))
        connection.execute(PATIENCE)
        try:
            connection.execute(SESSION, {"name": name})
        except sa.exc.OperationalError:
            return None
        return Grip(stack.pop_all().close, sure=True)
