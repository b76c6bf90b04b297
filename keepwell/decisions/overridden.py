"""What follows from a score that a person set: the account stands by it, and by the card alone beside it.

Both are decided side by side for as long as they differ. What only the set score tells is the person's doing, or that of
its end: it is told as such. What the card alone tells too, or told in silence under the set score, is the customer's.
"""

from __future__ import annotations

from dataclasses import replace

from keepwell.decisions.rules import Rules
from keepwell.decisions.transitions import decide
from keepwell.words.decision import ByCard, Kind, Mode, Standing, Today, Transition

SHARED = ("state", "status", "score_milli", "tier", "scored_on", "counts", "episodes")


def decide_both(
    rules: Rules, today: Today, before: Standing | None, *, first: bool = False
) -> tuple[Standing, tuple[Transition, ...]]:
    """As `decide`; where a person's word makes the difference, or did, the standing keeps what the card alone says."""
    standing, told = decide(rules, today, before, first=first)
    was = before.by_card if before is not None else None
    if today.by_card is None and was is None:
        return standing, told
    own, news = decide(rules, today.by_card or today, before and _alone(before), first=first)
    beside = ByCard(
        since=was.since if was is not None else today.as_of,
        override=today.override or (was.override if was is not None else None),
        in_force=today.override is not None,
        opened=was.opened if was is not None else (),
        **{name: getattr(own, name) for name in SHARED},
    )
    theirs = {one.kind for one in news}
    marked = tuple(_marked(one, beside, one.kind in theirs) for one in told)
    if not beside.in_force and set(standing.episodes) == set(own.episodes):
        return standing, marked
    made = {*beside.opened, *(one.kind.value for one in marked if one.mode is Mode.OVERRIDE)}
    made |= standing.episodes.keys() - own.episodes.keys() - (before.episodes.keys() if before is not None else set())
    opened = tuple(kind for kind in standing.episodes if kind in made)
    return replace(standing, by_card=replace(beside, opened=opened)), marked


def _alone(before: Standing) -> Standing:
    """The standing before as if nobody had set anything."""
    if before.by_card is None:
        return before
    return replace(before, by_card=None, **{name: getattr(before.by_card, name) for name in SHARED})


def _marked(told: Transition, by_card: ByCard, also: bool) -> Transition:
    """What is told with the card's own score beside it, and as a person's doing where the card does not tell it `also`."""
    beside = replace(told, model_milli=by_card.score_milli, model_tier=by_card.tier)
    if also or _is_told_late(told.kind, by_card):
        return beside
    return replace(beside, mode=Mode.OVERRIDE, override=by_card.override)


def _is_told_late(kind: Kind, by_card: ByCard) -> bool:
    """Whether the customer did it while a set score stood over it, so that nobody was told."""
    if kind is Kind.RECOVERED:
        return Kind.AT_RISK not in by_card.episodes and Kind.AT_RISK not in by_card.opened
    began = by_card.episodes.get(Kind.AT_RISK if kind is Kind.RENEWAL_AT_RISK else kind)
    return kind in by_card.episodes and began is not None and began >= by_card.since
