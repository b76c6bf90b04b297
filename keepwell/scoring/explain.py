"""A score in words: evidence that adds up, what is missing, and the way to the next tier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import islice
from typing import Any

import duckdb

from keepwell.scoring import sentence
from keepwell.scoring.compile import Compiled, Row
from keepwell.scoring.evaluate import Values, evaluate, evaluate_detail
from keepwell.scoring.plan import Leaf, Node, Plan, TierPlan
from keepwell.scoring.shape import MICRO, Absent, Flag, best_value, half_away
from keepwell.scoring.truth import FRESH, MISSING, NOT_APPLICABLE, STALE
from keepwell.words.reading import Signal
from keepwell.words.score import Evidence, RowKind, Score, State, TierStep

STATUS = {FRESH: "fresh", STALE: "stale", MISSING: "missing", NOT_APPLICABLE: "not_applicable"}


def explain(
    connection: duckdb.DuckDBPyConnection,
    compiled: Compiled,
    readings: Values,
    *,
    recipe: str = "",
    before: Values | None = None,
) -> Score:
    """The score of one readings row with its evidence.

    `readings` is a row of the readings relation as a dict, details (`d_..`) and days (`o_..`)
    included; the score comes from the same statement that scores the book. With the readings
    of an earlier date in `before`, measures that were poor then and are healthy now are
    marked `.recovered`.
    """
    return explain_many(connection, compiled, [(readings, before)], recipe=recipe)[0]


def explain_many(
    connection: duckdb.DuckDBPyConnection,
    compiled: Compiled,
    subjects: Sequence[tuple[Values, Values | None]],
    *,
    recipe: str = "",
) -> list[Score]:
    """`explain` of many (readings, before) by two statements in all, however many there are."""
    scored = evaluate(connection, compiled, [readings for readings, _ in subjects])
    asked = [_questions(compiled.plan, *subject, row) for subject, row in zip(subjects, scored, strict=True)]
    answers = iter(evaluate_detail(connection, compiled, [question for questions in asked for question in questions]))
    details = [list(islice(answers, len(questions))) for questions in asked]
    return [
        _score(compiled, recipe, subject, row, found)
        for subject, row, found in zip(subjects, scored, details, strict=True)
    ]


def _steps(plan: Plan, scored: Mapping[str, Any]) -> list[str]:
    """The measures that could lift a score."""
    return [leaf.name for leaf in plan.leaves() if leaf.counted] if scored["score_milli"] is not None else []


def _questions(plan: Plan, readings: Values, before: Values | None, scored: Mapping[str, Any]) -> list[Values]:
    """What the explaining statement is asked: as it is, with each measure at its best, and as it was before."""
    rows: list[Values] = [{**readings, "force": name} for name in (None, *_steps(plan, scored))]
    return rows if before is None else [*rows, {**before, "force": None}]


def _score(
    compiled: Compiled,
    recipe: str,
    subject: tuple[Values, Values | None],
    scored: Mapping[str, Any],
    details: Sequence[Mapping[str, Any]],
) -> Score:
    readings, before = subject
    view = _View(compiled, readings, scored, details[0], details[-1] if before is not None else None)
    steps = zip(_steps(compiled.plan, scored), details[1:], strict=False)
    gains = {name: row["raw_milli"] - details[0]["raw_milli"] for name, row in steps}
    next_tier, path = _path(view, gains)
    return Score(
        account_id=str(readings["account_id"]),
        as_of=readings["as_of"],
        scorecard=compiled.plan.name,
        recipe=recipe,
        state=State(scored["state"]),
        score_milli=scored["score_milli"],
        tier=scored["tier"],
        coverage_ppm=scored["coverage_ppm"],
        low_milli=scored["low_milli"],
        high_milli=scored["high_milli"],
        segment=scored["segment_name"],
        evidence=(*view.evidence(), *view.indicators()),
        missing=view.missing(),
        path=path,
        next_tier=next_tier,
        reviews=view.reviews(),
    )


@dataclass(frozen=True)
class _View:
    """One account's rows side by side."""

    compiled: Compiled
    readings: Values
    scored: Mapping[str, Any]
    detail: Mapping[str, Any]
    before: Mapping[str, Any] | None

    @property
    def plan(self) -> Plan:
        return self.compiled.plan

    @property
    def segment(self) -> int:
        return int(self.detail["seg"]) if self.plan.segments else 0

    def tiers(self) -> tuple[TierPlan, ...]:
        return self.plan.tiers[self.segment]

    def status(self, leaf: Leaf) -> int:
        return int(self.detail[f"t_{self.number(leaf)}"])

    def number(self, leaf: Leaf) -> int:
        return next(i for i, other in enumerate(self.plan.leaves()) if other.name == leaf.name)

    def missing(self) -> tuple[str, ...]:
        """Signals that should exist and do not, the weightiest first."""
        shares = self.plan.shares()[self.segment]
        lacking = [
            (-shares[i], leaf.signal.name if leaf.signal else leaf.name)
            for i, leaf in enumerate(self.plan.leaves())
            if leaf.counted and self.status(leaf) == MISSING
        ]
        return tuple(dict.fromkeys(name for _, name in sorted(lacking, key=lambda found: found[0])))

    def reviews(self) -> tuple[str, ...]:
        fired = (row.guard for row in self.compiled.rows if row.guard and self.points(row) is not None)
        return tuple(dict.fromkeys(guard.review for guard in fired if guard.review))

    def points(self, row: Row) -> int | None:
        found = self.scored[row.column]
        return None if found is None else int(found)

    # --- evidence

    def evidence(self) -> list[Evidence]:
        found = []
        for row in self.compiled.rows:
            points = self.points(row)
            if row.leaf is not None:
                if self.status(row.leaf) != NOT_APPLICABLE:
                    found.append(self._measure(row.leaf, points or 0))
            elif points is not None:
                found.append(self._other(row, points))
        return found

    def indicators(self) -> list[Evidence]:
        """Signals that the card shows beside the score."""
        found = []
        for kind, name in self.plan.indicators:
            signal = self.plan.signals[name]
            status = self.readings.get(f"q_{name}")
            if self.readings.get(f"v_{name}") is not None and status in ("fresh", "stale"):
                reason = sentence.reason(signal, self.readings)
                found.append(_evidence(self, signal, name, None, str(status), reason, f"{name}.{kind}", (0, 0, 0), kind))
        return found

    def _measure(self, leaf: Leaf, points: int) -> Evidence:
        status, signal = self.status(leaf), leaf.signal
        code, reason, step = self._words(leaf, status)
        note = self._note(leaf, status, points)
        silent = self.scored["score_milli"] is None or note == "not deciding"
        top, bottom = (0, 0) if silent else self._ends(leaf)
        dimension = leaf.path[-1] if leaf.path else None
        counted = leaf.counted and not note
        amounts = (points, top, bottom)
        if signal is None:
            basis, value = "recorded", None
            return Evidence(
                RowKind.MEASURE, leaf.name, None, dimension, value, None, STATUS[status], None, *amounts, reason, code, step,
                counted, note, basis,
            )
        return _evidence(self, signal, leaf.name, dimension, STATUS[status], reason, code, amounts, note, step, counted)

    def _note(self, leaf: Leaf, status: int, points: int) -> str:
        if not leaf.counted:
            return "shown, not counted"
        if self.scored["score_milli"] is None:
            return "not scored"
        if status == MISSING and points == 0:
            return "missing"
        if self.detail[f"n_{self.number(leaf)}"] is not None and points == 0 and not self._decides(leaf):
            return "not deciding"
        return "stale, held" if status == STALE and leaf.stale.do == "hold" else ""

    def _decides(self, leaf: Leaf) -> bool:
        """Whether the leaf's points count where one of several decides."""
        for node in self._above(leaf):
            if node.combine in ("min", "max", "any_poor"):
                return False
        return True

    def _above(self, leaf: Leaf) -> list[Node]:
        """The nodes over a leaf, outermost first."""
        found = [self.plan.root]
        for name in leaf.path:
            found.append(next(c for c in found[-1].children if isinstance(c, Node) and c.name == name))
        return found

    def _ends(self, leaf: Leaf) -> tuple[int, int]:
        """The most and the least this measure could give now, in milli-points."""
        worst, best = leaf.extremes(self.segment)
        if not leaf.counted or self.detail[f"n_{self.number(leaf)}"] is None:
            return 0, 0
        share = Fraction(1)
        chain: list[Node | Leaf] = [*self._above(leaf), leaf]
        numbers = {id(node): i for i, node in enumerate(self.plan.root.nodes())}
        for node, child in zip(chain, chain[1:], strict=False):
            if isinstance(node, Node) and node.combine == "mean":
                total = self.detail[f"w_{numbers[id(node)]}"]
                share *= Fraction(node.weights[self.segment][node.children.index(child)], int(total) or 1)
        return half_away(best * share / MICRO), half_away(worst * share / MICRO)

    def _words(self, leaf: Leaf, status: int) -> tuple[str, str, str]:
        """Reason code, sentence and next step of a measure."""
        name = leaf.signal.name if leaf.signal else leaf.name
        if status == MISSING:
            return "data.missing", f"{leaf.title}: no data", f"Find out: {leaf.title[:1].lower()}{leaf.title[1:]}."
        grade = self.grade(leaf, self.detail)
        if grade == "healthy" and self.before is not None and self.grade(leaf, self.before) == "poor":
            grade = "recovered"
        text = self._sentence(leaf)
        step = "" if grade in ("healthy", "recovered") else leaf.next_step or (leaf.signal.next_step if leaf.signal else "")
        if status == STALE:
            day = sentence.detail(self.readings.get(f"o_{name}"))
            return "data.stale", f"{text} (as of {day}; the source is silent)" if day else f"{text} (stale)", step
        return f"{name}.{grade}", text, step

    def _sentence(self, leaf: Leaf) -> str:
        if leaf.signal is None:
            return leaf.sentence or leaf.title
        flag = any(isinstance(case.shape, Flag) for case in leaf.shapes[self.segment])
        if leaf.sentence and flag:
            held = self.detail[f"n_{self.number(leaf)}"] == _flag_points(leaf, self.segment)
            return leaf.sentence if held else f"{leaf.title}: no"
        return sentence.reason(leaf.signal, self.readings, leaf.sentence)

    def grade(self, leaf: Leaf, detail: Mapping[str, Any]) -> str:
        """healthy, watch or poor, by the points of the reading itself."""
        value = detail[f"n_{self.number(leaf)}"]
        if value is None or not leaf.counted:
            return "shown"
        worst, best = leaf.extremes(self.segment)
        if value >= best or (self.plan.card.form != "weighted" and value >= 0):
            return "healthy"
        return "poor" if value <= worst else "watch"

    def _other(self, row: Row, points: int) -> Evidence:
        code, reason, step, note = self._row_words(row, points)
        return Evidence(
            row.kind, row.name, None, None, None, None, None, None, points, max(points, 0), min(points, 0), reason, code, step,
            row.kind is not RowKind.GUARD or points != 0, note,
        )

    def _row_words(self, row: Row, points: int) -> tuple[str, str, str, str]:
        amount = sentence.points(abs(points))
        if row.kind is RowKind.BASELINE:
            return "baseline", "Every account starts here", "", ""
        if row.kind is RowKind.BONUS:
            bonus = next(b for b in self.plan.bonuses if b.name == row.name)
            return f"{row.name}.bonus", bonus.reason, "", ""
        if row.kind is RowKind.CLAMP:
            where = "already at the top" if points < 0 else "already at the bottom"
            return "clamp", f"{where}, {amount} points not counted", "", ""
        if row.kind is RowKind.ROUNDING:
            return "rounding", "Rounded to whole points" if self.plan.card.digits == 0 else "Rounded", "", ""
        if row.need is not None:
            return "tier.requires", row.need.reason, "", f"not {row.name}: {row.need.text} is not met"
        guard = row.guard
        if guard is None:
            raise TypeError(row)
        effects = []
        if guard.cap is not None:
            effects.append(f"not above {sentence.points(guard.cap)}")
        if guard.floor is not None:
            effects.append(f"not below {sentence.points(guard.floor)}")
        if guard.tier is not None:
            effects.append(f"tier {guard.tier}")
        if guard.review is not None:
            effects.append(f"review by {guard.review}")
        text = f"{guard.reason or guard.text}: {', '.join(effects)}"
        return f"guard.{guard.name}", text, guard.next_step, "" if points else "no effect on the points"


