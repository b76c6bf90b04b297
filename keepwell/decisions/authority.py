"""Authority: what a score may do, what it must show to be granted it, and what nothing may ever do by itself; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from keepwell.decisions.noise import Orders
from keepwell.decisions.policy import Conditions, Policy
from keepwell.words.authority import Condition, Grant, Level
from keepwell.words.decision import Kind
from keepwell.words.score import percent

LEVELS: tuple[Level, ...] = get_args(Level)  # each includes those before it
MAY = {
    "diagnose": "shows a score with its reasons, and tells the owner what changed, by revenue and urgency",
    "prioritise": "orders whose account comes first: what a score lacks counts with revenue and urgency",
    "trigger": "starts the play: tasks with a person and a day",
    "assist": "has texts drafted in the review queue, for a person to send",
}

# never automated, whatever the level: only drafts and questions in the review queue
NEVER = {
    "cancellation": "an assumption that they will cancel",
    "outreach": "outreach to the customer",
    "downgrade": "a downgrade",
    "executive": "an executive escalation",
    "pricing": "pricing",
    "discount": "a discount",
    "contract": "contract strategy",
    "renewal": "renewal strategy",
}
# what alerts and plays would do of that; all other plays stay inside the house
DEEDS: Mapping[str, str] = {
    Kind.RENEWAL_AT_RISK: "renewal",
    Kind.EXPANSION_READY: "outreach",
    "renewal-prep": "renewal",
    "commercial-review": "contract",
    "exec-review": "executive",
    "escalate": "executive",
    "growth-talk": "outreach",
    "re-engage": "outreach",
    "multi-thread": "outreach",
    "new-champion": "outreach",
    "advocate": "outreach",
    "listen": "outreach",
    "call": "outreach",
    "qbr": "outreach",
    "expansion_outreach": "outreach",
    "retention": "renewal",
}


@dataclass(frozen=True)
class Mark:
    """What a figure must reach: a share in percent, `of` how many before it counts; `none`: nothing of the kind is fine."""

    percent: int
    of: int = 0
    none: bool = False

    def __str__(self) -> str:
        """As in `at least 75 % of 20 or more`."""
        return f"at least {self.percent} %" + (f" of {self.of} or more" if self.of else "")


@dataclass(frozen=True)
class Asked:
    """A condition of a level: the figure that it looks at by its name, and what that must reach; None: no share."""

    level: Level
    text: str
    figure: str
    mark: Mark | None = None


def asked(it: Conditions) -> tuple[Asked, ...]:
    """What each level asks for by a policy."""
    return (
        Asked("diagnose", "the card's sources are fresh", "fresh_sources", Mark(it.fresh_sources)),
        Asked("diagnose", "references belong to an account", "matched", Mark(it.matched, none=True)),
        Asked("diagnose", "its accounts have a score", "scored", Mark(it.scored)),
        Asked("prioritise", "accounts at risk have a reason in words", "reasoned", Mark(it.reasoned, none=True)),
        Asked("prioritise", "changes rest on dated facts", "dated", Mark(it.dated, it.of_falls)),
        Asked("prioritise", "somebody turns objections into a change", "reviewer"),
        Asked("trigger", "the alerts of every account reach a person", "owned", Mark(it.owned)),
        Asked("trigger", "exceptions end and are reviewed", "over"),
        Asked("trigger", "facts were recorded when they became known", "recorded", Mark(it.recorded)),
        Asked("trigger", "it was watched for long enough", "days"),
        Asked(
            "trigger",
            "alerts that people ended were no false alarms",
            "true_alarms",
            Mark(it.true_alarms, it.of_alerts),
        ),
        Asked("trigger", "people approved what it proposed", "approved", Mark(it.approved, it.of_proposals)),
        Asked("assist", "sources were stable for four weeks", "steady_sources", Mark(it.steady_sources)),
        Asked("assist", "questions are decided by their day", "on_time", Mark(it.on_time, it.of_questions)),
        Asked("assist", "alerts are acted on", "acted", Mark(it.acted, it.of_alerts)),
    )


def own(it: Conditions) -> tuple[str, ...]:
    """The conditions that differ from the shipped ones, in words."""
    pairs = zip(asked(it), asked(Conditions()), strict=True)
    found = [f"{one.text}: {one.mark}" for one, shipped in pairs if one.mark != shipped.mark]
    days = [f"it was watched for long enough: {it.days} days"] if it.days != Conditions().days else []
    return (*found, *days)


@dataclass(frozen=True)
class Share:
    """So many of so many; none of none is no figure."""

    some: int
    all: int

    @property
    def ppm(self) -> int | None:
        """Parts per million; None of nothing."""
        return self.some * 1_000_000 // self.all if self.all else None

    def __str__(self) -> str:
        """As in `31 of 40 (78 %)`."""
        return "none yet" if self.ppm is None else f"{self.some:,} of {self.all:,} ({percent(self.ppm)} %)"


@dataclass(frozen=True)
class Figures:
    """What was counted of one card, in a segment or in all, for its authority."""

    fresh_sources: Share
    matched: Share  # references that belong to an account
    scored: Share  # accounts that the card is for
    reasoned: Share  # of those at risk, with a main reason in words
    dated: Share  # falls of a quarter with a dated fact behind them, of a segment without any those of all accounts
    reviewer: str | None  # who turns feedback into a change
    owned: Share  # accounts that resolve to a person
    over: int  # exceptions of the policy that are over and not reviewed
    recorded: Share  # facts of a quarter that were recorded when they became known, not assumed
    days: int  # decided
    true_alarms: Share  # of alerts that people ended, those that were none
    approved: Share  # of proposals and stopped actions that people decided
    steady_sources: Share  # that nothing was lost of in four weeks
    on_time: Share  # of items decided or due, those decided by their day
    acted: Share  # of alerts that ended, those that somebody acted on
    trained: str | None = None  # what the outcomes it was learned from support; None: it was written by hand
    unmet: tuple[str, ...] | None = None  # checks of the newest monitoring; None: nobody has monitored it


def conditions(it: Figures, by: Conditions) -> tuple[Condition, ...]:
    """What each level asks for by a policy, met or not, with the figures."""
    counted = (_counted(one, it, by) for one in asked(by))
    return tuple(sorted((*counted, *_learned(it)), key=lambda one: LEVELS.index(one.level)))


def _learned(it: Figures) -> Iterator[Condition]:
    """What outcomes say of the card itself, where they were asked."""
    if it.trained is not None:
        supported = next((level for level in LEVELS if it.trained.startswith(level)), LEVELS[0])
        found = f"its training supports '{it.trained}'"
        for level in LEVELS[1:3]:
            yield Condition(level, "enough outcomes taught it", found, met=includes(supported, level))
    if it.unmet is not None:
        found = f"not met: {'; '.join(it.unmet)}; 'keepwell monitor' says where to look" if it.unmet else "all are met"
        yield Condition("prioritise", "the checks of its monitoring are met", found, met=not it.unmet)


def _counted(one: Asked, it: Figures, by: Conditions) -> Condition:
    if one.mark is not None:
        share: Share = getattr(it, one.figure)
        return Condition(one.level, one.text, f"{share}; {one.mark}", _reaches(share, one.mark))
    found, met = {
        "reviewer": (it.reviewer or "nobody is named", it.reviewer is not None),
        "over": (_are_over(it.over), not it.over),
        "days": (f"{it.days:,} of {by.days} days", it.days >= by.days),
    }[one.figure]
    return Condition(one.level, one.text, found, met)


def _reaches(it: Share, mark: Mark) -> bool:
    return it.all >= mark.of and (mark.none if it.ppm is None else it.ppm >= mark.percent * 10_000)


def _are_over(number: int) -> str:
    return f"{number} {'is' if number == 1 else 'are'} over and not reviewed" if number else "all are in force"


def earned(found: Iterable[Condition]) -> Level:
    """The highest level whose conditions, and those of the levels below, are met; a score may always diagnose."""
    failing = [LEVELS.index(one.level) for one in found if not one.met]
    return LEVELS[max(min(failing, default=len(LEVELS)) - 1, 0)]


def at_most(policy: Policy, segment: str | None) -> Level:
    """What the policy lets a score do for accounts of a segment."""
    return policy.authority.segments.get(segment or "", policy.authority.level)


def holding(policy: Policy, segment: str | None, granted: Mapping[str | None, Grant]) -> Level:
    """What a score may do for accounts of a segment: what was granted, and no more than the policy allows."""
    own = granted.get(segment) or granted.get(None)
    return lower(own.level if own else "diagnose", at_most(policy, segment))


def lower(one: Level, other: Level) -> Level:
    """The lower of two levels.

    >>> lower("assist", "prioritise")
    'prioritise'
    """
    return min(one, other, key=LEVELS.index)


def ordering(policy: Policy, granted: Mapping[str | None, Grant]) -> Orders:
    """Segment → whether the score may order its accounts."""
    return lambda segment: includes(holding(policy, segment, granted), "prioritise")


def includes(level: Level, wanted: Level) -> bool:
    """Whether what a level may do holds what another may."""
    return LEVELS.index(level) >= LEVELS.index(wanted)


def never(*codes: str | None) -> str | None:
    """What an alert or play would do that nothing does by itself, in words; None: nothing of the kind.

    >>> never(Kind.DROP, "exec-review"), never(Kind.DROP, "usage-check")
    ('an executive escalation', None)
    """
    return next((NEVER[DEEDS[code]] for code in codes if code is not None and code in DEEDS), None)
