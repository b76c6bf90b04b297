"""The use-cases of learning: read after runs.py, each a screenful.

    what became of customers → examples → a scorecard file, which runs.py scores by

`train` learns a card from outcomes, `evaluate` and `backtest` judge cards by them, `monitor` and `review` watch a card in use,
`suggest` proposes a first one. Which card leads is decided in promoting.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from keepwell import document
from keepwell.book import inventory, shelf
from keepwell.book.scorer import Scorer
from keepwell.deciding import alerts
from keepwell.governance import monitored
from keepwell.project import FILE, SCORECARDS, Project
from keepwell.scoring import scorecard
from keepwell.suggestion import card_file, choice, matching, proposal
from keepwell.use_cases import runs
from keepwell.words.learning import (
    CompanyHistory,
    Evaluation,
    ExampleTable,
    LearningSource,
    TrainReport,
    TrainRequest,
)
from keepwell.words.monitoring import MonitorReport, Period, Review
from keepwell.words.problem import KeepwellError, Problem
from keepwell.words.suggestion import Suggestion, SuggestRequest

if TYPE_CHECKING:
    from keepwell.learning.samples.examples import Sample

# scikit-learn takes a second to load: only who learns waits for it


def train(request: TrainRequest, project: Project | None = None) -> TrainReport:
    """Learn a scorecard from a table of examples or the project's own history, examine it, and write it with its papers."""
    cards = [request.expert] if request.expert is not None else []
    _check_cards(cards, project)
    from keepwell.learning import training  # noqa: PLC0415
    from keepwell.learning.papers import check_place, write_card  # noqa: PLC0415

    if not re.fullmatch(scorecard.NAME, request.name):
        expected = "a letter, then letters, digits, - and _"
        raise KeepwellError(Problem(f"--name: '{request.name}' is no name of a scorecard", expected=expected))
    _check_project_of(request.folder, request.name)
    check_place(request.folder, request.name)
    card, report = training.train(request, _sample(request.source, cards, project))
    return write_card(request.folder, card, report)


def _check_project_of(folder: Path, name: str) -> None:
    """KeepwellError where a card of this name, among the scorecards of a project, would lead or stop its commands."""
    place = folder.absolute()
    if place.name != SCORECARDS or not (place.parent / FILE).is_file():
        return
    project = Project.open(place.parent)
    if name == project.config.scorecard:
        what = "this card leads the project, training would take its place"
        raise KeepwellError(Problem(what, folder / f"{name}.yml", fix="train under another --name, then promote it"))
    project.place_of_card(name)


def evaluate(
    card: str, source: LearningSource, expert: str | None = None, project: Project | None = None
) -> Evaluation:
    """How well a scorecard foretells what became of customers, beside what else could be done."""
    cards = [card, *([expert] if expert else [])]
    _check_cards(cards, project)
    from keepwell.learning.judging import examination  # noqa: PLC0415

    return examination.evaluated(_sample(source, cards, project))


def backtest(cards: Sequence[str], source: CompanyHistory, project: Project) -> tuple[Evaluation, ...]:
    """What cards would have foretold over the whole history, each beside the others."""
    _check_cards(cards, project)
    from keepwell.learning.judging import examination  # noqa: PLC0415

    return examination.backtested(_sample(source, cards, project))


def _check_cards(cards: Sequence[str], project: Project | None) -> None:
    """KeepwellError where there is no such card: before what takes minutes."""
    for card in cards:
        if project is None:
            document.existing(Path(card))
        else:
            project.named_scorecard(card)


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


def monitor(project: Project, card: str | None = None) -> MonitorReport:
    """Whether a card in use still does what it did when it was made: its readings, its probabilities, its warnings.

    Which checks are not met is noted where that is news: the card's authority rests on it.
    """
    _check_cards([card] if card is not None else [], project)
    from keepwell.learning.watching import monitoring  # noqa: PLC0415

    scorer, now = Scorer(project), runs.now_of(project)
    found = scorer.headline(card)
    report = monitoring.monitored(scorer, found, project.last_closed_day(now), _acts(scorer))
    monitored.note(scorer, found, report, now)
    return report


def review(project: Project, card: str | None, period: Period) -> Review:
    """What a card in use got wrong in a month or quarter, with the change that would mend it."""
    file = project.named_scorecard(card) if card is not None else project.scorecard_file(project.config.scorecard)
    from keepwell.learning.watching.review import reviewed  # noqa: PLC0415

    scorer, now = Scorer(project), runs.now_of(project)
    found, day = scorer.card(str(file)), project.last_closed_day(now)
    report = reviewed(scorer, found, (period, file), day, _acts(scorer))
    monitored.note(scorer, found, report.monitor, now)
    return report


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
        return found if card is None else card_file.write(file, card, found)
    connection = scorer.connect()
    stock = inventory.inventory(scorer, connection, day)
    told = single_signals.of_company(scorer, day, choice.readable(stock.rows, scorer.signals))
    card, found = proposal.proposed(file.stem, stock, scorer.signals, told.alone, told.span)
    found = card_file.write(file, card, found)
    written = scorer.card(str(file))  # by the readings that the inventory was made from
    return proposal.with_accounts(found, shelf.counted(written, scorer.score(connection, written)))
