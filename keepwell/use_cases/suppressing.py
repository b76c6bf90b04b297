"""The use-cases of exceptions: read after actions.py, each a screenful.

`suppress` writes a dated one, `unsuppress` takes it back, `exceptions` shows them with what they held back, and `to_review`
those that are over and that nobody has looked at, which `reviewed` notes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa
from pydantic import ValidationError

from keepwell.book.scorer import Scorer
from keepwell.deciding import agreements, covering, expiry, standings, suppressions
from keepwell.decisions.policy import Exempt
from keepwell.decisions.suppression import scope_of
from keepwell.feedback import audit
from keepwell.feedback.audit import Entry
from keepwell.project import Project
from keepwell.use_cases import runs
from keepwell.words.action import HeldBack, SuppressReport
from keepwell.words.decision import Mode, Suppression, Transition
from keepwell.words.problem import KeepwellError, Problem

LONG_AGO = date.min


@dataclass(frozen=True)
class SuppressRequest:
    """What to suppress, why and for how long; `since` None: from today on."""

    scope: Mapping[str, str | None]  # account, segment, portfolio, source; code
    reason: str
    author: str
    until: date
    since: date | None = None
    note: str = ""


def suppress(project: Project, request: SuppressRequest) -> SuppressReport:
    """Write a dated exception, which holds back what it covers from the next decided day on."""
    scorer, now = Scorer(project), runs.now_of(project)
    today = project.local_day(now)
    found = _checked(request, today)
    scope, value = scope_of(found)
    if found.until < today:
        raise KeepwellError(Problem(f"--until: {found.until} is over", fix=f"today is {today}"))
    value = runs.account_id(scorer, value, today) if scope == "account" else value
    covering.refuse_unknown_scope(scorer, scope, value)
    covering.refuse_unknown(scorer, found.code)
    one = Suppression("", scope, value, found.code, found.reason, found.note, found.author, found.since, found.until)
    with scorer.state.engine.begin() as connection:
        written = suppressions.add(connection, one, now)
        _note(connection, "suppress.write", written, request.author, now)
    return exceptions(project, written=written)


def _note(connection: sa.Connection, act: str, one: Suppression, by: str, now: datetime) -> None:
    account = one.value if one.scope == "account" else None
    details = {name: getattr(one, name) for name in ("scope", "value", "code", "cause", "note", "since", "until")}
    audit.note(connection, Entry(now, by, act, f"suppression {one.key}", account, details))


def _checked(request: SuppressRequest, today: date) -> Exempt:
    """The exception, by the same rules as one in a policy file."""
    given = {name: value for name, value in request.scope.items() if value is not None}
    given |= {"reason": request.reason, "author": request.author, "note": request.note}
    try:
        return Exempt.model_validate({**given, "since": request.since or today, "until": request.until})
    except ValidationError as error:
        said = (str(one["msg"]).removeprefix("Value error, ") for one in error.errors())
        raise KeepwellError(*(Problem(text, fix="see 'keepwell suppress --help'") for text in said)) from None


def unsuppress(project: Project, key: str, by: str) -> SuppressReport:
    """Take an exception back from today on."""
    now = runs.now_of(project)
    with Scorer(project).state.engine.begin() as connection:
        ended = suppressions.end(connection, key, project.local_day(now))
        _note(connection, "suppress.end", ended, by, now)
    return exceptions(project, written=ended)


def reviewed(project: Project, key: str, author: str) -> SuppressReport:
    """Note that somebody looked at what an exception held back; what is left to look at."""
    now = runs.now_of(project)
    with Scorer(project).state.engine.begin() as connection:
        written = suppressions.review(connection, key, project.local_day(now), author)
        expiry.close(connection, key, author, now)
        _note(connection, "suppress.review", written, author, now)
    return to_review(project, written=written)


def to_review(project: Project, written: Suppression | None = None) -> SuppressReport:
    """The exceptions that are over and held something back which nobody has looked at."""
    report = exceptions(project, written)
    over = [row for row in report.held if row.transitions and not row.in_force and row.suppression.reviewed is None]
    return replace(report, held=tuple(row for row in over if row.suppression.since <= report.as_of))


def exceptions(project: Project, written: Suppression | None = None) -> SuppressReport:
    """The exceptions of policies and people, those in force first, each with what it held back."""
    scorer = Scorer(project)
    today = project.local_day(runs.now_of(project))
    agreed = {policy.policy: policy for policy in agreements.policies(project, scorer.cards).values()}
    found = {one.key: one for policy in agreed.values() for one in agreements.exceptions(scorer.state, policy)}
    held: dict[str, list[Transition]] = {key: [] for key in found}
    still: Counter[str] = Counter()
    for card in scorer.cards:
        now = standings.standings(scorer.state, card)
        for told in standings.transitions(scorer.state, card, LONG_AGO, today):
            if told.mode is Mode.SUPPRESSED and told.suppression in held:
                held[told.suppression].append(told)
                standing = now.get(told.account_id)
                still[told.suppression] += standing is not None and standing.episodes.get(told.kind) == told.episode
    rows = [HeldBack(one, one.holds_on(today), tuple(held[key]), still[key]) for key, one in found.items()]
    return SuppressReport(today, tuple(sorted(rows, key=lambda row: not row.in_force)), written)
