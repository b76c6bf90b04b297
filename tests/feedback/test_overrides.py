"""Overrides in the state database: one at a time for an account and card, on record, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from keepwell.feedback import audit, overrides
from keepwell.state import State
from keepwell.words.override import Override
from keepwell.words.problem import KeepwellError

FIRST, NOW = date(2026, 3, 1), datetime(2026, 3, 1, 8)
ONE = Override(
    "", "A", "card", 80_000, None, "new sponsor", "Ana", FIRST, date(2026, 3, 9), None, 41_250, "poor", False, True
)


@pytest.fixture
def state(state_url: str) -> State:
    return State(state_url)


def test_an_override_is_read_back_whole_and_counts_on_its_days(state: State) -> None:
    kept = overrides.add(state, ONE, NOW)
    assert kept == replace(ONE, key="1")
    assert overrides.every(state, "card", "A") == (kept,)
    assert (overrides.every(state, "other"), overrides.every(state, "card", "B")) == ((), ())
    days = [FIRST + timedelta(days=n) for n in (-1, 0, 8, 9)]
    assert [bool(overrides.in_force([kept], day)) for day in days] == [False, True, True, False]
    assert overrides.set_to([kept], "A", FIRST) == 80_000


def test_a_newer_one_ends_the_one_before_and_both_stay_on_record(state: State) -> None:
    overrides.add(state, ONE, NOW)
    overrides.add(state, replace(ONE, account_id="B"), NOW)
    later = FIRST + timedelta(days=3)
    overrides.add(state, replace(ONE, score_milli=None, tier="poor", since=later), NOW)
    found = overrides.every(state)
    assert [(one.key, one.account_id, one.ended) for one in found] == [
        ("1", "A", later),
        ("2", "B", None),
        ("3", "A", None),
    ]
    assert overrides.in_force(found, later)["A"].key == "3"
    assert overrides.in_force(found, later - timedelta(days=1))["A"].key == "1", "what counted then counts then"
    ended = overrides.end(state, "3", "Max", later, NOW)
    assert overrides.every(state)[-1] == ended
    with pytest.raises(KeepwellError, match="override 3 ended on 2026-03-04; nothing to do"):
        overrides.end(state, "3", "Max", later, NOW)
    with state.engine.connect() as connection:
        assert [row.act for row in audit.newest(connection, "A", 9)] == [
            "override.end",
            "override.write",
            "override.write",
        ]
