"""The next step as everybody is shown it, and the play behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class NextStep:
    """What to do next for an account, by which play; None: no play fits."""

    text: str
    play: str | None = None


@dataclass(frozen=True)
class TaskRow:
    """A step of a play for one account: who, and by the end of which business day."""

    do: str
    role: str
    who: str | None
    due: date | None
    hours: int


@dataclass(frozen=True)
class PlayRow:
    """A play as it is listed; `why` it fits an account, empty where none is asked about."""

    play: str
    title: str
    action: str
    playbook: str
    reasons: tuple[str, ...]
    segments: tuple[str, ...]
    tiers: tuple[str, ...]
    lifecycles: tuple[str, ...]
    tasks: tuple[TaskRow, ...]
    next_step: str | None = None
    opener: str | None = None
    draft_subject: str | None = None
    draft_body: str | None = None
    why: str = ""


@dataclass(frozen=True)
class PlayReport:
    """The plays that were asked for: all of them, those for a reason, or the one that fits an account.

    `next_step` is what the account's owner is shown; `findings` are names that lead nowhere.
    """

    as_of: date
    plays: tuple[PlayRow, ...]
    account_id: str | None = None
    name: str = ""
    reason: str = ""
    reason_code: str = ""
    next_step: str = ""
    findings: tuple[str, ...] = ()
