"""What people are asked, what they decided, and the record of who did what; frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from keepwell.words.decision import Owned


class Asked(StrEnum):
    """Why a person is asked; stages may have kinds of their own."""

    SCORE_CHANGE = "score_change"  # of an account near its renewal, or of high value
    GUARD = "guard"  # a guard of the card asks for review
    STOP_RULE = "stop_rule"  # the action waits
    PROPOSAL = "proposal"  # an action above the authority of the score
    DRAFT = "draft"  # a text that would touch the customer


class Fate(StrEnum):
    """What has become of an item."""

    OPEN = "open"
    DEFERRED = "deferred"  # open again on its day
    APPROVED = "approved"
    EDITED = "edited"  # approved with another text
    REJECTED = "rejected"
    OVER = "over"  # what it was about is over: nobody needs to decide


OPEN = (Fate.OPEN, Fate.DEFERRED)  # nobody has said yes or no


@dataclass(frozen=True)
class Item:
    """One question for a person. `key` makes it unique: asked again, it is the same item.

    `asked` is the person's name, empty where nobody is named; `draft` a text to approve or edit.

    >>> Item("k", "draft", "A", None, "Invite Acme to a QBR", "", "Ana", None, datetime(2026, 3, 1), "Hello").asked
    'Ana'
    """

    key: str
    kind: str
    account_id: str
    scorecard: str | None
    title: str
    body: str
    asked: str
    due: date | None
    at: datetime
    draft: str | None = None


@dataclass(frozen=True)
class Decision:
    """What a person says to an item: `fate` is what it becomes, `until` the day a deferred one comes back."""

    fate: Fate
    by: str
    reason: str
    at: datetime
    until: date | None = None
    text: str | None = None  # in place of the draft


@dataclass(frozen=True)
class ReviewRow:
    """An item as it stands. `version` counts its decisions: who decides names the one they saw."""

    number: int
    item: Item
    fate: Fate = Fate.OPEN
    version: int = 0
    by: str | None = None
    reason: str = ""
    decided_at: datetime | None = None
    until: date | None = None
    text: str | None = None
    owned: Owned = field(default_factory=Owned)

    @property
    def is_free(self) -> bool:
        """Whether a person said yes."""
        return self.fate in (Fate.APPROVED, Fate.EDITED)

    def waits(self, day: date) -> bool:
        """Whether it is deferred to a later day."""
        return self.fate is Fate.DEFERRED and self.until is not None and self.until > day

    def is_late(self, day: date) -> bool:
        """Whether its day is over and nobody has decided."""
        return self.fate in OPEN and self.item.due is not None and day > self.item.due


@dataclass(frozen=True)
class ReviewReport:
    """The items that are not decided, the most pressing first; `changed` is the one this call decided."""

    as_of: date
    currency: str
    items: tuple[ReviewRow, ...]
    changed: ReviewRow | None = None
    note: str = ""  # who is asked, where the person that was named is asked nothing


@dataclass(frozen=True)
class AuditRow:
    """One row of the audit log; `hash` covers it and `before`, the hash of the row before it."""

    number: int
    at: datetime
    author: str
    act: str
    subject: str
    account_id: str | None
    details: Mapping[str, Any]
    before: str
    hash: str


@dataclass(frozen=True)
class AuditReport:
    """The newest rows of the audit log, newest first, of `rows` in all."""

    rows: int
    entries: tuple[AuditRow, ...]


@dataclass(frozen=True)
class AuditCheck:
    """Whether the audit log is whole. `number` and `hash` are those of its last row that fits; `broken` says what does not fit."""

    number: int
    hash: str
    broken: str | None = None
    broken_at: int | None = None  # the first row that does not fit, or is not there
