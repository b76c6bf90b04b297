"""The use-cases of the review queue, the audit log and authority: read after actions.py, each a screenful.

what a rule may not do by itself → a question → a person's decision → a row of the audit log
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from keepwell.alerting.waiting import ACTION
from keepwell.book.scorer import Scorer
from keepwell.deciding import agreements, alerts, expiry, standings
from keepwell.decisions.authority import at_most, conditions, includes
from keepwell.decisions.review import Decision, Fate, ReviewRow, lacking, pressing
from keepwell.delivery import outbox
from keepwell.delivery.route import targets
from keepwell.feedback import audit, grants, reviews
from keepwell.feedback.audit import Entry
from keepwell.governance import authority
from keepwell.governance.authority import Evidence
from keepwell.project import Project
from keepwell.use_cases import runs
from keepwell.words.authority import AuthorityReport, Grant, Level
from keepwell.words.decision import Owned
from keepwell.words.message import Note
from keepwell.words.problem import KeepwellError, Problem, nearest
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
        found = reviews.undecided(connection)
    mine = [row for row in found if asked in (None, row.item.asked)]
    rows = sorted(_owned(scorer, mine), key=lambda row: pressing(row, today))
    shown = next(iter(_owned(scorer, [changed] if changed else [])), None)
    people = sorted({row.item.asked for row in found if row.item.asked})
    note = f"{asked} is asked nothing; {nearest(asked, people)}" if asked and people and not rows else ""
    return ReviewReport(today, project.config.currency, tuple(rows), shown, note)


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
        expiry.follow(connection, row.item, decision, project.local_day(now))
        for note in _released(scorer, row, decision):
            outbox.put(connection, note, targets(project.config.channels, note), now)
        details = {"key": row.item.key, "kind": row.item.kind, "reason": decision.reason, "until": decision.until}
        details |= {"text": decision.text} if decision.text else {}
        entry = Entry(now, decision.by, f"review.{done.fate}", f"review {row.number}", row.item.account_id, details)
        audit.note(connection, entry)
        changed = reviews.found(connection, row.number)
    return list_reviews(project, changed=changed)


def _released(scorer: Scorer, row: ReviewRow, decision: Decision) -> Iterator[Note]:
    """What an alert's owner is told once somebody else has decided about its next step."""
    key = row.item.key.removeprefix(ACTION)
    if row.item.key == key or decision.fate is Fate.DEFERRED:
        return
    for one in alerts.current(scorer.state, scorecard=row.item.scorecard):
        if one.key == key and (one.owner or "").casefold() != decision.by.casefold():
            said = "may go on" if decision.fate is not Fate.REJECTED else "was declined"
            title = f"{one.owned.name or one.account_id}: the next step {said}, says {decision.by}"
            yield Note(f"{row.item.key}/decided", key, "review", one.owner or "", title, (decision.reason,))


def _refuse_others(scorer: Scorer, row: ReviewRow, by: str) -> None:
    """An item is decided by who is asked, their deputy, or whom the policy escalates to."""
    agreed = agreements.policies(scorer.project, scorer.cards)
    if not agreements.may(agreed, row.item, by=by, owned=row.owned):
        what = f"review {row.number} asks {row.item.asked}, not {by}"
        allowed = agreements.deciders(agreed, row.item, row.owned)
        raise KeepwellError(Problem(what, expected=" or ".join(allowed[:MOST_NAMED]), fix="--by NAME"))


def _owned(scorer: Scorer, rows: Iterable[ReviewRow]) -> list[ReviewRow]:
    """The items with whose account it is and what is at stake, by the card that they are about."""
    found = list(rows)
    headline = next(iter(scorer.cards)) if found else ""
    wanted: dict[str, set[str]] = {}
    for row in found:
        wanted.setdefault(row.item.scorecard or headline, set()).add(row.item.account_id)
    known = {card: standings.standings(scorer.state, card, accounts) for card, accounts in wanted.items()}
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


# --- authority


@dataclass(frozen=True)
class GrantRequest:
    """What to grant to which card, by whom and why; a `segment` of None is for all accounts."""

    scorecard: str
    level: Level
    by: str
    reason: str
    segment: str | None = None


def list_authority(project: Project) -> AuthorityReport:
    """What each card may do, and the conditions of each level with their figures."""
    return _reported(_evidence(project))


def _evidence(project: Project) -> dict[str, Evidence]:
    """Card → what is counted of it as of the newest closed day."""
    scorer, now = Scorer(project), runs.now_of(project)
    agreed, day = agreements.policies(project, scorer.cards), project.last_closed_day(now)
    return {name: Evidence(scorer, card, agreed[name], day, now) for name, card in scorer.cards.items()}


def _reported(
    found: Mapping[str, Evidence], granted: Grant | None = None, refused: tuple[str, ...] = ()
) -> AuthorityReport:
    day = next(iter(found.values())).day
    cards = [one for evidence in found.values() for one in authority.of_card(evidence)]
    return AuthorityReport(day, tuple(cards), granted, refused)


def grant(project: Project, asked: GrantRequest) -> AuthorityReport:
    """Grant a level to a card: a person's act, refused while the conditions of it are not met."""
    known, now = _evidence(project), runs.now_of(project)
    _refuse_senseless(project, known, asked)
    one = Grant(asked.scorecard, asked.segment, asked.level, asked.by.strip(), asked.reason.strip(), now)
    evidence = known[asked.scorecard]
    by = evidence.policy.authority.conditions
    found = conditions(evidence.of(asked.segment), by) if asked.level != "diagnose" else ()
    unmet = tuple(f"{c.level}: {c.text}: {c.found}" for c in found if not c.met and includes(asked.level, c.level))
    if unmet:
        return _reported(known, refused=unmet)
    with evidence.scorer.state.engine.begin() as connection:
        if not grants.grant(connection, one):
            raise KeepwellError(Problem("somebody else just granted it", fix="look again: 'keepwell authority'"))
        details = {"segment": one.segment, "level": one.level, "reason": one.reason}
        audit.note(connection, Entry(now, one.by, "authority.grant", f"card {one.scorecard}", None, details))
    return _reported(known, granted=one)


def _refuse_senseless(project: Project, known: Mapping[str, Evidence], asked: GrantRequest) -> None:
    """What is asked names what there is, and does not go beyond what the policy allows."""
    if asked.scorecard not in known:
        fix = nearest(asked.scorecard, list(known))
        raise KeepwellError(Problem(f"'{asked.scorecard}' is no card of this project", fix=fix))
    segments = project.config.segments
    if asked.segment is not None and asked.segment not in segments:
        raise KeepwellError(Problem(f"unknown segment '{asked.segment}'", fix=nearest(asked.segment, list(segments))))
    if not asked.by.strip() or not asked.reason.strip():
        raise KeepwellError(Problem("a grant has a name and a reason", fix='add --by NAME and --reason "..."'))
    policy = known[asked.scorecard].policy
    most = at_most(policy, asked.segment)
    if not includes(most, asked.level):
        what = f"the policy '{policy.policy}' lets '{asked.scorecard}' {most} at most, not {asked.level}"
        raise KeepwellError(Problem(what, fix="agree on it there first, under 'authority:'"))
