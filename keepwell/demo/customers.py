"""Who the customers are: names, size, plan, contract start, groups of companies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keepwell.demo.calendar import Calendar
from keepwell.demo.chance import Flags, Floats, Ints, stream
from keepwell.demo.names import BACK, FRONT

CUSTOMER, GROUP, HOLDER, CHILD, SERVICES = range(5)
"""Own contract; a parent without one; a parent whose contract covers its children; such a child; no product."""

PLANS = ("basic", "pro", "enterprise")
LIST_PRICE = np.array([45.0, 75.0, 105.0])  # a seat a month
SIZES = ("S", "M", "E")
SHARES = (0.55, 0.32, 0.13)
SEATS = ((5, 24), (30, 72), (92, 160))
PLAN_SHARES = ((0.6, 0.4, 0.0), (0.0, 0.75, 0.25), (0.0, 0.0, 1.0))
CURRENCIES = ("EUR", "USD", "GBP")
COUNTRIES = {"EUR": ("DE", "AT", "NL", "FR"), "USD": ("US", "CA"), "GBP": ("GB",)}
INDUSTRIES = ("Logistics", "Retail", "Manufacturing", "Health", "Energy", "Media", "Education", "Finance")


@dataclass(frozen=True)
class Customers:
    """One entry per account in every array; days are calendar numbers, `parent` and `holder` positions or −1."""

    ids: list[str]
    names: list[str]
    kind: Ints
    parent: Ints
    holder: Ints  # whose contract counts; −1 for a group without one
    size: Ints
    plan: Ints
    seats: Ints  # people meant to use it at the start
    price: Floats  # per seat and month, major units of the contract's currency
    currency: Ints
    start: Ints
    monthly: Flags  # month to month, without a term
    renews: Flags  # by itself, unless cancelled
    addon: Flags
    industry: Ints
    growth: Floats  # how much it leans to growing

    def __len__(self) -> int:
        return len(self.ids)

    def contract_seats(self) -> Ints:
        """Seats of each contract at its start: the holder's own and its children's."""
        total = np.zeros(len(self), dtype=np.int64)
        held = self.holder >= 0
        np.add.at(total, self.holder[held], self.seats[held])
        return total

    def country(self, account: int) -> str:
        """Where an account is invoiced."""
        places = COUNTRIES[CURRENCIES[self.currency[account]]]
        return places[account % len(places)]


def customers(calendar: Calendar, accounts: int, seed: int) -> Customers:
    """Draw the customer base; about half were there before the window, the rest join throughout."""
    rng = stream(seed, "customers")
    kind, parent, holder = _groups(rng, accounts)
    size = rng.choice(3, accounts, p=SHARES)
    size = np.where(kind == HOLDER, 2, np.where(kind == CHILD, 1, size))
    low, high = np.array(SEATS).T
    seats = np.rint(low[size] + (high - low)[size] * rng.beta(1.3, 2.6, accounts)).astype(np.int64)
    chance = rng.random(accounts)
    plan = (chance[:, None] > np.cumsum(np.array(PLAN_SHARES), axis=1)[size]).sum(axis=1)
    price = np.round(LIST_PRICE[plan] * (1 - rng.uniform(0, 0.1, accounts)), 2)
    start = _starts(rng, calendar, accounts)
    currency = rng.choice(3, accounts, p=(0.82, 0.12, 0.06))
    child = kind == CHILD
    for values in (plan, start, currency):
        values[child] = values[holder[child]]
    seats[(kind == GROUP) | (kind == SERVICES)] = 0
    return Customers(
        ids=[f"A-{n + 1:04d}" for n in range(accounts)],
        names=_names(rng, accounts),
        kind=kind,
        parent=parent,
        holder=holder,
        size=size,
        plan=plan,
        seats=seats,
        price=price,
        currency=currency,
        start=start,
        monthly=(size == 0) & (kind == CUSTOMER) & (rng.random(accounts) < 0.2),
        renews=rng.random(accounts) < 0.6,
        addon=(size > 0) & (kind != SERVICES) & (rng.random(accounts) < 0.35),
        industry=rng.integers(0, len(INDUSTRIES), accounts),
        growth=rng.normal(0, 0.5, accounts),
    )


def _groups(rng: np.random.Generator, accounts: int) -> tuple[Ints, Ints, Ints]:
    """One group for every 32 accounts, every third of them with one contract for all; a few services clients."""
    kind = np.full(accounts, CUSTOMER)
    parent = np.full(accounts, -1)
    holder = np.arange(accounts)
    free = list(rng.permutation(accounts))
    for group in range(max(2, accounts // 32)):
        head, *members = (int(free.pop()) for _ in range(3 + int(rng.random() < 0.5)))
        parent[members] = head
        kind[head] = HOLDER if group % 3 == 0 else GROUP
        holder[head] = head if group % 3 == 0 else -1
        if group % 3 == 0:
            kind[members], holder[members] = CHILD, head
    for _ in range(max(1, accounts // 40)):
        kind[int(free.pop())] = SERVICES
    return kind, parent, holder


def _starts(rng: np.random.Generator, calendar: Calendar, accounts: int) -> Ints:
    before = -rng.integers(1, 1_200, accounts)
    during = rng.integers(1, calendar.days - 7, accounts)
    return np.where(rng.random(accounts) < 0.58, before, during)


def _names(rng: np.random.Generator, accounts: int) -> list[str]:
    fronts, backs = FRONT.split(), BACK.split()
    pairs = rng.permutation(len(fronts) * len(backs))
    names = []
    for n in range(accounts):
        front, back = divmod(int(pairs[n % len(pairs)]), len(backs))
        number = f" {n // len(pairs) + 1}" if n >= len(pairs) else ""
        names.append(f"{fronts[front]} {backs[back]}{number}")
    return names
