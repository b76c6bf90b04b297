"""One account's evidence rows in words, from its readings and its scores row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from keepwell.scoring import band, sentence
from keepwell.scoring.compile import Compiled, Row
from keepwell.scoring.condition import names
from keepwell.scoring.evaluate import Values
from keepwell.scoring.plan import GuardPlan, Leaf, Plan, TierPlan
from keepwell.scoring.shape import MICRO, Flag, divided
from keepwell.scoring.truth import FRESH, MISSING, NOT_APPLICABLE, STALE
from keepwell.words.reading import Signal
from keepwell.words.score import Evidence, RowKind

STATUS = {FRESH: "fresh", STALE: "stale", MISSING: "missing", NOT_APPLICABLE: "not_applicable"}
NOTHING = (0, 0, 0)  # points, most, least
UNDATED = "no date: decided by the account's attributes or by what is missing"
NOT_SCORED = "not scored"  # the note of a counted measure where there is no score
HELD = "stale, held"  # the one note of a row that counts
COUNTED = ("", HELD)


@dataclass(frozen=True)
class Words:
    """What a row says."""

    code: str
    reason: str
    step: str = ""
    note: str = ""
    dimension: str | None = None
    band: str | None = None


def before_guards(compiled: Compiled, detail: Mapping[str, Any]) -> int:
    """Milli-points of an explaining row without what its guards take or add."""
    return int(detail["raw_milli"]) - sum(int(detail[row.column] or 0) for row in compiled.rows if row.guard)


def beside(signal: Signal, readings: Values, note: str) -> Evidence | None:
    """The row of a signal that is shown beside the score; None: its value is not known."""
    status = str(readings.get(f"q_{signal.name}"))
    if readings.get(f"v_{signal.name}") is None or status not in ("fresh", "stale"):
        return None
    words = Words(f"{signal.name}.{note.replace(' ', '_')}", sentence.reason(signal, readings), note=note)
    return _row_of(signal, signal.name, (readings, status), words)


def _row_of(
    signal: Signal | None,
    name: str,
    known: tuple[Values, str],
    words: Words,
    amounts: tuple[int, int, int] = NOTHING,
) -> Evidence:
    """A measure's row; `known` is a row of readings and the status of the signal in it."""
    readings, status = known
    key = signal.name if signal is not None else name
    is_known = status in ("fresh", "stale")
    day = readings.get(f"o_{key}")
    return Evidence(
        kind=RowKind.MEASURE,
        name=name,
        signal=signal.name if signal is not None else None,
        dimension=words.dimension,
        value=sentence.shown(signal, readings.get(f"v_{key}")) if is_known and signal is not None else None,
        unit=(sentence.unit_name(signal) or None) if signal is not None else None,
        status=status,
        observed_at=day if isinstance(day, date) and is_known else None,
        points_milli=amounts[0],
        max_points_milli=amounts[1],
        min_points_milli=amounts[2],
        reason=words.reason,
        reason_code=words.code,
        next_step=words.step,
        counted=words.note in COUNTED,
        note=words.note,
        basis=str(readings.get(f"b_{key}") or "recorded"),
        band=words.band,
    )


