"""The use-cases of what a score may change: read after runs.py, each a screenful.

    kept scores → standings → transitions, as the policy says and but for what is suppressed

`transitions` decides every closed day that is not decided, each exactly once, with its alerts; `handle` notes what somebody
did about one; `check_policy` asks whether the agreement holds for the whole book.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from keepwell.alerting import messages, waiting
from keepwell.alerting.late import escalate, pressing
from keepwell.book import shelf
from keepwell.book.scorer import Card, Scorer
from keepwell.deciding import agreements, alerts, outages, standings
from keepwell.deciding.ahead import Ahead
from keepwell.deciding.changes import ClosedDay
from keepwell.deciding.standings import Decided
from keepwell.decisions.authority import ordering
from keepwell.decisions.noise import Orders
from keepwell.decisions.policy import Policy
from keepwell.feedback import audit, grants, verdicts
from keepwell.feedback.audit import Entry
from keepwell.governance import authority, policy_check
from keepwell.project import Project
from keepwell.use_cases import runs
from keepwell.words.action import CardDecisions, DecisionReport, PolicyReport
from keepwell.words.alert import Action, AlertReport, AlertRow, Handling
from keepwell.words.decision import Standing, Status
from keepwell.words.problem import KeepwellError, Problem, nearest
from keepwell.words.report import Explanation
from keepwell.words.review import Decision
from keepwell.words.steps import Progress, unheard
from keepwell.words.verdict import Cause, Said, Verdict

ONE_DAY, WEEK, MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=30)
LONG_AGO = date.min


# --- transitions ----------------------------------------------------------------------


def transitions(
    project: Project, *, as_of: date | None = None, since: date | None = None, tell: Progress = unheard
) -> DecisionReport:
    """Decide the closed days up to one that are not decided, by every card, and tell what changed.

    Days that are not scored are scored first, so that a run that comes late, or after days without one, tells
    what each of them would have told. The report shows what was told `since` a day, by default what is new.
    """
    day = closed_day(project, as_of)
    scorer = Scorer(project)
    agreed = agreements.policies(project, scorer.cards)
    begun = {name: standings.decided(scorer.state, name) for name in scorer.cards}
    if _score_what_lacks(scorer, {one for seen in begun.values() for one in undecided(seen, day)}, tell):
        scorer = Scorer(project)  # which sees what was published since
    now = runs.now_of(project)
    newest = {
        name: max(day, seen.through) if seen else day for name, seen in begun.items()
    }  # no older day costs a right
    lost = {name: authority.lose(scorer, card, agreed[name], newest[name], now) for name, card in scorer.cards.items()}
    done = [_decide(scorer, card, agreed[card.name], day, tell) for card in scorer.cards.values()]
    late = {name: escalate(scorer, name, agreed[name], now) for name in scorer.cards}
    shown = since or min((days[0] for days, _ in done if days), default=day)
    cards = [
        replace(
            _told(scorer, card, agreed[card.name], (shown, day), decided), late=late[card.name], lost=lost[card.name]
        )
        for card, decided in zip(scorer.cards.values(), done, strict=True)
    ]
    return DecisionReport(shown, day, project.config.currency, tuple(cards))


def closed_day(project: Project, as_of: date | None) -> date:
    """The day that is asked for, by default the newest closed one; KeepwellError where it has not closed."""
    closed = project.last_closed_day(runs.now_of(project))
    if as_of is not None and as_of > closed:
        raise KeepwellError(Problem(f"{as_of} has not closed yet", fix=f"the last closed day is {closed}"))
    return as_of or closed


def undecided(seen: Decided | None, day: date) -> Iterator[date]:
    """The days that are still to be decided, oldest first; of a card that begins, the one asked for."""
    first = day if seen is None else seen.through + ONE_DAY
    yield from (first + timedelta(days=n) for n in range((day - first).days + 1))


def compared_with(day: date) -> tuple[date, ...]:
    """The days whose scores a decided day is measured against."""
    return day - MONTH, day - WEEK


def _score_what_lacks(scorer: Scorer, days: set[date], tell: Progress) -> bool:
    """Score the days, and those that they are compared with, where the lake does not keep them; False: it does."""
    begin = shelf.first_known(scorer)
    needed = {day: {day, *(one for one in compared_with(day) if scorer.project.close_at(one) > begin)} for day in days}
    missing = shelf.lacking(scorer, sorted(set().union(*needed.values())))
    lacking = sorted(day for day, some in needed.items() if some & missing)
    if lacking:  # the earliest of them must be known: a day before any data cannot be decided
        every = {one for day in lacking for one in (day, *shelf.compared_days(day))}
        runs.fill(scorer.project, sorted(every), tell, min(lacking))
    return bool(lacking)


def _decide(scorer: Scorer, card: Card, policy: Policy, day: date, tell: Progress) -> tuple[list[date], int]:
    """The days that this run decided, and how many statuses are other by another recipe of the card."""
    days, by_recipe, ahead = [], 0, None
    while (seen := standings.decided(scorer.state, card.name)) is None or seen.through < day:
        before = standings.standings(scorer.state, card.name)
        today, *later = undecided(seen, day)
        now = runs.now_of(scorer.project)
        if ahead is None or today not in ahead.days:
            ahead = Ahead.of(scorer, card, [today, *later], policy.rules(), policy.stop_rules)
        if card is scorer.headline():
            outages.watch(scorer, policy, (today, ahead.heard.silent(today)), now)
        exceptions = agreements.exceptions(scorer.state, policy)
        closed = ClosedDay(scorer, card, today, policy, ahead)
        decided = closed.decided(before, seen, exceptions)
        shown_only = seen is None or policy.rehearses(seen.first, today)
        grouped = [] if shown_only else outages.grouped(decided.transitions, exceptions, policy)
        beside = messages.beside(closed, decided, now, notes=grouped)
        # else another process was first: look where it stands
        if standings.commit(scorer.state, decided, seen, beside):
            days.append(closed.day)
            told = len(decided.transitions)
            tell(f"{closed.day} decided by {card.name}: {told:,} transition{'' if told == 1 else 's'}")
            by_recipe += _moved_by_recipe(before, decided.standings)
    return days, by_recipe


def _moved_by_recipe(before: Mapping[str, Standing], after: Iterable[Standing]) -> int:
    """How many accounts have another status on the first day of another recipe."""
    known = ((before[one.account_id], one) for one in after if one.account_id in before)
    return sum(was.recipe != one.recipe and was.status is not one.status for was, one in known)


def _told(
    scorer: Scorer, card: Card, policy: Policy, shown: tuple[date, date], done: tuple[list[date], int]
) -> CardDecisions:
    """What stands in the state database after a run."""
    seen = standings.decided(scorer.state, card.name)
    assert seen is not None  # noqa: S101  it was decided just now
    counts = standings.statuses(scorer.state, card.name)
    watched = agreements.is_watched(scorer.cards, card.name)
    rehearsal = seen.first + timedelta(days=policy.rehearsal_days)
    return CardDecisions(
        scorecard=card.name,
        policy=policy.policy,
        baseline=seen.first,
        through=seen.through,
        days=tuple(done[0]),
        statuses=tuple((status.value, counts[status]) for status in Status if status in counts),
        transitions=standings.transitions(scorer.state, card.name, *shown),
        by_recipe=done[1],
        rehearsal_until=rehearsal if policy.rehearsal_days and shown[1] <= rehearsal and not watched else None,
        watched=watched,
    )


# --- policy ---------------------------------------------------------------------------


def check_policy(project: Project) -> PolicyReport:
    """The five questions of a handoff, answered for the whole book, and what the policies leave open."""
    return policy_check.checked(Scorer(project), project.local_day(runs.now_of(project)))


def example(project: Project) -> Explanation | None:
    """A real account at risk by the headline card, the one with most at stake; None: there is none."""
    scorer = Scorer(project)
    card = next(iter(scorer.cards))
    standing = standings.standings(scorer.state, card).values()
    at_risk = [one for one in standing if one.status is Status.AT_RISK]
    if not at_risk:
        return None
    most = min(at_risk, key=lambda one: (-(one.owned.mrr_minor or 0), one.account_id))
    return runs.explain(project, most.account_id, as_of=most.as_of, scorecard=card)


# --- alerts ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Handled:
    """What somebody did about an alert; a snooze says through which day, and why."""

    number: int
    handling: Handling
    by: str
    until: date | None = None
    note: str = ""
    cause: Cause | None = None  # of a false alarm
    code: str | None = None  # and the reason that was false, where that is not the one told


def list_alerts(project: Project, owner: str | None = None, changed: AlertRow | None = None) -> AlertReport:
    """The alerts that are not done with, the most pressing first; snoozed ones come back after their day."""
    today = project.local_day(runs.now_of(project))
    scorer = Scorer(project)
    state, found = scorer.state, alerts.current(scorer.state)
    orders = _orders(scorer) if found else {}

    def order(row: AlertRow) -> tuple[bool, bool, int, int]:
        by_score = row.scorecard in orders and orders[row.scorecard](row.owned.segment)
        return pressing(row, today, by_score=by_score)

    rows = sorted((row for row in found if owner in (None, row.owner)), key=order)
    told = sorted({row.owner for row in found if row.owner})
    note = f"{owner} has none; {nearest(owner, told)}" if owner and told and not rows else ""
    note = note or ("" if found or changed else _why_none(scorer))
    with state.engine.connect() as connection:
        return AlertReport(today, project.config.currency, tuple(waiting.stood(connection, rows)), changed, note)


def _why_none(scorer: Scorer) -> str:
    """Why nobody was told of anything yet; empty: there was nothing to tell, or it is done with."""
    seen = standings.decided(scorer.state, scorer.headline().name)
    if seen is None:
        return "No alert: no day is decided yet; 'keepwell run' sets the baseline that news is measured against."
    days = agreements.policies(scorer.project, scorer.cards)[scorer.headline().name].rehearsal_days
    last = seen.first + timedelta(days=days)
    if not days or seen.through > last:
        return ""
    would = f"'keepwell transitions --since {seen.first}' shows what would have fired"
    return f"No alert: through {last} is the rehearsal (rehearsal_days in the policy), nobody is told; {would}."


def _orders(scorer: Scorer) -> dict[str, Orders]:
    """Card → segment → whether its scores may order the alerts of accounts."""
    agreed = agreements.policies(scorer.project, scorer.cards)
    with scorer.state.engine.connect() as connection:
        return {name: ordering(policy, grants.current(connection, name)) for name, policy in agreed.items()}


def handle(project: Project, done: Handled) -> AlertReport:
    """Note what somebody did about an alert: they take it up, let it wait, have acted, or say that it was none."""
    now = runs.now_of(project)
    today = project.local_day(now)
    if done.handling is Handling.SNOOZED and (done.until is None or done.until < today or not done.note):
        raise KeepwellError(
            Problem("an alert waits until a day, for a reason", fix=f"--until D from {today} on, and --note")
        )
    values = {"handling": done.handling.value, "by": done.by, "until": done.until, "note": done.note}
    scorer = Scorer(project)
    state = scorer.state
    before = alerts.found(state, done.number)
    taken = before and before.handling is done.handling is Handling.CLAIMED and before.by != done.by
    notes = [f"{before.by} had claimed it: agree who goes on"] if before and taken else []
    with state.engine.begin() as connection:
        if before is None:
            raise KeepwellError(alerts.not_open(connection, done.number))
        changed = alerts.change(connection, before, values, now)
        if done.handling is Handling.DONE:
            waiting.refuse_stopped(connection, changed)
        fate, why = waiting.said_by(changed)
        may = partial(agreements.may, agreements.policies(project, scorer.cards), by=done.by, owned=changed.owned)
        review = waiting.follow(connection, changed, Decision(fate, done.by, why, now), may)
        [now_is] = waiting.stood(connection, [changed])
        if done.handling is not Handling.SNOOZED and now_is.action is Action.PROPOSED:
            notes.append(f"its next step still asks {now_is.asked or 'somebody'}: 'keepwell review {now_is.review}'")
        details = {
            "until": done.until,
            "note": done.note,
            "kind": changed.kind,
            "episode": changed.episode,
            "review": review,
        }
        act, subject = f"alert.{done.handling.value}", f"alert {changed.number}"
        audit.note(connection, Entry(now, done.by, act, subject, changed.account_id, details))
        if done.handling is Handling.FALSE_ALARM:
            verdicts.add(connection, verdict_on(changed, Said.FALSE_ALARM, done, now))
    if changed.number != done.number:
        notes.append(f"what {done.number} was about is told by alert {changed.number}")
    return replace(list_alerts(project, changed=changed), note="; ".join(notes))


def verdict_on(alert: AlertRow, said: Said, done: Handled, now: datetime) -> Verdict:
    """What somebody says of an alert."""
    about = (alert.account_id, alert.scorecard, alert.as_of)
    code = done.code or alert.reason.code
    return Verdict(0, *about, said, code, done.note, done.by, now, cause=done.cause, alert=alert.number)
