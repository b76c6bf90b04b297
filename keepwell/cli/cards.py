"""Commands about scorecards: diff, assess."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keepwell import runs
from keepwell.cli.options import FINE, CardOption, JsonOption, ProjectOption, print_json
from keepwell.show import as_json
from keepwell.show.diff import show_diff
from keepwell.show.explain import show_explanation
from keepwell.show.screen import screen


def diff(
    scorecard_a: Annotated[str, typer.Argument(help="A scorecard's name, or its file.")],
    scorecard_b: Annotated[str, typer.Argument(help="The one to compare with it.")],
    project: ProjectOption = None,
    json: JsonOption = False,
) -> int:
    """Show who would change tier with another scorecard, on the last 12 month-ends."""
    report = runs.diff(runs.open_project(project), scorecard_a, scorecard_b)
    if json:
        print_json(as_json.diff(report))
    else:
        show_diff(report, screen())
    return FINE


def assess(
    file: Annotated[Path, typer.Argument(help="One account's readings, YAML or JSON.")],
    scorecard: CardOption = None,
    json: JsonOption = False,
) -> int:
    """Score one account described in a file; no project needed."""
    found = runs.assess(file, scorecard)
    if json:
        print_json(as_json.explanation(found))
    else:
        show_explanation(found, screen())
    return FINE
