"""Large lakes for measurements: fact rows drawn by hashes inside DuckDB, no files read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import pyarrow as pa

from keepwell.demo.scale_facts import COMMON_VALUES, FACTS, FEATURES, ScaleFact
from keepwell.engine import engine
from keepwell.lake import TABLES, Lake

BATCH = 1
EVENTS_A_DAY = 7  # events of a person on a day of use, on average
PPM = 1_000_000
BATCH_ROWS = 200_000

MACROS = """
CREATE MACRO dice(a, b, n) AS CAST(hash(CAST(a AS BIGINT), CAST(b AS BIGINT)) % n AS BIGINT);
"""

# a tenth E, a third M, the rest S; `trend`: use grows or falls by up to that many percent
ACCOUNTS = """
CREATE TABLE base AS
SELECT a, size, start_day, trend,
       CASE size WHEN 'E' THEN 90 + dice(a, 1, 110) WHEN 'M' THEN 25 + dice(a, 1, 50) ELSE 5 + dice(a, 1, 20) END AS seats
FROM (SELECT a, CASE WHEN dice(a, 0, 100) < 10 THEN 'E' WHEN dice(a, 0, 100) < 40 THEN 'M' ELSE 'S' END AS size,
             CAST($until AS DATE) - CAST(200 + dice(a, 2, 1300) AS INTEGER) AS start_day,
             dice(a, 3, 121) - 60 AS trend
      FROM range($accounts) t(a))
"""

# a quarter of the seats never uses it; the others a little, as usual, or much
PEOPLE = """
CREATE TABLE person AS
SELECT a * 1000 + n AS p, 'w' || a AS ref, 'u' || (a * 1000 + n) AS person, trend,
       CASE dice(a * 1000 + n, 4, 4) WHEN 0 THEN 0 WHEN 1 THEN 6 WHEN 2 THEN 12 ELSE 22 END AS habit
