"""The one statement that turns a table's text rows into typed rows of one fact kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
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
UNLISTED = "is not in the lookup"


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

    def column(self, name: str | None) -> Column | None:
        """The column of the fact, or the moment beside it, of that name."""
        moments = {"version": VERSION, "known_at": KNOWN}
        return moments.get(name or "") or self.fact_map.of.column(name or "")

    def map_path(self, name: str | None) -> tuple[Step, ...]:
        """Where the map says how that column is read; without a column, the fact."""
        if name is None:
            return self.path()
        if name == "known_at":
            return ("known_at",)
        return self.path("version") if name == "version" else self.path("columns", name)


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


@dataclass(frozen=True)
class Fault:
    """What keeps a row out, in SQL: when, the source's column, what is wrong; the fact's column and the text that does not fit."""

    when: str
    column: str
    what: str
    field: str = "NULL"
    text: str = "NULL"


class CastStatement:
    """SQL over the staged relation.

    Its result has `_file, _row, _line, _label`, `external_id, ref, valid_at, trusted,
    deleted`, `v_<column>` for each column of the kind, `w_<column>` with the words of
    personal ones, `day` (the local day that dates the row), `content`, and for rows
    that cannot be taken in `bad_reason`, made of `bad_column` (the source's), `bad_field`
    (the fact's), `bad_text` and `bad_what`; `torn` where the line could not be split, so that
    it passed a `where` that it may not meet.
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
        faults = self._faults()
        first = " ".join(f"WHEN {fault.when} THEN {n}" for n, fault in enumerate(faults))
        judged = f"SELECT *, CASE {first} END AS fault FROM ({valued})"
        told = f"SELECT *, {', '.join(_told(faults))} FROM ({judged})"
        return f"SELECT {', '.join(self._result())} FROM ({told})"

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

    def _faults(self) -> list[Fault]:
        """In the order in which they are tried; the first counts."""
        faults = [Fault("_bad IS NOT NULL", "NULL", "_bad")]
        faults.append(Fault("external_id IS NULL", literal(_written(self._fact.id)), literal("the id is empty")))
        if self._fact.account:
            column = literal(_written(self._fact.account.column))
            faults.append(Fault("ref IS NULL", column, literal("the reference to the account is empty")))
        return faults + [fault for field in (*self._fields, *self._moments) for fault in self._field_faults(field)]

    def _field_faults(self, field: Field) -> Iterator[Fault]:
        name, origin, text = field.column.name, literal(field.origin), self._original(field)
        if field.unlisted != NEVER:
            yield Fault(f"l_{name}", origin, literal(UNLISTED), literal(name), text)
        if field.column.type not in FREE or name == "currency":
            expected = cast(f"x_{name}", field.column, field.mapped, self._basis.zones, self._currency()).expected
            yield Fault(f"x_{name} IS NOT NULL AND v_{name} IS NULL", origin, expected, literal(name), text)
        if field.column.required or field in self._moments:
            yield Fault(f"x_{name} IS NULL", origin, literal(f"{name} is empty"), literal(name))

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
            f"CASE WHEN bad_text IS NULL THEN bad_what ELSE {_SAID} || bad_what END AS bad_reason",
            "_bad IS NOT NULL AS torn",
        ]
        return [*_ROW, "external_id", "ref", "deleted", *values, *words, *special, *_BAD]

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
_BAD = ["bad_column", "bad_field", "bad_text", "bad_what"]
_SAID = "bad_field || ': ''' || left(bad_text, 60) || ''' '"


def _told(faults: Sequence[Fault]) -> Iterator[str]:
    """What the fault of each row says."""
    for name, part in zip(_BAD, ("column", "field", "text", "what"), strict=True):
        cases = " ".join(f"WHEN {n} THEN {getattr(fault, part)}" for n, fault in enumerate(faults))
        yield f"(CASE fault {cases} END)::VARCHAR AS {name}"


def _written(key: Key) -> str:
    return key.template if key.template is not None else ", ".join(key.columns)


def moment_of(column: Column, zones: Zones) -> str:
    """When a dated column's moment came, UTC: a day begins at the project's midnight."""
    value = f"v_{column.name}"
    return value if column.type is Type.MOMENT else to_utc(f"{value}::TIMESTAMP", zones.project)
