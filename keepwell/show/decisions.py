"""Decisions on a terminal: transitions, exceptions, the check of a policy."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console

from keepwell.show import figures
from keepwell.show.screen import table, words
from keepwell.words.action import (
    CardDecisions,
    CardPolicy,
    DecisionReport,
    HeldBack,
    PolicyReport,
    RescoreReport,
    SuppressReport,
)
from keepwell.words.decision import WORDS, Mode, Transition

MODES = {Mode.REHEARSAL: "would have fired", Mode.SUPPRESSED: "suppressed", Mode.OVERRIDE: "set by a person"}
MOST_SHOWN = 40  # transitions on a terminal; --json has all


def show_transitions(report: DecisionReport, console: Console) -> None:
    """Print what was decided by each card and what it told."""
    for card in report.cards:
        console.print(words(_headline(card, report), "bold"))
        statuses = " · ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in card.statuses)
        console.print(words(statuses))
        for note in _notes(card):
            console.print(words(f"Note: {note}"))
        if card.transitions:
            _list(card.transitions, console)


def _headline(card: CardDecisions, report: DecisionReport) -> str:
    days = f"{figures.count(len(card.days), 'day')} decided" if card.days else "nothing new to decide"
    told = figures.count(len(card.transitions), "transition")
    return f"{card.scorecard}, {report.since} to {report.as_of}: {days}, {told}"


def _notes(card: CardDecisions) -> Iterable[str]:
    if card.baseline in card.days:
        yield f"{card.baseline} is the baseline: what is so already is no news"
    if card.rehearsal_until:
        yield f"until {card.rehearsal_until} transitions are only shown: they would have fired"
    if card.watched:
        yield "it is only watched beside the headline card: its transitions are shown, and nobody is told"
    if card.by_recipe:
        yield f"the card changed: {figures.count(card.by_recipe, 'account')} have another status by it, without alerts"
    for one in card.lost:
        yield f"it may no longer {one.level}{f' in segment {one.segment}' if one.segment else ''}: keepwell authority"
    if card.late:
        yield f"{figures.count(len(card.late), 'alert')} {'is' if len(card.late) == 1 else 'are'} late: keepwell alerts"


def _list(transitions: tuple[Transition, ...], console: Console) -> None:
    grid = table("Day", "Account", "What", "Score", "Reason", right=("Score",), flexible=("Account", "Reason"))
    for told in transitions[:MOST_SHOWN]:
        what = WORDS[told.kind]
        if told.mode is not Mode.LIVE:
            what += f" ({MODES[told.mode]})"
        score = f"{figures.points(told.old_milli)} → {figures.points(told.new_milli)}"
        name = words(f"{told.owned.name or told.account_id} ({told.account_id})")
        grid.add_row(figures.day(told.as_of), name, words(what), score, words(told.reason.text))
    console.print(grid)
    if len(transitions) > MOST_SHOWN:
        console.print(f"and {len(transitions) - MOST_SHOWN:,} more; --json has all")


def show_rescored(report: RescoreReport, console: Console) -> None:
    """Print what could not wait for the close of the day."""
    if report.note:
        console.print(words(f"Nothing is scored at once: {report.note}"))
        return
    if not report.accounts:
        console.print(words(f"{report.as_of}: nothing happened that cannot wait for its close."))
        return
    grid = table("Account", "Happened", "Score", "Status", right=("Score",), flexible=("Account", "Happened"))
    for one in report.accounts:
        name = words(f"{one.now.owned.name or one.account_id} ({one.account_id})")
        score = f"{figures.points(one.before.score_milli)} → {figures.points(one.now.score_milli)}"
        status = one.now.status.value.replace("_", " ")
        grid.add_row(name, words(", ".join(one.events).replace("_", " ")), words(score), words(status))
    console.print(words(f"{report.as_of} (provisional: the day has not closed)", "bold"))
    console.print(grid)
    if report.transitions:
        _list(report.transitions, console)


def show_suppressions(report: SuppressReport, console: Console, *, whole: bool = False) -> None:
    """Print the exceptions, those in force first, with how much each held back; `whole`: with what."""
    if report.written:
        ending = "reviewed" if report.written.reviewed else "written"
        console.print(words(f"Suppression {report.written.key} is {ending}."))
    if not report.held:
        console.print("Nothing is left to review." if whole else "Nothing is suppressed.")
        return
    columns = ("No.", "What", "Why", "By", "From", "To", "Held back")
    grid = table(*columns, right=("Held back",), flexible=("What", "Why"))
    for row in report.held:
        one = row.suppression
        why = f"{one.cause.replace('_', ' ')}: {one.note}" if one.note else one.cause.replace("_", " ")
        ends = _ends(row)
        cells = (one.key, _what(row), why, one.author, figures.day(one.since), ends, f"{len(row.transitions):,}")
        grid.add_row(*map(words, cells))
    console.print(grid)
    for row in report.held if whole else ():
        console.print(words(f"No. {row.suppression.key} held back, {row.still_open:,} still so:", "bold"))
        _list(row.transitions, console)


def _what(row: HeldBack) -> str:
    one = row.suppression
    return f"{one.scope} {one.value}, {one.code} only" if one.code else f"{one.scope} {one.value}"


def _ends(row: HeldBack) -> str:
    one = row.suppression
    if one.ended:
        return f"{one.ended} (taken back)"
    return figures.day(one.until) if row.in_force else f"{figures.day(one.until)} (not in force)"


def show_policy(report: PolicyReport, console: Console) -> None:
    """Print the five answers of each card, then what is left open."""
    for card in report.cards:
        accounts = figures.count(card.accounts, "account")
        console.print(words(f"{card.scorecard} by the policy '{card.policy}', {accounts} as of {report.as_of}", "bold"))
        for number, (question, lines) in enumerate(_answers(card), 1):
            console.print(words(f"{number}. {question}", "bold"))
            for line in lines:
                console.print(words(f"   {line}"))
    if report.findings:
        console.print(words(f"{figures.count(len(report.findings), 'finding')}:", "bold"))
        for finding in report.findings:
            console.print(words(f"- {finding}"))
    else:
        console.print("Nothing is left open.")


def _answers(card: CardPolicy) -> list[tuple[str, list[str]]]:
    models = ", ".join(f"{name} {number:,}" for name, number in card.models)
    reviewer = card.reviewer or "nobody yet"
    return [
        ("What does the score decide?", [card.decision, f"At most it may {card.authority}.", *_own(card)]),
        ("Which signals explain it?", [_weight(card, n) for n in range(len(card.signals))]),
        ("Which accounts are suppressed?", _covered(card) or ["none"]),
        ("Who owns action?", [*_roles(card), f"looked after: {models}"]),
        (
            "How is feedback given?",
            [card.how, f"Reviewed by {reviewer} within {figures.count(card.within_days, 'day')}."],
        ),
    ]


def _own(card: CardPolicy) -> list[str]:
    return [f"Conditions of its own: {'; '.join(card.conditions)}."] if card.conditions else []


def _weight(card: CardPolicy, number: int) -> str:
    signal = card.signals[number]
    main = figures.count(signal.main_reason_of, "account")
    return f"{signal.title} ({signal.signal}): {figures.share(signal.share_ppm)} of the weight, main reason of {main}"


def _covered(card: CardPolicy) -> list[str]:
    found = []
    for row in card.suppressed:
        one = row.suppression
        about = figures.count(row.accounts, "account") if row.accounts is not None else "what it tells"
        found.append(
            f"{one.scope} {one.value}{f', {one.code} only' if one.code else ''} ({about}): {one.cause.replace('_', ' ')}, by {one.author}, until {one.until}"
        )
    return found


def _roles(card: CardPolicy) -> list[str]:
    return [
        f"{role.role.replace('_', ' ')}: {figures.count(role.resolved, 'account')} by"
        f" {figures.count(role.people, 'person', 'people')}"
        + (f", {role.unresolved:,} by nobody" if role.unresolved else "")
        for role in card.roles
    ]
