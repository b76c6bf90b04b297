"""What people said, on a terminal."""

from __future__ import annotations

from rich.console import Console

from keepwell.show import figures
from keepwell.show.screen import table, words
from keepwell.words.override import OverrideReport, OverrideRow
from keepwell.words.remark import PulseReport


def show_pulse(report: PulseReport, console: Console) -> None:
    """Print what was recorded, and from which day on scores know it."""
    what = f"{report.account_id}: a pulse of {report.score} for {report.day}, by {report.author}"
    console.print(words(what, "bold"))
    console.print(words(f"Scores know it from {report.since} on; those of the days before stay as they are."))


def show_overrides(report: OverrideReport, console: Console) -> None:
    """Print what people set over scores, what counts today first."""
    if report.written is not None:
        one = report.written
        if one.ended is not None:
            done = f"no longer counts from {one.ended} on"
        else:
            own = "no score" if one.model_milli is None else f"{figures.points(one.model_milli)} ({one.model_tier})"
            done = f"counts from {one.since} through {one.until}; the card says {own}"
        console.print(words(f"Override {one.key} of {one.account_id} {done}."))
    if not report.overrides:
        console.print("Nothing is overridden.")
        return
    grid = table("No.", "Account", "Set to", "By", "From", "To", "Why", flexible=("Why",))
    for row in report.overrides:
        one = row.override
        own = figures.points(one.model_milli) if one.score_milli is not None else one.model_tier or "–"
        set_to = f"{one.to} ({one.scorecard} said {own})"
        grid.add_row(
            *map(words, (one.key, one.account_id, set_to, one.author, figures.day(one.since), _ends(row), one.reason))
        )
    console.print(grid)


def _ends(row: OverrideRow) -> str:
    one = row.override
    if one.ended is not None:
        return f"{one.ended} (taken back)"
    return figures.day(one.until) if row.in_force else f"{one.until} (over)"
