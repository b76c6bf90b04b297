"""The checks of a score in use on the terminal."""

from __future__ import annotations

from rich.console import Console

from keepwell.show.screen import table, words
from keepwell.words.monitoring import Check, MonitorReport

MET = {True: "met", False: "NOT MET", None: "cannot say"}


def show_monitoring(it: MonitorReport, console: Console) -> None:
    """What follows first, then check by check, then the warnings that did not come true."""
    console.print(words(f"{it.scorecard}: {it.authority}", "bold"))
    span = f"{it.reference}, {it.reference_since} to {it.reference_until}"
    console.print(words(f"{it.newest} beside {span}; outcomes are certain of {it.matured} month-ends since"))
    for note in it.notes:
        console.print(words(note))
    grid = table("Check", "Of", "", "Figures", "Wanted", flexible=("Figures", "Wanted"))
    for check in sorted(it.checks, key=_order):
        style = "bold" if check.met is False else ""
        grid.add_row(
            words(check.condition.value, style),
            words(check.subject or "the score"),
            words(MET[check.met], style),
            words(check.text),
            words(check.limit),
        )
    console.print(grid)
    for look in dict.fromkeys(check.look_at for check in it.failing):
        console.print(words(look))
    _expected(it, console)
    _alarms(it, console)


def _order(check: Check) -> int:
    """What is not met first, otherwise as found."""
    return 0 if check.met is False else 1


def _expected(it: MonitorReport, console: Console) -> None:
    if it.expected is None:
        return
    e = it.expected
    figures = f"{100 * e.rate:.1f} % with the outcome, AUC {e.auc:.2f} ({e.auc_low:.2f} to {e.auc_high:.2f})"
    console.print(
        words(f"Expected, before outcomes are certain, of {e.rows:,} readings {e.since} to {e.until}: {figures}")
    )


def _alarms(it: MonitorReport, console: Console) -> None:
    if not it.false_alarms:
        return
    console.print()
    console.print(words("Warnings since, by main reason", "bold"))
    right = ("Readings", "Accounts", "Came true", "Acted on", "False")
    grid = table("Reason", *right, right=right)
    for one in it.false_alarms:
        rate = "–" if one.false_rate is None else f"{100 * one.false_rate:.0f} %"
        cells = (f"{one.warned:,}", f"{one.accounts:,}", f"{one.came:,}", f"{one.acted:,}", rate)
        grid.add_row(words(one.reason), *map(words, cells))
    console.print(grid)
