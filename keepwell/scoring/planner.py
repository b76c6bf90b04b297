"""From a card's file to its plan: names resolved, numbers made exact, everything wrong reported with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from math import gcd, lcm

from keepwell.document import Document
from keepwell.scoring import meaning
from keepwell.scoring.condition import Condition, Is, leaves
from keepwell.scoring.plan import Leaf, LevelPoints, Node, Plan, SegmentPlan
from keepwell.scoring.report import Path, Report
from keepwell.scoring.rules import check_rules
from keepwell.scoring.scales import Scales, nano
from keepwell.scoring.scorecard import Dimension, Input, Levels, Measure, Policy, Scorecard
from keepwell.scoring.shape import Flag, ShapeCase
from keepwell.scoring.tops import Tops, milli
from keepwell.words.problem import KeepwellError, nearest
from keepwell.words.reading import UNITS, Better, Signal, Unit

MOST_WEIGHT = 10**18  # of the integers that weights become; times nano-points it still fits
BANDED = ("healthy", "watch", "poor")


def plan(card: Scorecard, signals: Mapping[str, Signal], document: Document | None = None) -> Plan:
    """The card's plan over `signals`; raises KeepwellError with every problem found."""
    report = Report(document, card.scorecard)
    made = _Planner(card, signals, report).plan()
    check_rules(made, report)
    if report.problems:
        raise KeepwellError(*report.problems)
    return replace(made, notes=tuple(report.notes))


def own_signals(card: Scorecard) -> dict[str, Signal]:
    """The signals a card declares under `inputs`."""
    return {
        name: Signal(
            name=name,
            title=given.title,
            family=given.family or name,
            system=given.system,
            facts="",
            parts=(),
            value="",
            unit=_unit(given),
            better=Better.KIND if given.categories else Better(given.better),
            sentence=given.sentence or given.title + ": {v}",
            next_step=given.next_step,
            least=None,
            categories=tuple(given.categories),
        )
        for name, given in card.inputs.items()
    }


def _unit(given: Input) -> Unit:
    if given.categories:
        return UNITS["kind"]
    unit = UNITS.get(given.unit, UNITS["count"])
    return replace(unit, scale=unit.scale * 10**given.decimals) if given.decimals else unit


