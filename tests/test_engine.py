"""Connections share an instance and nothing else."""

from __future__ import annotations

import duckdb
import pytest

from keepwell.engine import SHARED, WHOLE, engine


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
