"""A trial: what training holds out decides how far to boost, which signals to keep and which to cross."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from keepwell.learning.model import boosting, crossing, refit, selection
from keepwell.learning.model.boosting import Boosted, Pair, Settings
from keepwell.learning.model.levels import Levels
from keepwell.learning.model.selection import Halves, Selection
from keepwell.learning.samples.examples import Examples, Floats
from keepwell.learning.samples.splits import Split


@dataclass(frozen=True)
class Trial:
    """Examples as levels, and the rows that are held out."""

    examples: Examples
    split: Split
    levels: tuple[Levels, ...]
    codes: Floats
    settings: Settings

    def boosted(self, pairs: tuple[Pair, ...] = ()) -> Boosted:
        """One model of the rows that teach, as far as held-out rows allow."""
        train, test, outcome = self.split.train, self.split.test, self.examples.outcome
        settings = replace(self.settings, pairs=pairs)
        halves = (self.codes[train], outcome[train]), (self.codes[test], outcome[test])
        return boosting.boost_until(self.levels, *halves, settings)

    def selected(self, most: int) -> Selection:
        """Which signals to keep."""
        columns = [
            (curve - curve.mean())[level.places(at)]
            for level, curve, at in zip(self.levels, self.boosted().curves(), self.codes.T, strict=True)
        ]
        added, outcome = np.column_stack(columns), self.examples.outcome
        train, test = self.split.train, self.split.test
        halves = Halves(added[train], outcome[train], added[test], outcome[test])
        return selection.select(halves, self.codes, most, min(selection.FEWEST, most))

    def pairs(self, *, crossed: bool) -> tuple[tuple[Pair, ...], int]:
        """(crossed signals, rounds of boosting): pairs with a certain gain, kept if held-out rows agree."""
        test, outcome = self.split.test, self.examples.outcome
        alone = self.boosted()
        if not crossed:
            return (), alone.rounds
        blocks = np.unique(self.examples.blocks, return_inverse=True)[1]
        pairs = crossing.certain_pairs(self.codes, outcome, alone.margin(self.codes), blocks)
        if not pairs:
            return (), alone.rounds
        together = self.boosted(pairs)
        gain = refit.log_loss(alone.margin(self.codes[test]), outcome[test]) - refit.log_loss(
            together.margin(self.codes[test]), outcome[test]
        )
        return (pairs, together.rounds) if gain.mean() > 0 else ((), alone.rounds)
