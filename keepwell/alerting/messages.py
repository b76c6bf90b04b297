"""From a decided day to alerts and messages: who is told what, at once or in the digest, and what is late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from keepwell.alerting import asking
from keepwell.alerting.in_hand import InHand
from keepwell.book.scorer import Scorer
from keepwell.briefing.deals import open_upsells
from keepwell.briefing.learned import asked_after_losses
from keepwell.deciding import agreements, alerts, standings
from keepwell.deciding.changes import ClosedDay, sources_of
from keepwell.deciding.expiry import asked_after_exceptions
from keepwell.deciding.standings import Beside, Day
from keepwell.decisions import noise
from keepwell.decisions.alarm import SIGNALS
from keepwell.decisions.authority import ordering
from keepwell.decisions.deadline import due_day
from keepwell.decisions.noise import Told, Wide
from keepwell.decisions.owners import who
from keepwell.decisions.policy import Policy, Role
from keepwell.decisions.suppression import held
from keepwell.delivery import outbox
from keepwell.delivery.route import targets
from keepwell.feedback import grants, reviews
from keepwell.project import Project
from keepwell.signals.columns import kinds_of
from keepwell.state import State
from keepwell.timeline.ledger import Ledger
from keepwell.words.alert import AlertRow, Handling
from keepwell.words.decision import WORDS, Kind, Mode, Standing, Transition
from keepwell.words.figures import points
from keepwell.words.message import Alert, DatedReason, Message, Note

END_OF_BUSINESS = time(17)
EPISODES = (Kind.AT_RISK, Kind.POOR_FOR_WEEKS, Kind.RENEWAL_AT_RISK)  # that a recovery ends
ALSO_TOLD: Mapping[Kind, tuple[Role, ...]] = {Kind.HANDOFF_DECLINE: ("seller", "cs_manager")}  # beside the owner
IN_DANGER = (*EPISODES, Kind.DROP)  # of which an open upsell is worth a word
LATE = "late"  # of a note: that nobody acted on an alert in time
MOST_NAMED = 20  # accounts of a note
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
    fresh_news = [one for key, one in news.items() if key not in earlier]
    undone = _undone(earlier, news) if book is None and decided.standings else {}
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


def escalate(scorer: Scorer, card: str, policy: Policy, now: datetime) -> tuple[AlertRow, ...]:
    """Tell once of each alert that nobody took up in time, in one note for all that a person hears of; the late ones."""
    late = late_rows(scorer, card, policy, scorer.project.local_day(now))
    with scorer.state.engine.begin() as connection:
        for key, group in _late_groups(card, policy, late).items():
            note = _late(key, *group)
            outbox.put(connection, note, targets(scorer.project.config.channels, note), now)
    return late


def late_rows(scorer: Scorer, card: str, policy: Policy, day: date) -> tuple[AlertRow, ...]:
    """The alerts that are late on a day, but for those that an exception covers by then."""
    exceptions, sources = agreements.exceptions(scorer.state, policy), sources_of(scorer, scorer.cards[card])
    late = [row for row in alerts.current(scorer.state, scorecard=card) if row.is_late(day)]
    return tuple(row for row in late if held(_as_told(row, day), exceptions, sources).mode is not Mode.SUPPRESSED)


def _as_told(row: AlertRow, day: date) -> Transition:
    """An alert as a transition of a day, which an exception may cover."""
    return Transition(row.account_id, row.kind, row.episode, day, "", "", owned=row.owned, reason=row.reason)


def still_wanted(project: Project, state: State, today: date) -> Callable[[Message], str | None]:
    """Asked at the moment of sending: why a message is not wanted any more, or None.

    What an exception holds back then is noted as held back, before anything else: nobody was told of it.
    """

    @cache
    def agreed() -> tuple[Scorer, dict[str, Policy]]:
        scorer = Scorer(project)
        return scorer, agreements.policies(project, scorer.cards)

    @cache
    def late() -> frozenset[str]:
        scorer, policies = agreed()
        rows = ((card, policy, late_rows(scorer, card, policy, today)) for card, policy in policies.items())
        return frozenset(key for one in rows for key in _late_groups(*one))

    def why_not(message: Message) -> str | None:
        if message.kind == LATE:
            return None if message.key in late() else "it is not late any more"
        told = _transition(state, message) if isinstance(message, Alert) and not message.closes else None
        if told is None:  # a note, a recovery, or an alert that no decided day has written
            return None
        if told.mode is Mode.SUPPRESSED:
            return f"suppression {told.suppression} holds it back"
        card = _card_of(message)
        if alerts.is_over(state, (card, told.account_id, told.kind, told.episode)):
            return "the alert is over"
        scorer, policies = agreed()
        if card not in policies:
            return None
        exceptions = agreements.exceptions(state, policies[card])
        found = held(replace(told, as_of=today), exceptions, sources_of(scorer, scorer.cards[card]))
        if found.mode is not Mode.SUPPRESSED:
            return None
        _hold_back(state, card, found)
        return f"suppression {found.suppression} holds it back"

    return why_not


def _hold_back(state: State, card: str, found: Transition) -> None:
    """Note what an exception held back at the last moment as if it had the day it was decided, unless somebody knows of it."""
    with state.engine.begin() as connection:
        sent = outbox.was_sent(connection, alerts.key_of(card, found))
        if not sent and alerts.withdraw(connection, card, found):
            standings.hold_back(connection, card, found)


def _card_of(message: Message) -> str:
    """The card that an alert's key names first."""
    return message.key.split("/", 1)[0]


def _transition(state: State, message: Alert) -> Transition | None:
    found = standings.transitions(state, _card_of(message), message.as_of, message.as_of, message.account_id)
    return next((one for one in found if one.kind == message.kind), None)


