"""All signals of a run as one SQL statement over the facts known as of each pair's date.

Parts that read the same facts in the same grouping share one pass. The statement's rows
are the readings relation: account_id, as_of, the account's attributes `a_*` and for each
signal s its value `v_s`, status `q_s`, newest fact's day `o_s`, basis `b_s` and the parts
`d_s_*` for its sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from keepwell.signals.by_person import person_first
from keepwell.signals.expression import aggregate, formula, parsed, reads_zero, window_condition
from keepwell.signals.relations import main_kinds
from keepwell.words.account import ATTRIBUTES
from keepwell.words.reading import Part, Signal, Status, Window

# relation name → days back that are read at most (None: all) to the SQL behind each `known_*` table
Relations = Callable[[Mapping[str, int | None]], Mapping[str, str]]
ATTRIBUTE = re.compile(r"\ba_[a-z_]+")
SUM = re.compile(r"\bsum\s*\(", re.IGNORECASE)
NUMBERED = "usage"  # the relation whose rows carry the number of their account and day
MAIN_FACT = {
    "usage_event": "usage",
    "usage_feature_day": "usage",
    "usage_feature": "usage",
    "subscription_history": "subscription",
}


@dataclass
class Stage:
    """One grouped pass over a kind's facts, with the columns asked of it."""

    name: str
    facts: str
    per: str
    inner: dict[str, str] = field(default_factory=dict)  # expression → column, first level
    outer: dict[str, str] = field(default_factory=dict)  # expression → column

    def add(self, part: Part) -> str:
        """Ask for a part; the column that will hold it."""
        condition = window_condition(part.window, part.where, ahead=MAIN_FACT.get(part.facts, part.facts) != NUMBERED)
        if not self.per:
            return self._column(aggregate(part.how, condition), part)
        expression = aggregate(part.inner, condition)
        inner = self.inner.setdefault(expression, f"x{len(self.inner)}")
        return self._column(aggregate(part.how, "", {"x": inner}), part)

    def _column(self, expression: str, part: Part) -> str:
        cast = expression if part.text else _integer(expression, part.how)
        return self.outer.setdefault(cast, f"{self.name}_{len(self.outer)}")

    def sql(self) -> str:
        """The grouped SELECT."""
        outer = ", ".join(f"{expression} AS {column}" for expression, column in self.outer.items())
        if not self.per:
            return f"SELECT account_id, as_of, {outer} FROM {self._facts(outer)} GROUP BY account_id, as_of"
        if self.facts == NUMBERED:
            named = ", ".join(f"g.{column}" for column in self.outer.values())
            return f"SELECT s.account_id, s.as_of, {named} FROM ({self._stepped('pair', outer)}) g JOIN subjects s USING (pair)"
        return self._stepped("account_id, as_of", outer)

    def _stepped(self, key: str, outer: str) -> str:
        """Grouped by `per` first, then by the key."""
        inner = ", ".join(f"{expression} AS {column}" for expression, column in self.inner.items())
        first = f"SELECT {key}, {self.per}, {inner} FROM {self._facts(inner)} GROUP BY {key}, {self.per}"
        return f"SELECT {key}, {outer} FROM ({first}) GROUP BY {key}"

    def _facts(self, expressions: str) -> str:
        """The known facts, beside the account's attributes where an expression reads one."""
        if not ATTRIBUTE.search(expressions):
            return f"known_{self.facts}"
        return f"known_{self.facts} JOIN attributes USING (account_id, as_of)"


def _integer(expression: str, how: str) -> str:
    """Sums as BIGINT; days and moments stay what they are."""
    return f"CAST({expression} AS BIGINT)" if SUM.search(how) else expression


