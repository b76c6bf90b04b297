"""Evidence in words: sentences, reason codes, caveats and the way up."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from keepwell.scoring.compile import Compiled
from keepwell.scoring.evaluate import evaluate
from keepwell.scoring.explain import caveats, explain, explain_many
from keepwell.scoring.planner import plan
from keepwell.scoring.scorecard import Scorecard
from keepwell.words.score import Evidence, RowKind, Score, State
from tests.scoring.cards import SOME, readings, row, scorecards
from tests.scoring.conftest import card, shipped

WEIGHTED = (
    "form: weighted\ntiers: {healthy: 80, stable: 60, poor: 0}\nmeasures: {licence_use: 40, nps: 30, champion: 30}"
)


def by_name(score: Score) -> dict[str, Evidence]:
    return {e.name: e for e in score.evidence}


@settings(max_examples=12, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(scorecards(), readings())
def test_the_evidence_of_any_card_sums_to_its_score(
    connection: duckdb.DuckDBPyConnection, words: dict[str, Any], given_row: dict[str, Any]
) -> None:
    """Rule 12, to the milli-point, and the explanation is the book's own score."""
    compiled = Compiled(plan(Scorecard.model_validate(words), SOME))
    found = explain(connection, compiled, given_row)
    assert found.score_milli == evaluate(connection, compiled, [given_row])[0]["score_milli"]
    assert sum(e.points_milli for e in found.evidence) == (found.score_milli or 0)
    assert all("{" not in e.reason and e.reason for e in found.evidence)
    for e in found.evidence:
        if e.kind is RowKind.MEASURE and e.counted and found.state is State.SCORED and words["form"] == "weighted":
            assert e.min_points_milli - 1 <= e.points_milli <= e.max_points_milli + 1 or words["rounding"] != "none"


def test_a_sentence_is_filled_from_the_details_of_the_reading(connection: duckdb.DuckDBPyConnection) -> None:
    given_row = row(
        licence_use=412_500, a_segment="S", d_licence_use_active=33, d_licence_use_seats=80, nps=9, champion=0
    )
    found = by_name(explain(connection, card(WEIGHTED), given_row))
    assert found["licence_use"].reason == "33 of 80 seats (41.3 %)"
    assert (found["licence_use"].value, found["licence_use"].unit) == ("41.3", "%")
    assert found["champion"].value == "in place"


def test_a_sentence_without_its_details_falls_back_on_the_plain_value(connection: duckdb.DuckDBPyConnection) -> None:
    found = by_name(explain(connection, card(WEIGHTED), row(licence_use=412_500, nps=9, champion=0)))
    assert found["licence_use"].reason == "Licence use: 41.3 %"


