"""What the use-cases of decisions hand back: transitions, suppressions, the check of a policy; frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from keepwell.words.alert import AlertRow
from keepwell.words.authority import Grant
from keepwell.words.decision import Standing, Suppression, Transition


@dataclass(frozen=True)
class CardDecisions:
    """What a run decided by one card. `days` are new, oldest first; `transitions` are those of the days shown.

    `by_recipe` counts accounts whose status is another because the card is: one note, never alerts.
    """

    scorecard: str
    policy: str
    baseline: date  # the silent first day
    through: date
    days: tuple[date, ...]
    statuses: tuple[tuple[str, int], ...]
    transitions: tuple[Transition, ...] = ()
    by_recipe: int = 0
    rehearsal_until: date | None = None  # the last day on which transitions are only shown
    late: tuple[AlertRow, ...] = ()  # alerts that nobody took up in time
    lost: tuple[Grant, ...] = ()  # of its authority, because a condition no longer holds
    watched: bool = False  # only scored beside the headline card: it tells nobody


@dataclass(frozen=True)
class DecisionReport:
    """What a run of `transitions` found, by card, the headline one first."""

    since: date
    as_of: date
    currency: str
    cards: tuple[CardDecisions, ...]

    @property
    def decided(self) -> int:
        """How many days were decided anew, over all cards."""
        return sum(len(card.days) for card in self.cards)


@dataclass(frozen=True)
class Rescored:
    """An account that was scored at once, by one card: what happened to it, and how it stood and stands."""

    account_id: str
    scorecard: str
    events: tuple[str, ...]
    before: Standing
    now: Standing


@dataclass(frozen=True)
class RescoreReport:
    """What could not wait for the close of a day: `accounts` that were scored at once, and what is told of them.

    `note` says why nothing was looked at.
    """

    as_of: date
    currency: str
    accounts: tuple[Rescored, ...] = ()
    transitions: tuple[Transition, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class HeldBack:
    """An exception, whether it is in force, what would have fired, and of how many of these the episode is still open."""

    suppression: Suppression
    in_force: bool
    transitions: tuple[Transition, ...] = ()
    still_open: int = 0


@dataclass(frozen=True)
class SuppressReport:
    """The exceptions, those in force first; `written` is the one this call wrote or ended."""

    as_of: date
    held: tuple[HeldBack, ...]
    written: Suppression | None = None


@dataclass(frozen=True)
class SignalWeight:
    """A signal of a card: its share of the weight, and of how many accounts it is the main reason now."""

    signal: str
    title: str
    share_ppm: int
    main_reason_of: int


@dataclass(frozen=True)
class RoleCheck:
    """How the accounts resolve to a person in a role; `examples` are some that do not."""

    role: str
    resolved: int
    unresolved: int
    people: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class CoveredBy:
    """An exception in force and how many accounts it is about; None: as many as its source speaks of."""

    suppression: Suppression
    accounts: int | None


@dataclass(frozen=True)
class CardPolicy:
    """The five answers of one card: decision, signals, suppressed, owners, feedback."""

    scorecard: str
    policy: str
    accounts: int
    decision: str
    authority: str
    signals: tuple[SignalWeight, ...]
    suppressed: tuple[CoveredBy, ...]
    roles: tuple[RoleCheck, ...]
    models: tuple[tuple[str, int], ...]  # named, pooled, digital: accounts
    how: str
    reviewer: str | None
    within_days: int
    conditions: tuple[str, ...] = ()  # of its authority, those that differ from the shipped ones


@dataclass(frozen=True)
class PolicyReport:
    """What the policies say about the whole book, and what they leave open."""

    as_of: date
    cards: tuple[CardPolicy, ...]
    findings: tuple[str, ...]
