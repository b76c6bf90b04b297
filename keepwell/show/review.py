"""The review of a period as one page of Markdown, for customer success, sales and product."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from keepwell.show import figures
from keepwell.words.inert import clean
from keepwell.words.monitoring import Judged, Review

NOTHING = "Nothing."
MOST_ROWS = 5  # of a table, so that the review stays a page


def review_page(it: Review) -> str:
    """The page, ending with a line end."""
    return "\n".join(_lines(it)) + "\n"


def _lines(it: Review) -> Iterator[str]:
    yield f"# {clean(it.scorecard)}: {it.since} to {it.until}"
    yield ""
    yield f"{_sum(it.warned, it.currency)} warned about in time, {_sum(it.missed, it.currency)} missed."
    yield f"{_sum(it.false_alarms, it.currency)} warned about and nothing came."
    if it.acted:
        yield f"{_sum(it.acted, it.currency)} warned about, somebody acted, and nothing came: saved, or never in danger."
    yield f"The score {clean(it.monitor.authority)}."
    yield from (clean(note) for note in it.notes)
    yield from _part(f"Missed: {it.target} without a warning", it.missed, it.currency)
    yield from _part("False alarms: warned about, nothing came", it.false_alarms, it.currency)
    yield from _part("In time", it.warned, it.currency)
    yield from _checks(it)
    yield from _proposals(it)
    yield from _decisions(it)


def _sum(given: Sequence[Judged], currency: str) -> str:
    return f"{figures.count(_total(given), 'account')} ({_money(given, currency)} a month)"


def _total(given: Sequence[Judged]) -> int:
    return sum(one.accounts for one in given)


def _money(given: Sequence[Judged], currency: str) -> str:
    return figures.money(sum(one.mrr_minor for one in given), currency)


def _part(title: str, given: Sequence[Judged], currency: str) -> Iterator[str]:
    yield from ("", f"## {title}", "")
    if not given:
        yield NOTHING
        return
    yield from ("| what cost most | accounts | a month | among them |", "|---|--:|--:|---|")
    for one in given[:MOST_ROWS]:
        named = clean(", ".join(one.named)).replace("|", r"\|") + (" .." if one.accounts > len(one.named) else "")
        yield f"| {clean(one.title or one.reason)} | {one.accounts:,} | {figures.money(one.mrr_minor, currency)} | {named} |"
    if rest := given[MOST_ROWS:]:
        yield f"| {len(rest)} other{'' if len(rest) == 1 else 's'} | {_total(rest):,} | {_money(rest, currency)} | |"


def _checks(it: Review) -> Iterator[str]:
    yield from ("", "## Checks that are not met", "")
    if not it.monitor.failing:
        yield NOTHING
    for check in it.monitor.failing:
        yield f"- {check.condition.value}, {check.subject or 'the score'}: {clean(check.text)} (wanted: {check.limit})"


def _proposals(it: Review) -> Iterator[str]:
    yield from ("", "## Proposed change", "")
    if not it.proposals:
        yield NOTHING
    for number, one in enumerate(it.proposals, 1):
        yield f"{number}. {clean(one.why)}"
        if one.diff:
            yield from ("", "```diff", one.diff.rstrip("\n"), "```", "")


def _decisions(it: Review) -> Iterator[str]:
    yield from ("", "## To decide")
    for audience in dict.fromkeys(one.audience for one in it.decisions):
        yield from ("", f"**{audience[:1].upper()}{audience[1:]}**", "")
        yield from (f"- [ ] {clean(one.text)}" for one in it.decisions if one.audience == audience)
    if not it.decisions:
        yield from ("", NOTHING)
