"""The use-cases of the review queue and the audit log: read after actions.py, each a screenful.

what a rule may not do by itself → a question → a person's decision → a row of the audit log
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from keepwell import agreements, runs, standings
from keepwell.decisions.review import Decision, Fate, ReviewRow, lacking, may_decide, pressing
from keepwell.feedback import audit, reviews
from keepwell.feedback.audit import Entry
from keepwell.project import Project
from keepwell.scorer import Scorer
from keepwell.words.decision import Owned
from keepwell.words.problem import KeepwellError, Problem
from keepwell.words.review import AuditCheck, AuditReport, ReviewReport

MOST_NAMED = 3


@dataclass(frozen=True)
class Decided:
    """What a person decided about an item; `until` of a deferred one, `text` of an edited draft."""

    number: int
    fate: Fate
    by: str
    reason: str
    until: date | None = None
    text: str | None = None


# --- the queue


def list_reviews(project: Project, asked: str | None = None, changed: ReviewRow | None = None) -> ReviewReport:
    """What nobody has decided yet, of all or of who is asked, the most pressing first; what waits is last."""
    scorer, today = Scorer(project), project.local_day(runs.now_of(project))
    with scorer.state.engine.connect() as connection:
        rows = [row for row in reviews.undecided(connection) if asked is None or row.item.asked == asked]
    rows = sorted(_owned(scorer, rows), key=lambda row: pressing(row, today))
    shown = next(iter(_owned(scorer, [changed] if changed else [])), None)
    return ReviewReport(today, project.config.currency, tuple(rows), shown)


def decide(project: Project, done: Decided) -> ReviewReport:
    """Decide an item: once, by somebody who may, and on record. Of two at the same moment one is told."""
    scorer, now = Scorer(project), runs.now_of(project)
    decision = Decision(done.fate, done.by.strip(), done.reason.strip(), now, done.until, done.text)
    with scorer.state.engine.connect() as connection:
        [row] = _owned(scorer, [reviews.found(connection, done.number)])
    if problem := lacking(row, decision, project.local_day(now)):
        raise KeepwellError(problem)
    _refuse_others(scorer, row, decision.by)
    with scorer.state.engine.begin() as connection:
        if not reviews.decide(connection, row, decision):
            what = f"somebody else decided review {row.number} at the same moment"
            raise KeepwellError(Problem(what, fix="nothing was changed; 'keepwell review' lists what is open"))
        details = {"key": row.item.key, "kind": row.item.kind, "reason": decision.reason, "until": decision.until}
        details |= {"text": decision.text} if decision.text else {}
        entry = Entry(now, decision.by, f"review.{done.fate}", f"review {row.number}", row.item.account_id, details)
        audit.note(connection, entry)
        changed = reviews.found(connection, row.number)
    return list_reviews(project, changed=changed)


def _refuse_others(scorer: Scorer, row: ReviewRow, by: str) -> None:
    """An item is decided by who is asked, their deputy, or whom the policy escalates to."""
    agreed = agreements.policies(scorer.project, scorer.cards)
    policy = agreed.get(row.item.scorecard or "") or next(iter(agreed.values()))
    owned = row.owned
    account = {"owner": owned.owner, "seller": owned.seller, "manager": owned.manager, "segment": owned.segment}
    allowed = may_decide(policy, row.item, account)
    if allowed and by.casefold() not in [name.casefold() for name in allowed]:
        what = f"review {row.number} asks {row.item.asked}, not {by}"
        raise KeepwellError(Problem(what, expected=" or ".join(allowed[:MOST_NAMED]), fix="--by NAME"))


def _owned(scorer: Scorer, rows: Iterable[ReviewRow]) -> list[ReviewRow]:
    """The items with whose account it is and what is at stake, by the card that they are about."""
    found = list(rows)
    headline = next(iter(scorer.cards)) if found else ""
    wanted = {row.item.scorecard or headline for row in found}
    known = {card: standings.standings(scorer.state, card) for card in wanted}
    nobody = Owned()
    return [
        replace(row, owned=standing.owned if standing else nobody)
        for row in found
        for standing in [known[row.item.scorecard or headline].get(row.item.account_id)]
    ]


# --- the audit log


def audit_log(project: Project, account: str | None = None, limit: int = 20) -> AuditReport:
    """The newest rows of who did what, of one account or of all."""
    scorer = Scorer(project)
    if account is not None:
        account = runs.account_id(scorer, account, project.last_closed_day(runs.now_of(project)))
    with scorer.state.engine.connect() as connection:
        return AuditReport(audit.count(connection), tuple(audit.newest(connection, account, limit)))


def verify_audit(project: Project, kept: tuple[int, str] | None = None) -> AuditCheck:
    """Whether the audit log is whole; `kept` is a head that was noted before."""
    with Scorer(project).state.engine.connect() as connection:
        return audit.verify(connection, kept)
