"""Commands about what a score may change: transitions, suppress, policy."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from keepwell.cli.options import (
    FINDINGS,
    FINE,
    AsOfOption,
    JsonOption,
    ProjectOption,
    day,
    in_order,
    message,
    print_json,
    progress,
)
from keepwell.show import decisions_json, handoffs_json
from keepwell.show.alerts import show_alerts
from keepwell.show.decisions import show_policy, show_suppressions, show_transitions
from keepwell.show.handoffs import show_decided
from keepwell.show.paper.forms import written
from keepwell.show.screen import screen
from keepwell.show.worksheet import worksheet as show_worksheet
from keepwell.use_cases import actions, handing_over, runs, suppressing
from keepwell.words.alert import Handling
from keepwell.words.problem import KeepwellError, Problem


class Cause(StrEnum):
    """Why something is suppressed."""

    IMPLEMENTATION = "implementation"
    OUTAGE = "outage"
    BILLING_DISPUTE = "billing_dispute"
    PROCUREMENT_PAPERWORK = "procurement_paperwork"
    STRATEGIC_ACCOUNT = "strategic_account"
    RECENTLY_CONTACTED = "recently_contacted"
    CUSTOM = "custom"


class Step(StrEnum):
    """What to do with the policy."""

    CHECK = "check"


def policy(
    step: Annotated[Step, typer.Argument(help="check: whether the agreement holds for the whole book.")],
    project: ProjectOption = None,
    worksheet: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write the worksheet of a 45-minute review: FILE.md, .html or .pdf."),
    ] = None,
    json: JsonOption = False,
) -> int:
    """Answer the five questions of a handoff: what is decided, why, who is suppressed, who acts, how one objects."""
    del step  # there is one
    opened = runs.open_project(project)
    report = actions.check_policy(opened)
    if worksheet is not None:
        worksheet.write_bytes(
            written(show_worksheet(report, actions.example(opened)), worksheet.suffix.removeprefix("."))
        )
        message(f"{worksheet} is written.")
    if json:
        print_json(decisions_json.policy(report))
    else:
        show_policy(report, screen())
    return FINDINGS if report.findings else FINE


def transitions(
    project: ProjectOption = None,
    as_of: AsOfOption = None,
    since: Annotated[
        date | None, typer.Option(parser=day, metavar="D", help="Also show what was told since then.")
    ] = None,
    json: JsonOption = False,
) -> int:
    """Decide what changed: who is at risk, recovered, dropped, ready for expansion, handed over; each day once."""
    if since is not None and as_of is not None:
        in_order(since, as_of, "--since --as-of")
    opened = runs.open_project(project)
    if since is not None:
        in_order(since, actions.closed_day(opened, as_of), "--since")
    report = actions.transitions(opened, as_of=as_of, since=since, tell=progress())
    handoffs = handing_over.decide(opened, as_of=report.as_of)
    if json:
        print_json({**decisions_json.transitions(report), "handoffs": handoffs_json.decided(handoffs)})
    else:
        show_transitions(report, screen())
        show_decided(handoffs, screen())
    return FINE


def alerts(
    project: ProjectOption = None,
    owner: Annotated[str | None, typer.Option(metavar="NAME", help="Only what was told to this person.")] = None,
    claim: Annotated[int | None, typer.Option(metavar="NUMBER", help="Take this one up.")] = None,
    snooze: Annotated[int | None, typer.Option(metavar="NUMBER", help="Let this one wait until a day.")] = None,
    done: Annotated[int | None, typer.Option(metavar="NUMBER", help="Somebody has acted on this one.")] = None,
    false_alarm: Annotated[int | None, typer.Option(metavar="NUMBER", help="This one was no alert.")] = None,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who says so.")] = None,
    until: Annotated[
        date | None, typer.Option("--until", parser=day, metavar="D", help="With --snooze: its last day.")
    ] = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="In words; needed with --snooze.")] = "",
    json: JsonOption = False,
) -> int:
    """List the alerts that are not done with, the most pressing first, or note what somebody did about one."""
    opened = runs.open_project(project)
    given = {Handling.CLAIMED: claim, Handling.SNOOZED: snooze, Handling.DONE: done, Handling.FALSE_ALARM: false_alarm}
    asked = [(how, number) for how, number in given.items() if number is not None]
    if len(asked) > 1:
        raise KeepwellError(Problem("one alert at a time", fix="one of --claim, --snooze, --done, --false-alarm"))
    if asked and by is None:
        raise KeepwellError(Problem("nobody says so", fix="add --by NAME"))
    if asked and by is not None:
        [(how, number)] = asked
        report = actions.handle(opened, actions.Handled(number, how, by, until, note))
    else:
        report = actions.list_alerts(opened, owner)
    if json:
        print_json(decisions_json.alerts(report))
    else:
        show_alerts(report, screen())
    return FINE


def suppress(
    project: ProjectOption = None,
    account: Annotated[str | None, typer.Option(metavar="A", help="This account, by id or exact name.")] = None,
    segment: Annotated[str | None, typer.Option(metavar="S", help="The accounts of a segment.")] = None,
    portfolio: Annotated[str | None, typer.Option(metavar="OWNER", help="The accounts of an owner.")] = None,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="What is told by a source.")] = None,
    code: Annotated[
        str | None, typer.Option(metavar="CODE", help="With --account: this reason only, as in champion.poor.")
    ] = None,
    reason: Annotated[Cause | None, typer.Option(help="Why.")] = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="In words; needed for a custom reason.")] = "",
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who decides it.")] = None,
    since: Annotated[
        date | None, typer.Option("--from", parser=day, metavar="D", help="First day (default: today).")
    ] = None,
    until: Annotated[date | None, typer.Option("--until", parser=day, metavar="D", help="Last day.")] = None,
    end: Annotated[str | None, typer.Option(metavar="NUMBER", help="Take one back from today on.")] = None,
    review: Annotated[
        bool, typer.Option("--review", help="List what is over and what it held back, until somebody has looked at it.")
    ] = False,
    reviewed: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Somebody (--by) has looked at what this one held back.")
    ] = None,
    json: JsonOption = False,
) -> int:
    """Hold alerts back for a time, with a reason; without options, list what is held back."""
    opened = runs.open_project(project)
    scope = {"account": account, "segment": segment, "portfolio": portfolio, "source": source, "code": code}
    if reviewed is not None and by is None:
        raise KeepwellError(Problem("nobody says so", fix="add --by NAME"))
    if reviewed is not None and by is not None:
        report = suppressing.reviewed(opened, reviewed, by)
    elif review:
        report = suppressing.to_review(opened)
    elif end is not None:
        report = suppressing.unsuppress(opened, end, by or "")
    elif any((*scope.values(), reason, by, until, since, note)):
        if reason is None or by is None or until is None:
            given = {"--reason": reason, "--by": by, "--until": until}
            lacking = ", ".join(name for name, value in given.items() if value is None)
            raise KeepwellError(Problem(f"a suppression needs {lacking}", fix="see 'keepwell suppress --help'"))
        report = suppressing.suppress(opened, suppressing.SuppressRequest(scope, reason.value, by, until, since, note))
    else:
        report = suppressing.exceptions(opened)
    if json:
        print_json(decisions_json.suppressions(report, opened.config.currency))
    else:
        show_suppressions(report, screen(), whole=review or reviewed is not None)
    return FINE
