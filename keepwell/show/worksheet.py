"""The worksheet of a 45-minute review of a policy, filled in as far as the data can; Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from keepwell.show import figures
from keepwell.words.action import CardPolicy, CoveredBy, PolicyReport
from keepwell.words.inert import clean
from keepwell.words.report import Explanation
from keepwell.words.score import RowKind

MOST_ROWS = 5  # of the example's evidence
LEVELS = ("diagnose", "prioritise", "trigger", "assist")
MARKUP = re.compile(r"([\\`*_{}\[\]<>#|!~@]|:(?=//)|(?<=www)\.)")  # an address becomes no link either


def worksheet(report: PolicyReport, example: Explanation | None) -> str:
    """The five blocks for each card; `example` is a real account at risk."""
    lines = [f"# Review of the score, as of {report.as_of}", ""]
    for card in report.cards:
        of_it = example if example and example.score.scorecard == card.scorecard else None
        lines += _card(card, of_it)
    lines += ["## Left open", "", *_listed(report.findings, "nothing: every account has somebody to act"), ""]
    return "\n".join(lines)


def _card(card: CardPolicy, example: Explanation | None) -> Iterator[str]:
    yield from (f"## {plain(card.scorecard)}: {figures.count(card.accounts, 'account')}", "")
    yield from ("### 0–5 min: the one sentence", "", f"> {plain(card.decision)}", "")
    yield from _asked("Would we decide otherwise without the score?", "Who decides, and how often?")
    yield from ("### 5–15 min: signals and reasons", "")
    yield from _table(
        ("Signal", "Share of the weight", "Main reason of"),
        [(one.title, figures.share(one.share_ppm), f"{one.main_reason_of:,}") for one in card.signals],
    )
    yield from _example(example)
    yield from _asked("Does each signal say something that its owner would act on?", "Which signal is missing?")
    yield from ("### 15–25 min: identity, owners, suppressions", "")
    rows = [
        (one.role.replace("_", " "), f"{one.resolved:,}", f"{one.unresolved:,}", f"{one.people:,}")
        for one in card.roles
    ]
    yield from _table(("Role", "Accounts with somebody", "With nobody", "People"), rows)
    yield from (f"Looked after: {', '.join(f'{name} {number:,}' for name, number in card.models)}.", "")
    yield from _listed(map(_exception, card.suppressed), "no exception is in force")
    yield ""
    yield from _asked("Who steps in when somebody is away?", "Is each exception still true?")
    yield from ("### 25–35 min: authority", "", _levels(card.authority), "")
    yield from _asked("What must never happen by itself?", "What would we have to see before the next level?")
    yield from ("### 35–45 min: feedback", "", plain(card.how), "")
    yield from (f"Reviewed by {plain(card.reviewer or 'nobody yet')} within {card.within_days} days.", "")
    yield from _asked("Where do false alarms go, and what do they change?", "When do we look at this page again?")


def _exception(row: CoveredBy) -> str:
    one = row.suppression
    return f"{one.scope} {one.value}: {one.cause.replace('_', ' ')}, by {one.author}, until {one.until}"


def _levels(granted: str) -> str:
    """The four levels, the granted one in bold."""
    return " → ".join(f"**{level}**" if level == granted else level for level in LEVELS)


def _example(it: Explanation | None) -> Iterator[str]:
    if it is None:
        yield from ("No account is at risk by this card.", "")
        return
    owner = plain(it.owner or "nobody")
    yield from (f"One account at risk: **{plain(it.name)}** ({plain(it.score.account_id)}), owner {owner},", "")
    yield from (
        f"score {figures.points(it.score.score_milli)}, {plain(it.score.tier or '–')}, next: {plain(it.next_action)}",
        "",
    )
    rows = [e for e in it.score.evidence if e.counted and e.kind in (RowKind.MEASURE, RowKind.GUARD)]
    costly = sorted(rows, key=lambda e: e.points_milli - e.max_points_milli)[:MOST_ROWS]
    cells = [
        (
            e.reason,
            figures.day(e.observed_at),
            f"{figures.points(e.points_milli)} of {figures.points(e.max_points_milli)}",
        )
        for e in costly
    ]
    yield from _table(("Evidence", "Newest fact", "Points"), cells)


# --- Markdown


def plain(text: str) -> str:
    r"""Text that Markdown shows as it is.

    >>> plain("[A](b) | *c*")
    '\\[A\\](b) \\| \\*c\\*'
    """
    return MARKUP.sub(r"\\\1", clean(text))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(map(plain, row))} |" for row in rows)
    yield ""


def _listed(lines: Iterable[str], none: str) -> list[str]:
    return [f"- {plain(line)}" for line in lines] or [f"- {none}"]


def _asked(*questions: str) -> Iterator[str]:
    """Questions to tick off, and room for the answer."""
    for question in questions:
        yield f"- [ ] {question}"
    yield ""
