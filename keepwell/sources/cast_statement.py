"""The one statement that turns a table's text rows into typed rows of one fact kind."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keepwell.document import Step
from keepwell.sources import sql_guard
from keepwell.sources.casting import NEVER, Zones, cast, cleaned, looked_up, to_local, to_utc
from keepwell.sources.column_map import ACCOUNT_SYSTEM, ColumnMap, FactMap, Key, SourceMap, TableMap
from keepwell.sources.map_check import PLACEHOLDER
from keepwell.sources.staging import literal
from keepwell.words.fact import STORED, Column, Type
from keepwell.words.problem import KeepwellError, nearest

PERSONAL = (Type.PERSON, Type.NOTE)
FREE = (Type.TEXT, *PERSONAL)  # any text fits
VERSION = Column("version", Type.MOMENT)
KNOWN = Column("known_at", Type.MOMENT)


@dataclass(frozen=True)
class Place:
    """Which fact of which table: `source.tables[table].facts[fact]`."""

    source: SourceMap
    table: int
    fact: int

    @property
    def table_map(self) -> TableMap:
        """The table's map."""
        return self.source.tables[self.table]

    @property
    def fact_map(self) -> FactMap:
        """The fact's map."""
        return self.table_map.facts[self.fact]

    def path(self, *steps: Step) -> tuple[Step, ...]:
        """A path in the map's document below this fact."""
        return ("tables", self.table, "facts", self.fact, *steps)


@dataclass(frozen=True)
class Basis:
    """What a cast depends on besides the map: whose clock, the currency where none is said, the salt of pseudonyms."""

    zones: Zones
    currency: str
    salt: str


@dataclass(frozen=True)
class Field:
    """One column of a fact with the text it is read from."""

    column: Column
    mapped: ColumnMap
    text: str  # expression of the layer below, NULL where the source has no such column
    unlisted: str  # condition: the lookup does not know the text
    origin: str  # the source's column, for rejects


