"""The cards of the package: the worked examples of the catalogue and of the published rules."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from keepwell import document
from keepwell.project import packaged_scorecards
from keepwell.scoring import scorecard
from keepwell.scoring.evaluate import evaluate
from keepwell.scoring.explain import explain
from keepwell.signals.catalogue import CATALOGUE
from keepwell.words.reading import Better, Signal
from tests.scoring.cards import DAY, SIGNALS, row
from tests.scoring.conftest import score, shipped
from tests.scoring.reference import Reference

# Show 2: $120K ARR, logins 5 → 3 a week, 4 of 10 features, 2 high and 6 medium tickets, NPS 6, no executive
# meeting in six months, last invoice paid after 45 days (15 before), champion left
TECHCORP = {
    "usage_change_90d": -400_000,
    "feature_adoption": 400_000,
    "ticket_pressure": 14_000,
    "nps": 6,
    "overdue_days": 0,
    "days_to_pay_change": 30,
    "champion": 2,
    "exec_touch": 182,
}

# shrinking a whole card takes minutes; the notes show the card and the row that failed
WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)


def techcorp(**more: Any) -> dict[str, Any]:
    return row("TechCorp", a_segment="E", a_arr_minor=12_000_000, **TECHCORP, **more)


def of(**readings: Any) -> dict[str, Any]:
    """A row with readings in stored units, whatever signals the card declares."""
    base = {"account_id": "a", "as_of": DAY, **{k: v for k, v in readings.items() if k.startswith("a_")}}
    known = {k: v for k, v in readings.items() if not k.startswith("a_")}
    return base | {f"v_{k}": v for k, v in known.items()} | {f"q_{k}": "fresh" for k in known}


def test_techcorp_on_the_default_card_is_at_risk_for_the_right_reasons(connection: duckdb.DuckDBPyConnection) -> None:
    found = explain(connection, shipped("default-ten"), techcorp())
    losses = {e.name: e.max_points_milli - e.points_milli for e in found.evidence}
    assert found.tier == "at risk"
    assert sorted(losses, key=lambda n: -losses[n])[:3] == ["usage_change_90d", "champion", "ticket_pressure"]
    assert [round(losses[n] / 100) / 10 for n in ("usage_change_90d", "champion", "ticket_pressure")] == [
        12.9,
        12.0,
        8.7,
    ]
    assert (found.coverage_ppm, found.missing) == (740_000, ("licence_use", "milestones_missed", "awaiting_reply"))
    assert found.score_milli is not None
    assert 45_000 <= found.score_milli <= 55_000
    assert round(found.score_milli / 100) / 10 == 46.2
    assert found.low_milli is not None
    assert found.high_milli is not None
    assert (round(found.low_milli / 100) / 10, round(found.high_milli / 100) / 10) == (39.7, 60.5)
    assert sum(e.points_milli for e in found.evidence) == found.score_milli


@pytest.mark.parametrize(("name", "expected"), [("weighted-40-30-20-10", 51.6), ("starter-five", 40.5)])
def test_techcorp_on_the_other_cards(connection: duckdb.DuckDBPyConnection, name: str, expected: float) -> None:
    found = score(connection, shipped(name), techcorp())
    assert found["tier"] == "at risk"
    assert round(found["score_milli"] / 100) / 10 == expected


def test_techcorp_keeps_100_on_the_points_model_which_sees_none_of_it(connection: duckdb.DuckDBPyConnection) -> None:
    found = score(connection, shipped("points-model"), {**techcorp(), **of(paid_on_time=1_000_000)})
    assert found["score_milli"] == 100_000
    assert found["rows"] == found["rows"] | {"baseline": 100_000, "on_time_payments": 10_000, "clamp": -10_000}


def test_two_missed_milestones_and_twenty_silent_days_do_not_stay_in_the_top_tier(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Show 3: 88.8 by the sum, so only the guard keeps it from the top tier."""
    best = {
        "licence_use": 800_000,
        "usage_change_90d": 0,
        "feature_adoption": 700_000,
        "ticket_pressure": 0,
        "nps": 10,
        "overdue_days": 0,
        "days_to_pay_change": 0,
        "champion": 0,
        "exec_touch": 30,
    }
    given_row = row(a_segment="E", a_age_days=700, **best, milestones_missed=2, awaiting_reply=20)
    found = explain(connection, shipped("default-ten"), given_row)
    guard = found.evidence[-1]
    assert (found.score_milli, found.tier, found.reviews) == (79_000, "stable", ("owner",))
    assert (guard.name, guard.points_milli) == ("outcome_and_silence", 79_000 - 88_800)
    assert "not above 79, review by owner" in guard.reason


