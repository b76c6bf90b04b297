"""The CRM's deals: won customers, upsells and renewals, each as it was opened and as it was closed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from keepwell.demo.calendar import NEVER
from keepwell.demo.contract import Contract
from keepwell.demo.customers import CURRENCIES
from keepwell.demo.sheets import Sheet, dates, money, pick
from keepwell.demo.world import World

PIPELINE = 90  # days before the end that a renewal is opened
SAID = 25  # days before the end that a lost renewal is closed


@dataclass(frozen=True, order=True)
class Deal:
    """One deal; `closed` is NEVER while it is open, `mrr` cents a month."""

    opened: int
    account: int
    type: str
    closed: int
    won: bool
    mrr: int


@dataclass(frozen=True)
class Entry:
    """A deal as it stood from a day on."""

    number: int
    deal: Deal
    day: int
    stage: str
    closed: int
    won: str | None


def opportunities(world: World) -> Sheet:
    """The deals' history; the numbers follow the day of opening."""
    deals = sorted(deal for contract in world.outcomes.contracts for deal in _deals(world, contract))
    entries = [entry for number, deal in enumerate(deals) for entry in _entries(number, deal, world.calendar.last)]
    accounts = np.array([e.deal.account for e in entries])
    return {
        "OpportunityId": [f"O-{e.number + 1:05d}" for e in entries],
        "AccountId": pick(world.customers.ids, accounts),
        "Type": [e.deal.type for e in entries],
        "OpenedOn": dates(world.calendar, [e.deal.opened for e in entries]),
        "ChangedOn": dates(world.calendar, [e.day for e in entries]),
        "ClosedOn": dates(world.calendar, [e.closed for e in entries]),
        "AnnualAmount": money(12 * e.deal.mrr for e in entries),
        "Currency": pick(CURRENCIES, world.customers.currency[accounts]),
        "Stage": [e.stage for e in entries],
        "IsWon": [e.won for e in entries],
    }


def _deals(world: World, contract: Contract) -> Iterator[Deal]:
    account, start, last = contract.terms.account, contract.terms.start, world.calendar.last
    worth = world.outcomes.mrr[account]
    if start > 0:
        yield Deal(start - 60, account, "New Business", start - 3, won=True, mrr=contract.held[0][2])
    for outcome in contract.outcomes:
        day = outcome.day
        if outcome.type == "expanded":
            yield Deal(day - 30, account, "Upsell", day - 1, won=True, mrr=outcome.mrr)
        elif outcome.type in {"renewed", "churned"} and day > 0 and not contract.terms.monthly:
            won = outcome.type == "renewed"
            closed = day - (1 if won else SAID)
            yield Deal(day - PIPELINE, account, "Renewal", closed, won, int(worth[min(day, last + 1) - 1]))
    if contract.churned == NEVER and contract.end - PIPELINE < last <= contract.end:
        yield Deal(contract.end + 1 - PIPELINE, account, "Renewal", NEVER, won=False, mrr=int(worth[last]))


def _entries(number: int, deal: Deal, last: int) -> Iterator[Entry]:
    if deal.opened <= last:
        yield Entry(number, deal, deal.opened, "Negotiation", NEVER, None)
    if deal.closed <= last:
        stage = "Closed Won" if deal.won else "Closed Lost"
        yield Entry(number, deal, deal.closed, stage, deal.closed, "true" if deal.won else "false")
