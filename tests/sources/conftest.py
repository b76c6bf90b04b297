"""A desk with one source on it: files, a map, loads that publish, and what the lake then holds."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from keepwell.lake import Lake
from keepwell.sources.column_map import SourceMap
from keepwell.sources.context import IngestContext, SourceReport
from keepwell.sources.ingest import load_source
from keepwell.sources.map_check import read_source

FIRST_LOAD = datetime(2024, 7, 1, 4, 0)


@dataclass
class Desk:
    """A project with one source; each `load` runs one batch a day later than the last and publishes it."""

    folder: Path
    time_zone: str = "UTC"
    day_close: str = "06:00"
    published: int = 0
    now: datetime = FIRST_LOAD
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def lake(self) -> Lake:
        return Lake(self.folder / "lake")

    def file(self, name: str, text: str | bytes) -> Path:
        path = self.folder / "exports" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).lstrip("\n").encode())
        return path

    def map(self, text: str) -> SourceMap:
        path = self.folder / "sources" / "desk.yml"
        path.parent.mkdir(exist_ok=True)
        head = "" if "source:" in text else "source: desk\nsystem: other\nfolder: exports\n"
        path.write_text(head + textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return read_source(path)

    def source(self) -> SourceMap:
        return read_source(self.folder / "sources" / "desk.yml")

    def context(self) -> IngestContext:
        context = IngestContext(
            lake=self.lake,
            batch=self.published + 1,
            published=self.published,
            now=self.now,
            today=self.now.replace(tzinfo=UTC).astimezone(ZoneInfo(self.time_zone)).date(),
            time_zone=self.time_zone,
            day_close=time.fromisoformat(self.day_close),
            currency="EUR",
            salt="salt",
        )
        return replace(context, **self.options)

    def load(self, *, later: bool = True) -> SourceReport:
        self.lake.remove_unpublished(self.published)
        report = load_source(self.source(), self.context())
        self.published += report.changed
        if later:
            self.now += timedelta(days=1)
        return report

    def rows(self, table: str, columns: str = "*", order: str = "external_id, known_at") -> list[tuple[Any, ...]]:
        connection = self.lake.connect(self.published)
        try:
            return connection.execute(f"SELECT {columns} FROM {table} ORDER BY {order}").fetchall()
        finally:
            connection.close()

    def one(self, table: str, columns: str = "*") -> tuple[Any, ...]:
        (row,) = self.rows(table, columns)
        return row

    def rejects(self) -> list[tuple[Any, ...]]:
        return self.rows("rejects", 'file, line, "column", reason, raw', "batch, file, line")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def counts(report: SourceReport) -> list[tuple[int, int, int, int]]:
    return [(t.read, t.accepted, t.duplicates, t.quarantined) for t in report.tables]
