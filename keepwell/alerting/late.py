"""Alerts that nobody took up in time: which they are, and who hears of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from keepwell.book.scorer import Scorer
from keepwell.deciding import agreements, alerts
from keepwell.deciding.changes import sources_of
from keepwell.decisions import noise
from keepwell.decisions.owners import who
from keepwell.decisions.policy import Policy
from keepwell.decisions.suppression import held
from keepwell.delivery import outbox
from keepwell.delivery.route import targets
from keepwell.feedback import audit
from keepwell.words.alert import AlertRow, Handling
from keepwell.words.decision import Mode, Transition
from keepwell.words.message import Note
from keepwell.words.review import AuditRow

LATE = "late"  # of a note: that nobody acted on an alert in time
TAKEN = {f"alert.{one.value}": one for one in (Handling.CLAIMED, Handling.SNOOZED)}  # as the audit log has it
MOST_NAMED = 20  # accounts of a note


def escalate(scorer: Scorer, card: str, policy: Policy, now: datetime) -> tuple[AlertRow, ...]:
    """Tell once of each alert that nobody took up in time, in one note for all that a person hears of; the late ones."""
    late = late_rows(scorer, card, policy, scorer.project.local_day(now))
    with scorer.state.engine.begin() as connection:
        for key, group in groups(card, policy, late).items():
            told = note(key, *group)
            outbox.put(connection, told, targets(scorer.project.config.channels, told), now)
    return late


def late_rows(scorer: Scorer, card: str, policy: Policy, day: date) -> tuple[AlertRow, ...]:
    """The alerts that are late today, but for those of which exceptions cover by then all that still stands."""
    return _late(scorer, card, policy, day, alerts.current(scorer.state, scorecard=card))


def late_then(scorer: Scorer, card: str, policy: Policy, day: date) -> tuple[AlertRow, ...]:
    """The alerts that were late on a day that is over: what somebody did about them since is not there yet."""
    rows = [row for row in alerts.every(scorer.state, date.min, day) if row.scorecard == card]
    with scorer.state.engine.connect() as connection:
        taken = list(audit.of_acts(connection, TAKEN))
    moments = [part.ended_at for row in rows for part in row.parts]
    moments += [row.done_at for row in rows]
    moments += [it.at for it in taken]
    days = scorer.project.local_days(moment for moment in moments if moment is not None)
    last = {it.subject: it for it in taken if days[it.at] <= day}
    then = [
        _as_of(_handled(row, last.get(f"alert {row.number}")), days, day)
        for row in rows
        if row.told in (alerts.TOLD, alerts.LATER) and not (row.done_at is not None and days[row.done_at] <= day)
    ]
    return _late(scorer, card, policy, day, then)


def _handled(row: AlertRow, last: AuditRow | None) -> AlertRow:
    """An alert that is not done with as the last who did something about it left it: claimed, or let wait until a day."""
    if last is None:
        return replace(row, handling=Handling.OPEN, until=None)
    until = last.details["until"]
    return replace(row, handling=TAKEN[last.act], until=date.fromisoformat(until) if until else None)


def _as_of(row: AlertRow, days: Mapping[datetime, date], day: date) -> AlertRow:
    """An alert as it stood on a day: what of it was over later still stood."""
    over = [part.ended_at is not None and days[part.ended_at] <= day for part in row.parts]
    parts = [part if ended else replace(part, ended_at=None) for part, ended in zip(row.parts, over, strict=True)]
    return replace(parts[0], others=tuple(parts[1:])).standing()


def _late(scorer: Scorer, card: str, policy: Policy, day: date, rows: Iterable[AlertRow]) -> tuple[AlertRow, ...]:
    exceptions, sources = agreements.exceptions(scorer.state, policy), sources_of(scorer, scorer.cards[card])

    def is_covered(part: AlertRow) -> bool:
        return held(_as_told(part, day), exceptions, sources).mode is Mode.SUPPRESSED

    # an exception for one reason is none for the others
    return tuple(row for row in rows if row.is_late(day) and not all(map(is_covered, row.parts)))


def _as_told(row: AlertRow, day: date) -> Transition:
    """A row as a transition of a day, which an exception may cover."""
    return Transition(row.account_id, row.kind, row.episode, day, "", "", owned=row.owned, reason=row.reason)


def groups(card: str, policy: Policy, late: Iterable[AlertRow]) -> dict[str, tuple[str, date, list[AlertRow]]]:
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


def note(key: str, to: str, day: date, rows: Sequence[AlertRow]) -> Note:
    """The alerts of a day that nobody took up, the dearest first."""
    lines = [
        f"{one.owned.name or one.account_id}: {one.what} since {one.as_of}. {one.reason.text}."
        f" It was told to {one.owner or 'nobody'}; 'keepwell alerts --claim {one.number}' takes it up."
        for one in sorted(rows, key=lambda one: pressing(one, day))
    ]
    about = rows[0].owned.name or rows[0].account_id if len(rows) == 1 else f"{len(rows)} alerts"
    return Note(key, key, LATE, to, f"{about}: nobody acted by {day}", tuple(shortened(lines, "alerts")))


def pressing(row: AlertRow, today: date, *, by_score: bool = False) -> tuple[bool, bool, int, int]:
    """An order of alerts: what may wait last, what is late first, then by what is at stake."""
    waits = row.until is not None and row.until >= today
    stake = noise.stake(row.kind, row.owned.mrr_minor, row.score_milli if by_score else None)
    return waits, not row.is_late(today), -stake, row.number


def shortened(lines: Sequence[str], command: str = "transitions") -> Iterator[str]:
    """The first lines, and how many more there are."""
    yield from lines[:MOST_NAMED]
    if len(lines) > MOST_NAMED:
        yield f"and {len(lines) - MOST_NAMED} more: 'keepwell {command}' lists them"
