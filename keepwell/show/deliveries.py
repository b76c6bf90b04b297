"""Deliveries on a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from keepwell.show.as_json import Object, plain
from keepwell.show.screen import table, words
from keepwell.words.delivery import Delivered, DeliveryReport, Fate

MOST_SHOWN = 40  # of a list on a terminal; --json has all


def show_deliveries(report: DeliveryReport, console: Console) -> None:
    """Print what was sent, what waits and what is dead."""
    _list("Handled", report.handled, console)
    _list("Waiting", report.waiting, console)
    _list("Dead: each needs a person; 'keepwell deliver --retry-dead' tries them again", report.dead, console)
    console.print(words(_summary(report)))


def _summary(report: DeliveryReport) -> str:
    sent = sum(one.fate is Fate.SENT for one in report.handled)
    gone = sum(one.fate is Fate.WITHDRAWN for one in report.handled)
    failed = sum(one.fate is Fate.WAITING for one in report.handled)
    said = "Nothing is sent by a dry run" if report.dry else f"{sent:,} sent"
    parts = [said, f"{failed + len(report.waiting):,} waiting", f"{len(report.dead):,} dead"]
    return ", ".join([*parts, *([f"{gone:,} withdrawn"] if gone else [])])


def _list(title: str, found: Sequence[Delivered], console: Console) -> None:
    if not found:
        return
    console.print(words(title, "bold"))
    grid = table("Channel", "Address", "Message", "Fate", "Tries", "Why", right=("Tries",), flexible=("Message", "Why"))
    for one in found[:MOST_SHOWN]:
        fate = f"{one.fate.value} until {one.due_at:%Y-%m-%d %H:%M} UTC" if one.due_at and one.why else one.fate.value
        cells = (one.channel, one.address, one.title, fate, f"{one.attempts:,}", one.why)
        grid.add_row(*map(words, cells))
    console.print(grid)
    if len(found) > MOST_SHOWN:
        console.print(f"and {len(found) - MOST_SHOWN:,} more; --json has all")


def deliveries(it: DeliveryReport) -> Object:
    """`deliver`: what became of messages."""
    return {
        "at": plain(it.at),
        "dry_run": it.dry,
        **{name: [_delivered(one) for one in getattr(it, name)] for name in ("handled", "waiting", "dead")},
    }


def _delivered(it: Delivered) -> Object:
    return {
        "key": it.key,
        "channel": it.channel,
        "address": it.address,
        "title": it.title,
        "fate": it.fate.value,
        "attempts": it.attempts,
        "written_at": plain(it.written_at),
        "due_at": plain(it.due_at),
        "why": it.why or None,
    }