class Plan:
    """Collects the stages and columns that a list of signals needs."""

    def __init__(self) -> None:
        self.stages: dict[tuple[str, str], Stage] = {}
        self.joins: dict[str, tuple[str, bool]] = {}  # alias → (stage, inherited)
        self.feeds: dict[str, tuple[str, bool]] = {}  # alias → (kind, inherited)
        self.wide: dict[str, str] = {}  # expression → column of the wide row
        self.lookbacks: dict[str, int | None] = {}  # relation → days back that its parts read at most

    def part(self, part: Part, inherited: bool) -> str:
        """The wide column that holds a part; counts of nothing are 0."""
        part = person_first(part)
        since = part.window.since if part.window else None
        farthest = self.lookbacks.get(part.facts, since)
        self.lookbacks[part.facts] = None if since is None or farthest is None else max(since, farthest)
        key = (part.facts, part.per)
        stage = self.stages.setdefault(key, Stage(f"s{len(self.stages)}", part.facts, part.per))
        column = stage.add(part)
        alias = f"{stage.name}{'h' if inherited else ''}"
        self.joins[alias] = (stage.name, inherited)
        value = f"{alias}.{column}"
        if not part.text and reads_zero(part.how):
            value = f"coalesce({value}, 0)"
        return self.wide.setdefault(value, f"w{len(self.wide)}")

    def feed(self, facts: str, inherited: bool, field_name: str) -> str:
        """The wide column that holds a field of the feed of a kind, or of the first of several ('ticket|survey')."""
        values = []
        for name in main_kinds(facts):
            kind = MAIN_FACT.get(name, name)
            alias = f"feed_{kind}{'_h' if inherited else ''}"
            self.feeds[alias] = (kind, inherited)
            values.append(f"{alias}.{field_name}")
        either = "least" if field_name == "lag" else "coalesce"
        value = f"{either}({', '.join(values)})" if len(values) > 1 else values[0]
        return self.wide.setdefault(value, f"w{len(self.wide)}")


@dataclass(frozen=True)
class Columns:
    """The scalar expressions of one signal over the wide row."""

    signal: Signal
    value: str
    applies: str
    lag: str
    observed: str
    basis: str
    details: Mapping[str, str]


def compile_readings(signals: Sequence[Signal], relations: Relations) -> str:
    """One statement for the readings of all signals over `pairs`."""
    plan = Plan()
    columns = [_columns(signal, plan) for signal in signals]
    tables = [f"{name} AS ({sql})" for name, sql in relations(plan.lookbacks | _selected_kinds(signals)).items()]
    tables += [f"{stage.name} AS ({stage.sql()})" for stage in plan.stages.values()]
    tables += [f"own_{s.name} AS ({s.sql})" for s in signals if s.sql]
    tables.append(f"wide AS ({_wide(plan, signals)})")
    tables.append(f"valued AS ({_valued(columns)})")
    return "WITH " + ",\n".join(tables) + "\n" + _readings(columns)


def _selected_kinds(signals: Sequence[Signal]) -> dict[str, None]:
    """Relations that projects' own selects read, as far back as they go."""
    return {
        table.name.removeprefix("known_"): None
        for signal in signals
        if signal.sql
        for table in parsed(signal.sql).find_all(exp.Table)
        if table.name.startswith("known_")
    }


def _columns(signal: Signal, plan: Plan) -> Columns:
    parts = {p.name: plan.part(p, signal.inherited) for p in signal.parts}
    read_day = plan.feed(signal.facts, signal.inherited, "read_day")
    names = {**parts, "read_day": read_day}
    details = dict(parts)
    for detail in signal.details:
        details[detail.name] = names[detail.name] = f"({formula(detail.how, names)})"
    value = plan.wide.setdefault(f"own_{signal.name}.value", f"w{len(plan.wide)}") if signal.sql else signal.value
    guarded = formula(value, names)
    if signal.needs:
        guarded = f"CASE WHEN {formula(signal.needs, names)} THEN {guarded} END"
    newest = formula(signal.observed, names) if signal.observed else _newest(signal, plan)
    lag = plan.feed(signal.facts, signal.inherited, "lag")
    return Columns(
        signal,
        value=guarded,
        applies=_applies(signal, names, lag),
        lag=lag,
        observed=f"coalesce({newest}, {read_day})" if newest else read_day,
        basis=plan.feed(signal.facts, signal.inherited, "basis"),
        details=details,
    )