def _flag_points(leaf: Leaf, segment: int) -> int | None:
    return next((case.shape.yes for case in leaf.shapes[segment] if isinstance(case.shape, Flag)), None)


def _evidence(
    view: _View,
    signal: Signal,
    name: str,
    dimension: str | None,
    status: str,
    reason: str,
    code: str,
    amounts: tuple[int, int, int],
    note: str,
    step: str = "",
    counted: bool = False,
) -> Evidence:
    readings = view.readings
    known = status in ("fresh", "stale")
    day = readings.get(f"o_{signal.name}")
    return Evidence(
        kind=RowKind.MEASURE,
        name=name,
        signal=signal.name,
        dimension=dimension,
        value=sentence.shown(signal, readings.get(f"v_{signal.name}")) if known else None,
        unit=sentence.unit_name(signal) or None,
        status=status,
        observed_at=day if isinstance(day, date) and known else None,
        points_milli=amounts[0],
        max_points_milli=amounts[1],
        min_points_milli=amounts[2],
        reason=reason,
        reason_code=code,
        next_step=step,
        counted=counted,
        note=note,
        basis=str(readings.get(f"b_{signal.name}") or "recorded"),
    )


# --- the way up


def _path(view: _View, gains: Mapping[str, int]) -> tuple[str | None, tuple[TierStep, ...]]:
    """The next tier, and the measures that brought to their healthy edge would lead there, largest gain first."""
    score, tiers = view.scored["score_milli"], view.tiers()
    above = [tier for tier in tiers if score is not None and tier.start > score]
    if not above:
        return None, ()
    target = above[-1]
    leaves = {leaf.name: leaf for leaf in view.plan.leaves()}
    steps: list[TierStep] = []
    reached = score
    for name, gain in sorted(gains.items(), key=lambda item: -item[1]):
        leaf = leaves[name]
        if gain <= 0 or view.status(leaf) not in (FRESH, STALE) or reached >= target.start:
            continue
        steps.append(TierStep(leaf.signal.name if leaf.signal else name, gain, _goal(leaf, view)))
        reached += gain
    return target.name, tuple(steps)


