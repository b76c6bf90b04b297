"""Commands that watch a score in use: monitor."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from keepwell.cli.options import FINDINGS, FINE, JsonOption, ProjectOption, message, plain, print_json, writable
from keepwell.show.monitoring import show_monitoring
from keepwell.show.review import review_page
from keepwell.show.screen import screen
from keepwell.use_cases import lessons, runs
from keepwell.words.monitoring import MonitorReport, Period
from keepwell.words.problem import KeepwellError, Problem


def monitor(
    scorecard: Annotated[
        str | None, typer.Argument(help="A scorecard's file or name (default: the headline card).")
    ] = None,
    period: Annotated[
        Period | None, typer.Option("--period", help="Write the review of the newest month or quarter with outcomes.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the review there, as Markdown.", callback=writable)
    ] = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> int:
    """Check whether a scorecard in use still does what it did when it was made; with --period, review what it got wrong."""
    if out is not None and period is None:
        raise KeepwellError(Problem("--out needs a review", fix="add --period month or --period quarter"))
    opened = runs.open_project(project)
    if period is None:
        report = lessons.monitor(opened, scorecard)
        if json:
            print_json(plain(report))
        else:
            show_monitoring(report, screen())
        return _code(report)
    review = lessons.review(opened, scorecard, period)
    if out is not None:
        out.write_text(review_page(review), encoding="utf-8")
        message(f"{out} is written.")
    if json:
        print_json(plain(review))
    elif out is None:
        sys.stdout.write(review_page(review))
    return _code(review.monitor)


def _code(report: MonitorReport) -> int:
    return FINDINGS if report.failing else FINE
