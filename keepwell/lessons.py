"""The use-cases of learning: read after runs.py, each a screenful.

    what became of customers → examples → a scorecard file, which runs.py scores by

`train` learns a card from outcomes, `evaluate` and `backtest` judge cards by them, `promote` lets a learned card lead and
`roll_back` the one before, `monitor` and `review` watch a card in use, `suggest` proposes a first one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from keepwell import alerts, inventory, runs
from keepwell.feedback import audit
from keepwell.feedback.audit import Entry
from keepwell.project import Project
from keepwell.scorer import Scorer
from keepwell.scoring.scorecard import NAME
from keepwell.suggestion import card_file, matching, proposal
from keepwell.words.learning import (
    CompanyHistory,
    Evaluation,
    ExampleTable,
    LearningSource,
    PromotionReport,
    RollbackReport,
    TrainReport,
    TrainRequest,
)
from keepwell.words.monitoring import MonitorReport, Period, Review
from keepwell.words.problem import KeepwellError, Problem
from keepwell.words.report import BackfillReport
from keepwell.words.suggestion import Suggestion, SuggestRequest

if TYPE_CHECKING:
    from keepwell.learning.samples.examples import Sample

PAST_DAYS = 65  # that a promoted card scores at once (SEMANTICS, rule 15)

# scikit-learn takes a second to load: only who learns waits for it


def train(request: TrainRequest, project: Project | None = None) -> TrainReport:
    """Learn a scorecard from a table of examples or the project's own history, examine it, and write it with its papers."""
    from keepwell.learning import training  # noqa: PLC0415
    from keepwell.learning.papers import write_card  # noqa: PLC0415

    if not re.fullmatch(NAME, request.name):
        expected = "a letter, then letters, digits, - and _"
        raise KeepwellError(Problem(f"--name: '{request.name}' is no name of a scorecard", expected=expected))
    cards = [request.expert] if request.expert is not None else []
    card, report = training.train(request, _sample(request.source, cards, project))
    return write_card(request.folder, card, report)


def evaluate(
    card: str, source: LearningSource, expert: str | None = None, project: Project | None = None
) -> Evaluation:
    """How well a scorecard foretells what became of customers, beside what else could be done."""
    from keepwell.learning.judging import examination  # noqa: PLC0415

    return examination.evaluated(_sample(source, [card, *([expert] if expert else [])], project))


def backtest(cards: Sequence[str], source: CompanyHistory, project: Project) -> tuple[Evaluation, ...]:
    """What cards would have foretold over the whole history, each beside the others."""
    from keepwell.learning.judging import examination  # noqa: PLC0415

    return examination.backtested(_sample(source, cards, project))


def _sample(source: LearningSource, cards: Sequence[str], project: Project | None) -> Sample:
    """Examples with the scores of cards: of a table, or of a project's history, where the headline card is compared with."""
    from keepwell.learning import training  # noqa: PLC0415
    from keepwell.learning.samples import history  # noqa: PLC0415

    if isinstance(source, ExampleTable):
        return training.sample_of(source, [Path(card) for card in cards])
    if project is None:
        raise KeepwellError(Problem("nothing to learn from", fix="name a table (--examples FILE) or a project folder"))
    scorer = Scorer(project)
    compared = [scorer.headline(card) for card in cards] or [scorer.headline()]
    day = project.last_closed_day(runs.now_of(project))
    sample = history.sample_of(scorer, source, day, compared)
    return replace(sample, contradictions=inventory.contradictions(scorer, day))


def promote(project: Project, challenger: Path, approved_by: str, *, shadow: bool = False) -> PromotionReport:
    """Make a learned card the project's headline card, or one that is scored beside it; its past days are scored.

    Refused where it is not better than the headline card beyond noise.
    """
    from keepwell.learning import papers  # noqa: PLC0415

    leads = project.config.scorecard
    champion = project.scorecard_file(leads)
    card, authority, gain = papers.checked(challenger, champion, shadow=shadow)
    if shadow and card.scorecard == leads:
        what = f"'{leads}' leads already: a shadow of that name would take its place"
        raise KeepwellError(Problem(what, challenger, fix="train it under another name: --name"))
    target, today = _place_for(project, challenger), project.local_day(runs.now_of(project))
    settings = None if shadow else project.with_headline(target.stem)
    approved = {"approved_by": approved_by, "approved_on": today.isoformat()}
    kept = papers.placed(card, target, approved if shadow else approved | {"replaces": leads})
    if settings is not None:
        project.rewrite(settings)
    act = "promote.shadow" if shadow else "promote"
    _note(project, approved_by, act, {"card": card.scorecard, "file": target.name, "before": None if shadow else leads})
    scored = _with_past(project)
    before = None if shadow else leads
    return PromotionReport(
        card.scorecard, str(target), approved_by, authority, shadow, gain, kept, before, len(scored.days)
    )


