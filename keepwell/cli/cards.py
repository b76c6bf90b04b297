"""Commands about scorecards: diff, assess, suggest."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from keepwell.cli.options import FINDINGS, FINE, CardOption, JsonOption, ProjectOption, plain, print_json
from keepwell.show import as_json
from keepwell.show.diff import show_diff
from keepwell.show.explain import show_explanation
from keepwell.show.screen import screen
from keepwell.show.suggestion import show_suggestion
from keepwell.use_cases import lessons, runs
from keepwell.words.suggestion import Suggestion, SuggestRequest


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


def suggest(
    text: Annotated[
        str | None,
        typer.Option(metavar="WORDS", help='The card in words, as in "40% product usage, 60% support satisfaction".'),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the card goes (default: scorecards/suggested.yml).")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> int:
    """Propose a first scorecard from the data, or write the one described in words; says the reason for each line."""
    opened = runs.open_project(project)
    request = SuggestRequest(out, text, overwrite=force)
    found = lessons.suggest(opened, request)
    if found.questions and not json and sys.stdin.isatty() and sys.stderr.isatty():
        found = lessons.suggest(opened, replace(request, answers=_answers(found)))
    if json:
        print_json(plain(found))
    else:
        show_suggestion(found, screen())
    return FINDINGS if found.questions else FINE


def _answers(found: Suggestion) -> tuple[tuple[str, str], ...]:
    """What a person at a terminal says that the phrases mean; nothing leaves one open."""
    asked = ((one.phrase, one.text) for one in found.questions if one.phrase is not None)
    return tuple(
        (phrase, said.strip()) for phrase, text in asked if (said := typer.prompt(text, default="", err=True)).strip()
    )
