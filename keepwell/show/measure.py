"""What came of what was told: on a terminal and as JSON; no share without the cases behind it and its interval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from rich.console import Console

from keepwell.show import figures
from keepwell.show.as_json import Object, plain
from keepwell.show.screen import table, words
from keepwell.words.measure import FollowUp, Lift, MeasureReport, Rate, ReasonFollowUp, Times

MOST_SHOWN = 15  # owners or reasons on a terminal; --json has all


def measure_json(it: MeasureReport) -> Object:
    """`measure`: the whole report, reasons with what they share with owners."""
    found: Object = plain(it)
    reasons = [{**row.pop("follow_up"), **row} for row in found["reasons"]]
    return found | {"reasons": reasons, "verdicts": {**found["verdicts"], "said": dict(it.verdicts.said)}}


def show_measure(it: MeasureReport, console: Console) -> None:
    """Print who acted by when, what was false or missed, and who was right."""
    console.print(words(f"{it.since} to {it.until}: {figures.count(it.all.told, 'alert')}", "bold"))
    console.print(words(_followed(it.all)))
    if it.all.told:
        _list("Owner", it.owners, console)
    if it.reasons:
        _reasons(it.reasons, console)
    for line in _lines(it):
        console.print(words(line))


def _followed(it: FollowUp) -> str:
    waiting = f"{it.waiting} not due yet, {it.over} over by themselves in time"
    return f"Acted on {share(it.followed)}; {it.kept} by their day, {it.late} late or not at all; {waiting}"


def share(it: Rate) -> str:
    """A share with its cases and interval.

    >>> share(Rate(2, 10, 0.2, 0.057, 0.51)), share(Rate(0, 0, None, None, None))
    ('2 of 10 (20 %, 6 to 51 %)', '0 of 0')
    """
    if it.share is None or it.low is None or it.high is None:
        return "0 of 0"
    return f"{it.hits} of {it.cases} ({it.share:.0%}, {100 * it.low:.0f} to {100 * it.high:.0f} %)".replace("%,", " %,")


def _hours(it: Times) -> tuple[str, str]:
    return ("–" if it.median is None else f"{it.median:.1f}", "–" if it.p90 is None else f"{it.p90:.1f}")


def _list(title: str, rows: tuple[FollowUp, ...], console: Console) -> None:
    numbers = ("Told", "By their day", "Late", "Median h", "90 % h")
    grid = table(title, *numbers, "Acted on", right=numbers, flexible=(title,))
    for row in rows[:MOST_SHOWN]:
        counts = (str(row.told), str(row.kept), str(row.late), *_hours(row.hours))
        grid.add_row(*map(words, (row.name, *counts, share(row.followed))))
    console.print(grid)
    _more(len(rows), console)


def _reasons(rows: tuple[ReasonFollowUp, ...], console: Console) -> None:
    grid = table(
        "Reason", "Told", "Median h", "False of judged", "Missed", right=("Told", "Median h"), flexible=("Reason",)
    )
    for row in rows[:MOST_SHOWN]:
        told = row.follow_up
        cells = (told.name or "–", str(told.told), _hours(told.hours)[0], share(row.false_alarms), share(row.missed))
        grid.add_row(*map(words, cells))
    console.print(grid)
    _more(len(rows), console)


def _more(rows: int, console: Console) -> None:
    if rows > MOST_SHOWN:
        console.print(f"and {rows - MOST_SHOWN} more; --json has all")


def _lines(it: MeasureReport) -> Iterator[str]:
    yield from _outcomes(it)
    asked = it.reviews
    if asked.asked:
        median, p90 = _hours(asked.hours)
        yield f"Reviews: {asked.asked} asked, {asked.decided} decided in {median} business hours (nine of ten in {p90}), {asked.late} late"
    said = ", ".join(f"{word.replace('_', ' ')} {number}" for word, number in it.verdicts.said if number) or "none"
    yield f"Verdicts: {said}; {it.verdicts.waiting} wait for a change"


def _lift(it: Lift) -> str:
    told = f"Told of falls, {share(it.told)} were lost; held out by chance, {share(it.held_out)}"
    if it.kept is None or it.low is None or it.high is None:
        return told
    return f"{told}: telling kept {100 * it.kept:+.0f} % ({100 * it.low:+.0f} to {100 * it.high:+.0f} %)"


def _outcomes(it: MeasureReport) -> Iterable[str]:
    if it.alerts is None or it.suppressed is None or it.overrides is None:
        yield "Outcomes: no source tells which accounts were lost"
        return
    told, made = it.alerts, it.overrides
    through = it.outcomes_until - timedelta(days=it.horizon_days) if it.outcomes_until else None
    yield (
        f"Outcomes within {it.horizon_days} days, of what was told by {through}: of {told.certain} alerts of risk"
        f" {told.lost_unattended} were lost with nobody acting, {told.lost_after_action} after action;"
        f" {told.stayed_unattended} stayed with nobody acting, {told.stayed_after_action} after action, which proves nothing"
    )
    if it.lift is not None:
        yield _lift(it.lift)
    yield f"Lost without an alert: {share(told.losses_without_alert)}"
    yield f"Suppressed: {it.suppressed.held_back} held back, and was right {share(it.suppressed.was_right)}"
    yield (
        f"Overrides: {made.made}, on another side of risk than the card {made.differed}; the person was right"
        f" {share(made.person_right)}, {made.intervened} stayed after action"
    )
