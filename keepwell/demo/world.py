"""Everything that is simulated before it is exported: the customers, their condition, contracts and people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keepwell.demo.calendar import Calendar
from keepwell.demo.chance import Floats, stream
from keepwell.demo.condition import Condition, condition
from keepwell.demo.customers import Customers, customers
from keepwell.demo.outcomes import Outcomes, outcomes
from keepwell.demo.people import Owners, People, owners, people


@dataclass(frozen=True)
class World:
    """One simulated company; matrices are accounts × days of the window."""

    seed: int
    calendar: Calendar
    customers: Customers
    state: Condition
    outcomes: Outcomes
    people: People
    owners: Owners

    @classmethod
    def simulate(cls, accounts: int, months: int, seed: int) -> World:
        """Draw a company of `accounts` accounts over the last `months` months."""
        calendar = Calendar.of(months)
        base = customers(calendar, accounts, seed)
        state = condition(calendar, base, seed)
        return cls(
            seed=seed,
            calendar=calendar,
            customers=base,
            state=state,
            outcomes=outcomes(calendar, base, state, seed),
            people=people(calendar, base, state, seed),
            owners=owners(calendar, base, seed),
        )

    @property
    def mood(self) -> Floats:
        """The condition in the window."""
        return self.state.window(self.calendar.days)

    @property
    def office(self) -> Floats:
        """How much contact an account has on a day: 0 without a contract, 1 on a working day under one."""
        return np.where(self.outcomes.live, self.calendar.rhythm(), 0.0)

    def stream(self, name: str) -> np.random.Generator:
        """The random stream of one part."""
        return stream(self.seed, name)
