"""What people said, on a terminal."""

from __future__ import annotations

from rich.console import Console

from keepwell.show.screen import words
from keepwell.words.remark import PulseReport


def show_pulse(report: PulseReport, console: Console) -> None:
    """Print what was recorded, and from which day on scores know it."""
    what = f"{report.account_id}: a pulse of {report.score} for {report.day}, by {report.author}"
    console.print(words(what, "bold"))
    console.print(words(f"Scores know it from {report.since} on; those of the days before stay as they are."))
