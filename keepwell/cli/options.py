"""What commands have in common: options with their checks, and where output goes."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from keepwell.words.problem import KeepwellError, Problem
from keepwell.words.steps import Progress, unheard

FINE, FINDINGS = 0, 1  # exit codes; 2 and 3 come with KeepwellError and StopRule


def day(text: str) -> date:
    """A day as typed on the command line."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise typer.BadParameter(f"'{text}' is not a day; expected YYYY-MM-DD")


ProjectOption = Annotated[
    Path | None,
    typer.Option("--project", metavar="DIR", help="The project's folder (default: here or the nearest above)."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
AsOfOption = Annotated[
    date | None,
    typer.Option("--as-of", parser=day, metavar="D", help="The day, YYYY-MM-DD (default: the newest closed one)."),
]
CardOption = Annotated[
    str | None,
    typer.Option("--scorecard", metavar="NAME", help="Another scorecard than the project's own choice."),
]


def print_json(found: Mapping[str, Any]) -> None:
    """One JSON object on standard output, in letters its encoding can hold."""
    universal = (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")
    typer.echo(json.dumps(found, ensure_ascii=not universal, indent=2, allow_nan=False))


def plain(report: Any) -> dict[str, Any]:
    """A report as JSON objects: fields by name, named figures as objects, days as text."""
    found: dict[str, Any] = _named(dataclasses.asdict(report))
    return found


def _named(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _named(value) for key, value in part.items()}
    if isinstance(part, (list, tuple)):
        pairs = [
            item for item in part if isinstance(item, (list, tuple)) and len(item) == 2 and isinstance(item[1], dict)
        ]
        if part and len(pairs) == len(part):
            return {name: _named(value) for name, value in part}
        return [_named(item) for item in part]
    return part.isoformat() if isinstance(part, date) else part


def message(text: str) -> None:
    """A line for the person, on standard error."""
    typer.echo(text, err=True)


def progress() -> Progress:
    """Who hears how far a long run is: a person at a terminal, on standard error."""
    return message if sys.stderr.isatty() else unheard


def writable(file: Path | None) -> Path | None:
    """A file that is written at the end: where that cannot be, it is told at the start."""
    if file is None:
        return None
    if file.is_dir():
        raise KeepwellError(Problem("this is a folder", file, expected="the name of a file"))
    if not file.parent.is_dir():
        raise KeepwellError(Problem("there is no such folder", file.parent, fix="create it, or name another file"))
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise KeepwellError(Problem("this cannot be written", file, fix="name another file"))
    return file


def in_order(since: date, until: date, options: str) -> None:
    """Refuse a span that ends before it begins."""
    if since > until:
        raise KeepwellError(Problem(f"{options}: {since} is after {until}", expected="the earlier day first"))