def _goal(leaf: Leaf, view: _View) -> str:
    """What "healthy" means for a measure: "licence use to 65 %"."""
    title = leaf.title[:1].lower() + leaf.title[1:]
    shapes: Sequence[Any] = [case.shape for case in leaf.shapes[view.segment] if not isinstance(case.shape, Absent)]
    edge = next((value for shape in shapes if (value := best_value(shape)) is not None), None)
    if leaf.signal is None or edge is None or len(shapes) != 1:
        return title
    unit = sentence.unit_name(leaf.signal)
    return f"{title} to {sentence.shown(leaf.signal, round(edge))}{' ' + unit if unit else ''}"


def caveats(compiled: Compiled, score: Score, readings: Values) -> tuple[str, ...]:
    """What a reader of the score should bear in mind; words only, they change no points."""
    found = []
    measures = [e for e in score.evidence if e.kind is RowKind.MEASURE and e.counted]
    if score.state is State.UNSCORED:
        found.append(f"Not scored: only {score.coverage_ppm // 10_000} % of the card has fresh evidence")
    elif score.coverage_ppm < 750_000:
        found.append(f"{100 - score.coverage_ppm // 10_000} % of the card has no fresh evidence")
    stale = [e.signal for e in measures if e.status == "stale" and e.signal]
    if stale:
        found.append(f"Held from a silent source: {', '.join(dict.fromkeys(stale))}")
    if any(e.basis == "assumed" for e in measures):
        found.append("Dates marked ~ are assumed from the data's own columns, not recorded when they became known")
    if _quiet(readings):
        found.append("No tickets, but nobody is using it")
    return (*found, *compiled.plan.notes)


def _quiet(readings: Values) -> bool:
    """No tickets from an account that has stopped using the product."""
    tickets = [readings.get(f"v_{name}") for name in ("ticket_pressure", "ticket_volume")]
    idle = (readings.get("v_days_since_use") or 0) >= 14 or readings.get("v_licence_use") == 0
    return 0 in tickets and not any(tickets) and idle
