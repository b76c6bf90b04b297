"""The review queue and the audit log on a terminal."""

from __future__ import annotations

from rich.console import Console

from keepwell.show import figures
from keepwell.show.screen import table, words
from keepwell.words.review import AuditCheck, AuditReport, Fate, ReviewReport, ReviewRow

MOST_SHOWN = 40  # items on a terminal


def show_reviews(report: ReviewReport, console: Console) -> None:
    """What nobody has decided, and the item that was just decided."""
    if report.changed is not None:
        console.print(words(_said(report.changed)))
        if report.changed.is_free and (text := report.changed.text or report.changed.item.draft):
            console.print(words(f"To send, as you: {text}"))
    if not report.items:
        console.print(words(report.note or "Nobody is asked for anything."))
        return
    columns = ("No.", "What", "Why", "Asked", "Due", "MRR")
    grid = table(*columns, right=("No.", "MRR"), flexible=("What", "Why"))
    for row in report.items[:MOST_SHOWN]:
        item, mrr = row.item, row.owned.mrr_minor
        cells = (str(row.number), _title(row), item.body, item.asked or "anybody")
        revenue = figures.money(mrr, report.currency) if mrr is not None else "–"
        grid.add_row(*map(words, (*cells, _due(row, report), revenue)))
    console.print(grid)
    if len(report.items) > MOST_SHOWN:
        console.print(f"and {len(report.items) - MOST_SHOWN:,} more; --json has all")
    for row in report.items[:MOST_SHOWN]:
        if row.item.draft is not None and not row.waits(report.as_of):
            console.print(words(f"Draft of {row.number}: {row.item.draft}"))


def _said(row: ReviewRow) -> str:
    fate = f"deferred until {row.until}" if row.fate is Fate.DEFERRED else row.fate.value
    return f"Review {row.number} is {fate}, says {row.by}: {row.reason}"


def _title(row: ReviewRow) -> str:
    return f"{row.item.title} ({row.item.kind.replace('_', ' ')})"


def _due(row: ReviewRow, report: ReviewReport) -> str:
    if row.waits(report.as_of):
        return f"waits until {row.until}"
    return f"{figures.day(row.item.due)}{' late' if row.is_late(report.as_of) else ''}"


def show_audit(report: AuditReport, console: Console) -> None:
    """The newest rows, newest first."""
    if not report.entries:
        console.print("Nothing is on record.")
        return
    grid = table("No.", "When (UTC)", "Who", "Did", "What", "Account", right=("No.",), flexible=("Who", "Account"))
    for row in report.entries:
        cells = (str(row.number), row.at.isoformat(" ", "minutes"), row.author, row.act, row.subject, row.account_id)
        grid.add_row(*map(words, cells))
    console.print(grid)
    console.print(f"{len(report.entries):,} of {figures.count(report.rows, 'row')}; --json has all of each")


def show_check(found: AuditCheck, console: Console) -> None:
    """Whether the log is whole, and the head to keep outside."""
    if found.broken is None:
        console.print(words(f"The audit log is whole: {figures.count(found.number, 'row')}."))
        console.print(words("Keep its head where nobody who can change the database can:"))
    else:
        console.print(words(f"The audit log is broken: {found.broken}.", "bold"))
        console.print(words(f"It is whole through row {found.number}; what follows is not as it was written."))
        console.print(
            words("Find out who could change the database, and compare it with a backup. The last whole head:")
        )
    console.print(words(f"{found.number}:{found.hash}"), soft_wrap=True)
