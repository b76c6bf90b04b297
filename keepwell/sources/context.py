"""What an ingest is given from outside, and what it hands back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from keepwell.lake import Lake
from keepwell.words.report import Reject, RejectGroup, TableReport


@dataclass(frozen=True)
class IngestContext:
    """Everything a load depends on besides the source map.

    `now` is naive UTC; rows become known then; `today` is its local day. `batch` is the number under which rows are
    written, `published` the newest batch whose rows count as already there. `memory` bounds
    the database's working memory; larger work spills to disk.
    """

    lake: Lake
    batch: int
    published: int
    now: datetime
    today: date
    time_zone: str
    day_close: time
    currency: str
    salt: str
    environment: Mapping[str, str] = field(default_factory=dict)
    allow_vanished: bool = False
    memory: str = "3GB"


@dataclass(frozen=True)
class SourceReport:
    """What a load did: counts per (table, fact), what to tell of rejects, and whether anything was written.

    When `changed` is False the lake holds no row of the batch and the caller may drop it.
    """

    source: str
    tables: tuple[TableReport, ...]
    rejects: tuple[Reject, ...]
    changed: bool
    notes: tuple[str, ...] = ()
    reject_groups: tuple[RejectGroup, ...] = ()
    new_rejects: int = 0  # that no load before had
