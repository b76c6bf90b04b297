"""Handoffs on the terminal: those in transition with their clocks, what a run decided, what became of them."""

from __future__ import annotations

from datetime import date

from rich.console import Console

from keepwell.show import figures
from keepwell.show.screen import fitted, table, words
from keepwell.words.handoff import (
    AWAITED_WORDS,
    Clock,
    DecidedHandoffs,
    Handoff,
    HandoffOutcomes,
    HandoffReport,
    HandoffRow,
    News,
    OutcomeRow,
)

MOST_NAMED = 5


def show_handoffs(report: HandoffReport, console: Console) -> None:
    """The accounts in transition, those with late clocks first."""
    if report.changed is not None:
        it = report.changed.handoff
        console.print(words(f"{_name(it)} is {it.step.value.replace('_', ' ')}, says {it.by}."))
    if not report.rows:
        console.print("No account is in transition from sales; 'keepwell transitions' looks for them each day.")
        return
    columns = ("Account", "Since", "Day", "Track", "Ready", "Stands", "Owner", "Waits for")
    grid = table(*columns, right=("Day", "Ready"), flexible=("Account", "Waits for"))
    for row in report.rows:
        it = row.handoff
        day = f"{(report.as_of - it.since).days}"
        cells = (
            _name(it),
            str(it.since),
            day,
            _track(it),
            _ready(row),
            _stands(it),
            it.owned.owner,
            _waits(row, report.as_of),
        )
        grid.add_row(*map(words, cells))
    console.print(fitted(grid, console.width, ("Day", "Since", "Owner", "Ready")))


def show_decided(decided: DecidedHandoffs, console: Console) -> None:
    """One line on what a run decided, where it told anything."""
    told = [(news, [one.handoff for one in decided.tidings if one.news is news]) for news in News]
    counts = [f"{len(some):,} {news.value}" for news, some in told if some]
    if counts:
        console.print(words(f"handoffs: {', '.join(counts)}: keepwell handoff"))
    for it in decided.unclear:
        named = ", ".join(account for account, _ in it.accounts[:MOST_NAMED])
        more = f" and {len(it.accounts) - MOST_NAMED:,} more" if len(it.accounts) > MOST_NAMED else ""
        what = f"handoffs: customers that came with an import on {it.day}, new or old, open none: {named}{more}"
        console.print(words(what))


def show_outcomes(report: HandoffOutcomes, console: Console) -> None:
    """Lost by day 90, every rate with its interval."""
    if not report.rows:
        console.print("No handoff is 90 days old yet.")
        return
    grid = table("By", "Value", "Handoffs", "Lost by day 90", "Rate", right=("Handoffs", "Lost by day 90", "Rate"))
    for row in report.rows:
        grid.add_row(*map(words, (row.by, row.value.replace("_", " "), f"{row.cases:,}", f"{row.lost:,}", _rate(row))))
    console.print(grid)


def _rate(row: OutcomeRow) -> str:
    """Of few cases the interval alone: the rate would say more than is known."""
    between = f"{figures.share(row.low_ppm)} to {figures.share(row.high_ppm)}"
    return between if row.rate_ppm is None else f"{figures.share(row.rate_ppm)} ({between})"


def _name(it: Handoff) -> str:
    return f"{it.owned.name or it.account_id} ({it.account_id})"


def _track(it: Handoff) -> str:
    return it.track.value.replace("_", " ") if it.track else "not known"


def _ready(row: HandoffRow) -> str:
    return f"{figures.points(row.handoff.score_milli)}{'' if row.passes else ' no'}"


def _stands(it: Handoff) -> str:
    return it.step.value.replace("_", " ") + (", declined" if it.declined_on else "")


def _waits(row: HandoffRow, day: date) -> str:
    open_ = [_clock(clock, day) for clock in row.clocks if clock.done is None]
    missing = [one.value.replace("_", " ") for one in row.handoff.missing]
    return "; ".join([*open_, *([f"missing {', '.join(missing)}"] if missing else [])]) or "nothing"


def _clock(clock: Clock, day: date) -> str:
    days = (day - clock.due).days
    when = f"{figures.count(days, 'day')} late" if days > 0 else f"by {clock.due}"
    return f"{AWAITED_WORDS[clock.awaited]} {when}"