def test_a_client_that_never_activated_loses_its_ratios_as_zero(connection: duckdb.DuckDBPyConnection) -> None:
    """72 with ratios at zero, all else perfect; 100 were they missing (SEMANTICS, rule 8)."""
    rest = {
        "ticket_pressure": 0,
        "nps": 10,
        "overdue_days": 0,
        "days_to_pay_change": 0,
        "champion": 0,
        "exec_touch": 30,
        "milestones_missed": 0,
        "awaiting_reply": 0,
    }
    zero = {"licence_use": 0, "usage_change_90d": -1_000_000, "feature_adoption": 0}
    compiled = shipped("default-ten")
    assert score(connection, compiled, row(a_segment="E", **rest, **zero))["score_milli"] == 72_000
    assert score(connection, compiled, row(a_segment="E", **rest))["score_milli"] == 100_000


def test_a_services_client_without_product_leaves_half_the_default_card(connection: duckdb.DuckDBPyConnection) -> None:
    product = ("licence_use", "usage_change_90d", "feature_adoption", "ticket_pressure")
    rest = {
        "nps": 9,
        "overdue_days": 0,
        "days_to_pay_change": 0,
        "champion": 0,
        "exec_touch": 9,
        "milestones_missed": 0,
        "awaiting_reply": 0,
    }
    compiled = shipped("default-ten")
    assert score(connection, compiled, row(**rest))["coverage_ppm"] == 500_000
    assert score(connection, compiled, row(**rest, n_a=product))["coverage_ppm"] == 1_000_000


