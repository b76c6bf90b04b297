"""Kill -9 anywhere in a day: nothing is lost, nothing is told twice, and the state is that of an uninterrupted run."""

from __future__ import annotations

import base64
import json
import math
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import sqlalchemy as sa

from keepwell.book.scorer import Scorer, rows_of
from keepwell.book.shelf import kept_sql
from keepwell.deciding.alerts import ALERT, LEAD
from keepwell.deciding.standings import DECIDED, PROVISIONAL, STANDING, TRANSITION
from keepwell.deciding.suppressions import SUPPRESSION
from keepwell.delivery.outbox import OUTBOX
from keepwell.failpoint import NAMED
from keepwell.feedback.audit import AUDIT
from keepwell.feedback.reviews import REVIEWS
from keepwell.handoff.records import HANDOFF
from keepwell.project import Project
from keepwell.state import State
from keepwell.use_cases import actions
from tests.company import examples
from tests.decisions.fallen import BASELINE, prepared
from tests.delivery.receivers import Receiver, receiving
from tests.small_project import SmallProject

SECRET = f"whsec_{base64.b64encode(bytes(32)).decode()}"
RISE = "3,A,2026-03-20,critical\n4,B,2026-03-20,critical"
PHASES = ("2026-03-21T05:30:00", "2026-03-21T08:00:00")  # before the 20th closes a ticket is read; then it is decided
RUN, AT_ONCE = ("run",), ("ingest", "--rescore")  # by which the first of them reads it
NAMES = {  # in the order in which a day reaches them
    RUN: (
        ("lake.appending", "lake.appended", "batch.publishing", "batch.published"),
        (
            *("lake.appending", "lake.appended:2", "batch.publishing", "batch.published:2"),
            *("day.deciding", "day.decided", "outbox.begun", "outbox.sent", "outbox.marked:2"),
        ),
    ),
    AT_ONCE: (
        ("batch.publishing", "batch.published", "provisional.deciding", "provisional.decided"),
        ("day.deciding",),
    ),
}
NAMED_KILLS = sum(len(names) for day in NAMES.values() for names in day)
SEEDS, KILLS_EACH = (1, 2) if examples(1) == 1 else (8, 12)  # of one way, at random moments
NEVER = math.inf
OWN = {  # columns that tell which run wrote a row, and nothing about the day
    STANDING: ("batch",),
    TRANSITION: ("id",),
    ALERT: ("id", "told_with"),
    OUTBOX: ("id", "attempts"),
    DECIDED: (),
    PROVISIONAL: ("batch",),
    REVIEWS: ("id",),
    SUPPRESSION: ("id",),
    HANDOFF: ("id",),
    AUDIT: (),
}
LED = sa.select(ALERT.c.account_id, ALERT.c.kind, LEAD.c.kind).join(LEAD, ALERT.c.told_with == LEAD.c.id)


