"""From a decided day to alerts and messages: who is told what, at once or in the digest, and what is late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from keepwell.alerting import asking
from keepwell.alerting.in_hand import InHand
from keepwell.alerting.late import shortened
from keepwell.briefing.deals import open_upsells
from keepwell.briefing.learned import asked_after_losses
from keepwell.deciding import alerts, standings
from keepwell.deciding.changes import ClosedDay
from keepwell.deciding.expiry import asked_after_exceptions
from keepwell.deciding.standings import Beside, Day
from keepwell.decisions import noise
from keepwell.decisions.alarm import SIGNALS
from keepwell.decisions.authority import ordering
from keepwell.decisions.deadline import due_day
from keepwell.decisions.noise import Told, Wide
from keepwell.decisions.owners import who
from keepwell.decisions.policy import Role
from keepwell.delivery import outbox
from keepwell.delivery.route import targets
from keepwell.feedback import grants, reviews
from keepwell.signals.columns import kinds_of
from keepwell.timeline.ledger import Ledger
from keepwell.words.alert import AlertRow, Handling
from keepwell.words.decision import WORDS, Kind, Mode, Standing, Transition
from keepwell.words.figures import points
from keepwell.words.link import link_to
from keepwell.words.message import Alert, DatedReason, Message, Note

END_OF_BUSINESS = time(17)
EPISODES = (Kind.AT_RISK, Kind.POOR_FOR_WEEKS, Kind.RENEWAL_AT_RISK)  # that a recovery ends
ALSO_TOLD: Mapping[Kind, tuple[Role, ...]] = {Kind.HANDOFF_DECLINE: ("seller", "cs_manager")}  # beside the owner
IN_DANGER = (*EPISODES, Kind.DROP)  # of which an open upsell is worth a word
OLDEST = "SELECT min(read_day) FROM source_at WHERE list_contains($kinds, kind)"


def beside(
    closed: ClosedDay, decided: Day, now: datetime, book: Iterable[Standing] | None = None, notes: Sequence[Note] = ()
) -> Beside:
    """What a day writes beside its transitions: its alerts, and messages for the channels of keepwell.yml.

    What was told of it at once, before it closed, is not told again; where its close does not bear it out, it is taken
    back. Of a day that has not closed, `book` holds all standings of the day before. `notes` go out beside.
    """
    scorer, policy = closed.scorer, closed.policy
    counted = decided.standings if book is None else book
    sizes = Counter(one.owned.segment for one in counted if one.owned.segment and one.score_milli is not None)
    at_once = standings.transitions(scorer.state, closed.card.name, closed.day, closed.day)
    earlier = {_key(closed, one): one for one in at_once}
    news = {_key(closed, one): one for one in decided.transitions}
    undone = _undone(earlier, news) if book is None and decided.standings else {}
    parted = _parted(closed, {key: one for key, one in news.items() if key in earlier}, undone)
    fresh_news = [*(one for key, one in news.items() if key not in earlier), *parted]
    recent = alerts.recent(scorer.state, closed.card.name, closed.day - timedelta(days=policy.alerts.repeat_days))
    with scorer.state.engine.connect() as connection:
        orders = ordering(policy, grants.current(connection, closed.card.name))
    ranked = noise.ranked(fresh_news, orders)
    found = noise.sort(ranked, policy, alerts.told_since(scorer.state, closed.day), sizes, recent)
    today = max(scorer.project.local_day(now), closed.day)
    fresh = _fresh_through(closed) if found.alerts or found.digest or undone else None
    rows = [_row(closed, one, today, alerts.TOLD) for one in found.alerts if one.transition.kind is not Kind.RECOVERED]
    rows += [_row(closed, one, today, alerts.LATER) for one in found.digest]
    rows += [replace(_row(closed, one, today, alerts.HELD_OUT), handling=Handling.OVER) for one in found.held_out]
    rows += [
        replace(row, handling=Handling.OVER)
        for one in (*found.alerts, *found.digest)
        for row in _with(closed, one, today)
    ]
    endangered = {one.transition.account_id for one in found.alerts if one.transition.kind in IN_DANGER}
    deals = open_upsells(scorer, endangered, closed.day)
    messages: list[Message] = [
        replace(_alert(closed, one, fresh, today), pipeline=deals.get(one.transition.account_id, ()))
        for one in found.alerts
    ]
    messages += [message for one in (*found.alerts, *found.digest) for message in _copies(closed, one, fresh, today)]
    messages += [*_digests(closed, found.digest), *(_wide(closed, one) for one in found.wide), *notes]
    over = asked_after_exceptions(closed, decided, now) if book is None and decided.standings else ()
    looked_at = (*asked_after_losses(closed, now), *over)
    calm = set() if book is not None else {one.account_id for one in decided.standings if not _is_at_risk(one)}
    asked = asking.asked(closed, found, decided, now)
    messages = [replace(one, waits=_waits(one, asked.waits)) if isinstance(one, Alert) else one for one in messages]
    messages = [*map(InHand(closed, asked.in_hand).told_with, messages)]

    quiet = {kind: {one.account_id for one in decided.standings if kind not in one.episodes} for kind in SIGNALS}

    def write(connection: sa.Connection) -> None:
        told = alerts.live_accounts(connection, closed.card.name, EPISODES)
        alerts.end(connection, closed.card.name, sorted(told & calm), EPISODES, now)
        alerts.expire(connection, closed.card.name, closed.day - timedelta(days=policy.alerts.expire_days), now)
        for kind in SIGNALS:
            ringing = alerts.live_accounts(connection, closed.card.name, [kind])
            alerts.end(connection, closed.card.name, sorted(ringing & quiet[kind]), [kind], now)
        alerts.part(connection, closed.card.name, parted)
        alerts.write(connection, rows, now)
        asking.write(connection, closed, asked, now)
        for item in looked_at:
            reviews.ask(connection, item)
        for message in messages:
            if isinstance(message, Alert) and message.closes and message.account_id not in told:
                continue  # nobody was told that it was at risk
            outbox.put(connection, message, targets(scorer.project.config.channels, message), now)
        for key, one in undone.items():
            alerts.end(connection, closed.card.name, [one.account_id], [one.kind], now)
            if outbox.was_sent(connection, key):
                back = _taken_back(_alert(closed, Told(one, noise.owner_of(policy, one)), fresh, today))
                outbox.put(connection, back, targets(scorer.project.config.channels, back), now)

    return write


def _waits(one: Alert, waits: Mapping[str, str]) -> str:
    """Why its next step waits; a copy, whose key is the alert's and a role, says so too."""
    return waits.get(one.key) or waits.get(one.key.rpartition("/")[0], "")


