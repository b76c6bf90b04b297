"""The use-cases of what people read before they act: which play and why, the week's brief, a pack for a review, a post-mortem.

Read after runs.py and actions.py, each a screenful.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from keepwell import portfolio
from keepwell.alerting.late import late_rows, late_then
from keepwell.book.scorer import Scorer
from keepwell.briefing import weekly
from keepwell.briefing.losses import loss_of
from keepwell.briefing.postmortem import pack, remembered
from keepwell.briefing.qbr import Inside, for_the_customer, for_us
from keepwell.briefing.quarter import DAYS, quarter
from keepwell.deciding import agreements, alerts, standings
from keepwell.deciding.changes import ClosedDay
from keepwell.deciding.deals import open_upsells
from keepwell.deciding.plays import Account, Plays, plays_of
from keepwell.deciding.standings import Decided
from keepwell.decisions import playbook as rules
from keepwell.decisions.authority import ordering
from keepwell.decisions.deadline import business_day
from keepwell.decisions.owners import who
from keepwell.decisions.playbook import Play
from keepwell.decisions.policy import Policy
from keepwell.delivery import outbox
from keepwell.delivery.html import html
from keepwell.delivery.markdown import markdown
from keepwell.delivery.route import targets
from keepwell.delivery.text import text
from keepwell.feedback import grants
from keepwell.project import Project
from keepwell.use_cases import runs
from keepwell.words.briefing import Brief, BriefReport, Pack
from keepwell.words.message import Note
from keepwell.words.play import PlayReport, PlayRow, TaskRow
from keepwell.words.problem import KeepwellError, Problem, nearest
from keepwell.words.report import Explanation

ONE_DAY = timedelta(days=1)

# --- plays ----------------------------------------------------------------------------


def playbook(project: Project, about: str | None = None) -> PlayReport:
    """All plays, those for a reason, or the one that fits an account with the reason why."""
    scorer = Scorer(project)
    plays = plays_of(scorer)
    today = project.local_day(runs.now_of(project))
    if about is None:
        return PlayReport(today, tuple(_row(plays, one) for one in plays.plays), findings=tuple(plays.findings()))
    if plays.knows(about):
        fitting = tuple(_row(plays, one) for one in plays.for_reason(about))
        return PlayReport(today, fitting, reason_code=about)
    return _of_account(scorer, plays, runs.explain(project, about), today)


def _of_account(scorer: Scorer, plays: Plays, found: Explanation, today: date) -> PlayReport:
    """The play behind an account's next step, with the people and the days of its tasks."""
    card, score = scorer.cards[found.score.scorecard], found.score
    subject = plays.about(card, score, Account(found.segment, found.lifecycle))
    policy = agreements.policies(scorer.project, scorer.cards)[card.name]
    shown: tuple[PlayRow, ...] = ()
    if found.play is not None:
        play = plays.named(found.play)
        row = replace(_row(plays, play), why=rules.why(play, subject))
        shown = (replace(_filled(row, found), tasks=_tasks(policy, play, found, today)),)
    return PlayReport(
        today,
        shown,
        account_id=score.account_id,
        name=found.name,
        reason=next((line.reason for line in score.evidence if line.reason_code == subject.code), ""),
        reason_code=subject.code,
        next_step=found.next_action,
    )


def _row(plays: Plays, play: Play) -> PlayRow:
    when, draft = play.when, play.draft
    named = [one.name for one in plays.signals.values() if one.play == play.play]
    reasons = [name for one in when.reasons for name in (named if one == rules.NAMED else [one])]
    return PlayRow(
        play=play.play,
        title=play.title,
        action=play.action,
        playbook=plays.origins[play.play],
        reasons=tuple(reasons),
        segments=when.segments,
        tiers=when.tiers,
        lifecycles=when.lifecycles,
        tasks=tuple(TaskRow(task.do, task.who, None, None, task.hours) for task in play.tasks),
        next_step=play.next_step,
        opener=play.opener,
        draft_subject=draft.subject if draft else None,
        draft_body=draft.body if draft else None,
    )


def _filled(row: PlayRow, found: Explanation) -> PlayRow:
    """The texts for the customer with the account's own names."""

    def own(given: str | None) -> str | None:
        return given and rules.filled(given, found.name, found.owner, found.seller)

    return replace(row, opener=own(row.opener), draft_subject=own(row.draft_subject), draft_body=own(row.draft_body))


def _tasks(policy: Policy, play: Play, found: Explanation, today: date) -> tuple[TaskRow, ...]:
    """The steps with the people that the policy names, and their days."""
    account = {"owner": found.owner, "seller": found.seller, "manager": found.manager, "segment": found.segment}
    return tuple(
        TaskRow(task.do, task.who, who(policy, task.who, account), business_day(policy, task.hours, today), task.hours)
        for task in play.tasks
    )


# --- briefs ---------------------------------------------------------------------------


@dataclass(frozen=True)
class BriefRequest:
    """Whose week: of one owner, of one manager, or of everybody; `deliver` puts it into the outbox."""

    owner: str | None = None
    manager: str | None = None
    as_of: date | None = None
    scorecard: str | None = None
    deliver: bool = False


