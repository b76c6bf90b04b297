"""Leaks are found by what they do, and a clean table is left alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from keepwell.learning.samples import leaks
from keepwell.learning.samples.examples import Column, Examples
from tests.learning.companies import company, signal

ROWS = 1_500
RANDOM = np.random.default_rng(0)


def beside(examples: Examples, column: Column) -> Examples:
    return replace(examples, columns=(*examples.columns, column))


def cancel_reason(examples: Examples) -> Examples:
    """Filled only for those who left."""
    words = np.where(examples.outcome, RANDOM.integers(0, 2, examples.size), np.nan)
    return beside(examples, Column(signal("cancel_reason", categories=("price", "product")), words))


def overwritten_status(examples: Examples) -> Examples:
    """The status as it is today."""
    gone = examples.outcome & (RANDOM.random(examples.size) < 0.8)
    return beside(examples, Column(signal("status", categories=("active", "closed")), gone.astype(float)))


def offboarding_tickets(examples: Examples) -> Examples:
    some = examples.outcome & (RANDOM.random(examples.size) < 0.3)
    return beside(
        examples, Column(signal("offboarding_tickets"), np.where(some, RANDOM.integers(1, 4, examples.size), 0))
    )


def seats_at_zero(examples: Examples) -> Examples:
    seats = RANDOM.integers(5, 200, examples.size).astype(float)
    return beside(examples, Column(signal("seats_now"), np.where(examples.outcome, 0, seats)))


def score_of_the_future(examples: Examples) -> Examples:
    """A number that another system wrote when it knew."""
    told = np.rint(100 * (examples.outcome * 2.6 + RANDOM.normal(0, 1, examples.size)))
    return beside(examples, Column(signal("predicted", 100), told))


def doubled_accounts(examples: Examples) -> Examples:
    return examples.take(np.append(np.arange(examples.size), np.arange(60)))


@pytest.mark.parametrize(
    ("planted", "named"),
    [
        (cancel_reason, "cancel_reason"),
        (overwritten_status, "status"),
        (offboarding_tickets, "offboarding_tickets"),
        (seats_at_zero, "seats_now"),
        (score_of_the_future, "predicted"),
        (doubled_accounts, "duplicate"),
    ],
)
def test_a_planted_leak_is_named_and_nothing_else(planted: Callable[[Examples], Examples], named: str) -> None:
    found = leaks.find(planted(company(ROWS)))
    assert [leak.name for leak in found] == [named]
    assert any(letter.isdigit() for letter in found[0].text)


def test_where_nobody_left_nothing_can_have_been_written_afterwards() -> None:
    examples = company(ROWS)
    assert leaks.find(replace(examples, outcome=np.zeros(ROWS, bool))) == ()


@pytest.mark.parametrize("seed", range(4))
def test_a_clean_table_gives_no_alarm_however_well_it_foretells(seed: int) -> None:
    assert leaks.find(company(ROWS, seed, strength=2.0)) == ()
    assert leaks.find(company(ROWS, seed, months=3)) == ()


def test_accounts_that_go_on_unchanged_after_their_outcome_are_named() -> None:
    examples = company(ROWS, months=3)
    assert examples.day is not None
    first, rest = np.flatnonzero(examples.day == 0), np.flatnonzero(examples.day == 30)
    columns = []
    for column in examples.columns:
        values = column.values.copy()
        values[rest] = np.where(examples.outcome[first], values[first], values[rest])
        columns.append(replace(column, values=values))
    assert [leak.kind for leak in leaks.find(replace(examples, columns=tuple(columns)))] == ["after_outcome"]


def test_the_same_account_at_the_same_time_is_named() -> None:
    examples = company(ROWS, months=3)
    found = leaks.find(examples.take(np.append(np.arange(ROWS), np.arange(5))))
    assert [(leak.kind, "5 rows" in leak.text) for leak in found] == [("duplicate", True)]


def test_one_account_with_both_outcomes_at_one_time_contradicts_itself() -> None:
    examples = company(ROWS, months=3)
    doubled = examples.take(np.append(np.arange(ROWS), np.arange(5)))
    outcome = np.append(examples.outcome, ~examples.outcome[:5])
    found = leaks.find(replace(doubled, outcome=outcome))
    assert [leak.kind for leak in found] == ["label_contradiction", "duplicate"]
    assert "at one time: 5 (A0, A1, A2 ...)" in found[0].text
