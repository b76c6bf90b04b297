"""The outbox: written with its cause, sent once by key, each place for itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Barrier, Lock
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from keepwell.delivery import courier, outbox
from keepwell.delivery.backoff import GIVE_UP, LONGEST, delay
from keepwell.delivery.channel import Channel, Parcel, PermanentFailure, TemporaryFailure
from keepwell.delivery.courier import Clock, Courier, Wanted
from keepwell.delivery.outbox import OUTBOX, Item, Target, key_of, put
from keepwell.delivery.stored import read, stored
from keepwell.state import State
from keepwell.words.delivery import Fate
from keepwell.words.message import Message
from keepwell.words.problem import KeepwellError
from tests.delivery.samples import ALERT, NASTY, NOTE, RECOVERED

START = datetime(2026, 3, 2, 6, 30)
TEAM, OTHER = Target("team", "slack", "C1"), Target("team", "slack", "C2")
CRM = Target("crm", "webhook", "crm")


@dataclass
class Script:
    """A clock that stands still unless somebody lets it run."""

    at: datetime = START
    lock: Lock = field(default_factory=Lock)

    def sleep(self, seconds: float) -> None:
        with self.lock:
            self.at += timedelta(seconds=seconds)

    def passes(self, time: timedelta) -> None:
        self.at += time

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.at, self.sleep)


@dataclass
class Fake:
    """A channel that notes what it is handed; `reacts` may fail instead."""

    reacts: Callable[[Parcel], None] = lambda _: None
    pace: timedelta = timedelta()
    got: list[Parcel] = field(default_factory=list)

    def send(self, parcel: Parcel) -> str | None:
        self.reacts(parcel)
        self.got.append(parcel)
        return f"ts{len(self.got)}"

    @property
    def keys(self) -> list[str]:
        return [parcel.message.key for parcel in self.got]


def fails(error: Exception) -> Callable[[Parcel], None]:
    def react(_: Parcel) -> None:
        raise error

    return react


def after(first: Callable[[Parcel], object], then: Callable[[Parcel], object]) -> Callable[[Parcel], None]:
    """Both, one after the other."""

    def react(parcel: Parcel) -> None:
        first(parcel)
        then(parcel)

    return react


DOWN = fails(TemporaryFailure("connection refused"))


@pytest.fixture
def state(state_url: str) -> State:
    return State(state_url)


@pytest.fixture
def clock() -> Script:
    return Script()


def write(state: State, messages: Sequence[Message], *targets: Target, at: datetime = START) -> None:
    with state.engine.begin() as connection:
        for message in messages:
            put(connection, message, targets, at)


def some(count: int) -> list[Message]:
    return [replace(ALERT, key=f"k{n}", thread=f"t{n}") for n in range(count)]


def deliver(state: State, clock: Script, wanted: Wanted = lambda _: None, **channels: Channel) -> tuple[Item, ...]:
    return Courier(state, named(channels), clock.clock, wanted, lambda: None).deliver()


def named(channels: Mapping[str, Channel]) -> dict[tuple[str, str], Channel]:
    kinds = {"team": "slack", "crm": "webhook", "mail": "email"}
    return {(name, kinds[name]): channel for name, channel in channels.items()}


def fates(state: State) -> dict[str, Fate]:
    return {item.message.key: item.fate for fate in Fate for item in outbox.items(state, fate)}


# --- written


@pytest.mark.parametrize("message", [ALERT, RECOVERED, NOTE, NASTY], ids=["alert", "recovered", "note", "hostile"])
def test_a_message_is_read_back_as_it_was(message: Message) -> None:
    assert read(stored(message)) == message


def test_a_message_is_written_with_what_caused_it_or_not_at_all(state: State) -> None:
    with state.engine.connect() as connection, connection.begin() as cause:
        put(connection, ALERT, [TEAM], START)
        cause.rollback()
    assert fates(state) == {}


def test_a_message_that_is_written_again_is_one(state: State, clock: Script) -> None:
    team = Fake()
    write(state, [ALERT], TEAM, OTHER)
    write(state, [ALERT], TEAM, OTHER)
    assert len(deliver(state, clock, team=team)) == 2
    write(state, [ALERT], TEAM, OTHER)
    assert deliver(state, clock, team=team) == ()
    assert {parcel.key for parcel in team.got} == {key_of(ALERT, TEAM), key_of(ALERT, OTHER)}


def test_a_key_is_letters_and_digits_and_of_one_message_and_target() -> None:
    keys = {key_of(message, target) for message in (ALERT, NOTE) for target in (TEAM, OTHER, CRM)}
    assert len(keys) == 6
    assert all(key.isalnum() for key in keys), "a dot would let a webhook's signature be shifted"


# --- sent


def test_what_is_sent_is_not_sent_again_and_is_told_once(state: State, clock: Script) -> None:
    team = Fake()
    write(state, [ALERT, NOTE], TEAM)
    assert [(item.fate, item.attempts) for item in deliver(state, clock, team=team)] == [(Fate.SENT, 1)] * 2
    assert deliver(state, clock, team=team) == ()
    assert (team.keys, team.got[0].message) == ([ALERT.key, NOTE.key], ALERT)


def test_a_temporary_failure_is_tried_again_later_with_the_same_key(state: State, clock: Script) -> None:
    keys: list[str] = []
    team = Fake(after(lambda parcel: keys.append(parcel.key), DOWN))
    write(state, [ALERT], TEAM)
    [item] = deliver(state, clock, team=team)
    assert (item.fate, item.attempts, item.why) == (Fate.WAITING, 1, "connection refused")
    assert deliver(state, clock, team=team) == (), "not at once"
    for _ in range(5):
        clock.passes(timedelta(hours=8))
        deliver(state, clock, team=team)
    team.reacts = lambda parcel: keys.append(parcel.key)
    clock.passes(timedelta(hours=8))
    [item] = deliver(state, clock, team=team)
    assert (item.fate, item.attempts) == (Fate.SENT, 7)
    assert set(keys) == {key_of(ALERT, TEAM)}


@given(st.integers(1, 10_000), st.text(max_size=5))
def test_the_wait_doubles_and_is_bounded(failures: int, key: str) -> None:
    found = delay(failures, key)
    assert timedelta(seconds=30) <= found <= LONGEST * 1.2
    assert delay(failures, key) == found
    if failures < 8:
        assert delay(failures + 1, key) > found * 1.6


def test_who_says_when_to_come_again_is_believed(state: State, clock: Script) -> None:
    crm = Fake(fails(TemporaryFailure("429", timedelta(hours=1))))
    write(state, some(3), CRM)
    deliver(state, clock, crm=crm)
    crm.reacts = lambda _: None
    clock.passes(timedelta(minutes=59))
    assert deliver(state, clock, crm=crm) == (), "none of them, not only the one that was answered"
    clock.passes(timedelta(minutes=1))
    assert len(deliver(state, clock, crm=crm)) == 3


def test_a_permanent_failure_is_dead_at_once_and_the_next_goes(state: State, clock: Script) -> None:
    crm = Fake(lambda parcel: fails(PermanentFailure("410 Gone"))(parcel) if parcel.message.key == "k0" else None)
    write(state, some(3), CRM)
    deliver(state, clock, crm=crm)
    assert fates(state) == {"k0": Fate.DEAD, "k1": Fate.SENT, "k2": Fate.SENT}
    [dead] = outbox.items(state, Fate.DEAD)
    assert dead.why == "410 Gone"
    crm.reacts = lambda _: None
    assert outbox.revive(state, clock.at) == 1
    deliver(state, clock, crm=crm)
    assert (crm.got[-1].key, crm.got[-1].written_at) == (dead.key, START), "it is the same message"


def test_what_fails_for_a_week_is_given_up(state: State, clock: Script) -> None:
    crm = Fake(DOWN)
    write(state, [ALERT], CRM)
    for _ in range(30):
        deliver(state, clock, crm=crm)
        clock.passes(GIVE_UP / 28)
    [dead] = outbox.items(state, Fate.DEAD)
    assert dead.why.endswith("in 7 days: connection refused")
    assert dead.attempts > 15


def test_a_message_that_always_fails_delays_the_others_of_its_place_by_one_run_at_most(
    state: State, clock: Script
) -> None:
    crm = Fake(lambda parcel: DOWN(parcel) if parcel.message.key == "k0" else None)
    write(state, some(4), CRM)
    deliver(state, clock, crm=crm)
    clock.passes(timedelta(minutes=1))
    deliver(state, clock, crm=crm)
    assert crm.keys == ["k1", "k2", "k3"]


def test_a_bug_in_one_channel_stops_no_other(state: State, clock: Script) -> None:
    team, crm = Fake(fails(KeyError("oops"))), Fake()
    write(state, [ALERT], TEAM, CRM)
    deliver(state, clock, team=team, crm=crm)
    assert len(crm.got) == 1
    [item] = outbox.items(state, Fate.WAITING)
    assert item.why == "KeyError: 'oops'"


def test_a_channel_that_was_taken_out_of_the_settings_waits_for_it_to_come_back(state: State, clock: Script) -> None:
    write(state, [ALERT], CRM)
    [item] = deliver(state, clock)
    assert item.why == "keepwell.yml has no channel 'crm' of kind webhook"


# --- places


def test_a_place_that_hangs_delays_no_other(state: State, clock: Script) -> None:
    """The dead one answers only when all that goes elsewhere has gone."""
    others = Barrier(2, timeout=20)
    hanging = Fake(after(lambda _: others.wait(), DOWN))

    def waits_at_the_last(parcel: Parcel) -> None:
        if parcel.message.key == "k4":
            others.wait()

    healthy = Fake(waits_at_the_last)
    write(state, some(5), CRM, TEAM)
    deliver(state, clock, crm=hanging, team=healthy)
    assert healthy.keys == ["k0", "k1", "k2", "k3", "k4"]
    assert hanging.got == []


def test_a_place_that_is_down_is_asked_once_in_a_run_not_once_a_message(state: State, clock: Script) -> None:
    asked: list[Parcel] = []
    crm = Fake(after(asked.append, DOWN))
    write(state, some(50), CRM)
    deliver(state, clock, crm=crm)
    assert len(asked) == 1


def test_one_address_of_a_channel_that_fails_does_not_stop_its_other_addresses(state: State, clock: Script) -> None:
    team = Fake(lambda parcel: DOWN(parcel) if parcel.address == "C1" else None)
    write(state, some(2), TEAM, OTHER)
    deliver(state, clock, team=team)
    assert [parcel.address for parcel in team.got] == ["C2", "C2"]


def test_one_mailbox_that_is_full_delays_no_other_of_its_server_and_a_server_that_is_down_is_asked_once(
    state: State, clock: Script
) -> None:
    full = fails(TemporaryFailure("452 mailbox full", alone=True))
    mail = Fake(lambda parcel: full(parcel) if parcel.address == "ana@example.com" else None)
    mailboxes = [Target("mail", "email", f"{name}@example.com") for name in ("ana", "ben", "cleo")]
    write(state, [ALERT, RECOVERED], *mailboxes)
    deliver(state, clock, mail=mail)
    assert [parcel.address[:3] for parcel in mail.got] == ["ben", "ben", "cle", "cle"]
    assert [item.attempts for item in outbox.items(state, Fate.WAITING)] == [1, 0], "the recovery waits for its alert"
    asked: list[Parcel] = []
    mail.reacts = after(asked.append, DOWN)
    write(state, [NOTE], *mailboxes)
    deliver(state, clock, mail=mail)
    assert len(asked) == 1


def test_a_channel_with_a_pace_gets_no_two_messages_within_it_in_one_run_nor_in_two(
    state: State, clock: Script
) -> None:
    team = Fake(pace=timedelta(seconds=1))
    write(state, some(4), TEAM, OTHER)
    deliver(state, clock, team=team)
    write(state, [NOTE], TEAM)
    deliver(state, clock, team=team)
    for address, count in (("C1", 5), ("C2", 4)):
        times = [parcel.at for parcel in team.got if parcel.address == address]
        assert len(times) == count
        assert all(b - a >= timedelta(seconds=1) for a, b in pairwise(times))


# --- episodes


def test_a_recovery_names_the_message_that_began_its_episode(state: State, clock: Script) -> None:
    team = Fake()
    write(state, [ALERT, NOTE], TEAM)
    deliver(state, clock, team=team)
    write(state, [RECOVERED], TEAM, OTHER)
    deliver(state, clock, team=team)
    roots = {parcel.address: parcel.root for parcel in team.got if parcel.message == RECOVERED}
    assert roots["C2"] is None, "the episode was never told there"
    assert roots["C1"] is not None
    assert (roots["C1"].reference, roots["C1"].message) == ("ts1", ALERT)


def test_a_recovery_waits_until_its_alert_has_gone_or_is_given_up(state: State, clock: Script) -> None:
    crm = Fake(lambda parcel: DOWN(parcel) if parcel.message == ALERT else None)
    write(state, [ALERT, RECOVERED, NOTE], CRM)
    deliver(state, clock, crm=crm)
    clock.passes(timedelta(seconds=40))
    deliver(state, clock, crm=crm)
    assert crm.keys == [NOTE.key]
    crm.reacts = lambda _: None
    clock.passes(timedelta(hours=1))
    deliver(state, clock, crm=crm)
    assert crm.keys == [NOTE.key, ALERT.key, RECOVERED.key]


# --- wanted


def test_what_is_no_longer_wanted_is_withdrawn_at_the_moment_of_sending(state: State, clock: Script) -> None:
    team, asked = Fake(), []

    def wanted(message: Message) -> str | None:
        asked.append(message.key)
        return "suppressed by no. 7" if message.key == "k0" else None

    write(state, some(2), TEAM)
    deliver(state, clock, wanted, team=team)
    assert (team.keys, asked) == (["k1"], ["k0", "k1"])
    [gone] = outbox.items(state, Fate.WITHDRAWN)
    assert (gone.message.key, gone.why, gone.attempts) == ("k0", "suppressed by no. 7", 0)


# --- died


class Killed(BaseException):
    """The process ends, in the middle of something."""


def test_a_run_that_dies_between_sending_and_marking_sends_again_with_the_same_key(
    state: State, clock: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = Fake()
    write(state, some(3), TEAM)

    def dies(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "end", dies)
        with pytest.raises(Killed):
            deliver(state, clock, team=team)
    assert team.keys == ["k0"]
    deliver(state, clock, team=team)
    assert team.keys == ["k0", "k1", "k2", "k0"], "what may have gone already comes last"
    assert team.got[0].key == team.got[-1].key
    assert set(fates(state).values()) == {Fate.SENT}


def test_wherever_a_run_dies_nothing_is_lost_and_what_comes_again_has_the_same_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at each step in turn: before and after each write, before and after the message is taken."""
    state, clock, team = State(f"sqlite:///{tmp_path / 'state.db'}"), Script(), Fake()
    left = 0

    def step() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            step()
            found = function(*arguments)
            step()
            return found

        return call

    for module, name in ((outbox, "begin"), (outbox, "end"), (courier, "keep"), (team, "send")):
        monkeypatch.setattr(module, name, watched(getattr(module, name)))
    died = 0
    for n in range(1, 18):
        message, key = replace(ALERT, key=f"m{n}", thread=f"m{n}"), f"m{n}"
        write(state, [message, replace(message, key=f"n{n}")], TEAM)
        left = n
        try:
            deliver(state, clock, team=team)
        except Killed:
            died += 1
            left = 0
            deliver(state, clock, team=team)
        assert {parcel.key for parcel in team.got if parcel.message.key == key} == {key_of(message, TEAM)}
    assert died == 16, "each step of two messages"
    assert outbox.items(state, Fate.WAITING) == ()
    assert len(outbox.items(state, Fate.SENT)) == 2 * 17
    assert len(team.got) == 2 * 17 + 10, "twice only what was taken and not yet noted: at five of eight steps of each"


