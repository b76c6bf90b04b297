"""Commands for what people say back: pulse, override, verdict, measure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from keepwell.cli.options import FINE, CardOption, JsonOption, ProjectOption, day, in_order, message, print_json
from keepwell.show import remarks_json
from keepwell.show.measure import measure_json, show_measure
from keepwell.show.remarks import show_overrides, show_pulse, show_verdicts
from keepwell.show.screen import screen
from keepwell.use_cases import remarks, runs
from keepwell.words.problem import KeepwellError, Problem
from keepwell.words.verdict import Cause, ChangeOf, Said

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


def override(
    account: Annotated[str | None, typer.Argument(help="The account's id or exact name; none: list.")] = None,
    score: Annotated[str | None, typer.Option(metavar="N", help="The score to show, in points.")] = None,
    tier: Annotated[str | None, typer.Option(metavar="T", help="Or the tier to show, over the card's score.")] = None,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why.")] = None,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who decides it.")] = None,
    until: Annotated[date | None, typer.Option("--until", parser=day, metavar="D", help="Last day.")] = None,
    scorecard: CardOption = None,
    list_all: Annotated[bool, typer.Option("--list", help="Only list what was ever set.")] = False,
    end: Annotated[str | None, typer.Option(metavar="NUMBER", help="Take one back from today on; with --by.")] = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> int:
    """Set a score or tier over the card's for a time, with a reason; without an account, list what was set."""
    opened = runs.open_project(project)
    if end is not None:
        report = remarks.end_override(opened, end, _given(by, "--by", "taking an override back"))
    elif account is None or list_all:
        report = remarks.list_overrides(opened)
    else:
        lacking = [name for name, value in (("--reason", reason), ("--by", by), ("--until", until)) if value is None]
        if lacking or reason is None or by is None or until is None:
            raise KeepwellError(
                Problem(f"an override needs {', '.join(lacking)}", fix="see 'keepwell override --help'")
            )
        points = None if score is None else _points(score)
        report = remarks.override(opened, remarks.OverrideRequest(account, reason, by, until, points, tier, scorecard))
    if json:
        print_json(remarks_json.overrides(report))
    else:
        show_overrides(report, screen())
    return FINE


def _given(value: str | None, option: str, what: str) -> str:
    if value is None:
        raise KeepwellError(Problem(f"{what} needs {option}", fix="see --help"))
    return value


def _points(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise KeepwellError(Problem(f"--score: '{text}' is no number", expected="points, as in 62.5"))
    return found


def verdict(
    about: Annotated[
        str | None, typer.Argument(metavar="ACCOUNT|ALERT", help="An account, or the number of an alert; none: list.")
    ] = None,
    said: Annotated[Said | None, typer.Argument(metavar="VERDICT", help=f"One of {', '.join(Said)}.")] = None,
    cause: Annotated[Cause | None, typer.Option(help="What lay behind it.")] = None,
    code: Annotated[
        str | None, typer.Option(metavar="CODE", help="The reason it is about, if it is not the one told.")
    ] = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="In words.")] = "",
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who says so.")] = None,
    scorecard: CardOption = None,
    queue: Annotated[bool, typer.Option("--queue", help="Only list what waits for a change.")] = False,
    settle: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Name what came of this verdict; with --change, --ref, --by.")
    ] = None,
    change: Annotated[ChangeOf | None, typer.Option(help="What was changed.")] = None,
    ref: Annotated[str | None, typer.Option(metavar="TEXT", help="The commit, file or ticket of the change.")] = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> int:
    """Say whether a score or an alert was right, or name the change that came of it; without either, list what waits."""
    opened = runs.open_project(project)
    if settle is not None:
        if change is None or ref is None or by is None:
            raise KeepwellError(Problem("settling needs --change, --ref and --by", fix="see 'keepwell verdict --help'"))
        report = remarks.settle(opened, settle, change, ref, by)
    elif about is None or queue:
        report = remarks.list_verdicts(opened)
    elif said is None or by is None:
        raise KeepwellError(Problem("a verdict needs VERDICT and --by", expected=f"one of {', '.join(Said)}"))
    else:
        report = remarks.verdict(opened, remarks.VerdictRequest(about, said, by, cause, note, code, scorecard))
    if json:
        print_json(remarks_json.verdicts(report))
    else:
        show_verdicts(report, screen())
    return FINE


def measure(
    since: Annotated[
        date | None,
        typer.Option("--from", parser=day, metavar="D", help="First day (default: 90 days before the last)."),
    ] = None,
    until: Annotated[
        date | None, typer.Option("--to", parser=day, metavar="D", help="Last day (default: today).")
    ] = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> int:
    """Show what came of what was told: who acted by when, false and missed alarms, who was right."""
    if since is not None and until is not None:
        in_order(since, until, "--from --to")
    report = remarks.measure(runs.open_project(project), since, until)
    if json:
        print_json(measure_json(report))
    else:
        show_measure(report, screen())
    return FINE
