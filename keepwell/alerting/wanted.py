"""Whether a message that was wanted when it was written still is at the moment of sending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache

from keepwell.alerting.composing import worded
from keepwell.alerting.late import LATE, groups, late_rows, note
from keepwell.book.scorer import Scorer
from keepwell.deciding import agreements, alerts, standings
from keepwell.deciding.changes import sources_of
from keepwell.decisions.noise import Told
from keepwell.decisions.policy import Policy
from keepwell.decisions.suppression import held
from keepwell.delivery import outbox
from keepwell.delivery.courier import Wanted
from keepwell.project import Project
from keepwell.state import State
from keepwell.words.alert import AlertRow
from keepwell.words.decision import Mode, Transition
from keepwell.words.message import Alert, Message, Note


def still_wanted(project: Project, state: State, today: date) -> Wanted:
    """Asked at the moment of sending: why a message is not wanted any more, how it reads by now, or None.

    An alert leaves out what it was to tell and is over since; a word that alerts are late leaves out those that somebody
    has taken up since.
    What an exception holds back then is noted as held back, before anything else: nobody was told of it.
    """

    @cache
    def agreed() -> tuple[Scorer, dict[str, Policy]]:
        scorer = Scorer(project)
        return scorer, agreements.policies(project, scorer.cards)

    @cache
    def late() -> dict[str, Note]:
        scorer, policies = agreed()
        rows = ((card, policy, late_rows(scorer, card, policy, today)) for card, policy in policies.items())
        return {key: note(key, *group) for one in rows for key, group in groups(*one).items()}

    def by_now(message: Message) -> str | Message | None:
        return late().get(message.key, "it is not late any more") if message.kind == LATE else told_by_now(message)

    def told_by_now(message: Message) -> str | Message | None:
        if not isinstance(message, Alert) or message.closes or not (every := _transitions(state, message)):
            return None  # a note, a recovery, or an alert that no decided day has written
        if by := next((one.suppression for one in every if one.mode is Mode.SUPPRESSED), None):
            return f"suppression {by} holds it back"
        card, alert = _card_of(message), alerts.telling(state, _card_of(message), every[0])
        if alert is not None and alert.handling not in alerts.LIVE:
            return "the alert is over"
        stands = every if alert is None else [one for one in every if one.kind in (alert.kind, *alert.also)]
        found = held_now(card, stands)
        if all(one.mode is Mode.SUPPRESSED for one in found):  # an exception for one reason is none for the others
            _hold_back(state, card, found, alert)
            return f"suppression {found[0].suppression} holds it back"
        return worded(message, Told(stands[0], message.owner, also=tuple(stands[1:]))) if stands != every else None

    def held_now(card: str, told: Sequence[Transition]) -> list[Transition]:
        scorer, policies = agreed()
        if card not in policies:
            return list(told)
        exceptions, sources = agreements.exceptions(state, policies[card]), sources_of(scorer, scorer.cards[card])
        return [held(replace(one, as_of=today), exceptions, sources) for one in told]

    return by_now


def _hold_back(state: State, card: str, found: Sequence[Transition], alert: AlertRow | None) -> None:
    """Note what an exception held back at the last moment as if it had the day it was decided, unless somebody knows of it."""
    with state.engine.begin() as connection:
        if alert and not outbox.was_sent(connection, alert.key) and alerts.withdraw(connection, alert.number):
            for one in found:
                standings.hold_back(connection, card, one)


def _card_of(message: Message) -> str:
    """The card that an alert's key names first."""
    return message.key.split("/", 1)[0]


def _transitions(state: State, message: Alert) -> list[Transition]:
    """What an alert tells, first what it is about."""
    found = standings.transitions(state, _card_of(message), message.as_of, message.as_of, message.account_id)
    return [one for kind in (message.kind, *message.also) for one in found if one.kind == kind]
