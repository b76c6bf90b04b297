"""What a channel is: it sends one parcel, or says whether trying again can help."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from keepwell.words.message import Message


class TemporaryFailure(Exception):
    """It may go later: the other side is down, busy, or not set up rightly yet.

    `alone`: so it is with this message or its addressee, and others of the place may go meanwhile.
    """

    def __init__(self, what: str, retry_after: timedelta | None = None, *, alone: bool = False) -> None:
        self.what, self.retry_after, self.alone = what, retry_after, alone
        super().__init__(what)


class PermanentFailure(Exception):
    """It will never go as it is."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what)


@dataclass(frozen=True)
class Root:
    """The first message of an episode, and what the channel calls it."""

    reference: str
    message: Message


@dataclass(frozen=True)
class Parcel:
    """One message on its way: `key` is the same at every try, `at` is the moment of this one."""

    key: str
    address: str
    message: Message
    written_at: datetime
    at: datetime
    root: Root | None = None


class Channel(Protocol):
    """One way out of the house. A channel is used by one thread for each of its addresses."""

    @property
    def pace(self) -> timedelta:
        """The least time between two messages to one address."""

    def send(self, parcel: Parcel) -> str | None:
        """Send it, and say what the channel calls it, where later messages need that.

        TemporaryFailure or PermanentFailure: it was not taken, as far as is known.
        """


@dataclass(frozen=True)
class Unusable:
    """A channel that cannot be used yet, and why: what goes there waits."""

    why: str
    pace: timedelta = timedelta()

    def send(self, _: Parcel) -> str | None:
        """Fail for now."""
        raise TemporaryFailure(self.why)