def _place_for(project: Project, challenger: Path) -> Path:
    """Where a card's file goes in the project; KeepwellError where the project could not compute its cards any more."""
    scorer = Scorer(project)
    name = scorer.card(str(challenger)).name
    own = {file.stem: file for file in project.scorecard_files()}
    if other := next(
        (file for stem, file in own.items() if stem != name and scorer.card(str(file)).name == name), None
    ):
        problem = Problem(f"a card of the project is named '{name}' too", other, expected="a name of its own")
        raise KeepwellError(replace(problem, fix="change 'scorecard:' there, or train under another --name"))
    return own.get(name, project.folder / "scorecards" / f"{name}.yml")


def roll_back(project: Project, by: str) -> RollbackReport:
    """Let the card lead again that the headline card replaced."""
    from keepwell.learning import papers  # noqa: PLC0415

    current = project.scorecard_file(project.config.scorecard)
    withdrawn = project.config.scorecard
    settings = project.with_headline(papers.before(current))
    before = papers.withdrawn(current, by, project.local_day(runs.now_of(project)))
    project.rewrite(settings)
    _note(project, by, "rollback", {"card": before, "withdrawn": withdrawn})
    return RollbackReport(before, withdrawn, by, len(_with_past(project).days))


def _note(project: Project, by: str, act: str, details: dict[str, str | None]) -> None:
    """The cards themselves are files: who let which lead is in the audit log too."""
    with Scorer(project).state.engine.begin() as connection:
        audit.note(connection, Entry(runs.now_of(project), by, act, f"card {details['card']}", None, details))


def _with_past(project: Project) -> BackfillReport:
    """The days by which a card's changes, streaks and trend are told, scored by the cards the project now has."""
    opened = runs.open_project(project.folder)
    until = opened.last_closed_day(runs.now_of(opened))
    return runs.backfill(opened, until - timedelta(days=PAST_DAYS), until)


def monitor(project: Project, scorecard: str | None = None) -> MonitorReport:
    """Whether a card in use still does what it did when it was made: its readings, its probabilities, its warnings."""
    from keepwell.learning.watching import monitoring  # noqa: PLC0415

    scorer = Scorer(project)
    day = project.last_closed_day(runs.now_of(project))
    return monitoring.monitored(scorer, scorer.headline(scorecard), day, _acts(scorer))


def review(project: Project, scorecard: str | None, period: Period) -> Review:
    """What a card in use got wrong in a month or quarter, with the change that would mend it."""
    from keepwell.learning.watching.review import reviewed  # noqa: PLC0415

    scorer, day = Scorer(project), project.last_closed_day(runs.now_of(project))
    file = project.scorecard_file(scorecard or project.config.scorecard)
    return reviewed(scorer, scorer.card(str(file)), (period, file), day, _acts(scorer))


def _acts(scorer: Scorer) -> dict[str, set[date]]:
    """account → local days on which somebody acted on an alert about it: whoever stayed then may have been saved."""
    found: dict[str, set[date]] = {}
    for account, moment in alerts.acts(scorer.state):
        found.setdefault(account, set()).add(scorer.project.local_day(moment))
    return found


def suggest(project: Project, request: SuggestRequest) -> Suggestion:
    """Propose a first card from the inventory and outcomes, or write the one a person described; with questions, none."""
    from keepwell.learning.judging import single_signals  # noqa: PLC0415

    scorer, day, file = Scorer(project), project.last_closed_day(runs.now_of(project)), card_file.of(project, request)
    if request.text is not None:
        card, found = matching.described(file.stem, request.text, scorer.signals, dict(request.answers))
    else:
        stock, alone = inventory.inventory(scorer, day), single_signals.of_company(scorer, day)
        card, found = proposal.proposed(file.stem, stock, scorer.signals, alone)
    if card is None:
        return found
    found = card_file.write(file, card, found)
    [counted] = runs.computed(scorer, day, [scorer.card(str(file))]) if request.text is None else [None]
    return proposal.with_accounts(found, counted)
