"""Exceptions for one reason of one account: what the other reasons tell is told all the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from keepwell.book import snapshot
from keepwell.deciding import standings, telling
from keepwell.decisions.border import Border
from keepwell.decisions.rules import Rules
from keepwell.state import State
from keepwell.words.decision import Kind, Standing, Status, Suppression, Transition
from keepwell.words.score import Change, Evidence, Score

RISKS = (Kind.AT_RISK, Kind.POOR_FOR_WEEKS, Kind.RENEWAL_AT_RISK)
Falls = Mapping[str, int | None]  # account → what behaviour and silence took in a month


def is_about(row: Evidence, code: str) -> bool:
    """Whether a row of a score is the reason that an exception names, by its code or its signal."""
    return code in (row.reason_code, row.signal)


def tells_without(
    told: Transition, code: str, score: Score, change: Change | None, marks: tuple[Rules, Border | None]
) -> bool:
    """Whether it would be told if the excepted reason cost nothing: a dispute does not silence a lost champion."""
    rules, border = marks
    excepted = [row for row in snapshot.by_loss(score) if is_about(row, code)]
    if told.kind is Kind.DROP and change is not None:
        names = {row.name for row in excepted}
        return -sum(by for name, by in telling.moved(change) if name not in names) >= rules.drop_milli
    mark = rules.at_risk_milli if rules.at_risk_milli is not None or border is None else border.milli
    if told.kind not in RISKS or mark is None or score.score_milli is None:
        return False
    return score.score_milli + sum(map(snapshot.loss, excepted)) < mark


def in_silence(
    state: State, card: str, found: Sequence[Standing], exceptions: Iterable[Suppression], falls: Falls
) -> Iterator[Transition]:
    """What stands open and was held back by an exception for one reason, as if the day told it."""
    day = max((one.as_of for one in found), default=date.min)
    keys = {one.key: one.value for one in exceptions if one.scope == "account" and one.code and one.holds_on(day)}
    if not keys:
        return
    held = standings.held_back(state, card, keys)
    for one in found:
        if one.account_id in keys.values() and one.by_card is None and one.score_milli is not None:
            for kind in (Kind.AT_RISK, Kind.DROP):
                if (one.account_id, kind, one.episodes.get(kind)) in held and _holds(one, kind, falls):
                    yield _as_told(one, kind, falls)


def _holds(one: Standing, kind: Kind, falls: Falls) -> bool:
    return one.status is Status.AT_RISK if kind is Kind.AT_RISK else falls.get(one.account_id) is not None


def _as_told(one: Standing, kind: Kind, falls: Falls) -> Transition:
    status, old, score = one.status.value, one.previous_milli, one.score_milli
    told = Transition(one.account_id, kind, one.as_of, one.as_of, status, status, old, score, owned=one.owned)
    if kind is Kind.AT_RISK:
        return replace(told, old_tier=one.previous_tier, new_tier=one.tier)
    before = None if score is None or one.delta30_milli is None else score - one.delta30_milli
    return replace(told, old_milli=before, new_tier=one.tier, fall_milli=falls.get(one.account_id))


def reopened(found: Sequence[Standing], told: Iterable[Transition]) -> list[Standing]:
    """The standings, with the episodes of what is told after all beginning on the day that tells it."""
    began: dict[str, dict[str, date]] = {}
    for one in told:
        began.setdefault(one.account_id, {})[one.kind] = one.episode
    changed = (began.get(one.account_id) for one in found)
    return [
        replace(one, episodes={**one.episodes, **new}) if new else one for one, new in zip(found, changed, strict=True)
    ]
