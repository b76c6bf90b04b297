"""Rule 14: why a score changed, split into causes that sum exactly."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from keepwell.scoring.change import CAUSES, decompose, theirs_many, theirs_of
from keepwell.scoring.compile import Compiled
from keepwell.scoring.evaluate import ARROW, evaluate
from keepwell.scoring.planner import plan
from keepwell.scoring.scorecard import Scorecard
from keepwell.words.score import Change
from tests.scoring.cards import SOME, readings, row, scorecards
from tests.scoring.conftest import card

D1, D2 = date(2025, 5, 31), date(2025, 6, 30)
CARD = """
form: weighted
measures:
  usage_change_90d: 20
  nps: 20
  days_to_decision: 20
  two_way_contact: 20
  licence_use: 20
"""
BASE = {"usage_change_90d": -100_000, "nps": 9, "days_to_decision": 120, "two_way_contact": 10, "licence_use": 700_000}


def causes(change: Change) -> dict[str, int]:
    return {cause.name: cause.points_milli for cause in change.causes}


def change(
    connection: duckdb.DuckDBPyConnection,
    last: dict[str, Any],
    rewound: dict[str, Any] | None = None,
    compiled: Compiled | None = None,
) -> Change:
    """The change from the base account to one with other readings, on one card."""
    common = {"a_segment": "E", "o_two_way_contact": date(2025, 5, 20), **BASE}
    rows = [row(as_of=day, **{**common, **(more or {})}) for day, more in ((D1, None), (D1, rewound), (D2, last))]
    same = compiled or card(CARD)
    return decompose(connection, (same, same), (rows[0], rows[1], rows[2]))


def test_rule_14_causes_keep_their_fixed_order(connection: duckdb.DuckDBPyConnection) -> None:
    assert tuple(cause.name for cause in change(connection, {}).causes) == CAUSES


def test_rule_14_what_the_customer_did_is_behaviour(connection: duckdb.DuckDBPyConnection) -> None:
    found = change(connection, {"usage_change_90d": -500_000})
    assert causes(found) == {**dict.fromkeys(CAUSES, 0), "behaviour": -16_000}
    assert found.causes[CAUSES.index("behaviour")].rows == (("usage_change_90d", -16_000),)


def test_rule_14_days_running_down_are_calendar(connection: duckdb.DuckDBPyConnection) -> None:
    assert causes(change(connection, {"days_to_decision": 90}))["calendar"] == round(-80 * 30 / 90 * 0.2 * 1000)


def test_rule_14_days_since_without_a_newer_fact_are_silence(connection: duckdb.DuckDBPyConnection) -> None:
    assert causes(change(connection, {"two_way_contact": 60}))["silence"] == -16_000


def test_rule_14_days_since_with_a_newer_fact_are_behaviour(connection: duckdb.DuckDBPyConnection) -> None:
    found = causes(change(connection, {"two_way_contact": 40, "o_two_way_contact": date(2025, 5, 21)}))
    assert found["silence"] == 0
    assert found["behaviour"] < 0


def test_rule_14_what_was_learned_about_the_past_is_data(connection: duckdb.DuckDBPyConnection) -> None:
    corrected = {"usage_change_90d": -300_000}
    assert causes(change(connection, corrected, corrected)) == {**dict.fromkeys(CAUSES, 0), "data": -8_000}


def test_rule_14_a_status_that_changed_is_data(connection: duckdb.DuckDBPyConnection) -> None:
    assert causes(change(connection, {"nps": None})) == dict.fromkeys(CAUSES, 0)
    poorer = change(connection, {"nps": None, "licence_use": 400_000})
    assert causes(poorer)["behaviour"] == -20_000  # licence use counts a quarter once NPS is gone


def test_by_the_measures_fresh_on_both_days_only_what_somebody_did_or_left_undone_moves(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Four of five measures are left of the first two, so each counts a quarter; of the last, nothing is."""
    new = {**BASE, "nps": None, "two_way_contact": 10, "o_two_way_contact": date(2025, 5, 20), "a_segment": "E"}
    first = row(as_of=D1, **new)
    poorer = {"nps": 0, "days_to_decision": 30, "usage_change_90d": -500_000, "two_way_contact": 60}
    last, none = row(as_of=D2, **{**new, **poorer}), row(as_of=D1, **dict.fromkeys(BASE))
    fell, unknown = theirs_many(connection, card(CARD), [(first, first, last), (none, none, last)])
    assert fell is not None
    assert (fell.points_milli, dict(fell.rows)) == (-40_000, {"usage_change_90d": -20_000, "two_way_contact": -20_000})
    assert unknown is None


