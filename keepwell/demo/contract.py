"""One customer's contract through time: signed, grown, renewed, contracted or churned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from math import exp

from keepwell.demo.calendar import NEVER

PLATFORM, FORECAST, ADVISORY = range(3)
PRODUCTS = ("Fernhill Platform", "Fernhill Forecast", "Advisory Services")
TERM, MONTH, QUARTER = 365, 30, 91  # days
NOTICE, MONTHLY_NOTICE = 30, 14  # days before the end by which a customer that leaves says so
CHURN_LEVEL = (-2.3, -3.1, -3.8)  # log odds at a renewal of an average S, M, E customer
MONTHLY_LEVEL = -5.0  # log odds a month, where there is no term
CHURN_SLOPE = 1.7
REASONS = ("price", "product fit", "service", "budget", "competitor", "acquired")


def chance(odds: float) -> float:
    """The chance that has these log odds."""
    return 1.0 / (1.0 + exp(-odds))


@dataclass(frozen=True)
class Line:
    """A contract line; one that renews itself goes on, another ends with its term."""

    id: str
    account: int
    product: int
    start: int


@dataclass(frozen=True)
class Change:
    """What is written of a line from a day on; `end` is the term's last day (NEVER: none), `mrr` cents a month."""

    line: int  # position among the contract's lines
    day: int
    seats: int
    mrr: int
    end: int
    cancelled: int = NEVER  # day on which a cancellation takes effect


@dataclass(frozen=True)
class Outcome:
    """What became of a contract on a day; `mrr` is the change in cents a month."""

    account: int
    day: int
    type: str  # renewed, churned, contracted, expanded
    reason: str
    mrr: int


@dataclass(frozen=True)
class Terms:
    """What a contract starts with; `price` a seat and month, `fee` a month for advice, in major units."""

    account: int
    size: int
    start: int
    seats: int
    price: float
    fee: float
    monthly: bool  # no term
    renews: bool  # by itself, unless cancelled
    addon: bool
    growth: float


@dataclass
class Contract:
    """Runs one contract; `lagged(day)` is the condition that an outcome on that day follows."""

    terms: Terms
    lagged: Callable[[int], float]
    luck: Iterator[float]
    lines: list[Line] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    chances: list[tuple[int, float]] = field(default_factory=list)  # day, chance to churn on it
    held: list[tuple[int, int, int]] = field(default_factory=list)  # from day: seats, cents a month
    churned: int = NEVER

    def run(self, last: int, horizon: int) -> None:
        """Live until churn; until `horizon` the chances are noted, after `last` nothing grows."""
        self.seats, self.price = self.terms.seats, self.terms.price
        self.total, self.number = 0, 0
        self.open: dict[int, int] = {}  # product → position of its line
        start = self.terms.start
        self._sign(start, self._first_products())
        step = MONTH if self.terms.monthly else TERM
        while (decision := start + step) < horizon:
            if self.churned == NEVER:
                self._grow(start, last)
            if decision > 0:
                self._decide(decision)
            if self.churned == NEVER and decision <= last and not self.terms.monthly:
                self._renew(decision)
            start = decision

    def _first_products(self) -> list[int]:
        if self.terms.fee:
            return [ADVISORY]
        return [PLATFORM, FORECAST] if self.terms.addon else [PLATFORM]

    def _sign(self, day: int, products: list[int]) -> int:
        """Begin a term, on the lines of the last one where they go on; the difference in cents a month."""
        self.number += 1
        self.end = NEVER if self.terms.monthly else day + TERM - 1
        for product in products:
            if product in self.open and self.terms.renews:
                continue
            self.open[product] = len(self.lines)
            line_id = f"SUB-{self.terms.account + 1:05d}-{'PFA'[product]}{self.number}"
            self.lines.append(Line(line_id, self.terms.account, product, day))
        return self._write(day)

    def _write(self, day: int) -> int:
        """Note what the open lines hold from `day` on; the difference in cents a month."""
        for product, line in self.open.items():
            self.changes.append(self._change(product, line, day))
        before, self.total = self.total, sum(self._worth(product) for product in self.open)
        self.held.append((day, self.seats, self.total))
        return self.total - before

    def _change(self, product: int, line: int, day: int) -> Change:
        seats = self.seats if product == PLATFORM else 0
        return Change(line, day, seats, self._worth(product), self.end)

    def _worth(self, product: int) -> int:
        """Cents a month."""
        if product == ADVISORY:
            return round(self.terms.fee * 100)
        return round(self.seats * self.price * (100 if product == PLATFORM else 18))

    def _cancel(self, product: int, day: int) -> None:
        """Close a line; it is written down when notice is given."""
        line = self.open.pop(product)
        notice = day - (MONTHLY_NOTICE if self.terms.monthly else NOTICE)
        self.changes.append(replace(self._change(product, line, notice), cancelled=day))

    def _grow(self, start: int, last: int) -> None:
        """Add seats at a quarter of the term, or at a month's end, when things go well."""
        marks = [start] * (start > self.terms.start) if self.terms.monthly else [start + QUARTER * n for n in (1, 2, 3)]
        level = -3.9 if self.terms.monthly else -2.8
        for day in marks:
            if not 0 < day <= last or self.terms.fee:
                continue
            if next(self.luck) < chance(level + 0.9 * self.lagged(day) + self.terms.growth):
                self.seats += max(1, round(self.seats * (0.08 + 0.27 * next(self.luck))))
                self._note(day, "expanded", "more users", self._write(day))

    def _decide(self, day: int) -> None:
        """Note the chance to churn, and churn with it."""
        level = MONTHLY_LEVEL if self.terms.monthly else CHURN_LEVEL[self.terms.size]
        danger = chance(level - CHURN_SLOPE * self.lagged(day))
        self.chances.append((day, danger))
        if self.churned != NEVER or next(self.luck) >= danger:
            return
        self.churned = day
        for product in list(self.open):
            self._cancel(product, day)
        self._note(day, "churned", REASONS[int(next(self.luck) * len(REASONS))], -self.total)

    def _renew(self, day: int) -> None:
        """Sign the next term, with fewer seats or without the add-on when things go badly."""
        worn = -1.25 * self.lagged(day) if day > 0 else -1.0
        reason = "price list"
        if FORECAST in self.open and next(self.luck) < chance(-1.9 + worn):
            self._cancel(FORECAST, day)
            reason = "add-on cancelled"
        if not self.terms.fee and day > 0 and next(self.luck) < chance(-2.3 + worn):
            self.seats = max(3, round(self.seats * (0.55 + 0.35 * next(self.luck))))
            reason = "fewer users"
        elif next(self.luck) < 0.4:
            self.price = round(self.price * 1.03, 2)
        difference = self._sign(day, list(self.open))
        self._note(day, "renewed", "term ended", 0)
        if reason != "price list":
            self._note(day, "contracted", reason, difference)

    def _note(self, day: int, kind: str, reason: str, mrr: int) -> None:
        self.outcomes.append(Outcome(self.terms.account, day, kind, reason, mrr))
