"""Stop rules: what makes an action wait, and what does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from keepwell.decisions.policy import STOP_RULES, StopRules
from keepwell.decisions.stop import RULES, Ground, is_high, is_near, stopped
from keepwell.words.decision import Kind

DAY = date(2026, 3, 20)
CALM = Ground(Kind.AT_RISK, DAY, 900_000, renewal_day=date(2026, 12, 1), mrr_minor=5_000_000)
NEAR = replace(CALM, renewal_day=date(2026, 5, 19))  # the 60th day


def rules_of(ground: Ground, rules: StopRules | None = None) -> list[str]:
    return [stop.rule for stop in stopped(rules or StopRules(), ground, 100)]


@pytest.mark.parametrize(
    ("ground", "rules"),
    [
        (CALM, []),
        (replace(CALM, coverage_ppm=499_999), ["evidence_missing"]),
        (replace(CALM, coverage_ppm=0, stale=("x",), kind=Kind.UNSCORED), []),
        (replace(CALM, stale=("No use for 30 days",)), ["evidence_stale"]),
        (replace(CALM, contradictory=("marked churned, contract in force",)), ["evidence_contradictory"]),
        (replace(CALM, commercial=("an invoice is disputed",)), ["commercially_sensitive"]),
        (replace(CALM, promises=("a promise",)), ["promise_to_customer"]),
        (NEAR, ["renewal_near_and_high_value"]),
        (replace(NEAR, renewal_day=date(2026, 5, 20)), []),
        (replace(NEAR, renewal_day=date(2026, 3, 19)), []),
        (replace(NEAR, renewal_day=DAY), ["renewal_near_and_high_value"]),
        (replace(NEAR, mrr_minor=999_999), []),
        (replace(NEAR, mrr_minor=None), []),
        (
            replace(NEAR, mrr_minor=1_000_000, promises=("a promise",)),
            ["promise_to_customer", "renewal_near_and_high_value"],
        ),
    ],
)
def test_an_action_waits_where_evidence_or_the_moment_is_delicate(ground: Ground, rules: list[str]) -> None:
    assert rules_of(ground) == rules


def test_only_the_rules_that_the_policy_names_bind_and_its_figures_hold() -> None:
    assert rules_of(replace(NEAR, promises=("a promise",)), StopRules(rules=("promise_to_customer",))) == [
        "promise_to_customer"
    ]
    strict = StopRules(renewal_days=90, high_value=Decimal(500))
    assert is_near(strict, date(2026, 6, 18), DAY)
    assert is_high(strict, 50_000, 100)
    assert not is_high(strict, 49_999, 100)
    assert set(RULES) == set(STOP_RULES)


def test_the_reason_says_what_was_found() -> None:
    [stop] = stopped(StopRules(), replace(CALM, stale=("No use", "Few seats")), 100)
    assert stop.why == "a source is silent behind 'No use'; a source is silent behind 'Few seats'"