class _Planner:
    """Walks a card once; the report collects what does not fit."""

    def __init__(self, card: Scorecard, signals: Mapping[str, Signal], report: Report) -> None:
        self.card, self.report = card, report
        self.absent = frozenset(name for name in card.inputs if name not in signals)
        self.signals = {**own_signals(card), **signals}
        self.top = nano(card.scale)
        self.summed = card.form != "weighted"
        self.scales = Scales(self.signals, self.summed, self.top, report)
        self.declared: dict[str, str] = {}  # dimension or measure → where
        self.edges: dict[str, tuple[ShapeCase, ...]] = {}

    def plan(self) -> Plan:
        """The plan; incomplete where the report holds problems."""
        card = self.card
        self._inputs()
        segments = tuple(
            SegmentPlan(segment.name, condition)
            for i, segment in enumerate(card.segments)
            if (condition := self._condition(("segments", i, "when"), segment.when)) is not None
        )
        root = self._node("", _whole(card), (), ())
        self._segment_names()
        tops = Tops(card, self.signals, self.report)
        clamp = card.clamp if "clamp" in card.model_fields_set else (Decimal(0), card.scale)
        made = Plan(
            card=card,
            signals=self.signals,
            absent=self.absent,
            root=root,
            baseline=milli(card.baseline) if card.baseline is not None else None,
            bonuses=tops.bonuses(),
            clamp=(milli(clamp[0]), milli(clamp[1])) if clamp else None,
            rounding=frozenset(stage for stage in card.rounding if stage != "none"),
            grain=10 ** (3 - card.digits),
            segments=segments,
            tiers=tops.tier_sets(),
            guards=tops.guards(),
            applies=self._condition(("applies",), card.applies) if card.applies else None,
            min_coverage=round(Fraction(card.min_coverage) * 10_000),
            neutral=nano(card.neutral) if card.neutral is not None else (0 if self.summed else self.top // 2),
            indicators=tuple((kind, name) for kind, names in card.indicators.items() for name in names),
            edges=self.edges,
        )
        for kind, name in made.indicators:
            self._known(("indicators", kind), name)
        return self._with_what_is_read(made)

    def _with_what_is_read(self, made: Plan) -> Plan:
        """Only the signals the card reads, and the edges that `is poor` compares with."""
        conditions = tuple(made.conditions())
        for leaf in (leaf for condition in conditions for leaf in leaves(condition)):
            if isinstance(leaf, Is) and leaf.state in BANDED and leaf.name not in self.edges:
                self.edges[leaf.name] = self.scales.catalogue(self.signals[leaf.name])
        conditions += tuple(case.test for cases in self.edges.values() for case in cases if case.test is not None)
        used = {name for condition in conditions for name in meaning.signals_in(condition, self.signals)}
        used |= {leaf.signal.name for leaf in made.leaves() if leaf.signal is not None}
        used |= {name for _, name in made.indicators}
        signals = {name: signal for name, signal in self.signals.items() if name in used}
        return replace(made, signals=signals, absent=self.absent & used)

    def _inputs(self) -> None:
        for name, given in self.card.inputs.items():
            if given.unit not in UNITS:
                fix = nearest(given.unit, list(UNITS))
                self.report.add(("inputs", name, "unit"), f"unknown unit '{given.unit}'", "", fix)
            if meaning.attribute(name):
                self.report.add(("inputs", name), f"'{name}' is an account attribute", "another name")

    def _known(self, path: Path, name: str) -> None:
        if name not in self.signals:
            self.report.add(path, f"unknown signal '{name}'", "", nearest(name, list(self.signals)))

    def _condition(self, path: Path, text: str) -> Condition | None:
        return self.report.condition(path, text, self.signals)

    def _declare(self, path: Path, name: str) -> None:
        if name in self.declared:
            what = f"'{name}' is used twice, also at {self.declared[name]}"
            self.report.add(path, what, "one name per measure and dimension", "give one of them a name and 'signal:'")
        self.declared[name] = ".".join(str(step) for step in path)

    def _segment_names(self) -> None:
        for i, segment in enumerate(self.card.segments):
            for kind, names in (("weights", segment.weights), ("measures", segment.measures)):
                for name in names:
                    if name not in self.declared:
                        fix = nearest(name, list(self.declared))
                        what = f"no measure or dimension '{name}' in this card"
                        self.report.add(("segments", i, kind, name), what, "", fix)

    def _node(self, name: str, words: Dimension, path: Path, names: tuple[str, ...]) -> Node:
        combine = words.combine or ("sum" if self.summed else "mean")
        allowed = ("sum", "min", "max") if self.summed else ("mean", "min", "max", "any_poor")
        if combine not in allowed:
            what = f"a card of form '{self.card.form}' cannot combine by '{combine}'"
            self.report.add((*path, "combine"), what, ", ".join(allowed))
        if not words.measures and not words.dimensions:
            self.report.add(path, f"'{name or self.card.scorecard}' has no measures", "measures: or dimensions:")
        children: list[tuple[Node | Leaf, Fraction]] = [
            *self._dimensions(words, path, names, combine == "mean"),
            *self._measures(words, path, names),
        ]
        if words.clamp and combine != "sum":
            self.report.add((*path, "clamp"), "only a sum of points can be clamped", "a dimension of a points card")
        return Node(
            name=name,
            title=words.title or _title(name),
            combine=combine,
            children=tuple(child for child, _ in children),
            weights=self._weights([(child.name, weight) for child, weight in children], path),
            levels=self._levels(words.levels),
            clamp=(milli(words.clamp[0]), milli(words.clamp[1])) if words.clamp else None,
        )

    def _dimensions(
        self, words: Dimension, path: Path, names: tuple[str, ...], weighted: bool
    ) -> Iterator[tuple[Node | Leaf, Fraction]]:
        for name, inner in words.dimensions.items():
            at = (*path, "dimensions", name)
            self._declare(at, name)
            if weighted and inner.weight is None and inner.combine not in (None, "mean"):
                self.report.add(at, f"dimension '{name}' has no weight", "weight: a number")
            yield self._node(name, inner, at, (*names, name)), _weight(inner)

    def _measures(self, words: Dimension, path: Path, names: tuple[str, ...]) -> Iterator[tuple[Node | Leaf, Fraction]]:
        for name, measure in words.measures.items():
            at = (*path, "measures", name)
            self._declare(at, name)
            yield self._leaf(name, measure, at, names), _measure_weight(measure)

    def _weights(self, given: list[tuple[str, Fraction]], path: Path) -> tuple[tuple[int, ...], ...]:
        """Whole numbers in the given proportions, per segment and the default last."""
        over = [{name: Fraction(weight) for name, weight in s.weights.items()} for s in self.card.segments]
        rows = [[weights.get(name, weight) for name, weight in given] for weights in [*over, {}]]
        common = lcm(*(weight.denominator for row in rows for weight in row))
        whole = [[int(weight * common) for weight in row] for row in rows]
        shared = reduce(gcd, (weight for row in whole for weight in row), 0) or 1
        found = tuple(tuple(weight // shared for weight in row) for row in whole)
        if any(weight > MOST_WEIGHT for row in found for weight in row):
            self.report.add(path, "the weights differ by more than a score can hold", "fewer digits and decimals")
        return found

    def _levels(self, words: Levels | None) -> LevelPoints:
        def at(given: Decimal | None, part: int) -> int:
            return nano(given) if given is not None else self.top * part // 100

        found = words or Levels()
        return LevelPoints(
            good_from=at(found.good_from, 100),
            poor_to=at(found.poor_to, 20),
            good=at(found.good, 100),
            average=at(found.average, 60),
            poor=at(found.poor, 0),
        )

    def _leaf(self, name: str, measure: Measure, path: Path, names: tuple[str, ...]) -> Leaf:
        signal = self._leaf_signal(name, measure, path)
        counted = measure.weight is None or measure.weight > 0
        if self.summed and measure.weight:
            what = f"a card of form '{self.card.form}' has points, not weights"
            self.report.add((*path, "weight"), what, "weight: 0, or none")
        missing, stale = measure.missing or self.card.missing, measure.stale or self.card.stale
        self._policy((*path, "missing") if measure.missing else ("missing",), missing, ("hold", "missing"))
        self._policy((*path, "stale") if measure.stale else ("stale",), stale, ())
        shapes = self._leaf_shapes(name, measure, path, signal) if counted else ((),) * (len(self.card.segments) + 1)
        if signal is not None and shapes[-1] and not any(isinstance(case.shape, Flag) for case in shapes[-1]):
            self.edges.setdefault(signal.name, shapes[-1])
        return Leaf(
            name=name,
            signal=signal,
            shapes=shapes,
            missing=missing,
            stale=missing if stale.do == "missing" else stale,
            path=names,
            counted=counted,
            title=measure.title or (signal.title if signal is not None else _title(name)),
            sentence=measure.sentence or "",
            next_step=measure.next_step or "",
        )

    def _leaf_shapes(
        self, name: str, measure: Measure, path: Path, signal: Signal | None
    ) -> tuple[tuple[ShapeCase, ...], ...]:
        default = self.scales.cases(measure, signal, path)
        return (
            *(
                self.scales.cases(segment.measures[name], signal, ("segments", i, "measures", name), measure)
                if name in segment.measures
                else default
                for i, segment in enumerate(self.card.segments)
            ),
            default,
        )

    def _policy(self, path: Path, policy: Policy, refused: tuple[str, ...]) -> None:
        if policy.do in refused:
            what = f"'{policy.do}' does not say what a missing reading does"
            self.report.add(path, what, "redistribute, neutral, abstain or a number of points")
        if policy.do == "points" and policy.points is None:
            self.report.add(path, "'points' needs a number", "points: a number")
        if policy.points is not None and policy.points < 0 and not self.summed:
            self.report.add(path, "a weighted card has no points below 0", "0 or more")

    def _leaf_signal(self, name: str, measure: Measure, path: Path) -> Signal | None:
        wanted = measure.signal or name
        if wanted in self.signals:
            return self.signals[wanted]
        cases = measure.cases or []
        texts = [measure.is_true, *(case.is_true for case in cases), *(case.test for case in cases)]
        if measure.signal is None and any(texts):
            found = self._condition((*path, "when"), next(text for text in texts if text))
            read = meaning.signals_in(found, self.signals) if found is not None else ()
            return self.signals[read[0]] if read else None
        at = (*path, "signal") if measure.signal else path
        self.report.add(at, f"unknown signal '{wanted}'", "", nearest(wanted, list(self.signals)))
        return None


def _whole(card: Scorecard) -> Dimension:
    return Dimension(
        weight=None,
        title=card.title or _title(card.scorecard),
        combine=card.combine,
        measures=card.measures,
        dimensions=card.dimensions,
        levels=card.levels,
    )


def _measure_weight(measure: Measure) -> Fraction:
    return Fraction(measure.weight) if measure.weight is not None else Fraction(1)


def _weight(words: Dimension) -> Fraction:
    """A dimension's weight: its own, else the sum of its members'."""
    if words.weight is not None:
        return Fraction(words.weight)
    inner = [_weight(d) for d in words.dimensions.values()]
    return sum([*inner, *(_measure_weight(m) for m in words.measures.values())], Fraction(0))


def _title(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").capitalize()
