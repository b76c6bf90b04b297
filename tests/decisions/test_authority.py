"""Authority: earned level by level by figures, and never for what touches the customer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keepwell.decisions.authority import (
    LEVELS,
    MAY,
    NEVER,
    Figures,
    Share,
    at_most,
    conditions,
    earned,
    includes,
    never,
    own,
)
from keepwell.decisions.policy import Authority, Conditions, Policy
from keepwell.words.decision import Kind

SHIPPED = Conditions()
GOOD = Share(95, 100)
ALL = Share(40, 40)
FIGURES = Figures(
    GOOD,
    GOOD,
    GOOD,
    GOOD,
    GOOD,
    "Rita",
    ALL,
    0,
    GOOD,
    28,
    Share(15, 20),
    Share(7, 10),
    ALL,
    Share(9, 10),
    Share(16, 20),
)


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({}, "assist"),
        ({"fresh_sources": Share(8, 9)}, "diagnose"),
        ({"matched": Share(94, 100)}, "diagnose"),
        ({"matched": Share(0, 0)}, "assist"),
        ({"scored": Share(0, 0)}, "diagnose"),
        ({"reasoned": Share(9, 10)}, "diagnose"),
        ({"dated": Share(9, 10)}, "diagnose"),
        ({"dated": Share(0, 0)}, "diagnose"),
        ({"reviewer": None}, "diagnose"),
        ({"owned": Share(39, 40)}, "prioritise"),
        ({"over": 1}, "prioritise"),
        ({"recorded": Share(94, 100)}, "prioritise"),
        ({"days": 27}, "prioritise"),
        ({"true_alarms": Share(14, 20)}, "prioritise"),
        ({"true_alarms": Share(19, 19)}, "prioritise"),
        ({"approved": Share(6, 10)}, "prioritise"),
        ({"approved": Share(9, 9)}, "prioritise"),
        ({"steady_sources": Share(3, 4)}, "trigger"),
        ({"on_time": Share(8, 10)}, "trigger"),
        ({"acted": Share(15, 20)}, "trigger"),
        ({"acted": Share(15, 20), "reviewer": None}, "diagnose"),
        ({"trained": "diagnose"}, "diagnose"),
        ({"trained": "prioritise"}, "prioritise"),
        ({"trained": "trigger workflow"}, "assist"),
        ({"unmet": ("calibration",)}, "diagnose"),
        ({"unmet": ()}, "assist"),
    ],
)
def test_a_level_is_earned_by_its_own_conditions_and_those_below(change: dict[str, Any], level: str) -> None:
    assert earned(conditions(replace(FIGURES, **change), SHIPPED)) == level


def test_a_condition_is_shown_with_its_figures() -> None:
    shown = {one.text: one for one in conditions(replace(FIGURES, true_alarms=Share(3, 4), acted=Share(0, 0)), SHIPPED)}
    alarms = shown["alerts that people ended were no false alarms"]
    assert (alarms.found, alarms.met) == ("3 of 4 (75 %); at least 75 % of 20 or more", False)
    assert shown["alerts are acted on"].found == "none yet; at least 80 % of 20 or more"
    quiet = {one.text: one for one in conditions(replace(FIGURES, dated=Share(0, 0)), SHIPPED)}[
        "changes rest on dated facts"
    ]
    assert (quiet.found, quiet.met) == ("none yet; at least 95 % of 1 or more", False), "no change shows nothing"
    assert {one.level for one in shown.values()} == set(LEVELS) == set(MAY)


def test_a_policy_asks_for_more_or_less_and_says_so() -> None:
    policy = Policy.model_validate(
        {"policy": "a", "decision": "b", "authority": {"conditions": {"acted": 90, "of_alerts": 40, "days": 56}}}
    )
    asks = policy.authority.conditions
    shown = {one.text: one for one in conditions(FIGURES, asks)}
    assert shown["alerts are acted on"].found == "16 of 20 (80 %); at least 90 % of 40 or more"
    assert earned(shown.values()) == "prioritise", "watched for 28 of 56 days, and false alarms told of 20 alerts"
    assert own(asks) == (
        "alerts that people ended were no false alarms: at least 75 % of 40 or more",
        "alerts are acted on: at least 90 % of 40 or more",
        "it was watched for long enough: 56 days",
    )
    assert own(SHIPPED) == ()


def test_the_policy_says_by_segment_what_a_score_may_do_at_most() -> None:
    policy = Policy(policy="a", decision="b", authority=Authority(level="trigger", segments={"E": "diagnose"}))
    assert [at_most(policy, segment) for segment in ("E", "S", None)] == ["diagnose", "trigger", "trigger"]
    assert includes("trigger", "prioritise")
    assert not includes("prioritise", "trigger")


@pytest.mark.parametrize(
    ("codes", "deed"),
    [
        ((Kind.RENEWAL_AT_RISK, None), "renewal strategy"),
        ((Kind.EXPANSION_READY, "growth-talk"), "outreach to the customer"),
        ((Kind.DROP, "exec-review"), "an executive escalation"),
        ((Kind.DROP, "commercial-review"), "contract strategy"),
        ((Kind.DROP, "retention"), "renewal strategy"),
        ((Kind.DROP, "usage-check"), None),
        ((Kind.AT_RISK, None), None),
    ],
)
def test_what_touches_the_customer_is_never_done_by_itself(codes: tuple[str | None, ...], deed: str | None) -> None:
    assert never(*codes) == deed
    assert deed is None or deed in NEVER.values()
