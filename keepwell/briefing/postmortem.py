"""After a loss: what the last ninety days said, what was told, held back and done, and what is to be decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from keepwell.book import shelf, snapshot
from keepwell.book.scorer import Row
from keepwell.briefing.losses import Loss
from keepwell.briefing.quarter import DAYS, TOGETHER, Quarter, count, quarter
from keepwell.deciding import alerts, standings
from keepwell.deciding.changes import ClosedDay
from keepwell.words.alert import AlertRow
from keepwell.words.briefing import Pack
from keepwell.words.decision import WORDS, Kind, Mode, Transition
from keepwell.words.figures import money, points
from keepwell.words.message import Note, Section

WINDOW = timedelta(days=DAYS)
WEEK = timedelta(days=7)
IN_TIME = timedelta(days=30)  # before the end, when something could still be done
MOST_TOLD, MOST_ROWS = 20, 5
HELD = {Mode.SUPPRESSED: "held back by suppression {by}", Mode.REHEARSAL: "in the days when alerts were only rehearsed"}
QUESTIONS = (
    "Was it seen in time? Where not: was it the data, a blind spot, the model, or the playbook?",
    "Was what we did the right thing for the reason that was told?",
    "What changes: the scorecard, a source's map, a play, what the CRM is told?",
)


@dataclass(frozen=True)
class Remembered:
    """What the ninety days before a loss hold."""

    loss: Loss
    name: str
    owner: str | None
    scores: Sequence[tuple[date, int | None]]
    told: Sequence[Transition]
    alerts: Sequence[AlertRow]
    evidence: tuple[date, Sequence[str]] | None  # of the newest kept day on which something could still be done
    done: Quarter
    at_risk_since: date | None = None  # the first decided day, where it was at risk by then and nothing was told since

    @property
    def is_missed(self) -> bool:
        """Whether nobody was warned, or held out on purpose: that it could be sold more to is no warning."""
        return not self.warnings

    @property
    def first_alert(self) -> date | None:
        """When somebody was first warned."""
        return min((row.as_of for row in self.warnings if row.told != alerts.HELD_OUT), default=None)

    @property
    def warnings(self) -> list[AlertRow]:
        """The alerts that say that something is wrong."""
        return [row for row in self.alerts if row.kind is not Kind.EXPANSION_READY]


def remembered(closed: ClosedDay, loss: Loss) -> Remembered:
    """Gather the ninety days before a loss; `closed` is the day on which it is looked at."""
    scorer, account, since = closed.scorer, loss.account_id, loss.day - WINDOW
    scores = shelf.scores_of(scorer, closed.connection, closed.card, account)
    weekly = [loss.day - n * WEEK for n in range(DAYS // 7, -1, -1)]
    row = next((row for row in closed.rows if row["account_id"] == account), None)
    name = row["name"] if row else account
    told = standings.transitions(scorer.state, closed.card.name, since, loss.day, account)
    return Remembered(
        loss,
        name,
        row["owner"] if row else None,
        [(day, scores[day]) for day in weekly if day in scores],
        told,
        alerts.of_account(scorer.state, account, since, loss.day),
        _evidence(closed, account, [day for day in scores if since <= day <= loss.day - IN_TIME]),
        quarter(scorer, account, name, min(loss.day, closed.day)),
        at_risk_since=None if told else _since_baseline(closed, account, scores, row),
    )


def _since_baseline(closed: ClosedDay, account: str, scores: Mapping[date, int | None], row: Row | None) -> date | None:
    """The first decided day, where the account was at risk on it and never recovered since: that is no news to tell."""
    state, card = closed.scorer.state, closed.card.name
    seen = standings.decided(state, card)
    segment = row["segment_name"] if row else None
    if seen is None or not closed.is_low({"segment_name": segment, "score_milli": scores.get(seen.first)}):
        return None
    recovered = Kind.RECOVERED in {
        one.kind for one in standings.transitions(state, card, seen.first, closed.day, account)
    }
    return None if recovered else seen.first


def _evidence(closed: ClosedDay, account: str, days: Sequence[date]) -> tuple[date, Sequence[str]] | None:
    if not days:
        return None
    day = max(days)
    score = ClosedDay(closed.scorer, closed.card, day, closed.policy).reasons.evidence_of([account]).get(account)
    if score is None:
        return None
    rows = snapshot.by_loss(score)[:MOST_ROWS]
    lines = [f"{row.reason}{f' [{row.observed_at}]' if row.observed_at else ''}" for row in rows]
    return day, lines or [snapshot.main_reason(score)]


def pack(it: Remembered, currency: str) -> Pack:
    """The post-mortem as a document."""
    sections = [
        Section("What the score said", tuple(f"{day}: {_score(milli)}" for day, milli in it.scores)),
        Section("What was told", tuple(_told(it))),
        Section("What was held back", tuple(_held(it.told))),
        Section("What we did", tuple(_done(it))),
        *([Section(f"What the evidence was on {it.evidence[0]}", tuple(it.evidence[1]))] if it.evidence else []),
        Section("To decide", QUESTIONS),
    ]
    loss = it.loss
    facts = (
        ("Lost on", str(loss.day)),
        ("Reason given", (loss.reason or "").replace("_", " ") or "none"),
        ("MRR", money(loss.mrr_minor, currency) if loss.mrr_minor is not None else "unknown"),
        ("Owner", it.owner or "nobody"),
        ("First alert", _first(it)),
    )
    key = f"postmortem/{loss.account_id}/{loss.day}"
    title = f"{it.name}: lost on {loss.day}, the {DAYS} days before"
    note = Note(key, "", "postmortem", "", title, sections=tuple(one for one in sections if one.lines), facts=facts)
    return Pack(loss.account_id, loss.day, "internal", note)


def _first(it: Remembered) -> str:
    if it.first_alert is None:
        return "none: chance held it out" if it.warnings else "none: nobody was told"
    days = (it.loss.day - it.first_alert).days
    return f"{it.first_alert}, {days} day{'' if days == 1 else 's'} before"


def _score(milli: int | None) -> str:
    return "no score" if milli is None else points(milli)


def _told(it: Remembered) -> Iterator[str]:
    handled = {(kind, row.as_of): row for row in it.alerts for kind in (row.kind, *row.also)}
    for one in [one for one in it.told if one.mode is Mode.LIVE][-MOST_TOLD:]:
        alert = handled.get((one.kind, one.as_of))
        fate = f"; {_handled(alert)}" if alert else "; no alert"
        yield f"{one.as_of}: {WORDS[one.kind]}. {one.reason.text}{fate}"


def _handled(it: AlertRow) -> str:
    if it.told == alerts.HELD_OUT:
        return "chance held it out, nobody was told"
    by = f" by {it.by}" if it.by else ""
    note = f" ({it.note})" if it.note else ""
    return f"alert {it.number} to {it.owner or 'nobody'}: {it.handling.value.replace('_', ' ')}{by}{note}"


def _held(told: Sequence[Transition]) -> Iterator[str]:
    for one in told:
        if one.mode in HELD:
            yield f"{one.as_of}: {WORDS[one.kind]}, {HELD[one.mode].format(by=one.suppression)}. {one.reason.text}"


def _done(it: Remembered) -> Iterator[str]:
    done = it.done
    yield from (count(number, *TOGETHER[kind]) for kind, number in done.together)
    if done.written:
        yield count(done.written, "e-mail of ours", "e-mails of ours")
    if done.solved:
        yield count(done.solved, "ticket solved", "tickets solved")
    last = done.last_exchange
    yield f"The last real exchange was on {last}" if last else "No exchange with them is on record"


def text_of(it: Remembered) -> str:
    """Why it is a missed risk, in a sentence for the review queue."""
    held = [one for one in it.told if one.mode in HELD]
    told = [one for one in it.told if one.mode is Mode.LIVE]
    if held:
        return f"{len(held)} change{'s were' if len(held) > 1 else ' was'} seen and held back; nobody was told."
    if told:
        return f"{WORDS[told[0].kind]} was noted on {told[0].as_of}, and no alert followed."
    if it.at_risk_since is not None:
        return (
            f"It was at risk already on {it.at_risk_since}, the first decided day. What is so by then is told to nobody:"
            " it stands in 'keepwell book' alone."
        )
    known = [(day, milli) for day, milli in it.scores if milli is not None]
    score = f"the last score was {points(known[-1][1])}, on {known[-1][0]}" if known else "it had no score"
    return f"No change was seen in the ninety days before; {score}."
