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
from keepwell.scoring import scorecard
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
from keepwell.words.suggestion import Suggestion, SuggestRequest

if TYPE_CHECKING:
    from keepwell.learning.samples.examples import Sample

PROMOTE, SHADOW, ROLLBACK = "promote", "promote.shadow", "rollback"  # acts in the audit log
PAST_DAYS = 65  # that a promoted card scores at once (SEMANTICS, rule 15)

# scikit-learn takes a second to load: only who learns waits for it


def train(request: TrainRequest, project: Project | None = None) -> TrainReport:
    """Learn a scorecard from a table of examples or the project's own history, examine it, and write it with its papers."""
    from keepwell.learning import training  # noqa: PLC0415
    from keepwell.learning.papers import write_card  # noqa: PLC0415

    if not re.fullmatch(scorecard.NAME, request.name):
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

    Refused where it is not better than the headline card beyond noise. The past is scored first, then the card is
    placed, then it leads: cut short, the same again finishes it.
    """
    from keepwell.learning import papers  # noqa: PLC0415

    leads = project.config.scorecard
    challenger, champion = papers.card_file(challenger, project.folder), project.scorecard_file(leads)
    if not shadow and papers.holds(champion, papers.card_in(challenger)):
        return _led_already(project, champion)
    card, authority, gain = papers.checked(challenger, champion, shadow=shadow)
    if shadow and card.scorecard == leads:
        what = f"'{leads}' leads already: a shadow of that name would take its place"
        raise KeepwellError(Problem(what, challenger, fix="train it under another name: --name"))
    target, today = _place_for(project, challenger), project.local_day(runs.now_of(project))
    settings = None if shadow else project.with_headline(target.stem)
    kept = papers.copy_of(target, card)
    before = kept.name if kept is not None and target.stem == leads else leads
    card = papers.approved(card, approved_by, today, None if shadow else before)
    days = _with_past(project, target, scorecard.dumps(card), leads if shadow else target.stem)
    papers.placed(card, target, kept)
    if settings is not None:
        project.rewrite(settings)
    _note_promotion(project, target, card, before=None if shadow else leads)
    return PromotionReport(
        scorecard=card.scorecard,
        file=str(target),
        approved_by=approved_by,
        authority=authority,
        shadow=shadow,
        gain=gain,
        replaced=None if kept is None else str(kept),
        headline_before=None if shadow else leads,
        days_scored=days,
    )


def _led_already(project: Project, file: Path) -> PromotionReport:
    """What a promotion that was cut short has left to do: the days that lack, and the note of it."""
    from keepwell.learning import papers  # noqa: PLC0415

    card = papers.card_in(file)
    days = _with_past(project, file, scorecard.dumps(card), file.stem)
    _note_promotion(project, file, card, before=card.replaces)
    who, authority = card.approved_by or "nobody", str(card.trained.get("authority", "none"))
    return PromotionReport(
        scorecard=card.scorecard,
        file=str(file),
        approved_by=who,
        authority=authority,
        shadow=False,
        gain=None,
        replaced=None,
        headline_before=card.replaces,
        days_scored=days,
        led_already=True,
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

    withdrawn, today = project.config.scorecard, project.local_day(runs.now_of(project))
    current = project.scorecard_file(withdrawn)
    before = papers.before(current)
    settings = project.with_headline(before)
    days = _with_past(project, current, papers.after_withdrawal(current, by, today), before)
    papers.withdrawn(current, by, today)
    project.rewrite(settings)
    _note(project, by, ROLLBACK, {"card": before, "withdrawn": withdrawn})
    return RollbackReport(before, withdrawn, by, days)


def _note_promotion(project: Project, file: Path, card: scorecard.Scorecard, before: str | None) -> None:
    """Note who let the card lead, or be watched, unless the newest note says so already."""
    from keepwell.learning import papers  # noqa: PLC0415

    act, hash_ = SHADOW if before is None else PROMOTE, papers.hash_of(card)
    details = {"card": card.scorecard, "file": file.name, "before": before, "hash": hash_}
    with Scorer(project).state.engine.begin() as connection:
        newest = audit.newest_of(connection, (PROMOTE, SHADOW, ROLLBACK))
    if newest is None or (newest.act, newest.details.get("hash")) != (act, hash_):
        _note(project, card.approved_by or "nobody", act, details)


def _note(project: Project, by: str, act: str, details: dict[str, str | None]) -> None:
    """The cards themselves are files: who let which lead is in the audit log too."""
    with Scorer(project).state.engine.begin() as connection:
        audit.note(connection, Entry(runs.now_of(project), by, act, f"card {details['card']}", None, details))


def _with_past(project: Project, file: Path, text: str, headline: str) -> int:
    """Score the days by which changes, streaks and trend are told as if the card's file had this text; how many there are."""
    tried = project.home / "promotion" / file.name
    tried.parent.mkdir(parents=True, exist_ok=True)
    tried.write_text(text, encoding="utf-8")
    until = project.last_closed_day(runs.now_of(project))
    scored = runs.backfill(project.trying(tried, headline), until - timedelta(days=PAST_DAYS), until)
    tried.unlink()
    return len(scored.days) + scored.skipped


def monitor(project: Project, card: str | None = None) -> MonitorReport:
    """Whether a card in use still does what it did when it was made: its readings, its probabilities, its warnings."""
    from keepwell.learning.watching import monitoring  # noqa: PLC0415

    scorer = Scorer(project)
    day = project.last_closed_day(runs.now_of(project))
    return monitoring.monitored(scorer, scorer.headline(card), day, _acts(scorer))


def review(project: Project, card: str | None, period: Period) -> Review:
    """What a card in use got wrong in a month or quarter, with the change that would mend it."""
    from keepwell.learning.watching.review import reviewed  # noqa: PLC0415

    scorer, day = Scorer(project), project.last_closed_day(runs.now_of(project))
    file = project.scorecard_file(card or project.config.scorecard)
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
