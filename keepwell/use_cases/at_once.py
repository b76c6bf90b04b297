"""The use-case of what cannot wait for the close of a day, read after actions.py: `rescore`.

    a cancellation, an invoice overdue or paid, a critical ticket, another primary contact → provisional standings → alerts

The accounts they happened to, and those above them, are scored and decided as the close of the day would do it if
nothing more came in. What is told so carries the keys that the day's own run will give it, and is not told again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from keepwell.alerting import messages
from keepwell.book import shelf
from keepwell.book.scorer import Card, Scorer
from keepwell.deciding import agreements, standings
from keepwell.deciding.open_day import OpenDay
from keepwell.project import Project
from keepwell.timeline.arrivals import Arrival, arrivals
from keepwell.timeline.ledger import Ledger
from keepwell.use_cases import actions, runs
from keepwell.words.action import Rescored, RescoreReport
from keepwell.words.decision import Standing, Transition

ONE_DAY = timedelta(days=1)
NO_BASELINE = "no day is decided yet: 'keepwell run' sets the baseline that news is measured against"


def rescore(project: Project) -> RescoreReport:
    """Score and decide at once the accounts that something happened to on the day that has not closed.

    Closed days that are not decided yet are decided first: news is what differs from them.
    """
    closed = project.last_closed_day(runs.now_of(project))
    day, scorer = closed + ONE_DAY, Scorer(project)
    begun = [seen for name in scorer.cards if (seen := standings.decided(scorer.state, name)) is not None]
    if not begun:
        return RescoreReport(day, project.config.currency, note=NO_BASELINE)
    if len(begun) < len(scorer.cards) or any(seen.through < closed for seen in begun):
        actions.transitions(project)
    scorer = Scorer(project)
    touched = arrivals(Ledger(scorer.connect(), scorer.terms), *scorer.day(day), project.close_at(closed))
    if touched:
        _keep_compared(scorer, day)
        scorer = Scorer(project)  # which sees what was published since
    found = [_at_once(scorer, card, day, touched) for card in scorer.cards.values()] if touched else []
    return RescoreReport(
        day,
        project.config.currency,
        tuple(one for rescored, _ in found for one in rescored),
        tuple(told for _, news in found for told in news),
    )


def _keep_compared(scorer: Scorer, day: date) -> None:
    """Score the closed days that the open one is compared with, where they are not kept."""
    begin = shelf.first_known(scorer)
    days = [one for one in actions.compared_with(day) if scorer.project.close_at(one) > begin]
    for lacking in sorted(shelf.lacking(scorer, days)):
        runs.backfill(scorer.project, lacking, lacking)


def _at_once(
    scorer: Scorer, card: Card, day: date, touched: Sequence[Arrival]
) -> tuple[list[Rescored], Sequence[Transition]]:
    """The accounts by one card, and what is told; nothing where the day has closed meanwhile."""
    seen, book = standings.decided(scorer.state, card.name), standings.standings(scorer.state, card.name)
    if seen is None or seen.through != day - ONE_DAY:
        return [], ()
    policy = agreements.policies(scorer.project, scorer.cards)[card.name]
    opened = OpenDay(scorer, card, day, policy, accounts=frozenset(one.account_id for one in touched))
    before = {account: one for account, one in book.items() if opened.concerns(account)}
    decided = opened.decided(before, seen, agreements.exceptions(scorer.state, policy))
    beside = messages.beside(opened, decided, runs.now_of(scorer.project), book.values())
    if not standings.provide(scorer.state, decided, seen, beside):
        return [], ()
    return _rescored(card, touched, before, {one.account_id: one for one in decided.standings}), decided.transitions


def _rescored(
    card: Card, touched: Sequence[Arrival], before: Mapping[str, Standing], now: Mapping[str, Standing]
) -> list[Rescored]:
    both = [one for one in touched if one.account_id in before and one.account_id in now]
    return [
        Rescored(one.account_id, card.name, one.events, before[one.account_id], now[one.account_id]) for one in both
    ]
