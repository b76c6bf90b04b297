"""A plan as one SQL statement: the readings relation in, the scores relation out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from keepwell.scoring import meaning
from keepwell.scoring.measures import Measures
from keepwell.scoring.plan import GuardPlan, Leaf, Need, Plan
from keepwell.scoring.query import Query
from keepwell.scoring.shape import BIG, WIDE_ZERO, divide
from keepwell.scoring.total import Total
from keepwell.scoring.tree import Tree
from keepwell.words.account import ATTRIBUTES
from keepwell.words.score import RowKind

PPM = 1_000_000


@dataclass(frozen=True)
class Row:
    """What evidence row `p_<index>` stands for."""

    index: int
    kind: RowKind
    name: str
    leaf: Leaf | None = None
    guard: GuardPlan | None = None
    need: Need | None = None

    @property
    def column(self) -> str:
        """Its column in the scores relation."""
        return f"p_{self.index}"


@dataclass(frozen=True)
class Compiled:
    """A card ready to run. The statement is the same for one account and for a whole book."""

    plan: Plan

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The evidence rows in file order (SEMANTICS, rule 12)."""
        return _rows(self.plan)

    @cached_property
    def columns(self) -> dict[str, str]:
        """Columns the readings relation must have, with their types."""
        plan = self.plan
        found = {"account_id": "VARCHAR", "as_of": "DATE"}
        names = [name for c in plan.conditions() for name in meaning.attributes_in(c, plan.signals)]
        tests = (case.test for cases in plan.edges.values() for case in cases if case.test is not None)
        names += [name for test in tests for name in meaning.attributes_in(test, plan.signals)]
        found |= {f"a_{name}": ATTRIBUTES[name] for name in dict.fromkeys(names)}
        for name in plan.signals:
            if name not in plan.absent:
                found |= {f"v_{name}": "BIGINT", f"q_{name}": "VARCHAR"}
        return found

    def sql(self, relation: str = "readings", *, ranges: bool = True) -> str:
        """The statement: one scores row per readings row. Without `ranges` low and high are NULL, for speed."""
        return self._kept(relation, ranges, detail=False)

    def detail_sql(self, relation: str = "readings", *, ranges: bool = True) -> str:
        """The statement for explanations: rows of unscored accounts too, statuses, present weights.

        The relation has one more column `force`: the name of a measure to be taken at its best, or NULL.
        """
        return self._kept(relation, ranges, detail=True)

    def _kept(self, relation: str, ranges: bool, detail: bool) -> str:
        """Each statement is written once: a book asks for the same few again and again."""
        key = (relation, ranges, detail)
        if key not in self._statements:
            self._statements[key] = _statement(self, *key)
        return self._statements[key]

    @cached_property
    def _statements(self) -> dict[tuple[str, bool, bool], str]:
        return {}


def compile_plan(plan: Plan) -> Compiled:
    """The compiled form of a plan."""
    return Compiled(plan)


def _rows(plan: Plan) -> tuple[Row, ...]:
    found: list[tuple[RowKind, str, Leaf | None, GuardPlan | None, Need | None]] = []
    if plan.baseline is not None:
        found.append((RowKind.BASELINE, "baseline", None, None, None))
    found += [(RowKind.MEASURE, leaf.name, leaf, None, None) for leaf in plan.leaves()]
    found += [(RowKind.CLAMP, node.name, None, None, None) for node in plan.root.nodes() if node.clamp]
    found += [(RowKind.BONUS, bonus.name, None, None, None) for bonus in plan.bonuses]
    if plan.clamp is not None:
        found.append((RowKind.CLAMP, "clamp", None, None, None))
    if "final" in plan.rounding:
        found.append((RowKind.ROUNDING, "rounding", None, None, None))
    found += [(RowKind.GUARD, guard.name, None, guard, None) for guard in plan.guards]
    for tier_set in dict.fromkeys(plan.tiers):
        for tier in tier_set:
            found += [(RowKind.GUARD, tier.name, None, None, need) for need in tier.needs]
    return tuple(Row(index, *parts) for index, parts in enumerate(found))


