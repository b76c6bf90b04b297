"""SEMANTICS, rules 11 to 13, one by one, on cards small enough to check by hand."""

from __future__ import annotations

import duckdb
import pytest

from tests.scoring.cards import row
from tests.scoring.conftest import card, score

FLAG = "{when: nps >= 0, points: 0}"


def test_rule_11_a_mean_is_one_division_rounded_half_away_from_zero(connection: duckdb.DuckDBPyConnection) -> None:
    # 20 + 80 * 1/3 = 46.666… : nano-points in the measure, milli-points in the score
    thirds = card("form: weighted\nmeasures: {ticket_pressure: {healthy: 6, poor: 18}}")
    assert score(connection, thirds, row(ticket_pressure=14_000))["score_milli"] == 46_667
    half = card("form: weighted\nmeasures: {nps: {bands: [{points: 0.001}]}, csat: {bands: [{points: 0.002}]}}")
    assert score(connection, half, row(nps=1, csat=1))["score_milli"] == 2


def test_rule_11_a_third_each_still_adds_up(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card("form: weighted\nmeasures: {nps: , csat: , licence_use: }")
    found = score(connection, compiled, row(nps=9, csat=900_000, licence_use=700_000))
    assert found["score_milli"] == 100_000
    assert found["rows"] == {"nps": 33_334, "csat": 33_333, "licence_use": 33_333}
    assert sum(found["rows"].values()) == 100_000


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [("none", 46_667), ("measure", 47_000), ("dimension", 46_667), ("final", 47_000)],
)
def test_rule_11_the_stated_stage_rounds(connection: duckdb.DuckDBPyConnection, rounding: str, expected: int) -> None:
    compiled = card(f"form: weighted\nrounding: {rounding}\nmeasures: {{ticket_pressure: {{healthy: 6, poor: 18}}}}")
    assert score(connection, compiled, row(ticket_pressure=14_000))["score_milli"] == expected


def test_rule_11_rounding_each_dimension_is_not_rounding_the_end(connection: duckdb.DuckDBPyConnection) -> None:
    text = "form: weighted\nrounding: {}\ndimensions:\n  a: {{weight: 50, measures: {{nps: {{bands: [{{points: 0.5}}]}}}}}}\n  b: {{weight: 50, measures: {{csat: {{bands: [{{points: 0.4}}]}}}}}}"
    both = row(nps=1, csat=1)
    assert score(connection, card(text.format("dimension")), both)["score_milli"] == 500
    assert score(connection, card(text.format("final")), both)["score_milli"] == 0
    assert score(connection, card(text.format("[dimension, final]")), both)["score_milli"] == 1_000


