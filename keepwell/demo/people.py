"""People at the customers: their roles, when they came and left; and who at Fernhill looks after an account."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keepwell.demo.calendar import NEVER, Calendar
from keepwell.demo.chance import Flags, Ints, expand, stream
from keepwell.demo.condition import CHAMPION_LEAVES, Condition
from keepwell.demo.customers import GROUP, Customers
from keepwell.demo.names import FAMILY, GIVEN

CHAMPION, DECIDER, SPONSOR, PAYER, USER = range(5)
TITLES = ("Champion", "Economic Buyer", "Executive Sponsor", "Accounts Payable", "End User")
NAMED = ((0.7, 0.5, 0.05, 0.8), (0.85, 0.85, 0.4, 0.95), (0.92, 0.95, 0.85, 1.0))  # by size: share with such a person
USERS = ((1, 2), (2, 4), (4, 8))  # end users known to the CRM, by size
SUCCESSOR = 0.6  # share of champions who left that are replaced
CSM_LOAD = 45  # accounts a success manager looks after


@dataclass(frozen=True)
class People:
    """Contacts as the CRM knows them, one entry per person, accounts ascending."""

    account: Ints
    role: Ints
    joined: Ints
    left: Ints
    bounced: Ints
    primary: Flags
    names: list[str]
    emails: list[str]

    def present(self, accounts: Ints, days: Ints) -> tuple[Ints, Ints]:
        """For events at (accounts, days): pairs of event and contact who was there on the day."""
        first = np.searchsorted(self.account, accounts)
        counts = np.searchsorted(self.account, accounts, side="right") - first
        event, rank = expand(counts)
        contact = first[event] + rank
        there = (self.joined[contact] <= days[event]) & (days[event] < self.left[contact])
        return event[there], contact[there]


def people(calendar: Calendar, customers: Customers, state: Condition, seed: int) -> People:
    """Draw the contacts; a champion who leaves does so on the day of that shock."""
    rng = stream(seed, "people")
    rows = np.array([row for account in range(len(customers)) for row in _roles(rng, customers, account)])
    account, role = rows[:, 0], rows[:, 1]
    joined = customers.start[account] - rng.integers(-5, 40, len(rows))
    late = (role == USER) & (rng.random(len(rows)) < 0.4)
    joined = np.where(late, joined + rng.integers(30, 500, len(rows)), joined)
    left = np.where(rng.random(len(rows)) < 0.18, joined + rng.integers(150, 1_500, len(rows)), NEVER)
    left[role == CHAMPION] = NEVER
    table = _succeed(rng, state, np.stack([account, role, joined, left], axis=1))
    table = table[table[:, 2] <= calendar.last]
    account, role, joined, left = table[np.lexsort((table[:, 2], table[:, 1], table[:, 0]))].T
    unnoticed = (rng.random(len(account)) < 0.15) & (left <= calendar.last)
    names, emails = _names(rng, customers, account)
    primary = np.zeros(len(account), dtype=np.bool_)
    primary[np.unique(account, return_index=True)[1]] = True
    return People(account, role, joined, left, np.where(unnoticed, left + 3, NEVER), primary, names, emails)


def _roles(rng: np.random.Generator, customers: Customers, account: int) -> list[tuple[int, int]]:
    if customers.kind[account] == GROUP:
        return [(account, DECIDER), (account, SPONSOR)]
    size = int(customers.size[account])
    named = [(account, role) for role in (CHAMPION, DECIDER, SPONSOR, PAYER) if rng.random() < NAMED[size][role]]
    return named + [(account, USER)] * int(rng.integers(*USERS[size], endpoint=True))


def _succeed(rng: np.random.Generator, state: Condition, table: Ints) -> Ints:
    """Let champions leave, and name a successor for some; columns: account, role, joined, left."""
    new: list[tuple[int, int, int, int]] = []
    seat = {int(table[k, 0]): int(k) for k in np.flatnonzero(table[:, 1] == CHAMPION)}
    for who, day in zip(*state.of(CHAMPION_LEAVES), strict=True):
        place = seat.get(int(who))
        if place is None or day <= table[place, 2]:
            continue
        table[seat.pop(int(who)), 3] = day
        if rng.random() < SUCCESSOR:
            new.append((int(who), CHAMPION, int(day + rng.integers(15, 90)), NEVER))
    return np.concatenate([table, np.array(new, dtype=np.int64).reshape(-1, 4)])


def _names(rng: np.random.Generator, customers: Customers, account: Ints) -> tuple[list[str], list[str]]:
    givens, families = GIVEN.split(), FAMILY.split()
    given, family = rng.integers(0, len(givens), len(account)), rng.integers(0, len(families), len(account))
    names, emails = [], []
    taken: set[str] = set()
    for owner, g, f in zip(account, given, family, strict=True):
        domain = customers.names[owner].lower().replace(" ", "-") + ".example"
        local = f"{givens[g]}.{families[f]}".lower()
        number = 2
        while f"{local}@{domain}" in taken:
            local, number = f"{givens[g]}.{families[f]}{number}".lower(), number + 1
        taken.add(f"{local}@{domain}")
        names.append(f"{givens[g]} {families[f]}")
        emails.append(f"{local}@{domain}")
    return names, emails


@dataclass(frozen=True)
class Owners:
    """Who looks after an account from a day on: account, first day, and positions into `managers` and `sellers`."""

    account: Ints
    since: Ints
    manager: Ints
    seller: Ints
    managers: list[str]
    sellers: list[str]


def owners(calendar: Calendar, customers: Customers, seed: int) -> Owners:
    """Draw owners and their changes; one success manager leaves in the middle and the book is shared out."""
    rng = stream(seed, "owners")
    count = len(customers)
    managers = _staff(max(4, count // CSM_LOAD), 3)
    sellers = _staff(max(3, count // 80), 29)
    manager, seller = rng.integers(0, len(managers), count), rng.integers(0, len(sellers), count)
    rows = [(n, int(customers.start[n]), int(manager[n]), int(seller[n])) for n in range(count)]
    goodbye = calendar.days * 2 // 3
    for n in range(count):
        if rng.random() < 0.2:
            day = int(rng.integers(1, calendar.days))
            if customers.start[n] < day < goodbye:
                manager[n] = rng.integers(1, len(managers))
                rows.append((n, day, int(manager[n]), int(seller[n])))
        if manager[n] == 0 and customers.start[n] < goodbye:
            rows.append((n, goodbye, int(rng.integers(1, len(managers))), int(seller[n])))
    found = np.array(sorted(rows))
    return Owners(found[:, 0], found[:, 1], found[:, 2], found[:, 3], managers, sellers)


def _staff(count: int, step: int) -> list[str]:
    """`count` user names of Fernhill's own people, all different."""
    givens, families = GIVEN.split(), FAMILY.split()
    chosen = ((n * (step * 61 + 1) + step) % (len(givens) * len(families)) for n in range(count))
    return [f"{givens[c % len(givens)]}.{families[c // len(givens)]}".lower() for c in chosen]
