"""A whole day on a terminal and as JSON."""

from __future__ import annotations

from rich.console import Console

from keepwell.show import figures
from keepwell.show.as_json import Object, plain
from keepwell.show.screen import table, words
from keepwell.words.steps import DayReport, Ending, Span, StepReport

STATES = {Ending.FAILED: "failed: ", Ending.NOT_TRIED: "not tried: "}


def step_line(step: StepReport, width: int = 12) -> str:
    """A step in one line: "score        2026-06-30 scored: default-ten 380 of 400"."""
    return f"{step.step:<{width}} {STATES.get(step.ending, '')}{step.text}"


def show_span(it: Span, console: Console) -> None:
    """Print the days that told something, and what held the rest back."""
    console.print(words(f"{it.since} to {it.until}, day by day", "bold"))
    names = ("Live", "Would have fired", "Suppressed", "Alerts", "Digest")
    grid = table("Day", *names, right=names)
    for one in it.days:
        counts = (one.live, one.rehearsed, one.suppressed, one.alerts, one.digest)
        grid.add_row(figures.day(one.day), *(f"{count:,}" for count in counts))
    console.print(grid)
    if it.days and all(one.rehearsed and not one.live for one in it.days):
        console.print(
            words("All of it lies in the rehearsal, in which nobody is told: a span of over two weeks has alerts.")
        )
    else:
        console.print(words(f"At most {figures.count(it.most_a_day, 'alert')} for one person on one day."))
    for silent in it.outages:
        ended = silent.ended or silent.until
        console.print(words(f"Source '{silent.value}' silent from {silent.since} until {ended}: {silent.note}."))
    for reason, count in it.reasons:
        console.print(words(f"Held back because of {reason.replace('_', ' ')}: {count:,}"))


def span(it: Span) -> Object:
    """`demo --days`: what each day told."""
    return {**plain(it), "reasons": dict(it.reasons)}


def day(it: DayReport) -> Object:
    """`run`: how each step ended."""
    return {"as_of": plain(it.as_of), "dry_run": it.dry, "steps": [plain(step) for step in it.steps]}