class Nursery:
    """Runs a command in a fresh fork of a process that has only imported; `kill_after` seconds, by SIGKILL."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.kills.nursery"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, folder: Path, command: tuple[str, ...], *, kill_after: float = NEVER, kill_at: str = "") -> int:
        """The exit code of a command; -9: killed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        told = {
            "arguments": [*command, "--project", str(folder)],
            "environment": {
                "HOOK_SECRET": SECRET,
                NAMED: kill_at,
                "KEEPWELL_THREADS": "1",
            },  # another test has a core too
            "log": str(folder / "log.txt"),
        }
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        child = int(self.process.stdout.readline())
        if kill_after < NEVER and not select.select([self.process.stdout], [], [], kill_after)[0]:
            with suppress(ProcessLookupError):  # it was sooner
                os.kill(child, signal.SIGKILL)
        return int(self.process.stdout.readline())


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    with made.process:  # the end of its input ends it
        yield made


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The 19th is decided; the tickets of the 20th lie in the exports, unread."""
    small = prepared(tmp_path_factory.mktemp("kills") / "project", rise=False)
    small.today = str(BASELINE)
    actions.transitions(small.project)
    tickets = (small.folder / "exports" / "tickets.csv").read_text(encoding="utf-8")
    small.write("exports/tickets.csv", f"{tickets}{RISE}\n")
    return small.folder


@dataclass
class Day:
    """A copy of the project, its receiver, and what it did."""

    small: SmallProject
    receiver: Receiver

    def set_clock(self, moment: str) -> None:
        hook = f"{{kind: webhook, url: '{self.receiver.url}', secrets: [HOOK_SECRET], allow: [127.0.0.0/8]}}"
        text = f"version: 1\nname: Small\nscorecard: small\nclock: {moment}\nchannels:\n  hook: {hook}\n"
        self.small.write("keepwell.yml", text)

    @property
    def state(self) -> dict[str, Any]:
        """All that a day leaves behind, but for who wrote it."""
        scorer = Scorer(Project.open(self.small.folder))
        found: dict[str, Any] = {}
        with State(scorer.project.state_url).engine.connect() as connection:
            for table, own in OWN.items():
                columns = [column for column in table.c if column.name not in own]
                found[table.name] = sorted(map(repr, map(tuple, connection.execute(sa.select(*columns)))))
            led = connection.execute(LED)
            found["told with"] = sorted(map(repr, map(tuple, led)))
        lake = scorer.lake.connect(scorer.batch)
        kept = kept_sql(scorer, lake, scorer.headline())
        for name, sql in (("tickets", "SELECT * FROM fact_ticket"), ("scores", f"SELECT * FROM ({kept})")):
            rows = rows_of(lake, f"SELECT * EXCLUDE (batch) FROM ({sql})")
            found[name] = sorted(map(repr, rows))
        return found


@contextmanager
def day(base: Path, folder: Path) -> Iterator[Day]:
    with receiving(Receiver()) as receiver:
        yield Day(SmallProject.copy(base, folder), receiver)


@dataclass(frozen=True)
class Uninterrupted:
    commands: tuple[tuple[str, ...], tuple[str, ...]]  # the one that reads the ticket, and the night's
    state: dict[str, Any]
    ids: list[str]
    seconds: tuple[float, ...]


@pytest.fixture(scope="module", params=[RUN, AT_ONCE], ids=["by night", "at once"])
def whole(
    request: pytest.FixtureRequest, base: Path, nursery: Nursery, tmp_path_factory: pytest.TempPathFactory
) -> Uninterrupted:
    """The same day without a kill."""
    commands = (request.param, RUN)
    with day(base, tmp_path_factory.mktemp("whole") / "project") as found:
        seconds = []
        for moment, command in zip(PHASES, commands, strict=True):
            found.set_clock(moment)
            began = time.monotonic()
            assert nursery.run(found.small.folder, command) == 0
            seconds.append(time.monotonic() - began)
        assert len(found.receiver.ids) == 2, "A and B"
        state = found.state
        assert all(state[table.name] for table in (STANDING, TRANSITION, ALERT, OUTBOX, DECIDED, REVIEWS))
        assert state["told with"], "drops, with risks"
        return Uninterrupted(commands, state, sorted(found.receiver.ids), tuple(seconds))


def assert_as_if_uninterrupted(found: Day, whole: Uninterrupted, kills: int) -> None:
    state = found.state
    for name, rows in whole.state.items():
        assert state[name] == rows, name
    asked = [request.headers["webhook-id"] for request in found.receiver.got]
    assert sorted(set(asked)) == whole.ids, "nothing is lost, and what comes again comes under its key"
    assert len({(request.headers["webhook-id"], request.body) for request in found.receiver.got}) == len(whole.ids)
    assert len(asked) - len(whole.ids) <= kills


def log(found: Day) -> str:
    return (found.small.folder / "log.txt").read_text(encoding="utf-8")


def test_a_day_that_is_killed_at_every_named_point_ends_as_if_it_were_not(
    base: Path, nursery: Nursery, whole: Uninterrupted, tmp_path: Path
) -> None:
    """Before and after each commit, and between sending a message and noting it: each run dies a little later."""
    points = NAMES[whole.commands[0]]
    with day(base, tmp_path / "project") as found:
        for moment, command, names in zip(PHASES, whole.commands, points, strict=True):
            found.set_clock(moment)
            for name in names:
                code = nursery.run(found.small.folder, command, kill_at=name)
                assert code == -signal.SIGKILL, f"{name}: {log(found)}"
            assert nursery.run(found.small.folder, command) == 0, log(found)
        assert_as_if_uninterrupted(found, whole, sum(map(len, points)))


def kills_in_time(found: Day, nursery: Nursery, whole: Uninterrupted, moments: Sequence[float]) -> int:
    """Kill a day at these seconds of it, each run a little later, until one ends; how many kills came before the end."""
    kills, began, code = 0, 0.0, -signal.SIGKILL
    for moment, command, seconds in zip(PHASES, whole.commands, whole.seconds, strict=True):
        found.set_clock(moment)
        for at in (*sorted(at for at in moments if began <= at < began + seconds), NEVER):
            code = nursery.run(found.small.folder, command, kill_after=at - began)
            if code != -signal.SIGKILL:
                break
            kills += 1
        assert code == 0, log(found)
        began += seconds
    return kills


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_day_that_is_killed_at_random_moments_ends_as_if_it_were_not(
    base: Path, nursery: Nursery, whole: Uninterrupted, tmp_path: Path, seed: int
) -> None:
    chance, kills = random.Random(seed), 0  # noqa: S311
    while kills < KILLS_EACH:  # those that came too late are made up for on another day
        moments = [chance.uniform(0, sum(whole.seconds)) for _ in range(KILLS_EACH - kills)]
        with TemporaryDirectory(dir=tmp_path) as folder, day(base, Path(folder) / "project") as found:
            in_time = kills_in_time(found, nursery, whole, moments)
            assert_as_if_uninterrupted(found, whole, in_time)
        kills += in_time


def test_the_kills_are_twenty_and_in_the_thorough_run_two_hundred() -> None:
    assert NAMED_KILLS + len(NAMES) * SEEDS * KILLS_EACH >= 20 * examples(1)
