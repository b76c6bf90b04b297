"""Whether a message that was wanted when it was written still is at the moment of sending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache

from keepwell.alerting.late import LATE, groups, late_rows, note
from keepwell.book.scorer import Scorer
from keepwell.deciding import agreements, alerts, standings
from keepwell.deciding.changes import sources_of
from keepwell.decisions.policy import Policy
from keepwell.decisions.suppression import held
from keepwell.delivery import outbox
from keepwell.delivery.courier import Wanted
from keepwell.project import Project
from keepwell.state import State
from keepwell.words.decision import Mode, Transition
from keepwell.words.message import Alert, Message, Note


def still_wanted(project: Project, state: State, today: date) -> Wanted:
    """Asked at the moment of sending: why a message is not wanted any more, how it reads by now, or None.

    A word that alerts are late leaves out those that somebody has taken up since it was written.
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
        return late().get(message.key, "it is not late any more") if message.kind == LATE else why_not(message)

    def why_not(message: Message) -> str | None:
        every = _transitions(state, message) if isinstance(message, Alert) and not message.closes else []
        if not every:  # a note, a recovery, or an alert that no decided day has written
            return None
        told, card = every[0], _card_of(message)
        if told.mode is Mode.SUPPRESSED:
            return f"suppression {told.suppression} holds it back"
        if alerts.is_over(state, (card, told.account_id, told.kind, told.episode)):
            return "the alert is over"
        scorer, policies = agreed()
        if card not in policies:
            return None
        exceptions = agreements.exceptions(state, policies[card])
        sources = sources_of(scorer, scorer.cards[card])
        found = [held(replace(one, as_of=today), exceptions, sources) for one in every]
        if any(one.mode is not Mode.SUPPRESSED for one in found):  # an exception for one reason is none for the others
            return None
        _hold_back(state, card, found)
        return f"suppression {found[0].suppression} holds it back"

    return by_now


def _hold_back(state: State, card: str, found: Sequence[Transition]) -> None:
    """Note what an exception held back at the last moment as if it had the day it was decided, unless somebody knows of it."""
    with state.engine.begin() as connection:
        sent = outbox.was_sent(connection, alerts.key_of(card, found[0]))
        if not sent and alerts.withdraw(connection, card, found[0]):
            alerts.part(connection, card, found[1:])
            for one in found:
                standings.hold_back(connection, card, one)


def _card_of(message: Message) -> str:
    """The card that an alert's key names first."""
    return message.key.split("/", 1)[0]


def _transitions(state: State, message: Alert) -> list[Transition]:
    """What an alert tells, first what it is about."""
    found = standings.transitions(state, _card_of(message), message.as_of, message.as_of, message.account_id)
    return [one for kind in (message.kind, *message.also) for one in found if one.kind == kind]
