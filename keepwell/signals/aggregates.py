"""A project signal's aggregate, window and rate, turned into parts and a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from keepwell.words.problem import nearest
from keepwell.words.reading import HOURS, MONEY, Part, Unit, Window

NEWEST = "{'day': day, 'source': source, 'id': external_id}"
ALREADY_STORED = (MONEY, HOURS)  # their columns hold minor units and seconds
DAYS_OF = {"day": 1, "week": 7, "month": 30}


class Strict(BaseModel):
    """Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _span(value: object) -> object:
    """`28` is the last 28 days, `[56, 28]` the 28 days before them."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = [value, 0]
    if not (isinstance(value, list) and len(value) == 2 and all(isinstance(n, int) for n in value)):
        raise ValueError("a window is a number of days, or [days back to, days back from]; expected 28 or [56, 28]")
    if not value[0] > value[1] >= 0:
        raise ValueError(f"the window {value} holds no day; expected the larger number first")
    return Window(*value)


Span = Annotated[Window, BeforeValidator(_span)]


class Share(Strict):
    """Facts that meet `part`, of those that meet `of` (absent: of all)."""

    part: str
    of: str = ""


class Difference(Strict):
    """A measure now against the same measure before (absent: the window just before)."""

    of: Literal["count"] | dict[Literal["sum", "distinct"], str] = "count"
    before: Span | None = None


class Aggregate(Strict):
    """Exactly one way to make a figure of facts."""

    count: Literal[True] | None = None
    sum: str | None = None
    distinct: str | None = None
    last: str | None = None
    mean: str | None = None
    ratio: Share | None = None
    change: Difference | None = None
    days_since: str | None = None
    days_until: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _by_word(cls, value: object) -> object:
        words = {"count": {"count": True}, "days_since": {"days_since": "day"}, "change": {"change": {}}}
        if isinstance(value, str) and value not in words:
            known = list(cls.model_fields)
            hint = f"'{value}' needs a column: {{{value}: ..}}" if value in known else nearest(value, known)
            raise ValueError(f"unknown aggregate '{value}'; {hint}")
        return words[value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = self.model_fields_set
        if len(given) != 1:
            raise ValueError(
                f"an aggregate is one of {', '.join(sorted(type(self).model_fields))}; found {len(given) or 'none'}"
            )
        return self

    @property
    def name(self) -> str:
        """Which one it is."""
        return next(iter(self.model_fields_set))

    def rewritten(self, how: Callable[[str], str]) -> Aggregate:
        """The same with its SQL put another way."""
        value = getattr(self, self.name)
        if isinstance(value, Share):
            value = Share(part=how(value.part), of=how(value.of))
        elif isinstance(value, Difference) and isinstance(value.of, dict):
            value = value.model_copy(update={"of": {word: how(sql) for word, sql in value.of.items()}})
        elif isinstance(value, str):
            value = how(value)
        return self.model_copy(update={self.name: value})

    def expressions(self) -> list[tuple[tuple[str, ...], str]]:
        """The SQL in it, with the place in the YAML."""
        found: list[tuple[tuple[str, ...], str]] = []
        if self.ratio:
            found = [(("ratio", "part"), self.ratio.part), (("ratio", "of"), self.ratio.of)]
        elif self.change and isinstance(self.change.of, dict):
            found = [(("change", "of", word), sql) for word, sql in self.change.of.items()]
        elif isinstance(text := getattr(self, self.name), str):
            found = [((self.name,), text)]
        return [(("aggregate", *path), sql) for path, sql in found if sql]


@dataclass(frozen=True)
class Asked:
    """What a project asks for, besides the aggregate itself."""

    facts: str
    where: str = ""
    window: Window | None = None
    per: str | None = None
    unit: Unit | None = None
    at_least: int = 0


@dataclass(frozen=True)
class Measure:
    """Parts, value and minimum of a signal."""

    parts: tuple[Part, ...]
    value: str
    needs: str


def measure(aggregate: Aggregate, asked: Asked) -> Measure:
    """The measure that an aggregate stands for.

    >>> measure(Aggregate(count=True), Asked("ticket", window=Window(28), per="week")).value
    'div_round(n * 7, 28)'
    """
    parts, value, sample = _FORMS[aggregate.name](aggregate, asked)
    needs = f"{sample} >= {asked.at_least}" if asked.at_least else ""
    return Measure(parts, _rate(value, aggregate, asked), needs)


def _part(asked: Asked, name: str, how: str, where: str = "", window: Window | None = None) -> Part:
    both = " AND ".join(f"({text})" for text in (asked.where, where) if text)
    return Part(name, asked.facts, how, both, window or asked.window)


def _n(asked: Asked) -> Part:
    return _part(asked, "n", "count(*)")


Form = tuple[tuple[Part, ...], str, str]


def _count(_aggregate: Aggregate, asked: Asked) -> Form:
    return (_n(asked),), "n", "n"


def _sum(aggregate: Aggregate, asked: Asked) -> Form:
    return (_part(asked, "total", f"sum({aggregate.sum})"), _n(asked)), "total", "n"


def _distinct(aggregate: Aggregate, asked: Asked) -> Form:
    return (_part(asked, "different", f"count(DISTINCT {aggregate.distinct})"), _n(asked)), "different", "n"


def _last(aggregate: Aggregate, asked: Asked) -> Form:
    newest = _part(asked, "newest", f"arg_max({aggregate.last}, {NEWEST})")
    return (newest, _n(asked), _part(asked, "last_day", "max(day)")), "newest", "n"


def _mean(aggregate: Aggregate, asked: Asked) -> Form:
    column = aggregate.mean
    parts = (_part(asked, "total", f"sum({column})"), _part(asked, "n", f"count({column})"))
    return parts, f"div_round(total * {_scale(asked)}, n)", "n"


def _ratio(aggregate: Aggregate, asked: Asked) -> Form:
    share = aggregate.ratio or Share(part="true")
    whole = f"({share.of}) AND ({share.part})" if share.of else share.part
    return (_part(asked, "x", "count(*)", whole), _part(asked, "y", "count(*)", share.of)), "ratio(x, y)", "y"


def _change(aggregate: Aggregate, asked: Asked) -> Form:
    difference = aggregate.change or Difference()
    now = asked.window or Window(28)
    before = difference.before or Window(2 * now.since - now.until, now.since)
    how = "count(*)"
    if isinstance(difference.of, dict):
        word, sql = next(iter(difference.of.items()))
        how = f"sum({sql})" if word == "sum" else f"count(DISTINCT {sql})"
    lengths = (now.since - now.until, before.since - before.until)
    value = "change(now, prev)" if lengths[0] == lengths[1] else f"change(now * {lengths[1]}, prev * {lengths[0]})"
    parts = (_part(asked, "now", how, window=now), _part(asked, "prev", how, window=before))
    return parts, value, "now + prev"


def _days_since(aggregate: Aggregate, asked: Asked) -> Form:
    if aggregate.days_since == "day":
        parts = (_part(asked, "quiet", "min(age)"), _part(asked, "last_day", "max(day)"), _n(asked))
    else:
        column = aggregate.days_since
        age = f"min(date_diff('day', {column}, read_day))"
        parts = (_part(asked, "quiet", age), _part(asked, "last_day", f"max(CAST({column} AS DATE))"), _n(asked))
    return (
        parts,
        "coalesce(quiet, CASE WHEN a_start_day <= read_day THEN date_diff('day', a_start_day, read_day) END)",
        "n",
    )


def _days_until(aggregate: Aggregate, asked: Asked) -> Form:
    column = aggregate.days_until
    ahead = f"({column}) >= as_of"
    next_day = _part(asked, "next_day", f"min(CAST({column} AS DATE))", ahead)
    return (next_day, _part(asked, "n", "count(*)", ahead)), "date_diff('day', as_of, next_day)", "n"


_FORMS = {
    "count": _count,
    "sum": _sum,
    "distinct": _distinct,
    "last": _last,
    "mean": _mean,
    "ratio": _ratio,
    "change": _change,
    "days_since": _days_since,
    "days_until": _days_until,
}
RATED = ("count", "sum", "distinct")  # a rate is a quantity by time or seat


def _scale(asked: Asked) -> int:
    return 1 if asked.unit is None or asked.unit in ALREADY_STORED else asked.unit.scale


def _rate(value: str, aggregate: Aggregate, asked: Asked) -> str:
    """The value in its unit's scale, by time or seat where asked."""
    if aggregate.name not in {*RATED, "last"}:
        return value
    scale = _scale(asked)
    if asked.per == "seat":
        return f"div_round({value}{f' * {scale}' if scale > 1 else ''}, a_seats)"
    if asked.per and asked.window:
        return f"div_round({value} * {scale * DAYS_OF[asked.per]}, {asked.window.since - asked.window.until})"
    return f"{value} * {scale}" if scale > 1 else value
