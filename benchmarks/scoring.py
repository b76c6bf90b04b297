"""The two sides: Keepwell's readings and points, and the same from a query written by hand."""

from __future__ import annotations

from pathlib import Path

import duckdb
import sqlglot.dialects.duckdb  # noqa: F401 - loaded when first needed; imports are not what is measured

from benchmarks.company import AS_OF, BATCH, CLOSE_AT, HERE, TERMS, Place, card, day
from benchmarks.meter import Meter
from keepwell.scoring.compile import Compiled
from keepwell.signals.compile import compile_readings
from keepwell.signals.expression import change, ratio
from keepwell.timeline.ledger import Known, Ledger
from keepwell.timeline.terms import Pair
from keepwell.words.reading import Signal

SIGNALS_PER_CARD = 18
# the parts of a reading besides its value, as the query written by hand says them
READING = (
    (
        "CREATE MACRO reading_status(applies, value, late) AS CASE WHEN NOT coalesce(applies, false)"
        " THEN 'not_applicable' WHEN value IS NULL THEN 'missing' WHEN late THEN 'stale' ELSE 'fresh' END"
    ),
    "CREATE MACRO observed(value, newest, read) AS CASE WHEN value IS NOT NULL THEN CAST(coalesce(newest, read) AS DATE) END",
)
MOST_RESCORED = 100  # accounts, one after the other


def signals_of(compiled: Compiled) -> list[Signal]:
    """The signals that the card reads."""
    return list(compiled.plan.signals.values())


def product(place: Place, meter: Meter) -> None:
    """Readings and points by Keepwell; the range and the writing timed apart."""
    compiled = card()
    with meter.timed("product"):
        connection = place.lake.connect(BATCH, place.engine)
        _read(connection, Ledger(connection, TERMS).known_of_all([day()]), compiled)
        connection.execute(f"CREATE TEMP TABLE points AS {compiled.sql('readings', ranges=False)}")
    with meter.timed("points_with_range"):
        connection.execute(f"CREATE TEMP TABLE scores AS {compiled.sql('readings')}")
    with meter.timed("writing"):
        for table in ("readings", "scores"):
            relation = connection.sql(f"SELECT *, CAST({BATCH} AS BIGINT) AS batch FROM {table}")
            place.lake.append(f"measured/{table}", relation.to_arrow_reader(100_000))
    names = [s.name for s in signals_of(compiled)]
    shown = [f"v_{n} AS {n}" for n in names] + [f"q_{n}" for n in names] + [f"o_{n}" for n in names]
    rows = [row.column for row in compiled.rows if row.leaf is not None]
    points = [f"coalesce({column}, 0) AS p_{n}" for n, column in enumerate(rows, 1)]
    columns = ", ".join(["account_id", *shown, *points, "score_milli"])
    _keep(
        connection,
        f"SELECT {columns} FROM readings JOIN points USING (account_id, as_of)",
        place.folder / "product.parquet",
    )
    ((meter.figures["accounts"],),) = connection.execute("SELECT count(*) FROM points").fetchall()


def by_hand(place: Place, meter: Meter) -> None:
    """The same by `by_hand.sql`."""
    compiled, statement = card(), (HERE / "by_hand.sql").read_text(encoding="utf-8")
    with meter.timed("by_hand"):
        connection = place.lake.connect(BATCH, place.engine)
        connection.execute("SET disabled_optimizers = ''")  # the engine as an engineer would find it
        connection.execute(f"CREATE MACRO ratio(part, base) AS {ratio('part', 'base')}")
        for macro in READING:
            connection.execute(macro)
        connection.execute(f"CREATE MACRO change(present, past) AS {change('present', 'past')}")
        for name, value in (("$as_of", f"DATE '{AS_OF}'"), ("$close_at", f"TIMESTAMP '{CLOSE_AT}'")):
            statement = statement.replace(name, value)
        connection.execute(f"CREATE TEMP TABLE points AS {statement}")
    names = [s.name for s in signals_of(compiled)]
    shown = [*names, *(f"q_{name}" for name in names), *(f"o_{name}" for name in names)]
    points = [f"p_{n}" for n in range(1, len(names) + 1)]
    columns = ", ".join(["account_id", *shown, *points, "score_milli"])
    _keep(connection, f"SELECT {columns} FROM points", place.folder / "by_hand.parquet")


def _read(connection: duckdb.DuckDBPyConnection, known: Known, compiled: Compiled) -> None:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE readings AS {compile_readings(signals_of(compiled), known.relations)}"
    )


def _keep(connection: duckdb.DuckDBPyConnection, sql: str, file: Path) -> None:
    connection.execute(f"COPY ({sql}) TO '{file}' (FORMAT parquet)")


def differences(place: Place) -> tuple[int, int]:
    """(rows, rows that differ) of what the two sides wrote."""
    files = [f"(SELECT COLUMNS(*)::VARCHAR FROM '{place.folder / name}.parquet')" for name in ("product", "by_hand")]
    with duckdb.connect() as connection:
        ((rows,),) = connection.execute(f"SELECT count(*) FROM {files[0]}").fetchall()
        apart = f"(FROM {files[0]} EXCEPT FROM {files[1]}) UNION ALL (FROM {files[1]} EXCEPT FROM {files[0]})"
        ((different,),) = connection.execute(f"SELECT count(*) FROM ({apart})").fetchall()
    return int(rows), int(different)


def one_account(place: Place, meter: Meter) -> None:
    """One account after the other, rescored on an open connection; CPU milliseconds each."""
    compiled, connection = card(), place.lake.connect(BATCH)
    times, found = min(MOST_RESCORED, max(place.accounts // 20, 1)), []
    for n in range(times):
        one = Meter()
        with one.timed("one"):
            account = f"A{n * place.accounts // times}"
            _read(connection, Ledger(connection, TERMS).known_at([Pair(account, AS_OF, CLOSE_AT)]), compiled)
            connection.execute(compiled.sql("readings")).fetchall()
        found.append(one.figures["one_cpu_s"] * 1000)
    found.sort()
    meter.figures["one_account_p50_ms"] = round(found[len(found) // 2], 1)
    meter.figures["one_account_p99_ms"] = round(found[min(len(found) * 99 // 100, len(found) - 1)], 1)
