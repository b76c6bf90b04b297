"""Alerts on the terminal."""

from __future__ import annotations

from rich.console import Console

from keepwell.show.figures import money
from keepwell.show.screen import fitted, table, words
from keepwell.words.alert import Action, AlertReport, AlertRow, Handling
from keepwell.words.inert import clean

WIDE = 140  # columns of a terminal that need not wrap how an alert stands


def show_alerts(report: AlertReport, console: Console) -> None:
    """The alerts that are not done with, and the one that was just changed."""
    if report.changed is not None:
        it = report.changed
        by = clean(it.by or "nobody")
        console.print(
            f"{it.number}: {clean(it.owned.name or it.account_id)} is {it.handling.value.replace('_', ' ')}, says {by}",
            markup=False,
        )
    if report.note:
        console.print(words(report.note))
    if not report.alerts:
        if not report.note:
            console.print("No alert waits for anybody.", markup=False)
        return
    grid = table(
        "no.",
        "account",
        "what",
        "since",
        "due",
        "owner",
        "MRR",
        "stands",
        "reason",
        right=("no.", "MRR"),
        flexible=("account", "what", "reason") if console.width >= WIDE else ("account", "what", "stands", "reason"),
    )
    for row in report.alerts:
        due = f"{row.due} late" if row.is_late(report.as_of) else str(row.due)
        revenue = money(row.owned.mrr_minor, report.currency) if row.owned.mrr_minor is not None else "–"
        cells = (row.what, str(row.as_of), due, row.owner or "nobody", revenue, _stands(row), row.reason.text)
        grid.add_row(words(str(row.number)), words(row.owned.name or row.account_id), *(words(cell) for cell in cells))
    console.print(fitted(grid, console.width, ("since", "MRR", "what")))


ACTIONS = {Action.STOPPED: "stopped", Action.PROPOSED: "proposed", Action.DECLINED: "declined"}


def _stands(row: AlertRow) -> str:
    """In whose hands it is, and whether its next step waits for a person."""
    waits = f"{ACTIONS[row.action]}: review {row.review}" if row.action in ACTIONS else ""
    return ", ".join(part for part in (_hands(row), waits) if part)


def _hands(row: AlertRow) -> str:
    """Open, or in whose hands it is."""
    if row.handling is Handling.SNOOZED:
        return f"waits until {row.until}: {row.note}"
    return f"claimed by {row.by}" if row.handling is Handling.CLAIMED else row.handling.value