def _is_at_risk(one: Standing) -> bool:
    """Whether an episode of risk is open, or would be but for a person's word; its end may be told to nobody."""
    return Kind.AT_RISK in one.episodes or (one.by_card is not None and Kind.AT_RISK in one.by_card.episodes)


def _undone(earlier: Mapping[str, Transition], news: Collection[str]) -> dict[str, Transition]:
    """What was told of a day at once and its close does not tell; what no standing tells is not the close's to undo."""
    live = {key: one for key, one in earlier.items() if one.mode is Mode.LIVE and one.kind is not Kind.HANDOFF_DECLINE}
    return {key: one for key, one in live.items() if key not in news}


def _parted(closed: ClosedDay, news: Mapping[str, Transition], undone: Mapping[str, Transition]) -> list[Transition]:
    """What was told at once in an alert that is taken back, and is so: it is told on its own."""
    if not any(one.kind in noise.TOGETHER for one in undone.values()):
        return []
    with closed.scorer.state.engine.connect() as connection:
        told = alerts.told_with_others(connection, closed.card.name, closed.day)
    gone = {one.account_id for key, one in undone.items() if one.kind in noise.TOGETHER and key not in told}
    return [one for key, one in news.items() if key in told and one.account_id in gone]


def _taken_back(told: Alert) -> Alert:
    """The end of what was told at once, in its thread."""
    why = (DatedReason(f"Told before the day closed; as of the close of {told.as_of} it is not so"),)
    return replace(
        told,
        key=f"{told.key}/taken back",
        what=f"{told.what}, taken back",
        reasons=why,
        due=None,
        next_step="",
        closes=True,
    )


# --- rows and messages


def _row(closed: ClosedDay, one: Told, today: date, told: str) -> AlertRow:
    it = one.transition
    due = _due(closed, one, today)
    return AlertRow(0, closed.card.name, it.account_id, it.kind, it.episode, it.as_of, due, one.owner, told)


def _with(closed: ClosedDay, one: Told, today: date) -> Iterator[AlertRow]:
    """The rows of what else an alert tells: nobody has to handle them."""
    return (_row(closed, Told(it, one.owner), today, alerts.TOGETHER) for it in one.also)


def _due(closed: ClosedDay, one: Told, today: date) -> date:
    """The day of the most urgent that is told."""
    return min(due_day(closed.policy, it.kind, today) for it in (one.transition, *one.also))


def _what(one: Told) -> str:
    """All that is told, in words."""
    return " and ".join((WORDS[one.transition.kind], *map(_also, one.also)))


def _also(it: Transition) -> str:
    return (
        f"drop of {points(it.fall_milli)} points in 30 days"
        if it.kind is Kind.DROP and it.fall_milli
        else WORDS[it.kind]
    )


def _key(closed: ClosedDay, it: Transition) -> str:
    return alerts.key_of(closed.card.name, it)


