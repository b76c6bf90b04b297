"""The use-cases of handoffs from sales to customer success, read after actions.py.

    facts of a closed day → who crossed → its handoff, watched for 90 days → what became of it

`decide` takes every closed day that is not decided, each once; `in_transition` lists, `say` accepts or sends back,
`dossier` gathers what the document is filled from, `outcomes` tells what became of handoffs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from keepwell.book.scorer import Scorer
from keepwell.deciding import agreements
from keepwell.decisions.handoff import clocks, passes
from keepwell.decisions.handoff_outcomes import outcomes as counted
from keepwell.decisions.policy import Policy
from keepwell.delivery import outbox
from keepwell.delivery.route import targets
from keepwell.feedback import audit
from keepwell.handoff import notes, records
from keepwell.handoff.days import Daily
from keepwell.handoff.dossier import Reader
from keepwell.project import Project
from keepwell.use_cases import runs
from keepwell.words.dossier import Dossier, Purpose
from keepwell.words.figures import points
from keepwell.words.handoff import DecidedHandoffs, Handoff, HandoffOutcomes, HandoffReport, HandoffRow, Step
from keepwell.words.problem import KeepwellError, Problem


def decide(project: Project, *, as_of: date | None = None) -> DecidedHandoffs:
    """Decide the closed days up to one that are not decided: who crossed, who is late, who declined."""
    scorer, now = Scorer(project), runs.now_of(project)
    closed, policy = project.last_closed_day(now), _policy(scorer)
    found = Daily(scorer, policy, now).decide(min(as_of or closed, closed))
    seen = records.decided(scorer.state)
    until = seen[0] + timedelta(days=policy.rehearsal_days) if seen and policy.rehearsal_days else None
    shown = until if until is not None and seen is not None and seen[1] <= until else None
    return replace(found, rehearsal_until=shown)


def in_transition(project: Project, changed: Handoff | None = None) -> HandoffReport:
    """The handoffs that have not ended, those with late clocks first."""
    scorer = Scorer(project)
    policy, today = _policy(scorer), project.local_day(runs.now_of(project))
    rows = [_row(policy, it) for it in records.current(scorer.state)]
    late = sorted(rows, key=lambda row: (-sum(clock.is_late(today) for clock in row.clocks), row.handoff.since))
    gate = policy.handoff.rules().gate_milli
    return HandoffReport(today, project.config.currency, gate, tuple(late), _row(policy, changed) if changed else None)


@dataclass(frozen=True)
class Said:
    """What somebody says to a handoff: they accept it or send it back; why is needed unless it passes the gate."""

    account: str
    step: Step
    by: str
    reason: str = ""


def say(project: Project, said: Said) -> HandoffReport:
    """Accept a handoff or send it back to the seller, who is told why; on record either way."""
    scorer, now = Scorer(project), runs.now_of(project)
    policy, today = _policy(scorer), project.local_day(now)
    it = _open_handoff(scorer, said.account, project.last_closed_day(now))
    _check(policy, it, said)
    changed = replace(it, step=said.step, by=said.by, reason=said.reason, decided_on=today)
    act = "handoff.accept" if said.step is Step.ACCEPTED else "handoff.send_back"
    details = {"since": it.since.isoformat(), "track": it.track, "score_milli": it.score_milli, "reason": said.reason}
    with scorer.state.engine.begin() as connection:
        values = {"step": said.step.value, "by": said.by, "reason": said.reason, "decided_on": today}
        if not records.say(connection, it, values):
            raise KeepwellError(
                Problem(f"somebody decided on the handoff of {it.account_id} just now", fix="look again")
            )
        if said.step is Step.SENT_BACK:
            message = notes.sent_back(policy, changed)
            outbox.put(connection, message, targets(project.config.channels, message), now)
        subject = f"handoff {it.account_id} {it.since}"
        audit.note(connection, audit.Entry(now, said.by, act, subject, it.account_id, details))
    return in_transition(project, changed)


def _open_handoff(scorer: Scorer, account: str, day: date) -> Handoff:
    it = records.newest(scorer.state, runs.account_id(scorer, account, day))
    if it is None or it.ended_on is not None:
        what = f"no handoff of {account} is open"
        raise KeepwellError(
            Problem(what if it is None else f"{what}: it ended on {it.ended_on}", fix="'keepwell handoff' lists them")
        )
    return it


def _check(policy: Policy, it: Handoff, said: Said) -> None:
    """Refuse what is said already, and what needs a reason and has none."""
    if it.step is said.step:
        what = f"the handoff of {it.account_id} was {it.step.value.replace('_', ' ')} on {it.decided_on} by {it.by}"
        raise KeepwellError(Problem(what, fix="nothing to do"))
    if said.step is Step.SENT_BACK and not said.reason:
        raise KeepwellError(Problem("a handoff is sent back for a reason", fix="add --reason"))
    if (
        said.step is Step.ACCEPTED
        and not said.reason
        and not passes(policy.handoff.rules(), it.score_milli, it.missing)
    ):
        lacks = f", missing {', '.join(one.value.replace('_', ' ') for one in it.missing)}" if it.missing else ""
        what = f"it does not pass the gate: readiness {points(it.score_milli)} of at least {policy.handoff.gate}{lacks}"
        raise KeepwellError(Problem(what, fix="complete it, or say with --reason why it is accepted as it is"))


def dossier(project: Project, account: str, *, as_of: date | None = None, purpose: Purpose = Purpose.SALE) -> Dossier:
    """Everything the handoff document of an account is filled from."""
    scorer = Scorer(project)
    health = runs.explain(project, account, as_of=as_of or project.last_closed_day(runs.now_of(project)))
    it = records.newest(scorer.state, health.score.account_id) if purpose is Purpose.SALE else None
    if it is not None and it.since > health.score.as_of:
        it = None  # it had not crossed yet
    return Reader(scorer, _policy(scorer), purpose, health, it).dossier()


def outcomes(project: Project) -> HandoffOutcomes:
    """How many handoffs were lost by day 90, by track, missing input, seller and segment."""
    state, today = Scorer(project).state, project.local_day(runs.now_of(project))
    seen = records.decided(state)
    return HandoffOutcomes(today, counted(records.every(state), seen[1]) if seen else ())


def _row(policy: Policy, it: Handoff) -> HandoffRow:
    rules = policy.handoff.rules()
    return HandoffRow(it, clocks(rules, it), passes(rules, it.score_milli, it.missing))


def _policy(scorer: Scorer) -> Policy:
    """The policy of the headline card."""
    return agreements.policies(scorer.project, scorer.cards)[scorer.headline().name]
