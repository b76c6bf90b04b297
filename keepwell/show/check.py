"""The state of the data on a terminal: what was found, and which sources are fresh."""

from __future__ import annotations

from rich.console import Console

from keepwell.show import figures
from keepwell.show.screen import fitted, table, words
from keepwell.words.report import MIN_FRESH_SYSTEMS, CheckReport, Finding, SourceHealth

SEVERITIES = ("error", "warning", "note")
STYLES = {"error": "red", "warning": "yellow", "note": "dim"}
MOST_EXAMPLES = 3


def show_check(report: CheckReport, console: Console) -> None:
    """Print the sources, then the findings, gravest first."""
    console.print(words(f"As of {report.as_of}: {figures.count(len(report.sources), 'source')}", "bold"))
    if report.sources:
        _sources(report, console)
    console.print(words(_systems(report)))
    console.print()
    if not report.findings:
        console.print("Nothing found.")
        return
    for finding in sorted(report.findings, key=_gravity):
        _finding(finding, console)


def _gravity(finding: Finding) -> tuple[int, int]:
    place = SEVERITIES.index(finding.severity) if finding.severity in SEVERITIES else len(SEVERITIES)
    return place, -finding.count


def _sources(report: CheckReport, console: Console) -> None:
    counts = ("Rows", "Accounts", "Unmatched", "Rejected")
    grid = table("Source", "System", "State", "Through", "Loaded", *counts, right=counts, flexible=("State",))
    for source in report.sources:
        numbers = (source.rows, source.accounts, source.unmatched, source.quarantined)
        grid.add_row(
            words(source.source),
            words(source.system),
            words(_state(source), "red" if source.fresh is False else ""),
            words(figures.day(source.watermark)),
            words(figures.day(source.last_load and source.last_load.date())),
            *(f"{number:,}" for number in numbers),
        )
    console.print(fitted(grid, console.width, ("Loaded", "Rows", "System")))


def _state(source: SourceHealth) -> str:
    if source.fresh is None:
        return "retired"
    if source.last_load is None:
        return "never loaded"
    if source.fresh:
        return "fresh"
    age = f", {figures.count(source.age_days, 'day')} old" if source.age_days is not None else ""
    limit = f", limit {source.limit_days}" if source.limit_days is not None else ""
    return f"stale{age}{limit}"


def _systems(report: CheckReport) -> str:
    fresh = report.fresh_systems
    listed = f" ({', '.join(fresh)})" if fresh else ""
    text = f"{figures.count(len(fresh), 'kind')} of fresh sources{listed}"
    return (
        text if report.enough_systems else f"{text}; expected at least {MIN_FRESH_SYSTEMS}: connect or refresh another"
    )


def _finding(finding: Finding, console: Console) -> None:
    line = words(finding.severity, STYLES.get(finding.severity, "")).append(f" {finding.code}: ")
    line.append_text(words(finding.text))
    if finding.examples:
        shown = ", ".join(finding.examples[:MOST_EXAMPLES])
        line.append_text(words(f" (for example {shown})"))
    if finding.fix:
        line.append_text(words(f"; {finding.fix}"))
    console.print(line)
