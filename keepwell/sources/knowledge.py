"""When each part of a row became known: rows of a kind's first load are told apart date by date.

A ticket read in June that was opened in April and resolved in May becomes three rows: known
in April without its resolution, known in May with it, and known now with everything that
has no date (SEMANTICS, rules 3 and 4). Rows of later loads are known when they were loaded, rows
with a trusted load timestamp at that, unless the load before should have had them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from keepwell.sources.cast_statement import moment_of
from keepwell.sources.casting import Zones
from keepwell.sources.column_map import FactMap
from keepwell.sources.staging import literal
from keepwell.words.days import Days
from keepwell.words.fact import COMMON, PLANNED, Column, Form, Type

EVER = "TIMESTAMP '1970-01-01'"  # an undated mapping holds since ever
DATED = (Type.DAY, Type.MOMENT)
SEQ_ROWS = 1 << 32  # rows of one file, in the order of a batch
SEQ_FILES = 1 << 14  # files of one table


@dataclass(frozen=True)
class Stamp:
    """What all rows of one load share."""

    source: str
    system: str
    table: int  # its place in the source's map
    batch: int
    now: datetime
    zones: Zones
    days: Days
    settled: datetime | None  # the kind's last load: what was known by then has been told
    delivered: datetime | None  # the kind's first delivery: what came after it is known from the load that brings it


class Knowledge:
    """SQL from accepted rows (the cast statement's result) to fact rows."""

    def __init__(self, fact: FactMap, stamp: Stamp, trusted: bool, first: bool) -> None:
        self._fact = fact
        self._stamp = stamp
        self._trusted = trusted
        self._assumed = first and not trusted
        self._load = f"TIMESTAMP '{stamp.now.isoformat(sep=' ')}'"
        self._dated = [c for c in fact.of.columns if c.type in DATED and self._is_read(c)]
        self._late = [c for c in fact.of.columns if self._is_late(c)]

    def sql(self, accepted: str) -> str:
        """Fact rows in the column order of the kind's schema."""
        known = self._versions(accepted) if self._assumed else self._recorded(accepted)
        return f"SELECT {', '.join(self._columns())} FROM ({known})"

    def late_columns(self) -> list[str]:
        """Columns that history does not have: without a date and not declared constant."""
        return [c.name for c in self._late] if self._assumed else []

    def _is_read(self, column: Column) -> bool:
        return column.name in self._fact.columns

    def _is_late(self, column: Column) -> bool:
        mapped = self._fact.columns.get(column.name)
        if mapped is None or column.type in DATED or column.required or self._fact.version:
            return False  # a required column is what the row states; a history row dates all of its columns
        return not (mapped.since or self._fact.since or mapped.constant is not None)

    # --- when

    def _recorded(self, accepted: str) -> str:
        known = f"least(trusted, {self._load})" if self._trusted else self._load
        if self._trusted and self._stamp.settled:  # the last load did not have it, and days were scored without it
            known = f"CASE WHEN trusted > TIMESTAMP '{self._stamp.settled}' THEN {known} ELSE {self._load} END"
        return f"SELECT *, {known} AS known FROM {accepted}"

    def _versions(self, accepted: str) -> str:
        """One row per moment at which something about the row became known."""
        first = f"SELECT *, {self._believed(self._first_date())} AS first FROM {accepted}"
        dates = "".join(f", {self._date_known(c)} AS k_{c.name}" for c in self._dated)
        dated = f"SELECT *{dates} FROM ({first})"
        moments = list(self._moments())
        if len(moments) == 1:
            return f"SELECT *, first AS known FROM ({dated})"
        return f"SELECT * FROM (SELECT *, unnest(list_distinct([{', '.join(moments)}])) AS known FROM ({dated}))"

    def _moments(self) -> Iterator[str]:
        yield "first"
        for column in self._dated:
            if column.name != self._fact.of.dated_by or self._fact.version:
                yield f"k_{column.name}"
        if self._late or self._fact.deleted:
            present = " OR ".join(["deleted", *(f"v_{c.name} IS NOT NULL" for c in self._late)])
            yield f"CASE WHEN {present} THEN {self._load} END"

    def _first_date(self) -> str:
        """The row's first date: of its version, else the column that dates it, else its earliest date."""
        if self._fact.version:  # from when it holds, and never before its day opens
            return f"greatest(valid_at, {self._stamp.days.opening_of(self._stamp.days.day_of('valid_at'))})"
        start = self._start()
        others = [self._comes(c) for c in self._dated if self._on_date(c)]
        if self._fact.kind == "identity" or not others:
            return start
        return f"coalesce({start}, least({', '.join(others)}))"

    def _start(self) -> str:
        """The moment that dates the row, NULL where nothing does."""
        by = next((c for c in self._dated if c.name == self._fact.of.dated_by), None)
        start = "NULL::TIMESTAMP" if by is None else self._comes(by)
        return f"coalesce({start}, {EVER})" if self._fact.kind == "identity" else start

    def _comes(self, column: Column) -> str:
        """When a date is known by itself: a moment when it comes, a day once the day before has closed."""
        value = f"v_{column.name}"
        return value if column.type is Type.MOMENT else self._stamp.days.opening_of(value)

    def _on_date(self, column: Column) -> bool:
        return self._fact.columns[column.name].known == "on_date"

    def _date_known(self, column: Column) -> str:
        """When a date became known: never before the row itself, never after the load."""
        value = f"v_{column.name}"
        own = self._comes(column) if self._on_date(column) else self._start()
        moment = self._believed(f"CASE WHEN {own} IS NOT NULL THEN greatest({own}, first) END")
        return f"CASE WHEN {value} IS NOT NULL THEN {moment} END"

    def _believed(self, moment: str) -> str:
        """The moment, where the kind's first delivery could tell of it; else the load: so where there is none."""
        through = f"TIMESTAMP '{self._stamp.delivered or self._stamp.now}'"
        return f"CASE WHEN {moment} <= least({through}, {self._load}) THEN {moment} ELSE {self._load} END"

    # --- what

    def _columns(self) -> list[str]:
        made = {
            "source": literal(self._stamp.source),
            "external_id": "external_id",
            "system": literal(self._stamp.system),
            "ref": "ref",
            "valid_at": "valid_at",
            "happened_at": self._happened_at(),
            "happened_day": self._happened_day(),
            "known_at": "known",
            "known_basis": f"CASE WHEN known < {self._load} THEN 'assumed' ELSE 'recorded' END"
            if self._assumed
            else "'recorded'",
            "deleted": f"deleted AND known >= {self._load}" if self._assumed else "deleted",
            "content": "content",
            "seq": f"({self._stamp.table * SEQ_FILES} + _file) * {SEQ_ROWS}::BIGINT + _row",
            "batch": str(self._stamp.batch),
        }
        common = [f"({made[name]})::{kind} AS {name}" for name, kind in COMMON.items()]
        return common + [f'{self._value(c)} AS "{c.name}"' for c in self._fact.of.columns]

    def _value(self, column: Column) -> str:
        value = f"v_{column.name}"
        if not self._assumed:
            return value
        if column in self._dated and (column.name != self._fact.of.dated_by or self._fact.version):
            return f"CASE WHEN k_{column.name} <= known THEN {value} END"
        return f"CASE WHEN known >= {self._load} THEN {value} END" if column in self._late else value

    def _happened_at(self) -> str:
        moment = moment_of(self._fact.of.dating, self._stamp.zones)
        if self._fact.of.form is Form.EVENT:
            return moment
        return f"least({moment}, known)" if self._is_agreed else f"coalesce({moment}, known)"

    def _happened_day(self) -> str:
        """The day from which on a fact counts: an event's own; a state's, once told and, if its date is a fact, begun."""
        if self._fact.of.form is Form.EVENT:
            return "day"
        days = self._stamp.days
        if self._fact.version:  # a version that begins later must not be seen before
            begun = days.day_of("valid_at")
            return begun if self._is_agreed else f"greatest(day, {begun})"
        told = days.close_day_of("known")
        return f"least(day, {told})" if self._is_agreed else f"coalesce(day, {told})"

    @property
    def _is_agreed(self) -> bool:
        """Whether the date of a state may lie ahead: a contract is known from its signature, not from its start."""
        return self._fact.of.dated_by in PLANNED