def test_the_points_model_counts_one_silence_once_and_gives_a_late_payment_grace(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    compiled = shipped("points-model")
    silent = of(days_since_use=40, two_way_contact=130, licence_use=0, overdue_days=5, full_churn=0, downgrade=0)
    found = score(connection, compiled, silent)
    assert found["rows"]["no_activity"] == -20_000
    assert found["rows"]["low_engagement"] == 0
    assert found["rows"]["overdue_invoices"] == 0
    late = score(connection, compiled, of(overdue_days=8, days_to_decision=90, downgrade=1, full_churn=1))
    assert late["score_milli"] == 100_000 - 25_000 - 15_000 - 30_000
    telemetry = score(connection, compiled, of(days_since_use=40, two_way_contact=3, licence_use=700_000))
    assert telemetry["rows"]["no_activity"] == 0


def test_totango_any_poor(connection: duckdb.DuckDBPyConnection) -> None:
    """Poor when any attribute is poor, good when all are, average otherwise, attributes without value left out."""
    compiled = shipped("totango-any-poor")
    good = {"licence_use": 700_000, "days_since_login": 1, "open_tickets": 0, "nps": 10, "overdue_days": 0}

    def tier(**change: Any) -> str:
        return str(score(connection, compiled, of(**{**good, **change}))["tier"])

    assert tier() == "good"
    assert tier(nps=8) == "average"
    assert tier(nps=8, open_tickets=9) == "poor"
    assert tier(nps=None) == "good"


def test_totango_weighted_rounds_each_dimension(connection: duckdb.DuckDBPyConnection) -> None:
    found = score(
        connection,
        shipped("totango-weighted"),
        of(licence_use=500_000, feature_adoption=100_000, open_tickets=1, csat=750_000, nps=8, overdue_days=3),
    )
    # usage 0.6·60 = 36, support 0.5·100 + 0.5·60 = 80, voice 60, billing 60: 14.4 + 20 + 12 + 9 = 55.4 → 55
    assert (found["score_milli"], found["tier"]) == (55_000, "average")
    assert found["rows"]["rounding"] == -400


def test_natero_scores_in_proportion_with_weights_that_do_not_add_up(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = shipped("natero")
    alone = score(connection, compiled, of(session_minutes=18))
    assert alone["score_milli"] == 48_000
    found = score(connection, compiled, of(session_minutes=18, use_days=20, open_tickets=10, nps=5))
    # (7·48 + 5·100 + 8·0 + 3·50) / 23 = 42.87 → 43
    assert (found["score_milli"], found["tier"]) == (43_000, "yellow")


def test_zudo_redistributes_a_pulse_older_than_90_days(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = shipped("zudo")
    factors = {
        "email_response_hours": 5,
        "open_requests": 0,
        "meetings_6m": 13,
        "issue_resolution_days": 10,
        "days_since_touch": 2,
    }
    # 25 % of 80 + 20 % of 100 + 20 % of 80 + 20 % of 60 + 15 % of 100
    without = 25 * 80 + 20 * 100 + 20 * 80 + 20 * 60 + 15 * 100
    assert score(connection, compiled, of(**factors))["score_milli"] == without * 10
    old = score(connection, compiled, of(**factors, pulse_10=3, pulse_10_age=91))
    assert (old["score_milli"], old["coverage_ppm"]) == (without * 10, 1_000_000)
    fresh = score(connection, compiled, of(**factors, pulse_10=3, pulse_10_age=90))
    assert fresh["score_milli"] == round(0.8 * without / 100 + 0.2 * 30) * 1000
    worst = score(connection, compiled, of(**factors, pulse_10=1, pulse_10_age=5))
    assert worst["tier"] == "critical"
    best = score(connection, compiled, of(email_response_hours=90, pulse_10=10, pulse_10_age=5))
    assert best["tier"] == "healthy"


def test_zudo_reads_missing_factors_as_it_says(connection: duckdb.DuckDBPyConnection) -> None:
    found = score(connection, shipped("zudo"), of(open_requests=3))
    # neutral 50 for e-mails, 60, 40 without meetings, 70 without issues, 20 without activity
    assert found["score_milli"] == round((25 * 50 + 20 * 60 + 20 * 40 + 20 * 70 + 15 * 20) / 100) * 1000


def test_vitally_is_a_mean_of_0_5_and_10(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = shipped("vitally")
    two_of_three = score(connection, compiled, of(licence_use=900_000, feature_adoption=700_000, days_since_login=20))
    assert (two_of_three["score_milli"], two_of_three["tier"]) == (6_667, "healthy")
    weighted = score(connection, compiled, of(licence_use=900_000, open_tickets=3, csm_pulse=1))
    assert (weighted["score_milli"], weighted["tier"]) == (6_000, "concerning")


def test_retentioncheck_deducts_per_insight(connection: duckdb.DuckDBPyConnection) -> None:
    compiled = shipped("retentioncheck")
    three = score(connection, compiled, of(critical_insights=3, high_insights=2, medium_insights=0, low_insights=0))
    assert (three["score_milli"], three["tier"]) == (16_000, "F")
    mild = score(connection, compiled, of(critical_insights=0, high_insights=0, medium_insights=1, low_insights=2))
    assert (mild["score_milli"], mild["tier"]) == (90_000, "A")
    floor = score(connection, compiled, of(critical_insights=7, high_insights=0, medium_insights=0, low_insights=0))
    assert (floor["score_milli"], floor["rows"]["clamp"]) == (0, 40_000)


def test_handoff_readiness_counts_what_nobody_wrote_down_as_not_ready(connection: duckdb.DuckDBPyConnection) -> None:
    found = score(connection, shipped("handoff-readiness"), of(goals_defined=1, champion_spoken=0))
    assert (found["score_milli"], found["tier"]) == (round(30 / 95 * 100_000), "not ready")


@pytest.mark.parametrize("name", packaged_scorecards())
def test_every_shipped_card_has_a_header_and_only_shares_noted(name: str) -> None:
    compiled = shipped(name)
    assert compiled.plan.card.title
    assert compiled.plan.card.decision
    assert compiled.plan.tiers[-1]
    assert all("read as shares" in note for note in compiled.plan.notes)


# a pulse that expires or arrives changes who takes part, which is no judgement of better or worse
UNORDERED = {"pulse_10_age"}


def better(signal: Signal, value: int, by: int) -> int:
    if signal.categories:
        return max(0, value - 1)
    return value + by * signal.unit.scale if signal.better is Better.HIGHER else value - by * signal.unit.scale


@st.composite
def improvements(draw: st.DrawFn, signals: dict[str, Signal]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A row and the same row with one known reading made better."""
    names = [
        n for n, s in signals.items() if s.better in (Better.HIGHER, Better.LOWER, Better.KIND) and n not in UNORDERED
    ]
    found: dict[str, Any] = {
        "account_id": "a",
        "as_of": DAY,
        "a_segment": draw(st.sampled_from(["S", "M", "E"])),
        "a_age_days": draw(st.integers(0, 400)),
    }
    for name, signal in signals.items():
        top = len(signal.categories) - 1 if signal.categories else 120
        value = draw(st.integers(0, top)) * signal.unit.scale
        status = draw(st.sampled_from(["fresh", "fresh", "stale", "missing", "not_applicable"]))
        found |= {f"v_{name}": value if status in ("fresh", "stale") else None, f"q_{name}": status}
    name = draw(st.sampled_from(names))
    value = (
        draw(st.integers(0, len(signals[name].categories) - 1 if signals[name].categories else 100))
        * signals[name].unit.scale
    )
    found |= {f"v_{name}": value, f"q_{name}": "fresh"}
    return found, {**found, f"v_{name}": better(signals[name], value, draw(st.integers(1, 60)))}


@pytest.mark.parametrize("name", packaged_scorecards())
@settings(max_examples=1, deadline=None, phases=WITHOUT_SHRINKING, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_making_a_fact_better_never_lowers_a_score(
    connection: duckdb.DuckDBPyConnection, name: str, data: st.DataObject
) -> None:
    """Show 2, on all shipped cards and many accounts at once."""
    compiled = shipped(name)
    pairs = data.draw(st.lists(improvements(compiled.plan.signals), min_size=60, max_size=60))
    before = evaluate(connection, compiled, [pair[0] for pair in pairs])
    after = evaluate(connection, compiled, [pair[1] for pair in pairs])
    for old, new, pair in zip(before, after, pairs, strict=True):
        if old["score_milli"] is not None:
            assert new["score_milli"] >= old["score_milli"], [k for k in pair[0] if pair[0][k] != pair[1][k]]


@pytest.mark.parametrize("name", packaged_scorecards())
@settings(max_examples=1, deadline=None, phases=WITHOUT_SHRINKING, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_shipped_card_agrees_with_the_reference(
    connection: duckdb.DuckDBPyConnection, name: str, data: st.DataObject
) -> None:
    compiled = shipped(name)
    card = scorecard.read(document.read(packaged_scorecards()[name]))
    rows = [pair[0] for pair in data.draw(st.lists(improvements(compiled.plan.signals), min_size=25, max_size=25))]
    for given_row, found in zip(rows, evaluate(connection, compiled, rows), strict=True):
        expected = Reference(card, compiled.plan.signals, given_row).score()
        for key in ("state", "coverage_ppm", "score_milli", "tier", "low_milli", "high_milli"):
            assert found[key] == expected[key], (key, given_row)


def test_all_signals_of_the_small_test_set_are_in_the_catalogue() -> None:
    assert set(SIGNALS) <= set(CATALOGUE)
