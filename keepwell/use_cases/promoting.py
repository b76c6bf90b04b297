"""Which card leads: a learned one that a person promotes, one that is scored beside, and the way back.

The past is scored before anything else changes: no card leads without the days that its changes are compared with, and
what was cut short is finished by the same command.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from keepwell.book.scorer import Scorer
from keepwell.feedback import audit
from keepwell.feedback.audit import Entry
from keepwell.project import Project
from keepwell.scoring import scorecard
from keepwell.use_cases import runs
from keepwell.words.learning import PromotionReport, RollbackReport
from keepwell.words.problem import KeepwellError, Problem

PROMOTE, SHADOW, ROLLBACK = "promote", "promote.shadow", "rollback"  # acts in the audit log
PAST_DAYS = 65  # that a promoted card scores at once (SEMANTICS, rule 15)

# scikit-learn takes a second to load: only who promotes waits for it


def promote(project: Project, challenger: Path, approved_by: str, *, shadow: bool = False) -> PromotionReport:
    """Make a learned card the project's headline card, or one that is scored beside it; its past days are scored.

    Refused where it is not better than the headline card beyond noise. The past is scored first, then the card is
    placed, then it leads: cut short, the same again finishes it.
    """
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
    kept = succession.copy_of(target, card)
    before = kept.name if kept is not None and target.stem == leads else leads
    card = succession.approved(card, approved_by, today, None if shadow else before)
    days = _with_past(project, target, scorecard.dumps(card), leads if shadow else target.stem)
    succession.placed(card, target, kept)
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


def roll_back(project: Project, by: str) -> RollbackReport:
    """Let the card lead again that the headline card replaced."""
    from keepwell.learning import succession  # noqa: PLC0415

    withdrawn, today = project.config.scorecard, project.local_day(runs.now_of(project))
    current = project.scorecard_file(withdrawn)
    before = succession.before(current)
    settings = project.with_headline(before)
    days = _with_past(project, current, succession.after_withdrawal(current, by, today), before)
    succession.withdrawn(current, by, today)
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
