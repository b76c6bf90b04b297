"""Commands about data: ingest, check, signals."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from keepwell.cli.options import FINDINGS, FINE, AsOfOption, JsonOption, ProjectOption, message, print_json
from keepwell.show import as_json, decisions_json
from keepwell.show.check import show_check
from keepwell.show.decisions import show_rescored
from keepwell.show.inventory import inventory_csv, inventory_xlsx, show_inventory
from keepwell.show.runs import show_ingest
from keepwell.show.screen import screen
from keepwell.use_cases import at_once, runs
from keepwell.words.problem import KeepwellError, Problem
from keepwell.words.report import Inventory


class Format(StrEnum):
    """How the inventory is written."""

    TABLE = "table"
    CSV = "csv"
    XLSX = "xlsx"


def ingest(
    source: Annotated[list[str] | None, typer.Argument(help="Only these sources (default: all).")] = None,
    project: ProjectOption = None,
    allow_vanished: Annotated[
        bool, typer.Option("--allow-vanished", help="Accept that over 5 % of a snapshot's rows are gone.")
    ] = False,
    rescore: Annotated[
        bool, typer.Option("--rescore", help="Then score and decide at once what cannot wait for the close of the day.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """Read the sources into facts; rows that cannot be taken in are named and counted."""
    opened = runs.open_project(project)
    report = runs.ingest(opened, sources=source or None, allow_vanished=allow_vanished)
    rescored = at_once.rescore(opened) if rescore else None
    if json:
        found = {"rescored": decisions_json.rescored(rescored)} if rescored else {}
        print_json(as_json.ingest(report) | found)
    else:
        show_ingest(report, screen())
        if rescored:
            show_rescored(rescored, screen())
    for warning in report.warnings:
        message(warning)
    return FINDINGS if report.quarantined else FINE


def check(project: ProjectOption = None, as_of: AsOfOption = None, json: JsonOption = False) -> int:
    """Find what is wrong with the data: contradictions, gaps, silent sources, unmatched ids."""
    report = runs.check(runs.open_project(project), as_of)
    if json:
        print_json(as_json.check(report))
    else:
        show_check(report, screen())
    return FINE if report.clean and report.enough_systems else FINDINGS


def signals(
    project: ProjectOption = None,
    as_of: AsOfOption = None,
    form: Annotated[Format, typer.Option("--format", help="How to write the inventory.")] = Format.TABLE,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to (needed for xlsx).")
    ] = None,
    json: JsonOption = False,
) -> int:
    """List the data inventory: every signal, its system and column, how fresh, how complete, which gaps."""
    if form is Format.XLSX and output is None and not json:
        raise KeepwellError(Problem("--format xlsx needs a file", fix="add -o inventory.xlsx"))
    inventory = runs.signals(runs.open_project(project), as_of)
    if json:
        print_json(as_json.inventory(inventory))
    elif output is not None:
        _write(inventory, form, output)
        message(f"{output} is written.")
    elif form is Format.CSV:
        sys.stdout.write(inventory_csv(inventory))
    else:
        show_inventory(inventory, screen())
    return FINE


def _write(inventory: Inventory, form: Format, file: Path) -> None:
    match form:
        case Format.XLSX:
            file.write_bytes(inventory_xlsx(inventory))
        case Format.CSV:
            file.write_text(inventory_csv(inventory), encoding="utf-8", newline="")
        case Format.TABLE:
            with file.open("w", encoding="utf-8") as stream:
                show_inventory(inventory, screen(stream))
