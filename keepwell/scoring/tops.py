"""What stands on top of a card's sum: bonuses, tiers with their requirements, guards."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from keepwell.scoring.plan import BonusPlan, GuardPlan, Need, TierPlan
from keepwell.scoring.report import Path, Report
from keepwell.scoring.scorecard import Scorecard, Tier
from keepwell.scoring.shape import half_away
from keepwell.words.problem import nearest
from keepwell.words.reading import Signal


def milli(value: Decimal) -> int:
    """Milli-points of a number of points."""
    return half_away(Fraction(value) * 1000)


class Tops:
    """Reads the parts of a card that work on milli-points."""

    def __init__(self, card: Scorecard, signals: Mapping[str, Signal], report: Report) -> None:
        self.card, self.signals, self.report = card, signals, report
        self.names = [tier.name for tier in card.tiers]

    def bonuses(self) -> tuple[BonusPlan, ...]:
        """Bonuses in file order."""
        return tuple(
            BonusPlan(bonus.name, condition, milli(bonus.points), bonus.reason or bonus.when)
            for i, bonus in enumerate(self.card.bonuses)
            if (condition := self.report.condition(("bonuses", i, "when"), bonus.when, self.signals)) is not None
        )

    def tier_sets(self) -> tuple[tuple[TierPlan, ...], ...]:
        """Tiers best first, per segment and the default last."""
        default = self._tiers(("tiers",), self.card.tiers)
        own = (
            default if segment.tiers is None else self._tiers(("segments", i, "tiers"), segment.tiers)
            for i, segment in enumerate(self.card.segments)
        )
        return (*own, default)

    def guards(self) -> tuple[GuardPlan, ...]:
        """Guards in file order."""
        found = []
        for i, guard in enumerate(self.card.guards):
            at: Path = ("guards", i)
            condition = self.report.condition((*at, "when"), guard.when, self.signals)
            if guard.cap is None and guard.floor is None and guard.tier is None and guard.review is None:
                self.report.add(at, f"guard '{guard.name}' has no effect", "cap, floor, tier or review")
            if guard.tier is not None:
                self._position((*at, "tier"), guard.tier)
            cap = self._cap((*at, "cap"), guard.cap)
            floor = self._floor((*at, "floor"), guard.floor)
            if condition is not None:
                words = (guard.tier, guard.review, guard.reason or "", guard.next_step or "")
                found.append(GuardPlan(guard.name, condition, guard.when, cap, floor, *words))
        return tuple(found)

    def _tiers(self, path: Path, tiers: list[Tier]) -> tuple[TierPlan, ...]:
        found = tuple(
            TierPlan(tier.name, milli(tier.start), self._needs((*path, i, "requires"), tier))
            for i, tier in enumerate(tiers)
        )
        starts = [tier.start for tier in found]
        if starts != sorted(set(starts), reverse=True):
            self.report.add(path, "the tiers are not in order", "the best tier first, each border lower than the last")
        if found and tiers[-1].requires:
            self.report.add((*path, len(found) - 1), f"the lowest tier '{found[-1].name}' cannot require anything")
        return found

    def _needs(self, path: Path, tier: Tier) -> tuple[Need, ...]:
        return tuple(
            Need(condition, need.when, need.unknown == "unmet", need.reason or f"{tier.name} needs {need.when}")
            for i, need in enumerate(tier.requires)
            if (condition := self.report.condition((*path, i), need.when, self.signals)) is not None
        )

    def _cap(self, path: Path, given: Decimal | str | None) -> int | None:
        """Milli-points; a tier's name means a hundredth of the scale under the border of the tier above."""
        if not isinstance(given, str):
            return None if given is None else milli(given)
        position = self._position(path, given)
        if position is None:
            return None
        border = self.card.tiers[position - 1].start - self.card.scale / 100 if position else self.card.scale
        return milli(border)

    def _floor(self, path: Path, given: Decimal | str | None) -> int | None:
        """Milli-points; a tier's name means its border."""
        if not isinstance(given, str):
            return None if given is None else milli(given)
        position = self._position(path, given)
        return None if position is None else milli(self.card.tiers[position].start)

    def _position(self, path: Path, name: str) -> int | None:
        if name in self.names:
            return self.names.index(name)
        self.report.add(path, f"unknown tier '{name}'", "", nearest(name, self.names))
        return None
