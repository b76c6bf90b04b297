"""What the ledger must be told about a project and its sources."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from keepwell.words.fact import KINDS, Watermark


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
    recorded: bool = False  # by people of ours, here: it is complete at any moment, and never loaded

    @property
    def declared(self) -> dict[str, object]:
        """What its map says of it beyond the kind's defaults; empty for an ordinary feed."""
        usual = KINDS[self.kind].watermark if self.kind in KINDS else None
        said = {
            "covers": "all" if self.covers_all else None,
            "gaps": sorted({f"{first} to {last}" for first, last in self.gaps}),
            "retired": self.retired and self.retired.isoformat(),
            "watermark": None if self.watermark is usual else self.watermark.value,
        }
        return {name: value for name, value in said.items() if value}


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

    def declared(self, kinds: Collection[str]) -> dict[str, dict[str, object]]:
        """Feeds of the kinds whose maps say how their history is read, by "source kind" (SEMANTICS, rule 15).

        An ordinary feed is not among them: that it exists is told by its rows, which a batch names.
        """
        return {f"{f.source} {f.kind}": f.declared for f in self.feeds if f.kind in kinds and f.declared}

    def without_map(self, loaded: Collection[tuple[str, str]], kinds: Collection[str]) -> list[str]:
        """Feeds of the kinds that were loaded once and that no map names any more: their facts are not read."""
        mapped = {(f.source, f.kind) for f in self.feeds}
        return sorted(f"{source} {kind}" for source, kind in set(loaded) - mapped if kind in kinds)


@dataclass(frozen=True)
class Pair:
    """Read `account_id` as of `as_of`, with what was known before `close_at` (naive UTC)."""

    account_id: str
    as_of: date
    close_at: datetime
