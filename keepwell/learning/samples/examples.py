"""Examples: readings known at a time with the outcome that followed, independent of where they come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from keepwell.scoring.compile import Compiled
from keepwell.words.reading import Signal
from keepwell.words.report import Finding

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Column:
    """One signal over all examples: stored whole numbers, or category positions; NaN where there is no reading."""

    signal: Signal
    values: Floats

    @property
    def name(self) -> str:
        """The signal's name."""
        return self.signal.name


@dataclass(frozen=True)
class CardScores:
    """Of every example the score that a card gave it, NaN where it gave none, and its tier."""

    scores: Floats
    tiers: tuple[str | None, ...]

    def take(self, rows: Whole) -> CardScores:
        """Only these rows."""
        return CardScores(self.scores[rows], tuple(self.tiers[i] for i in rows))


@dataclass(frozen=True)
class Examples:
    """Rows of (account, time) with what was known then and whether the outcome followed.

    `day` is the time in days since 1970-01-01, `account` numbers who a row is about, `group` those whose
    outcomes hang together, such as a group's parts under one contract: they stand on one side of a split.
    `ahead_days` is how long after its day a row's outcome is certain (gap and horizon), `horizon_days` in how many
    of these days an outcome counts; 0: nothing is known of it. `mrr` and `segment`
    are for reports only. `event` numbers the outcomes: months before one churn all tell of the same.
    `event_day` is the day of the next outcome, however far ahead, NaN where none is known. `by_card` has
    the scores of hand-written cards, `readings` the relation from which a card can be computed again.
    What is None was not given.
    """

    columns: tuple[Column, ...]
    outcome: Flags
    keys: tuple[str, ...]  # how a person finds the row again
    day: Whole | None = None
    group: Whole | None = None
    account: Whole | None = None
    mrr: Floats | None = None
    event: Whole | None = None  # of the rows that had the outcome
    event_day: Floats | None = None
    segment: NDArray[np.str_] | None = None
    by_card: Mapping[str, CardScores] = field(default_factory=dict)
    readings: pa.Table | None = None
    ahead_days: int = 0
    horizon_days: int = 0
    late_days: int = 0  # until sources tell an outcome: an end of contract is no loss before another could have begun
    target: str = "churn"

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.outcome)

    @property
    def events(self) -> int:
        """How many outcomes there are, each counted once; without their numbers one per account."""
        numbers = self.event if self.event is not None else self.blocks
        return len(np.unique(numbers[self.outcome]))

    @property
    def base_rate(self) -> float:
        """The share of the rows that had the outcome."""
        return float(self.outcome.mean())

    @property
    def names(self) -> tuple[str, ...]:
        """The signals, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def span(self) -> dict[str, str | int]:
        """What a card says of the months it was made from, so that later ones can judge it."""
        found: dict[str, str | int] = {}
        if self.day is not None:
            found["from"], found["until"] = (str(np.datetime64(int(d), "D")) for d in (self.day.min(), self.day.max()))
        if self.horizon_days:
            found["gap_days"], found["outcome_days"] = self.ahead_days - self.horizon_days, self.horizon_days
        return found

    @property
    def blocks(self) -> Whole:
        """What is drawn together in resampling: the account, else the row itself."""
        return self.group if self.group is not None else np.arange(self.size)

    def column(self, name: str) -> Column:
        """The column of a signal."""
        return next(column for column in self.columns if column.name == name)

    def take(self, rows: Whole | Flags) -> Examples:
        """Only these rows."""
        at: Whole = np.arange(self.size)[rows]
        return replace(
            self,
            columns=tuple(replace(column, values=column.values[at]) for column in self.columns),
            outcome=self.outcome[at],
            keys=tuple(self.keys[i] for i in at),
            day=None if self.day is None else self.day[at],
            group=None if self.group is None else self.group[at],
            account=None if self.account is None else self.account[at],
            mrr=None if self.mrr is None else self.mrr[at],
            event=None if self.event is None else self.event[at],
            event_day=None if self.event_day is None else self.event_day[at],
            segment=None if self.segment is None else self.segment[at],
            by_card={name: scores.take(at) for name, scores in self.by_card.items()},
            readings=None if self.readings is None else self.readings.take(at),
        )


def numbered(names: Iterable[object]) -> Whole:
    """The same number for the same name."""
    return np.unique(np.array([str(name) for name in names]), return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True)
class Sample:
    """Examples with where they come from: a file, or the lake version of a project."""

    examples: Examples
    data: str  # the same for the same data
    place: Path | None = None
    left_out: tuple[tuple[str, str], ...] = ()  # columns that are no signals, and why
    catalogue: Mapping[str, Signal] = field(default_factory=dict)  # signals that a card need not declare
    cards: Mapping[str, Compiled] = field(default_factory=dict)  # whose scores the examples have
    contradictions: tuple[Finding, ...] = ()  # what the data says against itself
