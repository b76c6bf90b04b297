"""A first card from the inventory: what is chosen, what each line weighs, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from keepwell.scoring import scorecard
from keepwell.scoring.planner import plan
from keepwell.signals.catalogue import CATALOGUE
from keepwell.suggestion import card_file
from keepwell.suggestion.proposal import proposed
from keepwell.words.learning import Alone, Estimate
from keepwell.words.problem import KeepwellError
from keepwell.words.report import Inventory, InventoryRow
from keepwell.words.suggestion import Suggestion

DAY = date(2026, 6, 30)
DIMENSIONS = ["usage", "support", "billing", "commercial", "people", "voice", "plan"]


def stock(*lacking: str, **coverage: int) -> Inventory:
    """Every signal is fresh for all accounts, but for systems that no source has; coverage in percent by signal."""
    rows = []
    for signal in CATALOGUE.values():
        absent = signal.system in lacking
        share = coverage.get(signal.name, 100) * 10_000
        gaps = (f"no source has {signal.facts} facts",) if absent else ()
        source = None if absent else signal.system
        rows.append(
            InventoryRow(signal.name, signal.title, signal.system, source, "", None, None, None, share, gaps=gaps)
        )
    return Inventory(DAY, tuple(rows))


def suggested(given: Inventory, alone: Mapping[str, Alone] | None = None) -> Suggestion:
    """The suggestion alone, after its file was read back as the same card."""
    card, found = proposed("first", given, CATALOGUE, alone or {})
    assert scorecard.loads(card_file.text_of(card, found)) == card
    assert plan(card, CATALOGUE).card.strict
    return found


def told(signal: str, value: float, *, implausible: bool = False) -> Alone:
    return Alone(signal, Estimate(value, value - 0.04, value + 0.04), 50, implausible)


def weights(found: Suggestion) -> dict[str, float]:
    return {one.signal: one.weight for one in found.signals}


def test_ten_signals_one_of_a_family_over_seven_dimensions_with_weights_that_add_to_100() -> None:
    found = suggested(stock())
    assert len(found.signals) == 10
    assert sum(one.weight for one in found.signals) == 100
    assert list(dict.fromkeys(one.dimension for one in found.signals)) == DIMENSIONS
    families = [CATALOGUE[one.signal].family for one in found.signals]
    assert len(set(families)) == len(families)
    assert all(one.reason for one in found.signals)
    assert found.outcomes == 0


def test_without_outcomes_the_default_card_says_what_weighs_most() -> None:
    found = weights(suggested(stock()))
    assert max(found, key=lambda name: found[name]) == "ticket_pressure"
    assert {"licence_use", "usage_change_90d", "champion", "milestones_missed"} <= found.keys()


def test_a_signal_that_foretold_losses_weighs_more_one_that_misled_less_and_the_reason_says_so() -> None:
    before = weights(suggested(stock()))
    found = suggested(stock(), {"nps": told("nps", 0.80), "ticket_pressure": told("ticket_pressure", 0.40)})
    after = weights(found)
    assert after["nps"] > 1.5 * before["nps"]
    assert after.get("ticket_pressure", 0) < before["ticket_pressure"] / 2
    reason = next(one.reason for one in found.signals if one.signal == "nps")
    assert "AUC 0.80 (0.76 to 0.84) on 50 outcomes" in reason
    assert found.outcomes == 50


def test_a_card_that_outcomes_had_a_say_in_names_their_months_so_that_later_ones_judge_it() -> None:
    span: dict[str, str | int] = {"from": "2024-05-31", "until": "2026-03-31", "gap_days": 30, "outcome_days": 60}
    card, _ = proposed("first", stock(), CATALOGUE, {"nps": told("nps", 0.7)}, span)
    assert card.trained == {"events": 50, **span}
    assert proposed("first", stock(), CATALOGUE, {}, {})[0].trained == {}


def test_a_signal_that_knows_the_outcome_too_well_is_left_out_by_name() -> None:
    found = suggested(stock(), {"champion": told("champion", 0.97, implausible=True)})
    assert "champion" not in weights(found)
    assert any(
        "champion is left out, alone it knows the outcomes too well (AUC 0.97)" in text for text in found.left_out
    )


def test_a_dimension_without_a_source_is_named_with_what_it_lacks() -> None:
    found = suggested(stock("billing"))
    assert "billing: overdue_days is left out, no source has invoice facts" in found.left_out
    assert "overdue_60" not in found.tiers[1].definition  # a guard that could never be decided


def test_what_few_accounts_have_is_not_chosen() -> None:
    found = suggested(stock(milestones_missed=19, goals_on_track=100))
    assert "milestones_missed" not in weights(found)
    assert "goals_on_track" in weights(found)


def test_with_few_sources_seconds_of_a_family_share_its_weight_and_the_worse_counts() -> None:
    found = suggested(stock("product", "support", "survey", "plan", "crm", "meetings"))
    assert sum(weights(found).values()) == pytest.approx(100, abs=0.3)
    assert any("the worse of them counts" in one.reason for one in found.signals)
    assert any(note.endswith("signals instead of 10: the data covers no more") for note in found.notes)


def test_without_any_source_nothing_is_proposed() -> None:
    systems = {signal.system for signal in CATALOGUE.values()}
    with pytest.raises(KeepwellError, match="no signal can be read for 20 % of the accounts; 'keepwell signals' says"):
        proposed("first", stock(*systems), CATALOGUE, {})


def test_green_yellow_and_red_are_defined_by_the_way_between_the_edges() -> None:
    """80 of 100 points: a quarter of the way from 100 at the healthy edge to 20 at the poor one."""
    green, yellow, red = suggested(stock()).tiers
    assert [tier.tier for tier in (green, yellow, red)] == ["green", "yellow", "red"]
    assert green.definition == "from 80 on; on average at most 25 % of the way from the healthy to the poor edge"
    assert yellow.definition.startswith("from 50 to under 80; ")
    assert red.definition == "from 0 to under 50; not above it with notice_given"


def test_three_early_warnings_ask_the_owner_and_one_that_nobody_can_tell_is_replaced() -> None:
    card, found = proposed("first", stock(), CATALOGUE, {})
    assert [one.signal for one in found.early_warnings] == ["early_drop", "no_first_login", "kickoff_late"]
    reviews = {guard.name: guard.when for guard in card.guards if guard.name.startswith("first_days_")}
    assert reviews["first_days_no_first_login"] == "age_days <= 90 and no_first_login = 'no login'"
    found = suggested(stock("product"))
    assert [one.signal for one in found.early_warnings] == ["kickoff_late", "first_value_delay", "onboarding_progress"]
    found = suggested(stock("product", "plan", "meetings", "support"))
    assert [one.readable for one in found.early_warnings] == [True, False, False]


def test_the_handoff_gate_says_what_the_sources_can_reach_of_it() -> None:
    gate = suggested(stock()).handoff
    assert gate is not None
    assert (gate.scorecard, gate.threshold, gate.reachable) == ("handoff-readiness", 65, 100)
    gate = suggested(stock("crm", "meetings")).handoff
    assert gate is not None
    assert gate.reachable < 65
    assert "out of reach until more is recorded; nobody records" in gate.reason


def test_an_own_signal_takes_part_where_its_system_belongs() -> None:
    own = replace(CATALOGUE["resolved_in_target"], name="sla_kept", family="own", title="SLA kept")
    signals = {**CATALOGUE, "sla_kept": own}
    row = InventoryRow("sla_kept", "SLA kept", "support", "desk", "", None, None, None, 1_000_000)
    given = stock("product", "billing", "survey", "plan", "crm", "meetings")
    _, found = proposed("first", replace(given, rows=(*given.rows, row)), signals, {})
    assert next(one.dimension for one in found.signals if one.signal == "sla_kept") == "support"
