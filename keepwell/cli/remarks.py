"""Commands for what people say back: pulse."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from keepwell import remarks, runs
from keepwell.cli.options import FINE, JsonOption, ProjectOption, day, message, print_json
from keepwell.show import remarks_json
from keepwell.show.remarks import show_pulse
from keepwell.show.screen import screen

ByOption = Annotated[str, typer.Option(metavar="NAME", help="Who says so.")]


def pulse(
    account: Annotated[str, typer.Argument(help="The account's id or exact name.")],
    score: Annotated[int, typer.Argument(metavar="1..5", help="1: I expect to lose it .. 5: thriving.")],
    by: ByOption,
    note: Annotated[str, typer.Option(metavar="TEXT", help="Why, in words.")] = "",
    on: Annotated[
        date | None, typer.Option(parser=day, metavar="D", help="The day it is about (default: today).")
    ] = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> int:
    """Record your own view of an account; scores know it from now on."""
    opened = runs.open_project(project)
    report = remarks.pulse(opened, remarks.PulseRequest(account, score, by, note, on))
    if json:
        print_json(remarks_json.pulse(report))
    else:
        show_pulse(report, screen())
    if not report.recorded:
        message("That was recorded already: nothing is written.")
    return FINE
