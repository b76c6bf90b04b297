"""The use-case of what leaves the house, read after actions.py: `deliver` sends what is due.

outbox → channels of keepwell.yml, each message once by its key
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from keepwell.alerting.wanted import still_wanted
from keepwell.delivery import gate, outbox
from keepwell.delivery.courier import Clock, Courier, Wanted
from keepwell.delivery.open import open_channels
from keepwell.delivery.route import targets
from keepwell.project import Project
from keepwell.state import State
from keepwell.use_cases import runs
from keepwell.words.delivery import DeliveryReport, Fate
from keepwell.words.message import Note
from keepwell.words.problem import KeepwellError, Problem, nearest

LOCK = "deliver"
LOCKED_FOR = timedelta(minutes=10)  # without a word from a run that cannot be looked at; it renews before each message


@dataclass(frozen=True)
class DeliverRequest:
    """What to do: `dry` only looks; `again` gives the dead another try; `test` writes a test message to a channel."""

    dry: bool = False
    again: bool = False
    test: str | None = None


def deliver(
    project: Project, request: DeliverRequest, echo: Callable[[str], None], wanted: Wanted | None = None
) -> DeliveryReport:
    """Send what is due in the outbox.

    `wanted` is asked at the moment of sending, and says why not; by default an alert that is over, or that an
    exception in force covers, is not.
    """
    project.home.mkdir(parents=True, exist_ok=True)
    state, now = State(project.state_url), runs.now_of(project)
    if request.dry:
        return _report(project, state, (), dry=True)
    with state.alone(LOCK, partial(runs.now_of, project), LOCKED_FOR) as hold:
        if request.again or request.test:
            gate.reopen(state)
        if request.again:
            outbox.revive(state, now)
        if request.test is not None:
            _write_test(project, state, request.test)
        asked = wanted or still_wanted(project, state, project.local_day(now))
        channels = open_channels(project.config.channels, os.environ, project.folder, echo)
        clock = Clock(partial(runs.now_of, project), time.sleep)
        handled = Courier(state, channels, clock, asked, hold).deliver()
    return _report(project, state, handled)


def _report(project: Project, state: State, handled: tuple[outbox.Item, ...], *, dry: bool = False) -> DeliveryReport:
    tried = {item.key for item in handled}
    waiting = [item for item in outbox.items(state, Fate.WAITING) if item.key not in tried]
    return DeliveryReport(
        at=runs.now_of(project),
        handled=tuple(item.delivered() for item in handled),
        waiting=tuple(item.delivered() for item in waiting),
        dead=tuple(item.delivered() for item in outbox.items(state, Fate.DEAD)),
        dry=dry,
    )


def _write_test(project: Project, state: State, name: str) -> None:
    """A message that shows whether a channel works, to its own address; each is another."""
    channels, now = project.config.channels, runs.now_of(project)
    if name not in channels:
        fix = nearest(name, list(channels)) or "name one under 'channels:'"
        raise KeepwellError(Problem(f"keepwell.yml has no channel '{name}'", fix=fix))
    count = len([item for fate in Fate for item in outbox.items(state, fate) if item.message.kind == "test"])
    key = f"test:{name}:{now.isoformat()}:{count}"
    lines = ("If you read this, the channel works.",)
    note = Note(key, key, "test", "", f"A test of the channel '{name}' by {project.config.name}", lines)
    with state.engine.begin() as connection:
        outbox.put(connection, note, targets({name: channels[name]}, note), now)