@dataclass(frozen=True)
class View:
    """One account's rows side by side: its readings, its score, the explaining row, and that of an earlier day."""

    compiled: Compiled
    readings: Values
    scored: Mapping[str, Any]
    detail: Mapping[str, Any]
    before: Mapping[str, Any] | None

    @property
    def plan(self) -> Plan:
        """The card's plan."""
        return self.compiled.plan

    @property
    def segment(self) -> int:
        """The position of the card's segment that holds the account."""
        return int(self.detail["seg"]) if self.plan.segments else 0

    @property
    def is_scored(self) -> bool:
        """Whether there is a score to explain."""
        return self.scored["score_milli"] is not None

    def tiers(self) -> tuple[TierPlan, ...]:
        """The tiers of the account's segment, best first."""
        return self.plan.tiers[self.segment]

    def number(self, leaf: Leaf) -> int:
        """The measure's position in the card."""
        return self.plan.positions[leaf.name]

    def status(self, leaf: Leaf) -> int:
        """How far the measure's reading can be relied on."""
        return int(self.detail[f"t_{self.number(leaf)}"])

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
        """Who is asked to review, by the guards that fired."""
        fired = (row.guard for row in self.compiled.rows if row.guard and self.points(row) is not None)
        return tuple(dict.fromkeys(guard.review for guard in fired if guard.review))

    def points(self, row: Row) -> int | None:
        """The row's milli-points; None where the account has no such row."""
        found = self.scored[row.column]
        return None if found is None else int(found)

    @property
    def unguarded(self) -> int:
        """The score's milli-points before guards."""
        return before_guards(self.compiled, self.detail)

    # --- rows

    def evidence(self) -> list[Evidence]:
        """All rows in the order in which they are applied."""
        found = []
        for row in self.compiled.rows:
            points = self.points(row)
            if row.leaf is not None:
                if self.status(row.leaf) != NOT_APPLICABLE:
                    found.append(self._measure(row.leaf, points or 0))
            elif points is not None:
                found.append(self._adjustment(row, points))
        return found

    def dearest(self) -> list[Evidence]:
        """Of the measures that count only the row that costs most, the first of equals; of all else what `evidence` has."""
        found: list[Evidence] = []
        most, dearest = 0, None
        for row in self.compiled.rows:
            points = self.points(row)
            if row.leaf is None:
                found += [self._adjustment(row, points)] if points is not None else []
            elif self.is_scored and (status := self.status(row.leaf)) != NOT_APPLICABLE:
                loss = self._ends(row.leaf)[0] - (points or 0)
                if loss > most and self._note(row.leaf, status, points or 0) in COUNTED:
                    most, dearest = loss, (row.leaf, points or 0)
        return found if dearest is None else [self._measure(*dearest), *found]

    def indicators(self) -> list[Evidence]:
        """Signals that the card shows beside the score."""
        rows = (beside(self.plan.signals[name], self.readings, kind) for kind, name in self.plan.indicators)
        return [row for row in rows if row is not None]

    def _measure(self, leaf: Leaf, points: int) -> Evidence:
        status = self.status(leaf)
        within = leaf.path[-1] if leaf.path else None
        words = replace(self._words(leaf, status, points), dimension=within, band=self._band(leaf))
        amounts = (points, *self._ends(leaf)) if self.is_scored and words.note != "not deciding" else (points, 0, 0)
        row = self._row(leaf.signal, leaf.name, STATUS[status], words, amounts)
        return self._of_all(row, together) if (together := self._together(leaf)) else row

    def _of_all(self, row: Evidence, together: Sequence[Signal]) -> Evidence:
        """The row of signals that count together: it has the values of all, so no one unit, and the oldest day."""
        if row.value is None:
            return row
        days = [day for one in together if isinstance(day := self.readings.get(f"o_{one.name}"), date)]
        values = [sentence.amount(one, self.readings) for one in together]
        return replace(row, value=" with ".join(values), unit=None, observed_at=min(days, default=None))

    def _together(self, leaf: Leaf) -> tuple[Signal, ...]:
        return band.crossed(leaf, self.segment, self.plan.signals) if self.plan.card.form == "learned" else ()

    def _row(
        self, signal: Signal | None, name: str, status: str, words: Words, amounts: tuple[int, int, int] = NOTHING
    ) -> Evidence:
        return _row_of(signal, name, (self.readings if signal is not None else {}, status), words, amounts)

    # --- a measure

    def _words(self, leaf: Leaf, status: int, points: int) -> Words:
        name, note = leaf.signal.name if leaf.signal else leaf.name, self._note(leaf, status, points)
        if status == MISSING:
            return Words("data.missing", f"{leaf.title}: no data", f"Find out: {sentence.within(leaf.title)}.", note)
        grade = self.grade(leaf, self.detail)
        if grade == "healthy" and self.before is not None and self.grade(leaf, self.before) == "poor":
            grade = "recovered"
        step = leaf.next_step or (leaf.signal.next_step if leaf.signal else "")
        step = "" if grade in ("healthy", "recovered") else step
        text = self._sentence(leaf)
        if status == STALE:
            day = sentence.detail(self.readings.get(f"o_{name}"))
            age = f"(as of {day}; the source is silent)" if day else "(the source is silent)"
            return Words("data.stale", f"{text} {age}", step, note)
        return Words(f"{name}.{grade}", text, step, note)

    def _note(self, leaf: Leaf, status: int, points: int) -> str:
        """Why a row has no points, or that it has old ones."""
        if not leaf.counted:
            return "shown, not counted"
        if not self.is_scored:
            return NOT_SCORED
        if status == MISSING and not self._takes_part(leaf):
            return "missing"
        decided = any(step.node.combine in ("min", "max", "any_poor") for step in self.plan.way(leaf))
        if decided and points == 0 and self._takes_part(leaf):
            return "not deciding"
        return HELD if status == STALE and leaf.stale.do == "hold" else ""

    def _takes_part(self, leaf: Leaf) -> bool:
        """Whether the measure has a value in the tree, by its reading or by a policy."""
        policy = {STALE: leaf.stale, MISSING: leaf.missing}.get(self.status(leaf))
        return policy is None or policy.do not in ("redistribute", "abstain")

    def _ends(self, leaf: Leaf) -> tuple[int, int]:
        """The most and the least the measure could give, as the other readings stand."""
        if not leaf.counted or not self._takes_part(leaf):
            return 0, 0
        upper, lower = 1, MICRO
        worst, best = leaf.extremes(self.segment)
        for node, number, child in self.plan.way(leaf):
            if node.combine == "mean":
                upper *= node.weights[self.segment][child]
                lower *= int(self.detail[f"w_{number}"]) or 1
            if node.combine == "any_poor":  # gives its own points, whatever those of its measures
                worst, best = node.levels.poor, node.levels.good
                break
        return divided(best * upper, lower), divided(worst * upper, lower)

    def _band(self, leaf: Leaf) -> str | None:
        """The row of a learned table that holds the reading."""
        learned = self.plan.card.form == "learned"
        return band.band(leaf, self.segment, self.readings, self.plan.signals) if learned else None

    def _sentence(self, leaf: Leaf) -> str:
        if leaf.signal is None:
            return leaf.sentence or leaf.title
        if together := self._together(leaf):
            return "; ".join(sentence.reason(one, self.readings) for one in together)
        flag = next((case.shape for case in leaf.shapes[self.segment] if isinstance(case.shape, Flag)), None)
        if leaf.sentence and flag is not None:
            held = self.detail[f"n_{self.number(leaf)}"] == flag.yes
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

    # --- what stands on the sum

    def _adjustment(self, row: Row, points: int) -> Evidence:
        words = self._adjustment_words(row, points)
        return Evidence(
            kind=row.kind,
            name=row.name,
            signal=None,
            dimension=None,
            value=None,
            unit=None,
            status=None,
            observed_at=self._newest_behind(row.guard) if row.guard is not None else None,
            points_milli=points,
            max_points_milli=max(points, 0),
            min_points_milli=min(points, 0),
            reason=words.reason,
            reason_code=words.code,
            next_step=words.step,
            counted=row.kind is not RowKind.GUARD or points != 0,
            note=words.note,
        )

    def _newest_behind(self, guard: GuardPlan) -> date | None:
        """The newest fact behind a guard's condition; None where no reading of it has a date."""
        days = (self.readings.get(f"o_{name}") for name in names(guard.condition) if name in self.plan.signals)
        return max((day for day in days if isinstance(day, date)), default=None)

    def _reads_facts(self, guard: GuardPlan) -> bool:
        """Whether a reading decides a guard, dated or described by a person without a date."""
        return any(self.readings.get(f"v_{name}") is not None for name in names(guard.condition))

    def _adjustment_words(self, row: Row, points: int) -> Words:
        if row.guard is not None:
            return _guard_words(row.guard, points, read=self._reads_facts(row.guard))
        if row.need is not None:
            return Words("tier.requires", row.need.reason, note=f"not {row.name}: {row.need.text} is not met")
        match row.kind:
            case RowKind.BONUS:
                reason = next(bonus.reason for bonus in self.plan.bonuses if bonus.name == row.name)
                return Words(f"{row.name}.bonus", reason)
            case RowKind.CLAMP:
                where = "already at the top" if points < 0 else "already at the bottom"
                return Words("clamp", f"{where}, {sentence.points(abs(points))} points not counted")
            case RowKind.ROUNDING:
                return Words("rounding", "Rounded" if self.plan.card.digits else "Rounded to whole points")
            case _:
                return Words("baseline", "Every account starts here")


def _guard_words(guard: GuardPlan, points: int, *, read: bool) -> Words:
    effects = [
        *([f"not above {sentence.points(guard.cap)}"] if guard.cap is not None else []),
        *([f"not below {sentence.points(guard.floor)}"] if guard.floor is not None else []),
        *([f"tier {guard.tier}"] if guard.tier is not None else []),
        *([f"review by {guard.review}"] if guard.review is not None else []),
    ]
    notes = [*([] if points else ["no effect on the points"]), *([] if read else [UNDATED])]
    return Words(
        f"guard.{guard.name}", f"{guard.reason or guard.text}: {', '.join(effects)}", guard.next_step, "; ".join(notes)
    )
