"""The worksheet of a 45-minute review of a policy, filled in as far as the data can."""

from __future__ import annotations

from collections.abc import Iterator

from keepwell.show import figures
from keepwell.words.action import CardPolicy, CoveredBy, PolicyReport
from keepwell.words.paper import Asked, Block, Lines, Paper, Rows, Section, Text
from keepwell.words.report import Explanation
from keepwell.words.score import RowKind

MOST_ROWS = 5  # of the example's evidence
LEVELS = ("diagnose", "prioritise", "trigger", "assist")


def worksheet(report: PolicyReport, example: Explanation | None) -> Paper:
    """The five blocks for each card; `example` is a real account at risk."""
    sections: list[Section] = []
    for card in report.cards:
        of_it = example if example and example.score.scorecard == card.scorecard else None
        sections += [Section(f"{card.scorecard}, {part.heading}", part.blocks) for part in _card(card, of_it)]
    nothing = ("nothing: every account has somebody to act",)
    sections.append(Section("Left open", (Lines(tuple(report.findings) or nothing),)))
    accounts = ", ".join(f"{card.scorecard} for {figures.count(card.accounts, 'account')}" for card in report.cards)
    return Paper("Review of the score", f"As of {report.as_of}: {accounts}", (), tuple(sections))


def _card(card: CardPolicy, example: Explanation | None) -> Iterator[Section]:
    yield Section(
        "0–5 min: the one sentence",
        (
            Text(card.decision),
            Asked(("Would we decide otherwise without the score?", "Who decides, and how often?")),
        ),
    )
    signals = tuple((one.title, figures.share(one.share_ppm), f"{one.main_reason_of:,}") for one in card.signals)
    numbers = ("Share of the weight", "Main reason of")
    yield Section(
        "5–15 min: signals and reasons",
        (
            Rows(("Signal", *numbers), signals, right=numbers, wide=("Signal",)),
            *_example(example),
            Asked(("Does each signal say something that its owner would act on?", "Which signal is missing?")),
        ),
    )
    roles = tuple(
        (one.role.replace("_", " "), f"{one.resolved:,}", f"{one.unresolved:,}", f"{one.people:,}")
        for one in card.roles
    )
    counts = ("Accounts with somebody", "With nobody", "People")
    yield Section(
        "15–25 min: identity, owners, suppressions",
        (
            Rows(("Role", *counts), roles, right=counts, wide=("Role",)),
            Text(f"Looked after: {', '.join(f'{name} {number:,}' for name, number in card.models)}."),
            Lines(tuple(map(_exception, card.suppressed)) or ("no exception is in force",)),
            Asked(("Who steps in when somebody is away?", "Is each exception still true?")),
        ),
    )
    yield Section(
        "25–35 min: authority",
        (
            Text(f"Granted: {card.authority}, of {' → '.join(LEVELS)}."),
            *(Text(f"Its own condition: {one}.") for one in card.conditions),
            Asked(("What must never happen by itself?", "What would we have to see before the next level?")),
        ),
    )
    yield Section(
        "35–45 min: feedback",
        (
            Text(card.how),
            Text(f"Reviewed by {card.reviewer or 'nobody yet'} within {card.within_days} days."),
            Asked(("Where do false alarms go, and what do they change?", "When do we look at this page again?")),
        ),
    )


def _exception(row: CoveredBy) -> str:
    one = row.suppression
    only = f", {one.code} only" if one.code else ""
    return f"{one.scope} {one.value}{only}: {one.cause.replace('_', ' ')}, by {one.author}, until {one.until}"


def _example(it: Explanation | None) -> Iterator[Block]:
    if it is None:
        yield Text("No account is at risk by this card.")
        return
    who = f"{it.name} ({it.score.account_id}), owner {it.owner or 'nobody'}"
    stands = f"score {figures.points(it.score.score_milli)}, {it.score.tier or '–'}"
    yield Text(f"One account at risk: {who}; {stands}. Next: {it.next_action}")
    rows = [e for e in it.score.evidence if e.counted and e.kind in (RowKind.MEASURE, RowKind.GUARD)]
    costly = sorted(rows, key=lambda e: e.points_milli - e.max_points_milli)[:MOST_ROWS]
    cells = tuple(
        (
            e.reason,
            figures.day(e.observed_at),
            f"{figures.points(e.points_milli)} of {figures.points(e.max_points_milli)}",
        )
        for e in costly
    )
    yield Rows(("Evidence", "Newest fact", "Points"), cells, right=("Points",), wide=("Evidence",))
