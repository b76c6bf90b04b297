"""The proposal: from the inventory, and from outcomes where there are some, to a first card with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from keepwell.scoring.scorecard import Scorecard
from keepwell.suggestion import choice, draft, first_days, packaged
from keepwell.words.learning import Alone
from keepwell.words.problem import KeepwellError, Problem
from keepwell.words.reading import Signal
from keepwell.words.report import CardReport, Inventory
from keepwell.words.suggestion import Suggestion

NO_MONTHS: Mapping[str, str | int] = MappingProxyType({})


def proposed(
    name: str,
    stock: Inventory,
    signals: Mapping[str, Signal],
    alone: Mapping[str, Alone],
    span: Mapping[str, str | int] = NO_MONTHS,
) -> tuple[Scorecard, Suggestion]:
    """A card named `name`; KeepwellError where no signal can be read. It says of which months outcomes had a say (`span`)."""
    listed = packaged.importance(packaged.planned(packaged.DEFAULT, signals))
    given = choice.candidates(stock.rows, signals, listed, alone)
    found = choice.chosen(given)
    if not found:
        what = f"no signal can be read for {choice.LEAST_COVERAGE // 10_000} % of the accounts"
        raise KeepwellError(Problem(what, fix="'keepwell signals' says what each one lacks"))
    early = first_days.early_warnings(stock, signals)
    card = draft.card_of(name, found, early, stock, signals)
    outcomes = max((one.events for one in alone.values()), default=0)
    if outcomes:  # which must not judge what they made
        card = card.model_copy(update={"trained": {"events": outcomes, **span}})
    made = draft.checked(card, signals)
    reasons = {one.signal.name: choice.reason(one, found) for one in found}
    short = choice.WANTED - len(found)
    return card, Suggestion(
        scorecard=name,
        file=None,
        as_of=stock.as_of,
        outcomes=outcomes,
        signals=draft.measured(made, reasons, {one.signal.name: one for one in found}),
        tiers=draft.tiers_of(made),
        early_warnings=early,
        handoff=first_days.handoff_gate(stock, signals),
        left_out=tuple(choice.lacking(given, found)),
        notes=(f"{len(found)} signals instead of {choice.WANTED}: the data covers no more",) if short else (),
    )


def with_accounts(found: Suggestion, counted: CardReport) -> Suggestion:
    """The suggestion with how many accounts stand in each tier."""
    held = dict(counted.tiers)
    tiers = tuple(replace(tier, accounts=held[tier.tier]) for tier in found.tiers)
    return replace(found, tiers=tiers, unscored=counted.unscored)
