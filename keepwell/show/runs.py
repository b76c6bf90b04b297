"""What runs that write report: ingest, score, backfill."""

from __future__ import annotations

from rich.console import Console

from keepwell.show import figures
from keepwell.show.screen import fitted, table, words
from keepwell.words.report import BackfillReport, IngestReport, Reject, RejectGroup, ScoreReport, TableReport

MOST_REJECTS = 20  # on a terminal


def show_ingest(report: IngestReport, console: Console) -> None:
    """Print one line per file or table; read = accepted + duplicates + quarantined."""
    numbers = ("Read", "Accepted", "Duplicates", "Quarantined", "Vanished")
    grid = table("Source", "Facts", "File or table", *numbers, right=numbers, flexible=("File or table",))
    for line in report.tables:
        counts = (line.read, line.accepted, line.duplicates, line.quarantined, line.vanished)
        grid.add_row(words(line.source), words(line.kind), words(line.origin), *(f"{count:,}" for count in counts))
    if report.tables:
        empty = [name for name in reversed(numbers) if not any(getattr(line, name.lower()) for line in report.tables)]
        console.print(fitted(grid, console.width, [*empty, "Duplicates", "Read"]))
    for line in report.tables:
        if line.vanished:
            console.print(words(_vanished(line)))
    if report.rejects or report.reject_groups:
        _rejects(report, console)
    console.print(f"Batch {report.batch} is published." if report.changed else "Nothing new: the lake is unchanged.")


def _vanished(line: TableReport) -> str:
    """Which rows are gone: "crm subscription: 2 rows vanished since the last load: S-1, S-2"."""
    more = line.vanished - len(line.vanished_ids)
    named = ", ".join(line.vanished_ids) + (f" and {more:,} more" if more else "")
    return f"{line.source} {line.kind}: {figures.count(line.vanished, 'row')} vanished since the last load: {named}"


def _rejects(report: IngestReport, console: Console) -> None:
    """Rows of one reason in one line; the first of the others line by line."""
    console.print(words(f"{figures.count(report.quarantined, 'row')} could not be taken in:", "bold"))
    for group in report.reject_groups:
        console.print(words(f"- {grouped(group)}"))
    for reject in report.rejects[:MOST_REJECTS]:
        console.print(words(f"- {rejected(reject)}"))
    told = len(report.rejects[:MOST_REJECTS]) + sum(group.rows for group in report.reject_groups)
    if (others := report.quarantined - told) > 0:
        console.print(words(f"- and {others:,} more; the lake's table 'rejects' holds them all"))


def grouped(group: RejectGroup) -> str:
    """Many rejects of one reason in one line: place in the map, column, how many, reason, values, first rows, fix."""
    text = f"{group.place}: {group.column}: " if group.column else f"{group.place}: "
    text += f"{group.rows:,} of {group.read:,} {group.kind} rows: {group.reason}"
    if group.values:
        text += ", as " + ", ".join(f"'{value}'" for value in group.values)
    text += f" ({', '.join(group.examples)})"
    return f"{text}; {group.fix}" if group.fix else text


def rejected(reject: Reject) -> str:
    """A reject in one line: file:line, column, reason."""
    place = reject.file if reject.line is None else f"{reject.file}:{reject.line}"
    text = f"{place}: {reject.column}: {reject.reason}" if reject.column else f"{place}: {reject.reason}"
    return f"{text}; {reject.fix}" if reject.fix else text


def show_score(report: ScoreReport, console: Console) -> None:
    """Print how every scorecard came out."""
    state = " (provisional: the day has not closed)" if report.provisional else ""
    console.print(words(f"As of {report.as_of}{state}", "bold"))
    grid = table("Scorecard", "Scored", "Unscored", "Tiers", right=("Scored", "Unscored"), flexible=("Tiers",))
    for card in report.cards:
        tiers = " · ".join(f"{name} {number:,}" for name, number in card.tiers)
        grid.add_row(words(card.scorecard), f"{card.scored:,}", f"{card.unscored:,}", words(tiers))
    console.print(grid)
    if report.batch is not None:
        console.print(f"Batch {report.batch} is published.")


def show_backfill(report: BackfillReport, console: Console) -> None:
    """Print what a backfill added."""
    done = figures.count(len(report.days), "day")
    text = f"{report.since} to {report.until}: {done} scored by {', '.join(report.scorecards)}"
    text += f", {figures.count(report.scores, 'score')}"
    if report.skipped:
        text += f"; {figures.count(report.skipped, 'day')} had these scores already"
    console.print(words(text))
