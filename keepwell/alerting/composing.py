"""What alerts and notes of a decided day say: rows for who handles them, words for who reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from keepwell.alerting.late import shortened
from keepwell.deciding import alerts
from keepwell.deciding.changes import ClosedDay
from keepwell.decisions.alarm import SIGNALS
from keepwell.decisions.deadline import due_day
from keepwell.decisions.noise import Told, Wide
from keepwell.decisions.owners import who
from keepwell.decisions.policy import Role
from keepwell.words.alert import AlertRow, Handling
from keepwell.words.decision import WORDS, Kind, Transition
from keepwell.words.figures import points
from keepwell.words.link import link_to
from keepwell.words.message import Alert, DatedReason, Note

END_OF_BUSINESS = time(17)
ALSO_TOLD: Mapping[Kind, tuple[Role, ...]] = {Kind.HANDOFF_DECLINE: ("seller", "cs_manager")}  # beside the owner


def row(closed: ClosedDay, one: Told, today: date, told: str) -> AlertRow:
    """The row of an alert, with those of what else it tells, which nobody has to handle."""
    it = one.transition
    due = _due(closed, one, today)
    alone = (row(closed, Told(other, one.owner), today, told) for other in one.also)
    others = tuple(replace(other, handling=Handling.OVER) for other in alone)
    return AlertRow(
        0, closed.card.name, it.account_id, it.kind, it.episode, it.as_of, due, one.owner, told, others=others
    )


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


def alert(closed: ClosedDay, one: Told, fresh: date | None, today: date) -> Alert:
    """The message of an alert or a recovery."""
    it, project = one.transition, closed.scorer.project
    closes, key = it.kind is Kind.RECOVERED, alerts.key_of(closed.card.name, it)
    day = None if closes else _due(closed, one, today)
    told = Alert(
        key=key,
        thread=f"{closed.card.name}/{it.account_id}/{Kind.AT_RISK}/{it.episode}" if closes else key,
        kind=it.kind.value,
        what=WORDS[it.kind],
        account_id=it.account_id,
        account=it.owned.name or it.account_id,
        owner=one.owner or "",
        as_of=it.as_of,
        fresh_through=fresh,
        mrr_minor=it.owned.mrr_minor,
        currency=project.config.currency,
        renewal_day=it.owned.renewal_day,
        due=datetime.combine(day, END_OF_BUSINESS, ZoneInfo(project.config.time_zone)) if day else None,
        link=link_to(project.config.link, it.account_id),
        closes=closes,
    )
    return worded(told, one)


def worded(message: Alert, one: Told) -> Alert:
    """A message in the words of what is told; of what no longer is it says nothing, and stays the same message."""
    it = one.transition
    return replace(
        message,
        kind=it.kind.value,
        what=_what(one),
        also=tuple(other.kind.value for other in one.also),
        old_milli=it.old_milli,
        new_milli=it.new_milli,
        old_tier=it.old_tier,
        new_tier=it.new_tier,
        reasons=tuple(dict.fromkeys((*_noted(one.also), *_reasons(it)))),
        play=None if message.closes else it.play,
        next_step="" if message.closes else it.next_step,
    )


def taken_back(told: Alert, thread: str) -> Alert:
    """The end of what was told at once, in its thread."""
    return replace(
        told,
        key=f"{thread}/taken back",
        thread=thread,
        what=f"{told.what}, taken back",
        reasons=(DatedReason(_not_so(told.as_of)),),
        due=None,
        next_step="",
        closes=True,
    )


def partly_taken_back(told: AlertRow, gone: Sequence[Transition]) -> Note:
    """That some of what an alert told at once is not so, in the thread of the alert, which the rest keeps open."""
    name, what = told.owned.name or told.account_id, " and ".join(map(_also, gone))
    lines = (f"{_not_so(told.as_of)}.", f"What it told besides stands: {told.what}.")
    key = f"{told.key}/{gone[0].kind}/taken back"
    return Note(key, told.key, "taken_back", told.owner or "", f"{name}: {what}, taken back", lines)


def with_rest(recovery: Alert, left: AlertRow) -> Alert:
    """A recovery that ends an alert in part says what of it is still to be looked at."""
    said = recovery.reasons
    rest = DatedReason(f"Not over: {left.what} (alert {left.number})")
    return replace(recovery, reasons=(*said[:1], rest, *said[1:]))


def _not_so(day: date) -> str:
    return f"Told before the day closed; as of the close of {day} it is not so"


def copies(closed: ClosedDay, one: Told, fresh: date | None, today: date) -> Iterator[Alert]:
    """The same alert for those who are told beside its owner, each once."""
    it, told = one.transition, {one.owner}
    account = {"owner": it.owned.owner, "seller": it.owned.seller, "manager": it.owned.manager}
    for role in ALSO_TOLD.get(it.kind, ()):
        person = who(closed.policy, role, account)
        if person is not None and person not in told:
            told.add(person)
            told_too = alert(closed, one, fresh, today)
            yield replace(told_too, key=f"{told_too.key}/{role}", thread=f"{told_too.thread}/{role}", owner=person)


def _noted(also: Iterable[Transition]) -> Iterator[DatedReason]:
    """What a signal alone tells beside a fall: it need not be among the dearest reasons of the score."""
    return (DatedReason(line.reason, line.observed_at) for it in also if it.kind in SIGNALS for line in it.evidence)


def _reasons(it: Transition) -> Iterator[DatedReason]:
    """What no single row says first, then the dated rows."""
    if it.reason.text and it.reason.text not in (line.reason for line in it.evidence):
        yield DatedReason(it.reason.text)
    for line in it.evidence:
        yield DatedReason(line.reason, line.observed_at)


def digests(closed: ClosedDay, waiting: Sequence[Told]) -> Iterator[Note]:
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


def wide(closed: ClosedDay, it: Wide) -> Note:
    """The note of what a whole segment did."""
    key = f"{closed.card.name}/segment/{it.segment}/{it.kind}/{closed.day}"
    title = f"{len(it.transitions)} of {it.accounts} accounts of segment {it.segment}: {WORDS[it.kind]} on {closed.day}"
    most_first = sorted(it.transitions, key=lambda one: (-(one.owned.mrr_minor or 0), one.account_id))
    lines = ["So many at once are rarely the customers' doing: look at the sources and the product first."]
    return Note(key, key, "segment", it.owner or "", title, (*lines, *shortened([_line(one) for one in most_first])))


def _line(it: Transition, what: str = "") -> str:
    score = f"{'no score' if it.old_milli is None else points(it.old_milli)} → "
    score += "no score" if it.new_milli is None else points(it.new_milli)
    return f"{it.owned.name or it.account_id}: {what or WORDS[it.kind]}, {score}. {it.reason.text}"
