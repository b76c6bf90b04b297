"""The plan of a card: everything resolved against the signals, ready for SQL and for words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import NamedTuple

from keepwell.scoring.condition import Condition
from keepwell.scoring.scorecard import Combine, Policy, Scorecard
from keepwell.scoring.shape import Flag, ShapeCase, extremes
from keepwell.words.reading import Signal


@dataclass(frozen=True)
class Leaf:
    """A measure. Tuples over segments hold one item per segment of the card and the default last."""

    name: str
    signal: Signal | None  # whose reading is shown; None: a flag over attributes only
    shapes: tuple[tuple[ShapeCase, ...], ...]
    missing: Policy
    stale: Policy
    path: tuple[str, ...]  # names of its dimensions, outermost first
    counted: bool
    title: str
    sentence: str = ""
    next_step: str = ""

    def extremes(self, segment: int) -> tuple[int, int]:
        """(worst, best) nano-points in a segment; (0, 0) where the measure never applies."""
        return self._extremes[segment]

    @cached_property
    def _extremes(self) -> tuple[tuple[int, int], ...]:
        """Of each segment; asked for every row of every account."""
        return tuple(map(_ends, self.shapes))


def _ends(cases: Sequence[ShapeCase]) -> tuple[int, int]:
    found = [e for case in cases if (e := extremes(case.shape)) is not None]
    return (min(low for low, _ in found), max(high for _, high in found)) if found else (0, 0)


@dataclass(frozen=True)
class LevelPoints:
    """The nano-points of `any_poor`."""

    good_from: int
    poor_to: int
    good: int
    average: int
    poor: int


@dataclass(frozen=True)
class Node:
    """A dimension, or the whole card. `weights` are integers per segment and child."""

    name: str
    title: str
    combine: Combine
    children: tuple[Node | Leaf, ...]
    weights: tuple[tuple[int, ...], ...]
    levels: LevelPoints
    clamp: tuple[int, int] | None = None  # milli-points

    def leaves(self) -> Iterator[Leaf]:
        """Measures in file order, the uncounted ones too."""
        for child in self.children:
            if isinstance(child, Node):
                yield from child.leaves()
            else:
                yield child

    def nodes(self) -> Iterator[Node]:
        """This node and those below it, outermost first."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.nodes()


class Step(NamedTuple):
    """A node on the way down to a measure, its place among the card's nodes, and that of the next among its children."""

    node: Node
    number: int
    child: int


@dataclass(frozen=True)
class Need:
    """A tier's requirement."""

    condition: Condition
    text: str
    unknown_is_unmet: bool
    reason: str


@dataclass(frozen=True)
class TierPlan:
    """A tier with its border in milli-points."""

    name: str
    start: int
    needs: tuple[Need, ...]


@dataclass(frozen=True)
class GuardPlan:
    """A guard, its effects in milli-points and tier positions (0 is the best)."""

    name: str
    condition: Condition
    text: str
    cap: int | None
    floor: int | None
    tier: str | None
    review: str | None
    reason: str
    next_step: str


@dataclass(frozen=True)
class BonusPlan:
    """A bonus in milli-points."""

    name: str
    condition: Condition
    points: int
    reason: str


@dataclass(frozen=True)
class SegmentPlan:
    """Which accounts a segment holds; the tier sets follow the same order."""

    name: str
    condition: Condition


