"""Stop rules: when the action waits and a person is asked; the alert itself goes out, and says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from keepwell.decisions.policy import StopRule, StopRules
from keepwell.words.decision import Kind
from keepwell.words.score import percent

# an alert that says that evidence is missing is not stopped by it: somebody must look
ABOUT_EVIDENCE = (Kind.UNSCORED, Kind.NO_SNAPSHOT)
ENOUGH_PPM = 500_000  # share of the card's weight with fresh evidence, under which evidence is missing


@dataclass(frozen=True)
class Ground:
    """What the rules look at: an account on the day of an alert. The texts are sentences for whoever is asked."""

    kind: Kind
    as_of: date
    coverage_ppm: int
    stale: tuple[str, ...] = ()  # reasons of the alert that rest on a silent source
    contradictory: tuple[str, ...] = ()
    commercial: tuple[str, ...] = ()  # open disputes, talk of prices or contracts
    promises: tuple[str, ...] = ()
    renewal_day: date | None = None
    mrr_minor: int | None = None


@dataclass(frozen=True)
class Stop:
    """A rule that stops the action, and why."""

    rule: StopRule
    why: str


def stopped(rules: StopRules, ground: Ground, minor: int) -> tuple[Stop, ...]:
    """The rules that stop an action, in the policy's order; `minor` units make a major one of the reporting currency.

    >>> near = Ground(Kind.DROP, date(2026, 3, 1), 900_000, renewal_day=date(2026, 4, 1), mrr_minor=2_000_000)
    >>> [stop.why for stop in stopped(StopRules(), near, 100)]
    ['it renews in 31 days and is of high value']
    """
    return tuple(
        Stop(rule, "; ".join(texts)) for rule in rules.rules if (texts := tuple(RULES[rule](rules, ground, minor)))
    )


def is_near(rules: StopRules, renewal: date | None, day: date) -> bool:
    """Whether a renewal lies within the policy's days."""
    return renewal is not None and 0 <= (renewal - day).days <= rules.renewal_days


def is_high(rules: StopRules, mrr_minor: int | None, minor: int) -> bool:
    """Whether the monthly revenue is of high value; of unknown revenue it is not."""
    return mrr_minor is not None and mrr_minor >= rules.high_value * minor


def _missing(_: StopRules, it: Ground, __: int) -> Iterator[str]:
    if it.coverage_ppm < ENOUGH_PPM and it.kind not in ABOUT_EVIDENCE:
        yield f"only {percent(it.coverage_ppm)} % of the card has fresh evidence"


def _stale(_: StopRules, it: Ground, __: int) -> Iterator[str]:
    if it.kind not in ABOUT_EVIDENCE:
        yield from (f"a source is silent behind '{text}'" for text in it.stale)


def _near_and_high(rules: StopRules, it: Ground, minor: int) -> Iterator[str]:
    if it.renewal_day and is_near(rules, it.renewal_day, it.as_of) and is_high(rules, it.mrr_minor, minor):
        days = (it.renewal_day - it.as_of).days
        yield f"it renews in {days} day{'' if days == 1 else 's'} and is of high value"


Rule = Callable[[StopRules, Ground, int], Iterator[str]]
RULES: dict[StopRule, Rule] = {
    "evidence_missing": _missing,
    "evidence_stale": _stale,
    "evidence_contradictory": lambda _, it, __: iter(it.contradictory),
    "commercially_sensitive": lambda _, it, __: iter(it.commercial),
    "promise_to_customer": lambda _, it, __: iter(it.promises),
    "renewal_near_and_high_value": _near_and_high,
}
