"""The compiled SQL says what the language says: checked against a reading of it in plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from keepwell.scoring.compile import Compiled
from keepwell.scoring.evaluate import evaluate
from keepwell.scoring.planner import plan
from keepwell.scoring.scorecard import Scorecard
from keepwell.words.score import RowKind
from tests.scoring.cards import SOME, readings, scorecards
from tests.scoring.reference import Reference

# shrinking a whole card takes minutes; the notes show the card and the row that failed
WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as opened:
        yield opened


@settings(max_examples=25, deadline=None, phases=WITHOUT_SHRINKING, suppress_health_check=list(HealthCheck))
@given(scorecards(), st.lists(readings(), min_size=12, max_size=12))
def test_sql_agrees_with_the_reference_on_random_cards_and_readings(
    connection: duckdb.DuckDBPyConnection, words: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    """Show 7, rules 11-13: score, tier, coverage, range, segment and every evidence row."""
    card = Scorecard.model_validate(words)
    compiled = Compiled(plan(card, SOME))
    note(str(words))
    for row, found in zip(rows, evaluate(connection, compiled, rows), strict=True):
        note(str(row))
        expected = Reference(card, SOME, row).score()
        for name in ("state", "segment_name", "coverage_ppm", "score_milli", "tier", "low_milli", "high_milli"):
            assert found[name] == expected[name], name
        points = {r.name: found[r.column] for r in compiled.rows if found[r.column] is not None}
        for name, milli in expected["rows"].items():
            assert points.get(name, 0) == milli, name
        if found["state"] == "scored":
            assert sum(found[r.column] or 0 for r in compiled.rows) == found["score_milli"]
            assert found["low_milli"] <= found["score_milli"] <= found["high_milli"]
            assert all(
                points[r.name] == 0 for r in compiled.rows if r.kind is RowKind.GUARD and r.need and r.name in points
            )
        else:
            assert points == {}
