"""Which column of which system feeds what: the data inventory's view of the source maps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keepwell.sources.column_map import FactMap, SourceMap, TableMap
from keepwell.words.fact import Watermark


@dataclass(frozen=True)
class Feed:
    """One column of a fact kind and where it comes from; `column` None: the kind as a whole.

    `origin` is the file pattern, SQL table or files of a select as the map writes them,
    `read_from` the source's column, or None for a constant.
    """

    source: str
    system: str
    kind: str
    column: str | None
    origin: str
    read_from: str | None
    watermark: Watermark


def describe(source: SourceMap) -> tuple[Feed, ...]:
    """Every (fact kind, column) the source feeds, in the order of its map."""
    return tuple(feed for table in source.tables for fact in table.facts for feed in _feeds(source, table, fact))


def _feeds(source: SourceMap, table: TableMap, fact: FactMap) -> Iterator[Feed]:
    origin = table.file or table.table or ", ".join(table.files.values())
    key = ", ".join(fact.id.columns) or fact.id.template
    sources: dict[str | None, str | None] = {
        None: key,
        **{name: mapped.column for name, mapped in fact.columns.items()},
    }
    for column, read_from in sources.items():
        yield Feed(source.source, source.system, fact.kind, column, origin, read_from, fact.watermark_by)
