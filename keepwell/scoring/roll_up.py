"""A parent's score from its children's, level by level, with one evidence row per child."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from keepwell.scoring.plan import Plan
from keepwell.scoring.sentence import points
from keepwell.words.score import Evidence, RowKind, Score, State

DEEPEST = 32  # levels; a longer chain of parents can only be a circle
SHOWN = 20  # children with a row of their own; the rest share one
PARENTS, CHILDREN = "rolled_up", "rolled_up_children"
COUNTED = "child"  # the reason code of a child that counts

# how much a child weighs, by the card's roll_up; NULL where its revenue is unknown (`greatest` passes over NULL)
REVENUE = "CASE WHEN c.mrr_minor IS NOT NULL THEN greatest(c.mrr_minor, 0) END"
WEIGHT = {"mrr_weighted": REVENUE, "mean": "1", "worst": "1", "share_healthy": "1"}


def roll_up(connection: duckdb.DuckDBPyConnection, plan: Plan, scores: str, accounts: str) -> int:
    """Score every parent from its children; returns the number of parents.

    `scores` is a scores relation of the card, `accounts` has account_id, as_of, parent and
    mrr_minor (each account's own contracts). Writes two temporary tables: `rolled_up`, one row per
    parent like the scores relation but without evidence columns, and `rolled_up_children` with the
    parents' evidence: position, child (NULL for "others"), children, points_milli, score_milli, unweighed.
    A child is unweighed where its revenue is unknown and that of others is not: it has no part in the
    score and is missing from coverage like an average child. A parent without a scored child that
    weighs is unscored. A card with `roll_up: own` has no parents here.
    """
    _prepare(connection, scores, accounts)
    if plan.card.roll_up == "own":
        return 0
    [(deepest,)] = connection.execute("SELECT coalesce(max(height), 0) FROM ru_accounts").fetchall()
    for height in range(1, deepest + 1):
        connection.execute(_level_sql(plan, height))
        connection.execute(_parents_sql(plan))
        connection.execute(_children_sql(plan))
        connection.execute(
            f"UPDATE ru_accounts SET state = r.state, score_milli = r.score_milli, tier = r.tier,"
            f" coverage_ppm = r.coverage_ppm, low_milli = r.low_milli, high_milli = r.high_milli FROM {PARENTS} r"
            f" WHERE ru_accounts.account_id = r.account_id AND ru_accounts.as_of = r.as_of AND height = {height}"
        )
    [(parents,)] = connection.execute(f"SELECT count(*) FROM {PARENTS}").fetchall()
    return int(parents)


def explain_parent(
    plan: Plan, row: Mapping[str, Any], children: Sequence[Mapping[str, Any]], recipe: str = ""
) -> Score:
    """The score of a parent with its children as evidence, from rows of the two tables."""
    most = max((abs(int(child["points_milli"])) for child in children), default=0)
    evidence = tuple(
        Evidence(
            kind=RowKind.CHILD,
            name=child["child"] or f"{child['children']} others",
            signal=None,
            dimension=None,
            value=None if child["score_milli"] is None else points(child["score_milli"]),
            unit=None,
            status=None,
            observed_at=None,
            points_milli=int(child["points_milli"]),
            max_points_milli=most,
            min_points_milli=0,
            reason=_child_reason(child),
            reason_code=_child_code(child),
            next_step="",
            counted=_child_code(child) == COUNTED,
        )
        for child in children
    )
    return Score(
        account_id=row["account_id"],
        as_of=row["as_of"],
        scorecard=plan.name,
        recipe=recipe,
        state=State(row["state"]),
        score_milli=row["score_milli"],
        tier=row["tier"],
        coverage_ppm=row["coverage_ppm"],
        low_milli=row["low_milli"],
        high_milli=row["high_milli"],
        segment=None,
        evidence=evidence,
        missing=tuple(e.name for e in evidence if not e.counted),
    )


def _child_code(child: Mapping[str, Any]) -> str:
    if child["unweighed"]:
        return "child.unweighed"
    return COUNTED if child["score_milli"] is not None else "child.unscored"


def _child_reason(child: Mapping[str, Any]) -> str:
    if child["child"] is None:
        return f"{child['children']} smaller accounts together"
    found = "Not scored" if child["score_milli"] is None else f"Scores {points(child['score_milli'])}"
    return f"{found}; not counted, its revenue is unknown" if child["unweighed"] else found


def _prepare(connection: duckdb.DuckDBPyConnection, scores: str, accounts: str) -> None:
    """The forest: who is whose parent, how high above its lowest child, with the contracts of all below."""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE ru_edges AS
        SELECT c.account_id, c.as_of, p.account_id AS parent
        FROM {accounts} c JOIN {accounts} p ON p.account_id = c.parent AND p.as_of = c.as_of
        WHERE c.parent <> c.account_id;
        CREATE OR REPLACE TEMP TABLE ru_accounts AS
        WITH RECURSIVE up AS (
            SELECT account_id, as_of, account_id AS ancestor, 0 AS distance FROM {accounts}
            UNION ALL
            SELECT up.account_id, up.as_of, e.parent, up.distance + 1
            FROM up JOIN ru_edges e ON e.account_id = up.ancestor AND e.as_of = up.as_of
            WHERE up.distance < {DEEPEST}
        ), totals AS (
            SELECT up.ancestor AS account_id, up.as_of, max(up.distance) AS height,
                CAST(sum(a.mrr_minor) AS BIGINT) AS mrr_minor  -- what is known of it; NULL: nothing is
            FROM up JOIN {accounts} a ON a.account_id = up.account_id AND a.as_of = up.as_of GROUP BY ALL
        )
        SELECT t.account_id, t.as_of, t.height, t.mrr_minor, s.state, s.score_milli, s.tier, s.coverage_ppm,
            s.low_milli, s.high_milli
        FROM totals t LEFT JOIN {scores} s ON s.account_id = t.account_id AND s.as_of = t.as_of;
        CREATE OR REPLACE TEMP TABLE {PARENTS} (account_id VARCHAR, as_of DATE, state VARCHAR, score_milli BIGINT,
            tier VARCHAR, coverage_ppm BIGINT, low_milli BIGINT, high_milli BIGINT, segment_name VARCHAR);
        CREATE OR REPLACE TEMP TABLE {CHILDREN} (account_id VARCHAR, as_of DATE, position BIGINT, child VARCHAR,
            children BIGINT, points_milli BIGINT, score_milli BIGINT, unweighed BOOLEAN);
        """
    )


