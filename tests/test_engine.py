"""Connections share an instance and nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from keepwell.engine import SHARED, WHOLE, beside, engine
from keepwell.lake import Lake


def test_what_one_connection_makes_no_other_sees_and_the_same_name_is_free_for_each() -> None:
    first, second = engine(), engine()
    for connection, value in ((first, 1), (second, 2)):
        connection.execute(f"CREATE VIEW {WHOLE}.fact AS SELECT {value} AS x")
        connection.execute(f"CREATE TEMP TABLE kept AS SELECT {value} AS x")
        connection.execute(f"CREATE TEMP MACRO here() AS {value}")
    for connection, value in ((first, 1), (second, 2)):
        assert connection.execute("SELECT f.x, k.x, here() FROM fact f, kept k").fetchall() == [(value, value, value)]


def test_a_temporary_view_goes_before_the_lakes_and_its_own_select_reads_the_whole() -> None:
    connection = engine()
    connection.execute(f"CREATE VIEW {WHOLE}.fact AS SELECT * FROM range(3) t(x)")
    connection.execute(f"CREATE TEMP VIEW fact AS SELECT * FROM {WHOLE}.fact WHERE x = 1")
    assert connection.execute("SELECT x FROM fact").fetchall() == [(1,)]
    connection.execute("DROP VIEW temp.fact")
    assert connection.execute("SELECT count(*) FROM fact").fetchall() == [(3,)]


def test_a_lock_on_one_that_stands_alone_binds_no_other() -> None:
    alone = engine(alone=True)
    alone.execute("SET enable_external_access = false")
    alone.execute("SET lock_configuration = true")
    engine().execute("SET preserve_insertion_order = true")
    with pytest.raises(duckdb.Error, match="locked"):
        alone.execute("SET preserve_insertion_order = true")


def test_a_result_outlives_the_variable_of_its_connection_and_the_instance_that_others_left() -> None:
    relation = engine().sql("SELECT 7 AS x")
    for _ in range(3 * SHARED):
        engine().close()
    assert relation.fetchall() == [(7,)]


def test_connections_beside_one_another_see_its_views_and_not_each_others_temporary_ones() -> None:
    first = engine()
    first.execute(f"CREATE VIEW {WHOLE}.fact AS SELECT 1 AS x")
    one, other = beside(first), beside(first)
    one.execute(f"CREATE TEMP VIEW fact AS SELECT x + 1 AS x FROM {WHOLE}.fact")
    assert [it.execute("SELECT x FROM fact").fetchall() for it in (one, other)] == [[(2,)], [(1,)]]


def test_a_reader_sees_what_was_published_when_it_was_opened_and_the_next_one_what_came_since(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    row = {"recipe": ["r"], "name": ["n"], "text": ["t"]}
    readers = []
    for batch in (1, 2, 3):
        lake.append("recipes", pa.table(row | {"batch": [batch]}))
        readers.append(lake.reader(min(batch, 2)))
    assert [it.execute("SELECT count(*) FROM recipes").fetchall() for it in readers] == [[(1,)], [(2,)], [(2,)]]


def test_many_threads_open_connections_and_readers_at_once(tmp_path: Path) -> None:
    """As two schedulers in one process, or a server: nobody finds a connection busy with another's call."""
    lake = Lake(tmp_path)
    lake.append("recipes", pa.table({"recipe": ["r"], "name": ["n"], "text": ["t"], "batch": [1]}))

    def read(number: int) -> tuple[int, int]:
        own, shared = engine(), lake.reader(1)
        own.execute(f"CREATE TABLE mine AS SELECT {number} AS x")
        shared.execute(f"CREATE TEMP TABLE mine AS SELECT {number} AS x FROM recipes")
        [[(one,)], [(other,)]] = (it.execute("SELECT x FROM mine").fetchall() for it in (own, shared))
        return one, other

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(400))) == [(number, number) for number in range(400)]


def test_what_lies_beneath_is_made_once_and_a_connection_s_own_views_go_before_it() -> None:
    statements = "CREATE TABLE known AS SELECT 1 AS x; CREATE TABLE other AS SELECT 2 AS x"
    first, second = engine(beneath=statements), engine(beneath=statements)
    first.execute(f"CREATE VIEW {WHOLE}.known AS SELECT 3 AS x")
    assert [one.execute("SELECT known.x, other.x FROM known, other").fetchone() for one in (first, second)] == [
        (3, 2),
        (1, 2),
    ]
    assert beside(first).execute(f"SELECT x FROM {WHOLE}.known").fetchone() == (3,)
    with pytest.raises(duckdb.CatalogException):
        engine().execute("SELECT x FROM other")
