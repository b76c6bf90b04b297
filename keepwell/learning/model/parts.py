"""Parts of a learned table: bands of one signal, or boxes of two, each row with what it adds to the log-odds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from keepwell.learning.model.levels import Levels
from keepwell.learning.samples.examples import Floats, Whole

Codes = Mapping[str, Floats]  # the level of every example, by signal


@dataclass(frozen=True)
class Banded:
    """One signal: `rows` says for each level, and lastly for a missing reading, which row of `effects` it has."""

    level: Levels
    rows: Whole
    effects: Floats

    @property
    def name(self) -> str:
        """The signal's name."""
        return self.level.name

    @property
    def levels(self) -> tuple[Levels]:
        """The levels of the one signal it reads."""
        return (self.level,)

    @property
    def signals(self) -> tuple[str]:
        """The one signal it reads."""
        return (self.level.name,)

    def row_of(self, codes: Codes) -> Whole:
        """The row of every example."""
        return self.rows[self.level.places(codes[self.name])]

    @property
    def absent(self) -> int:
        """The row of a reading that is missing or does not apply."""
        return int(self.rows[-1])

    def with_effects(self, effects: Floats) -> Banded:
        """The same rows with other effects."""
        return replace(self, effects=effects)


@dataclass(frozen=True)
class Box:
    """Levels from `low` up to and including `high` of each of two signals."""

    low: tuple[int, int]
    high: tuple[int, int]


@dataclass(frozen=True)
class Boxed:
    """Two signals together: a row per box, and a last one of effect 0 for what lies in none, or is missing."""

    levels: tuple[Levels, Levels]
    boxes: tuple[Box, ...]
    effects: Floats

    @property
    def name(self) -> str:
        """Both names."""
        return f"{self.levels[0].name}_with_{self.levels[1].name}"

    @property
    def signals(self) -> tuple[str, str]:
        """The two signals it reads."""
        return (self.levels[0].name, self.levels[1].name)

    def row_of(self, codes: Codes) -> Whole:
        """The row of every example."""
        one, other = (codes[name] for name in self.signals)
        found = np.full(len(one), len(self.boxes), np.int64)
        for row, box in enumerate(self.boxes):
            inside = (one >= box.low[0]) & (one <= box.high[0]) & (other >= box.low[1]) & (other <= box.high[1])
            found[inside] = row
        return found

    @property
    def absent(self) -> int:
        """The row of what lies in no box."""
        return len(self.boxes)

    def with_effects(self, effects: Floats) -> Boxed:
        """The same boxes with other effects; outside of all it stays 0."""
        return replace(self, effects=np.append(effects[:-1], 0.0))


Part = Banded | Boxed