def _alert(closed: ClosedDay, one: Told, fresh: date | None, today: date) -> Alert:
    it, project = one.transition, closed.scorer.project
    closes, key = it.kind is Kind.RECOVERED, _key(closed, it)
    day = None if closes else _due(closed, one, today)
    return Alert(
        key=key,
        thread=f"{closed.card.name}/{it.account_id}/{Kind.AT_RISK}/{it.episode}" if closes else key,
        kind=it.kind.value,
        what=_what(one),
        also=tuple(other.kind.value for other in one.also),
        account_id=it.account_id,
        account=it.owned.name or it.account_id,
        owner=one.owner or "",
        as_of=it.as_of,
        old_milli=it.old_milli,
        new_milli=it.new_milli,
        old_tier=it.old_tier,
        new_tier=it.new_tier,
        reasons=tuple(dict.fromkeys((*_noted(one.also), *_reasons(it)))),
        fresh_through=fresh,
        mrr_minor=it.owned.mrr_minor,
        currency=project.config.currency,
        renewal_day=it.owned.renewal_day,
        play=None if closes else it.play,
        next_step="" if closes else it.next_step,
        due=datetime.combine(day, END_OF_BUSINESS, ZoneInfo(project.config.time_zone)) if day else None,
        link=link_to(project.config.link, it.account_id),
        closes=closes,
    )


def _copies(closed: ClosedDay, one: Told, fresh: date | None, today: date) -> Iterator[Alert]:
    """The same alert for those who are told beside its owner, each once."""
    it, told = one.transition, {one.owner}
    account = {"owner": it.owned.owner, "seller": it.owned.seller, "manager": it.owned.manager}
    for role in ALSO_TOLD.get(it.kind, ()):
        person = who(closed.policy, role, account)
        if person is not None and person not in told:
            told.add(person)
            alert = _alert(closed, one, fresh, today)
            yield replace(alert, key=f"{alert.key}/{role}", thread=f"{alert.thread}/{role}", owner=person)


def _noted(also: Iterable[Transition]) -> Iterator[DatedReason]:
    """What a signal alone tells beside a fall: it need not be among the dearest reasons of the score."""
    return (DatedReason(line.reason, line.observed_at) for it in also if it.kind in SIGNALS for line in it.evidence)


def _reasons(it: Transition) -> Iterator[DatedReason]:
    """What no single row says first, then the dated rows."""
    if it.reason.text and it.reason.text not in (line.reason for line in it.evidence):
        yield DatedReason(it.reason.text)
    for line in it.evidence:
        yield DatedReason(line.reason, line.observed_at)


def _digests(closed: ClosedDay, waiting: Sequence[Told]) -> Iterator[Note]:
    """One note for each owner with more than a day's alerts."""
    for owner in dict.fromkeys(one.owner for one in waiting):
        key = f"{closed.card.name}/digest/{owner}/{closed.day}"
        before = f" Told before within {closed.policy.alerts.repeat_days} days."
        lines = [
            _line(one.transition, _what(one)) + (before if one.again else "") for one in waiting if one.owner == owner
        ]
        title = (
            f"{len(lines)} more change{'' if len(lines) == 1 else 's'} on {closed.day}, less pressing than your alerts"
        )
        yield Note(key, key, "digest", owner or "", title, tuple(shortened(lines)))


def _wide(closed: ClosedDay, it: Wide) -> Note:
    key = f"{closed.card.name}/segment/{it.segment}/{it.kind}/{closed.day}"
    title = f"{len(it.transitions)} of {it.accounts} accounts of segment {it.segment}: {WORDS[it.kind]} on {closed.day}"
    most_first = sorted(it.transitions, key=lambda one: (-(one.owned.mrr_minor or 0), one.account_id))
    lines = ["So many at once are rarely the customers' doing: look at the sources and the product first."]
    return Note(key, key, "segment", it.owner or "", title, (*lines, *shortened([_line(one) for one in most_first])))


def _line(it: Transition, what: str = "") -> str:
    score = f"{'no score' if it.old_milli is None else points(it.old_milli)} → "
    score += "no score" if it.new_milli is None else points(it.new_milli)
    return f"{it.owned.name or it.account_id}: {what or WORDS[it.kind]}, {score}. {it.reason.text}"


def _fresh_through(closed: ClosedDay) -> date | None:
    """The oldest of the days through which the card's sources can be read: what was loaded since may hold nothing new."""
    connection, kinds = closed.scorer.connect(), set().union(*map(kinds_of, closed.card.signals.values()))
    Ledger(connection, closed.scorer.terms).watermarks(*closed.scorer.day(closed.day))
    [(oldest,)] = connection.execute(OLDEST, {"kinds": sorted(kinds)}).fetchall()
    day: date | None = oldest
    return day
