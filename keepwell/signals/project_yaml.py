"""A project's own signals: `signals/*.yml`, one signal a file.

    signal: angry_tickets
    title: Angry tickets
    facts: ticket
    where: csat <= 2
    window: 90
    aggregate: count
    unit: count
    fresh: 2
    better: lower
    bands: {healthy: 0, poor: 3}
    sentence: "{v} tickets rated 1 or 2 in 90 days"
    next_step: Call the people behind the ratings.
    family: service

`aggregate` is count, {sum: amount_rep}, {distinct: person}, {last: score}, {mean: csat},
{ratio: {part: csat >= 4, of: csat IS NOT NULL}}, {change: {of: count, before: [56, 28]}},
days_since, {days_since: paid_day} or {days_until: due_day}; `per` day, week, month or seat
makes a rate of it. Instead of facts and aggregate, `select:` holds one SELECT that yields
account_id, as_of, value (see `allow_list`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from keepwell.document import Document, Step, parse
from keepwell.signals import binding
from keepwell.signals.aggregates import RATED, Aggregate, Asked, Measure, Span, Strict, measure
from keepwell.signals.allow_list import check_expression, check_select, forgiving
from keepwell.signals.fault import Fault
from keepwell.signals.relations import ATTRIBUTE_COLUMNS, RELATIONS
from keepwell.words.problem import KeepwellError, Problem, nearest
from keepwell.words.reading import KIND, PERCENT, UNITS, Band, Better, Clock, Signal, Unit

SYSTEM_OF: Mapping[str, str] = {
    **dict.fromkeys(("usage", "usage_event", "usage_feature", "usage_feature_day"), "product"),
    **dict.fromkeys(("ticket",), "support"),
    **dict.fromkeys(("invoice", "payment", "subscription", "subscription_history"), "billing"),
    **dict.fromkeys(("survey",), "survey"),
    **dict.fromkeys(("interaction",), "meetings"),
    **dict.fromkeys(("milestone", "goal"), "plan"),
}
CONDITIONS = frozenset({"where", "part", "of", "needs", "applies"})
DAYS = frozenset({"days_since", "days_until"})
NUMBERS = frozenset({"sum", "mean", "last"})


def _unit(value: object) -> object:
    if isinstance(value, str):
        if value not in UNITS:
            raise ValueError(f"unknown unit '{value}'; {nearest(value, list(UNITS))}")
        return UNITS[value]
    if isinstance(value, dict) and set(value) <= {"name", "scale"} and isinstance(value.get("name"), str):
        scale = value.get("scale", 1)
        if isinstance(scale, int) and 1 <= scale <= 1_000_000:
            return Unit(value["name"], scale)
    raise ValueError("a unit is one of the known names, or {name: .., scale: 1 to 1000000}")


def _signal_name(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", value):
        raise ValueError(f"'{value}' is no signal name; expected small letters, digits and _")
    return value


class Bands(Strict):
    """Healthy and poor edge, in shown units."""

    healthy: float
    poor: float
    upper: tuple[float, float] | None = None  # two-sided: healthy up to, poor from


class Spec(Strict):
    """What a signal file may say."""

    signal: Annotated[str, AfterValidator(_signal_name)]
    title: str = ""
    facts: str | None = None
    where: str = ""
    window: Span | None = None
    aggregate: Aggregate | None = None
    per: Literal["day", "week", "month", "seat"] | None = None
    select: str | None = None
    at_least: Annotated[int, Field(ge=0)] = 0
    needs: str = ""
    applies: str = ""
    unit: Annotated[Unit, BeforeValidator(_unit)]
    system: Literal["crm", "product", "support", "billing", "survey", "meetings", "plan"] | None = None
    fresh: Annotated[int, Field(ge=0)] | None = None
    clock: Clock = Clock.BEHAVIOUR
    inherited: bool = False
    categories: tuple[str, ...] = ()
    better: Better
    bands: Bands | dict[str, Bands | None] | None = None
    family: str = "own"
    play: str = "review"
    sentence: str
    next_step: str
    counted: bool = True

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.select is None) == (self.aggregate is None):
            raise ValueError("a signal has either facts and an aggregate, or a select")
        if self.aggregate is not None and self.facts is None:
            raise ValueError("an aggregate needs facts; add 'facts:'")
        if self.select is not None and (self.where or self.window or self.per or self.at_least):
            raise ValueError("where, window, per and at_least go with an aggregate; write them into the select")
        if (self.unit is KIND) != bool(self.categories):
            raise ValueError("the unit kind and a list of categories go together")
        for band in self.by_segment().values():
            if band and (band.healthy > band.poor) != (self.better in {Better.HIGHER, Better.MIDDLE}):
                raise ValueError(f"the bands contradict 'better: {self.better}'; expected healthy on the better side")
        return self

    def by_segment(self) -> dict[str, Band | None]:
        """The bands as signals hold them."""
        given = self.bands if isinstance(self.bands, dict) else {"*": self.bands}
        return {name: Band(b.healthy, b.poor, b.upper) if b else None for name, b in given.items()}


def parse_signal(text: str, file: Path = Path("<text>")) -> Signal:
    """The signal that a YAML text describes; KeepwellError with every problem and its place."""
    document = parse(text, file)
    return _Reader(document, text).signal()


def read_signals(files: Iterable[Path], catalogue: Iterable[str]) -> dict[str, Signal]:
    """The project's signals by name; names of the catalogue and of each other are taken."""
    taken: dict[str, str] = dict.fromkeys(catalogue, "the catalogue")
    found: dict[str, Signal] = {}
    problems: list[Problem] = []
    for file in files:
        try:
            signal = parse_signal(file.read_text(encoding="utf-8"), file)
        except KeepwellError as error:
            problems.extend(error.problems)
            continue
        if signal.name in taken:
            what = f"the signal '{signal.name}' exists in {taken[signal.name]}"
            problems.append(Problem(what, file, 1, 1, fix="choose another name"))
        taken[signal.name], found[signal.name] = str(file), signal
    if problems:
        raise KeepwellError(*problems)
    return found


