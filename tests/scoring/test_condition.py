"""The language of conditions: what it reads, what it makes of missing values, where it fails."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import duckdb
import pytest

from keepwell.scoring.condition import All, Among, Compare, ConditionError, Is, Not, Some, Truth, names, parse
from keepwell.scoring.meaning import read
from tests.scoring.cards import SIGNALS, row
from tests.scoring.conftest import card, score


def test_comparisons_join_by_and_or_not_with_the_usual_precedence() -> None:
    found = parse("nps >= 9 or not champion = gone and milestones_missed < 2")
    assert isinstance(found, Some)
    assert found.parts[0] == Compare("nps", ">=", Fraction(9), 0)
    assert found.parts[1] == All(
        (Not(Compare("champion", "=", "gone", 16)), Compare("milestones_missed", "<", Fraction(2), 36))
    )
    assert names(found) == ("nps", "champion", "milestones_missed")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("segment in (M, 'E')", Among("segment", ("M", "E"), 0)),
        ("segment not in (M)", Not(Among("segment", ("M",), 0))),
        ("nps is missing", Is("nps", "missing", 0)),
        ("nps is not missing", Not(Is("nps", "missing", 0))),
        ("exec_touch is not applicable", Is("exec_touch", "not applicable", 0)),
        ("has_product", Truth("has_product", 0)),
        ("mrr > 5_000", Compare("mrr", ">", Fraction(5000), 0)),
        ("usage_change_90d <= -33.5%", Compare("usage_change_90d", "<=", Fraction(-67, 2), 0)),
        ("(nps = 1)", Compare("nps", "=", Fraction(1), 1)),
        ("nps between 7 and 8", All((Compare("nps", ">=", Fraction(7), 0), Compare("nps", "<=", Fraction(8), 0)))),
    ],
)
def test_forms(text: str, expected: Any) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("nps >=", 6, "ends too early"),
        ("nps >= 9 milestones", 9, "does not fit"),
        ("(nps >= 9", 9, "ends too early"),
        ("nps is unwell", 7, "does not fit"),
        ("nps ; drop table x", 4, "no meaning"),
        ("9 > nps", 0, "does not fit"),
        ("segment in ()", 12, "does not fit"),
        ("nps between 1", 13, "ends too early"),
        ("", 0, "ends too early"),
    ],
)
def test_an_error_says_where(text: str, at: int, words: str) -> None:
    with pytest.raises(ConditionError, match=words) as error:
        parse(text)
    assert error.value.at == at


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("npss > 3", "did you mean 'nps'"),
        ("champion = gon", "did you mean 'gone'"),
        ("nps = gone", "is a number"),
        ("age_days = old", "is a number"),
        ("has_product > 3", "yes or no"),
        ("seats", "not a yes/no attribute"),
        ("created_day > soon", "is a date"),
        ("plan is stale", "'is missing' or 'is known'"),
    ],
)
def test_names_and_values_are_checked(text: str, words: str) -> None:
    with pytest.raises(ConditionError) as error:
        read(text, SIGNALS)
    assert words in f"{error.value.what} {error.value.expected} {error.value.fix}"


def test_shown_units_become_stored_units() -> None:
    assert read("licence_use > 41.3", SIGNALS) == Compare("licence_use", ">", Fraction(413_000), 0)
    assert read("arr >= 100000", SIGNALS) == Compare("arr", ">=", Fraction(10_000_000), 0)
    assert read("champion = successor_not_met", SIGNALS) == Compare("champion", "=", Fraction(1), 0)


GUARDED = (
    "form: points\nbaseline: 100\nmeasures:\n  nps: {bands: [{points: 0}]}\nguards:\n  - {name: g, when: %s, cap: 50}"
)


@pytest.mark.parametrize(
    ("when", "readings", "fires"),
    [
        ("milestones_missed >= 2 and awaiting_reply >= 14", {"milestones_missed": 2, "awaiting_reply": 14}, True),
        ("milestones_missed >= 2 and awaiting_reply >= 14", {"milestones_missed": 2}, False),
        ("milestones_missed >= 2 or awaiting_reply >= 14", {"milestones_missed": 2}, True),
        ("not awaiting_reply >= 14", {}, False),
        ("awaiting_reply is missing", {}, True),
        ("awaiting_reply is not applicable", {"n_a": ("awaiting_reply",)}, True),
        ("overdue_days is stale", {"overdue_days": 3, "stale": ("overdue_days",)}, True),
        ("overdue_days > 2", {"overdue_days": 3, "stale": ("overdue_days",)}, True),
        ("usage_change_90d < 4.5", {"usage_change_90d": 45_000}, False),
        ("usage_change_90d <= 4.5", {"usage_change_90d": 45_000}, True),
        ("milestones_missed < 4.5", {"milestones_missed": 4}, True),
        ("milestones_missed > 4.5", {"milestones_missed": 4}, False),
        ("milestones_missed = 4.5", {"milestones_missed": 4}, False),
        ("usage_change_90d is poor", {"usage_change_90d": -500_000}, True),
        ("usage_change_90d is watch", {"usage_change_90d": -490_000}, True),
        ("usage_change_90d is healthy", {"usage_change_90d": -100_000}, True),
        ("plan = 'o’clock'", {"a_plan": "o’clock"}, True),
        ("plan != pro", {}, False),
        ("mrr > 5000", {"a_mrr_minor": 500_001}, True),
        ("has_product = no", {"a_has_product": False}, True),
    ],
)
def test_missing_is_unknown_and_an_unknown_guard_does_not_fire(
    connection: duckdb.DuckDBPyConnection, when: str, readings: dict[str, Any], fires: bool
) -> None:
    compiled = card(GUARDED % f'"{when}"')
    assert score(connection, compiled, row(nps=5, **readings))["score_milli"] == (50_000 if fires else 100_000)


def test_quotes_in_text_values_cannot_leave_the_text(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card(GUARDED % "'plan = \"x'' OR TRUE OR ''y\"'")
    assert score(connection, compiled, row(nps=5, a_plan="z"))["score_milli"] == 100_000
    assert score(connection, compiled, row(nps=5, a_plan="x' OR TRUE OR 'y"))["score_milli"] == 50_000
