"""The benchmark compares two ways to the same figures: here that they are the same, not how fast."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest

from benchmarks import run
from benchmarks.company import AS_OF, HERE, Place, card
from benchmarks.deciding import project_of
from benchmarks.scoring import SIGNALS_PER_CARD, differences, signals_of
from keepwell.book import snapshot
from keepwell.book.scorer import Scorer, rows_of
from keepwell.book.shelf import kept_readings_sql
from keepwell.scoring.explain import explain_many
from tests.company import THOROUGH

FIELDS = {
    "accounts", "events", "equal_rows", "product_cpu_s", "by_hand_cpu_s", "ratio", "product_peak_mb", "by_hand_peak_mb",
    "points_with_range_cpu_s", "writing_cpu_s", "ingest_cpu_s", "ingest_rows", "rollup_build_cpu_s",
    "rollup_next_day_cpu_s", "next_day_events", "one_account_p50_ms", "one_account_p99_ms",
    "large_accounts", "large_rollup_rows", "large_cpu_s", "large_peak_mb", "score_day_cpu_s", "first_decision_cpu_s",
    "decision_cpu_s", "decision_share", "transitions", "decide_peak_mb", "score_day_peak_mb", "decide_first_peak_mb",
}  # fmt: skip


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    if not THOROUGH:
        pytest.skip("a benchmark of eight processes: `make test-slow` runs it")
    folder = tmp_path_factory.mktemp("bench")
    return folder, run.measured(folder, 50, 60, repeat=1)


def test_both_sides_agree_on_every_value(measured: tuple[Path, dict[str, object]]) -> None:
    """Show 8: readings, points and scores of all accounts."""
    folder, figures = measured
    assert figures["equal_rows"] == 50
    assert differences(Place(folder, 50, 0)) == (50, 0)


def test_the_card_has_eighteen_measures_and_most_tell_even_few_accounts_apart(
    measured: tuple[Path, dict[str, object]],
) -> None:
    names = [signal.name for signal in signals_of(card())]
    counts = ", ".join(f"count(DISTINCT {name})" for name in names)
    [found] = duckdb.execute(f"SELECT {counts} FROM '{measured[0] / 'by_hand.parquet'}'").fetchall()
    assert len(names) == SIGNALS_PER_CARD
    assert sum(n > 1 for n in found) >= SIGNALS_PER_CARD - 3, dict(zip(names, found, strict=True))


def test_a_difference_is_seen(measured: tuple[Path, dict[str, object]], tmp_path: Path) -> None:
    """One wrong value on one side would not pass."""
    folder = measured[0]
    duckdb.execute(f"COPY (FROM '{folder / 'product.parquet'}') TO '{tmp_path / 'product.parquet'}' (FORMAT parquet)")
    wrong = "SELECT * REPLACE (IF(account_id = 'A7', nps + 1, nps) AS nps, score_milli + IF(account_id = 'A8', 1, 0) AS score_milli)"
    duckdb.execute(
        f"COPY ({wrong} FROM '{folder / 'by_hand.parquet'}') TO '{tmp_path / 'by_hand.parquet'}' (FORMAT parquet)"
    )
    assert differences(Place(tmp_path, 50, 0))[1] > 0


def test_the_figures_are_one_json_line_with_all_fields(measured: tuple[Path, dict[str, object]]) -> None:
    figures = json.loads(json.dumps(measured[1]))
    assert set(figures) >= FIELDS
    assert all(isinstance(figures[name], int | float) for name in FIELDS)


def test_the_dearest_row_alone_is_the_first_of_all_rows(measured: tuple[Path, dict[str, object]]) -> None:
    """The main reason of a standing, without putting every row into words."""
    project = project_of(Place(measured[0] / "large" / "decided", 60, 0))
    scorer = Scorer(project)
    connection, compiled = scorer.connect(), scorer.headline().compiled
    sql = f"SELECT * FROM ({kept_readings_sql(scorer, connection)}) WHERE as_of = ?"
    subjects = [(scorer.named(row), None) for row in rows_of(connection, sql, [AS_OF])]
    whole, dearest = (explain_many(connection, compiled, subjects, detail=detail) for detail in ("rows", "dearest"))
    assert [snapshot.by_loss(score)[:1] for score in dearest] == [snapshot.by_loss(score)[:1] for score in whole]
    assert len({snapshot.main_reason(score) for score in dearest}) > 10


def test_the_hand_written_query_filters_knowledge_in_every_fact_it_reads() -> None:
    """Else it would be faster by doing less."""
    text = (HERE / "by_hand.sql").read_text(encoding="utf-8")
    for piece in re.findall(r"FROM fact_\w+[^()]*", text):
        assert "known_at < $close_at" in piece, piece
    assert "known_day <= $as_of" in text
