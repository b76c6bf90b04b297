"""Sends what is due: the places side by side, at each one message after the other.

A place that fails is left alone for a while and delays no other. Of an episode, the next message waits until
the one before has gone or is given up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import takewhile
from threading import Event

from keepwell.delivery import outbox
from keepwell.delivery.backoff import GIVE_UP, delay, is_given_up
from keepwell.delivery.channel import Channel, Parcel, PermanentFailure, Root, TemporaryFailure, Unusable
from keepwell.delivery.gate import Gate, gates, keep
from keepwell.delivery.outbox import Item
from keepwell.failpoint import reach
from keepwell.state import State
from keepwell.words.delivery import Fate
from keepwell.words.message import Message

AT_ONCE = 64  # places; each may hang as long as its channel's patience lasts

Channels = Mapping[tuple[str, str], Channel]  # by name and kind
Episode = tuple[str, str]  # a thread at an address
Wanted = Callable[
    [Message], str | Message | None
]  # asked at the moment of sending: why it is not wanted, or how it reads by now


@dataclass(frozen=True)
class Clock:
    """The clock, and a way to let it run."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None]


@dataclass
class Courier:
    """One run. `hold` is asked before each message, and raises where another run has taken over."""

    state: State
    channels: Channels
    clock: Clock
    wanted: Wanted
    hold: Callable[[], None]
    stopped: Event = field(default_factory=Event)

    def deliver(self) -> tuple[Item, ...]:
        """Send what is due; the items that were tried or withdrawn, as they are now."""
        known = gates(self.state)
        places = outbox.by_place(outbox.items(self.state, Fate.WAITING))
        if not places:
            return ()
        healthy_first = sorted(places, key=lambda place: known.get(place, Gate()).failures)
        with ThreadPoolExecutor(min(len(places), AT_ONCE)) as pool:
            runs = [pool.submit(self._place, places[place], known.get(place, Gate())) for place in healthy_first]
            try:
                return tuple(item for run in runs for item in run.result())
            except BaseException:
                self.stopped.set()  # the others end after the message at hand
                raise

    def _place(self, waiting: Sequence[Item], gate: Gate) -> list[Item]:
        """The messages of one place, until it fails."""
        done: list[Item] = []
        held: set[Episode] = set()
        for item in _in_turn(waiting, self.clock.now()):
            if self.stopped.is_set() or not gate.is_open(self.clock.now()):
                break
            if _episode(item) in held:
                continue
            if wait := gate.wait(self.clock.now()):
                self.clock.sleep(wait.total_seconds())
            self.hold()
            after, gate = self._one(item, gate)
            if after is None:
                break
            done.append(after)
            if after.fate is Fate.WAITING:
                held.add(_episode(item))
        return done

    def _one(self, item: Item, gate: Gate) -> tuple[Item | None, Gate]:
        """One message; None: it is another's by now."""
        name, kind = item.target.channel, item.target.kind
        channel = self.channels.get((name, kind)) or Unusable(f"keepwell.yml has no channel '{name}' of kind {kind}")
        try:
            by_now = self.wanted(item.message)
            if isinstance(by_now, str):
                gone = replace(item, fate=Fate.WITHDRAWN, why=by_now)
                return gone if outbox.withdraw(self.state, gone, self.clock.now()) else None, gate
            item = replace(item, message=by_now or item.message, why="" if item.why == outbox.BEGUN else item.why)
            if not outbox.begin(self.state, item):
                return None, gate
            reach("outbox.begun")
            reference = channel.send(self._parcel(item))
            reach("outbox.sent")
            return self._ended(replace(item, fate=Fate.SENT, reference=reference), Gate(), channel)
        except PermanentFailure as failure:
            return self._ended(replace(item, fate=Fate.DEAD, why=failure.what), gate, channel)
        except TemporaryFailure as failure:
            return self._failed(item, gate, channel, failure)
        except Exception as error:  # noqa: BLE001  a bug in one message or channel is no reason to stop the others
            return self._failed(item, gate, channel, TemporaryFailure(f"{type(error).__name__}: {error}"))

    def _parcel(self, item: Item) -> Parcel:
        first = outbox.root_of(self.state, item)
        root = Root(first.reference, first.message) if first and first.reference else None
        return Parcel(item.key, item.target.address, item.message, item.written_at, self.clock.now(), root)

    def _ended(self, item: Item, gate: Gate, channel: Channel) -> tuple[Item, Gate]:
        """It went, or never will."""
        after = replace(item, attempts=item.attempts + 1)
        return self._kept(after, replace(gate, free_at=self._free_at(channel)))

    def _failed(self, item: Item, gate: Gate, channel: Channel, failure: TemporaryFailure) -> tuple[Item, Gate]:
        """Another time: the message and its place wait, each for as long as it has failed in a row."""
        now, tries, failures = self.clock.now(), item.attempts + 1, gate.failures + 1
        closed = replace(gate, free_at=self._free_at(channel))
        if not failure.alone:
            not_before = now + delay(failures, item.key, failure.retry_after)
            closed = replace(closed, failures=failures, not_before=not_before)
        if is_given_up(item.since, now):
            why = f"given up after {tries} tries in {GIVE_UP.days} days: {failure.what}"
            return self._kept(replace(item, fate=Fate.DEAD, why=why, attempts=tries), closed)
        due_at = now + delay(tries, item.key, failure.retry_after)
        return self._kept(replace(item, attempts=tries, due_at=due_at, why=failure.what), closed)

    def _kept(self, after: Item, gate: Gate) -> tuple[Item, Gate]:
        with self.state.engine.begin() as connection:
            outbox.end(connection, after, self.clock.now())
            keep(connection, after.target.place, gate)
        reach("outbox.marked")
        return after, gate

    def _free_at(self, channel: Channel) -> datetime | None:
        return self.clock.now() + channel.pace if channel.pace else None


def _episode(item: Item) -> Episode:
    return item.thread, item.target.address


def _in_turn(waiting: Sequence[Item], now: datetime) -> Iterator[Item]:
    """The items that are due, those that never failed first, of one episode in their order."""
    episodes: dict[Episode, list[Item]] = {}
    for item in waiting:
        episodes.setdefault(_episode(item), []).append(item)
    for episode in sorted(episodes.values(), key=lambda one: (one[0].attempts, one[0].id)):
        yield from takewhile(lambda item: item.due_at <= now, episode)
