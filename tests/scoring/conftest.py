"""A connection, and short ways from words to a compiled card and to a score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import pytest

from keepwell import document
from keepwell.project import packaged_scorecards
from keepwell.scoring import scorecard
from keepwell.scoring.compile import Compiled
from keepwell.scoring.evaluate import evaluate
from keepwell.scoring.planner import own_signals, plan
from keepwell.signals.catalogue import CATALOGUE
from keepwell.words.reading import Signal
from tests.scoring.cards import SIGNALS


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as opened:
        yield opened


def card(text: str, signals: Mapping[str, Signal] = SIGNALS) -> Compiled:
    """A card from its YAML text; the name may be left out."""
    whole = text if "scorecard:" in text else f"scorecard: test\n{text}"
    parsed = document.parse(whole)
    return Compiled(plan(scorecard.read(parsed), signals, parsed))


def shipped(name: str) -> Compiled:
    """A card of the package over the catalogue; its own inputs count as read."""
    parsed = document.read(packaged_scorecards()[name])
    model = scorecard.read(parsed)
    return Compiled(plan(model, {**CATALOGUE, **own_signals(model)}, parsed))


def score(connection: duckdb.DuckDBPyConnection, compiled: Compiled, readings: Mapping[str, Any]) -> dict[str, Any]:
    """The scores row of one readings row, with its evidence by name."""
    [found] = evaluate(connection, compiled, [readings])
    return {**found, "rows": {r.name: found[r.column] for r in compiled.rows if found[r.column] is not None}}
