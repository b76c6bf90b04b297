"""Measures as SQL: statuses, values, and what a missing or stale reading does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cached_property

from keepwell.scoring import meaning
from keepwell.scoring.condition import Condition
from keepwell.scoring.plan import Leaf, Plan
from keepwell.scoring.query import Query
from keepwell.scoring.scorecard import Policy
from keepwell.scoring.shape import NANO, Absent, Fixed, Flag, Shape, ShapeCase, half_away, shape_sql
from keepwell.scoring.tree import Tree
from keepwell.scoring.truth import FRESH, MISSING, NOT_APPLICABLE, STALE, Columns, possible, truth


class Measures:
    """Adds statuses, conditions and leaf values to a query."""

    def __init__(self, plan: Plan, query: Query, tree: Tree, forced: bool) -> None:
        self.plan, self.query, self.tree, self.forced = plan, query, tree, forced
        self.columns = Columns(plan.signals, plan.edges)
        self.known: Mapping[str, tuple[str, str]] = {name: self._signal(name) for name in plan.signals}
        self.segment()
        self.statuses = {leaf.name: self._status(leaf) for leaf in plan.leaves()}
        self.raw = {leaf.name: self._value(leaf) for leaf in plan.leaves() if leaf.counted}
        self.values = {leaf.name: self._effective(leaf) for leaf in plan.leaves() if leaf.counted}

    # --- signals and conditions

    def _signal(self, name: str) -> tuple[str, str]:
        """The status and the known value of a signal, as columns `s_` and `x_`."""
        if name in self.plan.absent:
            self.query.levels |= {f"s_{name}": 0, f"x_{name}": 0}
            self.query.given |= {f"s_{name}": f"CAST({MISSING} AS INTEGER)", f"x_{name}": "CAST(NULL AS BIGINT)"}
            return f"s_{name}", f"x_{name}"
        status = self.query.add(
            f"s_{name}",
            f"CASE WHEN q_{name} = 'not_applicable' THEN {NOT_APPLICABLE} WHEN v_{name} IS NULL THEN {MISSING}"
            f" WHEN q_{name} = 'fresh' THEN {FRESH} WHEN q_{name} = 'stale' THEN {STALE} ELSE {MISSING} END",
        )
        return status, self.query.add(f"x_{name}", f"CASE WHEN s_{name} <= {STALE} THEN v_{name} END")

    def condition(self, condition: Condition) -> str:
        """A column with the condition's three-valued truth."""
        return self.query.add(f"c{len(self.query.levels)}", truth(condition, self.columns))

    def possible(self, condition: Condition, outcome: bool) -> str:
        """A column that says whether it could come out so, once the missing evidence arrived."""
        return self.query.add(f"c{len(self.query.levels)}", possible(condition, self.columns, outcome))

    def segment(self) -> str:
        """The position of the first segment that fits, as column `seg`; the number of segments where none does."""
        if not self.plan.segments:
            return "0"
        if "seg" not in self.query.levels:
            whens = " ".join(
                f"WHEN {self.condition(segment.condition)} THEN {i}" for i, segment in enumerate(self.plan.segments)
            )
            self.query.add("seg", f"CASE {whens} ELSE {len(self.plan.segments)} END")
        return "seg"

    # --- leaves

    def _by_segment(self, leaf: Leaf, cases_sql: Callable[[tuple[ShapeCase, ...]], str]) -> str:
        whole = [cases_sql(cases) for cases in leaf.shapes]
        if len(set(whole)) == 1:
            return whole[0]
        whens = " ".join(f"WHEN {i} THEN {sql}" for i, sql in enumerate(whole[:-1]))
        return f"CASE seg {whens} ELSE {whole[-1]} END"

    def _cases(self, cases: tuple[ShapeCase, ...], one: Callable[[Shape], str]) -> str:
        whens = [f"WHEN {self.condition(case.test)} THEN {one(case.shape)}" for case in cases if case.test is not None]
        last = one(cases[-1].shape) if cases and cases[-1].test is None else one(Absent())
        if all(when.endswith(f"THEN {last}") for when in whens):
            return last
        return f"CASE {' '.join(whens)} ELSE {last} END"

    def _status(self, leaf: Leaf) -> str:
        def one(shape: Shape) -> str:
            match shape:
                case Absent():
                    return str(NOT_APPLICABLE)
                case Flag(condition, _, _):
                    return self._flag_status(condition)
                case _:
                    return self.known[leaf.signal.name][0] if leaf.signal is not None else str(FRESH)

        name = f"t{self.tree.leaf_numbers[leaf.name]}"
        if not leaf.counted:
            return self.known[leaf.signal.name][0] if leaf.signal is not None else str(FRESH)
        return self.query.add(name, self._by_segment(leaf, lambda cases: self._cases(cases, one)))

    def _flag_status(self, condition: Condition) -> str:
        read = [self.known[name][0] for name in meaning.signals_in(condition, self.plan.signals)]
        unknown = f"WHEN {' OR '.join(f'{s} = {MISSING}' for s in read)} THEN {MISSING}" if read else ""
        outside = f"WHEN {' OR '.join(f'{s} = {NOT_APPLICABLE}' for s in read)} THEN {NOT_APPLICABLE}" if read else ""
        absent = f"CASE {unknown} {outside} ELSE {MISSING} END" if read else str(MISSING)
        stale = f" WHEN {' OR '.join(f'{s} = {STALE}' for s in read)} THEN {STALE}" if read else ""
        return f"CASE WHEN {self.condition(condition)} IS NULL THEN {absent}{stale} ELSE {FRESH} END"

    def _value(self, leaf: Leaf) -> str:
        """Nano-points of a known reading, NULL otherwise."""

        def one(shape: Shape) -> str:
            match shape:
                case Absent():
                    return "CAST(NULL AS BIGINT)"
                case Flag(condition, yes, no):
                    held = self.condition(condition)
                    return f"CASE WHEN {held} THEN {yes} WHEN NOT {held} THEN {no} END"
                case Fixed(nano) if leaf.signal is None:
                    return str(nano)
                case _ if leaf.signal is not None:
                    return f"({shape_sql(shape, self.known[leaf.signal.name][1])})"
                case _:
                    raise TypeError(shape)

        number = self.tree.leaf_numbers[leaf.name]
        sql = self._by_segment(leaf, lambda cases: self._cases(cases, one))
        found = self.query.add(f"r{number}", f"CAST({sql} AS BIGINT)")
        if "measure" in self.plan.rounding:
            found = self.query.add(f"r{number}_r", self.tree.rounded(found))
        return found

    def _effective(self, leaf: Leaf) -> str:
        """The value the tree works with: policies applied, NULL where the measure takes no part."""
        number, status, raw = self.tree.leaf_numbers[leaf.name], self.statuses[leaf.name], self.raw[leaf.name]
        stale, missing = self._policy(leaf.stale, raw), self._policy(leaf.missing, "NULL")
        found = raw
        if stale != raw or missing != "NULL":
            found = f"CASE {status} WHEN {FRESH} THEN {raw} WHEN {STALE} THEN {stale} WHEN {MISSING} THEN {missing} END"
        if self.forced:
            best = self.tree.by_segment([leaf.extremes(s)[1] for s in range(len(leaf.shapes))])
            name = leaf.name.replace("'", "''")
            found = f"CASE WHEN force = '{name}' AND {status} <> {NOT_APPLICABLE} THEN {best} ELSE {found} END"
        return self.query.add(f"e{number}", found if found == raw else f"CAST({found} AS BIGINT)")

    def _policy(self, policy: Policy, held: str) -> str:
        match policy.do:
            case "hold":
                return held
            case "neutral":
                return str(self.plan.neutral)
            case "points":
                return str(half_away(Fraction(policy.points or 0) * NANO))
            case _:
                return "NULL"

    @cached_property
    def extremes(self) -> tuple[dict[str, str], dict[str, str]]:
        """The leaves at their worst and at their best where they are missing or stale (SEMANTICS, rule 13)."""
        return self._extreme("lo", 0), self._extreme("hi", 1)

    def _extreme(self, tag: str, which: int) -> dict[str, str]:
        found = {}
        for leaf in self.plan.leaves():
            if leaf.counted:
                ends = self.tree.by_segment([leaf.extremes(s)[which] for s in range(len(leaf.shapes))])
                whens = f"WHEN {FRESH} THEN {self.raw[leaf.name]} WHEN {NOT_APPLICABLE} THEN NULL ELSE {ends}"
                number = self.tree.leaf_numbers[leaf.name]
                found[leaf.name] = self.query.add(f"e{number}{tag}", f"CASE {self.statuses[leaf.name]} {whens} END")
        return found