def pressing(row: AlertRow, today: date, *, by_score: bool = False) -> tuple[bool, bool, int, int]:
    """An order of alerts: what may wait last, what is late first, then by what is at stake."""
    waits = row.until is not None and row.until >= today
    stake = noise.stake(row.kind, row.owned.mrr_minor, row.score_milli if by_score else None)
    return waits, not row.is_late(today), -stake, row.number


# --- rows and messages


def _row(closed: ClosedDay, one: Told, today: date, told: str) -> AlertRow:
    it = one.transition
    due = due_day(closed.policy, it.kind, today)
    return AlertRow(0, closed.card.name, it.account_id, it.kind, it.episode, it.as_of, due, one.owner, told)


def _key(closed: ClosedDay, it: Transition) -> str:
    return alerts.key_of(closed.card.name, it)


def _alert(closed: ClosedDay, one: Told, fresh: date | None, today: date) -> Alert:
    it, project = one.transition, closed.scorer.project
    closes, key = it.kind is Kind.RECOVERED, _key(closed, it)
    day = None if closes else due_day(closed.policy, it.kind, today)
    return Alert(
        key=key,
        thread=f"{closed.card.name}/{it.account_id}/{Kind.AT_RISK}/{it.episode}" if closes else key,
        kind=it.kind.value,
        what=WORDS[it.kind],
        account_id=it.account_id,
        account=it.owned.name or it.account_id,
        owner=one.owner or "",
        as_of=it.as_of,
        old_milli=it.old_milli,
        new_milli=it.new_milli,
        old_tier=it.old_tier,
        new_tier=it.new_tier,
        reasons=tuple(_reasons(it)),
        fresh_through=fresh,
        mrr_minor=it.owned.mrr_minor,
        currency=project.config.currency,
        renewal_day=it.owned.renewal_day,
        play=None if closes else it.play,
        next_step="" if closes else it.next_step,
        due=datetime.combine(day, END_OF_BUSINESS, ZoneInfo(project.config.time_zone)) if day else None,
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
        lines = [_line(one.transition) + (before if one.again else "") for one in waiting if one.owner == owner]
        title = (
            f"{len(lines)} more change{'' if len(lines) == 1 else 's'} on {closed.day}, less pressing than your alerts"
        )
        yield Note(key, key, "digest", owner or "", title, tuple(_shortened(lines)))


def _wide(closed: ClosedDay, it: Wide) -> Note:
    key = f"{closed.card.name}/segment/{it.segment}/{it.kind}/{closed.day}"
    title = f"{len(it.transitions)} of {it.accounts} accounts of segment {it.segment}: {WORDS[it.kind]} on {closed.day}"
    most_first = sorted(it.transitions, key=lambda one: (-(one.owned.mrr_minor or 0), one.account_id))
    lines = ["So many at once are rarely the customers' doing: look at the sources and the product first."]
    return Note(key, key, "segment", it.owner or "", title, (*lines, *_shortened([_line(one) for one in most_first])))


def _late_groups(card: str, policy: Policy, late: Iterable[AlertRow]) -> dict[str, tuple[str, date, list[AlertRow]]]:
    """The key of a note → who hears of it, the day and the alerts: those of one day become late together, at every run."""
    groups: dict[str, tuple[str, date, list[AlertRow]]] = {}
    for row in late:
        to, day = _above(row, policy), max(row.due, row.until or row.due)
        groups.setdefault(f"{card}/{LATE}/{to}/{day}", (to, day, []))[2].append(row)
    return groups


def _above(row: AlertRow, policy: Policy) -> str:
    """The deputy of who was told, else who has the role that the policy names."""
    account = {"owner": row.owned.owner, "manager": row.owned.manager, "segment": row.owned.segment}
    return policy.sla.deputies.get(row.owner or "") or who(policy, policy.sla.escalate_to, account) or ""


def _late(key: str, to: str, day: date, rows: Sequence[AlertRow]) -> Note:
    """The alerts of a day that nobody took up, the dearest first."""
    lines = [
        f"{one.owned.name or one.account_id}: {WORDS[one.kind]} since {one.as_of}. {one.reason.text}."
        f" It was told to {one.owner or 'nobody'}; 'keepwell alerts --claim {one.number}' takes it up."
        for one in sorted(rows, key=lambda one: pressing(one, day))
    ]
    about = rows[0].owned.name or rows[0].account_id if len(rows) == 1 else f"{len(rows)} alerts"
    return Note(key, key, LATE, to, f"{about}: nobody acted by {day}", tuple(_shortened(lines, "alerts")))


def _line(it: Transition) -> str:
    score = f"{'no score' if it.old_milli is None else points(it.old_milli)} → "
    score += "no score" if it.new_milli is None else points(it.new_milli)
    return f"{it.owned.name or it.account_id}: {WORDS[it.kind]}, {score}. {it.reason.text}"


def _shortened(lines: Sequence[str], command: str = "transitions") -> Iterator[str]:
    yield from lines[:MOST_NAMED]
    if len(lines) > MOST_NAMED:
        yield f"and {len(lines) - MOST_NAMED} more: 'keepwell {command}' lists them"


def _fresh_through(closed: ClosedDay) -> date | None:
    """The oldest of the days through which the card's sources can be read: what was loaded since may hold nothing new."""
    connection, kinds = closed.scorer.connect(), set().union(*map(kinds_of, closed.card.signals.values()))
    Ledger(connection, closed.scorer.terms).watermarks(*closed.scorer.day(closed.day))
    [(oldest,)] = connection.execute(OLDEST, {"kinds": sorted(kinds)}).fetchall()
    day: date | None = oldest
    return day
