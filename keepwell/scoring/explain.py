"""A score in words: evidence that adds up, what is missing, and the way to the next tier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Literal

import duckdb

from keepwell.scoring import sentence
from keepwell.scoring.compile import Compiled
from keepwell.scoring.evaluate import Values, as_scored, evaluate_detail
from keepwell.scoring.evidence import View, before_guards
from keepwell.scoring.path import way_up
from keepwell.words.score import RowKind, Score, State, percent

THIN = 750_000  # coverage below which a reader should be told
IDLE_DAYS = 14
Detail = Literal["all", "rows", "dearest"]


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
    included; the score comes from the clauses that score the book. With the readings
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
    detail: Detail | Sequence[Detail] = "all",
) -> list[Score]:
    """`explain` of many (readings, before) by one statement in all, however many there are.

    The way to the next tier takes a question per measure, the range a second reckoning, and a row its words: `rows` has no
    way, `dearest` no measure but the one that costs most; where none has `all`, none has a range. Each subject may have its own.
    """
    details = [detail] * len(subjects) if isinstance(detail, str) else detail
    steps = [leaf.name for leaf in compiled.plan.leaves() if leaf.counted]  # the measures that could lift a score
    names = [steps if one == "all" else [] for one in details]
    asked = [_questions(*subject, forced) for subject, forced in zip(subjects, names, strict=True)]
    questions = [question for some in asked for question in some]
    answers = iter(evaluate_detail(connection, compiled, questions, ranges="all" in details))
    found = []
    for (readings, before), forced, one in zip(subjects, names, details, strict=True):
        now, *lifted = islice(answers, 1 + len(forced))
        then = next(answers) if before is not None else None
        view = View(compiled, readings, as_scored(compiled, now), now, then)
        found.append(_score(view, recipe, dict(zip(forced, lifted, strict=True)) if view.is_scored else {}, one))
    return found


def _questions(readings: Values, before: Values | None, steps: Sequence[str]) -> list[Values]:
    """What the explaining statement is asked: as it is, with each measure at its best, and as it was before."""
    rows: list[Values] = [{**readings, "force": name} for name in (None, *steps)]
    return rows if before is None else [*rows, {**before, "force": None}]


def _score(view: View, recipe: str, lifted: Mapping[str, Mapping[str, Any]], detail: Detail) -> Score:
    """The score in words; `lifted` answers what it would be with each measure at its best."""
    compiled, readings, scored = view.compiled, view.readings, view.scored
    gains = {name: before_guards(compiled, row) - view.unguarded for name, row in lifted.items()}
    next_tier, path = way_up(view, gains)
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
        evidence=tuple(view.dearest()) if detail == "dearest" else (*view.evidence(), *view.indicators()),
        missing=view.missing(),
        unscored_why=scored["unscored_why"],
        path=path,
        next_tier=next_tier,
        reviews=view.reviews(),
    )


def caveats(compiled: Compiled, score: Score, readings: Values) -> tuple[str, ...]:
    """What a reader of the score should bear in mind; words only, they change no points."""
    found = []
    measures = [e for e in score.evidence if e.kind is RowKind.MEASURE and e.counted]
    covered = percent(score.coverage_ppm)
    if score.state is State.UNSCORED and score.coverage_ppm < compiled.plan.min_coverage:
        found.append(f"Not scored: only {covered} % of the card has fresh evidence")
    elif score.state is State.UNSCORED:
        found.append(f"Not scored: {score.unscored_why}")
    elif score.coverage_ppm < THIN:
        found.append(f"{100 - covered} % of the card has no fresh evidence")
    held = sum(e.points_milli for e in score.evidence if e.kind is RowKind.GUARD)
    if held < 0 and score.score_milli is not None:
        names = ", ".join(e.name for e in score.evidence if e.kind is RowKind.GUARD and e.points_milli < 0)
        free = sentence.points(score.score_milli - held)
        end = "; its range ends there" if score.high_milli == score.score_milli else ""
        found.append(f"Held down by {names}: the score would be {free} otherwise{end}")
    stale = [e.signal for e in measures if e.status == "stale" and e.signal]
    if stale:
        found.append(f"Held from a silent source: {', '.join(dict.fromkeys(stale))}")
    if any(e.basis == "assumed" for e in measures):
        found.append("Dates marked ~ are assumed from the data's own columns, not recorded when they became known")
    products = [
        leaf.signal.name for leaf in compiled.plan.leaves() if leaf.counted and leaf.signal and leaf.signal.of_products
    ]
    if products and readings.get("a_has_product") is False:
        found.append(f"No product is known to be sold to it: {', '.join(dict.fromkeys(products))} cannot apply")
    if _quiet(readings):
        found.append("No tickets, but nobody is using it")
    return (*found, *compiled.plan.notes)


def _quiet(readings: Values) -> bool:
    """No tickets from an account that has stopped using the product."""
    tickets = [readings.get(f"v_{name}") for name in ("ticket_pressure", "ticket_volume")]
    idle = (readings.get("v_days_since_use") or 0) >= IDLE_DAYS or readings.get("v_licence_use") == 0
    return 0 in tickets and not any(tickets) and idle
