"""How many outcomes support how much learning."""

from __future__ import annotations

import pytest

from keepwell.learning.judging.ladder import Rung, may_trigger, needed_rows, verdict


@pytest.mark.parametrize(
    ("events", "rung", "authority"),
    [
        (0, Rung.REFUSE, "none"),
        (19, Rung.REFUSE, "none"),
        (20, Rung.SHRINK, "diagnose"),
        (49, Rung.SHRINK, "diagnose"),
        (50, Rung.FEW, "diagnose"),
        (99, Rung.FEW, "diagnose"),
        (300, Rung.FULL, "prioritise"),
    ],
)
def test_each_rung_begins_at_its_number_of_events(events: int, rung: Rung, authority: str) -> None:
    found = verdict(events, 5_000)
    assert (found.rung, found.authority) == (rung, authority)
    assert f"{events} outcome events" in found.reasons[0]


def test_a_refusal_says_how_many_more_are_needed() -> None:
    assert "7 more are needed" in verdict(13, 1_000).reasons[0]


def test_many_events_in_too_few_rows_are_not_enough_for_a_full_table() -> None:
    assert verdict(150, 400).rung is Rung.FEW
    assert str(needed_rows(12, 150 / 400)) in verdict(150, 400).reasons[0]


def test_rileys_criterion_gives_the_published_example() -> None:
    """Riley et al. 2019: 24 parameters, R² .288 of at most .7, outcome share .174: 623 rows for shrinkage."""
    assert needed_rows(24, 0.174) > 623  # at half that strength more are needed


@pytest.mark.parametrize(
    ("events", "gains", "authority"),
    [
        (500, (0.01, 0.02, 0.001), "trigger workflow"),
        (500, (0.01, 0.02, -0.001), "prioritise"),
        (500, (0.01, 0.02), "prioritise"),
        (199, (0.01, 0.02, 0.03), "prioritise"),
    ],
)
def test_only_three_certain_gains_and_200_events_may_trigger(
    events: int, gains: tuple[float, ...], authority: str
) -> None:
    assert may_trigger(verdict(events, 9_000), events, gains).authority == authority
