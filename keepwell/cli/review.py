"""Commands about what people are asked and did, and what scores may do: review, audit, authority."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Annotated

import typer

from keepwell.cli.options import FINDINGS, FINE, JsonOption, ProjectOption, day, print_json
from keepwell.show import reviews_json
from keepwell.show.authority import show_authority
from keepwell.show.reviews import show_audit, show_check, show_reviews
from keepwell.show.screen import screen
from keepwell.use_cases import reviewing, runs
from keepwell.words.problem import KeepwellError, Problem
from keepwell.words.review import Fate


class Step(StrEnum):
    """What to do with the audit log."""

    VERIFY = "verify"


class Act(StrEnum):
    """What to do about authority."""

    GRANT = "grant"


class Granted(StrEnum):
    """What a score may do; each level includes those before it."""

    DIAGNOSE = "diagnose"
    PRIORITISE = "prioritise"
    TRIGGER = "trigger"
    ASSIST = "assist"


def review(
    number: Annotated[int | None, typer.Argument(metavar="[NUMBER]", help="The item to decide.")] = None,
    project: ProjectOption = None,
    asked: Annotated[str | None, typer.Option(metavar="NAME", help="Only what this person is asked.")] = None,
    approve: Annotated[bool, typer.Option("--approve", help="Yes.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="No.")] = False,
    defer: Annotated[date | None, typer.Option(parser=day, metavar="D", help="It comes back on this day.")] = None,
    edit: Annotated[str | None, typer.Option(metavar="TEXT", help="Yes, with this text instead of the draft.")] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; required.")] = "",
    by: Annotated[str, typer.Option(metavar="NAME", help="Who decides; required.")] = "",
    json: JsonOption = False,
) -> int:
    """List what people are asked, the most pressing first, or decide one of it."""
    opened = runs.open_project(project)
    given = {Fate.APPROVED: approve, Fate.REJECTED: reject, Fate.DEFERRED: defer, Fate.EDITED: edit is not None}
    fates = [fate for fate, said in given.items() if said]
    if number is None and (fates or reason or by):
        raise KeepwellError(Problem("no item is named", fix="add its number; 'keepwell review' lists them"))
    if number is not None and len(fates) != 1:
        what = "an item is decided one way" if fates else f"nothing is said about review {number}"
        raise KeepwellError(Problem(what, fix="one of --approve, --reject, --defer D, --edit TEXT"))
    if number is None:
        report = reviewing.list_reviews(opened, asked)
    else:
        report = reviewing.decide(opened, reviewing.Decided(number, fates[0], by, reason, defer, edit))
    if json:
        print_json(reviews_json.reviews(report))
    else:
        show_reviews(report, screen())
    return FINE


def audit(
    step: Annotated[Step | None, typer.Argument(metavar="[verify]", help="verify: whether the log is whole.")] = None,
    project: ProjectOption = None,
    account: Annotated[str | None, typer.Option(metavar="A", help="Only what is about this account.")] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="So many rows, the newest first.")] = 20,
    head: Annotated[
        str | None, typer.Option(metavar="NUMBER:HASH", help="With verify: a head that was kept outside.")
    ] = None,
    json: JsonOption = False,
) -> int:
    """Show who did what, or verify that nobody changed the record of it."""
    opened = runs.open_project(project)
    if step is None:
        if head is not None:
            raise KeepwellError(Problem("--head is compared by verify", fix="keepwell audit verify --head NUMBER:HASH"))
        report = reviewing.audit_log(opened, account, limit)
        print_json(reviews_json.audit(report)) if json else show_audit(report, screen())
        return FINE
    found = reviewing.verify_audit(opened, _head(head) if head is not None else None)
    print_json(reviews_json.check(found)) if json else show_check(found, screen())
    return FINE if found.broken is None else FINDINGS


def _head(text: str) -> tuple[int, str]:
    if not re.fullmatch(r"\d{1,18}:[0-9a-f]{64}", text, re.ASCII):
        raise KeepwellError(
            Problem(f"'{text}' is no head of the audit log", expected="NUMBER:HASH as verify prints it")
        )
    number, _, hash_ = text.partition(":")
    return int(number), hash_


def authority(
    act: Annotated[Act | None, typer.Argument(metavar="[grant", help="grant: let a card do more, or less.")] = None,
    card: Annotated[str | None, typer.Argument(metavar="CARD", help="The card.")] = None,
    level: Annotated[Granted | None, typer.Argument(metavar="LEVEL]", help="What it may do from now on.")] = None,
    project: ProjectOption = None,
    segment: Annotated[str | None, typer.Option(metavar="S", help="For the accounts of this segment only.")] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; required to grant.")] = "",
    by: Annotated[str, typer.Option(metavar="NAME", help="Who grants it; required.")] = "",
    json: JsonOption = False,
) -> int:
    """Show what each score may do and which conditions it meets, or grant a level whose conditions are met."""
    opened = runs.open_project(project)
    if act is None:
        report = reviewing.list_authority(opened)
    elif card is None or level is None:
        raise KeepwellError(Problem("what is granted?", fix="keepwell authority grant CARD LEVEL"))
    else:
        report = reviewing.grant(opened, reviewing.GrantRequest(card, level.value, by, reason, segment))
    if json:
        print_json(reviews_json.authority(report))
    else:
        show_authority(report, screen())
    return FINDINGS if report.refused else FINE
