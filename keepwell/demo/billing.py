"""Invoices and how they are paid: a customer in trouble pays later, disputes, or its card is declined."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keepwell.demo.calendar import NEVER
from keepwell.demo.chance import Flags, Floats, Ints
from keepwell.demo.contract import TERM
from keepwell.demo.customers import CURRENCIES
from keepwell.demo.world import World

MONTHS = (1, 3, 12)  # how many an invoice covers
MONTHS_SHARES = ((0.7, 0.2, 0.1), (0.25, 0.55, 0.2), (0.1, 0.55, 0.35))  # by size
NET = 30  # days to pay
METHODS = ("card", "debit", "transfer")
METHOD_SHARES = ((0.5, 0.3, 0.2), (0.1, 0.3, 0.6), (0.0, 0.1, 0.9))  # by size
RATES = {"USD": 0.918, "GBP": 1.172}  # euros a unit, on average


@dataclass(frozen=True)
class Invoices:
    """Invoices in order of issue; days NEVER where they did not come; `amount` in cents."""

    account: Ints
    issued: Ints
    due: Ints
    paid: Ints
    amount: Ints
    disputed: Ints
    settled: Ints  # the dispute
    void: Ints

    def __len__(self) -> int:
        return len(self.account)


@dataclass(frozen=True)
class Payments:
    """Attempts to collect by card or debit, and transfers that came in; in order of invoices."""

    invoice: Ints
    day: Ints
    succeeded: Flags


@dataclass(frozen=True)
class Billing:
    """All money; `method` by account."""

    method: Ints
    invoices: Invoices
    payments: Payments


def billing(world: World) -> Billing:
    """Draw the invoices of the window and their payments."""
    rng = world.stream("billing")
    size = world.customers.size
    method = (rng.random(len(size))[:, None] > np.cumsum(np.array(METHOD_SHARES), axis=1)[size]).sum(axis=1)
    account, issued, months = _issued(world, rng)
    mood = world.mood[account, issued]
    paid = issued + _days_to_pay(rng, mood, method[account], rng.normal(0, 5, len(size))[account])
    amount = world.outcomes.mrr[account, issued] * months
    disputed = np.where(
        rng.random(len(account)) < 0.008 * np.exp(-0.9 * mood), issued + rng.integers(3, 20, len(account)), NEVER
    )
    settled = np.where(disputed < NEVER, disputed + rng.integers(15, 70, len(account)), NEVER)
    unpaid = (world.outcomes.churned[account] < issued + 20) & (rng.random(len(account)) < 0.4)
    void = np.where(unpaid, issued + 60, NEVER)
    paid = np.where(unpaid, NEVER, np.where(disputed < NEVER, np.maximum(paid, settled + 4), paid))
    invoices = Invoices(account, issued, issued + NET, paid, amount, disputed, settled, void)
    return Billing(method, invoices, _payments(invoices, method))


def _issued(world: World, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Account, day and months covered of each invoice."""
    size = world.customers.size
    every = (rng.random(len(size))[:, None] > np.cumsum(np.array(MONTHS_SHARES), axis=1)[size]).sum(axis=1)
    rows = []
    for contract in world.outcomes.contracts:
        terms = contract.terms
        months = 1 if terms.monthly else MONTHS[every[terms.account]]
        for number in range(4_000 // (30 * months)):
            years, part = divmod(number * months, 12)
            day = terms.start + years * TERM + part * TERM // 12
            if 0 <= day < min(contract.churned, world.calendar.days):
                rows.append((day, terms.account, months))
    day, account, count = np.array(sorted(rows)).T
    return account, day, count


def _days_to_pay(rng: np.random.Generator, mood: Floats, method: Ints, habit: Floats) -> Ints:
    """Card and debit pay within days unless declined; transfers come near the due day, later in trouble."""
    late = np.exp(rng.normal(0, 0.5, len(mood)) - 0.75 * mood) * 6
    transfer = 21 + habit + late
    declined = rng.random(len(mood)) < 0.035 * np.exp(-0.8 * mood)
    collected = np.where(declined, 6 + rng.exponential(14, len(mood)), 2)
    days = np.where(method == METHODS.index("transfer"), transfer, collected)
    return np.asarray(np.rint(np.clip(days, 1, 160)), dtype=np.int64)


def _payments(invoices: Invoices, method: Ints) -> Payments:
    """One success on the day of payment; before it, a failure every few days since the second day."""
    rows = []
    for number, (account, issued, paid) in enumerate(
        zip(invoices.account, invoices.issued, invoices.paid, strict=True)
    ):
        if method[account] != METHODS.index("transfer"):
            tries = range(int(issued) + 2, int(min(paid, issued + 60)), 5)
            rows += [(number, day, 0) for day in tries]
        if paid < NEVER:
            rows.append((number, int(paid), 1))
    number_, day_, succeeded = np.array(rows).T
    return Payments(number_, day_, succeeded.astype(np.bool_))


def rates(world: World) -> list[tuple[int, str, float]]:
    """Day, currency and euros a unit, at every month's first day and the day before the window."""
    rng = world.stream("rates")
    days = [-1, *(int(d) + 1 for d in world.calendar.month_ends() if d < world.calendar.last)]
    found = []
    for currency in CURRENCIES[1:]:
        walk = RATES[currency] * np.exp(np.cumsum(rng.normal(0, 0.008, len(days))))
        found += [(day, currency, round(float(rate), 6)) for day, rate in zip(days, walk, strict=True)]
    return sorted(found)