def _level_sql(plan: Plan, height: int) -> str:
    """The children of the parents of one height, with what each weighs and brings."""
    kind = plan.card.roll_up
    top = _top_border(plan)
    best = int(plan.card.scale * 1000)
    value = f"CASE WHEN c.score_milli >= {top} THEN {best} ELSE 0 END" if kind == "share_healthy" else "c.score_milli"
    low = f"CASE WHEN c.low_milli >= {top} THEN {best} ELSE 0 END" if kind == "share_healthy" else "c.low_milli"
    high = f"CASE WHEN c.high_milli >= {top} THEN {best} ELSE 0 END" if kind == "share_healthy" else "c.high_milli"
    return f"""
    CREATE OR REPLACE TEMP TABLE ru_level AS
    WITH members AS (
        SELECT p.account_id, p.as_of, c.account_id AS child, c.score_milli, {WEIGHT[kind]} AS given,
            CASE WHEN c.score_milli IS NOT NULL THEN {value} END AS brings, coalesce(c.coverage_ppm, 0) AS coverage_ppm,
            CASE WHEN c.low_milli IS NULL THEN 0 ELSE {low} END AS low_milli,
            CASE WHEN c.high_milli IS NULL THEN {best} ELSE {high} END AS high_milli, c.mrr_minor
        FROM ru_accounts p JOIN ru_edges e ON e.parent = p.account_id AND e.as_of = p.as_of
        JOIN ru_accounts c ON c.account_id = e.account_id AND c.as_of = e.as_of
        WHERE p.height = {height}
    ), weighed AS (
        SELECT *, sum(given) FILTER (brings IS NOT NULL) OVER same AS scored_weight, sum(given) OVER same AS all_weight,
            count(given) OVER same AS known, given IS NULL AND all_weight > 0 AS unweighed
        FROM members WINDOW same AS (PARTITION BY account_id, as_of)
    )
    SELECT * EXCLUDE (given, scored_weight, all_weight, known, coverage_ppm),
        CASE WHEN brings IS NULL OR unweighed THEN 0 WHEN scored_weight > 0 THEN given ELSE 1 END AS weight,
        CASE WHEN unweighed THEN 0 WHEN all_weight > 0 THEN given ELSE 1 END AS full_weight,
        CASE WHEN unweighed THEN (all_weight + known - 1) // known ELSE full_weight END AS cover_weight,
        CASE WHEN unweighed THEN 0 ELSE coverage_ppm END AS coverage_ppm,
        row_number() OVER (PARTITION BY account_id, as_of ORDER BY mrr_minor DESC NULLS LAST, child) AS place
    FROM weighed
    """


