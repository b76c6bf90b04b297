"""Where risk begins on a card: at the border of its own tiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

AT_RISK = "at risk"


@dataclass(frozen=True)
class Border:
    """A border in milli-points, and the tiers below it."""

    milli: int
    below: frozenset[str]


def border_of(tiers: Sequence[tuple[str, int]]) -> Border | None:
    """The upper border of the tier named "at risk", or else of the worst tier; None: there is no better one.

    >>> border_of([("healthy", 80_000), ("watch", 50_000), ("poor", 0)])
    Border(milli=50000, below=frozenset({'poor'}))
    >>> border_of([("healthy", 80_000), ("stable", 60_000), ("at risk", 40_000), ("critical", 0)]).milli
    60000
    """
    names = [name.casefold().replace("_", " ").replace("-", " ") for name, _ in tiers]
    place = names.index(AT_RISK) if AT_RISK in names else len(names) - 1
    if place < 1:
        return None
    return Border(tiers[place - 1][1], frozenset(name for name, _ in tiers[place:]))
