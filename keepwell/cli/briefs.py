"""Commands about what people read before they act: playbook, brief, qbr, postmortem."""

from __future__ import annotations

from typing import Annotated

import typer

from keepwell import briefs, runs
from keepwell.cli.options import FINDINGS, FINE, JsonOption, ProjectOption, print_json
from keepwell.show.plays import plays, show_plays
from keepwell.show.screen import screen


def playbook(
    about: Annotated[
        str | None, typer.Argument(metavar="[CODE|ACCOUNT]", help="A reason, as in champion.poor, or an account.")
    ] = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> int:
    """List the plays, or show which one fits an account, and why: its tasks, opener and draft."""
    report = briefs.playbook(runs.open_project(project), about)
    if json:
        print_json(plays(report))
    else:
        show_plays(report, screen())
    return FINDINGS if report.findings else FINE
