"""What a day's losses ask of people: to read the post-mortem, and to say why nobody was told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from keepwell.briefing.losses import Loss, losses_of_day
from keepwell.briefing.postmortem import Remembered, pack, remembered, text_of
from keepwell.deciding import standings
from keepwell.deciding.changes import ClosedDay
from keepwell.decisions.owners import acting
from keepwell.delivery.text import text
from keepwell.feedback import reviews
from keepwell.words.decision import Owned
from keepwell.words.review import Item

POSTMORTEM, MISSED_RISK = "postmortem", "missed_risk"
NEWS = timedelta(days=60)  # a loss that is older when a day tells of it is history


def asked_after_losses(closed: ClosedDay, now: datetime) -> Iterator[Item]:
    """One post-mortem for each customer whose loss the day tells, and a review of each that nobody was told of.

    By the headline card alone, and not of losses before its first decided day: nobody could be told of those.
    """
    seen = standings.decided(closed.scorer.state, closed.card.name)
    if seen is None or closed.card.name != closed.scorer.headline().name:
        return
    after = max(seen.first, closed.day - NEWS)
    losses = {_key(POSTMORTEM, loss): loss for loss in losses_of_day(closed.scorer, closed.day, after)}
    with closed.scorer.state.engine.connect() as connection:
        known = reviews.of_keys(connection, losses)  # both items of a loss are written together
    owned = {row["account_id"]: row for row in closed.rows}
    for loss in (loss for key, loss in losses.items() if key not in known):
        row = owned.get(loss.account_id)
        whose = Owned(**{name: row[name] for name in Owned.__dataclass_fields__}) if row else Owned()
        yield from _items(closed, remembered(closed, loss), whose, now)


def _key(kind: str, loss: Loss) -> str:
    return f"{kind}/{loss.account_id}/{loss.day}"


def _items(closed: ClosedDay, it: Remembered, whose: Owned, now: datetime) -> Iterator[Item]:
    policy, loss = closed.policy, it.loss
    today = max(closed.scorer.project.local_day(now), closed.day)
    due = today + timedelta(days=policy.feedback.within_days)
    manager = acting(policy, "cs_manager", whose) or ""
    reviewer = acting(policy, policy.feedback.reviewer, whose) or manager

    def item(kind: str, title: str, body: str, asked: str) -> Item:
        return Item(_key(kind, loss), kind, loss.account_id, closed.card.name, title, body, asked, due, now)

    written = text(pack(it, closed.scorer.project.config.currency).note)
    yield item(POSTMORTEM, f"{it.name} was lost on {loss.day}: read the post-mortem", written, manager)
    if it.is_missed:
        title = f"{it.name} was lost on {loss.day} without an alert: why?"
        if it.at_risk_since is not None:
            title = (
                f"{it.name} was lost on {loss.day}, at risk since before the first decided day: who looked after it?"
            )
        yield item(MISSED_RISK, title, text_of(it), reviewer)
