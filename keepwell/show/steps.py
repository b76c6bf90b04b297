"""A whole day on a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby

from rich.console import Console

from keepwell.show import figures
from keepwell.show.as_json import Object, plain
from keepwell.show.screen import table, words
from keepwell.words.decision import WORDS, Kind
from keepwell.words.steps import DayReport, DayTold, Ending, Span, StepReport

WEEK = 7
MOST_DAYS = 31  # that a table lists one by one
STATES = {Ending.FAILED: "failed: ", Ending.NOT_TRIED: "not tried: "}


def step_line(step: StepReport, width: int = 12) -> str:
    """A step in one line: "score        2026-06-30 scored: default-ten 380 of 400"."""
    return f"{step.step:<{width}} {STATES.get(step.ending, '')}{step.text}"


def show_span(it: Span, console: Console) -> None:
    """Print what each day or week told, who was alerted, what was held back and why, and the handoffs."""
    weekly = len(it.days) > MOST_DAYS
    console.print(words(f"{it.since} to {it.until}, {'week by week' if weekly else 'day by day'}", "bold"))
    names = ("Changes told", "Rehearsed", "Held back", "Alerts", "In a digest")
    grid = table("Week from" if weekly else "Day", *names, right=names)
    for first, some in _rows(it, weekly=weekly):
        grid.add_row(figures.day(first), *(f"{count:,}" for count in _counts(some)))
    grid.add_section()
    grid.add_row(words("In all", "bold"), *(f"{count:,}" for count in _counts(it.days)))
    console.print(grid)
    if it.kinds:
        console.print(words(f"Told: {', '.join(f'{WORDS[Kind(kind)]} {count:,}' for kind, count in it.kinds)}."))
    if it.days and all(one.rehearsed and not one.live for one in it.days):
        console.print(
            words("All of it lies in the rehearsal, in which nobody is told: a span of over two weeks has alerts.")
        )
    else:
        most = figures.count(it.most_a_day, "alert")
        console.print(words(f"At most {most} for one person on one day. What is over the limit waits for the digest."))
        if any(one.rehearsed for one in it.days):
            console.print(words("The first days are a rehearsal: they show what would have been told."))
    for silent in it.outages:
        ended = silent.ended or silent.until
        console.print(words(f"Source '{silent.value}' silent from {silent.since} until {ended}: {silent.note}."))
    for reason, count in it.reasons:
        console.print(words(f"Held back because of {reason.replace('_', ' ')}: {count:,}"))
    if it.handoffs:
        tracks = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in it.handoffs)
        console.print(words(f"Handed over from sales, by track: {tracks}: keepwell handoff"))


def _rows(it: Span, *, weekly: bool) -> Iterator[tuple[date, list[DayTold]]]:
    """The days that told something, or the weeks since the span began."""
    for number, some in groupby(it.days, lambda one: (one.day - it.since).days // (WEEK if weekly else 1)):
        yield it.since + timedelta(days=number * (WEEK if weekly else 1)), list(some)


def _counts(some: Iterable[DayTold]) -> tuple[int, ...]:
    found = [(one.live, one.rehearsed, one.suppressed, one.alerts, one.digest) for one in some]
    return tuple(map(sum, zip(*found, strict=True))) if found else (0,) * 5


def span(it: Span) -> Object:
    """`demo --days`: what each day told."""
    return {**plain(it), "reasons": dict(it.reasons), "kinds": dict(it.kinds), "handoffs": dict(it.handoffs)}


def day(it: DayReport) -> Object:
    """`run`: how each step ended."""
    return {"as_of": plain(it.as_of), "dry_run": it.dry, "steps": [plain(step) for step in it.steps]}
