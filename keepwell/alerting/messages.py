"""From a decided day to alerts and messages: who is told what, at once or in the digest, and what is late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from keepwell.alerting import asking, composing
from keepwell.alerting.in_hand import InHand
from keepwell.briefing.learned import asked_after_losses
from keepwell.deciding import alerts, standings
from keepwell.deciding.changes import ClosedDay
from keepwell.deciding.expiry import asked_after_exceptions
from keepwell.deciding.standings import Beside, Day
from keepwell.decisions import noise
from keepwell.decisions.alarm import SIGNALS
from keepwell.decisions.authority import ordering
from keepwell.decisions.noise import Sorted, Told
from keepwell.delivery import outbox
from keepwell.delivery.route import targets
from keepwell.feedback import grants, reviews
from keepwell.signals.columns import kinds_of
from keepwell.words.alert import AlertRow, Handling
from keepwell.words.decision import Kind, Mode, Standing, Transition
from keepwell.words.message import Alert, Message, Note

EPISODES = (Kind.AT_RISK, Kind.POOR_FOR_WEEKS, Kind.RENEWAL_AT_RISK)  # that a recovery ends
IN_DANGER = (*EPISODES, Kind.DROP)  # of which an open upsell is worth a word


@dataclass(frozen=True)
class News:
    """What a day tells that was not told of it before it closed, sorted, and what was and is not so (by its key)."""

    found: Sorted
    undone: Mapping[str, Transition]
    today: date
    fresh: date | None


def beside(
    closed: ClosedDay, decided: Day, now: datetime, book: Iterable[Standing] | None = None, notes: Sequence[Note] = ()
) -> Beside:
    """What a day writes beside its transitions: its alerts, and messages for the channels of keepwell.yml.

    What was told of it at once, before it closed, is not told again; where its close does not bear it out, it is taken
    back. Of a day that has not closed, `book` holds all standings of the day before. `notes` go out beside.
    """
    closes = book is None and bool(decided.standings)
    news = _news(closed, decided, now, decided.standings if book is None else book, closes=closes)
    asked = asking.asked(closed, news.found, decided, now)
    messages = [*map(InHand(closed, asked.in_hand).told_with, _messages(closed, news, asked)), *notes]
    rows = _rows(closed, news)
    looked_at = (*asked_after_losses(closed, now), *(asked_after_exceptions(closed, decided, now) if closes else ()))

    def write(connection: sa.Connection) -> None:
        at_risk = alerts.live_accounts(connection, closed.card.name, EPISODES)  # of which somebody was told
        _end_what_is_over(connection, closed, decided, now, closes=closes)
        _take_back(connection, closed, news, now)
        alerts.write(connection, rows, now)
        asking.write(connection, closed, asked, now)
        for item in looked_at:
            reviews.ask(connection, item)
        _put(connection, closed, messages, at_risk, now)

    return write


def _news(closed: ClosedDay, decided: Day, now: datetime, book: Iterable[Standing], *, closes: bool) -> News:
    """Sort what a day tells; `closes`: and see what was told of it at once."""
    scorer, policy, card = closed.scorer, closed.policy, closed.card.name
    sizes = Counter(one.owned.segment for one in book if one.owned.segment and one.score_milli is not None)
    at_once = standings.transitions(scorer.state, card, closed.day, closed.day)
    earlier = {alerts.key_of(card, one): one for one in at_once}
    news = {alerts.key_of(card, one): one for one in decided.transitions}
    undone = _undone(earlier, news) if closes else {}
    known = earlier.keys() | alerts.told_before(scorer.state, card, decided.transitions)
    recent = alerts.recent(scorer.state, card, closed.day - timedelta(days=policy.alerts.repeat_days))
    with scorer.state.engine.connect() as connection:
        orders = ordering(policy, grants.current(connection, card))
    ranked = noise.ranked([one for key, one in news.items() if key not in known], orders)
    found = noise.sort(ranked, policy, alerts.told_since(scorer.state, closed.day), sizes, recent)
    fresh = _fresh_through(closed) if found.alerts or found.digest or undone else None
    return News(found, undone, max(scorer.project.local_day(now), closed.day), fresh)


def _rows(closed: ClosedDay, news: News) -> list[AlertRow]:
    """The alerts that people handle, and those that chance held out."""
    told, today = news.found, news.today
    at_once = [one for one in told.alerts if one.transition.kind is not Kind.RECOVERED]
    held_out = (composing.row(closed, one, today, alerts.HELD_OUT) for one in told.held_out)
    return [
        *(composing.row(closed, one, today, alerts.TOLD) for one in at_once),
        *(composing.row(closed, one, today, alerts.LATER) for one in told.digest),
        *(replace(row, handling=Handling.OVER) for row in held_out),
    ]


def _messages(closed: ClosedDay, news: News, asked: asking.Asked) -> list[Message]:
    """What people read of it: each alert, with its copies and what its next step waits for, and notes."""
    told, fresh, today = news.found, news.fresh, news.today
    endangered = {one.transition.account_id for one in told.alerts if one.transition.kind in IN_DANGER}
    deals = {account: found for account, found in asked.upsells.items() if account in endangered}
    found = [
        replace(composing.alert(closed, one, fresh, today), pipeline=deals.get(one.transition.account_id, ()))
        for one in told.alerts
    ]
    found += [one for each in (*told.alerts, *told.digest) for one in composing.copies(closed, each, fresh, today)]
    said = [replace(one, waits=_waits(one, asked.waits)) for one in found]
    return [*said, *composing.digests(closed, told.digest), *(composing.wide(closed, one) for one in told.wide)]


def _end_what_is_over(
    connection: sa.Connection, closed: ClosedDay, decided: Day, now: datetime, *, closes: bool
) -> None:
    """Alerts need nobody once all that they tell is over; a risk ends with a day's close, and so does a drop told with it."""
    card, standing = closed.card.name, decided.standings
    over = {kind: {one.account_id for one in standing if kind not in one.episodes} for kind in SIGNALS}
    for kind, quiet in over.items():
        ringing = alerts.live_accounts(connection, card, [kind])
        alerts.end(connection, card, sorted(ringing & quiet), [kind], now)
    if closes:
        for kind, kinds, end in ((Kind.AT_RISK, EPISODES, alerts.end), (Kind.DROP, (Kind.DROP,), alerts.end_beside)):
            calm = {one.account_id for one in standing if not _stands(one, kind)}
            end(connection, card, sorted(alerts.live_accounts(connection, card, kinds) & calm), kinds, now)
    alerts.expire(connection, card, closed.day - timedelta(days=closed.policy.alerts.expire_days), now)