class CastStatement:
    """SQL over the staged relation.

    Its result has `_file, _row, _line, _label`, `external_id, ref, valid_at, trusted,
    deleted`, `v_<column>` for each column of the kind, `w_<column>` with the words of
    personal ones, `day` (the local day that dates the row), `content`, and for rows
    that cannot be taken in `bad_column, bad_reason`.
    """

    def __init__(self, place: Place, columns: Mapping[str, str], basis: Basis) -> None:
        self._place = place
        self._fact = place.fact_map
        self._staged = columns
        self._basis = basis
        self._texts: dict[str, str] = {}  # staged identifier → cleaned expression's name
        self.needed: dict[str, Sequence[Step]] = {}  # columns that every file must have, and who says so
        self._key = self._key_expression(self._fact.id, "id")
        self._ref = self._reference()
        self._deleted = self._deleted_expression()
        self._fields = [self._field(name, mapped) for name, mapped in self._fact.columns.items()]
        self._moments = self._moment_fields()

    def sql(self, relation: str) -> str:
        """The whole statement over a relation of `staging.unite`."""
        picked = f"SELECT {', '.join([*_ROW, '_bad', *self._cleaned()])} FROM {relation} r{self._where()}"
        looked = f"SELECT *, {', '.join(self._looked())} FROM ({picked})"
        valued = f"SELECT *, {', '.join(self._valued())} FROM ({looked})"
        judged = f"SELECT *, {self._fault(0)} AS bad_column, {self._fault(1)} AS bad_reason FROM ({valued})"
        return f"SELECT {', '.join(self._result())} FROM ({judged})"

    # --- the layer of cleaned texts

    def _cleaned(self) -> list[str]:
        nulls = self._place.table_map.nulls
        return [f"{cleaned(staged, nulls)} AS {name}" for staged, name in self._texts.items()]

    def _where(self) -> str:
        if self._fact.where is None:
            return ""
        try:
            condition = sql_guard.on_columns(sql_guard.condition(self._fact.where), self._staged)
        except ValueError as error:
            raise KeepwellError(self._place.source.problem(self._place.path("where"), str(error))) from None
        return f" WHERE r._bad IS NOT NULL OR ({condition})"

    def _text(self, column: str, path: Sequence[Step], optional: bool = False) -> str:
        staged = self._staged.get(column)
        if not optional:
            self.needed.setdefault(column, path)
        elif staged is None:
            return "NULL::VARCHAR"
        if staged is None:
            fix = nearest(column, list(self._staged)) or "the table has no columns"
            table = self._place.table_map
            problem = self._place.source.problem(
                path, f"{table.file or table.table or 'the select'} has no column '{column}'", fix=fix
            )
            raise KeepwellError(problem)
        return self._texts.setdefault(staged, f"t{len(self._texts)}")

    # --- keys and references

    def _key_expression(self, key: Key, *path: Step) -> str:
        where = self._place.path(*path)
        if key.template is None:
            return " || '|' || ".join(self._text(column, where) for column in key.columns)
        pieces = re.split(PLACEHOLDER, key.template)
        texts = [self._text(p, where) if i % 2 else literal(p) for i, p in enumerate(pieces) if p]
        return " || ".join(texts)

    def _reference(self) -> str:
        if self._fact.account is None:
            return self._key if self._fact.kind == "account" else "NULL::VARCHAR"
        return self._key_expression(self._fact.account.column, "account")

    @property
    def system(self) -> str:
        """Whose system of ids `ref` belongs to."""
        return self._fact.account.system if self._fact.account else ACCOUNT_SYSTEM

    def _deleted_expression(self) -> str:
        deleted = self._fact.deleted
        if deleted is None:
            return "false"
        text = self._text(deleted.column, self._place.path("deleted", "column"))
        if "*" in deleted.values:
            return f"{text} IS NOT NULL"
        values = ", ".join(literal(value.lower()) for value in deleted.values)
        return f"coalesce(lower({text}) IN ({values}), false)"

    # --- columns

    def _field(self, name: str, mapped: ColumnMap) -> Field:
        column = next(c for c in self._fact.of.columns if c.name == name)
        return self._field_of(column, mapped, self._place.path("columns", name))

    def _field_of(self, column: Column, mapped: ColumnMap, path: Sequence[Step]) -> Field:
        if mapped.column is None:
            return Field(column, mapped, literal(mapped.constant or ""), NEVER, "")
        text = self._text(mapped.column, path, mapped.optional)
        found, unlisted = looked_up(text, mapped)
        return Field(column, mapped, found, unlisted, mapped.column)

    def _moment_fields(self) -> list[Field]:
        """The version of a history row and the trusted load timestamp."""
        found = []
        if self._fact.version:
            found.append(self._field_of(VERSION, self._fact.version, self._place.path("version")))
        if self._place.source.known_at:
            found.append(self._field_of(KNOWN, self._place.source.known_at, ("known_at",)))
        return found

    def _looked(self) -> list[str]:
        looked = [f"{self._key} AS external_id", f"{self._ref} AS ref", f"{self._deleted} AS deleted"]
        for field in (*self._fields, *self._moments):
            looked += [f"{field.text} AS x_{field.column.name}", f"{field.unlisted} AS l_{field.column.name}"]
        return looked

    def _valued(self) -> list[str]:
        mapped = {field.column.name: field for field in (*self._fields, *self._moments)}
        columns = [*self._fact.of.columns, VERSION, KNOWN]
        return [part for column in columns for part in self._value(column, mapped.get(column.name))]

    def _value(self, column: Column, field: Field | None) -> list[str]:
        name = column.name
        if field is None:
            value = self._absent(column)
            return [f"{value}::{STORED[column.type]} AS v_{name}", *self._no_words(column)]
        if column.type in PERSONAL:
            words = f"CASE WHEN contains(x_{name}, '@') THEN lower(x_{name}) ELSE x_{name} END"
            words = words if column.type is Type.PERSON else f"x_{name}"
            token = f"'p_' || left(sha256({literal(self._basis.salt)} || {words}), 20)"
            return [f"{token} AS v_{name}", f"{words} AS w_{name}"]
        value = cast(f"x_{name}", column, field.mapped, self._basis.zones, self._currency()).value
        if name == "currency":
            value = f"CASE WHEN x_currency IS NULL THEN {literal(self._basis.currency)} ELSE {value} END"
        return [f"{value} AS v_{name}"]

    def _absent(self, column: Column) -> str:
        """Amounts without a stated currency are in the reporting currency."""
        amounts = any(field.column.type is Type.MONEY for field in self._fields)
        return literal(self._basis.currency) if column.name == "currency" and amounts else "NULL"

    def _no_words(self, column: Column) -> list[str]:
        return [f"NULL::VARCHAR AS w_{column.name}"] if column.type in PERSONAL else []

    def _currency(self) -> str:
        default = literal(self._basis.currency)
        said = any(field.column.name == "currency" for field in self._fields)
        return f"upper(coalesce(x_currency, {default}))" if said else default

    # --- what is wrong with a row

    def _fault(self, part: int) -> str:
        faults = [("_bad IS NOT NULL", "NULL", "_bad")]
        faults += [("external_id IS NULL", literal(_written(self._fact.id)), literal("the id is empty"))]
        if self._fact.account:
            column = literal(_written(self._fact.account.column))
            faults.append(("ref IS NULL", column, literal("the reference to the account is empty")))
        for field in (*self._fields, *self._moments):
            faults += self._field_faults(field)
        cases = " ".join(f"WHEN {fault[0]} THEN {fault[1 + part]}" for fault in faults)
        return f"CASE {cases} END"

    def _field_faults(self, field: Field) -> list[tuple[str, str, str]]:
        """Conditions with the source's column and the reason, in the order in which they are tried."""
        name, origin = field.column.name, literal(field.origin)
        shown = f"'{name}: ''' || left({self._original(field)}, 60) || ''' '"
        faults = []
        if field.unlisted != NEVER:
            faults.append((f"l_{name}", origin, f"{shown} || 'is not in the lookup'"))
        if field.column.type not in FREE or name == "currency":
            expected = cast(f"x_{name}", field.column, field.mapped, self._basis.zones, self._currency()).expected
            faults.append((f"x_{name} IS NOT NULL AND v_{name} IS NULL", origin, f"{shown} || {expected}"))
        if field.column.required or field in self._moments:
            faults.append((f"x_{name} IS NULL", origin, literal(f"{name} is empty")))
        return faults

    def _original(self, field: Field) -> str:
        staged = self._staged.get(field.mapped.column or "")
        return f"coalesce({self._texts[staged]}, '')" if staged else f"coalesce({field.text}, '')"

    # --- the result

    def _result(self) -> list[str]:
        kind = self._fact.of
        values = [f"v_{column.name}" for column in kind.columns]
        words = [f"w_{column.name}" for column in kind.columns if column.type in PERSONAL]
        special = [
            "v_version AS valid_at",
            "v_known_at AS trusted",
            f"{self._day()} AS day",
            f"{self._content()} AS content",
        ]
        return [*_ROW, "external_id", "ref", "deleted", *values, *words, *special, "bad_column", "bad_reason"]

    def _day(self) -> str:
        column = self._fact.of.dating
        value = f"v_{column.name}"
        return value if column.type is Type.DAY else f"CAST({to_local(value, self._basis.zones.project)} AS DATE)"

    def _content(self) -> str:
        """A fingerprint of what the row says: absent values leave no trace, so a new column revises nothing."""
        parts = [f"coalesce('{c.name}=' || v_{c.name}::VARCHAR || chr(31), '')" for c in self._fact.of.columns]
        parts += ["coalesce('ref=' || ref || chr(31), '')", "CASE WHEN deleted THEN 'deleted' ELSE '' END"]
        return f"left(md5({literal(self.system + chr(31))} || {' || '.join(parts)}), 16)"


_ROW = ["_file", "_row", "_line", "_label"]


def _written(key: Key) -> str:
    return key.template if key.template is not None else ", ".join(key.columns)


def moment_of(column: Column, zones: Zones) -> str:
    """When a dated column's moment came, UTC: a day begins at the project's midnight."""
    value = f"v_{column.name}"
    return value if column.type is Type.MOMENT else to_utc(f"{value}::TIMESTAMP", zones.project)