def _mean(value: str, weight: str) -> str:
    """A weighted mean of non-negative milli-points in SQL, rounded half away from zero."""
    total = f"sum(CAST({value} AS HUGEINT) * {weight})"
    return f"CAST((2 * {total} + sum({weight})) // (2 * nullif(sum({weight}), 0)) AS BIGINT)"


def _parents_sql(plan: Plan) -> str:
    if plan.card.roll_up == "worst":
        score, low, high = "min(brings)", "min(low_milli)", "min(high_milli)"
    else:
        score, low, high = (
            _mean("coalesce(brings, 0)", "weight"),
            f"least({_mean('low_milli', 'full_weight')}, min(low_milli) FILTER (unweighed))",
            f"greatest({_mean('high_milli', 'full_weight')}, max(high_milli) FILTER (unweighed))",
        )
    tiers = plan.tiers[-1]
    whens = " ".join(f"WHEN score_milli >= {tier.start} THEN {_quoted(tier.name)}" for tier in tiers[:-1])
    tier = f"CASE {whens} ELSE {_quoted(tiers[-1].name)} END" if len(tiers) > 1 else "NULL"
    return f"""
    INSERT INTO {PARENTS}
    SELECT account_id, as_of, CASE WHEN score_milli IS NULL THEN 'unscored' ELSE 'scored' END, score_milli,
        CASE WHEN score_milli IS NOT NULL THEN {tier} END, coverage_ppm, least(low_milli, score_milli),
        greatest(high_milli, score_milli), NULL
    FROM (SELECT account_id, as_of, {score} AS score_milli, {_mean("coverage_ppm", "cover_weight")} AS coverage_ppm,
        {low} AS low_milli, {high} AS high_milli FROM ru_level GROUP BY account_id, as_of)
    """


def _children_sql(plan: Plan) -> str:
    """Shares by largest remainder in order of size; of the worst child, all points and no others."""
    if plan.card.roll_up == "worst":
        first = "row_number() OVER (PARTITION BY l.account_id, l.as_of ORDER BY brings NULLS LAST, place)"
        share = f"SELECT l.*, CASE WHEN {first} = 1 THEN coalesce(brings, 0) ELSE 0 END AS points FROM ru_level l"
    else:
        share = f"""
        SELECT *, base + CASE WHEN row_number() OVER (PARTITION BY account_id, as_of ORDER BY rest DESC, place) <= lacking
            THEN 1 ELSE 0 END AS points
        FROM (SELECT *, product - base * whole AS rest, total - sum(base) OVER same AS lacking
            FROM (SELECT *, CAST(product // whole AS BIGINT) AS base
                FROM (SELECT l.*, coalesce(r.score_milli, 0) AS total,
                        CAST(coalesce(r.score_milli, 0) AS HUGEINT) * weight * coalesce(brings, 0) AS product,
                        greatest(sum(CAST(weight * coalesce(brings, 0) AS HUGEINT)) OVER same, 1) AS whole
                    FROM ru_level l JOIN {PARENTS} r ON r.account_id = l.account_id AND r.as_of = l.as_of
                    WINDOW same AS (PARTITION BY l.account_id, l.as_of)))
            WINDOW same AS (PARTITION BY account_id, as_of))
        """
    return f"""
    INSERT INTO {CHILDREN}
    SELECT account_id, as_of, least(place, {SHOWN + 1}), CASE WHEN place <= {SHOWN} THEN child END, count(*), sum(points),
        CASE WHEN min(place) <= {SHOWN} THEN min(score_milli) END, min(place) <= {SHOWN} AND bool_or(unweighed)
    FROM ({share})
    GROUP BY account_id, as_of, least(place, {SHOWN + 1}), CASE WHEN place <= {SHOWN} THEN child END
    """


def _top_border(plan: Plan) -> int:
    tiers = plan.tiers[-1]
    return tiers[0].start if tiers else int(plan.card.scale * 1000)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
