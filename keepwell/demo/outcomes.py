"""What became of all contracts, and the true chance to churn behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keepwell.demo.calendar import AHEAD, NEVER, WARM_UP, Calendar
from keepwell.demo.chance import Flags, Floats, Ints, stream
from keepwell.demo.condition import Condition
from keepwell.demo.contract import Contract, Terms
from keepwell.demo.customers import CHILD, GROUP, SERVICES, Customers

LAG = (120, 60)  # an outcome follows the mean condition of these days before it
HORIZONS = (30, 90, 180, 365)
DRAWS = 400  # random numbers one contract may need


@dataclass(frozen=True)
class Outcomes:
    """Contracts in the order of their accounts; the matrices are accounts × days of the window."""

    contracts: list[Contract]
    churned: Ints  # first day without a contract, NEVER if none; children go with their holder
    live: Flags  # whether a contract covers the account
    seats: Ints  # people meant to use the account, 0 where nothing covers it
    mrr: Ints  # cents a month of the account's own contract


def outcomes(calendar: Calendar, customers: Customers, state: Condition, seed: int) -> Outcomes:
    """Run every contract to the end of the simulation."""
    past = np.cumsum(np.pad(state.values, ((0, 0), (1, 0))), axis=1)
    luck = stream(seed, "outcomes").random((len(customers), DRAWS))
    seats = customers.contract_seats()
    contracts = []
    for account in np.flatnonzero((customers.kind != CHILD) & (customers.kind != GROUP)):
        terms = _terms(customers, int(account), int(seats[account]), float(luck[account, 0]))
        contract = Contract(terms, _Lagged(past[account]), iter(luck[account, 1:].tolist()))
        contract.run(calendar.last, calendar.days + AHEAD)
        contracts.append(contract)
    return _gather(calendar, customers, contracts)


@dataclass(frozen=True)
class _Lagged:
    """Mean condition of the days that an outcome on a day follows; `past` is its running sum."""

    past: Floats

    def __call__(self, day: int) -> float:
        first, end = (day + WARM_UP - lag for lag in LAG)
        return float(self.past[end] - self.past[first]) / (LAG[0] - LAG[1])


def _terms(customers: Customers, account: int, seats: int, luck: float) -> Terms:
    services = customers.kind[account] == SERVICES
    return Terms(
        account=account,
        size=int(customers.size[account]),
        start=int(customers.start[account]),
        seats=seats,
        price=float(customers.price[account]),
        fee=round(1_500 + 6_500 * luck) if services else 0,
        monthly=bool(customers.monthly[account]),
        renews=bool(customers.renews[account]),
        addon=bool(customers.addon[account]),
        growth=float(customers.growth[account]),
    )


def _gather(calendar: Calendar, customers: Customers, contracts: list[Contract]) -> Outcomes:
    shape = (len(customers), calendar.days)
    held, mrr = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    churned, live = np.full(len(customers), NEVER), np.zeros(shape, dtype=np.bool_)
    for contract in contracts:
        account = contract.terms.account
        for day, seats, total in contract.held:
            held[account, max(day, 0) :], mrr[account, max(day, 0) :] = seats, total
        churned[account] = contract.churned
        days = slice(max(contract.terms.start, 0), min(contract.churned, calendar.days))
        live[account, days] = True
        mrr[account, contract.churned :] = 0
    under = np.flatnonzero(customers.holder >= 0)
    churned[under], live[under] = churned[customers.holder[under]], live[customers.holder[under]]
    return Outcomes(contracts, churned, live, _shares(customers, held, live), mrr)


def _shares(customers: Customers, held: Ints, live: Flags) -> Ints:
    """Each account's share of its contract's seats, in the proportion of the start."""
    at_start = np.maximum(customers.contract_seats(), 1)
    share = customers.seats / at_start[customers.holder]
    return np.where(live, np.rint(held[customers.holder] * share[:, None]), 0).astype(np.int64)


def true_chances(calendar: Calendar, customers: Customers, result: Outcomes) -> tuple[Ints, Ints, Floats]:
    """Accounts and month ends under contract, and the chance to churn within each of `HORIZONS`.

    The chance is the one behind the dice, given the condition as it went on after the month end too.
    """
    ends = calendar.month_ends()
    logs = np.zeros((len(customers), calendar.days + AHEAD + 1))
    for contract in result.contracts:
        for day, danger in contract.chances:
            logs[contract.terms.account, day + 1] += np.log1p(-danger)
    stay = np.cumsum(logs, axis=1)
    chances = np.stack([1 - np.exp(stay[:, ends + h + 1] - stay[:, ends + 1]) for h in HORIZONS], axis=-1)
    under = np.flatnonzero(customers.holder >= 0)
    chances[under] = chances[customers.holder[under]]
    accounts, months = np.nonzero(result.live[:, ends])
    return accounts, ends[months], chances[accounts, months]
