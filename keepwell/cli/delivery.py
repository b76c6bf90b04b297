"""Commands about what leaves the house: deliver."""

from __future__ import annotations

from typing import Annotated

import typer

from keepwell.cli.options import FINDINGS, FINE, JsonOption, ProjectOption, message, print_json
from keepwell.show.deliveries import deliveries, show_deliveries
from keepwell.show.screen import screen
from keepwell.use_cases import dispatch, runs


def deliver(
    project: ProjectOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what waits; send nothing.")] = False,
    retry_dead: Annotated[bool, typer.Option("--retry-dead", help="Try again what was given up.")] = False,
    test: Annotated[str | None, typer.Option(metavar="CHANNEL", help="Also send a test message there.")] = None,
    json: JsonOption = False,
) -> int:
    """Send the messages that are due, each once, and tell which could not be sent."""
    request = dispatch.DeliverRequest(dry_run, retry_dead, test)
    opened = runs.open_project(project)
    report = dispatch.deliver(opened, request, message if json else typer.echo)
    if json:
        print_json(deliveries(report))
    else:
        show_deliveries(report, screen())
    if not opened.config.channels:
        message("keepwell.yml names no channels: nothing can be sent until 'channels:' says where to.")
    return FINE if report.clean else FINDINGS