def test_rule_11_huge_weights_do_not_overflow(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card("form: weighted\nmeasures: {nps: 999999999.999, csat: 0.001, usage_change_90d: 123456789.123}")
    found = score(connection, compiled, row(nps=9, csat=0, usage_change_90d=-500_000))
    assert found["score_milli"] == sum(v for v in found["rows"].values())
    assert found["score_milli"] == round((999999999.999 * 100 + (0.001 + 123456789.123) * 20) / 1123456789.123 * 1000)


def test_rule_11_money_edges_beyond_bigint_products(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card(
        "form: weighted\ninputs: {pipeline: {unit: money, title: Pipeline}}\n"
        "measures: {pipeline: {healthy: 900000000.01, poor: 0.02}, nps: }"
    )
    assert score(connection, compiled, row(nps=9))["score_milli"] == 100_000  # an input nobody reads is missing


def test_rule_12_rows_come_in_their_order_and_each_is_after_less_before(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card(
        """
form: points
baseline: 90
measures: {nps: {each: 2.55}}
bonuses: [{name: thanks, when: nps > 1, points: 7}]
rounding: final
tiers:
  - {name: top, from: 80, requires: [csat >= 70]}
  - {name: low, from: 0}
guards:
  - {name: first, when: nps > 1, cap: 95}
  - {name: second, when: nps > 1, cap: 90}
  - {name: third, when: nps > 1, cap: 99, review: owner}
  - {name: fourth, when: nps > 100, cap: 1}
"""
    )
    found = score(connection, compiled, row(nps=2, csat=650_000))
    assert list(found["rows"].items()) == [
        ("baseline", 90_000), ("nps", 5_100), ("thanks", 7_000), ("clamp", -2_100),
        ("first", -5_000), ("second", -5_000), ("third", 0), ("top", 0),
    ]  # fmt: skip
    assert (found["score_milli"], found["tier"]) == (90_000, "low")
    assert [row.name for row in compiled.rows] == [
        "baseline", "nps", "thanks", "clamp", "rounding", "first", "second", "third", "fourth", "top",
    ]  # fmt: skip


@pytest.mark.parametrize(("combine", "decides"), [("min", "csat"), ("max", "nps"), ("any_poor", "csat")])
def test_rule_12_the_deciding_measure_carries_the_points(
    connection: duckdb.DuckDBPyConnection, combine: str, decides: str
) -> None:
    compiled = card(f"form: weighted\ncombine: {combine}\nmeasures: {{licence_use: , nps: , csat: }}")
    found = score(connection, compiled, row(nps=9, csat=650_000, licence_use=None))
    assert found["score_milli"] == {"min": 20_000, "max": 100_000, "any_poor": 0}[combine]
    assert found["rows"]["nps" if decides == "csat" else "csat"] == 0
    assert found["rows"][decides] == found["score_milli"]


def test_rule_12_file_order_decides_ties(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card("form: weighted\ncombine: min\nmeasures: {csat: , nps: }")
    found = score(connection, compiled, row(nps=7, csat=775_000))
    assert (found["rows"]["csat"], found["rows"]["nps"]) == (60_000, 0)


def test_rule_12_a_forced_tier_is_a_row_of_no_points(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card(
        "form: weighted\nmeasures: {nps: }\ntiers: {good: 50, bad: 0}\nguards: [{name: g, when: nps > 8, tier: bad}]"
    )
    found = score(connection, compiled, row(nps=9))
    assert (found["score_milli"], found["tier"], found["rows"]["g"]) == (100_000, "bad", 0)


def test_rule_13_coverage_is_the_fresh_share_of_the_weight_that_applies(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card("form: weighted\nmeasures: {nps: 50, csat: 30, licence_use: 15, exec_touch: 5}")
    given = {"nps": 9, "csat": 900_000, "licence_use": 700_000, "a_segment": "S"}  # exec_touch is no duty in S
    assert score(connection, compiled, row(**given))["coverage_ppm"] == 1_000_000
    assert score(connection, compiled, row(**given, stale=("csat",)))["coverage_ppm"] == round(65 / 95 * 1_000_000)
    assert (
        score(connection, compiled, row(nps=9, n_a=("csat", "licence_use", "exec_touch")))["coverage_ppm"] == 1_000_000
    )
    assert score(connection, compiled, row(nps=9, a_segment="E"))["coverage_ppm"] == 500_000


def test_rule_13_coverage_of_points_goes_by_absolute_possible_points(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card(
        "form: points\nbaseline: 100\nmeasures: {nps: {bands: [{below: 5, points: -30}, {points: 0}]}, csat: {bands: [{at_least: 90, points: 10}, {points: 0}]}}"
    )
    assert score(connection, compiled, row(nps=9))["coverage_ppm"] == 750_000


def test_rule_13_too_little_evidence_is_unscored_and_says_so(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card("form: weighted\nmin_coverage: 60\nmeasures: {nps: 59, csat: 41}\ntiers: {any: 0}")
    found = score(connection, compiled, row(nps=9))
    assert (found["state"], found["score_milli"], found["tier"], found["rows"]) == ("unscored", None, None, {})
    assert found["unscored_why"] == "too little evidence"
    assert (found["low_milli"], found["high_milli"]) == (67_200, 100_000)


def test_rule_13_the_range_is_everything_missing_at_its_worst_and_best(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card(
        "form: weighted\nmeasures: {nps: 50, csat: 50}\nguards:\n"
        "  - {name: down, when: awaiting_reply > 14, cap: 55}\n  - {name: up, when: milestones_missed = 0, floor: 95}"
    )
    found = score(connection, compiled, row(nps=9))
    assert found["score_milli"] == 100_000
    assert (found["low_milli"], found["high_milli"]) == (55_000, 100_000)  # the cap may fire, the floor need not
    decided = score(connection, compiled, row(nps=9, awaiting_reply=0, milestones_missed=0))
    assert (decided["low_milli"], decided["high_milli"]) == (95_000, 100_000)
    stale = score(
        connection, compiled, row(nps=9, csat=700_000, awaiting_reply=0, milestones_missed=1, stale=("csat",))
    )
    assert (stale["low_milli"], stale["high_milli"]) == (60_000, 100_000)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("redistribute", 100_000), ("neutral", 75_000), ("10", 55_000), ("abstain", None)],
)
def test_a_missing_measure_does_what_the_card_says(
    connection: duckdb.DuckDBPyConnection, policy: str, expected: int | None
) -> None:
    compiled = card(f"form: weighted\nmeasures: {{nps: , csat: {{weight: 1, missing: {policy}}}}}")
    found = score(connection, compiled, row(nps=9))
    assert found["score_milli"] == expected
    assert found["unscored_why"] == (None if expected else "csat is missing")


@pytest.mark.parametrize(
    ("policy", "expected"), [("hold", 60_000), ("redistribute", 100_000), ("missing", 55_000), ("neutral", 75_000)]
)
def test_a_stale_measure_holds_unless_the_card_says_otherwise(
    connection: duckdb.DuckDBPyConnection, policy: str, expected: int
) -> None:
    compiled = card(f"form: weighted\nmeasures: {{nps: , csat: {{weight: 1, missing: 10, stale: {policy}}}}}")
    assert score(connection, compiled, row(nps=9, csat=650_000, stale=("csat",)))["score_milli"] == expected


def test_an_outage_can_only_end_in_unscored_never_in_a_lower_score(connection: duckdb.DuckDBPyConnection) -> None:
    """Rule 8: stale holds, outside coverage."""
    compiled = card("form: weighted\nmin_coverage: 50\nmeasures: {nps: 60, csat: 40}")
    whole = score(connection, compiled, row(nps=7, csat=900_000))["score_milli"]
    assert score(connection, compiled, row(nps=7, csat=900_000, stale=("csat",)))["score_milli"] == whole
    assert score(connection, compiled, row(nps=7, csat=900_000, stale=("nps", "csat")))["state"] == "unscored"


def test_weight_moves_inside_the_dimension_first_then_across(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card(
        "form: weighted\ndimensions:\n  usage: {weight: 60, measures: {licence_use: 1, feature_adoption: 1}}\n"
        "  voice: {weight: 40, measures: {nps: 1}}"
    )
    one = score(connection, compiled, row(a_segment="E", feature_adoption=200_000, nps=9))
    assert one["rows"]["feature_adoption"] == 12_000  # all 60 of usage at 20 points
    none = score(connection, compiled, row(nps=9))
    assert none["rows"]["nps"] == 100_000


def test_segments_change_weights_scales_and_tiers_and_the_first_match_counts(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    compiled = card(
        """
form: weighted
measures: {nps: 50, csat: 50}
tiers: {good: 50, bad: 0}
segments:
  - name: young
    when: age_days < 90
    weights: {csat: 0}
    measures: {nps: {healthy: 7, poor: 3}}
  - {name: big, when: segment = E, tiers: {excellent: 99, rest: 0}}
"""
    )
    young = score(connection, compiled, row(nps=7, csat=650_000, a_age_days=10, a_segment="E"))
    assert (young["segment_name"], young["score_milli"], young["tier"]) == ("young", 100_000, "good")
    big = score(connection, compiled, row(nps=9, csat=650_000, a_age_days=100, a_segment="E"))
    assert (big["segment_name"], big["score_milli"], big["tier"]) == ("big", 60_000, "rest")
    unknown = score(connection, compiled, row(nps=9, csat=900_000))
    assert (unknown["segment_name"], unknown["tier"]) == (None, "good")


def test_a_tier_that_asks_for_more_falls_to_the_next_that_is_met(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card(
        """
form: weighted
measures: {nps: }
tiers:
  - {name: healthy, from: 80, requires: [feature_adoption >= 70, {when: exec_touch <= 90, unknown: unmet}]}
  - {name: stable, from: 60, requires: [csat >= 50]}
  - {name: poor, from: 0}
"""
    )
    met = row(nps=9, feature_adoption=700_000, exec_touch=90, csat=900_000)
    assert score(connection, compiled, met)["tier"] == "healthy"
    unmet = score(connection, compiled, {**met, "v_feature_adoption": 600_000})
    assert (unmet["tier"], unmet["score_milli"]) == ("stable", 100_000)
    assert score(connection, compiled, {**met, "v_feature_adoption": 600_000, "v_csat": 0})["tier"] == "poor"
    unknown = row(nps=9, csat=900_000, exec_touch=90)
    assert score(connection, compiled, unknown)["tier"] == "healthy"  # unknown is not bad
    assert (
        score(connection, compiled, row(nps=9, feature_adoption=700_000))["tier"] == "stable"
    )  # unless the card says so


def test_a_card_says_which_accounts_it_is_for(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card("form: weighted\napplies: age_days <= 120\nmeasures: {nps: }")
    assert score(connection, compiled, row(nps=9, a_age_days=121))["unscored_why"] == "not for this account"
    assert score(connection, compiled, row(nps=9))["score_milli"] == 100_000


def test_nothing_known_is_unscored_without_a_range(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card("form: weighted\nmeasures: {nps: }\nguards: [{name: g, when: segment = E, floor: 50}]")
    found = score(connection, compiled, row(n_a=("nps",), a_segment="E"))
    assert (found["state"], found["low_milli"], found["high_milli"], found["coverage_ppm"]) == (
        "unscored",
        None,
        None,
        0,
    )


def test_a_zero_weight_measure_is_shown_and_not_counted(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card("form: weighted\nmeasures: {nps: 10, csat: 0}")
    found = score(connection, compiled, row(nps=9, csat=0))
    assert (found["score_milli"], found["rows"]["csat"], found["coverage_ppm"]) == (100_000, 0, 1_000_000)


@pytest.mark.parametrize(
    ("value", "expected"), [(60, 20), (61, 23), (85, 100), (100, 100), (115, 100), (127, 62), (140, 20), (200, 20)]
)
def test_a_two_sided_measure_by_a_curve(connection: duckdb.DuckDBPyConnection, value: int, expected: int) -> None:
    compiled = card(
        "form: weighted\nrounding: final\nmeasures: {licence_use: {curve: [[60, 20], [85, 100], [115, 100], [140, 20]]}}"
    )
    assert score(connection, compiled, row(licence_use=value * 10_000))["score_milli"] == expected * 1000


def test_a_floor_and_a_cap_by_the_name_of_a_tier(connection: duckdb.DuckDBPyConnection) -> None:
    text = "form: weighted\nmeasures: {{nps: }}\ntiers: {{healthy: 80, stable: 60, poor: 0}}\nguards: [{{name: g, when: csat = 0, {}}}]"
    assert score(connection, card(text.format("cap: stable")), row(nps=9, csat=0))["score_milli"] == 79_000
    assert score(connection, card(text.format("floor: stable")), row(nps=5, csat=0))["score_milli"] == 60_000


def test_points_of_a_dimension_can_be_clamped(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card(
        "form: points\nbaseline: 100\ndimensions:\n  support:\n    clamp: [-20, 0]\n"
        "    measures: {ticket_pressure: {each: -5}, nps: {bands: [{below: 5, points: -10}, {points: 0}]}}"
    )
    found = score(connection, compiled, row(ticket_pressure=3_000, nps=2))
    assert found["score_milli"] == 80_000
    assert found["rows"] == found["rows"] | {"ticket_pressure": -15_000, "nps": -10_000, "support": 5_000}
