"""The use-cases of handoffs from sales to customer success, read after actions.py.

facts of a closed day → who crossed → its handoff, watched for 90 days
"""

from __future__ import annotations

from datetime import date

from keepwell import agreements, runs
from keepwell.decisions.policy import Policy
from keepwell.handoff.days import Daily
from keepwell.project import Project
from keepwell.scorer import Scorer
from keepwell.words.handoff import Tidings


def decide(project: Project, *, as_of: date | None = None) -> tuple[list[date], list[Tidings]]:
    """Decide the closed days up to one that are not decided: who crossed, who is late, who declined."""
    scorer, now = Scorer(project), runs.now_of(project)
    closed = project.last_closed_day(now)
    return Daily(scorer, _policy(scorer), now).decide(min(as_of or closed, closed))


def _policy(scorer: Scorer) -> Policy:
    """The policy of the headline card."""
    return agreements.policies(scorer.project, scorer.cards)[scorer.headline().name]
