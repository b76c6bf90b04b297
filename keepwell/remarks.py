"""The use-cases of what people say back: read after actions.py, each a screenful.

`pulse` records how a person of ours sees an account: a fact like one from a source, known from now on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from keepwell import runs
from keepwell.feedback import audit
from keepwell.feedback.audit import Entry
from keepwell.lake import Lake
from keepwell.project import Project
from keepwell.scorer import Scorer
from keepwell.sources import recording
from keepwell.sources.recording import Judgement
from keepwell.timeline import rollup
from keepwell.words.problem import KeepwellError, Problem
from keepwell.words.remark import PulseReport

LEAST, MOST = 1, 5  # expects to lose it, thriving


# --- pulse ----------------------------------------------------------------------------


@dataclass(frozen=True)
class PulseRequest:
    """How a person sees an account; `day` None: today."""

    account: str
    score: int
    author: str
    note: str = ""
    day: date | None = None


def pulse(project: Project, request: PulseRequest) -> PulseReport:
    """Record a person's own view of an account under a batch of its own; scores know it from now on, never before."""
    now = runs.now_of(project)
    today = project.local_day(now)
    day, scorer = request.day or today, Scorer(project)
    if not LEAST <= request.score <= MOST:
        raise KeepwellError(
            Problem(f"a pulse of {request.score}", expected=f"{LEAST} (expects to lose it) to {MOST} (thriving)")
        )
    if day > today:
        raise KeepwellError(Problem(f"--on: {day} lies ahead", fix=f"today is {today}"))
    account = runs.account_id(scorer, request.account, today)
    judged = Judgement(account, request.score, request.author, request.note, day, project.begins_at(day), now)
    with scorer.state.write("pulse", now, partial(runs.now_of, project)) as batch:
        lake, published = Lake(project.lake_folder, batch.hold), scorer.state.published()
        lake.remove_unpublished(published)
        batch.wanted = recording.record(lake, batch.number, published, project.salt(), judged)
        if batch.wanted:
            rollup.note_references(lake, lake.connect(batch.number), batch.number, ["pulse"])
        entry = Entry(now, request.author, "pulse.record", f"pulse of {day}", account, {"score": request.score})
        batch.beside = lambda connection: audit.note(connection, entry)
    number = batch.number if batch.wanted else None
    since = max(day, project.last_closed_day(now) + timedelta(days=1))
    return PulseReport(account, day, request.score, request.author, request.note, batch.wanted, number, since)
