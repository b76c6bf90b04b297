"""Examples scored by any scorecard through its compiled SQL: hand-written and learned cards alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from keepwell.engine import engine
from keepwell.learning.samples.examples import CardScores, Examples
from keepwell.scoring.compile import Compiled
from keepwell.words.problem import KeepwellError, Problem, nearest

RELATION = "example_readings"


def readings(examples: Examples, compiled: Compiled) -> pa.Table:
    """The examples as the relation of readings that a card reads; the account is the row's number."""
    numbers = pa.array(range(examples.size), pa.int64()).cast(pa.string())
    if examples.readings is not None:
        kept = {name: examples.readings[name] for name in compiled.columns}
        return pa.table(kept | {"account_id": numbers})
    wanted = {name for name in compiled.columns if name.startswith("v_")}
    lacking = sorted(name[2:] for name in wanted if name[2:] not in examples.names)
    if lacking:
        what = f"the examples have no column for {', '.join(lacking)}"
        raise KeepwellError(Problem(what, fix=nearest(lacking[0], examples.names)))
    attributes = [name for name in compiled.columns if name.startswith("a_")]
    if attributes:
        raise KeepwellError(Problem(f"the card asks for {attributes[0][2:]}, which examples do not have"))
    columns: dict[str, pa.Array[Any]] = {
        "account_id": numbers,
        "as_of": pa.array(np.zeros(examples.size, "datetime64[D]"), pa.date32()),
    }
    for column in examples.columns:
        if f"v_{column.name}" in wanted:
            absent = np.isnan(column.values)
            whole = np.where(absent, 0, column.values).astype(np.int64)
            columns[f"v_{column.name}"] = pa.array(whole, pa.int64(), mask=absent)
            columns[f"q_{column.name}"] = pa.array(np.where(absent, "missing", "fresh"))
    return pa.table(columns)


def score(examples: Examples, compiled: Compiled) -> CardScores:
    """Score all examples in one statement, each by its own readings."""
    with engine() as connection:
        connection.register(RELATION, readings(examples, compiled))
        rows = connection.execute(
            "SELECT CAST(account_id AS BIGINT), score_milli, tier"
            f" FROM ({compiled.sql(RELATION, ranges=False)}) ORDER BY 1"
        ).fetchall()
    scores = np.array([np.nan if milli is None else milli / 1000 for _, milli, _ in rows])
    return CardScores(scores, tuple(tier for *_, tier in rows))


def with_card(examples: Examples, compiled: Compiled) -> Examples:
    """The examples with a card's scores."""
    return replace(examples, by_card={**examples.by_card, compiled.plan.name: score(examples, compiled)})
