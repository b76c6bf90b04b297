"""What a CSM is shown of one account: the score with its evidence, trend, caveats and next action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb

from keepwell import document
from keepwell.book.recipe import recipe
from keepwell.book.scorer import Card, Row
from keepwell.document import Document
from keepwell.engine import engine
from keepwell.project import packaged_scorecards
from keepwell.scoring import scorecard
from keepwell.scoring.assess import described, for_plan, segments_of
from keepwell.scoring.compile import compile_plan
from keepwell.scoring.evidence import beside
from keepwell.scoring.explain import caveats, explain
from keepwell.scoring.planner import own_signals, plan
from keepwell.scoring.trend import trend
from keepwell.signals.catalogue import CATALOGUE
from keepwell.signals.compute import compute
from keepwell.words.problem import KeepwellError, Problem, nearest
from keepwell.words.reading import Signal
from keepwell.words.report import Explanation
from keepwell.words.score import Change, Evidence, RowKind, Score, State, Trend, percent

WEEKS = 8
WORTH_A_WORD = 50  # milli-points; a row at its best may lack a few, which rounding gave to another
RECOVERY = timedelta(days=28)  # how far back "was poor" is looked for
DEFAULT_CARD = "default-ten"
NOT_COUNTED = "shown, not counted"
NOT_FOR_IT = "not for this account"  # the card's `applies` says no

Weekly = Sequence[tuple[date, int | None]]


def explanation(
    connection: duckdb.DuckDBPyConnection,
    card: Card,
    rows: Mapping[tuple[str, date], Row],
    subject: tuple[str, date],
    beside: tuple[Weekly, Change | None, Score | None],
) -> Explanation:
    """The snapshot of (account, day) from its readings rows.

    `beside` holds the weekly scores, the change that was asked for, and a parent's rolled-up score.
    """
    account, day = subject
    row = rows[subject]
    weekly, change, parent = beside
    score = parent or explain(
        connection, card.compiled, row, recipe=card.recipe.hash, before=rows.get((account, day - RECOVERY))
    )
    return Explanation(
        score=score,
        name=row["a_name"],
        owner=row["a_owner"],
        trend=trend(weekly),
        caveats=caveats(card.compiled, score, row),
        next_action=next_action(score),
        change=change,
        segment=row["a_segment"],
        lifecycle=row["a_lifecycle"],
        seller=row["a_seller"],
        manager=row["a_manager"],
        currency=row["a_currency"],
        mrr_minor=row["a_mrr_minor"],
        renewal_day=row["a_renewal_day"],
        fresh_as_of=max((e.observed_at for e in score.evidence if e.counted and e.observed_at), default=None),
        sharpen=_sharpen(card, score),
        tiers=card.tiers,
    )


def with_signal(it: Explanation, signal: Signal, row: Row) -> Explanation:
    """The explanation with a signal beside its evidence, where it is known and the card does not show it itself."""
    shown = any(e.signal == signal.name for e in it.score.evidence)
    found = None if shown else beside(signal, row, NOT_COUNTED)
    return it if found is None else replace(it, score=replace(it.score, evidence=(*it.score.evidence, found)))


def loss(row: Evidence) -> int:
    """Milli-points that a row costs against its best."""
    whole = row.kind in (RowKind.MEASURE, RowKind.CHILD)
    return row.max_points_milli - row.points_milli if whole else -row.points_milli


def by_loss(score: Score) -> list[Evidence]:
    """The rows that cost something, the dearest first; guards before measures of the same cost."""
    costly = [
        e
        for e in score.evidence
        if e.counted and loss(e) >= WORTH_A_WORD and e.kind in (RowKind.MEASURE, RowKind.GUARD, RowKind.CHILD)
    ]
    return sorted(costly, key=lambda e: (-loss(e), e.kind is not RowKind.GUARD))


def main_reason(score: Score) -> str:
    """The sentence behind the dearest row, or why there is no score."""
    if score.unscored_why == NOT_FOR_IT:
        return "Not scored: the card is not for this account"
    if score.state is not State.SCORED:
        lacking = f": no {', '.join(score.missing[:3])}" if score.missing else ""
        return f"Not scored, {score.unscored_why}, {percent(score.coverage_ppm)} % of the card is covered{lacking}"
    return next((e.reason for e in by_loss(score)), "Nothing costs points")


def next_action(score: Score) -> str:
    """The first step of the dearest row that has one; a review where a guard asks for it."""
    if score.unscored_why == NOT_FOR_IT:
        return "Nothing by this card."
    if score.state is not State.SCORED:
        wanted = f" ({', '.join(score.missing[:3])})" if score.missing else ""
        return f"Find the missing data{wanted}; until then judge by hand."
    row = leading(score)
    return reviewed(score, row.next_step if row else "Nothing is urgent: keep the regular rhythm.")


def leading(score: Score) -> Evidence | None:
    """The dearest row that says what to do first; None: none does."""
    return next((row for row in by_loss(score) if row.next_step), None)


def reviewed(score: Score, step: str) -> str:
    """A step, behind the review that a guard asks for."""
    return f"Review by {', '.join(score.reviews)}. {step}" if score.reviews else step


def _sharpen(card: Card, score: Score) -> tuple[str, ...]:
    """What is missing, by its title, the weightiest first."""
    return tuple(card.compiled.plan.signals[name].title for name in score.missing if name in card.compiled.plan.signals)


def assessed(file: Document, name: str | None, today: date) -> Explanation:
    """The snapshot of an account that a person described in a file."""
    connection = engine()
    card, signals = _packaged(str(name or file.data.get("scorecard") or DEFAULT_CARD))
    segments = segments_of(card.compiled.plan)
    about = described(file, signals, today, lambda signal, parts: compute(connection, signal, parts), segments)
    row = {"as_of": today, "a_owner": None, **for_plan(about.row, card.compiled.plan)}
    score = explain(connection, card.compiled, row, recipe=card.recipe.hash)
    return Explanation(
        score=score,
        name=about.name,
        owner=row.get("a_owner"),
        trend=Trend(None, None, ""),
        caveats=caveats(card.compiled, score, row),
        next_action=next_action(score),
        segment=row.get("a_segment"),
        currency=row.get("a_currency") or "",
        mrr_minor=row.get("a_mrr_minor"),
        renewal_day=row.get("a_renewal_day"),
        sharpen=_sharpen(card, score),
        tiers=card.tiers,
        described=True,
    )


def _packaged(name: str) -> tuple[Card, dict[str, Signal]]:
    """A card of the package or of a file, and the signals a person may state for it, its own inputs too."""
    cards = packaged_scorecards()
    path = Path(name) if name.endswith((".yml", ".yaml")) else cards.get(name)
    if path is None:
        raise KeepwellError(Problem(f"unknown scorecard '{name}'", fix=nearest(name, list(cards))))
    read = document.read(path)
    model = scorecard.read(read)
    signals = {**CATALOGUE, **own_signals(model)}
    compiled = compile_plan(plan(model, signals, read))
    text = scorecard.canonical(model)
    return Card(model.scorecard, compiled, recipe(model.scorecard, text, compiled.plan.signals.values(), {})), signals
