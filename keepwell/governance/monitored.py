"""What the newest monitoring found of a card: kept in the audit log where it changed, for the card's authority to rest on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from keepwell.book.scorer import Card, Scorer
from keepwell.feedback import audit
from keepwell.feedback.audit import Entry
from keepwell.scoring.scorecard import fingerprint
from keepwell.words.decision import AUTOMATIC
from keepwell.words.monitoring import MonitorReport

MONITOR = "monitor"  # the act in the audit log
MOST_NAMED = 3  # measures of one check
IDENTITY = 12  # characters of a card's fingerprint


def note(scorer: Scorer, card: Card, report: MonitorReport, now: datetime) -> bool:
    """Note which checks are not met, unless that was known; False: it was, or the card is none that the project runs."""
    runs = scorer.cards.get(card.name)
    if runs is None or runs.recipe.hash != card.recipe.hash:
        return False
    found = list(_unmet(report))
    if unmet(scorer, card) == tuple(found):
        return False
    details = {"as_of": report.newest, "unmet": found, "recipe": card.recipe.hash}
    with scorer.state.engine.begin() as connection:
        audit.note(connection, Entry(now, AUTOMATIC, MONITOR, _subject(card), None, details))
    return True


def unmet(scorer: Scorer, card: Card) -> tuple[str, ...] | None:
    """The checks that the newest monitoring of a card found not met; None: nobody has monitored it."""
    with scorer.state.engine.connect() as connection:
        newest = audit.newest_of(connection, (MONITOR,), _subject(card))
    return None if newest is None else tuple(newest.details["unmet"])


def _subject(card: Card) -> str:
    """The card itself, not its name alone: another one that takes the name has shown nothing yet."""
    return f"card {card.name} {fingerprint(card.compiled.plan.card)[:IDENTITY]}"


def _unmet(report: MonitorReport) -> Iterator[str]:
    """As in "stability of licence_use, nps" or "calibration"."""
    for condition in dict.fromkeys(check.condition for check in report.failing):
        named = [check.subject for check in report.failing if check.condition is condition and check.subject]
        more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        yield f"{condition.value} of {', '.join(named[:MOST_NAMED])}{more}" if named else condition.value
