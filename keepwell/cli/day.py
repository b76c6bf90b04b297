"""The command of a whole day: run."""

from __future__ import annotations

from typing import Annotated

import typer

from keepwell.cli.options import AsOfOption, JsonOption, ProjectOption, message, print_json, progress
from keepwell.show.steps import day, step_line
from keepwell.use_cases import days, runs
from keepwell.words.inert import clean
from keepwell.words.steps import Ending, StepReport


def run(
    project: ProjectOption = None,
    as_of: AsOfOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done; write nothing.")] = False,
    json: JsonOption = False,
) -> int:
    """Do a whole day: read the sources, score, decide what changed, send what is due."""
    told = (lambda _: None) if json else _tell
    hears = days.Listeners(message if json else typer.echo, told, progress())
    report = days.run_day(runs.open_project(project), hears, as_of=as_of, dry=dry_run)
    if json:
        print_json(day(report))
    return report.exit_code


def _tell(step: StepReport) -> None:
    typer.echo(clean(step_line(step)), err=step.ending in (Ending.FAILED, Ending.NOT_TRIED))
