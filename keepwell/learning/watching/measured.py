"""A card's measures over examples: the status, the points and the cost of each, from the statement that explains a score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import numpy as np

from keepwell.book.snapshot import NOT_FOR_IT, WORTH_A_WORD
from keepwell.engine import engine
from keepwell.learning.samples.examples import Examples, Flags, Floats, Whole
from keepwell.learning.samples.scored import RELATION, readings
from keepwell.scoring.compile import Compiled, Row
from keepwell.scoring.plan import Leaf, Node, Plan
from keepwell.scoring.shape import MICRO
from keepwell.scoring.truth import NOT_APPLICABLE, STALE
from keepwell.words.score import RowKind

UNFORCED = f"(SELECT *, CAST(NULL AS VARCHAR) AS force FROM {RELATION})"
GUARD = "guard."  # before the name of one
Columns = Mapping[str, np.ndarray]
READ = ("p", "t", "n", "w", "seg", "unscored")  # first words of the columns that are read


@dataclass(frozen=True)
class Measured:
    """Of every example. `applies` says whether the card is for it at all; `values` are nano-points of known readings, NaN for others; `costs` points below the best."""

    leaves: tuple[Leaf, ...]
    applies: Flags
    statuses: Mapping[str, Whole]
    values: Mapping[str, Floats]
    costs: Mapping[str, Floats]  # guards too, as guard.NAME


def measured(examples: Examples, compiled: Compiled) -> Measured:
    """The card's counted measures over the examples."""
    with engine() as connection:
        connection.register(RELATION, readings(examples, compiled))
        found = _columns(
            connection, f"SELECT * FROM ({compiled.detail_sql(UNFORCED)}) ORDER BY CAST(account_id AS BIGINT)"
        )
    applies = found["unscored_why"] != NOT_FOR_IT
    numbers = {leaf.name: n for n, leaf in enumerate(compiled.plan.leaves())}
    leaves = tuple(leaf for leaf in compiled.plan.leaves() if leaf.counted)
    statuses = {leaf.name: found[f"t_{numbers[leaf.name]}"].astype(np.int64) for leaf in leaves}
    values = {leaf.name: found[f"n_{numbers[leaf.name]}"].astype(float) for leaf in leaves}
    known = {name: np.where(statuses[name] <= STALE, value, np.nan) for name, value in values.items()}
    return Measured(leaves, applies, statuses, known, _costs(compiled, found, values, statuses))


def _columns(connection: duckdb.DuckDBPyConnection, query: str) -> Columns:
    """Columns as arrays, NaN where a number is NULL."""
    table = connection.sql(query).to_arrow_table()
    return {
        name: np.array([np.nan if v is None else v for v in table[name].to_pylist()])
        for name in table.column_names
        if name.partition("_")[0] in READ
    }


def _costs(
    compiled: Compiled, found: Columns, values: Mapping[str, Floats], statuses: Mapping[str, Whole]
) -> dict[str, Floats]:
    costs = {}
    for row in compiled.rows:
        points = np.nan_to_num(found[row.column].astype(float)) / 1000
        if row.leaf is not None and row.leaf.counted:
            takes_part = (statuses[row.name] != NOT_APPLICABLE) & ~np.isnan(values[row.name])
            costs[row.name] = _below_best(compiled.plan, row, found, points, takes_part)
        elif row.kind is RowKind.GUARD and row.guard is not None:
            costs[f"{GUARD}{row.name}"] = -points
    return costs


def _below_best(plan: Plan, row: Row, found: Columns, points: Floats, takes_part: np.ndarray) -> Floats:
    """Points of the measure at its best, as the other readings stand, less its own; 0 where another one decides."""
    assert row.leaf is not None  # noqa: S101  the caller looked
    segment = found["seg"].astype(np.int64)
    share, decided = np.ones(len(points)), False
    above = _above(plan, row.leaf)
    numbers = {id(node): number for number, node in enumerate(plan.root.nodes())}
    for node, child in zip(above, [*above[1:], row.leaf], strict=True):
        if node.combine == "mean":
            at = node.children.index(child)
            weight = np.array([weights[at] for weights in node.weights], float)[segment]
            whole = found[f"w_{numbers[id(node)]}"].astype(float)
            share = share * np.where(whole > 0, weight / np.where(whole > 0, whole, 1), 0)
        decided = decided or node.combine in ("min", "max", "any_poor")
    best = np.array([row.leaf.extremes(n)[1] for n in range(len(row.leaf.shapes))], float)[segment] / MICRO / 1000
    cost = np.where(takes_part, best * share - points, 0.0)
    return np.where(points == 0, 0.0, cost) if decided else cost


def _above(plan: Plan, leaf: Leaf) -> list[Node]:
    found = [plan.root]
    for name in leaf.path:
        found.append(next(c for c in found[-1].children if isinstance(c, Node) and c.name == name))
    return found


def main_reasons(it: Measured) -> np.ndarray:
    """Of every example the measure or guard that costs most, as `explain` orders them; "" where nothing does."""
    order = sorted(it.costs, key=lambda name: not name.startswith(GUARD))  # guards before measures of the same cost
    costs = np.column_stack([it.costs[name] for name in order]).round(3)
    names = np.array([*order, ""])
    return names[np.where(costs.max(axis=1) < WORTH_A_WORD / 1000, len(order), costs.argmax(axis=1))]
