"""What a whole day's run did, step by step; frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


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