class _Reader:
    """One document on its way to a signal."""

    def __init__(self, document: Document, text: str) -> None:
        self.document = document
        self.lines = text.splitlines()
        self.problems: list[Problem] = []

    def signal(self) -> Signal:
        spec = self.document.check(Spec)
        made = self._from_select(spec) if spec.select is not None else self._from_facts(spec)
        self._sentence(spec, made)
        scalars = {"as_of": "DATE", "read_day": "DATE", **ATTRIBUTE_COLUMNS, **_part_types(made)}
        for path, text in (("needs", spec.needs), ("applies", spec.applies)):
            if text:
                self._expression([path], text, scalars)
        if self.problems:
            raise KeepwellError(*self.problems)
        return _signal(spec, made)

    def _from_facts(self, spec: Spec) -> dict[str, Any]:
        facts, aggregate = spec.facts or "", spec.aggregate
        if facts not in RELATIONS or aggregate is None:
            self._add(["facts"], f"unknown facts '{facts}'", nearest(facts, sorted(RELATIONS)))
            return {"facts": facts}
        self._expressions(spec, facts, aggregate)
        if spec.per in {"day", "week", "month"} and spec.window is None:
            self._add(["per"], f"a rate per {spec.per} has no window", "add 'window: 28'")
        if spec.per and aggregate.name not in RATED:
            self._add(["per"], f"{aggregate.name} has no rate", f"use per with {', '.join(RATED)}")
        if aggregate.name in {"ratio", "change"} and spec.unit is not PERCENT:
            self._add(["unit"], f"a {aggregate.name} is in %", 'write unit: "%"')
        if aggregate.name == "last" and "external_id" not in RELATIONS[facts]:
            self._add(["aggregate"], f"'{facts}' holds days, not single facts", "use usage_event, or max in a select")
        asked = Asked(facts, forgiving(spec.where), spec.window, spec.per, spec.unit, spec.at_least)
        found = measure(aggregate.rewritten(forgiving), asked)
        return {"facts": facts, "measure": found}

    def _expressions(self, spec: Spec, facts: str, aggregate: Aggregate) -> None:
        columns = {**RELATIONS[facts], **ATTRIBUTE_COLUMNS}
        if spec.where:
            self._expression(["where"], spec.where, columns)
        for path, text in aggregate.expressions():
            self._expression(path, text, columns)

    def _expression(self, path: Sequence[Step], text: str, columns: Mapping[str, str]) -> None:
        faults = check_expression(text, columns) or _trial(text, columns, str(path[-1]))
        self._faults(path, text, faults)

    def _from_select(self, spec: Spec) -> dict[str, Any]:
        sql, faults = check_select(spec.select or "")
        self._faults(["select"], spec.select or "", faults)
        if faults:
            return {"facts": spec.facts or ""}
        try:
            kind = binding.type_of_value(sql)
        except ValueError as error:
            self._add(["select"], f"the select cannot run: {error}", "correct the select")
        else:
            if kind not in binding.INTEGERS:
                self._add(["select"], f"value is {kind}", "yield an integer in the unit's scale")
        first = re.search(r"\bknown_(\w+)", sql)
        return {"facts": spec.facts or (first[1] if first else "account"), "sql": sql}

    def _sentence(self, spec: Spec, made: Mapping[str, Any]) -> None:
        known = {"v", *_part_types(made)}
        for name in re.findall(r"\{(\w*)\}", spec.sentence):
            if name not in known:
                braces = ", ".join(f"{{{k}}}" for k in sorted(known))
                self._add(["sentence"], f"the sentence names {{{name}}}", f"it may name {braces}")

    def _add(self, path: Sequence[Step], what: str, fix: str) -> None:
        self.problems.append(self.document.problem(path, what, fix=fix))

    def _faults(self, path: Sequence[Step], sql: str, faults: Iterable[Fault]) -> None:
        for fault in faults:
            line, column = self._place(path, sql, fault)
            self.problems.append(Problem(fault.what, self.document.file, line, column, fix=fault.fix))

    def _place(self, path: Sequence[Step], sql: str, fault: Fault) -> tuple[int, int]:
        """Where a line and column of an SQL text stand in the file."""
        line, column = self.document.place(path)
        written = sql.splitlines()[fault.line - 1] if sql.strip() else ""
        for number in range(line - 1, len(self.lines)):
            start = self.lines[number].find(written, column - 1 if number == line - 1 else 0)
            if written and start >= 0:
                return number + 1, start + fault.column
        return line, column


