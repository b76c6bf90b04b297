"""What the ledger must be told about a project and its sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from keepwell.words.fact import Watermark


@dataclass(frozen=True)
class Feed:
    """How one source delivers one fact kind.

    >>> Feed("helpdesk", "ticket", Watermark.LOAD).covers_all
    False
    """

    source: str
    kind: str
    watermark: Watermark
    covers_all: bool = False
    retired: date | None = None
    gaps: tuple[tuple[date, date], ...] = ()  # days lost for good, inclusive


@dataclass(frozen=True)
class Terms:
    """The settings of a project that the reading of facts depends on."""

    time_zone: str
    day_close: str  # "06:00", local, on the following morning
    currency: str
    feeds: tuple[Feed, ...]
    segments: Mapping[str, int] = field(default_factory=dict)  # name → lowest ARR in major units
    precedence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # attribute → sources, best first
    key_features: tuple[str, ...] = ()
    core_features: tuple[str, ...] = ()
    plan_features: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Pair:
    """Read `account_id` as of `as_of`, with what was known before `close_at` (naive UTC)."""

    account_id: str
    as_of: date
    close_at: datetime
