"""Commands about scores: score, backfill, book, explain."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from keepwell import portfolio
from keepwell.cli.options import (
    FINE,
    AsOfOption,
    CardOption,
    JsonOption,
    ProjectOption,
    day,
    in_order,
    message,
    print_json,
    progress,
)
from keepwell.show import as_json
from keepwell.show.book import show_book
from keepwell.show.explain import show_explanation
from keepwell.show.runs import show_backfill, show_score
from keepwell.show.screen import screen
from keepwell.use_cases import runs
from keepwell.words.inert import clean
from keepwell.words.report import BookQuery

SCREENFUL = 20  # accounts on a terminal unless --limit says otherwise; --json has all


def score(
    project: ProjectOption = None,
    as_of: AsOfOption = None,
    account: Annotated[
        list[str] | None, typer.Option(metavar="A", help="Only this one; prints, writes nothing.")
    ] = None,
    json: JsonOption = False,
) -> int:
    """Score every account as of a day that has closed."""
    opened = runs.open_project(project)
    report = runs.score(opened, as_of=as_of, accounts=account)
    for warning in report.warnings:
        message(clean(warning))
    if json:
        print_json(as_json.scored(report))
        return FINE
    if not account:
        show_score(report, screen())
        return FINE
    for one in report.scores:
        found = runs.explain(opened, one.account_id, as_of=report.as_of, since=None, scorecard=one.scorecard)
        show_explanation(found, screen())
    return FINE


def backfill(
    since: Annotated[date, typer.Option("--from", parser=day, metavar="D", help="First day, YYYY-MM-DD.")],
    until: Annotated[date, typer.Option("--to", parser=day, metavar="D", help="Last day, YYYY-MM-DD.")],
    project: ProjectOption = None,
    json: JsonOption = False,
) -> int:
    """Score past days, each with what was known on that day."""
    in_order(since, until, "--from --to")
    report = runs.backfill(runs.open_project(project), since, until, progress())
    if json:
        print_json(as_json.backfill(report))
    else:
        show_backfill(report, screen())
    return FINE


def book(
    project: ProjectOption = None,
    where: Annotated[
        str | None, typer.Option(metavar="FILTER", help="For example: mrr > 50000/12 and score < 60")
    ] = None,
    sort: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="For example: renewal, -mrr (default: worst first).")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="At most N accounts; 0: all (default: 20, with --json all).")
    ] = None,
    as_of: AsOfOption = None,
    scorecard: CardOption = None,
    json: JsonOption = False,
) -> int:
    """List the accounts, worst first: score, tier, change, main reason, next step."""
    most = limit if limit is not None else (0 if json else SCREENFUL)
    query = BookQuery(as_of, where, sort, most or None, scorecard)
    found = portfolio.book(runs.open_project(project), query)
    if json:
        print_json(as_json.book(found))
    else:
        show_book(
            found, screen(), f"by {sort}" if sort else "worst first", every=limit is not None or where is not None
        )
    return FINE


def explain(
    account: Annotated[str, typer.Argument(help="The account's id or exact name.")],
    project: ProjectOption = None,
    since: Annotated[
        date | None, typer.Option(parser=day, metavar="D", help="Also: why the score changed since then.")
    ] = None,
    as_of: AsOfOption = None,
    scorecard: CardOption = None,
    json: JsonOption = False,
) -> int:
    """Show one account's score with its evidence, caveats and next action."""
    found = runs.explain(runs.open_project(project), account, as_of=as_of, since=since, scorecard=scorecard)
    if json:
        print_json(as_json.explanation(found))
    else:
        show_explanation(found, screen())
    return FINE