def _applies(signal: Signal, names: Mapping[str, str], lag: str) -> str:
    """Whether the signal can exist for the account; facts of a source that does not cover it cannot say no."""
    if not signal.applies:
        return "true"
    asks_facts = any(column.name in names for column in parsed(signal.applies).find_all(exp.Column))
    condition = formula(signal.applies, names)
    return f"({lag} IS NULL OR {condition})" if asks_facts else condition


def _newest(signal: Signal, plan: Plan) -> str:
    """The newest day among the facts of the signal's first part."""
    if not signal.parts:
        return ""
    first = signal.parts[0]
    window = first.window or (Window(signal.lookback_days) if signal.lookback_days else None)
    if first.per:
        return ""
    return plan.part(Part("newest", first.facts, "max(day)", first.where, window), signal.inherited)


def _wide(plan: Plan, signals: Sequence[Signal]) -> str:
    columns = ", ".join(f"{expression} AS {name}" for expression, name in plan.wide.items())
    joins = [
        f"LEFT JOIN {stage} {alias} ON {alias}.as_of = p.as_of AND {alias}.account_id = {_subject(inherited)}"
        for alias, (stage, inherited) in plan.joins.items()
    ]
    joins += [
        f"LEFT JOIN feed_at {alias} ON {alias}.kind = '{kind}' AND {alias}.as_of = p.as_of"
        f" AND {alias}.account_id = {_subject(inherited)}"
        for alias, (kind, inherited) in plan.feeds.items()
    ]
    joins += [
        f"LEFT JOIN own_{s.name} ON own_{s.name}.account_id = p.account_id AND own_{s.name}.as_of = p.as_of"
        for s in signals
        if s.sql
    ]
    return (
        f"SELECT a.*, {columns} FROM pairs p\n"
        "JOIN attributes a ON a.as_of = p.as_of AND a.account_id = p.account_id\n" + "\n".join(joins)
    )


def _subject(inherited: bool) -> str:
    return "a.a_holder" if inherited else "p.account_id"


def _valued(columns: Sequence[Columns]) -> str:
    """Adds each signal's raw value and whether it applies, so that they are computed once."""
    raw = ", ".join(
        f"CAST({c.value} AS BIGINT) AS raw_{c.signal.name}, coalesce({c.applies}, false) AS on_{c.signal.name}"
        for c in columns
    )
    return f"SELECT *, {raw} FROM wide"


def _readings(columns: Sequence[Columns]) -> str:
    attributes = ", ".join(f"a_{name}" for name in ATTRIBUTES)
    lines = [f"SELECT account_id, as_of, {attributes}"]
    for c in columns:
        name = c.signal.name
        stale = f"WHEN {c.lag} > {c.signal.feed_days} THEN '{Status.STALE}'" if c.signal.feed_days is not None else ""
        lines.append(
            f"CASE WHEN on_{name} AND {c.lag} IS NOT NULL THEN raw_{name} END AS v_{name},\n"
            f"CASE WHEN NOT on_{name} THEN '{Status.NOT_APPLICABLE}'"
            f" WHEN {c.lag} IS NULL OR raw_{name} IS NULL THEN '{Status.MISSING}' {stale}"
            f" ELSE '{Status.FRESH}' END AS q_{name},\n"
            f"CASE WHEN on_{name} AND {c.lag} IS NOT NULL AND raw_{name} IS NOT NULL THEN {c.observed} END AS o_{name},\n"
            f"{c.basis} AS b_{name}"
        )
        lines += [f"{column} AS d_{name}_{part}" for part, column in c.details.items()]
    return ",\n".join(lines) + "\nFROM valued"
