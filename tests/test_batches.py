"""One writer, published last; readers never see half a run (SEMANTICS, rule 1)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, local

import pyarrow as pa
import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

import keepwell.state
from keepwell.grip import Grip
from keepwell.lake import Lake
from keepwell.state import BATCH, LEASE, MIGRATIONS, State, newest_revision
from keepwell.words.problem import KeepwellError

NOW = datetime(2026, 7, 1, 7)


@pytest.fixture
def state(state_url: str) -> State:
    return State(state_url)


def test_a_database_that_is_up_to_date_is_not_migrated_again(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert newest_revision() == ScriptDirectory.from_config(config).get_current_head()
    monkeypatch.setattr("keepwell.state._upgrade", lambda _: pytest.fail("migrated again"))
    assert State(state.engine.url.render_as_string(hide_password=False)).published() == 0


def test_processes_that_open_a_new_database_at_once_find_it_migrated(
    state_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has seen that it is new before any has migrated it."""
    both, revision = Barrier(2), keepwell.state._revision
    seen = local()

    def looks(connection: sa.Connection) -> str | None:
        found = revision(connection)
        if not hasattr(seen, "once"):
            seen.once = both.wait(10)
        return found

    monkeypatch.setattr(keepwell.state, "_revision", looks)
    with ThreadPoolExecutor(2) as pool:
        opened = list(pool.map(lambda _: State(state_url).published(), range(2)))
    assert opened == [0, 0]


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("no url", "KEEPWELL_STATE_URL is no URL of a database; expected an SQLAlchemy URL, as in postgresql://"),
        ("mysql://a@b/c", r"needs the package 'MySQLdb'; for PostgreSQL: pip install 'keepwell\[postgres\]'"),
        ("postgresql://me:secret@127.0.0.1:1/x", r"postgresql://me:\*\*\*@127.0.0.1:1/x cannot be used: connection"),
        (
            "sqlite:////no/such/folder/state.db",
            "cannot be used: unable to open database file; check KEEPWELL_STATE_URL",
        ),
    ],
)
def test_a_state_database_that_cannot_be_used_is_one_line(url: str, line: str) -> None:
    with pytest.raises(KeepwellError, match=line):
        State(url)


def words(lake: Lake, published: int) -> list[str]:
    """What a reader of the published batches sees in the table `personal`."""
    return [row[0] for row in lake.connect(published).execute("SELECT words FROM personal ORDER BY 1").fetchall()]


def row(text: str, batch: int) -> pa.Table:
    return pa.table({"token": ["t"], "what": ["name"], "words": [text], "batch": [batch]})