@dataclass(frozen=True)
class Plan:
    """A card with its signals: what `compile` turns into SQL."""

    card: Scorecard
    signals: dict[str, Signal]  # every signal the card reads, the card's own inputs too
    absent: frozenset[str]  # inputs of the card that no relation of readings holds: always missing
    root: Node
    baseline: int | None  # milli-points
    bonuses: tuple[BonusPlan, ...]
    clamp: tuple[int, int] | None  # milli-points
    rounding: frozenset[str]
    grain: int  # milli-points to which the rounding stages round
    segments: tuple[SegmentPlan, ...]
    tiers: tuple[tuple[TierPlan, ...], ...]  # best first, per segment and the default last
    guards: tuple[GuardPlan, ...]
    applies: Condition | None
    min_coverage: int  # parts per million
    neutral: int  # nano-points
    indicators: tuple[tuple[str, str], ...]  # (kind, signal)
    edges: dict[str, tuple[ShapeCase, ...]]  # what `is poor` compares with, by signal
    notes: tuple[str, ...] = field(default=())  # what a reader of the card should be told

    @property
    def name(self) -> str:
        """The card's name."""
        return self.card.scorecard

    def leaves(self) -> tuple[Leaf, ...]:
        """All measures in file order."""
        return self._leaves

    @cached_property
    def _leaves(self) -> tuple[Leaf, ...]:
        return tuple(self.root.leaves())

    @cached_property
    def positions(self) -> dict[str, int]:
        """A measure's name → its place in file order."""
        return {leaf.name: i for i, leaf in reversed([*enumerate(self._leaves)])}

    def way(self, leaf: Leaf) -> tuple[Step, ...]:
        """The nodes over a measure, outermost first."""
        return self._ways[id(leaf)]

    @cached_property
    def _ways(self) -> dict[int, tuple[Step, ...]]:
        """Of each measure; asked for every row of every account."""
        numbers = {id(node): number for number, node in enumerate(self.root.nodes())}

        def down(node: Node, way: tuple[Step, ...]) -> Iterator[tuple[int, tuple[Step, ...]]]:
            for place, child in enumerate(node.children):
                here = (*way, Step(node, numbers[id(node)], place))
                if isinstance(child, Node):
                    yield from down(child, here)
                else:
                    yield id(child), here

        return dict(down(self.root, ()))

    def conditions(self) -> Iterator[Condition]:
        """Every condition of the card."""
        if self.applies is not None:
            yield self.applies
        yield from (segment.condition for segment in self.segments)
        for case in (case for leaf in self.leaves() for cases in leaf.shapes for case in cases):
            if case.test is not None:
                yield case.test
            if isinstance(case.shape, Flag):
                yield case.shape.condition
        yield from (bonus.condition for bonus in self.bonuses)
        yield from (need.condition for tiers in self.tiers for tier in tiers for need in tier.needs)
        yield from (guard.condition for guard in self.guards)

    def shares(self) -> tuple[tuple[int, ...], ...]:
        """Coverage weights of the measures as integers, per segment (SEMANTICS, rule 13)."""
        return self._all_shares

    @cached_property
    def _all_shares(self) -> tuple[tuple[int, ...], ...]:
        return tuple(self._shares(segment) for segment in range(len(self.segments) + 1))

    def _shares(self, segment: int) -> tuple[int, ...]:
        found: dict[str, Fraction] = {}
        _share(self.root, Fraction(1), segment, found)
        shares = [found.get(leaf.name, Fraction(0)) for leaf in self.leaves()]
        common = lcm(*(share.denominator for share in shares))
        total = sum(shares) or Fraction(1)
        if common * total > 10**12:  # too fine to matter: nine digits of the whole are kept
            return tuple(round(share / total * 10**9) for share in shares)
        return tuple(int(share * common) for share in shares)


def _possible(child: Node | Leaf, segment: int) -> Fraction:
    """Absolute possible points of a part of a points card."""
    if isinstance(child, Leaf):
        return Fraction(max(abs(p) for p in child.extremes(segment))) if child.counted else Fraction(0)
    below = [_possible(inner, segment) for inner in child.children]
    return sum(below, Fraction(0)) if child.combine == "sum" else max(below, default=Fraction(0))


def _share(node: Node, whole: Fraction, segment: int, found: dict[str, Fraction]) -> None:
    """Split a node's weight among its members: by weight, by possible points, or evenly where one decides."""
    members = list(zip(node.children, node.weights[segment], strict=True))
    if node.combine == "sum":
        parts = [(child, _possible(child, segment)) for child, _ in members]
    elif node.combine == "mean":
        parts = [(child, Fraction(weight)) for child, weight in members]
    else:
        parts = [(child, Fraction(1)) for child, _ in members if not isinstance(child, Leaf) or child.counted]
    total = sum(part for _, part in parts)
    for child, part in parts:
        if not total or not part:
            continue
        if isinstance(child, Leaf):
            found[child.name] = whole * part / total
        else:
            _share(child, whole * part / total, segment, found)
