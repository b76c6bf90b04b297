"""A signal is a named measure over facts; a reading is its value for one account as of a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Status(StrEnum):
    """How much a reading can be relied on (SEMANTICS, rule 8)."""

    FRESH = "fresh"
    STALE = "stale"  # the source fell silent: held as of its watermark, outside coverage
    MISSING = "missing"  # should exist and does not: stays in the coverage denominator
    NOT_APPLICABLE = "not_applicable"  # cannot exist for this account: leaves the denominator


class Clock(StrEnum):
    """Who moved the value when it changed (SEMANTICS, rule 14)."""

    BEHAVIOUR = "behaviour"  # somebody did something
    SILENCE = "silence"  # days since: the customer's or our own quiet
    CALENDAR = "calendar"  # ages and days until a date: nobody did anything


class Better(StrEnum):
    """Which direction is good; `MIDDLE` for two-sided measures, `KIND` for categories."""

    HIGHER = "higher"
    LOWER = "lower"
    MIDDLE = "middle"
    KIND = "kind"


@dataclass(frozen=True)
class Unit:
    """How a stored integer reads: stored = shown × scale.

    >>> PERCENT.show(412_500)
    '41.3'
    >>> DAYS.show(-3)
    '-3'
    """

    name: str
    scale: int = 1

    def show(self, stored: int) -> str:
        """The value as a person reads it, at most one decimal, half away from zero."""
        tenths = (abs(stored) * 20 + self.scale) // (2 * self.scale)
        whole, tenth = divmod(tenths, 10)
        sign = "-" if stored < 0 and tenths else ""
        return f"{sign}{whole}.{tenth}" if tenth else f"{sign}{whole}"


PERCENT = Unit("%", 10_000)  # parts per million of the ratio
PERCENT_POINTS = Unit("pts", 10_000)
DAYS = Unit("days")
COUNT = Unit("count")
WEEKS = Unit("weeks")
PEOPLE = Unit("people")
POINTS = Unit("points", 1_000)
SCORE = Unit("score")  # answers on a survey's own scale
MONEY = Unit("money", 100)
HOURS = Unit("hours", 3_600)  # stored in seconds
KIND = Unit("kind")  # index into the signal's categories
UNITS = {u.name: u for u in (PERCENT, PERCENT_POINTS, DAYS, COUNT, WEEKS, PEOPLE, POINTS, SCORE, MONEY, HOURS, KIND)}


@dataclass(frozen=True)
class Window:
    """Days back from the day a source is read: age in [until, since).

    `Window(28)` is the last 28 days, `Window(56, 28)` the 28 days before them. Ages
    leave out the days a source lost for good, so that windows lengthen by them.
    """

    since: int
    until: int = 0


@dataclass(frozen=True)
class Part:
    """One aggregate over the known facts of one kind, per account and as-of date.

    `how` is an SQL aggregate over the kind's columns and `age` (days back, 0 = the day
    the source is read), `day` (the fact's local day), `as_of`, `read_day`. With `per`,
    facts are first grouped by those expressions with `inner`, whose result `how` reads as `x`.

    >>> Part("active", "usage", "count_if(x > 0)", window=Window(28), per="person", inner="sum(uses)").per
    'person'
    """

    name: str
    facts: str
    how: str
    where: str = ""
    window: Window | None = None
    per: str = ""
    inner: str = ""
    text: bool = False  # a VARCHAR for sentences, not a number


@dataclass(frozen=True)
class Detail:
    """A named figure over a signal's parts, earlier details and account attributes, for its value and its sentence."""

    name: str
    how: str
    text: bool = False  # a VARCHAR


@dataclass(frozen=True)
class Band:
    """A default band of the catalogue: 100 points at `healthy`, 20 at `poor`, in shown units.

    A two-sided measure has a second pair: healthy up to `upper[0]`, poor from `upper[1]`.
    """

    healthy: float
    poor: float
    upper: tuple[float, float] | None = None


@dataclass(frozen=True)
class Signal:
    """The whole recipe of a signal, compiled to SQL by `keepwell.signals`.

    `value`, `needs` and `applies` are SQL scalar expressions over the parts' names,
    `as_of`, `read_day` and account attributes (`a_seats`, `a_mrr_minor`, ..).
    `value` yields the integer in `unit`'s scale; when `needs` is not true the reading is
    missing; when `applies` is not true it is not applicable.
    """

    name: str
    title: str
    family: str
    system: str  # the kind of source: crm, product, support, billing, survey, meetings, plan
    facts: str  # the main fact kind: whose source must cover the account and be fresh
    parts: tuple[Part, ...]
    value: str
    unit: Unit
    better: Better
    sentence: str
    next_step: str
    least: int | None = 0  # that a reading can be, in shown units; None: any
    most: int | None = None
    needs: str = ""
    applies: str = ""
    feed_days: int | None = None  # stale when the source's watermark is older
    lookback_days: int | None = None  # how far back a statement is read at all
    clock: Clock = Clock.BEHAVIOUR
    inherited: bool = False  # read from the contract-holding ancestor
    observed: str = ""  # expression of the newest fact's day; default: the newest day among the parts' facts
    bands: dict[str, Band | None] | None = None  # by segment, "*" for all; None: not applicable there
    categories: tuple[str, ...] = ()  # for unit `kind`: value = index
    play: str = ""
    window_note: str = ""  # how the window reads to a person
    counted: bool = True  # False: an indicator, shown and never counted by default
    details: tuple[
        Detail, ...
    ] = ()  # named expressions over the parts, usable in `value`, `needs`, `applies`, `observed`
    sql: str = ""  # a project's own select(account, value), instead of parts

    @property
    def of_products(self) -> bool:
        """Whether it applies only to accounts that are known to have a product."""
        return "a_has_product" in self.applies


@dataclass(frozen=True)
class Reading:
    """A signal's value for one account as of a date."""

    account_id: str
    as_of: date
    signal: str
    value: int | None
    status: Status
    observed_at: date | None
    details: dict[str, int | str | None]