def test_rows_are_seen_only_once_their_batch_is_published(state: State, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    with state.write("ingest", NOW) as batch:
        lake.append("personal", row("first", batch.number))
        assert words(lake, state.published()) == []
    assert words(lake, state.published()) == ["first"]


def test_the_next_run_removes_what_an_interrupted_one_left(state: State, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")

    def dies() -> None:
        with state.write("ingest", NOW) as batch:
            lake.append("personal", row("half", batch.number))
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        dies()
    assert state.published() == 0
    with state.write("ingest", NOW) as batch:
        lake.remove_unpublished(state.published())
        lake.append("personal", row("whole", batch.number))
    assert words(lake, state.published()) == ["whole"]


def test_a_batch_that_is_not_wanted_is_not_published(state: State) -> None:
    with state.write("ingest", NOW) as batch:
        batch.wanted = False
    assert state.published() == 0


def test_a_second_writer_is_told_to_wait(state: State) -> None:
    with state.write("ingest", NOW):
        refused(state, NOW)


@pytest.mark.parametrize("holder", ["elsewhere/1", "this-host/999999999"])
def test_the_lock_of_a_dead_or_expired_writer_is_taken_over(
    state: State, holder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "this-host")
    expires = NOW - timedelta(seconds=1) if holder.startswith("elsewhere") else NOW + timedelta(hours=1)
    with state.engine.begin() as connection:
        connection.execute(sa.insert(LEASE).values(name="write", holder=holder, expires_at=expires))
    with state.write("ingest", NOW) as batch:
        assert batch.number == 1
    assert state.published() == 1


def refused(state: State, now: datetime) -> None:
    """Another run finds that the lock is held."""
    with pytest.raises(KeepwellError, match="another run is writing"), state.write("score", now):
        pass


def hand_over(state: State, holder: str, expires: datetime, **process: str) -> None:
    """The lock as another run has taken it."""
    with state.engine.begin() as connection:
        connection.execute(sa.delete(LEASE))
        connection.execute(sa.insert(LEASE).values(name="write", holder=holder, expires_at=expires, **process))


def test_a_restarted_container_takes_the_lock_of_the_process_it_was(state: State) -> None:
    was = {"started": "before the restart", "token": "its"}
    hand_over(state, f"{socket.gethostname()}/{os.getpid()}", NOW + timedelta(hours=5), **was)
    with state.write("ingest", NOW) as batch:
        batch.hold()
    assert state.published() == 1


def test_a_run_that_lives_here_keeps_the_lock_however_long_it_takes(state: State) -> None:
    with state.write("backfill", NOW):
        refused(state, NOW + timedelta(days=2))
    assert state.published() == 1


def test_a_run_in_another_container_of_this_name_keeps_the_lock_though_no_process_here_has_its_number(
    state: State,
) -> None:
    """Its number means another process here, or none, and its container began at another time."""
    for number in (999_999_999, os.getpid(), 1):
        with state.write("backfill", NOW):
            with state.engine.begin() as connection:
                theirs = {"holder": f"{socket.gethostname()}/{number}", "started": "of another machine"}
                connection.execute(sa.update(LEASE).values(theirs))
            refused(state, NOW)
    assert state.published() == 3


def test_the_lock_of_a_process_that_was_killed_is_free_at_once_whatever_its_host_was_called(
    state_url: str, state: State
) -> None:
    code = (
        "import os, socket, sys; from datetime import datetime; from keepwell.state import State\n"
        "socket.gethostname = lambda: 'container'\n"
        "with State(sys.argv[1]).write('ingest', datetime(2026, 7, 1, 7)): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, state_url], check=False).returncode == -9
    with state.write("ingest", NOW) as batch:
        assert batch.number == 2


def test_a_database_that_is_reached_by_a_link_too_has_one_lock(tmp_path: Path) -> None:
    (tmp_path / "linked.db").symlink_to(tmp_path / "state.db")
    state, linked = (State(f"sqlite:///{tmp_path}/{name}.db") for name in ("state", "linked"))
    with state.write("ingest", NOW):
        refused(linked, NOW)
    assert linked.published() == 1


def test_a_lock_file_that_another_user_made_is_held_without_writing_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The project's folder is shared; root or a colleague ran first, and the file is theirs."""
    state, opens = State(f"sqlite:///{tmp_path}/state.db"), os.open

    def theirs(path: Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_RDWR:
            raise PermissionError(13, "Permission denied", str(path))
        return opens(path, flags, mode)

    with state.write("ingest", NOW):
        pass
    monkeypatch.setattr(os, "open", theirs)
    with state.write("score", NOW):
        refused(state, NOW)
    assert state.published() == 2


def test_each_write_renews_the_lock_for_those_who_cannot_look(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "far")
    monkeypatch.setattr("keepwell.state.seize", lambda *_: Grip(lambda: None, sure=False))
    times = iter(NOW + timedelta(hours=n) for n in (5, 5, 9))
    with state.write("backfill", NOW, lambda: next(times)) as batch:
        Lake(tmp_path / "lake", batch.hold).append("personal", row("slow", batch.number))
        monkeypatch.setattr("socket.gethostname", lambda: "near")
        refused(state, NOW + timedelta(hours=7))
        batch.hold()
    assert state.published() == 1


@pytest.mark.parametrize("writes", [True, False])
def test_a_run_that_lost_the_lock_writes_and_publishes_nothing_more(state: State, tmp_path: Path, writes: bool) -> None:
    lake, other = Lake(tmp_path / "lake"), {"token": "theirs"}

    def loses() -> None:
        with state.write("backfill", NOW) as batch:
            hand_over(state, "other/7", NOW + timedelta(hours=12), **other)
            if writes:
                Lake(lake.folder, batch.hold).append("personal", row("late", batch.number))

    line = r"lost the write lock to another \(other/7\) and publishes nothing; run it again"
    with pytest.raises(KeepwellError, match=line):
        loses()
    assert (state.published(), lake.tables()) == (0, [])
    with state.engine.connect() as connection:
        assert connection.execute(sa.select(LEASE.c.token)).scalar() == "theirs"


def test_batch_numbers_only_grow_whatever_became_of_the_last(state: State) -> None:
    with pytest.raises(ValueError, match="no"), state.write("ingest", NOW):
        raise ValueError("no")
    with state.write("score", NOW) as batch:
        assert batch.number == 2
    with state.engine.connect() as connection:
        found = connection.execute(sa.select(BATCH.c.number, BATCH.c.status).order_by(BATCH.c.number)).all()
    assert [tuple(r) for r in found] == [(1, "failed"), (2, "published")]


def test_a_column_that_came_later_reads_as_null_in_older_files(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    lake.append("personal", pa.table({"token": ["a"], "words": ["old"], "batch": [1]}))
    lake.append("personal", row("new", 2))
    rows = lake.connect(2).execute("SELECT words, what FROM personal ORDER BY 1").fetchall()
    assert rows == [("new", "name"), ("old", None)]


@pytest.mark.parametrize("name", ["acme [prod]", "per%20cent", "a|b", "x^y", "back\\slash", "tab\t"])
def test_a_folder_that_no_delta_table_can_lie_in_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeepwellError, match=r"Delta tables cannot lie in a folder with '.*' in its path; rename"):
        Lake(tmp_path / name / "lake")


def test_a_run_that_dies_in_the_first_commit_of_a_table_leaves_no_table(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    (tmp_path / "lake" / "personal" / "_delta_log").mkdir(parents=True)
    lake.remove_unpublished(0)
    assert words(lake, 1) == []
    lake.append("personal", row("first", 1))
    assert words(lake, 1) == ["first"]
