"""The statement stays SQL that other engines take: plain projections, integers, no lists, no lambdas."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from keepwell.project import packaged_scorecards
from tests.scoring.conftest import shipped

FORBIDDEN = (exp.Lambda, exp.List, exp.Array, exp.Window, exp.Join, exp.AggFunc, exp.Struct)


@pytest.mark.parametrize("name", packaged_scorecards())
def test_a_card_is_a_stack_of_projections(name: str) -> None:
    parsed = sqlglot.parse_one(shipped(name).sql(), dialect="duckdb")
    assert not list(parsed.find_all(*FORBIDDEN))
    assert not [cast for cast in parsed.find_all(exp.Cast) if cast.to.is_type("double", "float")]


def test_the_default_card_goes_to_spark() -> None:
    text = sqlglot.transpile(shipped("default-ten").sql(), read="duckdb", write="spark")[0]
    assert " DIV " in text
    assert "//" not in text
    sqlglot.parse_one(text, dialect="spark")
