"""What a whole day's run did, step by step, and how a long one says where it stands; frozen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from keepwell.words.decision import Suppression

Progress = Callable[[str], None]  # hears one line of each part that is done


def unheard(_: str) -> None:
    """The progress of a run that nobody watches."""


class Ending(StrEnum):
    """How a step of a day ended."""

    DONE = "done"
    FAILED = "failed"
    NOT_TRIED = "not_tried"  # it needs a step that failed
    PLANNED = "planned"  # by a dry run


@dataclass(frozen=True)
class StepReport:
    """One step in one line; `exit_code` is what the step alone would end with."""

    step: str
    ending: Ending
    text: str
    exit_code: int = 0


@dataclass(frozen=True)
class DayReport:
    """A run of a whole day."""

    as_of: date
    steps: tuple[StepReport, ...]
    dry: bool = False

    @property
    def exit_code(self) -> int:
        """That of the first step that failed, else 1 where one has findings."""
        failed = (one.exit_code for one in self.steps if one.ending is Ending.FAILED)
        return next(failed, max((one.exit_code for one in self.steps), default=0))


@dataclass(frozen=True)
class DayTold:
    """What one decided day told, over all cards: `transitions` by mode, and of the live ones what became of them."""

    day: date
    live: int
    rehearsed: int  # they would have fired
    suppressed: int
    alerts: int
    digest: int


@dataclass(frozen=True)
class Span:
    """The days of a span that told something, the exceptions that began in it, and the most alerts of one person and day.

    `kinds` are the live transitions by what they tell, most first; `handoffs` those that opened in the span, by track.
    """

    since: date
    until: date
    days: tuple[DayTold, ...]
    outages: tuple[Suppression, ...] = ()
    reasons: tuple[tuple[str, int], ...] = ()  # why something was held back, most first
    most_a_day: int = 0
    kinds: tuple[tuple[str, int], ...] = ()
    handoffs: tuple[tuple[str, int], ...] = ()
