"""A small pure-Python reading of the scorecard language, for comparison with the compiled SQL.

Written from SEMANTICS.md and the language, not from the compiler: exact fractions, no SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from keepwell.scoring import condition as words
from keepwell.scoring.scorecard import Dimension, Levels, Measure, Policy, Scale, Scorecard
from keepwell.words.reading import Band, Signal

NANO, MICRO = 10**9, 10**6
Row = Mapping[str, Any]
MONEY = {"mrr": ("mrr_minor", 100), "arr": ("arr_minor", 100), "age": ("age_days", 1)}


def away(value: Fraction) -> int:
    whole = int(abs(value) + Fraction(1, 2))
    return whole if value >= 0 else -whole


class Reference:
    """One card over one row of readings; `score()` returns what the scores relation should hold."""

    def __init__(self, card: Scorecard, signals: Mapping[str, Signal], row: Row) -> None:
        self.card, self.signals, self.row = card, signals, row
        self.summed = card.form != "weighted"
        self.top = Fraction(card.scale) * NANO
        self.segment = next((i for i, s in enumerate(card.segments) if self.truth(s.when) is True), None)
        self.present: dict[str, int] = {}

    # --- conditions

    def status(self, name: str) -> str:
        value, status = self.row.get(f"v_{name}"), self.row.get(f"q_{name}")
        if status == "not_applicable":
            return "not_applicable"
        return "missing" if value is None or status not in ("fresh", "stale") else str(status)

    def value(self, name: str) -> int | None:
        return self.row[f"v_{name}"] if self.status(name) in ("fresh", "stale") else None

    def truth(self, text: str | words.Condition) -> bool | None:
        node = words.parse(text) if isinstance(text, str) else text
        match node:
            case words.Not(inner):
                found = self.truth(inner)
                return None if found is None else not found
            case words.All(parts):
                each = [self.truth(p) for p in parts]
                return False if False in each else None if None in each else True
            case words.Some(parts):
                each = [self.truth(p) for p in parts]
                return True if True in each else None if None in each else False
        return self.leaf(node)

    def could(self, text: str | words.Condition, outcome: bool) -> bool:
        node = words.parse(text) if isinstance(text, str) else text
        match node:
            case words.Not(inner):
                return self.could(inner, not outcome)
            case words.All(parts):
                return (all if outcome else any)(self.could(p, outcome) for p in parts)
            case words.Some(parts):
                return (any if outcome else all)(self.could(p, outcome) for p in parts)
        about_status = isinstance(node, words.Is) and node.state not in ("poor", "healthy", "watch")
        if node.name in self.signals and not about_status and self.status(node.name) in ("missing", "stale"):
            return True
        return self.leaf(node) is outcome

    def leaf(self, node: Any) -> bool | None:
        if node.name in self.signals:
            return self.signal_leaf(node, self.signals[node.name])
        name, scale = MONEY.get(node.name, (node.name, 1))
        have = self.row.get(f"a_{name}")
        match node:
            case words.Is(_, state, _):
                return (have is None) == (state == "missing")
            case words.Truth():
                return have
            case words.Compare(_, sign, value, _):
                wanted: Any = value * scale if isinstance(value, Fraction) else value
                if isinstance(have, bool):
                    wanted = value in ("yes", "true")
                return None if have is None else compare(have, sign, wanted)
            case words.Among(_, values, _):
                return None if have is None else any(compare(have, "=", v) for v in values)
        raise TypeError(node)

    def signal_leaf(self, node: Any, signal: Signal) -> bool | None:
        have, status = self.value(node.name), self.status(node.name)

        def stored(value: Any) -> Fraction:
            return Fraction(signal.categories.index(value)) if isinstance(value, str) else value * signal.unit.scale

        match node:
            case words.Is(_, state, _) if state in ("poor", "healthy", "watch"):
                return None if have is None else self.graded(node.name, state, have)
            case words.Is(_, state, _):
                if state == "known":
                    return status in ("fresh", "stale")
                return status == state.replace(" ", "_")
            case words.Truth():
                wanted = signal.categories.index("yes") if signal.categories else None
                return None if have is None else have != 0 if wanted is None else have == wanted
            case words.Compare(_, sign, value, _):
                return None if have is None else compare(Fraction(have), sign, stored(value))
            case words.Among(_, values, _):
                return None if have is None else Fraction(have) in [stored(v) for v in values]
        raise TypeError(node)

    def graded(self, name: str, state: str, have: int) -> bool | None:
        signal = self.signals[name]
        if (
            not signal.categories
            and name not in [m.signal or n for n, m in self.measures()]
            and self.band(signal) is None
        ):
            return None
        scale = next(
            (m for n, m in self.measures() if (m.signal or n) == name and m.is_true is None and m.weight != 0), None
        )
        own = self.in_force(scale) if scale is not None else None
        bare = scale is None or (own is scale and not kinds(scale))
        if bare and not signal.categories and self.band(signal) is None:
            return None
        if own is not None and (own.not_applicable or own.is_true is not None):
            return None
        found = self.points_of(own, signal, have) if own is not None else self.catalogue(signal, have)
        every = self.ends_of_scale(own, signal) if own is not None else [self.top / 5, self.top]
        ends = (min(every), max(every))
        return {"poor": found == ends[0], "healthy": found == ends[1], "watch": ends[0] < found < ends[1]}[state]

    # --- measures

    def measures(self, words_: Any = None) -> list[tuple[str, Measure]]:
        found: list[tuple[str, Measure]] = []
        at = self.card if words_ is None else words_
        for inner in at.dimensions.values():
            found += self.measures(inner)
        return found + list(at.measures.items())

    def scale_of(self, name: str, measure: Measure) -> Scale:
        """The scale in force: the segment's, else the first case that fits, else the measure's own."""
        own: Scale = measure
        if self.segment is not None and name in self.card.segments[self.segment].measures:
            return merged(measure, self.card.segments[self.segment].measures[name])
        for case in measure.cases or []:
            if case.test is None or self.truth(case.test) is True:
                return merged(measure, case) if kinds(case) else case
        return own

    def in_force(self, measure: Measure) -> Scale:
        """The scale that `is poor` compares with: of the first case that fits, else the measure's own; segments aside."""
        for case in measure.cases or []:
            if case.test is None or self.truth(case.test) is True:
                return merged(measure, case) if kinds(case) else case
        return measure

    def signal_of(self, name: str, measure: Measure) -> Signal | None:
        if (measure.signal or name) in self.signals:
            return self.signals[measure.signal or name]
        text = measure.is_true or next(c.is_true or c.test for c in measure.cases or [])
        return next((self.signals[n] for n in words.names(words.parse(text or "")) if n in self.signals), None)

    def catalogue(self, signal: Signal, have: int) -> Fraction:
        if signal.categories:
            return self.top - (self.top * 4 // 5) * have // max(len(signal.categories) - 1, 1)
        band = self.band(signal)
        assert band is not None
        ends = [(band.healthy, self.top), (band.poor, self.top / 5)]
        if band.upper is not None:
            ends += [(band.upper[0], self.top), (band.upper[1], self.top / 5)]
        return line(sorted((Fraction(str(at)) * signal.unit.scale, points) for at, points in ends), Fraction(have))

    def band(self, signal: Signal) -> Band | None:
        bands = signal.bands or {}
        return bands.get(str(self.row.get("a_segment")), bands.get("*", bands.get("M")))

    def measure(self, name: str, measure: Measure) -> tuple[str, Fraction | None]:
        """Status and nano-points of the reading itself."""
        signal, scale = self.signal_of(name, measure), self.scale_of(name, measure)
        if scale.not_applicable:
            return "not_applicable", None
        if scale.is_true is not None:
            return self.flag(scale)
        if signal is None:
            return "fresh", Fraction(scale.points or 0) * NANO
        if not kinds(scale) and scale.points is None and not signal.categories and self.band(signal) is None:
            return "not_applicable", None
        have = self.value(signal.name)
        return self.status(signal.name), None if have is None else self.rounded_leaf(
            self.points_of(scale, signal, have)
        )

    def flag(self, scale: Scale) -> tuple[str, Fraction | None]:
        names = [n for n in words.names(words.parse(scale.is_true or "")) if n in self.signals]
        statuses = [self.status(n) for n in names]
        found = self.truth(scale.is_true or "")
        if found is None:
            return ("not_applicable" if "not_applicable" in statuses and "missing" not in statuses else "missing"), None
        points = Fraction((scale.points if found else scale.otherwise) or 0) * NANO
        return ("stale" if "stale" in statuses else "fresh"), self.rounded_leaf(points)

    def rounded_leaf(self, points: Fraction) -> Fraction:
        return self.grained(points) if "measure" in self.card.rounding else points

    def grained(self, nano: Fraction) -> Fraction:
        grain = 10 ** (3 - self.card.digits)
        milli = away(nano / MICRO)
        return Fraction(away(Fraction(milli, grain)) * grain * MICRO)

    def points_of(self, scale: Scale, signal: Signal, have: int) -> Fraction:
        unit, value = signal.unit.scale, Fraction(have)
        if scale.bands is not None:
            return next(Fraction(b.points) * NANO for b in scale.bands if inside(b, value / unit))
        if scale.curve is not None:
            corners = [(Fraction(a) * unit, Fraction(b) * NANO) for a, b in scale.curve]
            if scale.outside is not None and not corners[0][0] <= value <= corners[-1][0]:
                return Fraction(scale.outside) * NANO
            return line(corners, value)
        if scale.categories is not None:
            given = scale.categories.get(signal.categories[have], scale.otherwise)
            return Fraction(given or 0) * NANO
        if scale.each is not None:
            limit = scale.at_most if scale.at_most is not None else Decimal(self.card.scale).copy_sign(scale.each)
            raw = Fraction(away(Fraction(scale.each) * NANO * value / unit))
            low, high = sorted((Fraction(0), Fraction(limit) * NANO))
            return min(max(raw, low), high)
        if scale.healthy is not None and scale.poor is not None:
            segment = str(self.row.get("a_segment"))
            healthy = pick(scale.healthy, scale.poor, segment)
            poor = pick(scale.poor, scale.healthy, segment)
            good = Fraction(scale.healthy_points) * NANO if scale.healthy_points is not None else self.top
            bad = Fraction(scale.poor_points) * NANO if scale.poor_points is not None else self.top / 5
            return line(sorted([(healthy * unit, good), (poor * unit, bad)]), value)
        if scale.points is not None:
            return Fraction(scale.points) * NANO
        return self.catalogue(signal, have)

    def ends_of(self, measure: Scale, signal: Signal | None) -> tuple[Fraction, Fraction]:
        """Worst and best points over every way the measure can be scored."""
        scales: list[Scale] = [*(getattr(measure, "cases", None) or []), measure]
        found: list[Fraction] = []
        for scale in scales:
            found += self.ends_of_scale(merged(measure, scale) if kinds(scale) else scale, signal)
        return (min(found), max(found)) if found else (Fraction(0), Fraction(0))

    def ends_of_scale(self, scale: Scale, signal: Signal | None) -> list[Fraction]:
        if scale.not_applicable:
            return []
        if scale.is_true is not None:
            return [Fraction(p or 0) * NANO for p in (scale.points, scale.otherwise)]
        if scale.bands is not None:
            return [Fraction(b.points) * NANO for b in scale.bands]
        if scale.curve is not None:
            out = [] if scale.outside is None else [Fraction(scale.outside) * NANO]
            return [Fraction(p) * NANO for _, p in scale.curve] + out
        if scale.categories is not None and signal is not None:
            return [self.points_of(scale, signal, i) for i in range(len(signal.categories))]
        if scale.each is not None:
            limit = scale.at_most if scale.at_most is not None else Decimal(self.card.scale).copy_sign(scale.each)
            return [Fraction(0), Fraction(limit) * NANO]
        if scale.healthy is not None:
            good = Fraction(scale.healthy_points) * NANO if scale.healthy_points is not None else self.top
            return [good, Fraction(scale.poor_points) * NANO if scale.poor_points is not None else self.top / 5]
        if scale.points is not None:
            return [Fraction(scale.points) * NANO]
        covered = getattr(scale, "cases", None) and scale.cases[-1].test is None  # type: ignore[attr-defined]
        return [] if covered else [self.top / 5, self.top]

    def leaf_ends(self, name: str, measure: Measure) -> tuple[Fraction, Fraction]:
        if self.segment is not None and name in self.card.segments[self.segment].measures:
            over = merged(measure, self.card.segments[self.segment].measures[name])
            return self.ends_of(over, self.signal_of(name, measure))
        return self.ends_of(measure, self.signal_of(name, measure))

    def policy(self, policy: Policy, held: Fraction | None) -> Fraction | str | None:
        match policy.do:
            case "hold":
                return held
            case "neutral":
                default = Fraction(0) if self.summed else self.top / 2
                return Fraction(self.card.neutral) * NANO if self.card.neutral is not None else default
            case "points":
                return Fraction(policy.points or 0) * NANO
            case "abstain":
                return "abstain"
        return None

    def effective(self, name: str, measure: Measure) -> Fraction | str | None:
        status, points = self.measure(name, measure)
        missing = measure.missing or self.card.missing
        stale = measure.stale or self.card.stale
        match status:
            case "fresh":
                return points
            case "stale":
                return self.policy(missing if stale.do == "missing" else stale, points)
            case "missing":
                return self.policy(missing, None)
        return None

    # --- the tree

    def weight(self, name: str, given: Any) -> Fraction:
        if self.segment is not None and name in self.card.segments[self.segment].weights:
            return Fraction(self.card.segments[self.segment].weights[name])
        if isinstance(given, Measure):
            return Fraction(given.weight) if given.weight is not None else Fraction(1)
        if given.weight is not None:
            return Fraction(given.weight)
        inner = [static(d) for d in given.dimensions.values()]
        return sum(
            [*inner, *(Fraction(m.weight if m.weight is not None else 1) for m in given.measures.values())], Fraction(0)
        )

    def members(self, node: Any) -> list[tuple[str, Any, Fraction]]:
        found = [(n, d, self.weight(n, d)) for n, d in node.dimensions.items()]
        return found + [(n, m, self.weight(n, m)) for n, m in node.measures.items() if m.weight is None or m.weight > 0]

    def combine(self, node: Any) -> str:
        return node.combine or ("sum" if self.summed else "mean")

    def value_of(self, node: Any, leaves: Mapping[str, Fraction | None], root: bool = True) -> Fraction | None:
        values = []
        for name, child, weight in self.members(node):
            found = leaves[name] if isinstance(child, Measure) else self.value_of(child, leaves, False)
            if found is not None:
                values.append((found, weight))
        combined = self.combined(node, values)
        if combined is not None and not root and "dimension" in self.card.rounding:
            return self.grained(combined)
        return combined

    def combined(self, node: Any, values: list[tuple[Fraction, Fraction]]) -> Fraction | None:
        match self.combine(node):
            case "mean":
                weight = sum((w for _, w in values), Fraction(0))
                return Fraction(away(sum((v * w for v, w in values), Fraction(0)) / weight)) if weight else None
            case "sum":
                if not values:
                    return None
                total = sum((v for v, _ in values), Fraction(0))
                clamp = getattr(node, "clamp", None) if isinstance(node, Dimension) else None
                return total if clamp is None else min(max(total, Fraction(clamp[0]) * NANO), Fraction(clamp[1]) * NANO)
            case "any_poor":
                return min((self.level(node, v)[1] for v, _ in values), default=None)
            case word:
                return (min if word == "min" else max)((v for v, _ in values), default=None)

    def level(self, node: Any, value: Fraction) -> tuple[int, Fraction]:
        levels = node.levels or Levels()

        def at(given: Any, part: int) -> Fraction:
            return Fraction(given) * NANO if given is not None else self.top * part / 100

        if value <= at(levels.poor_to, 20):
            return 0, at(levels.poor, 0)
        return (2, at(levels.good, 100)) if value >= at(levels.good_from, 100) else (1, at(levels.average, 60))

    # --- points downward

    def share(self, node: Any, milli: int, leaves: Mapping[str, Fraction | None], found: dict[str, int]) -> None:
        parts = []
        for name, child, weight in self.members(node):
            value = leaves[name] if isinstance(child, Measure) else self.value_of(child, leaves, False)
            parts.append((name, child, weight, value))
        if self.combine(node) == "mean":
            shares = hamilton(milli, [Fraction(0) if v is None else v * w for _, _, w, v in parts])
        else:
            shares = [milli if i == self.decider(node, parts) else 0 for i in range(len(parts))]
        for (name, child, _, _), share in zip(parts, shares, strict=True):
            if isinstance(child, Measure):
                found[name] = share
            else:
                self.share(child, share, leaves, found)

    def decider(self, node: Any, parts: list[Any]) -> int | None:
        known = [(i, v) for i, (_, _, _, v) in enumerate(parts) if v is not None]
        if not known:
            return None
        match self.combine(node):
            case "any_poor":
                return min(known, key=lambda p: (self.level(node, p[1])[0], p[0]))[0]
            case "max":
                return min(known, key=lambda p: (-p[1], p[0]))[0]
        return min(known, key=lambda p: (p[1], p[0]))[0]

    def active(
        self, node: Any, leaves: Mapping[str, Fraction | None], on: bool, found: list[tuple[str, Fraction]]
    ) -> None:
        parts = [
            (n, c, w, leaves[n] if isinstance(c, Measure) else self.value_of(c, leaves, False))
            for n, c, w in self.members(node)
        ]
        chosen = None if self.combine(node) == "sum" else self.decider(node, parts)
        for i, (name, child, _, value) in enumerate(parts):
            here = on and (self.combine(node) == "sum" or i == chosen)
            if isinstance(child, Measure):
                found.append((name, value if here and value is not None else Fraction(0)))
            else:
                if child.clamp is not None:
                    found.append((name, self.clamp_step(child, leaves) if here else Fraction(0)))
                self.active(child, leaves, here, found)

    def dimensions(self, node: Any) -> list[str]:
        """Names of the dimensions, outermost first, as the file has them."""
        return [found for key, child in node.dimensions.items() for found in (key, *self.dimensions(child))]

    def clamp_step(self, child: Dimension, leaves: Mapping[str, Fraction | None]) -> Fraction:
        """What a dimension's clamp adds."""
        inner = [
            leaves[n] if isinstance(c, Measure) else self.value_of(c, leaves, False) for n, c, _ in self.members(child)
        ]
        value = self.value_of(child, leaves, False)
        return Fraction(0) if value is None else value - sum((v for v in inner if v is not None), Fraction(0))

    # --- coverage

    def shares(self) -> dict[str, Fraction]:
        found: dict[str, Fraction] = {}
        self.split(self.card, Fraction(1), found)
        return found

    def possible(self, name: str, child: Any) -> Fraction:
        if isinstance(child, Measure):
            return max(abs(e) for e in self.leaf_ends(name, child))
        inner = [self.possible(n, c) for n, c, _ in self.members(child)]
        return sum(inner, Fraction(0)) if self.combine(child) == "sum" else max(inner, default=Fraction(0))

    def split(self, node: Any, whole: Fraction, found: dict[str, Fraction]) -> None:
        match self.combine(node):
            case "sum":
                parts = [(n, c, self.possible(n, c)) for n, c, _ in self.members(node)]
            case "mean":
                parts = self.members(node)
            case _:
                parts = [(n, c, Fraction(1)) for n, c, _ in self.members(node)]
        total = sum(p for _, _, p in parts)
        for name, child, part in parts:
            if total and part:
                if isinstance(child, Measure):
                    found[name] = whole * part / total
                else:
                    self.split(child, whole * part / total, found)

    def coverage(self) -> int:
        shares = self.shares()
        measures = dict(self.measures())
        statuses = {n: self.measure(n, measures[n])[0] for n in shares}
        whole = sum(s for n, s in shares.items() if statuses[n] != "not_applicable")
        fresh = sum(s for n, s in shares.items() if statuses[n] == "fresh")
        return away(Fraction(fresh) / whole * 10**6) if whole else 0

    # --- the score

    def score(self) -> dict[str, Any]:
        card = self.card
        counted = {n: m for n, m in self.measures() if m.weight is None or m.weight > 0}
        effective = {n: self.effective(n, m) for n, m in counted.items()}
        leaves = {n: None if v == "abstain" else v for n, v in effective.items()}
        root = self.value_of(card, leaves)  # type: ignore[arg-type]
        coverage = self.coverage()
        scored = (
            not (card.applies is not None and self.truth(card.applies) is False)
            and root is not None
            and "abstain" not in effective.values()
            and coverage >= Fraction(card.min_coverage) * 10_000
        )
        rows: dict[str, int | None] = {}
        score = None
        if root is not None:
            score = self.above(root, leaves, rows)  # type: ignore[arg-type]
        low, high = self.bound(False), self.bound(True)
        if score is not None and low is not None and high is not None:
            low, high = min(low, score), max(high, score)
        tier = self.tier(score) if score is not None else None
        return {
            "state": "scored" if scored else "unscored",
            "score_milli": score if scored else None,
            "tier": tier if scored else None,
            "coverage_ppm": coverage,
            "low_milli": low,
            "high_milli": high,
            "segment_name": None if self.segment is None else card.segments[self.segment].name,
            "rows": rows if scored else {},
        }

    def above(self, root: Fraction, leaves: Mapping[str, Fraction | None], rows: dict[str, int | None]) -> int:
        base = int(Fraction(self.card.baseline) * 1000) if self.card.baseline is not None else 0
        milli = away(root / MICRO + base)
        if self.summed:
            exact: list[tuple[str, Fraction]] = []
            self.active(self.card, leaves, True, exact)
            dimensions = self.dimensions(self.card)
            clamps = [(n, v) for n, v in exact if n in dimensions]
            exact = [c for c in exact if c not in clamps] + sorted(clamps, key=lambda c: dimensions.index(c[0]))
            rows |= dict(zip([n for n, _ in exact], largest(milli - base, [v for _, v in exact]), strict=True))
        else:
            found: dict[str, int] = {}
            self.share(self.card, milli - base, leaves, found)
            rows |= found
        return self.tops(milli, lambda c, _: self.truth(c) is True, rows)

    def bound(self, raised: bool) -> int | None:
        leaves: dict[str, Fraction | None] = {}
        for name, measure in self.measures():
            if measure.weight is not None and measure.weight == 0:
                continue
            status, points = self.measure(name, measure)
            ends = self.leaf_ends(name, measure)
            leaves[name] = points if status == "fresh" else None if status == "not_applicable" else ends[raised]
        root = self.value_of(self.card, leaves)
        if root is None:
            return None
        base = int(Fraction(self.card.baseline) * 1000) if self.card.baseline is not None else 0

        def fires(text: str, raises: bool) -> bool:
            if raises == raised:
                return self.could(text, True)
            return self.could(text, True) and not self.could(text, False)

        return self.tops(away(root / MICRO + base), fires, {})

    def tops(self, milli: int, fires: Any, rows: dict[str, int | None]) -> int:
        card = self.card
        for bonus in card.bonuses:
            if fires(bonus.when, bonus.points > 0):
                rows[bonus.name] = int(Fraction(bonus.points) * 1000)
                milli += int(Fraction(bonus.points) * 1000)
        clamp = card.clamp if "clamp" in card.model_fields_set else (Decimal(0), card.scale)
        if clamp is not None:
            after = min(max(milli, int(clamp[0] * 1000)), int(clamp[1] * 1000))
            if after != milli:
                rows["clamp"] = after - milli
            milli = after
        if "final" in card.rounding:
            grain = 10 ** (3 - card.digits)
            after = away(Fraction(milli, grain)) * grain
            if after != milli:
                rows["rounding"] = after - milli
            milli = after
        for guard in card.guards:
            after = milli
            if guard.cap is not None and fires(guard.when, False):
                after = min(after, int(Decimal(guard.cap) * 1000))
            if guard.floor is not None and fires(guard.when, True):
                after = max(after, int(Decimal(guard.floor) * 1000))
            if fires(guard.when, False):
                rows[guard.name] = after - milli
            milli = after
        return milli

    def tier(self, score: int) -> str | None:
        tiers = self.card.tiers
        if self.segment is not None and self.card.segments[self.segment].tiers is not None:
            tiers = self.card.segments[self.segment].tiers or []
        found = None
        for i, tier in enumerate(tiers):
            if score < tier.start * 1000 and i < len(tiers) - 1:
                continue
            met = all(
                self.truth(n.when) is not False and (self.truth(n.when) or n.unknown == "met") for n in tier.requires
            )
            if met:
                found = tier.name
                break
        for guard in self.card.guards:
            if guard.tier is not None and self.truth(guard.when) is True:
                found = guard.tier
        return found


def static(node: Dimension) -> Fraction:
    if node.weight is not None:
        return Fraction(node.weight)
    own = [Fraction(m.weight if m.weight is not None else 1) for m in node.measures.values()]
    return sum([*own, *(static(d) for d in node.dimensions.values())], Fraction(0))


def compare(have: Any, sign: str, wanted: Any) -> bool:
    if sign in ("=", "!="):
        return bool((have == wanted) is (sign == "="))
    return bool({"<": have < wanted, "<=": have <= wanted, ">": have > wanted, ">=": have >= wanted}[sign])


def kinds(scale: Scale) -> set[str]:
    names = ("healthy", "poor", "bands", "curve", "categories", "each", "is_true")
    found = {n for n in names if getattr(scale, n) is not None} | ({"absent"} if scale.not_applicable else set())
    return {"edges" if n in ("healthy", "poor") else n for n in found}


def merged(base: Scale, over: Scale) -> Scale:
    if base is over:
        return over
    own = {n: getattr(over, n) for n in Scale.model_fields if n in over.model_fields_set}
    same = not kinds(over) or kinds(over) == kinds(base)
    names = list(Scale.model_fields) if same else ["healthy_points", "poor_points", "otherwise"]
    taken = {n: getattr(base, n) for n in names if n in base.model_fields_set}
    return Scale.model_construct(**{**taken, **own})


def pick(edges: Mapping[str, Decimal], others: Mapping[str, Decimal], segment: str) -> Fraction:
    """The edge of a segment; accounts of no listed segment have the general one, else the middle's."""
    listed = {*edges, *others} - {"*"}
    if segment in listed:
        return Fraction(edges.get(segment, edges.get("*")))  # type: ignore[arg-type]
    if "*" in edges and ("*" in others or not listed):
        return Fraction(edges["*"])
    last = "M" if "M" in listed else next(iter(dict.fromkeys([*edges, *others])))
    return Fraction(edges.get(last, edges.get("*")))  # type: ignore[arg-type]


def inside(band: Any, value: Fraction) -> bool:
    return (
        (band.below is None or value < Fraction(band.below))
        and (band.up_to is None or value <= Fraction(band.up_to))
        and (band.at_least is None or value >= Fraction(band.at_least))
        and (band.above is None or value > Fraction(band.above))
    )


def line(corners: list[tuple[Fraction, Fraction]], value: Fraction) -> Fraction:
    """Straight lines between corners, the increment from the lower end rounded half away from zero."""
    if value <= corners[0][0]:
        return corners[0][1]
    if value >= corners[-1][0]:
        return corners[-1][1]
    for (x0, y0), (x1, y1) in pairwise(corners):
        if x0 <= value <= x1:
            (low_x, low_y), (_, high_y) = sorted([(x0, y0), (x1, y1)], key=lambda c: c[1])
            return low_y + away((high_y - low_y) * abs(value - low_x) / (x1 - x0))
    raise AssertionError


def hamilton(total: int, parts: list[Fraction]) -> list[int]:
    """Shares of a whole in proportion, whole numbers, the largest remainders rounded up, ties in order."""
    whole = sum(parts, Fraction(0))
    if not whole:
        return [0 for _ in parts]
    return largest(total, [total * p / whole * MICRO for p in parts])


def largest(total: int, nano: list[Fraction]) -> list[int]:
    """Milli-points from nano-points by largest remainder."""
    floors = [n // MICRO for n in nano]
    order = sorted(range(len(nano)), key=lambda i: (-(nano[i] - floors[i] * MICRO), i))
    left = total - sum(floors)
    up = set(order[:left]) if left > 0 else set()
    return [int(f) + (i in up) for i, f in enumerate(floors)]
