"""Authority on a terminal: what each card may do, and what it shows for that."""

from __future__ import annotations

from rich.console import Console

from keepwell.show.screen import table, words
from keepwell.words.authority import AuthorityReport, CardAuthority


def show_authority(report: AuthorityReport, console: Console) -> None:
    """What each card may do, level by level; then what was granted or refused."""
    for one in report.cards:
        _show(one, console)
    if report.granted is not None:
        it = report.granted
        where = f" in segment {it.segment}" if it.segment else ""
        console.print(words(f"{it.scorecard} may {it.level}{where}, says {it.by}: {it.reason}", "bold"))
    if report.refused:
        console.print(words("Nothing was granted; not met:", "bold"))
        for line in report.refused:
            console.print(words(f"- {line}"))


def _show(it: CardAuthority, console: Console) -> None:
    where = f" in segment {it.segment}" if it.segment else ""
    console.print(words(f"{it.scorecard}{where} may {it.level}", "bold"))
    granted = f"{it.grant.level} by {it.grant.by} on {it.grant.at.date()}: {it.grant.reason}" if it.grant else "nothing"
    console.print(
        words(f"granted: {granted} · the policy allows at most {it.most} · conditions are met up to {it.earned}")
    )
    grid = table("Level", "Condition", "Found", "Met", flexible=("Condition", "Found"))
    for one in it.conditions:
        grid.add_row(*map(words, (one.level, one.text, one.found, "yes" if one.met else "no")))
    console.print(grid)
