"""What runs that write report: ingest, score, backfill."""

from __future__ import annotations

from rich.console import Console

from keepwell.show import figures
from keepwell.show.screen import fitted, table, words
from keepwell.words.report import BackfillReport, IngestReport, Reject, ScoreReport

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
    if report.rejects:
        console.print(words(f"{figures.count(report.quarantined, 'row')} could not be taken in:", "bold"))
        for reject in report.rejects[:MOST_REJECTS]:
            console.print(words(f"- {rejected(reject)}"))
        if (others := report.quarantined - len(report.rejects[:MOST_REJECTS])) > 0:
            console.print(words(f"- and {others:,} more; the lake's table 'rejects' holds them all"))
    console.print(f"Batch {report.batch} is published." if report.changed else "Nothing new: the lake is unchanged.")


def rejected(reject: Reject) -> str:
    """A reject in one line: file:line, column, reason."""
    place = reject.file if reject.line is None else f"{reject.file}:{reject.line}"
    return f"{place}: {reject.column}: {reject.reason}" if reject.column else f"{place}: {reject.reason}"


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
