"""Use is grouped person by person first: the figure stays what the part says, whatever its filter."""

from __future__ import annotations

import duckdb
import pytest

from keepwell.signals.by_person import person_first
from keepwell.signals.compile import Stage
from keepwell.words.reading import Part

USAGE = """CREATE TABLE known_usage AS SELECT 'A' AS account_id, DATE '2026-01-01' AS as_of, 1 AS pair, * FROM (VALUES
    ('ann', 1, 0), ('ann', 5, 2), ('bob', 1, 1), (NULL, 7, 0), (NULL, 1, 1)) t(person, uses, core_uses)"""
FILTERS = (
    "person IS NOT NULL",
    "person IS NULL",
    "core_uses > 0 AND person IS NOT NULL",
    "person IS NOT NULL AND core_uses > 0",
    "(uses > 4 OR core_uses > 1) AND person IS NOT NULL",
    "uses > 4 OR core_uses > 0 AND person IS NOT NULL",
    "uses > 4 OR person IS NOT NULL",
    "person IS NULL AND person IS NOT NULL",
)
AGGREGATES = ("sum(uses)", "max(uses)", "count(*)", "count(DISTINCT person)", "count(DISTINCT uses % 4)")


@pytest.mark.parametrize("how", [*AGGREGATES, "count(DISTINCT uses) + count(DISTINCT core_uses)"])
@pytest.mark.parametrize("where", FILTERS)
def test_a_figure_taken_person_by_person_is_the_figure_taken_at_once(where: str, how: str) -> None:
    connection = duckdb.connect()
    connection.execute(USAGE)
    connection.execute("CREATE TABLE subjects AS SELECT DISTINCT account_id, as_of, pair FROM known_usage")
    part = person_first(Part("n", "usage", how, where))
    stage = Stage("s0", "usage", part.per)
    column = stage.add(part)
    [(found,)] = connection.execute(f"SELECT {column} FROM ({stage.sql()})").fetchall()
    [(wanted,)] = connection.execute(f"SELECT {how} FROM known_usage WHERE {where}").fetchall()
    assert (found or 0) == (wanted or 0)
