"""From the tree's root to the score: sums, bonuses, clamp, rounding, guards, tiers, and the range."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from keepwell.scoring.condition import Condition
from keepwell.scoring.measures import Measures
from keepwell.scoring.plan import GuardPlan, Leaf, Node, Plan, TierPlan
from keepwell.scoring.query import Query
from keepwell.scoring.shape import MICRO, divide, in_whole_millis
from keepwell.scoring.tree import Tree
from keepwell.scoring.truth import NOT_APPLICABLE, undecided

Fires = Callable[[Condition, bool], str]  # whether something that lowers (False) or raises (True) the score fires


class Total:
    """Adds everything above the measures to a query; all amounts are milli-points."""

    def __init__(self, plan: Plan, query: Query, tree: Tree, measures: Measures) -> None:
        self.plan, self.query, self.tree, self.measures = plan, query, tree, measures
        self.root = tree.value(plan.root, measures.values, "")
        self.shares: dict[str, str] = {}
        self.clamps: list[str] = []
        summed = self._points() if plan.card.form != "weighted" else self._weighted()
        self.steps: list[str] = []  # evidence rows after the measures
        self.score = self._above(summed, self._fires, self.steps)

    def rows(self) -> list[str]:
        """One expression per evidence row, in the order of `Compiled.rows`."""
        found = [str(self.plan.baseline)] if self.plan.baseline is not None else []
        for leaf in self.plan.leaves():
            own = self.shares.get(leaf.name, "0")
            found.append(
                f"CASE WHEN {self.measures.statuses[leaf.name]} <> {NOT_APPLICABLE} THEN COALESCE({own}, 0) END"
            )
        return [*found, *self.clamps, *self.steps, *self._need_rows()]

    def undecided(self) -> list[str]:
        """Per guard, whether missing evidence could make it fire."""
        return [undecided(guard.condition, self.measures.columns) for guard in self.plan.guards]

    # --- sums

    def _weighted(self) -> str:
        milli = self.query.add("milli", divide(self.root, MICRO))
        self.tree.share(self.plan.root, milli, self.measures.values, self.shares)
        return milli if self.plan.baseline is None else self.query.add("based", f"{self.plan.baseline} + {milli}")

    def _points(self) -> str:
        """Baseline and points; fractions of a milli-point go to the largest remainders."""
        plan = self.plan
        base = plan.baseline or 0
        milli = self.query.add("milli", _half_away(f"({self.root} + {base * MICRO})"))
        active: dict[str, str] = {}
        self.tree.active(plan.root, self.measures.values, "TRUE", active)
        names = [leaf.name for leaf in plan.leaves() if leaf.counted]
        parts = [_where(active[name], f"COALESCE({self.measures.values[name]}, 0)") for name in names]
        clamped = [node for node in plan.root.nodes() if node.clamp]
        exact = parts + [_where(active[f".{node.name}"], self._clamp_step(node)) for node in clamped]
        floor = -(self.tree.top(plan.root) * len(exact) // MICRO + 1)  # below any part: makes truncation a floor
        exact = [self.query.add(f"y{i}", part) for i, part in enumerate(exact)]
        bases = [
            self.query.add(f"y{i}_b", f"({part} - {floor * MICRO}) // {MICRO} + {floor}")
            for i, part in enumerate(exact)
        ]
        rests = [
            self.query.add(f"y{i}_r", f"{p} - {b} * {MICRO}") for i, (p, b) in enumerate(zip(exact, bases, strict=True))
        ]
        if self._whole():
            shares = bases
        else:
            own = self.query.add("own", f"{milli} - {base}")
            shares = self.tree.by_remainder("y", own, bases, rests)
        self.shares = dict(zip(names, shares, strict=False))
        self.clamps = [f"CASE WHEN {share} <> 0 THEN {share} END" for share in shares[len(names) :]]
        return milli

    def _whole(self) -> bool:
        """Whether every measure gives whole milli-points, so that nothing is left to share."""
        if "measure" in self.plan.rounding:
            return True
        shapes = (case.shape for leaf in self.plan.leaves() for cases in leaf.shapes for case in cases)
        points = (p.points for leaf in self.plan.leaves() for p in (leaf.missing, leaf.stale) if p.points is not None)
        whole = all(Fraction(p) * 1000 % 1 == 0 for p in points) and self.plan.neutral % MICRO == 0
        return whole and all(in_whole_millis(shape) for shape in shapes)

    def _clamp_step(self, node: Node) -> str:
        """What a dimension's clamp adds, in nano-points."""
        children = [self._member(child) for _, child in self.tree.counted(node)]
        before = " + ".join(f"COALESCE({child}, 0)" for child in children) or "0"
        return f"COALESCE({self.tree.value(node, self.measures.values, '')} - ({before}), 0)"

    def _member(self, child: Node | Leaf) -> str:
        values = self.measures.values
        return self.tree.value(child, values, "") if isinstance(child, Node) else values[child.name]

    # --- above the sum

    def _fires(self, condition: Condition, _raises: bool) -> str:
        return self.measures.condition(condition)

    def _above(self, summed: str, fires: Fires, steps: list[str], tag: str = "") -> str:
        """Bonuses, clamp, final rounding and guards on milli-points; their evidence rows go to `steps`."""
        plan, query = self.plan, self.query
        score = summed
        steps += [
            f"CASE WHEN {fires(bonus.condition, bonus.points > 0)} THEN {bonus.points} END" for bonus in plan.bonuses
        ]
        if plan.bonuses:
            terms = [
                f"CASE WHEN {fires(bonus.condition, bonus.points > 0)} THEN {bonus.points} ELSE 0 END"
                for bonus in plan.bonuses
            ]
            score = query.add(f"bonused{tag}", " + ".join([score, *terms]))
        if plan.clamp is not None:
            after = query.add(f"clamped{tag}", f"LEAST(GREATEST({score}, {plan.clamp[0]}), {plan.clamp[1]})")
            # both functions skip NULL, so an account without a sum would get the floor
            after = query.add(f"within{tag}", f"CASE WHEN {score} IS NOT NULL THEN {after} END")
            steps.append(f"CASE WHEN {after} <> {score} THEN {after} - {score} END")
            score = after
        if "final" in plan.rounding:
            after = query.add(f"rounded{tag}", _half_away(score, plan.grain))
            steps.append(f"CASE WHEN {after} <> {score} THEN {after} - {score} END")
            score = after
        for i, guard in enumerate(plan.guards):
            score = self._guarded(guard, score, fires, steps, f"guard{i}{tag}")
        return score

    def _guarded(self, guard: GuardPlan, score: str, fires: Fires, steps: list[str], name: str) -> str:
        after = score
        if guard.cap is not None:
            fired = fires(guard.condition, False)
            after = self.query.add(
                f"{name}_c", f"CASE WHEN {fired} AND {after} > {guard.cap} THEN {guard.cap} ELSE {after} END"
            )
        if guard.floor is not None:
            fired = fires(guard.condition, True)
            after = self.query.add(
                f"{name}_f", f"CASE WHEN {fired} AND {after} < {guard.floor} THEN {guard.floor} ELSE {after} END"
            )
        steps.append(f"CASE WHEN {fires(guard.condition, False)} THEN {after} - {score} END")
        return after

    # --- the range

    def bounds(self, score: str) -> tuple[str, str]:
        """The lowest and the highest the score could be, never inside the score itself."""
        low = self._bound("lo", self.measures.extremes[0], raised=False)
        high = self._bound("hi", self.measures.extremes[1], raised=True)
        # both functions skip NULL: an account without anything to score has no range either
        return f"CASE WHEN {low} IS NOT NULL THEN LEAST({low}, {score}) END", (
            f"CASE WHEN {high} IS NOT NULL THEN GREATEST({high}, {score}) END"
        )

    def _bound(self, tag: str, leaves: dict[str, str], *, raised: bool) -> str:
        """What helps fires at the best if it can, at the worst only if it must; what hurts the reverse."""

        def fires(condition: Condition, raises: bool) -> str:
            could = self.measures.possible(condition, True)
            if raises == raised:
                return could
            return self.query.add(
                f"must{len(self.query.levels)}", f"{could} AND NOT {self.measures.possible(condition, False)}"
            )

        root = self.tree.value(self.plan.root, leaves, tag)
        base = self.plan.baseline or 0
        milli = self.query.add(f"milli{tag}", _half_away(f"({root} + {base * MICRO})"))
        return self._above(milli, fires, [], tag)

    # --- tiers

    def tier(self) -> str:
        """The tier's name: by score, past unmet requirements, then as guards force it."""
        names = self._tier_name()
        for guard in self.plan.guards:
            if guard.tier is not None:
                names = (
                    f"CASE WHEN {self.measures.condition(guard.condition)} THEN {_quoted(guard.tier)} ELSE {names} END"
                )
        return names

    def _tier_name(self) -> str:
        sets = [self._name_of(tiers) for tiers in self.plan.tiers]
        if len(set(sets)) == 1:
            return sets[0]
        return f"CASE seg {' '.join(f'WHEN {i} THEN {sql}' for i, sql in enumerate(sets[:-1]))} ELSE {sets[-1]} END"

    def _name_of(self, tiers: tuple[TierPlan, ...]) -> str:
        if not tiers:
            return "CAST(NULL AS VARCHAR)"
        if len(tiers) == 1:
            return _quoted(tiers[0].name)
        position = self._position(tiers)
        whens = " ".join(f"WHEN {i} THEN {_quoted(tier.name)}" for i, tier in enumerate(tiers[:-1]))
        return f"CASE {position} {whens} ELSE {_quoted(tiers[-1].name)} END"

    def _by_score(self, tiers: tuple[TierPlan, ...]) -> str:
        whens = " ".join(f"WHEN {self.score} >= {tier.start} THEN {i}" for i, tier in enumerate(tiers[:-1]))
        number = self.plan.tiers.index(tiers)
        return self.query.add(f"tier{number}", f"CASE {whens} ELSE {len(tiers) - 1} END")

    def _position(self, tiers: tuple[TierPlan, ...]) -> str:
        """The best tier from the score's own downward whose requirements are met."""
        start = self._by_score(tiers)
        if not any(tier.needs for tier in tiers):
            return start
        whens = []
        for i, tier in enumerate(tiers[:-1]):
            unmet = " OR ".join(self._unmet(tier))
            whens.append(f"WHEN {start} <= {i}{f' AND NOT ({unmet})' if unmet else ''} THEN {i}")
        number = self.plan.tiers.index(tiers)
        return self.query.add(f"tier{number}_met", f"CASE {' '.join(whens)} ELSE {len(tiers) - 1} END")

    def _unmet(self, tier: TierPlan) -> list[str]:
        return [
            f"COALESCE(NOT {self.measures.condition(need.condition)}, {'TRUE' if need.unknown_is_unmet else 'FALSE'})"
            for need in tier.needs
        ]

    def _need_rows(self) -> list[str]:
        """A row of 0 points for each requirement that was asked and not met."""
        found = []
        for tiers in dict.fromkeys(self.plan.tiers):
            held = [str(i) for i, other in enumerate(self.plan.tiers) if other == tiers]
            everywhere = len(held) == len(self.plan.tiers)
            for i, tier in enumerate(tiers):
                for unmet in self._unmet(tier):
                    here = "" if everywhere else f"seg IN ({', '.join(held)}) AND "
                    asked = f"{self._by_score(tiers)} <= {i} AND {self._position(tiers)} >= {i}"
                    found.append(f"CASE WHEN {here}{asked} AND {unmet} THEN 0 END")
        return found


def _where(flag: str, value: str) -> str:
    return value if flag == "TRUE" else f"CASE WHEN {flag} THEN {value} ELSE 0 END"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _half_away(value: str, unit: int = MICRO) -> str:
    """A signed value rounded to whole units: nano to milli-points, or milli-points to a grain (then in milli-points)."""
    back = "" if unit == MICRO else f" * {unit}"
    return f"CASE WHEN {value} >= 0 THEN {divide(value, unit)}{back} ELSE -({divide(f'(-{value})', unit)}){back} END"
