"""What people said, on a terminal: whole, inert, and no share without its cases."""

from __future__ import annotations

from dataclasses import replace

from keepwell.show.measure import show_measure
from keepwell.show.remarks import show_overrides, show_pulse, show_verdicts
from tests.feedback.samples import MEASURED, OVERRIDES, PULSE, VERDICTS
from tests.show.samples import paper


def test_a_pulse_says_from_when_scores_know_it() -> None:
    console, sheet = paper()
    show_pulse(PULSE, console)
    assert "A-1: a pulse of 2 for 2026-03-20, by Olga" in sheet.getvalue()
    assert "Scores know it from 2026-03-20 on" in sheet.getvalue()


def test_overrides_stand_beside_what_the_card_said() -> None:
    console, sheet = paper()
    show_overrides(OVERRIDES, console)
    assert "80.0 (default-ten said 41.3)" in sheet.getvalue()
    assert "stable (default-ten said at risk)" in sheet.getvalue()
    assert "[red]new[/red]" in sheet.getvalue()
    assert "2026-03-20 (taken back)" in sheet.getvalue()


def test_verdicts_that_wait_are_listed_with_what_they_are_about() -> None:
    console, sheet = paper()
    show_verdicts(VERDICTS, console)
    shown = " ".join(sheet.getvalue().split())
    assert "Verdict 4 on A-1, alert 7 is kept: false alarm, says Ana." in shown
    assert "on [b]leave" in shown
    assert "names the change that came of one" in shown


def test_measures_name_the_cases_behind_each_share() -> None:
    console, sheet = paper()
    show_measure(MEASURED, console)
    shown = " ".join(sheet.getvalue().split())
    assert "Acted on 15 of 17 (88 %, 66 to 97 %)" in shown
    assert "the person was right 2 of 3 (67 %, 21 to 94 %)" in shown
    assert "after action, which proves nothing" in shown
    assert "0 of 0" in shown
    console, sheet = paper()
    show_measure(replace(MEASURED, alerts=None, suppressed=None, overrides=None), console)
    assert "no source tells which accounts were lost" in sheet.getvalue()
