"""What people said, on a terminal."""

from __future__ import annotations

from rich.console import Console

from keepwell.show import figures
from keepwell.show.screen import table, words
from keepwell.words.override import OverrideReport, OverrideRow
from keepwell.words.remark import PulseReport
from keepwell.words.verdict import Verdict, VerdictReport


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


def show_verdicts(report: VerdictReport, console: Console) -> None:
    """Print what waits for a change."""
    if report.written is not None:
        one = report.written
        done = f"is settled by {one.ref}" if one.change else f"is kept: {_plain(one.verdict)}"
        console.print(words(f"Verdict {one.number} on {_about(one)} {done}, says {one.settled_by or one.author}."))
    if not report.queue:
        console.print("No verdict waits for a change.")
        return
    grid = table("No.", "On", "Verdict", "Cause", "Reason", "By", "Since", "Note", flexible=("On", "Note"))
    for one in report.queue:
        said = (
            str(one.number),
            _about(one),
            _plain(one.verdict),
            _plain(one.cause or "–"),
            one.code or "–",
            one.author,
        )
        grid.add_row(*map(words, (*said, f"{one.written_at:%Y-%m-%d}", one.note)))
    console.print(grid)
    console.print("keepwell verdict --settle NUMBER names the change that came of one.")


def _about(one: Verdict) -> str:
    return f"{one.account_id}, alert {one.alert}" if one.alert is not None else one.account_id


def _plain(word: str) -> str:
    return word.replace("_", " ")
