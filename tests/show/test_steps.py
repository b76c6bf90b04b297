"""A day and a span of days on a terminal and as JSON."""

from __future__ import annotations

import io
from datetime import date

from rich.console import Console

from keepwell.show.steps import show_span, span, step_line
from keepwell.words.decision import Suppression
from keepwell.words.steps import DayReport, DayTold, Ending, Span, StepReport
from tests.show.samples import DAY

SILENT = Suppression("1", "source", "product", None, "outage", "complete through 2026-03-16", "keepwell", DAY, DAY)
SPAN = Span(DAY, DAY, (DayTold(DAY, 3, 0, 12, 2, 1),), (SILENT,), (("outage", 12),), 2)


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
