"""A suggested scorecard on the terminal: each line with its reason, or the questions that are open."""

from __future__ import annotations

from rich.console import Console

from keepwell.show import figures
from keepwell.show.screen import table, words
from keepwell.words.inert import clean
from keepwell.words.suggestion import Suggestion


def show_suggestion(it: Suggestion, console: Console) -> None:
    """The measures, the tiers, the first days; of questions only those."""
    if it.questions:
        for question in it.questions:
            console.print(words(question.text))
        console.print(words("Nothing was written.", "bold"))
        return
    console.print(words(_head(it), "bold"))
    grid = table("Signal", "Weight", "Why", right=("Weight",), flexible=("Why",))
    for one in it.signals:
        grid.add_row(words(one.signal), words(f"{one.weight:g} %"), words(one.reason))
    console.print(grid)
    console.print()
    grid = table("Tier", "Accounts", "Meaning", right=("Accounts",), flexible=("Meaning",))
    for tier in it.tiers:
        grid.add_row(
            words(tier.tier), words(None if tier.accounts is None else f"{tier.accounts:,}"), words(tier.definition)
        )
    console.print(grid)
    if it.unscored:
        console.print(
            words(
                f"{figures.count(it.unscored, 'account')} without a score: too little is known, or the card does not apply"
            )
        )
    _first_days(it, console)
    for text in (*it.left_out, *it.notes):
        console.print(words(text))
    console.print(clean(f"written: {it.file}"), markup=False)


def _head(it: Suggestion) -> str:
    if it.as_of is None:
        return f"{it.scorecard}, as described"
    rests = f"{it.outcomes} outcomes and the catalogue" if it.outcomes else "the catalogue, for want of outcomes"
    return f"{it.scorecard}, from the data as of {it.as_of}; the choice rests on {rests}"


def _first_days(it: Suggestion, console: Console) -> None:
    if it.early_warnings:
        console.print()
        console.print(words("Early warnings of the first 90 days", "bold"))
    for warning in it.early_warnings:
        console.print(words(f"  {warning.when}: {warning.reason}"))
    if it.handoff is not None:
        gate = it.handoff
        console.print(words(f"Handoff from {gate.threshold:g} points of {gate.scorecard} on: {gate.reason}"))