def brief(project: Project, request: BriefRequest) -> tuple[BriefReport, tuple[Note, ...]]:
    """The week up to a decided day for each person who has something to read, and how each is written."""
    scorer, now = Scorer(project), runs.now_of(project)
    card = scorer.headline(request.scorecard)
    day = request.as_of or project.last_closed_day(now)
    _refuse_undecided(standings.decided(scorer.state, card.name), day)
    policy = agreements.policies(project, scorer.cards)[card.name]
    closed = ClosedDay(scorer, card, portfolio.scored_day(scorer, card, day), policy)
    told = standings.transitions(scorer.state, card.name, day - weekly.WEEK + ONE_DAY, day)
    today = project.local_day(now)
    then = min(day + ONE_DAY, today)  # the morning on which the week is told
    found = late_rows(scorer, card.name, policy, today) if then == today else late_then(scorer, card.name, policy, then)
    late = [row for row in found if row.as_of <= day]
    with scorer.state.engine.connect() as connection:
        orders = ordering(policy, grants.current(connection, card.name))
    week = weekly.Week(closed, told, late, orders)
    kept, skipped = weekly.told(_asked_for(weekly.briefs(week), request))
    notes = tuple(weekly.note(one, week) for one in kept)
    if request.deliver:
        with scorer.state.engine.begin() as connection:
            for note in notes:
                outbox.put(connection, note, targets(project.config.channels, note), now)
    queued = len(notes) if request.deliver and project.config.channels else 0
    report = BriefReport(week.since, day, card.name, project.config.currency, kept, skipped, queued)
    return report, notes


def _refuse_undecided(seen: Decided | None, day: date) -> None:
    if seen is None or seen.through < day:
        through = f"it is decided through {seen.through}" if seen else "no day is decided yet"
        raise KeepwellError(Problem(f"{day} is not decided: {through}", fix="run 'keepwell transitions'"))
    if day < seen.first:
        raise KeepwellError(Problem(f"{day} is before the first decided day", fix=f"choose one from {seen.first} on"))


def _asked_for(found: Mapping[tuple[str, str], Brief], request: BriefRequest) -> Iterator[Brief]:
    wanted = [
        (role, person)
        for role, person in (("owner", request.owner), ("manager", request.manager))
        if person is not None
    ]
    for key in wanted:
        if key not in found:
            fix = nearest(key[1], [person for role, person in found if role == key[0]])
            raise KeepwellError(Problem(f"no account has '{key[1]}' as its {key[0]}", fix=fix))
    yield from (one for key, one in found.items() if not wanted or key in wanted)


# --- one account ----------------------------------------------------------------------


class Edition(StrEnum):
    """For whom a pack is made."""

    INTERNAL = "internal"
    CUSTOMER = "customer"


def qbr(project: Project, account: str, edition: Edition, as_of: date | None = None) -> Pack:
    """The pack of a business review: ninety days of one account, for us or for the customer's eyes."""
    day = as_of or project.last_closed_day(runs.now_of(project))
    found = runs.explain(project, account, as_of=day)
    scorer = Scorer(project)
    known = quarter(scorer, found.score.account_id, found.name, day)
    if edition is Edition.CUSTOMER:
        tiers = dict.fromkeys(tier for card in scorer.cards.values() for tier in card.tiers)
        return for_the_customer(known, tiers)
    mine = [row for row in alerts.current(scorer.state) if row.account_id == known.account_id and row.as_of <= day]
    lines = [f"{row.number}: {row.what} since {row.as_of}, {row.handling}. {row.reason.text}" for row in mine]
    deals = open_upsells(scorer, {known.account_id}, day).get(known.account_id, ())
    return for_us(known, Inside(_with_change(project, found), lines, deals))


def _with_change(project: Project, found: Explanation) -> Explanation:
    """The explanation with what moved the score in the ninety days; without, where it was not known then."""
    score = found.score
    since = score.as_of - timedelta(days=DAYS)
    try:
        return runs.explain(project, score.account_id, as_of=score.as_of, since=since, scorecard=score.scorecard)
    except KeepwellError:
        return found


def postmortem(project: Project, account: str, as_of: date | None = None) -> Pack:
    """What the ninety days before an account's loss said and held, and what we did."""
    day = as_of or project.last_closed_day(runs.now_of(project))
    scorer = Scorer(project)
    card = scorer.headline()
    wanted = runs.account_id(scorer, account, day)
    loss = loss_of(scorer, wanted, day)
    if loss is None:
        fix = "a source of outcomes tells a loss, or a contract that ended a month ago and did not go on"
        raise KeepwellError(Problem(f"'{account}' is not lost, as far as {day} knows", fix=fix))
    policy = agreements.policies(project, scorer.cards)[card.name]
    closed = ClosedDay(scorer, card, portfolio.scored_day(scorer, card, as_of), policy)
    return pack(remembered(closed, loss), project.config.currency)


# --- as text --------------------------------------------------------------------------


class Form(StrEnum):
    """How a document is written."""

    TEXT = "text"
    MARKDOWN = "md"
    HTML = "html"


WRITTEN: Mapping[Form, Callable[[Note], str]] = {Form.TEXT: text, Form.MARKDOWN: markdown, Form.HTML: html}


def written(note: Note, form: Form) -> str:
    """A document in a form."""
    return WRITTEN[form](note)
