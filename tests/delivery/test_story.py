"""Receivers that misbehave for days: everyone gets every message once by its key, and nobody waits for another."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from keepwell.channels import Channels
from keepwell.cli import run
from keepwell.delivery import outbox
from keepwell.delivery.channel import Channel
from keepwell.delivery.courier import Courier
from keepwell.delivery.open import open_channels
from keepwell.delivery.outbox import Item, put
from keepwell.delivery.route import targets
from keepwell.delivery.webhook import Webhook
from keepwell.document import parse
from keepwell.project import Config, Project
from keepwell.state import State
from keepwell.use_cases import dispatch
from keepwell.words.delivery import Fate
from keepwell.words.message import Message
from tests.delivery.receivers import OK, Answer, Handler, Receiver, hangs, posts, receiving, resets
from tests.delivery.samples import ALERT
from tests.delivery.test_outbox import START, Script

SECRET = f"whsec_{base64.b64encode(bytes(32)).decode()}"
ENVIRONMENT = {"HOOK_SECRET": SECRET, "SLACK_TOKEN": "xoxb-1"}
BUSY: Answer = (429, {"Retry-After": "7200"}, b"")
BROKEN: Answer = (500, {}, b"")
MESSAGES = [replace(ALERT, key=f"k{n}", thread=f"t{n}") for n in range(3)]


def settings(receivers: dict[str, Receiver]) -> str:
    lines = [
        f"  {name}: {{kind: webhook, url: '{one.url}', secrets: [HOOK_SECRET], allow: [127.0.0.0/8]}}\n"
        for name, one in receivers.items()
    ]
    return "version: 1\nname: Acme\nchannels:\n" + "".join(lines)


class Company:
    """A state database, receivers and a scripted clock."""

    def __init__(self, url: str, folder: Path, text: str) -> None:
        self.state, self.clock = State(url), Script()
        self.settings: Channels = parse(text).check(Config).channels
        opened = open_channels(self.settings, ENVIRONMENT, folder, print)
        self.channels = {name: _impatient(channel) for name, channel in opened.items()}

    def write(self, *messages: Message) -> None:
        with self.state.engine.begin() as connection:
            for message in messages:
                put(connection, message, targets(self.settings, message), self.clock.at)

    def deliver(self) -> tuple[Item, ...]:
        return Courier(self.state, self.channels, self.clock.clock, lambda _: None, lambda: None).deliver()

    def lives(self, time: timedelta, step: timedelta = timedelta(hours=1)) -> None:
        """Delivers now and then."""
        end = self.clock.at + time
        while self.clock.at < end:
            self.deliver()
            self.clock.passes(step)
        self.deliver()


def _impatient(channel: Channel) -> Channel:
    return replace(channel, patience=0.15) if isinstance(channel, Webhook) else channel


def test_every_receiver_gets_every_message_once_however_it_misbehaves(state_url: str, tmp_path: Path) -> None:
    receivers = {
        "healthy": Receiver(),
        "busy": Receiver([BUSY, BUSY, OK]),
        "broken": Receiver([BROKEN, BROKEN, BROKEN, BROKEN, OK]),
        "silent": Receiver([hangs, hangs, OK]),
        "rude": Receiver([resets, resets, resets, OK]),
        "redirecting": Receiver([(302, {"Location": "http://127.0.0.1:1/"}, b""), OK]),
    }
    with ExitStack() as open_ones:
        for one in receivers.values():
            open_ones.enter_context(receiving(one))
        company = Company(state_url, tmp_path, settings(receivers))
        company.write(*MESSAGES)
        first = company.deliver()
        assert len(receivers["healthy"].ids) == 3, "in the first run, whatever the others do"
        assert {item.target.channel for item in first if item.fate is Fate.WAITING} == set(receivers) - {"healthy"}
        company.clock.passes(timedelta(minutes=90))
        company.deliver()
        assert len(receivers["busy"].got) == 1, "it asked for two hours"
        company.lives(timedelta(days=2))
    for name, one in receivers.items():
        assert len(set(one.ids)) == len(one.ids) == 3, name
        assert {request.headers["webhook-id"] for request in one.got} == set(one.ids), "each try under the same key"
    assert outbox.items(company.state, Fate.WAITING) == outbox.items(company.state, Fate.DEAD) == ()


def test_a_receiver_that_comes_back_after_three_days_gets_all_that_it_missed_once(
    state_url: str, tmp_path: Path
) -> None:
    with receiving(Receiver()) as gone:
        pass  # its port is known, nobody listens
    with receiving(Receiver()) as healthy:
        company = Company(state_url, tmp_path, settings({"gone": gone, "healthy": healthy}))
        for day in range(3):
            company.write(replace(ALERT, key=f"k{day}", thread=f"t{day}"))
            company.lives(timedelta(days=1), timedelta(hours=4))
            assert len(healthy.ids) == day + 1, "the other was not delayed"
        with receiving(gone, port=gone.port):
            company.lives(timedelta(hours=12))
    assert len(set(gone.ids)) == len(gone.ids) == 3
    assert len(set(healthy.ids)) == len(healthy.ids) == 3
    assert gone.ids != healthy.ids


def test_what_a_receiver_refuses_for_good_is_a_dead_letter_and_the_rest_goes(state_url: str, tmp_path: Path) -> None:
    with receiving(Receiver([(422, {}, b""), OK])) as picky:
        company = Company(state_url, tmp_path, settings({"picky": picky}))
        company.write(*MESSAGES)
        company.deliver()
    [dead] = outbox.items(company.state, Fate.DEAD)
    assert dead.why == "the receiver answers 422: it cannot use it"
    assert len(picky.ids) == 2


def test_slack_gets_one_message_a_second_to_each_of_its_channels(state_url: str, tmp_path: Path) -> None:
    with receiving(Receiver([posts])) as api:
        text = (
            "version: 1\nname: Acme\nchannels:\n"
            f"  team: {{kind: slack, channel: C1TEAM, people: {{Ana: U9ANA}}, api: 'http://127.0.0.1:{api.port}/api/'}}\n"
        )
        company = Company(state_url, tmp_path, text)
        company.write(*(replace(one, owner=owner, key=one.key + owner) for one in MESSAGES for owner in ("Ana", "Ben")))
        company.deliver()
        assert len(api.accepted) == 6
        assert company.clock.at >= START + timedelta(seconds=2), "three to each, a second apart"


# --- the command


@contextmanager
def project(folder: Path, receivers: dict[str, Receiver], more: str = "") -> Iterator[Project]:
    """A project whose clock stands still, with messages in its outbox."""
    text = settings(receivers) if receivers else "version: 1\nname: Acme\nchannels:\n"
    (folder / "keepwell.yml").write_text(f"{text}{more}clock: 2026-03-02T08:00:00\n", encoding="utf-8")
    found = Project.open(folder)
    found.home.mkdir()
    state = State(found.state_url)
    with state.engine.begin() as connection:
        for message in MESSAGES:
            put(connection, message, targets(found.config.channels, message), datetime(2026, 3, 2, 7))
    yield found


@pytest.mark.slow
def test_a_run_that_is_killed_between_sending_and_marking_sends_again_with_the_same_key(tmp_path: Path) -> None:
    victim: list[subprocess.Popen[str]] = []

    def kills(handler: Handler) -> None:
        os.kill(victim[0].pid, signal.SIGKILL)
        handler.close_connection = True

    with receiving(Receiver([OK, kills, OK])) as receiver, project(tmp_path, {"hook": receiver}):
        command = [sys.executable, "-m", "keepwell", "deliver", "--json", "--project", str(tmp_path)]
        environment = {**os.environ, **ENVIRONMENT}
        victim.append(subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE))
        assert victim[0].communicate(timeout=60)[0] == ""
        assert victim[0].returncode == -signal.SIGKILL
        asked = [request.headers["webhook-id"] for request in receiver.got]
        done = subprocess.run(command, env=environment, text=True, capture_output=True, timeout=60, check=True)
    again = [request.headers["webhook-id"] for request in receiver.got[2:]]
    assert len(asked) == 2
    assert len(again) == 2
    assert asked[1] in again, "the one that may have arrived comes again, under the same key"
    assert len(set(receiver.ids)) == len(receiver.ids) == 3, "nothing is lost"
    assert [one["fate"] for one in json.loads(done.stdout)["handled"]] == ["sent", "sent"]


def test_the_command_tells_what_was_sent_waits_and_is_dead(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    arguments = ["deliver", "--project", str(tmp_path)]

    def told(*more: str, code: int) -> Any:
        assert run([*arguments, "--json", *more]) == code
        return json.loads(capsys.readouterr().out)

    with receiving(Receiver([(410, {}, b""), (503, {}, b""), OK])) as receiver, project(tmp_path, {"hook": receiver}):
        assert [len(told("--dry-run", code=0)[name]) for name in ("handled", "waiting", "dead")] == [0, 3, 0]
        assert receiver.got == []
        found = told(code=1)
        assert [one["fate"] for one in found["handled"]] == ["dead", "waiting"]
        assert [one["why"] for one in found["handled"]] == [
            "the receiver answers 410: it is gone for good",
            "the receiver answers 503",
        ]
        assert (len(found["waiting"]), len(found["dead"])) == (1, 1)
        assert run(arguments) == 1
        shown = capsys.readouterr().out
        assert "0 sent, 2 waiting, 1 dead" in " ".join(shown.split())
        assert [one["fate"] for one in told("--retry-dead", code=0)["handled"]] == ["sent", "sent"]


def test_a_test_message_shows_whether_a_channel_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with project(tmp_path, {}, "  files: {kind: folder}\n  screen: {kind: console}\n") as opened:
        assert run(["deliver", "--test", "files", "--json", "--project", str(tmp_path)]) == 0
        first = json.loads(capsys.readouterr().out)
        assert run(["deliver", "--test", "screen", "--project", str(tmp_path)]) == 0
        assert "A test of the channel 'screen' by Acme" in capsys.readouterr().out
        assert len(first["handled"]) == 2 * len(MESSAGES) + 1
        assert len(list((tmp_path / "alerts").iterdir())) == len(MESSAGES) + 1
        assert run(["deliver", "--test", "fils", "--project", str(tmp_path)]) == 2
        assert "no channel 'fils'; did you mean 'files'?" in capsys.readouterr().err
        with State(opened.state_url).alone("deliver", lambda: datetime(2026, 3, 2, 8), timedelta(minutes=10)):
            assert run(["deliver", "--project", str(tmp_path)]) == 2
            assert "another run is delivering" in capsys.readouterr().err


def test_a_project_without_channels_says_where_to_name_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "keepwell.yml").write_text("version: 1\nname: Acme\n", encoding="utf-8")
    assert run(["deliver", "--project", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert (out, "'channels:'" in err) == ("0 sent, 0 waiting, 0 dead\n", True)


def test_what_is_withdrawn_is_shown_and_no_finding(tmp_path: Path) -> None:
    with project(tmp_path, {}, "  files: {kind: folder}\n") as opened:
        report = dispatch.deliver(opened, dispatch.DeliverRequest(), print, lambda _: "recovered meanwhile")
    assert {(one.fate, one.why) for one in report.handled} == {(Fate.WITHDRAWN, "recovered meanwhile")}
    assert report.clean
    assert not (tmp_path / "alerts").exists()
