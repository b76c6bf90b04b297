"""Whether an exception can cover anything: one with a misspelt segment, owner or reason would hold nothing back."""

from __future__ import annotations

from collections.abc import Iterable

from keepwell.book.scorer import Scorer
from keepwell.deciding import standings
from keepwell.deciding.plays import plays_of
from keepwell.words.decision import Standing
from keepwell.words.problem import KeepwellError, Problem, nearest


def refuse_unknown_scope(scorer: Scorer, scope: str, value: str) -> None:
    """KeepwellError for a segment, an owner or a source that the data does not know."""
    match scope:
        case "segment":
            segments = {one.owned.segment for one in _book(scorer) if one.owned.segment}
            _among("segment", value, {*scorer.project.config.segments, *segments})
        case "portfolio":
            _among("owner", value, {one.owned.owner for one in _book(scorer) if one.owned.owner})
        case "source":
            names = [source.source for source in scorer.maps]
            if value not in names:
                raise KeepwellError(Problem(f"unknown source '{value}'", fix=f"known: {', '.join(names)}"))


def is_reason(scorer: Scorer, code: str) -> bool:
    """Whether a card can give a reason: a signal, its code, or a guard."""
    return code in _guards(scorer) or plays_of(scorer).knows(code)


def refuse_unknown(scorer: Scorer, code: str | None) -> None:
    """KeepwellError for a reason that no card gives."""
    if code is not None and not is_reason(scorer, code):
        known = [*scorer.signals, *_guards(scorer)]
        raise KeepwellError(Problem(f"'{code}' is no reason", fix=nearest(code, known)))


def _book(scorer: Scorer) -> Iterable[Standing]:
    return (one for card in scorer.cards for one in standings.standings(scorer.state, card).values())


def _guards(scorer: Scorer) -> list[str]:
    return [f"guard.{guard.name}" for card in scorer.cards.values() for guard in card.compiled.plan.card.guards]


def _among(what: str, value: str, known: Iterable[str]) -> None:
    """Of what nothing is known yet, any will do."""
    names = sorted(known)
    if names and value not in names:
        raise KeepwellError(Problem(f"unknown {what} '{value}'", fix=nearest(value, names)))
