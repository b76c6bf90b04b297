"""Lakes for measurements have the columns of the real ones, the wanted size, and the same rows each time."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from keepwell.demo.scale import Scale, write_scale_lake, write_scale_rollup
from keepwell.engine import engine
from keepwell.lake import TABLES, Lake

pytestmark = pytest.mark.slow  # what the benchmark reads; no test of the product

SMALL = Scale(accounts=60, events=40_000, late=20)


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("events"))
    write_scale_lake(lake, SMALL)
    return lake


@pytest.fixture(scope="module")
def rollup(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("rollup"))
    write_scale_rollup(lake, SMALL)
    return lake


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[object, ...]]:
    return connection.execute(sql).fetchall()


def test_tables_have_every_column_of_the_lake(events: Lake) -> None:
    for table in events.tables():
        connection = engine()
        events.view(connection, table, 1)
        described = {str(row[0]): str(row[1]) for row in rows(connection, f'DESCRIBE SELECT * FROM "{table}"')}
        assert described.keys() == TABLES[table].keys()
        assert all(described[name].startswith(kind) for name, kind in TABLES[table].items())


def test_events_are_about_as_many_as_asked_for(events: Lake) -> None:
    ((count,),) = rows(events.connect(1), "SELECT count(*) FROM fact_usage")
    assert count == pytest.approx(SMALL.events, rel=0.05)


def test_event_ids_are_unique(events: Lake) -> None:
    assert rows(events.connect(1), "SELECT count(*) = count(DISTINCT external_id) FROM fact_usage") == [(True,)]


def test_rollup_has_one_row_per_person_day_and_known_day(rollup: Lake) -> None:
    found = rows(
        rollup.connect(1),
        "SELECT count(*) = count(DISTINCT (ref, person, day, known_day)), count(replaces) > 0 FROM usage_rollup",
    )
    assert found == [(True, True)]


def test_every_late_row_replaces_an_earlier_one(rollup: Lake) -> None:
    orphans = rows(
        rollup.connect(1),
        """SELECT count(*) FROM usage_rollup n ANTI JOIN usage_rollup o
           ON o.ref = n.ref AND o.person = n.person AND o.day = n.day AND o.known_day = n.replaces
           WHERE n.replaces IS NOT NULL""",
    )
    assert orphans == [(0,)]


def test_events_and_rollup_have_the_same_user_days(events: Lake, rollup: Lake) -> None:
    by_event = rows(
        events.connect(1), "SELECT count(*) FROM (SELECT DISTINCT ref, person, happened_day FROM fact_usage)"
    )
    by_rollup = rows(rollup.connect(1), "SELECT count(*) FROM usage_rollup WHERE replaces IS NULL")
    assert by_event == by_rollup


def test_workspaces_resolve_through_identity(events: Lake) -> None:
    unmatched = rows(
        events.connect(1),
        "SELECT count(*) FROM fact_usage u ANTI JOIN fact_identity i ON i.system = u.system AND i.ref = u.ref",
    )
    assert unmatched == [(0,)]


def test_second_versions_are_known_later_than_the_first(events: Lake) -> None:
    for kind in ("invoice", "ticket", "interaction", "milestone"):
        found = rows(
            events.connect(1),
            f"""SELECT count_if(latest <= earliest), count(*) > 0 FROM (
                SELECT external_id, min(known_at) AS earliest, max(known_at) AS latest FROM fact_{kind}
                GROUP BY external_id HAVING count(*) > 1)""",
        )
        assert found == [(0, True)], kind


def test_nothing_is_known_after_the_last_day_closed(events: Lake) -> None:
    for table in events.tables():
        if table.startswith("fact_"):
            assert rows(events.connect(1), f"SELECT max(known_at) < TIMESTAMP '2026-07-02 12:00:00' FROM {table}") == [
                (True,)
            ]


def test_same_scale_gives_the_same_rows(events: Lake, tmp_path: Path) -> None:
    again = Lake(tmp_path)
    write_scale_lake(again, SMALL)
    for table in ("fact_usage", "fact_ticket", "fact_subscription"):
        sql = f"SELECT count(*), CAST(sum(hash({table}) >> 8) AS VARCHAR) FROM {table}"
        assert rows(again.connect(1), sql) == rows(events.connect(1), sql)
