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
    format: Texts = ()
    known: Literal["on_date", "at_start"] = "on_date"
    since: Literal["created"] | None = None
    lookup: dict[str, Annotated[str | None, BeforeValidator(_text)]] | None = None
    default: Text | None = None
    optional: bool = False
    decimal: Literal[".", ","] = "."
    scale: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    minor: bool = False
    round: bool = False


ColumnField = Annotated[ColumnMap, BeforeValidator(_column)]


class FactMap(Part):
    """One kind of fact that a table feeds."""

    kind: str
    id: KeyField
    account: Annotated[Reference, BeforeValidator(_reference)] | None = None
    where: str | None = None
    deleted: Deleted | None = None
    version: ColumnField | None = None
    load: Load | None = None
    watermark: Watermark | None = None
    since: Literal["created"] | None = None
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
    may_be_absent: bool = False
    only_newest: bool = False
    encoding: str = "utf-8"
    delimiter: str | None = None
    nulls: Texts = ()
    facts: Annotated[tuple[FactMap, ...], Field(min_length=1)]


class Gap(Part):
    """Days that the source lost for good, both ends included."""

    since: date = Field(alias="from")
    until: date = Field(alias="to")


class SourceMap(Part):
    """One outside system and how its tables become facts."""

    source: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")]
    system: Literal["crm", "product", "support", "billing", "survey", "meetings", "plan", "other"]
    folder: str = "."
    covers: Literal["references", "all"] = "references"
    time_zone: str | None = None
    known_at: ColumnField | None = None
    retired: date | None = None
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
