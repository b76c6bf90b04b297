"""What a run hands back to the command line, the server and the tests; frozen.

Scores, changes and points are integer milli-points, money integer minor units of the
reporting currency, shares parts per million, times naive UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from keepwell.words.override import Override
from keepwell.words.score import Change, Score, State, Trend

# --- ingest ---------------------------------------------------------------------------


@dataclass(frozen=True)
class TableReport:
    """One file or SQL table read for one fact kind; read = accepted + duplicates + quarantined.

    `vanished` counts rows of a snapshot that the last load had and this one lacks; `vanished_ids` are the first of them.
    """

    source: str
    kind: str
    origin: str  # file or table name
    read: int
    accepted: int
    duplicates: int
    quarantined: int
    vanished: int = 0
    vanished_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reject:
    """A row that could not be taken in; `line` is the physical line, None for SQL tables and Parquet."""

    file: str
    line: int | None
    column: str | None
    reason: str
    source: str = ""
    fix: str = ""  # what to write into the map, where that would mend it


@dataclass(frozen=True)
class RejectGroup:
    """Many rows of one table that could not be taken in for one reason, told once.

    `place` is where the map says how they are read, `values` are some of the texts that do not
    fit, `examples` the first rows, `fix` what to write into the map (empty: nothing there would help).
    """

    source: str
    kind: str
    place: str
    column: str | None
    rows: int
    read: int
    reason: str
    values: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    fix: str = ""


@dataclass(frozen=True)
class IngestReport:
    """What an ingest read. `rejects` holds the first of those in no group, `quarantined` counts all.

    `batch` is None and `changed` False when there was nothing new to write.
    """

    batch: int | None
    tables: tuple[TableReport, ...]
    rejects: tuple[Reject, ...]
    changed: bool
    warnings: tuple[str, ...] = ()
    reject_groups: tuple[RejectGroup, ...] = ()
    newly_quarantined: int = 0  # rows that no load before had quarantined

    @property
    def quarantined(self) -> int:
        """All rows that were not taken in."""
        return sum(table.quarantined for table in self.tables)


# --- score ----------------------------------------------------------------------------


@dataclass(frozen=True)
class CardReport:
    """How one scorecard came out over the accounts of a run; `tiers` in the card's own order, best first."""

    scorecard: str
    recipe: str
    scored: int
    unscored: int
    tiers: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class ScoreReport:
    """What a scoring run computed, by scorecard, the headline one first.

    `scores` is filled only when single accounts were asked for (`score --account`), and
    then nothing was written: `batch` is None.
    """

    as_of: date
    batch: int | None
    cards: tuple[CardReport, ...]
    scores: tuple[Score, ...] = ()
    provisional: bool = False  # the day has not closed yet
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class BackfillReport:
    """Days scored by a backfill, oldest first; days stored under the same recipe with all that was known are skipped."""

    since: date
    until: date
    batch: int | None
    days: tuple[date, ...]
    skipped: int
    scorecards: tuple[str, ...]
    scores: int


# --- book -----------------------------------------------------------------------------


@dataclass(frozen=True)
class BookQuery:
    """Which accounts, in which order.

    `where` is the filter language of `keepwell.book.book_filter`: "mrr > 50000/12 and score < 60".
    `sort` is a column of the book, "-" in front for descending; None: worst first.
    `scorecard` None: the project's headline card. `as_of` None: the newest scored day.
    """

    as_of: date | None = None
    where: str | None = None
    sort: str | None = None
    limit: int | None = None
    scorecard: str | None = None


@dataclass(frozen=True)
class BookRow:
    """One account on the book."""

    account_id: str
    name: str
    state: State
    score_milli: int | None
    tier: str | None
    delta7_milli: int | None
    delta30_milli: int | None
    coverage_ppm: int
    reason: str  # the sentence that cost most points, or why there is no score
    next_step: str
    owner: str | None
    segment: str | None
    mrr_minor: int | None
    renewal_day: date | None
    low_milli: int | None = None
    high_milli: int | None = None
    model_milli: int | None = None  # the card's own score
    model_tier: str | None = None
    override: Override | None = None  # what a person set over it
    play: str | None = None  # behind the next step


@dataclass(frozen=True)
class Unscored:
    """The accounts of a list that have no score: how many, why, and which signals are missing most, each counted."""

    accounts: int
    reasons: tuple[tuple[str, int], ...] = ()
    missing: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Book:
    """The portfolio list. `total` counts the accounts that match, also those beyond the limit.

    `tiers` are the card's tier names, best first.
    """

    as_of: date
    scorecard: str
    currency: str
    tiers: tuple[str, ...]
    rows: tuple[BookRow, ...]
    total: int
    notes: tuple[str, ...] = ()  # "3 sources are stale: .."
    unscored: Unscored | None = None  # among all that match, also beyond the limit; None: every one is scored


