"""The working state of one load: the database connection, the scratch folder, what came before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from keepwell.engine import as_pattern, engine
from keepwell.lake import TABLES
from keepwell.sources.casting import Zones
from keepwell.sources.column_map import SourceMap
from keepwell.sources.context import IngestContext
from keepwell.sources.knowledge import Stamp
from keepwell.sources.loads import History
from keepwell.sources.staging import literal
from keepwell.words.days import Days

BATCH_ROWS = 100_000  # rows per Arrow batch on their way into the lake


@dataclass(frozen=True)
class Session:
    """One load of one source."""

    source: SourceMap
    context: IngestContext
    connection: duckdb.DuckDBPyConnection
    scratch: Path
    history: History

    @property
    def zones(self) -> Zones:
        """Naive moments of the files, and the days of the project."""
        return Zones(self.source.time_zone or self.context.time_zone, self.context.time_zone)

    @property
    def trusted(self) -> bool:
        """Whether the rows say themselves when they became known."""
        return self.source.known_at is not None

    def stamp(self, system: str, table: int, kind: str) -> Stamp:
        """What all fact rows of this load share."""
        context = self.context
        days = Days(context.time_zone, context.day_close)
        told = (self.history.settled(kind), self.history.delivered(kind))
        return Stamp(self.source.source, system, table, context.batch, context.now, self.zones, days, *told)

    def held(self, table: str) -> str:
        """The rows of a lake table that count: published ones and this batch's own, as a fresh view."""
        context = self.context
        context.lake.view(self.connection, table, context.batch, TABLES[table])
        rows = f"SELECT * FROM {table} WHERE batch <= {context.published} OR batch = {context.batch}"
        self.connection.execute(f"CREATE OR REPLACE VIEW held_{table} AS {rows}")
        return f"held_{table}"

    def append(self, table: str, query: str) -> None:
        """Stream a query's rows into a lake table."""
        reader = self.connection.sql(query).to_arrow_reader(BATCH_ROWS)
        self.context.lake.append(table, reader)

    def count(self, query: str) -> int:
        """The one integer a query yields."""
        ((number,),) = self.connection.execute(query).fetchall()
        return int(number)


@contextmanager
def open_session(source: SourceMap, context: IngestContext, files: Sequence[Path]) -> Iterator[Session]:
    """A connection that reaches the scratch folder, the lake and the given files, and nothing else."""
    with TemporaryDirectory(prefix="keepwell-") as folder:
        scratch = Path(folder).resolve()
        spill = scratch / "spill"
        connection = locked([scratch, context.lake.folder.resolve()], files, context.memory, spill)
        try:
            context.lake.view(connection, "loads", context.published, TABLES["loads"])
            history = History(connection, source.source)
            yield Session(source, context, connection, scratch, history)
        finally:
            connection.close()


def locked(folders: Sequence[Path], files: Sequence[Path], memory: str, spill: Path) -> duckdb.DuckDBPyConnection:
    """A map's own SQL must not read what the map does not name, even if its check had a hole."""
    connection = engine({"memory_limit": memory, "temp_directory": str(spill)}, alone=True)
    named = [str(folder) for folder in folders]
    reached = [*named, *map(as_pattern, named)]  # the engine asks of a pattern, then of the file that it finds
    for setting, paths in (("allowed_directories", reached), ("allowed_paths", [f.resolve() for f in files])):
        listed = ", ".join(literal(str(path)) for path in paths)
        connection.execute(f"SET {setting} = [{listed}]")
    connection.execute("SET python_enable_replacements = false")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection
