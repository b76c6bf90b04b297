"""Why a score changed between two dates, split exactly into its causes."""

from __future__ import annotations

from rich.console import Console

from keepwell.show import figures
from keepwell.show.screen import table, words
from keepwell.words.score import Cause, Change

# SEMANTICS, rule 14, in the words of a CSM
CAUSES = {
    "data": "readings that came, went or were corrected; weight moves with them",
    "calendar": "time alone: nobody did anything",
    "silence": "silence, the customer's or our own",
    "behaviour": "what people did",
    "profile": "another segment or attribute of the account",
    "scorecard": "another scorecard",
    "override": "a person's override",
}
MOST_ROWS = 4  # evidence rows named per cause; the rest are one number


def show_change(change: Change, console: Console) -> None:
    """Print the causes, largest first; they sum to the difference."""
    before, after = change.before_milli, change.after_milli
    span = f"Since {change.since}: {figures.points(before)} to {figures.points(after)}"
    if before is None or after is None:
        console.print(words(f"{span}; a change needs a score on both days", "bold"))
        return
    console.print(words(f"{span} ({figures.signed(after - before)})", "bold"))
    grid = table("Points", "Cause", "Signals", right=("Points",), flexible=("Signals",))
    for cause in sorted(change.causes, key=lambda c: -abs(c.points_milli)):
        if cause.points_milli or cause.rows:
            cause_words = CAUSES.get(cause.name, cause.name)
            grid.add_row(words(figures.signed(cause.points_milli)), words(cause_words), words(_rows(cause)))
    if grid.rows:
        console.print(grid)


def _rows(cause: Cause) -> str:
    named, others = cause.rows[:MOST_ROWS], cause.rows[MOST_ROWS:]
    parts = [f"{name} {figures.signed(milli)}" for name, milli in named]
    if others:
        parts.append(f"others {figures.signed(sum(milli for _, milli in others))}")
    return ", ".join(parts)
