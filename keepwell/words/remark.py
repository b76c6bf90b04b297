"""What people remark on an account, and what became of it; frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class PulseReport:
    """A pulse as it was recorded; `recorded` is False where the person had said just that of the day already.

    Scores know it from `since` on, the first day that closes after it was recorded.
    """

    account_id: str
    day: date
    score: int
    author: str
    note: str
    recorded: bool
    batch: int | None
    since: date
