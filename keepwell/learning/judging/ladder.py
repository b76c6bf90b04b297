"""The refusal ladder: what so many outcomes can support, and what they cannot."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, exp, log

REFUSED_UNDER = 20
SHRUNK_UNDER = 50
FEW_SIGNALS_UNDER = 100
TRIGGER_FROM = 200
TRIGGER_FOLDS = 3
FEW_SIGNALS, FULL_SIGNALS = 8, 12
SHRINKAGE = 0.9  # Riley et al. 2019: at most a tenth of the predicted effect is overfitting
OF_NAGELKERKE = 0.15  # assumed share of the explained variance's maximum, where nothing is known yet
CHANCE = 0.5  # the AUC of a coin
MARGIN = 0.05  # of the outcome's share that must be known


class Rung(StrEnum):
    """How much is learned."""

    REFUSE = "refuse"
    SHRINK = "shrink to the expert card"
    FEW = "eight signals"
    FULL = "full table"


@dataclass(frozen=True)
class Verdict:
    """A rung with the authority it can support, and why in figures."""

    rung: Rung
    authority: str  # none, diagnose, prioritise, trigger workflow
    most_signals: int
    reasons: tuple[str, ...]


def needed_rows(signals: int, base_rate: float) -> int:
    """Riley's minimum sample for a binary outcome: shrinkage, optimism and the overall risk.

    >>> needed_rows(10, 0.1)
    1205
    """
    top = 2 * (base_rate * log(base_rate) + (1 - base_rate) * log(1 - base_rate))
    most = 1 - exp(top)
    explained = OF_NAGELKERKE * most
    for_shrinkage = signals / ((SHRINKAGE - 1) * log(1 - explained / SHRINKAGE))
    shrinkage = explained / (explained + MARGIN * most)
    for_optimism = signals / ((shrinkage - 1) * log(1 - explained / shrinkage))
    for_risk = (1.96 / MARGIN) ** 2 * base_rate * (1 - base_rate)
    return ceil(max(for_shrinkage, for_optimism, for_risk))


def verdict(events: int, rows: int, signals: int = FULL_SIGNALS) -> Verdict:
    """The rung for so many outcome events among so many examples."""
    counted = f"{events} outcome events in {rows} examples"
    if events < REFUSED_UNDER:
        more = REFUSED_UNDER - events
        why = f"{counted}: under {REFUSED_UNDER} nothing can be learned; {more} more are needed"
        return Verdict(Rung.REFUSE, "none", 0, (why, "keep the expert scorecard"))
    if events < SHRUNK_UNDER:
        why = f"{counted}: under {SHRUNK_UNDER} only the expert card's own weights are refitted"
        return Verdict(
            Rung.SHRINK, "diagnose", 0, (why, f"{SHRUNK_UNDER - events} more for eight signals of their own")
        )
    if events < FEW_SIGNALS_UNDER:
        why = f"{counted}: under {FEW_SIGNALS_UNDER} at most {FEW_SIGNALS} signals, read with their intervals"
        return Verdict(Rung.FEW, "diagnose", FEW_SIGNALS, (why,))
    needed = needed_rows(signals, events / rows)
    if rows < needed:
        why = f"{counted}: {signals} signals need {needed} examples by Riley's criterion, so at most {FEW_SIGNALS} signals"
        return Verdict(Rung.FEW, "diagnose", FEW_SIGNALS, (why,))
    return Verdict(Rung.FULL, "prioritise", signals, (f"{counted}: enough for a table of {signals} signals",))


def not_by_chance(verdict: Verdict, low: float) -> Verdict:
    """The verdict after the folds: a card whose AUC may be that of chance, by its lower bound, may only diagnose."""
    if low > CHANCE:
        return verdict
    why = f"ranks no better than chance for certain: the AUC's lower bound is {low:.3f}"
    return Verdict(verdict.rung, "diagnose", verdict.most_signals, (*verdict.reasons, why))


def may_trigger(verdict: Verdict, events: int, gains: tuple[float, ...]) -> Verdict:
    """The verdict after the folds: `gains` are the lower bounds of what each beats the expert card by."""
    if verdict.authority != "prioritise":
        return verdict
    lacking = []
    if events < TRIGGER_FROM:
        lacking.append(f"{events} outcome events, {TRIGGER_FROM} are asked for")
    if len(gains) < TRIGGER_FOLDS:
        lacking.append(f"{len(gains)} temporal folds against an expert card, {TRIGGER_FOLDS} are asked for")
    elif worst := sum(not gain > 0 for gain in gains):
        lacking.append(f"{worst} of {len(gains)} temporal folds do not beat the expert card for certain")
    if lacking:
        why = f"not for triggering workflow: {'; '.join(lacking)}"
        return Verdict(verdict.rung, verdict.authority, verdict.most_signals, (*verdict.reasons, why))
    why = f"beats the expert card in {len(gains)} temporal folds, each with a lower bound above zero"
    return Verdict(verdict.rung, "trigger workflow", verdict.most_signals, (*verdict.reasons, why))
