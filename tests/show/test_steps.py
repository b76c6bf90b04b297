"""A day and a span of days on a terminal and as JSON."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta

from rich.console import Console

from keepwell.show.steps import show_span, span, step_line
from keepwell.words.decision import Suppression
from keepwell.words.steps import DayReport, DayTold, Ending, Span, StepReport
from tests.show.samples import DAY

SILENT = Suppression("1", "source", "product", None, "outage", "complete through 2026-03-16", "keepwell", DAY, DAY)
KINDS, TRACKS = (("at_risk", 2), ("drop", 1)), (("high_potential", 4), ("unscored", 1))
SPAN = Span(DAY, DAY, (DayTold(DAY, 3, 0, 12, 2, 1),), (SILENT,), (("outage", 12),), 2, KINDS, TRACKS)


def test_a_step_says_how_it_ended() -> None:
    failed = StepReport("score", Ending.FAILED, "no card", 3)
    assert step_line(failed) == "score        failed: no card"
    done = StepReport("deliver", Ending.DONE, "1 dead", 1)
    assert [DayReport(DAY, steps).exit_code for steps in ((), (done,), (done, failed))] == [0, 1, 3]


def test_a_span_lists_its_days_and_what_held_the_rest_back() -> None:
    sheet = io.StringIO()
    show_span(SPAN, Console(file=sheet, width=120))
    text = " ".join(sheet.getvalue().split())
    assert f"{DAY} 3 0 12 2 1" in text
    assert "At most 2 alerts for one person on one day." in text
    assert "Source 'product' silent from" in text
    assert "Held back because of outage: 12" in text
    found = span(SPAN)
    assert (found["since"], found["reasons"]) == (date.isoformat(DAY), {"outage": 12})
    assert (found["kinds"], found["handoffs"]) == (dict(KINDS), dict(TRACKS))
    assert "Told: at risk 2, drop in 30 days 1." in text
    assert "Handed over from sales, by track: high potential 4, unscored 1" in text


def test_a_long_span_is_summed_up_by_weeks() -> None:
    told = tuple(DayTold(DAY + timedelta(days=n), 2, 1, 0, 1, 1) for n in range(35))
    sheet = io.StringIO()
    show_span(replace(SPAN, days=told, until=told[-1].day), Console(file=sheet, width=120))
    lines = [line.split() for line in sheet.getvalue().splitlines()]
    weeks = [[str(DAY + timedelta(days=7 * n)), "14", "7", "0", "7", "7"] for n in range(5)]
    assert [line for line in lines if line[1:2] == ["14"]] == weeks
    assert ["In", "all", "70", "35", "0", "35", "35"] in lines
    assert "The first days are a rehearsal" in sheet.getvalue()
