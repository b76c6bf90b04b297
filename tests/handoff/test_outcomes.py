"""What became of handoffs: counted by what they have in common, and no rate is told of few."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from keepwell.decisions.handoff_outcomes import outcomes
from keepwell.words.decision import Owned
from keepwell.words.handoff import Because, Handoff, Input, Track

DAY = date(2026, 1, 1)
OVER = DAY + timedelta(days=90)
KEPT = Handoff("A", DAY, Because.CLOSED_WON, DAY, Owned(segment="M", seller="Sven"), track=Track.STANDARD, ended_on=DAY + timedelta(days=90))  # fmt: skip
LOST = replace(KEPT, lost_on=DAY + timedelta(days=90), missing=(Input.GOALS, Input.COMMITMENTS), track=Track.AT_RISK)


def test_a_loss_by_day_90_counts_by_track_missing_input_seller_and_segment() -> None:
    later = replace(LOST, lost_on=DAY + timedelta(days=91))
    rows = outcomes([KEPT] * 8 + [LOST, later, replace(KEPT, ended_on=None)], OVER)
    assert [(row.by, row.value, row.cases, row.lost) for row in rows] == [
        ("all", "all", 10, 1),
        ("track", "standard", 8, 0),
        ("track", "at_risk", 2, 1),
        ("missing", "commitments", 2, 1),
        ("missing", "goals", 2, 1),
        ("missing", "none", 8, 0),
        ("seller", "Sven", 10, 1),
        ("segment", "M", 10, 1),
    ]
    assert [row.rate_ppm for row in rows[:2]] == [100_000, None], "of fewer than ten only the interval is told"
    assert all(0 <= row.low_ppm <= row.high_ppm <= 1_000_000 for row in rows)
    assert outcomes([], OVER) == ()


def test_a_loss_waits_for_day_90_as_those_that_stay_do() -> None:
    soon = replace(LOST, lost_on=DAY + timedelta(days=5), ended_on=DAY + timedelta(days=5))
    assert outcomes([soon], OVER - timedelta(days=1)) == ()
    assert (outcomes([soon], OVER)[0].cases, outcomes([soon], OVER)[0].lost) == (1, 1)
