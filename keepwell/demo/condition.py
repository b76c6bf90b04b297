"""The hidden condition of each customer: it drifts back to its own mean, and shocks move it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keepwell.demo.calendar import AHEAD, BAD_RELEASES, WARM_UP, Calendar
from keepwell.demo.chance import Floats, Ints, stream
from keepwell.demo.customers import CHILD, Customers

MEMORY = 130  # days after which a third of a drift is left
RAMP = 14  # days a shock takes to be felt


@dataclass(frozen=True)
class Shock:
    """Something that happens to a customer; `size` in standard deviations of the condition."""

    name: str
    a_year: float
    size: float
    lasts: float  # days


CHAMPION_LEAVES, MERGER, BUDGET_CUT, ENTHUSIASM, BAD_RELEASE = range(5)
SHOCKS = (
    Shock("champion leaves", 0.16, -1.3, 260),
    Shock("merger", 0.04, -1.2, 500),
    Shock("budget cut", 0.09, -1.1, 320),
    Shock("sponsor enthusiasm", 0.16, 1.0, 260),
    Shock("bad release", 0.0, -0.7, 80),  # on fixed days, for a third of the customers
)


@dataclass(frozen=True)
class Condition:
    """`values` is accounts × simulated days; column `WARM_UP` is day 0 of the calendar."""

    values: Floats
    shocked: Ints  # positions into SHOCKS
    accounts: Ints
    days: Ints

    def window(self, days: int) -> Floats:
        """The part inside the window: accounts × days."""
        return self.values[:, WARM_UP : WARM_UP + days]

    def of(self, shock: int) -> tuple[Ints, Ints]:
        """Accounts and days of one kind of shock."""
        chosen = self.shocked == shock
        return self.accounts[chosen], self.days[chosen]


def condition(calendar: Calendar, customers: Customers, seed: int) -> Condition:
    """Draw the condition of every account on every simulated day; mean near 0, deviation near 1."""
    rng = stream(seed, "condition")
    total = WARM_UP + calendar.days + AHEAD
    shocked, accounts, days = _shocks(rng, calendar, len(customers), total)
    values = _drift(rng, len(customers), total) + _effects(rng, (shocked, accounts, days), len(customers), total)
    values += rng.normal(0.12, 0.55, len(customers))[:, None]
    child = np.flatnonzero(customers.kind == CHILD)
    values[child] = values[customers.holder[child]] + 0.35 * values[child]
    return Condition(values, shocked, accounts, days - WARM_UP)


def _shocks(rng: np.random.Generator, calendar: Calendar, accounts: int, total: int) -> tuple[Ints, Ints, Ints]:
    """Kind, account and column of each shock, in order of time."""
    found = []
    for kind, shock in enumerate(SHOCKS):
        rows, columns = np.nonzero(rng.random((accounts, total), dtype=np.float32) < shock.a_year / 365)
        found.append((np.full(len(rows), kind), rows, columns))
    for release in BAD_RELEASES:
        rows = np.flatnonzero(rng.random(accounts) < 0.33)
        column = calendar.number(release) + WARM_UP
        if 0 <= column < total:
            found.append((np.full(len(rows), BAD_RELEASE), rows, np.full(len(rows), column)))
    kinds, rows, columns = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((rows, kinds, columns))
    return kinds[order], rows[order], columns[order]


def _drift(rng: np.random.Generator, accounts: int, total: int) -> Floats:
    values = np.empty((total, accounts))
    now = rng.normal(0, 0.55, accounts)
    for day in range(total):
        now = now * (1 - 1 / MEMORY) + rng.normal(0, 0.55 * (2 / MEMORY) ** 0.5, accounts)
        values[day] = now
    return values.T.copy()


def _effects(rng: np.random.Generator, shocks: tuple[Ints, Ints, Ints], accounts: int, total: int) -> Floats:
    """Sum of all shocks as felt: each fades with its own life, and needs `RAMP` days to be felt."""
    kinds, rows, columns = shocks
    sizes = np.array([s.size for s in SHOCKS])[kinds] * rng.uniform(0.6, 1.4, len(kinds))
    fade = 1 - 1 / np.array([s.lasts for s in SHOCKS])[:, None]
    borders = np.searchsorted(columns, np.arange(total + 1))
    force, felt = np.zeros((len(SHOCKS), accounts)), np.zeros(accounts)
    values = np.empty((total, accounts))
    for day in range(total):
        today = slice(borders[day], borders[day + 1])
        force *= fade
        np.add.at(force, (kinds[today], rows[today]), sizes[today])
        felt += (force.sum(axis=0) - felt) / RAMP
        values[day] = felt
    return values.T.copy()
