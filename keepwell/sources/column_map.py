"""The column map of one outside system: sources/<name>.yml as frozen models."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr

from keepwell.document import Document, Step
from keepwell.words.fact import KINDS, Kind, Load, Watermark
from keepwell.words.problem import Problem

ACCOUNT_SYSTEM = "account"  # the reference is the account's own id


def _text(value: Any) -> Any:
    """YAML scalars as the text a source would hold: `true` and `1` need no quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, (int, float)) else value


def _texts(value: Any) -> Any:
    return [_text(v) for v in value] if isinstance(value, list) else [_text(value)]


def _key(value: Any) -> Any:
    if isinstance(value, (str, int)):
        return {"columns": [str(value)]}
    return {"columns": value} if isinstance(value, list) else value


def _reference(value: Any) -> Any:
    return {"column": value} if isinstance(value, (str, list)) else value


def _column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_text)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_texts)]


class Part(BaseModel):
    """Frozen, and an unknown key is an error with its place."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Key(Part):
    """An id: columns joined with '|', or a template such as "{a}-{b}"."""

    columns: tuple[Text, ...] = ()
    template: str | None = None


KeyField = Annotated[Key, BeforeValidator(_key)]


class Reference(Part):
    """Which column refers to the account, in whose system of ids."""

    system: str = ACCOUNT_SYSTEM
    column: KeyField


class Deleted(Part):
    """Soft deletes: the row is gone where the column holds one of the values ("*": any value)."""

    column: str
    values: Texts


class ColumnMap(Part):
    """How one column of a fact is read. `column` names the source's column, or `constant` the value."""

    column: str | None = None
    constant: Text | None = None
    format: Texts = ()  # of dates, tried in order; absent: ISO 8601. %z last for an offset; `epoch`, `epoch_ms`
    known: Literal["on_date", "at_start"] = "on_date"  # of dates: known when they come, or when the row begins
    since: Literal["created"] | None = None  # of undated columns: never changes, so known from the row's first date
    lookup: dict[str, Annotated[str | None, BeforeValidator(_text)]] | None = None  # unlisted: default, else a reject
    default: Text | None = None  # where the source's value is empty or unlisted
    optional: bool = False  # the source may lack the column
    decimal: Literal[".", ","] = "."  # of numbers: the decimal sign; the other one groups thousands
    scale: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None  # stored = written times this; 1 takes "12.0"
    minor: bool = False  # of money: written in minor units already
    round: bool = False  # of numbers: half away from zero, instead of a reject


ColumnField = Annotated[ColumnMap, BeforeValidator(_column)]


class FactMap(Part):
    """One kind of fact that a table feeds."""

    kind: str
    id: KeyField
    account: Annotated[Reference, BeforeValidator(_reference)] | None = None
    where: str | None = None  # SQL over the raw texts; where it is not true the row is not read for this fact
    deleted: Deleted | None = None
    version: ColumnField | None = None  # from when a history row holds; tells rows of one id apart
    load: Load | None = None
    watermark: Watermark | None = None
    since: Literal["created"] | None = None  # all undated columns never change
    columns: dict[str, ColumnField] = Field(default_factory=dict)

    @property
    def of(self) -> Kind:
        """The kind of fact, with its columns."""
        return KINDS[self.kind]

    @property
    def loading(self) -> Load:
        """Whether absence from the next load means gone."""
        return self.load or self.of.load

    @property
    def watermark_by(self) -> Watermark:
        """Through which day a load is complete."""
        return self.watermark or self.of.watermark


class TableMap(Part):
    """One table of the source: files, an SQL table, or a select over files; and the facts it feeds."""

    file: str | None = None
    url: str | None = None
    table: str | None = None
    select: str | None = None
    files: dict[str, str] = Field(default_factory=dict)
    may_be_absent: bool = False  # the files may be missing or without rows
    only_newest: bool = False  # of the matching files only the last by name: dated dumps of the whole
    encoding: str = "utf-8"
    delimiter: str | None = None
    nulls: Texts = ()  # texts that mean no value, besides the empty one
    facts: Annotated[tuple[FactMap, ...], Field(min_length=1)]


class Gap(Part):
    """Days that the source lost for good, both ends included."""

    since: date = Field(alias="from")
    until: date = Field(alias="to")


class SourceMap(Part):
    """One outside system and how its tables become facts."""

    source: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")]
    system: Literal["crm", "product", "support", "billing", "survey", "meetings", "plan", "other"]
    owner: str | None = None  # whom to ask about its data
    folder: str = "."
    covers: Literal["references", "all"] = "references"  # all: an account without rows reads 0
    time_zone: str | None = None  # of naive moments; absent: the project's
    known_at: ColumnField | None = None  # a trusted load timestamp of every row
    retired: date | None = None  # from then on no longer fed, and its files may be absent
    gaps: tuple[Gap, ...] = ()
    tables: Annotated[tuple[TableMap, ...], Field(min_length=1)]
    _document: Document = PrivateAttr()

    def bind(self, document: Document) -> SourceMap:
        """Remember the file this map was read from, for the places of later problems."""
        self._document = document
        return self

    @property
    def project(self) -> Path:
        """The project's folder: the map lies in its sources/."""
        return self._document.file.resolve().parent.parent

    def problem(self, path: Sequence[Step], what: str, expected: str = "", fix: str = "") -> Problem:
        """A problem at a place of the map."""
        return self._document.problem(path, what, expected, fix)