def test_reason_codes_say_poor_watch_healthy_recovered_and_whose_fault_it_is_not(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    now = row(licence_use=500_000, nps=5, champion=0, a_segment="S")
    before = row(licence_use=500_000, nps=9, champion=2, a_segment="S")
    found = by_name(explain(connection, card(WEIGHTED), now, before=before))
    assert found["licence_use"].reason_code == "licence_use.watch"
    assert found["nps"].reason_code == "nps.poor"
    assert found["nps"].next_step == "Look at nps."
    assert found["champion"].reason_code == "champion.recovered"
    stale = by_name(
        explain(connection, card(WEIGHTED), row(licence_use=500_000, nps=5, stale=("nps",), o_nps=date(2025, 3, 1)))
    )
    assert stale["nps"].reason_code == "data.stale"
    assert "as of 2025-03-01" in stale["nps"].reason
    assert stale["champion"].reason_code == "data.missing"
    assert (stale["champion"].points_milli, stale["champion"].note, stale["champion"].counted) == (0, "missing", False)


def test_what_does_not_apply_has_no_row(connection: duckdb.DuckDBPyConnection) -> None:
    found = explain(connection, card(WEIGHTED), row(licence_use=500_000, nps=5, n_a=("champion",)))
    assert "champion" not in by_name(found)
    assert found.missing == ()


def test_the_way_up_names_the_largest_gains_until_the_border(connection: duckdb.DuckDBPyConnection) -> None:
    found = explain(connection, card(WEIGHTED), row(licence_use=300_000, nps=7, champion=2, a_segment="S"))
    # 8 + 18 + 6 = 32: licence use +32 reaches 64
    assert (found.score_milli, found.next_tier) == (32_000, "stable")
    assert [(s.signal, s.points_milli, s.text) for s in found.path] == [("licence_use", 32_000, "licence use to 60 %")]
    acronym = card(WEIGHTED.replace("nps: 30", "nps: {weight: 30, title: NPS answer}"))
    assert explain(connection, acronym, row(licence_use=600_000, nps=5, champion=2)).path[0].text == "NPS answer to 9"
    near = explain(connection, card(WEIGHTED), row(licence_use=600_000, nps=5, champion=2, a_segment="S"))
    assert [(s.signal, s.points_milli) for s in near.path] == [("nps", 24_000)]
    assert explain(connection, card(WEIGHTED), row(licence_use=600_000, nps=9, champion=0)).next_tier is None


def test_the_way_up_says_a_negative_goal_with_a_minus(connection: duckdb.DuckDBPyConnection) -> None:
    shape = "{usage_change_90d: {healthy: -10, poor: -50}, nps: }"
    found = explain(
        connection,
        card(f"form: weighted\ntiers: {{good: 60, bad: 0}}\nmeasures: {shape}"),
        row(usage_change_90d=-800_000, nps=5),
    )
    assert "usage change 90d to −10 %" in [step.text for step in found.path]


def test_the_way_up_under_a_guard_begins_with_what_clears_it(connection: duckdb.DuckDBPyConnection) -> None:
    text = f"{WEIGHTED}\nguards:\n  - {{name: gone, when: champion = gone, cap: 59}}\n"
    text += "  - {name: quiet, when: nps <= 7, cap: 70}\n  - {name: odd, when: segment = E, tier: poor}"
    compiled = card(text)
    found = explain(connection, compiled, row(licence_use=600_000, nps=7, champion=2, a_segment="S"))
    # 40 + 18 + 6 = 64 without the guard, which is enough; the guard at 70 does not bar the way to 60
    assert (found.score_milli, found.next_tier) == (59_000, "stable")
    assert [(step.signal, step.points_milli, step.text) for step in found.path] == [
        ("gone", 5_000, "first clear the guard gone (not above 59), which holds while champion = gone")
    ]
    assert "Held down by gone: the score would be 64 otherwise; its range ends there" in caveats(compiled, found, row())
    lower = explain(connection, compiled, row(licence_use=300_000, nps=7, champion=2, a_segment="E"))
    assert (lower.tier, lower.next_tier) == ("poor", "stable")
    assert [step.signal for step in lower.path] == ["gone", "odd", "licence_use"]
    assert lower.path[1].text == "first clear the guard odd (tier poor), which holds while segment = E"


def test_the_way_up_to_a_tier_whose_requirement_is_unmet_names_the_requirement(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    tiers = "[{name: healthy, from: 80, requires: [champion != gone]}, {name: stable, from: 60}, {name: poor, from: 0}]"
    compiled = card(f"form: weighted\ntiers: {tiers}\nmeasures: {{licence_use: 90, nps: 5, champion: 5}}")
    found = explain(connection, compiled, row(licence_use=600_000, nps=9, champion=2, a_segment="S"))
    assert (found.score_milli, found.tier, found.next_tier) == (96_000, "stable", "healthy")
    assert [(step.signal, step.text) for step in found.path] == [
        ("champion", "first meet what healthy requires: champion != gone")
    ]


def test_a_guard_is_as_new_as_the_newest_fact_behind_its_condition(connection: duckdb.DuckDBPyConnection) -> None:
    text = f"{WEIGHTED}\nguards:\n  - {{name: both, when: nps <= 5 and champion = gone, cap: 79}}\n"
    text += "  - {name: small, when: segment = S, cap: 79}"
    given_row = row(
        licence_use=900_000, nps=5, champion=2, a_segment="S", o_nps=date(2025, 3, 1), o_champion=date(2025, 4, 1)
    )
    found = by_name(explain(connection, card(text), given_row))
    assert found["both"].observed_at == date(2025, 4, 1)
    assert found["small"].observed_at is None
    assert "by the account's attributes" in found["small"].note
    described = by_name(explain(connection, card(text), row(licence_use=900_000, nps=5, champion=2, a_segment="S")))
    assert "no date" not in described["both"].note


def test_weights_whose_shares_need_more_than_32_bits_are_covered_exactly(connection: duckdb.DuckDBPyConnection) -> None:
    fine = "{licence_use: 0.400000001, nps: 0.500000003, csat: 0.300000007}"
    found = explain(connection, card(f"form: weighted\nmeasures: {fine}"), row(nps=9, licence_use=500_000))
    assert found.coverage_ppm == 750_000
    flags = ", ".join(f"m{n}: {{signal: nps, when: nps > {n}, points: 1.5}}" for n in range(3))
    assert explain(connection, card(f"form: points\nmeasures: {{{flags}}}"), row(nps=9)).score_milli == 4_500


def test_coverage_and_what_is_not_covered_add_up_to_100_percent(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card("form: weighted\nmeasures: {nps: 21, csat: 19}")
    given_row = row(nps=9)
    found = explain(connection, compiled, given_row)
    assert found.coverage_ppm == 525_000
    assert "47 % of the card has no fresh evidence" in caveats(compiled, found, given_row)


def test_an_unscored_account_still_shows_what_is_there_and_what_is_missing(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    found = explain(connection, card("min_coverage: 80\n" + WEIGHTED), row(nps=5))
    assert (found.state, found.score_milli, found.missing) == (State.UNSCORED, None, ("licence_use", "champion"))
    assert by_name(found)["nps"].reason == "Nps: 5"
    assert not any(e.counted for e in found.evidence)


def test_a_clamp_is_said_in_words(connection: duckdb.DuckDBPyConnection) -> None:
    text = "form: points\nbaseline: 100\nmeasures: {nps: {bands: [{points: 15}]}}"
    clamp = explain(connection, card(text), row(nps=9)).evidence[-1]
    assert (clamp.kind, clamp.points_milli) == (RowKind.CLAMP, -15_000)
    assert clamp.reason == "already at the top, 15 points not counted"


def test_an_unmet_requirement_is_a_row_without_points(connection: duckdb.DuckDBPyConnection) -> None:
    text = "form: weighted\nmeasures: {nps: }\ntiers: [{name: top, from: 80, requires: [licence_use >= 70]}, {name: rest, from: 0}]"
    found = explain(connection, card(text), row(nps=9, licence_use=100_000))
    assert (found.tier, found.evidence[-1].points_milli) == ("rest", 0)
    assert found.evidence[-1].reason == "top needs licence_use >= 70"


def test_a_silent_account_without_tickets_has_a_caveat_and_the_same_points(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    compiled = shipped("default-ten")
    quiet = row(licence_use=0, usage_change_90d=-1_000_000, ticket_pressure=0, nps=9, overdue_days=0, a_segment="S")
    found = explain(connection, compiled, quiet)
    assert "No tickets, but nobody is using it" in caveats(compiled, found, quiet)


def test_caveats_name_stale_sources_assumed_knowledge_and_thin_evidence(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card(WEIGHTED)
    given_row = row(licence_use=500_000, nps=5, stale=("licence_use",), b_nps="assumed")
    text = " | ".join(caveats(compiled, explain(connection, compiled, given_row), given_row))
    assert "70 % of the card has no fresh evidence" in text
    assert "Held from a silent source: licence_use" in text
    assert "are assumed" in text


def test_indicators_stand_beside_the_score(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card("form: weighted\nmeasures: {nps: }\nindicators: {opportunity: [feature_adoption], risk: [csat]}")
    found = by_name(explain(connection, compiled, row(nps=9, feature_adoption=900_000)))
    shown = found["feature_adoption"]
    assert (shown.note, shown.reason_code, shown.counted, shown.points_milli) == (
        "opportunity",
        "feature_adoption.opportunity",
        False,
        0,
    )
    assert "csat" not in found


def test_many_are_explained_as_each_alone(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = card(WEIGHTED)
    rows = [row("a", licence_use=500_000, nps=5), row("b", nps=2), row("c", licence_use=100_000, nps=9, champion=1)]
    assert explain_many(connection, compiled, [(r, None) for r in rows]) == [
        explain(connection, compiled, r) for r in rows
    ]


@pytest.mark.parametrize("combine", ["min", "any_poor"])
def test_measures_that_do_not_decide_say_so(connection: duckdb.DuckDBPyConnection, combine: str) -> None:
    found = by_name(
        explain(
            connection,
            card(f"form: weighted\ncombine: {combine}\nmeasures: {{nps: , csat: }}"),
            row(nps=9, csat=700_000),
        )
    )
    assert (found["nps"].note, found["nps"].counted, found["nps"].points_milli) == ("not deciding", False, 0)


def test_what_decides_any_poor_can_give_the_points_of_its_level_whatever_its_own(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """A random card gave 60 points for a measure of at most 50."""
    text = "form: weighted\ntiers: {good: 50, bad: 0}\ncombine: any_poor\nmeasures: {nps: {curve: [[0, 10], [8, 50]]}}"
    found = by_name(explain(connection, card(text), row(nps=6)))["nps"]
    assert (found.points_milli, found.max_points_milli, found.min_points_milli) == (60_000, 100_000, 0)


LEARNED = """
form: learned
baseline: 60
clamp:
stale: missing
tiers: {healthy: 70, watch: 50, critical: -100}
measures:
  licence_use: {bands: [{up_to: 27.6393, points: -24}, {up_to: 82.15, points: 5}, {points: 50}], missing: -3}
  overdue_days: {bands: [{up_to: 0, points: 4}, {up_to: 2, points: -1}, {up_to: 7, points: -9}, {points: -20}]}
  champion: {categories: {in place: 6, successor not met: 0, gone: -12}}
  days_to_decision: {bands: [{up_to: 58, points: -79}, {points: 104}]}
  nps_with_exec_touch:
    signal: nps
    title: NPS with executive touch
    cases:
    - {if: nps <= 6 and exec_touch > 30 and exec_touch <= 90, points: -14}
    - {if: nps > 6 and exec_touch is known, points: 8}
    - {points: 0}
"""


@pytest.mark.parametrize(
    ("value", "said"),
    [(276_000, "up to 27.6"), (276_400, "27.6 to 82.2"), (821_500, "27.6 to 82.2"), (900_000, "over 82.2"), (None, "no reading")],
)  # fmt: skip
def test_a_learned_card_says_which_row_of_its_table_holds_a_reading(
    connection: duckdb.DuckDBPyConnection, value: int | None, said: str
) -> None:
    found = by_name(explain(connection, card(LEARNED), row(licence_use=value, nps=5, exec_touch=31)))
    assert (found["licence_use"].band, found["licence_use"].unit) == (said, "%")


@pytest.mark.parametrize(("days", "said"), [(0, "0"), (1, "1 to 2"), (2, "1 to 2"), (3, "3 to 7"), (8, "over 7")])
def test_rows_of_whole_numbers_begin_after_the_one_before(
    connection: duckdb.DuckDBPyConnection, days: int, said: str
) -> None:
    found = by_name(explain(connection, card(LEARNED), row(overdue_days=days, champion=2)))
    assert (found["overdue_days"].band, found["champion"].band) == (said, "gone")


@pytest.mark.parametrize(
    ("touch", "points", "said"),
    [
        (31, -14_000, "nps up to 6 and exec touch 31 to 90 days"),
        (91, 0, "any other"),
        (None, 0, "any other"),
    ],
)
def test_signals_that_count_together_are_told_together(
    connection: duckdb.DuckDBPyConnection, touch: int | None, points: int, said: str
) -> None:
    found = by_name(explain(connection, card(LEARNED), row(nps=5, exec_touch=touch)))["nps_with_exec_touch"]
    assert (found.points_milli, found.band, found.unit) == (points, said, None)
    amount = "missing" if touch is None else f"{touch} days"
    assert found.value == f"5 with {amount}"
    assert found.reason == f"Nps: 5; Exec touch: {amount if touch else 'not known'}"


def test_the_way_up_of_a_learned_card_names_rows_and_nothing_that_nobody_can_move(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """The days to a decision would give most, and come by themselves."""
    account = row(licence_use=500_000, overdue_days=9, champion=0, days_to_decision=10, nps=5, exec_touch=31)
    found = explain(connection, card(LEARNED), account)
    assert [(step.text, step.points_milli) for step in found.path] == [
        ("licence use over 82.2 %", 45_000),
        ("overdue days 0 days", 24_000),
        ("nps over 6", 22_000),
    ]


def test_a_hand_written_card_names_no_rows(connection: duckdb.DuckDBPyConnection) -> None:
    points = LEARNED.replace("form: learned", "form: points")
    assert all(e.band is None for e in explain(connection, card(points), row(nps=5, exec_touch=31)).evidence)
