"""The command about handoffs from sales to customer success."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from keepwell.cli.options import FINE, AsOfOption, JsonOption, ProjectOption, message, print_json
from keepwell.show import handoffs_json
from keepwell.show.handoff_paper import handoff_paper
from keepwell.show.handoffs import show_handoffs, show_outcomes
from keepwell.show.paper.forms import written
from keepwell.show.paper.terminal import show_paper
from keepwell.show.screen import screen
from keepwell.use_cases import handing_over, runs
from keepwell.words.dossier import Dossier, Purpose
from keepwell.words.handoff import Step
from keepwell.words.problem import KeepwellError, Problem


class Form(StrEnum):
    """In which form the document is written."""

    TEXT = "text"
    MD = "md"
    HTML = "html"
    PDF = "pdf"


def handoff(
    account: Annotated[str | None, typer.Argument(help="The account's id or exact name; none: list all.")] = None,
    project: ProjectOption = None,
    format: Annotated[Form, typer.Option(help="The document's form.")] = Form.TEXT,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the document there.")] = None,
    purpose: Annotated[
        Purpose, typer.Option("--for", help="sale: to customer success; csm-change: to the next success manager.")
    ] = Purpose.SALE,
    as_of: AsOfOption = None,
    accept: Annotated[bool, typer.Option("--accept", help="Take the account up.")] = False,
    send_back: Annotated[bool, typer.Option("--send-back", help="Give it back to the seller.")] = False,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; needed unless it passes the gate.")] = "",
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who says so.")] = None,
    outcomes: Annotated[bool, typer.Option("--outcomes", help="How many were lost by day 90.")] = False,
    json: JsonOption = False,
) -> int:
    """List the accounts on their way from sales, write the document of one, accept it or send it back."""
    opened = runs.open_project(project)
    if accept or send_back:
        if accept and send_back:
            raise KeepwellError(Problem("a handoff is accepted or sent back", fix="one of --accept, --send-back"))
        _say(project, account, Step.ACCEPTED if accept else Step.SENT_BACK, by, reason, json=json)
    elif outcomes:
        found = handing_over.outcomes(opened)
        print_json(handoffs_json.outcomes(found)) if json else show_outcomes(found, screen())
    elif account is None:
        report = handing_over.in_transition(opened)
        print_json(handoffs_json.handoffs(report)) if json else show_handoffs(report, screen())
    else:
        if format is Form.PDF and output is None and not json:
            raise KeepwellError(Problem("a PDF is written to a file", fix="add --output FILE"))
        it = handing_over.dossier(opened, account, as_of=as_of, purpose=purpose)
        print_json(handoffs_json.document(it)) if json else _write(it, format, output)
    return FINE


def _say(project: Path | None, account: str | None, step: Step, by: str | None, reason: str, *, json: bool) -> None:
    if account is None or by is None:
        lacking = " and ".join(name for name, given in (("an account", account), ("--by NAME", by)) if given is None)
        raise KeepwellError(Problem(f"a decision on a handoff needs {lacking}", fix="see 'keepwell handoff --help'"))
    report = handing_over.say(runs.open_project(project), handing_over.Said(account, step, by, reason))
    print_json(handoffs_json.handoffs(report)) if json else show_handoffs(report, screen())


def _write(it: Dossier, form: Form, output: Path | None) -> None:
    """The document, to a file or standard output."""
    paper = handoff_paper(it)
    if form is Form.TEXT and output is None:
        show_paper(paper, screen())
        return
    document = written(paper, form.value)
    if output is None:
        typer.echo(document.decode("utf-8"), nl=False)
    else:
        output.write_bytes(document)
        message(f"{output} is written.")
