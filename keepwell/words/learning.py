"""What learning hands back: leaks, figures with intervals, a trained or examined scorecard; frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from keepwell.words.report import Finding

EXPERT = "expert card"  # what a card that it is compared with is called among predictors


@dataclass(frozen=True)
class Leak:
    """Something that knows the outcome too well. `signal` is None where rows are meant, `strength` 0 to 1."""

    kind: str  # written_after, implausible, duplicate, after_outcome, label_contradiction
    signal: str | None
    text: str
    strength: float

    @property
    def name(self) -> str:
        """What a person excludes or accepts it by."""
        return self.signal or self.kind


@dataclass(frozen=True)
class Estimate:
    """A figure with the interval that nineteen of twenty samples of accounts would give."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Predictor:
    """One way to foretell the outcome, with its measures."""

    name: str
    measures: tuple[tuple[str, Estimate], ...]

    def estimate(self, name: str) -> Estimate:
        """One of its measures."""
        return dict(self.measures)[name]


@dataclass(frozen=True)
class Tenth:
    """A tenth of the examples, the riskiest first: foretold and observed."""

    rows: int
    foretold: float
    observed: float
    lift: float  # observed ÷ base rate
    captured: float  # share of all outcomes up to here


@dataclass(frozen=True)
class Zone:
    """The accounts of one tier: foretold and observed share with the outcome, in the horizon and per year."""

    tier: str
    border: float | None  # None: the lowest tier has no end
    rows: int
    foretold: float
    observed: float
    per_year: float | None


@dataclass(frozen=True)
class Border:
    """What warning about every account under a score would have meant."""

    border: float
    warned: int
    right: int  # warned, and it happened
    missed: int
    accuracy: float
    false_positive_rate: float
    false_negative_rate: float


@dataclass(frozen=True)
class Miss:
    """An account the score was most wrong about, with what was read of it."""

    key: str
    score: float | None  # None: it had none
    foretold: float
    happened: bool
    evidence: tuple[tuple[str, str], ...]  # (signal, reading)


@dataclass(frozen=True)
class Contrast:
    """What one signal read among those with the outcome, and among the others: the median, or the share of a category."""

    signal: str
    with_outcome: float | None
    without: float | None
    auc: float  # of the signal alone
    title: str = ""
    unit: str = ""
    category: str = ""  # the one whose shares differ most


@dataclass(frozen=True)
class Alone:
    """How well one signal's readings alone rank those with the outcome; 0.5 is chance, below it they mislead."""

    signal: str
    auc: Estimate
    events: int
    implausible: bool  # as a record of the outcome would


@dataclass(frozen=True)
class SegmentFigures:
    """One segment's accounts: how many had the outcome, what was foretold, and how well they are ranked among themselves."""

    segment: str
    rows: int
    events: int
    foretold: float
    observed: float
    auc: Estimate | None  # None: too few outcomes to say


@dataclass(frozen=True)
class LeadTime:
    """How long before the outcome accounts stood under the best tier, by month-ends.

    `warned` of the `accounts` that had it did so at the last reading before it; of the `readable` that have a reading
    60 to 90 days before, `in_time` did so then. `usual` is the share of all other readings under that border.
    """

    border: float
    accounts: int
    warned: int
    median_days: float | None  # of those warned: since when, without a pause
    readable: int
    in_time: int
    usual: float


@dataclass(frozen=True)
class TrendAccuracy:
    """Of the readings after a fall within a month, the shares that were worse or gone 90 days later, beside the others.

    Worse is as much lower again as counts for a fall. Scores that fell by chance come back, so that the
    others may well be worse more often; whether a fall foretells a loss is what `gone` tells.
    """

    least_fall: float  # points
    falling: int
    others: int
    worse_if_falling: float  # worse or gone
    worse_if_not: float
    gone_if_falling: float
    gone_if_not: float
    gain: Estimate  # difference of the shares that are gone


@dataclass(frozen=True)
class AgainstPulse:
    """The card beside the owners' own view, on the readings that have one."""

    rows: int
    events: int
    card: Estimate  # AUC
    pulse: Estimate
    gain: Estimate


