"""Commands about what people read before they act: playbook, brief, qbr, postmortem."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keepwell.cli.options import (
    FINDINGS,
    FINE,
    AsOfOption,
    CardOption,
    JsonOption,
    ProjectOption,
    message,
    print_json,
)
from keepwell.show import briefs as as_objects
from keepwell.show.plays import plays, show_plays
from keepwell.show.screen import screen
from keepwell.use_cases import briefs, runs
from keepwell.words.briefing import Pack
from keepwell.words.inert import clean

NO_CHANNELS = "keepwell.yml names no channels: nothing can be sent until 'channels:' says where to."


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


FormOption = Annotated[briefs.Form, typer.Option("--format", help="How it is written.")]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where (default: standard output).")
]


def brief(
    project: ProjectOption = None,
    owner: Annotated[str | None, typer.Option(metavar="NAME", help="Only this owner's week.")] = None,
    manager: Annotated[str | None, typer.Option(metavar="NAME", help="Only this manager's week.")] = None,
    as_of: AsOfOption = None,
    scorecard: CardOption = None,
    form: FormOption = briefs.Form.TEXT,
    deliver: Annotated[
        bool, typer.Option("--deliver", help="Also put it into the outbox, once a person and week.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """Tell each owner and manager their week: who dropped and why, who is back, what renews, what is late."""
    request = briefs.BriefRequest(owner, manager, as_of, scorecard, deliver)
    opened = runs.open_project(project)
    report, notes = briefs.brief(opened, request)
    if json:
        print_json(as_objects.briefs(report))
    else:
        typer.echo("\n".join(briefs.written(note, form) for note in notes), nl=False)
    if report.skipped:
        message(f"Nothing to tell: {clean(', '.join(report.skipped))}.")
    if deliver:
        message(
            f"{report.queued} in the outbox; 'keepwell deliver' sends what is due."
            if opened.config.channels
            else NO_CHANNELS
        )
    return FINE


def qbr(
    account: Annotated[str, typer.Argument(help="The account's id or exact name.")],
    project: ProjectOption = None,
    edition: Annotated[
        briefs.Edition, typer.Option(help="For us, or for the customer's eyes.")
    ] = briefs.Edition.INTERNAL,
    as_of: AsOfOption = None,
    form: FormOption = briefs.Form.MARKDOWN,
    output: OutputOption = None,
    json: JsonOption = False,
) -> int:
    """Write the pack of a business review: ninety days of one account, for us or for the customer."""
    pack = briefs.qbr(runs.open_project(project), account, edition, as_of)
    _write(pack, form, output, json=json)
    for line in pack.left_out:
        message(clean(f"left out, {line}"))
    return FINE


def postmortem(
    account: Annotated[str, typer.Argument(help="The lost account's id or exact name.")],
    project: ProjectOption = None,
    as_of: AsOfOption = None,
    form: FormOption = briefs.Form.MARKDOWN,
    output: OutputOption = None,
    json: JsonOption = False,
) -> int:
    """Write what the ninety days before a loss said, what was told and held back, and what we did."""
    _write(briefs.postmortem(runs.open_project(project), account, as_of), form, output, json=json)
    return FINE


def _write(pack: Pack, form: briefs.Form, output: Path | None, *, json: bool) -> None:
    """A document to a file or to standard output."""
    written = briefs.written(pack.note, form)
    if output is not None:
        output.write_text(written, encoding="utf-8")
        message(f"{output} is written.")
    if json:
        print_json(as_objects.pack(pack))
    elif output is None:
        typer.echo(written, nl=False)