# --- explain --------------------------------------------------------------------------


@dataclass(frozen=True)
class Explanation:
    """The snapshot of one account: its score and all that a CSM needs beside it."""

    score: Score
    name: str
    owner: str | None
    trend: Trend
    caveats: tuple[str, ...]
    next_action: str
    change: Change | None = None
    segment: str | None = None
    currency: str = ""
    mrr_minor: int | None = None
    renewal_day: date | None = None
    fresh_as_of: date | None = None  # the newest fact behind any counted row
    sharpen: tuple[str, ...] = ()  # what further data would narrow the range, most first
    tiers: tuple[str, ...] = ()  # the card's tier names, best first
    described: bool = False  # by a person in a file: without a history, and without an owner unless one is named
    play: str | None = None  # behind the next action; None: no play fits, or there is no project
    lifecycle: str | None = None
    seller: str | None = None
    manager: str | None = None


# --- check ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """Something about the data that a person should look at. `severity` is error, warning or note.

    `examples` are a few ids or places, `fix` what to do; `kinds` and `sources` say which
    facts it touches (no sources: those of every source).
    """

    code: str  # e.g. "usage.before_start"
    severity: str
    count: int
    text: str
    examples: tuple[str, ...] = ()
    fix: str = ""
    kinds: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class SourceHealth:
    """How one source stands: when it was last loaded and through which day it is complete.

    `fresh` is None for a retired source: it is never stale.
    """

    source: str
    system: str
    kinds: tuple[str, ...]
    last_load: datetime | None
    watermark: date | None
    age_days: int | None
    limit_days: int | None
    fresh: bool | None
    rows: int = 0
    accounts: int = 0  # accounts with a reference in it
    unmatched: int = 0  # references without an account
    quarantined: int = 0


MIN_FRESH_SYSTEMS = 4  # kinds of sources under which a score is built on too few legs


@dataclass(frozen=True)
class CheckReport:
    """Everything `check` found."""

    as_of: date
    findings: tuple[Finding, ...]
    sources: tuple[SourceHealth, ...]

    @property
    def fresh_systems(self) -> tuple[str, ...]:
        """Kinds of sources with at least one fresh source."""
        return tuple(sorted({source.system for source in self.sources if source.fresh}))

    @property
    def enough_systems(self) -> bool:
        """Whether there are at least four kinds of fresh sources."""
        return len(self.fresh_systems) >= MIN_FRESH_SYSTEMS

    @property
    def clean(self) -> bool:
        """Whether nothing but notes was found."""
        return all(finding.severity == "note" for finding in self.findings)


# --- signals --------------------------------------------------------------------------


@dataclass(frozen=True)
class InventoryRow:
    """One line of the data inventory: a signal and the column it is read from.

    `update_interval_days` is observed (median days between loads that brought something new).
    `coverage_ppm` is the share of accounts with a fresh reading among those it applies to.
    """

    signal: str
    title: str
    system: str
    source: str | None  # None: no source maps the facts
    column: str
    owner: str | None
    update_interval_days: int | None
    last_load: datetime | None
    coverage_ppm: int | None
    issues: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    scorecards: tuple[str, ...] = ()  # cards that count it


@dataclass(frozen=True)
class Inventory:
    """Which signals exist, from where, how fresh, how complete, with which gaps."""

    as_of: date
    rows: tuple[InventoryRow, ...]


# --- diff -----------------------------------------------------------------------------


@dataclass(frozen=True)
class TierMove:
    """An account whose tier differs between the two cards at one month-end; None: unscored."""

    month_end: date
    account_id: str
    name: str
    owner: str | None
    segment: str | None
    mrr_minor: int | None
    tier_a: str | None
    tier_b: str | None
    score_a_milli: int | None
    score_b_milli: int | None


@dataclass(frozen=True)
class DiffReport:
    """What would have been different with the other card, oldest month-end first.

    `tiers_a`, `tiers_b` name each card's tiers, best first; `accounts` counts those compared at each month-end.
    """

    scorecard_a: str
    scorecard_b: str
    currency: str
    month_ends: tuple[date, ...]
    accounts: tuple[int, ...]
    moves: tuple[TierMove, ...]
    tiers_a: tuple[str, ...]
    tiers_b: tuple[str, ...]


# --- demo -----------------------------------------------------------------------------


@dataclass(frozen=True)
class DemoReport:
    """The simulated company, ingested and scored."""

    folder: str
    ingest: IngestReport
    score: ScoreReport
    book: Book
