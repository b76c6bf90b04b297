"""Parents scored from their children: weights, evidence, levels, and what a parent without children gets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from keepwell.scoring.roll_up import explain_parent, roll_up
from keepwell.words.score import RowKind
from tests.scoring.conftest import card

Account = tuple[str, str | None, int | None, int | None]
CARD = "form: weighted\nroll_up: {}\nmeasures: {{nps: }}\ntiers: {{healthy: 80, stable: 60, poor: 0}}"
SCORES = "account_id VARCHAR, as_of DATE, state VARCHAR, score_milli BIGINT, tier VARCHAR, coverage_ppm BIGINT, low_milli BIGINT, high_milli BIGINT, segment_name VARCHAR"


def rolled(
    connection: duckdb.DuckDBPyConnection, how: str, accounts: Sequence[Account]
) -> tuple[dict[str, dict[str, Any]], dict[str, list[dict[str, Any]]]]:
    """Parents and their children's rows; an account is (id, parent, own MRR, own score)."""
    connection.execute(f"CREATE OR REPLACE TABLE own ({SCORES})")
    connection.execute(
        "CREATE OR REPLACE TABLE family (account_id VARCHAR, as_of DATE, parent VARCHAR, mrr_minor BIGINT)"
    )
    for name, parent, mrr, milli in accounts:
        connection.execute("INSERT INTO family VALUES (?, '2025-06-30', ?, ?)", [name, parent, mrr])
        state = "unscored" if milli is None else "scored"
        bounds = [None, None] if milli is None else [milli - 1000, milli + 1000]
        values = [name, "2025-06-30", state, milli, None, 800_000 if milli is not None else 100_000, *bounds, None]
        connection.execute("INSERT INTO own VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    roll_up(connection, card(CARD.format(how)).plan, "own", "family")

    def read(table: str, order: str) -> list[dict[str, Any]]:
        cursor = connection.execute(f"SELECT * FROM {table} ORDER BY {order}")
        names = [c[0] for c in cursor.description or ()]
        return [dict(zip(names, found, strict=True)) for found in cursor.fetchall()]

    children: dict[str, list[dict[str, Any]]] = {}
    for found in read("rolled_up_children", "account_id, position"):
        children.setdefault(found["account_id"], []).append(found)
    return {found["account_id"]: found for found in read("rolled_up", "account_id")}, children


FAMILY: list[Account] = [
    ("p", None, 900, 10_000),
    ("a", "p", 300, 90_000),
    ("b", "p", 100, 50_000),
    ("c", "p", 0, None),
]


@pytest.mark.parametrize(
    ("how", "milli", "tier"),
    [
        ("mrr_weighted", 80_000, "healthy"),
        ("mean", 70_000, "stable"),
        ("worst", 50_000, "poor"),
        ("share_healthy", 50_000, "poor"),
    ],
)
def test_a_parent_is_rolled_up_as_the_card_says(
    connection: duckdb.DuckDBPyConnection, how: str, milli: int, tier: str
) -> None:
    parents, children = rolled(connection, how, FAMILY)
    assert (parents["p"]["score_milli"], parents["p"]["tier"], parents["p"]["state"]) == (milli, tier, "scored")
    assert sum(c["points_milli"] for c in children["p"]) == milli
    assert parents["p"]["low_milli"] <= milli <= parents["p"]["high_milli"]


def test_own_leaves_parents_their_own_score(connection: duckdb.DuckDBPyConnection) -> None:
    assert rolled(connection, "own", FAMILY) == ({}, {})


def test_levels_stand_on_levels_and_contracts_count_once(connection: duckdb.DuckDBPyConnection) -> None:
    accounts: list[Account] = [
        ("top", None, 1_000, 1),
        ("mid", "top", 100, 2),
        ("x", "mid", 200, 60_000),
        ("y", "top", 900, 90_000),
    ]
    parents, children = rolled(connection, "mrr_weighted", accounts)
    assert parents["mid"]["score_milli"] == 60_000
    # mid weighs its own 100 and x's 200: (300 · 60 + 900 · 90) / 1200
    assert parents["top"]["score_milli"] == 82_500
    assert [(c["child"], c["points_milli"]) for c in children["top"]] == [("y", 67_500), ("mid", 15_000)]


def test_without_scored_children_a_parent_is_unscored(connection: duckdb.DuckDBPyConnection) -> None:
    parents, children = rolled(connection, "mrr_weighted", [("p", None, 5, 90_000), ("a", "p", 3, None)])
    assert (parents["p"]["state"], parents["p"]["score_milli"], parents["p"]["tier"]) == ("unscored", None, None)
    assert [c["points_milli"] for c in children["p"]] == [0]


def test_children_without_revenue_weigh_alike(connection: duckdb.DuckDBPyConnection) -> None:
    parents, _ = rolled(
        connection, "mrr_weighted", [("p", None, 5, None), ("a", "p", 0, 40_000), ("b", "p", None, 50_000)]
    )
    assert parents["p"]["score_milli"] == 45_000


def test_a_child_of_unknown_revenue_is_missing_not_worth_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    family: list[Account] = [("p", None, 5, None), ("a", "p", 100, 40_000), ("b", "p", None, 50_000)]
    parents, children = rolled(connection, "mrr_weighted", family)
    found = parents["p"]
    assert found["score_milli"] == 40_000
    assert [(c["child"], c["points_milli"]) for c in children["p"]] == [("a", 40_000), ("b", 0)]
    # a is covered by 80 %, of b nothing counts; it may weigh anything, so the score may come to b's best
    assert (found["coverage_ppm"], found["low_milli"], found["high_milli"]) == (400_000, 39_000, 51_000)
    score = explain_parent(card(CARD.format("mrr_weighted")).plan, found, children["p"])
    assert [(e.reason, e.counted) for e in score.evidence] == [
        ("Scores 40", True),
        ("Scores 50; not counted, its revenue is unknown", False),
    ]
    assert score.missing == ("b",)


def test_a_group_weighs_what_is_known_of_its_revenue(connection: duckdb.DuckDBPyConnection) -> None:
    group: list[Account] = [("top", None, None, None), ("mid", "top", None, None), ("x", "mid", 300, 60_000)]
    group += [("y", "mid", None, 10_000), ("z", "top", 100, 20_000), ("u", "top", None, None), ("v", "u", None, 90_000)]
    parents, _ = rolled(connection, "mrr_weighted", group)
    # mid weighs x's 300 and scores as x does; nothing is known of what u weighs
    assert [parents[name]["score_milli"] for name in ("mid", "u", "top")] == [60_000, 90_000, 50_000]


def test_a_parent_whose_scored_children_have_no_known_weight_is_unscored(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    parents, _ = rolled(
        connection, "mrr_weighted", [("p", None, 5, None), ("a", "p", 100, None), ("b", "p", None, 50_000)]
    )
    assert (parents["p"]["state"], parents["p"]["coverage_ppm"]) == ("unscored", 50_000)


def test_rule_12_twenty_children_have_rows_the_rest_share_one(connection: duckdb.DuckDBPyConnection) -> None:
    accounts: list[Account] = [("p", None, 0, None)]
    accounts += [(f"c{i:02}", "p", 100 - i, 30_001 + 1000 * i) for i in range(30)]
    parents, children = rolled(connection, "mrr_weighted", accounts)
    rows = children["p"]
    assert len(rows) == 21
    assert (rows[0]["child"], rows[-1]["child"], rows[-1]["children"]) == ("c00", None, 10)
    score = explain_parent(card(CARD.format("mrr_weighted")).plan, parents["p"], rows)
    assert sum(e.points_milli for e in score.evidence) == score.score_milli
    assert all(e.kind is RowKind.CHILD for e in score.evidence)
    assert score.evidence[-1].name == "10 others"


def test_a_circle_of_parents_ends(connection: duckdb.DuckDBPyConnection) -> None:
    rolled(connection, "mean", [("a", "b", 1, 50_000), ("b", "a", 1, 60_000)])


@settings(max_examples=15, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(["mrr_weighted", "mean", "worst", "share_healthy"]),
    st.lists(
        st.tuples(
            st.integers(0, 4),
            st.one_of(st.none(), st.integers(0, 10**7)),
            st.one_of(st.none(), st.integers(0, 100_000)),
        ),
        min_size=2,
        max_size=30,
    ),
)
def test_rule_12_a_parents_rows_sum_to_its_score(
    connection: duckdb.DuckDBPyConnection, how: str, drawn: list[tuple[int, int | None, int | None]]
) -> None:
    accounts: list[Account] = [
        (f"n{i}", None if i == 0 else f"n{min(up, i - 1)}", mrr, milli) for i, (up, mrr, milli) in enumerate(drawn)
    ]
    parents, children = rolled(connection, how, accounts)
    for name, parent in parents.items():
        assert sum(c["points_milli"] for c in children[name]) == (parent["score_milli"] or 0)
        if parent["score_milli"] is not None:
            assert parent["low_milli"] <= parent["score_milli"] <= parent["high_milli"]