def test_rule_14_another_segment_is_profile(connection: duckdb.DuckDBPyConnection) -> None:
    found = causes(change(connection, {"a_segment": "S", "licence_use": 700_000, "two_way_contact": 10}))
    assert found == dict.fromkeys(CAUSES, 0)
    found = causes(change(connection, {"a_segment": "S", "two_way_contact": 60}))
    assert (found["silence"], found["profile"]) == (-16_000, 16_000)


def test_rule_14_another_card_is_scorecard_and_an_override_its_own_cause(connection: duckdb.DuckDBPyConnection) -> None:
    old, new = card(CARD), card(CARD.replace("nps: 20", "nps: 100"))
    first = row(as_of=D1, a_segment="E", **{**BASE, "nps": 5})
    last = {**first, "as_of": D2}
    found = decompose(connection, (old, new), (first, first, last), (None, 90_000))
    assert found.before_milli == 84_000
    assert found.after_milli == 90_000
    by = causes(found)
    assert by["scorecard"] < 0
    assert by["scorecard"] + by["override"] == 6_000


def test_rule_14_an_unscored_end_has_no_causes(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card("min_coverage: 90\n" + CARD)
    found = change(connection, {"nps": None}, compiled=compiled)
    assert (found.before_milli, found.after_milli, found.causes) == (100_000, None, ())


@settings(max_examples=6, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(scorecards(), st.lists(st.tuples(readings(), readings(), readings()), min_size=3, max_size=3))
def test_rule_14_the_causes_sum_to_the_difference_on_any_card(
    connection: duckdb.DuckDBPyConnection, words: dict[str, Any], triples: list[Any]
) -> None:
    compiled = Compiled(plan(Scorecard.model_validate(words), SOME))
    for first, rewound, last in triples:
        found = decompose(connection, (compiled, compiled), (first, rewound, {**last, "as_of": D2}))
        ends = [r["score_milli"] for r in evaluate(connection, compiled, [first, last])]
        assert [found.before_milli, found.after_milli] == ends
        if None not in ends:
            assert sum(cause.points_milli for cause in found.causes) == ends[1] - ends[0]


@settings(max_examples=3, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(scorecards(), st.lists(st.tuples(readings(), readings(), readings()), min_size=4, max_size=4))
def test_what_behaviour_and_silence_took_of_many_is_what_each_change_says(
    connection: duckdb.DuckDBPyConnection, words: dict[str, Any], triples: list[Any]
) -> None:
    """As one statement over tables, no row of which is in Python; a fall with an end that has no score is left out."""
    compiled = Compiled(plan(Scorecard.model_validate(words), SOME))
    triples = [(first, rewound, {**last, "as_of": D2}) for first, rewound, last in triples]
    for name, rows in zip(("first", "rewound", "last"), zip(*triples, strict=True), strict=True):
        columns = {c: pa.array([one.get(c) for one in rows], ARROW[kind]) for c, kind in compiled.columns.items()}
        connection.register(f"t_{name}", pa.table(columns | {"number": list(range(len(rows)))}))
    three = "SELECT number, f AS first, r AS rewound, l AS last FROM t_first f JOIN t_rewound r USING (number) JOIN t_last l USING (number)"
    changes = [decompose(connection, (compiled, compiled), readings) for readings in triples]
    wanted = {
        number: -sum(cause.points_milli for cause in one.causes if cause.name in ("silence", "behaviour"))
        for number, one in enumerate(changes)
        if one.causes
    }
    assert dict(theirs_of(connection, compiled, three)) == wanted
