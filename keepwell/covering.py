"""Whether an exception can cover anything: one with a misspelt segment, owner or reason would hold nothing back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from keepwell import runs, standings
from keepwell.plays import plays_of
from keepwell.scorer import Scorer
from keepwell.words.decision import Standing
from keepwell.words.problem import KeepwellError, Problem, nearest


def known_value(scorer: Scorer, scope: str, value: str, day: date) -> str:
    """The value as the data knows it: an account by id or name, a segment, an owner, a source; else KeepwellError."""
    match scope:
        case "account":
            return runs.account_id(scorer, value, day)
        case "segment":
            segments = {one.owned.segment for one in _book(scorer) if one.owned.segment}
            return _among("segment", value, {*scorer.project.config.segments, *segments})
        case "portfolio":
            return _among("owner", value, {one.owned.owner for one in _book(scorer) if one.owned.owner})
        case _:
            names = [source.source for source in scorer.maps]
            if value not in names:
                raise KeepwellError(Problem(f"unknown source '{value}'", fix=f"known: {', '.join(names)}"))
            return value


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


def _among(what: str, value: str, known: Iterable[str]) -> str:
    """The value; of what nothing is known yet, any."""
    names = sorted(known)
    if names and value not in names:
        raise KeepwellError(Problem(f"unknown {what} '{value}'", fix=nearest(value, names)))
    return value