def _part_types(made: Mapping[str, Any]) -> dict[str, str]:
    """The columns that a signal's own formulas can name, besides attributes."""
    found: Measure | None = made.get("measure")
    parts = found.parts if found else ()
    return {part.name: "DATE" if part.name.endswith("_day") else "BIGINT" for part in parts}


def _trial(text: str, columns: Mapping[str, str], word: str) -> list[Fault]:
    """What the engine says of an expression that the allow-list lets through."""
    try:
        kind = binding.type_of(text, columns)
    except ValueError as error:
        return [Fault(f"the expression cannot run: {error}", "correct the expression")]
    if word in CONDITIONS and kind != "BOOLEAN":
        return [Fault(f"'{text}' is no condition", "write a comparison")]
    if word in DAYS and kind != "DATE":
        return [Fault(f"'{text}' is no day", "name a column that ends in _day")]
    if word in NUMBERS and kind not in binding.INTEGERS:
        return [Fault(f"'{text}' is {kind}, not an integer", "name a column that holds whole numbers")]
    return []


def _signal(spec: Spec, made: Mapping[str, Any]) -> Signal:
    found: Measure | None = made.get("measure")
    facts = made["facts"]
    return Signal(
        name=spec.signal,
        title=spec.title or spec.signal.replace("_", " ").capitalize(),
        family=spec.family,
        system=spec.system or SYSTEM_OF.get(facts, "crm"),
        facts=facts,
        parts=found.parts if found else (),
        value=found.value if found else "",
        unit=spec.unit,
        better=spec.better,
        sentence=spec.sentence,
        next_step=spec.next_step,
        least=None,
        needs=" AND ".join(f"({n})" for n in (found.needs if found else "", forgiving(spec.needs)) if n),
        applies=forgiving(spec.applies),
        feed_days=spec.fresh,
        clock=spec.clock,
        inherited=spec.inherited,
        bands=spec.by_segment() if spec.bands is not None else None,
        categories=spec.categories,
        play=spec.play,
        window_note=_note(spec),
        counted=spec.counted and spec.bands is not None,
        sql=made.get("sql", ""),
    )


def _note(spec: Spec) -> str:
    if spec.window is None:
        return ""
    until = f" before day {spec.window.until} back" if spec.window.until else ""
    return f"{spec.window.since - spec.window.until} days{until}"