def test_what_another_run_has_begun_meanwhile_is_left_to_it(state: State, clock: Script) -> None:
    team = Fake()
    write(state, [ALERT], TEAM)

    def another_begins(_: Message) -> None:
        [item] = outbox.items(state, Fate.WAITING)
        assert outbox.begin(state, item)

    assert deliver(state, clock, another_begins, team=team) == ()
    assert team.got == []


def test_one_run_delivers_at_a_time_and_one_that_lost_its_turn_sends_nothing_more(state: State, clock: Script) -> None:
    lasts = timedelta(minutes=10)
    with state.alone("deliver", clock.clock.now, lasts) as hold:
        with (
            pytest.raises(KeepwellError, match="another run is delivering"),
            state.alone("deliver", clock.clock.now, lasts),
        ):
            pass
        with state.write("score", clock.at) as batch:  # which is another lock
            batch.hold()
        with state.engine.begin() as connection:
            connection.execute(sa.text("UPDATE lease SET token = 'other', holder = 'other/7' WHERE name = 'deliver'"))
        write(state, [ALERT], TEAM)
        team = Fake()
        clock.passes(timedelta(minutes=1))
        with pytest.raises(KeepwellError, match=r"lost the deliver lock to another \(other/7\) and sends nothing more"):
            Courier(state, named({"team": team}), clock.clock, lambda _: None, hold).deliver()
        assert team.got == []


def test_a_try_that_was_begun_and_not_noted_may_have_arrived_one_that_failed_has_not(
    state: State, clock: Script
) -> None:
    """Killed between sending and marking: what is over by night is taken back all the same."""

    def arrived() -> bool:
        with state.engine.connect() as connection:
            return outbox.was_sent(connection, ALERT.thread)

    team = Fake(DOWN)
    write(state, [ALERT], TEAM)
    deliver(state, clock, team=team)
    assert not arrived()
    [item] = outbox.items(state, Fate.WAITING)
    assert outbox.begin(state, item)
    assert arrived()
    clock.passes(timedelta(hours=8))
    team.reacts = lambda _: None
    [item] = deliver(state, clock, team=team)
    assert (item.fate, item.attempts, item.why) == (Fate.SENT, 3, "")
    assert arrived()


def test_the_outbox_counts_a_try_before_it_is_made(state: State, clock: Script) -> None:
    seen = []
    with state.engine.connect() as connection:
        query = sa.select(OUTBOX.c.attempts)
        team = Fake(lambda _: seen.append(connection.execute(query).scalar()))
        write(state, [ALERT], TEAM)
        deliver(state, clock, team=team)
    assert seen == [1]
