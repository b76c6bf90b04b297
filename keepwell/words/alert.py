"""Alerts as people handle them: one transition for one person, until somebody acted, waits or says it was none."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from keepwell.words.decision import WORDS, Kind, Owned, Reason


class Handling(StrEnum):
    """What has become of an alert."""

    OPEN = "open"
    CLAIMED = "claimed"
    SNOOZED = "snoozed"
    DONE = "done"
    FALSE_ALARM = "false_alarm"
    OVER = "over"  # the episode ended, or nobody acted until it expired


class Action(StrEnum):
    """Whether what an alert leads to may be done."""

    FREE = "free"
    STOPPED = "stopped"  # a stop rule holds it until a person decides
    PROPOSED = "proposed"  # above the authority of the score, until a person decides
    APPROVED = "approved"
    DECLINED = "declined"


@dataclass(frozen=True)
class AlertRow:
    """One alert. `told` is alert, or digest where the day's limit was reached; `due` its last business day.

    `others` are what else it tells of the account; `told_with` of such a row is the number of its alert, and its own
    handling says nothing.
    """

    number: int
    scorecard: str
    account_id: str
    kind: Kind
    episode: date
    as_of: date
    due: date
    owner: str | None
    told: str
    handling: Handling = Handling.OPEN
    by: str | None = None
    until: date | None = None  # snoozed through this day
    note: str = ""
    told_with: int | None = None
    others: tuple[AlertRow, ...] = ()
    ended_at: datetime | None = None  # when what it tells was over; an alert is over once all that it tells is
    key: str = ""  # of its message, its thread and the questions about it, whatever of it still stands
    owned: Owned = field(default_factory=Owned)
    score_milli: int | None = None  # of the day that told it
    reason: Reason = field(default_factory=Reason)
    action: Action = Action.FREE
    asked: str = ""  # who decides whether the next step may be done
    review: int | None = None  # the number of the question
    told_at: datetime | None = None
    acted_at: datetime | None = None  # when somebody first did something about it; to let it wait is nothing
    done_at: datetime | None = None
    next_step: str = ""
    play: str | None = None

    @property
    def parts(self) -> tuple[AlertRow, ...]:
        """All that it tells, what leads it first."""
        return (self, *self.others)

    @property
    def also(self) -> tuple[Kind, ...]:
        """The kinds of what else it tells."""
        return tuple(one.kind for one in self.others)

    def standing(self) -> AlertRow:
        """The same alert led by the first of what still stands, without what is over; as it was told where all is."""
        stands = [one for one in self.parts if one.ended_at is None]
        if not stands or len(stands) == len(self.parts):
            return self
        first, *rest = stands
        told = {name: getattr(first, name) for name in ("kind", "episode", "owned", "score_milli", "reason")}
        return replace(self, **told, next_step=first.next_step, play=first.play, ended_at=None, others=tuple(rest))

    @property
    def what(self) -> str:
        """All that it tells, in words."""
        return " and ".join(WORDS[kind] for kind in (self.kind, *self.also))

    def is_late(self, day: date) -> bool:
        """Whether nobody has taken it up by its day; one that waits is late only after the day it waits for."""
        return day > self.due and (self.handling is Handling.OPEN or self.has_waited(day))

    def has_waited(self, day: date) -> bool:
        """Whether it was snoozed until a day that is over."""
        return self.handling is Handling.SNOOZED and self.until is not None and day > self.until


@dataclass(frozen=True)
class AlertReport:
    """The alerts that are not done with, the most pressing first; `changed` is the one this call changed."""

    as_of: date
    currency: str
    alerts: tuple[AlertRow, ...]
    changed: AlertRow | None = None
    note: str = ""  # who has alerts where the person that was asked for has none; who had taken up the changed one