def _stands(one: Standing, kind: Kind) -> bool:
    """Whether an episode is open, or would be but for a person's word; its end may be told to nobody."""
    return kind in one.episodes or (one.by_card is not None and kind in one.by_card.episodes)


def _undone(earlier: Mapping[str, Transition], news: Collection[str]) -> dict[str, Transition]:
    """What was told of a day at once and its close does not tell; what no standing tells is not the close's to undo."""
    live = {key: one for key, one in earlier.items() if one.mode is Mode.LIVE and one.kind is not Kind.HANDOFF_DECLINE}
    return {key: one for key, one in live.items() if key not in news}


def _take_back(connection: sa.Connection, closed: ClosedDay, news: News, now: datetime) -> None:
    """End what is not so, and say so where somebody was told; an alert of which something stands goes on."""
    card, undone = closed.card.name, news.undone
    before = alerts.of_day(connection, card, closed.day) if undone else ()
    for one in undone.values():
        alerts.end_one(connection, card, one, now)
    for told in before:
        gone = [undone[part.key] for part in told.parts if part.key in undone]
        if gone and outbox.was_sent(connection, told.key):
            whole = composing.alert(closed, Told(gone[0], told.owner, also=tuple(gone[1:])), news.fresh, news.today)
            left = [replace(part, ended_at=now) if part.key in undone else part for part in told.parts]
            stands = any(part.ended_at is None for part in left)
            rest = replace(left[0], others=tuple(left[1:])).standing()
            word = composing.partly_taken_back(rest, gone) if stands else composing.taken_back(whole, told.key)
            as_told = replace(whole, kind=told.kind.value, also=tuple(kind.value for kind in told.also))
            outbox.put(connection, word, targets(closed.scorer.project.config.channels, as_told), now)


def _put(
    connection: sa.Connection, closed: ClosedDay, messages: Sequence[Message], at_risk: Collection[str], now: datetime
) -> None:
    """Write the messages; nobody hears of the end of a risk who was not told that it began."""
    channels = closed.scorer.project.config.channels
    ends = [one for one in messages if isinstance(one, Alert) and one.closes]
    heard = [one for one in ends if one.account_id in at_risk]
    live = {row.key: row for row in alerts.live(connection, closed.card.name)} if heard else {}
    last = (composing.with_rest(one, live[one.thread]) if one.thread in live else one for one in heard)
    others = (one for one in messages if not (isinstance(one, Alert) and one.closes))
    for message in (*others, *last):
        outbox.put(connection, message, targets(channels, message), now)


def _waits(one: Alert, waits: Mapping[str, str]) -> str:
    """Why its next step waits; a copy, whose key is the alert's and a role, says so too."""
    return waits.get(one.key) or waits.get(one.key.rpartition("/")[0], "")


def _fresh_through(closed: ClosedDay) -> date | None:
    """The oldest of the days through which the card's sources can be read: what was loaded since may hold nothing new."""
    kinds = set().union(*map(kinds_of, closed.card.signals.values()))
    return closed.read_together.heard.fresh_through(closed.day, kinds)