FROM base, LATERAL (SELECT n FROM range(seats) t(n))
"""

# people with a day of use on a given working day; `trend` turns the rate by up to 60 % over the window
USED = """
SELECT p, ref, person, dice(p, $number * 8 + 1, 13) + 1 AS events FROM person
WHERE dice(p, $number * 8, 1000000) * 1000 < CAST($rate AS BIGINT) * habit * (100 + trend * (2 * $number - $total) // $total)
"""

EVENTS = """
SELECT {columns} FROM (
    SELECT *, CAST($day AS TIMESTAMP) + to_seconds(21600 + dice(p * 16 + n, $number * 8 + 2, 43200)) AS moment,
           $number * 100000000000 + p * 16 + n AS id
    FROM (SELECT *, unnest(range(events)) AS n FROM ({used}))
)"""

ROLLUP = """
SELECT 'product' AS source, 'workspace' AS system, ref, person, CAST($day AS DATE) AS day,
       CAST($day AS DATE) + known AS known_day, CASE WHEN known > 0 THEN CAST($day AS DATE) END AS replaces,
       events * 2 + known AS uses, events + known AS core_uses,
       (1::BIGINT << least(dice(p, $number * 8 + 3, 10), dice(p, $number * 8 + 4, 10)))
       | (1::BIGINT << dice(p, $number * 8 + 5, 10)) AS features, CAST($batch AS BIGINT) AS batch
FROM (SELECT *, CAST(unnest(range(CASE WHEN dice(p, $number * 8 + 6, 1000) < $late THEN 2 ELSE 1 END)) AS INTEGER)
                AS known FROM ({used}))
"""


@dataclass(frozen=True)
class Scale:
    """How large a lake is: `events` product events within `days` days up to `until`.

    `late` is how many of a thousand arrive a day late; with 0 the knowledge is assumed from the
    events' own dates, as in the first load of a source.
    """

    accounts: int = 10_000
    events: int = 50_000_000
    until: date = date(2026, 6, 30)
    days: int = 182
    late: int = 0

    @property
    def working_days(self) -> list[date]:
        """Mondays to Fridays of the window, oldest first."""
        window = (self.until - timedelta(days=n) for n in reversed(range(self.days)))
        return [day for day in window if day.weekday() < 5]


def write_scale_lake(lake: Lake, scale: Scale) -> dict[str, int]:
    """Write all facts with single product events, under batch 1; rows by table. Publishing is the caller's."""
    with _drawn(scale) as connection:
        written = _write_facts(lake, connection, scale)
        written["fact_usage"] = _write_days(lake, connection, scale, "fact_usage", _events_sql(scale))
        _write_loads(lake, connection, scale, written)
    return written


def write_scale_rollup(lake: Lake, scale: Scale) -> dict[str, int]:
    """Write all facts, and use as rows of the rollup instead of events; rows by table."""
    with _drawn(scale) as connection:
        written = _write_facts(lake, connection, scale)
        sql = ROLLUP.format(used=USED).replace("$late", str(scale.late)).replace("$batch", str(BATCH))
        written["usage_rollup"] = _write_days(lake, connection, scale, "usage_rollup", sql)
        days = [(day + timedelta(days=n)) for day in scale.working_days for n in range(2 if scale.late else 1)]
        known = [day for day in scale.working_days for _ in range(2 if scale.late else 1)]
        table = {"source": ["product"] * len(days), "day": known, "known_day": days, "batch": [BATCH] * len(days)}
        lake.append("usage_day", pa.table(table))
        _write_loads(lake, connection, scale, written | {"fact_usage": written["usage_rollup"]})
    return written


def _drawn(scale: Scale) -> duckdb.DuckDBPyConnection:
    """A connection with the accounts and the people who use the product."""
    connection = engine()
    connection.execute(MACROS)
    connection.execute(ACCOUNTS, {"until": scale.until, "accounts": scale.accounts})
    connection.execute(PEOPLE)
    return connection


def _write_facts(lake: Lake, connection: duckdb.DuckDBPyConnection, scale: Scale) -> dict[str, int]:
    written = {}
    for fact in FACTS:
        rows = connection.sql(fact_sql(fact, scale)).to_arrow_reader(BATCH_ROWS)
        written[f"fact_{fact.kind}"] = _append(lake, f"fact_{fact.kind}", rows.schema, rows)
    return written


def _append(lake: Lake, table: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    """Append a stream of rows; how many there were."""
    written = 0

    def counted() -> Iterator[pa.RecordBatch]:
        nonlocal written
        for batch in batches:
            written += batch.num_rows
            yield batch

    lake.append(table, pa.RecordBatchReader.from_batches(schema, counted()))
    return written


def fact_sql(fact: ScaleFact, scale: Scale) -> str:
    """The rows of one fact kind with every column of its table; moments that are not known yet make no row."""
    columns = _columns(fact.kind, {**COMMON_VALUES, "source": f"'{fact.source}'", **fact.columns})
    until = f"DATE '{scale.until}'"
    rows = f"SELECT *, {fact.day} AS day FROM (SELECT b.*, CAST(j AS INTEGER) AS j, {until} AS until FROM base b, range({fact.each}) t(j))"
    inner = f"SELECT * FROM ({rows}) WHERE day <= until AND ({fact.where})"
    if fact.later:
        inner = (
            f"SELECT *, NULL::DATE AS then_day FROM ({inner}) UNION ALL SELECT * FROM"
            f" (SELECT *, {fact.later} AS then_day FROM ({inner})) WHERE then_day <= until"
        )
    else:
        inner = f"SELECT *, NULL::DATE AS then_day FROM ({inner})"
    return f"SELECT {columns} FROM ({inner}) ORDER BY day, a, j, then_day NULLS FIRST"


def _columns(kind: str, values: dict[str, str]) -> str:
    schema = TABLES[f"fact_{kind}"]
    return ", ".join(f'CAST({values.get(name, "NULL")} AS {stored}) AS "{name}"' for name, stored in schema.items())


def _events_sql(scale: Scale) -> str:
    names = ", ".join(f"'{name}'" for name in FEATURES)
    late = f"CASE WHEN dice(id, 6, 1000) < {scale.late} THEN INTERVAL 30 HOUR ELSE INTERVAL 20 MINUTE END"
    values = {
        "source": "'product'",
        "external_id": "id",
        "system": "'workspace'",
        "ref": "ref",
        "happened_at": "moment",
        "happened_day": "$day",
        "known_at": f"moment + {late}" if scale.late else "moment",
        "known_basis": "'recorded'" if scale.late else "'assumed'",
        "deleted": "false",
        "content": "id",
        "seq": "id",
        "batch": str(BATCH),
        "used_at": "moment",
        "person": "person",
        "feature": f"[{names}][1 + least(dice(id, 3, 10), dice(id, 4, 10))]",
        "count": "1 + dice(id, 5, 3)",
        "staff": "false",
    }
    return EVENTS.format(columns=_columns("usage", values), used=USED)


def _write_days(lake: Lake, connection: duckdb.DuckDBPyConnection, scale: Scale, table: str, sql: str) -> int:
    """Append day by day, so that the table is ordered by day and no more than a day is in memory."""
    ((habits,),) = connection.execute("SELECT CAST(sum(habit) AS BIGINT) FROM person").fetchall()
    days = scale.working_days
    # rate × habit is the chance of a day of use in parts per million, times ten
    rate = scale.events * PPM * 10 // (EVENTS_A_DAY * len(days) * max(habits, 1))
    nothing = _with(sql, {"number": 0, "total": 1, "rate": 0, "day": days[0]})
    schema = connection.sql(f"SELECT * FROM ({nothing}) LIMIT 0").to_arrow_table().schema

    def batches() -> Iterator[pa.RecordBatch]:
        for number, day in enumerate(days):
            given = {"number": number, "total": len(days), "rate": rate, "day": day}
            yield from connection.sql(_with(sql, given)).to_arrow_table().to_batches(max_chunksize=BATCH_ROWS)

    return _append(lake, table, schema, batches())


def _with(sql: str, given: dict[str, int | date]) -> str:
    for name, value in given.items():
        sql = sql.replace(f"${name}", f"DATE '{value}'" if isinstance(value, date) else str(value))
    return sql


def _write_loads(lake: Lake, connection: duckdb.DuckDBPyConnection, scale: Scale, written: dict[str, int]) -> None:
    """Note the load of each kind, and the references each source used."""
    loaded = f"TIMESTAMP '{scale.until + timedelta(days=1)} 02:00:00'"
    sources = {fact.kind: fact.source for fact in FACTS} | {"usage": "product"}
    values = ", ".join(
        f"('{source}', '{kind}', {written[f'fact_{kind}']})"
        for kind, source in sources.items()
        if f"fact_{kind}" in written
    )
    lake.append(
        "loads",
        connection.sql(f"""
        SELECT source, kind, kind || '.parquet' AS origin, true AS first, {loaded} AS loaded_at,
               CAST({loaded} AS DATE) AS loaded_day, DATE '{scale.until}' AS max_day, kind AS digest,
               CAST(n AS BIGINT) AS read, CAST(n AS BIGINT) AS accepted, 0::BIGINT AS duplicates,
               0::BIGINT AS quarantined, 0::BIGINT AS vanished, source <> 'product' AS covers_all,
               {BATCH}::BIGINT AS batch
        FROM (VALUES {values}) t(source, kind, n)""").to_arrow_table(),
    )
    lake.append(
        "reference",
        connection.sql(f"""
        SELECT source, system, prefix || a AS ref, CAST(start_day AS TIMESTAMP) AS first_known_at, 1::BIGINT AS facts,
               {BATCH}::BIGINT AS batch
        FROM base, (VALUES {", ".join(f"('{s}', 'account', 'A')" for s in sorted(set(sources.values()) - {"product"}))},
                    ('product', 'workspace', 'w')) t(source, system, prefix)""").to_arrow_table(),
    )
