"""What people say of a score or an alert, and the change that came of it; frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Said(StrEnum):
    """A person's judgement of a score or an alert."""

    RIGHT = "right"
    FALSE_ALARM = "false_alarm"
    MISSED_RISK = "missed_risk"  # nobody was told
    WRONG_REASON = "wrong_reason"  # the risk was there, for another reason


class Cause(StrEnum):
    """What lay behind it."""

    DATA_QUALITY = "data_quality"
    BLIND_SPOT = "blind_spot"  # nothing that is measured could have told
    MODEL = "model"
    PLAYBOOK = "playbook"
    SCORE_WAS_RIGHT = "score_was_right"


class ChangeOf(StrEnum):
    """What is changed so that it does not come again."""

    SCORECARD = "scorecard"
    SOURCE_MAPPING = "source_mapping"
    PLAYBOOK = "playbook"
    CRM_SYNC = "crm_sync"


@dataclass(frozen=True)
class Verdict:
    """One judgement: of the score of an account on a day, or of an alert. `code` is the reason it is about.

    >>> day, moment = date(2026, 3, 1), datetime(2026, 3, 2)
    >>> Verdict(1, "A", "c", day, Said.FALSE_ALARM, "champion.poor", "she is on leave", "Ana", moment).is_open
    True
    """

    number: int
    account_id: str
    scorecard: str
    as_of: date
    verdict: Said
    code: str
    note: str
    author: str
    written_at: datetime
    cause: Cause | None = None
    alert: int | None = None
    score_milli: int | None = None
    change: ChangeOf | None = None
    ref: str | None = None  # the commit, file or ticket of the change
    settled_by: str | None = None
    settled_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it waits for a change: what was right needs none."""
        needs_none = self.verdict is Said.RIGHT or self.cause is Cause.SCORE_WAS_RIGHT
        return self.change is None and not needs_none


@dataclass(frozen=True)
class VerdictReport:
    """The verdicts that wait for a change, oldest first; `written` is the one this call wrote or settled."""

    as_of: date
    queue: tuple[Verdict, ...]
    written: Verdict | None = None
