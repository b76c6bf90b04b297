"""Which card leads: a learned one that a person promotes, one that is scored beside, and the way back.

The past is scored before anything else changes: no card leads without the days that its changes are compared with, and
what was cut short is finished by the same command.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from keepwell.book.scorer import Scorer
from keepwell.feedback import audit
from keepwell.feedback.audit import Entry
from keepwell.project import SCORECARDS, Project
from keepwell.scoring import scorecard
from keepwell.state import LEASE_TIME
from keepwell.use_cases import runs
from keepwell.words.learning import PromotionReport, RollbackReport
from keepwell.words.problem import KeepwellError, Problem
from keepwell.words.review import AuditRow

PROMOTE, SHADOW, ROLLBACK = "promote", "promote.shadow", "rollback"  # acts in the audit log
PAST_DAYS = 65  # that a promoted card scores at once (SEMANTICS, rule 15)

# scikit-learn takes a second to load: only who promotes waits for it


def promote(project: Project, challenger: Path, approved_by: str, *, shadow: bool = False) -> PromotionReport:
    """Make a learned card the project's headline card, or one that is scored beside it; its past days are scored.

    Refused where it is not better than the headline card beyond noise. The past is scored first, then the card is
    placed, then it leads: cut short, the same again finishes it.
    """
    with _alone(project) as fresh:
        return _promoted(fresh, challenger, approved_by, shadow=shadow)


@contextmanager
def _alone(project: Project) -> Iterator[Project]:
    """The project as it is now, while nobody else changes which of its cards leads."""
    with Scorer(project).state.alone(PROMOTE, partial(runs.now_of, project), LEASE_TIME):
        yield runs.open_project(project.folder)


def _promoted(project: Project, challenger: Path, approved_by: str, *, shadow: bool) -> PromotionReport:
    from keepwell.learning import papers, succession  # noqa: PLC0415

    leads = project.config.scorecard
    challenger, champion = papers.card_file(challenger, project.folder), project.scorecard_file(leads)
    if not shadow and succession.leads_already(papers.card_in(challenger), champion):
        return _led_already(project, champion)
    card, authority, gain = papers.checked(challenger, champion, shadow=shadow)
    if shadow and card.scorecard == leads:
        what = f"'{leads}' leads already: a shadow of that name would take its place"
        raise KeepwellError(Problem(what, challenger, fix="train it under another name: --name"))
    target = project.place_of_card(Scorer(project).card(str(challenger)).name)  # a card that the project can compute
    today = project.local_day(runs.now_of(project))
    settings = None if shadow else project.with_headline(target.stem)
    kept = succession.copy_of(target, champion if target.stem == leads else target, card)
    before = kept.to.name if kept is not None and target.stem == leads else leads
    card = succession.approved(card, approved_by, today, None if shadow else before)
    days = _with_past(project, target, scorecard.dumps(card), leads if shadow else target.stem)
    succession.placed(card, target, kept)
    if settings is not None:
        project.rewrite(settings)
    _note_promotion(project, target, card, before=None if shadow else leads)
    report = _report(card, target, authority, None if shadow else leads, days)
    return replace(report, gain=gain, replaced=None if kept is None else str(kept.to))


def _led_already(project: Project, file: Path) -> PromotionReport:
    """What a promotion that was cut short has left to do: the days that lack, and the note of it."""
    from keepwell.learning import papers  # noqa: PLC0415

    card = papers.card_in(file)
    if card.withdrawn_by is not None:
        what = f"'{card.scorecard}' was withdrawn by {card.withdrawn_by}, but still leads: that rollback was cut short"
        raise KeepwellError(Problem(what, file, fix="'keepwell rollback' finishes it"))
    days = _with_past(project, file, scorecard.dumps(card), file.stem)
    _note_promotion(project, file, card, before=card.replaces)
    authority = str(card.trained.get("authority", "none"))
    return replace(_report(card, file, authority, card.replaces, days), led_already=True)


def _report(card: scorecard.Scorecard, file: Path, authority: str, before: str | None, days: int) -> PromotionReport:
    return PromotionReport(
        scorecard=card.scorecard,
        file=str(file),
        approved_by=card.approved_by or "nobody",
        authority=authority,
        shadow=before is None,
        gain=None,
        replaced=None,
        headline_before=before,
        days_scored=days,
    )


def roll_back(project: Project, by: str) -> RollbackReport:
    """Let the card lead again that the headline card replaced; where that was cut short, the same again finishes it."""
    with _alone(project) as fresh:
        return _taken_back(fresh, by)


def _taken_back(project: Project, by: str) -> RollbackReport:
    from keepwell.learning import succession  # noqa: PLC0415

    leads, today = project.config.scorecard, project.local_day(runs.now_of(project))
    current = project.scorecard_file(leads)
    if (promoted := _not_noted(project, current)) is not None:
        said, withdrawn = promoted
        days = _with_past(project, current, current.read_text(encoding="utf-8"), leads)
        return _rolled_back(project, RollbackReport(leads, withdrawn, said, days))
    before = succession.before(current)
    settings = project.with_headline(before)
    days = _with_past(project, current, succession.after_withdrawal(current, by, today), before)
    succession.withdrawn(current, by, today)
    project.rewrite(settings)
    return _rolled_back(project, RollbackReport(before, leads, by, days))


def _rolled_back(project: Project, report: RollbackReport) -> RollbackReport:
    """The report, once it is noted."""
    _note(project, report.by, ROLLBACK, {"card": report.scorecard, "withdrawn": report.withdrawn})
    return report


def _not_noted(project: Project, current: Path) -> tuple[str, str] | None:
    """(who, card) of a rollback that was cut short after the card before led again; None: there is none."""
    from keepwell.learning import succession  # noqa: PLC0415

    newest = _newest(project, (PROMOTE, ROLLBACK))
    if newest is None or newest.act != PROMOTE:
        return None
    place = project.folder / SCORECARDS / str(newest.details["file"])
    by = succession.withdrawn_since(place, current, str(newest.details["hash"]))
    return None if by is None else (by, str(newest.details["card"]))


def _note_promotion(project: Project, file: Path, card: scorecard.Scorecard, before: str | None) -> None:
    """Note who let the card lead, or be watched, unless the newest note says so already."""
    from keepwell.learning import papers  # noqa: PLC0415

    act, hash_ = SHADOW if before is None else PROMOTE, papers.hash_of(card)
    details = {"card": card.scorecard, "file": file.name, "before": before, "hash": hash_}
    newest = _newest(project, (PROMOTE, SHADOW, ROLLBACK))
    if newest is None or (newest.act, newest.details.get("hash")) != (act, hash_):
        _note(project, card.approved_by or "nobody", act, details)


def _newest(project: Project, acts: Sequence[str]) -> AuditRow | None:
    with Scorer(project).state.engine.begin() as connection:
        return audit.newest_of(connection, acts)


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
