"""Commands that make a project folder: init, demo."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from keepwell.cli.options import FINE, JsonOption, day, message, print_json, progress
from keepwell.show import as_json
from keepwell.show.book import show_book
from keepwell.show.runs import show_ingest, show_score
from keepwell.show.screen import screen
from keepwell.show.steps import show_span, span
from keepwell.templates import write_project
from keepwell.use_cases import days, runs
from keepwell.words.inert import clean

NEXT = """Next:
  1. copy sources/crm.yml.example to sources/crm.yml and name your columns
  2. keepwell ingest, then keepwell check
  3. keepwell score, then keepwell book"""


OUTAGE = "--days 90 --until 2025-12-31"  # in which its product's collector was down


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where (default: here).")] = Path(),
    json: JsonOption = False,
) -> int:
    """Write a new project folder: settings, examples of column maps, a scorecard, a policy."""
    written = write_project(folder)
    if json:
        print_json({"folder": str(folder), "files": [str(file) for file in written]})
        return FINE
    for file in written:
        typer.echo(clean(str(folder / file)))
    message(NEXT)
    return FINE


def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the company is written.")] = Path("demo"),
    number: Annotated[
        int | None,
        typer.Option(
            "--days", min=1, max=600, metavar="N", help="Also score and decide so many days; this takes minutes."
        ),
    ] = None,
    until: Annotated[
        date | None, typer.Option(parser=day, metavar="D", help="With --days: the last of them (default: the newest).")
    ] = None,
    json: JsonOption = False,
) -> int:
    """Simulate a company, read its exports, score it, and show its book."""
    tell = progress()
    tell(f"Simulating a company in {folder}/ and scoring it; this takes a minute ...")
    report = runs.demo(folder)
    last = until or report.score.as_of
    lived = number and days.decide_span(runs.open_project(folder), last - timedelta(days=number - 1), last, tell)
    if json:
        print_json(as_json.demo(report) | ({"span": span(lived)} if lived else {}))
        return FINE
    console = screen()
    show_ingest(report.ingest, console)
    console.print()
    show_score(report.score, console)
    console.print()
    show_book(report.book, console)
    worst = next((row.account_id for row in report.book.rows), "ACCOUNT")
    if lived:
        console.print()
        show_span(lived, console)
        if last < report.score.as_of:
            message(f"Days after {last} are not decided: the next 'transitions' or 'run' there takes all of them.")
    else:
        message(
            "Its last 90 days of 2025 with their alerts, an outage and handoffs (some four minutes):"
            f" keepwell demo {clean(report.folder)} {OUTAGE}"
        )
    message(f"Next: keepwell explain {worst} --project {clean(report.folder)}")
    return FINE