@dataclass(frozen=True)
class Evaluation:
    """How good a scorecard is on rows it was not learned from, beside what else could be done."""

    scorecard: str
    rows: int
    events: int
    base_rate: float
    how: str  # how rows were split
    predictors: tuple[Predictor, ...]
    beats: tuple[tuple[str, Estimate], ...]  # AUC more than another predictor
    tenths: tuple[Tenth, ...]
    zones: tuple[Zone, ...]
    borders: tuple[Border, ...]
    misses: tuple[Miss, ...]
    contrasts: tuple[Contrast, ...]
    mrr_auc: float | None = None
    segments: tuple[SegmentFigures, ...] = ()
    lead_time: LeadTime | None = None
    trend: TrendAccuracy | None = None
    pulse: AgainstPulse | None = None
    last_window: tuple[Predictor, ...] = ()
    fold_gains: tuple[Estimate, ...] = ()  # over the expert card, fold by fold
    notes: tuple[str, ...] = ()

    def against(self, other: str) -> Estimate | None:
        """AUC more than another predictor; None where the two cannot be compared."""
        return dict(self.beats).get(other)


@dataclass(frozen=True)
class LearnedSignal:
    """A signal of the learned card: its rows, and how far apart they reach."""

    name: str
    title: str
    rows: int
    lowest: int
    highest: int


@dataclass(frozen=True)
class SelectionCost:
    """So many signals and their log-loss on held-out rows."""

    signals: int
    log_loss: float
    dropped_next: str | None


@dataclass(frozen=True)
class Compared:
    """The card that a learned one was compared with; if outcomes made it too, on months from `since` on, new to both."""

    scorecard: str
    hash: str
    since: str | None = None


@dataclass(frozen=True)
class TrainReport:
    """What training did: the ladder's verdict, the card it wrote, and how good it is."""

    scorecard: str
    rung: str
    authority: str
    reasons: tuple[str, ...]
    file: str | None  # None: refused, nothing was written
    model_card: str | None
    rows: int
    events: int
    base_rate: float
    signals: tuple[LearnedSignal, ...] = ()
    selection: tuple[SelectionCost, ...] = ()
    twins: tuple[tuple[str, str], ...] = ()  # (dropped, kept instead)
    crossed: tuple[tuple[str, str], ...] = ()
    slope: float | None = None
    leaks: tuple[Leak, ...] = ()  # those that were accepted in writing
    left_out: tuple[tuple[str, str], ...] = ()
    contradictions: tuple[Finding, ...] = ()  # of the data that was learned from
    evaluation: Evaluation | None = None
    compared_with: Compared | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExampleTable:
    """Which file, and what its columns are."""

    file: Path
    label: str
    time: str | None = None
    group: str | None = None
    mrr: str | None = None
    leave_out: tuple[str, ...] = ()
    ahead_days: int = 90
    outcome: str | None = None  # the label's word for the outcome, where it is not yes or no

    @property
    def taken(self) -> set[str]:
        """Columns that are no signals."""
        return {name for name in (self.label, self.time, self.group, self.mrr, *self.leave_out) if name}


class Foretold(StrEnum):
    """What a scorecard is learned to foretell."""

    CHURN = "churn"
    CONTRACTION = "contraction"
    EXPANSION = "expansion"


@dataclass(frozen=True)
class CompanyHistory:
    """Examples from a project's own history: customers at `months` month-ends, and whether `target` followed."""

    target: Foretold = Foretold.CHURN
    gap_days: int = 30
    horizon_days: int = 60
    months: int = 24
    leave_out: tuple[str, ...] = ()  # signals


LearningSource = ExampleTable | CompanyHistory


@dataclass(frozen=True)
class TrainRequest:
    """What to learn from, and what a person has decided beforehand."""

    source: LearningSource
    name: str
    folder: Path  # where the card and its papers are written
    expert: str | None = None  # the hand-written card to compare with, and to shrink to, by file or name
    accepted: Mapping[str, str] = field(default_factory=dict)  # leak → why it may be used
    directions: Mapping[str, int] = field(default_factory=dict)  # signal → 1: more is riskier, -1: less is


@dataclass(frozen=True)
class PromotionReport:
    """A challenger that became one of the project's cards: its headline card, or one that is scored beside it."""

    scorecard: str
    file: str
    approved_by: str
    authority: str
    shadow: bool
    gain: Estimate | None  # AUC over the champion; None where there was none
    replaced: str | None  # where a card of the same name was kept
    headline_before: str | None  # None: the project's headline card did not change
    days_scored: int = 0  # past days of which there are scores by it
    led_already: bool = False  # it was the headline card before: only what lacked was done


@dataclass(frozen=True)
class RollbackReport:
    """The card that a promotion had replaced and that leads again."""

    scorecard: str
    withdrawn: str
    by: str
    days_scored: int
