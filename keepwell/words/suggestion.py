"""What `suggest` hands back: a first scorecard with the reason for each line, or what it must ask; frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from keepwell.words.learning import Estimate


@dataclass(frozen=True)
class SuggestRequest:
    """What a person asks for: a card from the data, or the one that `text` describes."""

    file: Path | None = None  # where to write it; None: scorecards/suggested.yml of the project
    text: str | None = None  # as in "40% product usage, 60% support"
    answers: tuple[tuple[str, str], ...] = ()  # a phrase of the text, and the words to read instead
    overwrite: bool = False


@dataclass(frozen=True)
class SuggestedSignal:
    """One measure: its share of the card in percent, and why it is there."""

    signal: str
    title: str
    dimension: str
    weight: float
    coverage_ppm: int | None  # of the accounts it applies to; None: nothing is known of that
    auc: Estimate | None  # of the signal alone; None: too few outcomes to say
    reason: str


@dataclass(frozen=True)
class TierMeaning:
    """A tier from its border up, in words, and how many accounts stand in it as of the newest closed day."""

    tier: str
    border: float
    definition: str
    accounts: int | None = None


@dataclass(frozen=True)
class EarlyWarning:
    """An indicator of an account's first 90 days after handoff."""

    signal: str
    title: str
    when: str  # a card's condition
    readable: bool  # a source has what it reads
    reason: str


@dataclass(frozen=True)
class HandoffGate:
    """The score on a card from which an account may be handed over; `reachable` with the sources there are."""

    scorecard: str
    threshold: float
    reachable: float
    reason: str


@dataclass(frozen=True)
class Question:
    """What only a person can say. `phrase` is the part of the text that is meant, None for the whole."""

    phrase: str | None
    text: str


@dataclass(frozen=True)
class Suggestion:
    """A first scorecard. With questions nothing was written, and `file` is None."""

    scorecard: str
    file: str | None
    as_of: date | None  # None: the data was not looked at
    outcomes: int  # that the choice rests on; 0: it rests on the catalogue
    signals: tuple[SuggestedSignal, ...] = ()
    tiers: tuple[TierMeaning, ...] = ()
    unscored: int | None = None  # accounts with too little data for it
    early_warnings: tuple[EarlyWarning, ...] = ()
    handoff: HandoffGate | None = None
    left_out: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
