"""Why a parent that is rolled up stands where it stands: its children, the one that costs it most first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

import duckdb

from keepwell.book.scorer import Card, Row, rows_of
from keepwell.scoring.roll_up import explain_parent, roll_up
from keepwell.words.score import Score

FAMILY = """
CREATE OR REPLACE TEMP TABLE family AS
WITH RECURSIVE day AS (
    SELECT account_id, as_of, a_parent AS parent, a_mrr_minor AS mrr_minor FROM ({readings}) WHERE as_of = $day
), below AS (
    SELECT account_id FROM day WHERE list_contains($wanted, account_id)
    UNION SELECT day.account_id FROM day JOIN below ON day.parent = below.account_id
)
SELECT * FROM day WHERE account_id IN (SELECT account_id FROM below)
"""
SCORES = """
CREATE OR REPLACE TEMP TABLE family_scores AS
SELECT * FROM ({scores}) WHERE as_of = $day AND account_id IN (SELECT account_id FROM family)
"""
CHILDREN = "SELECT * FROM rolled_up_children WHERE account_id = $account ORDER BY position"


def explained(
    connection: duckdb.DuckDBPyConnection,
    card: Card,
    accounts: Collection[str],
    kept: tuple[str, str],
    day: date,
) -> dict[str, Score]:
    """account → its score with its children as evidence, of those that are rolled up; `kept`: scores and readings as SQL."""
    if not card.rolls_up or not accounts:
        return {}
    scores, readings = kept
    connection.execute(FAMILY.format(readings=readings), {"day": day, "wanted": sorted(accounts)})
    above = {parent for (parent,) in connection.execute("SELECT DISTINCT parent FROM family").fetchall()}
    if above.isdisjoint(accounts):
        return {}
    connection.execute(SCORES.format(scores=scores), {"day": day})
    roll_up(connection, card.compiled.plan, "family_scores", "family")
    wanted = {"wanted": sorted(above.intersection(accounts))}
    rows = rows_of(connection, "SELECT * FROM rolled_up WHERE list_contains($wanted, account_id)", wanted)
    return {row["account_id"]: _explained(connection, card, row) for row in rows}


def _explained(connection: duckdb.DuckDBPyConnection, card: Card, row: Row) -> Score:
    children = rows_of(connection, CHILDREN, {"account": row["account_id"]})
    score = explain_parent(card.compiled.plan, row, children, card.recipe.hash)
    top = int(card.compiled.plan.card.scale * 1000)
    lost = _lost(children, top, worst_counts=card.compiled.plan.card.roll_up == "worst")
    evidence = tuple(
        replace(
            one, reason=_named(child, one.reason), next_step=_step(child), max_points_milli=one.points_milli + costs
        )
        for one, child, costs in zip(score.evidence, children, lost, strict=True)
    )
    return replace(score, evidence=evidence)


def _lost(children: Collection[Row], top: int, *, worst_counts: bool) -> list[int]:
    """What each child costs its parent, in milli-points of the parent."""
    counted = [child["score_milli"] for child in children if child["score_milli"] is not None]
    lowest = min(counted, default=0)

    def lost(child: Row) -> int:
        score: int | None = child["score_milli"]
        points = int(child["points_milli"])
        if score is None or child["unweighed"]:
            return 0
        if worst_counts:
            return top - score if score == lowest else 0
        if points > 0 < score:  # its weight is what it brings for each of its points
            return points * (top - score) // score
        return (top - score) // len(counted)

    return [max(lost(child), 0) for child in children]


def _step(child: Mapping[str, object]) -> str:
    return f"Look at {child['child']} first: 'keepwell explain {child['child']}' says why." if child["child"] else ""


def _named(child: Mapping[str, object], reason: str) -> str:
    return f"{child['child']} {reason[:1].lower()}{reason[1:]}" if child["child"] else reason
