"""The use-cases of what people read before they act: which play and why, the week's brief, a pack for a review, a post-mortem.

Read after runs.py and actions.py, each a screenful.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from keepwell import agreements, runs
from keepwell.decisions import playbook as rules
from keepwell.decisions.deadline import business_day
from keepwell.decisions.owners import who
from keepwell.decisions.playbook import Play
from keepwell.decisions.policy import Policy
from keepwell.plays import Account, Plays, plays_of
from keepwell.project import Project
from keepwell.scorer import Scorer
from keepwell.words.play import PlayReport, PlayRow, TaskRow
from keepwell.words.report import Explanation

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
        playbook=str(plays.origins[play.play]),
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

    def text(given: str | None) -> str | None:
        return given and rules.filled(given, found.name, found.owner, found.seller)

    return replace(row, opener=text(row.opener), draft_subject=text(row.draft_subject), draft_body=text(row.draft_body))


def _tasks(policy: Policy, play: Play, found: Explanation, today: date) -> tuple[TaskRow, ...]:
    """The steps with the people that the policy names, and their days."""
    account = {"owner": found.owner, "seller": found.seller, "manager": found.manager, "segment": found.segment}
    return tuple(
        TaskRow(task.do, task.who, who(policy, task.who, account), business_day(policy, task.hours, today), task.hours)
        for task in play.tasks
    )
