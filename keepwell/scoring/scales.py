"""From a measure's words to its shapes: edges, bands, curves, categories, amounts per unit, flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from keepwell.scoring import meaning
from keepwell.scoring.condition import Compare
from keepwell.scoring.report import Path, Report
from keepwell.scoring.scorecard import Band as BandWords
from keepwell.scoring.scorecard import Case, Scale
from keepwell.scoring.shape import (
    NANO,
    Absent,
    Each,
    Fixed,
    Flag,
    Kinds,
    Line,
    Shape,
    ShapeCase,
    Step,
    Steps,
    half_away,
)
from keepwell.words.problem import nearest
from keepwell.words.reading import Band, Signal

KINDS = ("healthy", "poor", "bands", "curve", "categories", "each", "is_true", "not_applicable")
MIDDLE = "M"  # the segment whose edges serve accounts of no segment


def nano(value: Decimal) -> int:
    """Nano-points of a number of points."""
    return half_away(Fraction(value) * NANO)


class Scales:
    """Turns scales into shapes; `top` is the card's highest score in nano-points."""

    def __init__(self, signals: Mapping[str, Signal], summed: bool, top: int, report: Report) -> None:
        self.signals, self.summed, self.top, self.report = signals, summed, top, report

    def cases(
        self, scale: Scale, signal: Signal | None, path: Path, base: Scale | None = None
    ) -> tuple[ShapeCase, ...]:
        """The shapes of a measure, first match first; `base` fills in what a segment's override leaves out."""
        found: list[ShapeCase] = []
        whole = scale if base is None else _merged(base, scale)
        for i, case in enumerate(getattr(whole, "cases", None) or ()):
            found += self._case(case, whole, signal, (*path, "cases", i))
        if _kinds(whole):
            found += self._shapes(whole, signal, path)
        elif not found or found[-1].test is not None:
            found += self._default(signal, path, bool(found))
        return tuple(found)

    def catalogue(self, signal: Signal) -> tuple[ShapeCase, ...]:
        """The shapes of a signal's own bands: 100 at the healthy edge, 20 at the poor one."""
        if signal.categories:
            return (ShapeCase(None, self._ranked(signal)),)
        bands = signal.bands or {}
        shapes = {segment: self._band(band, signal) for segment, band in bands.items()}
        return _by_segment(shapes)

    def _band(self, band: Band | None, signal: Signal) -> Shape:
        if band is None:
            return Absent()
        edges = [(band.healthy, self.top), (band.poor, self.top // 5)]
        if band.upper is not None:
            edges += [(band.upper[0], self.top), (band.upper[1], self.top // 5)]
        return Line(tuple(sorted((Fraction(str(at)) * signal.unit.scale, points) for at, points in edges)))

    def _case(self, case: Case, whole: Scale, signal: Signal | None, path: Path) -> list[ShapeCase]:
        test = self.report.condition((*path, "if"), case.test, self.signals) if case.test else None
        merged = _merged(whole, case)
        if not _kinds(case) and case.points is not None:
            return [ShapeCase(test, Fixed(nano(case.points)))]
        found = self._shapes(merged, signal, path)
        if test is None:
            return found
        if len(found) == 1 and found[0].test is None:
            return [ShapeCase(test, found[0].shape)]
        self.report.add(path, "edges by segment inside a case", "one number per edge, and the segment in 'if'")
        return []

    def _default(self, signal: Signal | None, path: Path, had_cases: bool) -> list[ShapeCase]:
        if signal is not None and not self.summed and (signal.bands or signal.categories):
            return list(self.catalogue(signal))
        if had_cases:
            return [ShapeCase(None, Absent())]
        kinds = "healthy and poor, bands, curve, categories, each or when"
        what = "this measure does not say how it becomes points" if self.summed else "the catalogue has no bands for it"
        self.report.add(path, what, kinds)
        return []

    def _shapes(self, scale: Scale, signal: Signal | None, path: Path) -> list[ShapeCase]:
        kinds = _kinds(scale)
        if len(kinds) != 1:
            names = " and ".join("when" if kind == "is_true" else kind for kind in kinds)
            self.report.add(path, f"a measure is scored in one way, not by {names}", "one of them")
            return []
        if kinds[0] not in ("is_true", "not_applicable") and signal is None:
            return []  # the unknown signal is already reported
        match kinds[0]:
            case "edges" if signal is not None:
                return list(self._edges(scale, signal, path))
            case "bands" if signal is not None:
                return [ShapeCase(None, self._bands(scale.bands or [], signal, path))]
            case "curve" if signal is not None:
                return [ShapeCase(None, self._curve(scale, signal, path))]
            case "categories" if signal is not None:
                return [ShapeCase(None, self._categories(scale, signal, path))]
            case "each" if signal is not None:
                return [ShapeCase(None, self._each(scale, signal, path))]
            case "is_true":
                return self._flag(scale, path)
            case _:
                return [ShapeCase(None, Absent())]

    def _edges(self, scale: Scale, signal: Signal, path: Path) -> tuple[ShapeCase, ...]:
        healthy, poor = scale.healthy, scale.poor
        if healthy is None or poor is None:
            self.report.add(path, f"only one edge of '{signal.name}'", "both healthy and poor")
            return ()
        if self.summed and (scale.healthy_points is None or scale.poor_points is None):
            self.report.add(path, "the edges have no points", "healthy_points and poor_points")
        at_healthy = nano(scale.healthy_points) if scale.healthy_points is not None else self.top
        at_poor = nano(scale.poor_points) if scale.poor_points is not None else self.top // 5
        segments = dict.fromkeys([*healthy, *poor])
        edges: dict[str, tuple[Decimal, Decimal]] = {}
        for segment in segments:
            one, other = healthy.get(segment, healthy.get("*")), poor.get(segment, poor.get("*"))
            if one is None or other is None:
                self.report.add(
                    path, f"segment '{segment}' has only one edge", "healthy and poor for the same segments"
                )
            elif one == other:
                self.report.add(path, f"the healthy and the poor edge are both {one}", "two different numbers")
            else:
                edges[segment] = (one, other)
        points = (at_healthy, at_poor)
        return _by_segment({segment: _line(pair, signal.unit.scale, points) for segment, pair in edges.items()})

    def _bands(self, bands: Sequence[BandWords], signal: Signal, path: Path) -> Shape:
        scale = signal.unit.scale
        steps = []
        for i, band in enumerate(bands):
            at = (*path, "bands", i)
            if (band.below is not None and band.up_to is not None) or (
                band.at_least is not None and band.above is not None
            ):
                self.report.add(at, "two edges on one side of a band", "below or up_to, at_least or above")
            high = band.up_to if band.up_to is not None else band.below
            low = band.at_least if band.at_least is not None else band.above
            step = Step(
                _stored(low, scale), band.above is None, _stored(high, scale), band.below is None, nano(band.points)
            )
            steps.append(step)
            if (
                low is not None
                and high is not None
                and (low > high or (low == high and (band.above is not None or band.below is not None)))
            ):
                self.report.add(at, "no value fits this band", "a lower edge under the upper one")
        gap = _gap(steps)
        if gap is not None:
            shown = float(gap / scale)
            self.report.add(
                (*path, "bands"), f"a value of {shown:g} fits no band", "a last band without edges for all others"
            )
        return Steps(tuple(steps))

    def _curve(self, scale: Scale, signal: Signal, path: Path) -> Shape:
        corners = [(Fraction(at) * signal.unit.scale, nano(value)) for at, value in scale.curve or []]
        places = [at for at, _ in corners]
        if len(corners) < 2 or places != sorted(set(places)):
            self.report.add(
                (*path, "curve"), "the corners of the curve do not rise", "[value, points] pairs by rising value"
            )
        outside = nano(scale.outside) if scale.outside is not None else None
        return Line(tuple(corners), outside)

    def _categories(self, scale: Scale, signal: Signal, path: Path) -> Shape:
        given = scale.categories or {}
        found: list[int | None] = [None] * len(signal.categories)
        for word, value in given.items():
            position = meaning.category(signal, word)
            if position is None:
                fix = nearest(word, list(signal.categories))
                self.report.add((*path, "categories", word), f"'{signal.name}' has no category '{word}'", "", fix)
            else:
                found[position] = nano(value)
        rest = nano(scale.otherwise) if scale.otherwise is not None else None
        left = [name for name, value in zip(signal.categories, found, strict=True) if value is None]
        if left and rest is None:
            self.report.add((*path, "categories"), f"no points for {', '.join(left)}", "points for each, or otherwise:")
        return Kinds(tuple(value if value is not None else rest or 0 for value in found))

    def _ranked(self, signal: Signal) -> Shape:
        """Categories run from the best to the worst: from the top to a fifth of it in equal steps."""
        last = max(len(signal.categories) - 1, 1)
        return Kinds(tuple(self.top - (self.top * 4 // 5) * i // last for i in range(len(signal.categories))))

    def _each(self, scale: Scale, signal: Signal, path: Path) -> Shape:
        each = scale.each or Decimal(0)
        limit = scale.at_most if scale.at_most is not None else (Decimal(self.top) / NANO).copy_sign(each)
        if limit and each and (limit > 0) != (each > 0):
            self.report.add(
                (*path, "at_most"), f"{limit} is never reached by steps of {each}", "the same sign as 'each'"
            )
        return Each(Fraction(each) * NANO / signal.unit.scale, nano(limit))

    def _flag(self, scale: Scale, path: Path) -> list[ShapeCase]:
        if scale.points is None:
            self.report.add(path, "the flag has no points", "points: a number")
            return []
        condition = self.report.condition((*path, "when"), scale.is_true or "", self.signals)
        if condition is None:
            return []
        return [ShapeCase(None, Flag(condition, nano(scale.points), nano(scale.otherwise or Decimal(0))))]


def _kinds(scale: Scale) -> list[str]:
    given = [kind for kind in KINDS if getattr(scale, kind) is not None and getattr(scale, kind) is not False]
    edges = ["edges"] if "healthy" in given or "poor" in given else []
    return edges + [kind for kind in given if kind not in ("healthy", "poor")]


def _merged(base: Scale, over: Scale) -> Scale:
    """`over` with what it leaves out taken from `base`, as long as both are scored in the same way."""
    own = {name: getattr(over, name) for name in Scale.model_fields if name in over.model_fields_set}
    if _kinds(over) and _kinds(over) != _kinds(base):
        names = ["healthy_points", "poor_points", "otherwise"]
    else:
        names = list(Scale.model_fields)
    taken = {name: getattr(base, name) for name in names if name in base.model_fields_set and name not in own}
    return Scale.model_construct(_fields_set={*own, *taken}, **taken, **own)


def _stored(value: Decimal | None, scale: int) -> Fraction | None:
    return None if value is None else Fraction(value) * scale


def _by_segment(shapes: Mapping[str, Shape]) -> tuple[ShapeCase, ...]:
    """One case per segment; the last serves all other accounts."""
    if not shapes:
        return ()
    last = "*" if "*" in shapes else MIDDLE if MIDDLE in shapes else next(iter(shapes))
    named = (ShapeCase(Compare("segment", "=", s), shape) for s, shape in shapes.items() if s != last)
    return (*named, ShapeCase(None, shapes[last]))


def _line(edges: tuple[Decimal, Decimal], scale: int, points: tuple[int, int]) -> Shape:
    corners = sorted((Fraction(edge) * scale, nano_points) for edge, nano_points in zip(edges, points, strict=True))
    return Line(tuple(corners))


def _gap(steps: Sequence[Step]) -> Fraction | None:
    """A stored value that fits no band, or None."""
    edges = sorted({edge for step in steps for edge in (step.low, step.high) if edge is not None})
    if not edges:
        return None if steps else Fraction(0)
    middles = [(a + b) / 2 for a, b in pairwise(edges) if b - a > 1]
    for at in [edges[0] - 1, *edges, *middles, edges[-1] + 1]:
        if not any(_holds(step, at) for step in steps):
            return at
    return None


def _holds(step: Step, at: Fraction) -> bool:
    above = step.low is None or at > step.low or (step.low_counts and at == step.low)
    below = step.high is None or at < step.high or (step.high_counts and at == step.high)
    return above and below
