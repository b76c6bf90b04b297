"""Churn, contraction and expansion come at realistic rates, and follow the condition 60 to 120 days earlier."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from keepwell.demo.calendar import NEVER, WARM_UP
from keepwell.demo.customers import CHILD, GROUP, HOLDER
from keepwell.demo.outcomes import HORIZONS, LAG, true_chances
from keepwell.demo.world import World


@pytest.fixture(scope="module")
def world() -> World:
    return World.simulate(2_000, 24, 7)


@pytest.fixture(scope="module")
def years(world: World) -> float:
    """Years under an own contract."""
    own = (world.customers.kind != CHILD) & (world.customers.kind != GROUP)
    return float(world.outcomes.live[own].sum()) / 365


@pytest.fixture(scope="module")
def a_year(world: World, years: float) -> dict[str, float]:
    """Outcomes per customer and year."""
    happened = Counter(
        outcome.type
        for contract in world.outcomes.contracts
        for outcome in contract.outcomes
        if 0 < outcome.day <= world.calendar.last
    )
    return {name: count / years for name, count in happened.items()}


def test_ten_to_fourteen_percent_of_customers_churn_a_year(a_year: dict[str, float]) -> None:
    assert 0.10 <= a_year["churned"] <= 0.14


def test_expansion_is_more_common_than_contraction(a_year: dict[str, float]) -> None:
    assert 0.15 <= a_year["expanded"] <= 0.35
    assert 0.04 <= a_year["contracted"] <= 0.12


def test_large_customers_churn_less(world: World) -> None:
    gone = world.outcomes.churned <= world.calendar.last
    lived = world.outcomes.live.sum(axis=1)
    small, large = ((world.customers.size == size) for size in (0, 2))
    assert gone[large].sum() / lived[large].sum() < gone[small].sum() / lived[small].sum()


def test_condition_sixty_to_a_hundred_and_twenty_days_earlier_decides_a_renewal(world: World) -> None:
    lagged: dict[str, list[float]] = {"churned": [], "renewed": []}
    for contract in world.outcomes.contracts:
        for outcome in contract.outcomes:
            if outcome.type in lagged and 0 < outcome.day <= world.calendar.last:
                first, end = (outcome.day + WARM_UP - lag for lag in LAG)
                lagged[outcome.type].append(float(world.state.values[contract.terms.account, first:end].mean()))
    assert np.mean(lagged["churned"]) < np.mean(lagged["renewed"]) - 0.5


def test_true_chances_are_calibrated(world: World) -> None:
    """Summed chances at the month ends of the first year agree with what happened, within a quarter."""
    accounts, days, chances = true_chances(world.calendar, world.customers, world.outcomes)
    horizon = HORIZONS.index(365)
    early = days + 365 <= world.calendar.last
    left = (world.outcomes.churned[accounts] <= days + 365)[early]
    assert left.mean() == pytest.approx(chances[early, horizon].mean(), rel=0.25)


def test_true_chances_rank_those_who_left_above_those_who_stayed(world: World) -> None:
    accounts, days, chances = true_chances(world.calendar, world.customers, world.outcomes)
    left = world.outcomes.churned[accounts] <= days + 180
    assert chances[left, 1].mean() > 3 * chances[~left, 1].mean()


def test_truth_is_about_accounts_under_contract_only(world: World) -> None:
    accounts, days, chances = true_chances(world.calendar, world.customers, world.outcomes)
    assert world.outcomes.live[accounts, days].all()
    assert ((chances >= 0) & (chances <= 1)).all()
    assert (np.diff(chances, axis=1) >= -1e-12).all()


def test_children_of_a_contract_holder_go_with_it(world: World) -> None:
    children = np.flatnonzero(world.customers.kind == CHILD)
    holders = world.customers.holder[children]
    assert (world.customers.kind[holders] == HOLDER).all()
    assert (world.outcomes.churned[children] == world.outcomes.churned[holders]).all()


def test_customers_join_throughout(world: World) -> None:
    quarters = np.histogram(world.customers.start, bins=[0, 182, 365, 547, 730])[0]
    assert (quarters > 100).all()
    assert world.outcomes.live[:, -1].sum() > world.outcomes.live[:, 0].sum()


def test_a_cancellation_is_written_down_before_it_takes_effect(world: World) -> None:
    cancelled = [c for contract in world.outcomes.contracts for c in contract.changes if c.cancelled < NEVER]
    assert cancelled
    assert all(0 < change.cancelled - change.day <= 30 for change in cancelled)


def test_changes_of_a_line_have_different_days(world: World) -> None:
    for contract in world.outcomes.contracts:
        written = [(change.line, change.day) for change in contract.changes]
        assert len(written) == len(set(written))