def _statement(compiled: Compiled, relation: str, ranges: bool, detail: bool) -> str:
    plan = compiled.plan
    given = {name: name for name in compiled.columns}
    if detail:
        given["force"] = "force"
    query = Query(given)
    tree = Tree(plan, query)
    measures = Measures(plan, query, tree, detail)
    total = Total(plan, query, tree, measures)
    coverage = query.add("coverage", _coverage(plan, tree, measures))
    why = query.add("why", _why(plan, total, measures, coverage))
    scored = query.add("scored", f"{why} IS NULL")
    points = total.rows()
    score, tier = total.score, total.tier()
    low, high = total.bounds(score) if ranges else ("CAST(NULL AS BIGINT)", "CAST(NULL AS BIGINT)")
    output = {
        "account_id": "account_id",
        "as_of": "as_of",
        "state": f"CASE WHEN {scored} THEN 'scored' ELSE 'unscored' END",
        "score_milli": f"CASE WHEN {scored} THEN {score} END",
        "tier": f"CASE WHEN {scored} THEN {tier} END",
        "coverage_ppm": coverage,
        "low_milli": low,
        "high_milli": high,
        "segment_name": _segment_name(plan),
    }
    for row, expression in zip(compiled.rows, points, strict=True):
        output[row.column] = expression if detail else f"CASE WHEN {scored} THEN {expression} END"
    output["unscored_why"] = why
    if detail:
        output |= _details(plan, tree, measures, total, score)
    return query.sql(relation, output)


def _details(plan: Plan, tree: Tree, measures: Measures, total: Total, score: str) -> dict[str, str]:
    found = {"force": "force", "raw_milli": score, "raw_tier": total.tier(), "seg": measures.segment()}
    found |= {f"t_{i}": measures.statuses[leaf.name] for i, leaf in enumerate(plan.leaves())}
    found |= {f"n_{i}": measures.values.get(leaf.name, "NULL") for i, leaf in enumerate(plan.leaves())}
    found |= {f"w_{number}": total for number, total in tree.totals.items()}
    found |= {f"u_{i}": expression for i, expression in enumerate(total.undecided())}
    return found


def _coverage(plan: Plan, tree: Tree, measures: Measures) -> str:
    """Fresh weight in the weight that applies, in parts per million (SEMANTICS, rule 13)."""
    fresh, whole, table = [], [], plan.shares()
    for i, leaf in enumerate(plan.leaves()):
        shares = [row[i] for row in table]
        if any(shares):
            share, status = tree.by_segment(shares), measures.statuses[leaf.name]
            fresh.append(f"CASE WHEN {status} = 0 THEN {share} ELSE 0 END")
            whole.append(f"CASE WHEN {status} <> 3 THEN {share} ELSE 0 END")
    if not whole:
        return "CAST(0 AS BIGINT)"
    top = measures.query.add("cover_f", " + ".join([WIDE_ZERO, *fresh]))
    bottom = measures.query.add("cover_w", " + ".join([WIDE_ZERO, *whole]))
    wide = max(sum(row) for row in table) * 2 * PPM >= BIG
    dividend = f"CAST({top} AS HUGEINT) * {PPM}" if wide else f"CAST({top} AS BIGINT) * {PPM}"
    return f"CASE WHEN {bottom} > 0 THEN {divide(dividend, bottom, wide)} ELSE 0 END"


def _why(plan: Plan, total: Total, measures: Measures, coverage: str) -> str:
    """Why there is no score, NULL when there is one."""
    whens = []
    if plan.applies is not None:
        whens.append(f"WHEN NOT {measures.condition(plan.applies)} THEN 'not for this account'")
    whens.append(f"WHEN {total.root} IS NULL THEN 'nothing to score'")
    for leaf in plan.leaves():
        for status, policy in ((1, leaf.stale), (2, leaf.missing)):
            if policy.do == "abstain" and leaf.counted:
                word = "stale" if status == 1 else "missing"
                whens.append(f"WHEN {measures.statuses[leaf.name]} = {status} THEN '{leaf.name} is {word}'")
    if plan.min_coverage:
        whens.append(f"WHEN {coverage} < {plan.min_coverage} THEN 'too little evidence'")
    return f"CASE {' '.join(whens)} END"


def _segment_name(plan: Plan) -> str:
    if not plan.segments:
        return "CAST(NULL AS VARCHAR)"
    names = ("'" + segment.name.replace("'", "''") + "'" for segment in plan.segments)
    return "CASE seg " + " ".join(f"WHEN {i} THEN {name}" for i, name in enumerate(names)) + " END"
