"""What became of messages that were to leave the house; frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Fate(StrEnum):
    """What became of a message."""

    WAITING = "waiting"  # for its first try, or for the next one
    SENT = "sent"
    DEAD = "dead"  # it cannot be sent; a person looks at it
    WITHDRAWN = "withdrawn"  # nobody wants it any more


@dataclass(frozen=True)
class Delivered:
    """One message for one address, after a run; `key` is the same at every try."""

    key: str
    channel: str
    address: str
    title: str
    fate: Fate
    attempts: int
    written_at: datetime
    due_at: datetime | None = None  # of one that waits
    why: str = ""  # it failed or was withdrawn


@dataclass(frozen=True)
class DeliveryReport:
    """A run of `deliver`: what it handled, what waits, what is dead; `dry` says that nothing was sent."""

    at: datetime
    handled: tuple[Delivered, ...]
    waiting: tuple[Delivered, ...]
    dead: tuple[Delivered, ...]
    dry: bool = False

    @property
    def clean(self) -> bool:
        """Whether nothing failed in this run and nothing is dead."""
        return not self.dead and all(one.fate in (Fate.SENT, Fate.WITHDRAWN) for one in self.handled)
