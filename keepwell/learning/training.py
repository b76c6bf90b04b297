"""Training: from a table of examples to a scorecard with its papers, or to a refusal that says why."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from keepwell import document
from keepwell.learning.judging import ladder, predictors
from keepwell.learning.judging.evaluation import SUBJECT, evaluate
from keepwell.learning.judging.ladder import Rung, Verdict
from keepwell.learning.judging.predictors import Predictor
from keepwell.learning.model import shrink
from keepwell.learning.model.card import scorecard_of
from keepwell.learning.model.learner import Choices, Learned, learn
from keepwell.learning.model.parts import Part
from keepwell.learning.samples import leaks, scored, splits
from keepwell.learning.samples.examples import Examples, Sample, Whole
from keepwell.learning.samples.table import read_table
from keepwell.scoring import scorecard
from keepwell.scoring.compile import Compiled, compile_plan
from keepwell.scoring.planner import own_signals, plan
from keepwell.scoring.scorecard import Scorecard
from keepwell.scoring.sentence import within
from keepwell.words.learning import (
    Compared,
    Estimate,
    Evaluation,
    ExampleTable,
    Leak,
    LearnedSignal,
    SelectionCost,
    TrainReport,
    TrainRequest,
)
from keepwell.words.problem import KeepwellError, Problem, StopRule, nearest


def train(request: TrainRequest, sample: Sample) -> tuple[Scorecard, TrainReport]:
    """Learn a card; StopRule where a leak or too few outcomes forbid it."""
    examples, place = sample.examples, sample.place
    if unknown := sorted(set(request.directions) - set(examples.names)):
        fix = nearest(unknown[0], examples.names)
        raise KeepwellError(Problem(f"no signal '{unknown[0]}' for --direction", place, fix=fix))
    verdict = ladder.verdict(examples.events, examples.size, min(ladder.FULL_SIGNALS, len(examples.columns)))
    if verdict.rung is Rung.REFUSE:  # before leaks: among so few outcomes any signal may look like one
        doubts = leaks.of_labels(sample.contradictions, examples.events)  # which may be why there are so few
        why = [Problem(leak.text, place, fix="correct the sources") for leak in doubts]
        raise StopRule(*why, *_beside_labels(sample), *(Problem(reason, place) for reason in verdict.reasons))
    accepted = _without_leaks(sample, request)
    expert = next(iter(sample.cards.values()), None)
    if verdict.rung is Rung.SHRINK:
        card, report = _shrunk(request, sample, expert, verdict)
    else:
        card, report = _learned(request, sample, expert, verdict)
    beside = compared(expert, examples) if expert is not None else None
    told = tuple(f"the data contradicts itself: {one.text}" for one in sample.contradictions)
    report = replace(
        report,
        leaks=accepted,
        left_out=sample.left_out,
        contradictions=sample.contradictions,
        compared_with=beside,
        warnings=(*report.warnings, *told),
    )
    return card.model_copy(update={"trained": _noted(request, sample, report, card)}), report


def sample_of(table: ExampleTable, cards: Sequence[Path] = ()) -> Sample:
    """What a table teaches, with the scores of `cards`."""
    sample = read_table(table)
    compiled = [card_over(file, sample.examples) for file in cards]
    examples = functools.reduce(scored.with_card, compiled, sample.examples)
    return replace(sample, examples=examples, cards={card.plan.name: card for card in compiled})


def card_over(file: Path, examples: Examples) -> Compiled:
    """A scorecard file over the signals of the examples."""
    read = document.read(file)
    model = scorecard.read(read)
    signals = {column.name: column.signal for column in examples.columns}
    return compile_plan(plan(model, {**own_signals(model), **signals}, read))


def _without_leaks(sample: Sample, request: TrainRequest) -> tuple[Leak, ...]:
    """The leaks a person accepted; any other stops the run."""
    of_labels = leaks.of_labels(sample.contradictions, sample.examples.events)
    found = (*of_labels, *leaks.find(sample.examples))
    names = {leak.name for leak in found}
    if unknown := sorted(set(request.accepted) - names):
        what, fix = f"'{unknown[0]}' is accepted, but nothing was found there", "leave out --accept"
        close = nearest(unknown[0], sorted(names))
        raise KeepwellError(Problem(what, sample.place, fix=close or fix))
    if stopping := [leak for leak in found if leak.name not in request.accepted]:
        told = (Problem(leak.text, sample.place, fix=_way_out(leak)) for leak in stopping)
        raise StopRule(*told, *_beside_labels(sample))
    return found


def _beside_labels(sample: Sample) -> list[Problem]:
    """What contradicts itself in the data apart from who was lost."""
    beside = (one for one in sample.contradictions if not one.code.startswith(leaks.OF_LABELS))
    return [Problem(f"beside that the data contradicts itself: {one.text}", fix=one.fix) for one in beside]


def _way_out(leak: Leak) -> str:
    accept = f"accept it in writing: --accept '{leak.name}=why'"
    if leak.kind == leaks.LABELS:
        return f"correct the sources, or {accept}, but such a card is not promoted"
    if leak.signal is None:
        return f"remove the rows, or {accept}"
    return f"leave it out: --exclude with its column, or {accept}"


def _learned(
    request: TrainRequest, sample: Sample, expert: Compiled | None, verdict: Verdict
) -> tuple[Scorecard, TrainReport]:
    examples = sample.examples
    choices = Choices(most_signals=verdict.most_signals, directions=request.directions)
    found = learn(examples, choices)
    evaluation = evaluate(examples, request.name, predictors.learned(choices), _beside(expert))
    verdict = ladder.not_by_chance(verdict, _auc(evaluation).low)
    verdict = ladder.may_trigger(verdict, examples.events, tuple(gain.low for gain in evaluation.fold_gains))
    card = scorecard_of(found.table, examples, _header(request, examples), sample.catalogue)
    report = _report(request, examples, verdict, evaluation)
    return card, replace(
        report,
        signals=tuple(_signal(*pair, examples) for pair in zip(found.table.parts, found.table.points, strict=True)),
        selection=_costs(found),
        twins=found.twins,
        crossed=found.crossed,
        slope=found.table.calibration.slope,
        warnings=_warnings(found),
    )


def _shrunk(
    request: TrainRequest, sample: Sample, expert: Compiled | None, verdict: Verdict
) -> tuple[Scorecard, TrainReport]:
    examples = sample.examples
    if expert is None:
        raise StopRule(Problem(verdict.reasons[0], sample.place, fix="name the expert card: --expert FILE"))
    card = shrink.refitted(examples, expert, request.name)
    evaluation = evaluate(examples, request.name, predictors.shrunk(expert), _beside(expert))
    return card, _report(request, examples, verdict, evaluation)


def _beside(expert: Compiled | None) -> Predictor | None:
    if expert is None:
        return None
    told, until = predictors.by_card(expert.plan.name), _taught_until(expert)
    return predictors.on_unseen(told, until) if until is not None else told


def _taught_until(card: Compiled) -> str | None:
    """The day of the last example whose outcome had a say in a card: one that was learned, or suggested from outcomes."""
    trained = card.plan.card.trained
    return str(trained["until"]) if "until" in trained else None


def compared(expert: Compiled, examples: Examples) -> Compared:
    """What the report says of the card beside, and of the months on which the two can be compared."""
    until = _taught_until(expert) if examples.day is not None else None
    since = str(np.datetime64(splits.unseen_from(until, examples.ahead_days), "D")) if until is not None else None
    return Compared(expert.plan.name, scorecard.fingerprint(expert.plan.card), since)


def _report(request: TrainRequest, examples: Examples, verdict: Verdict, evaluation: Evaluation) -> TrainReport:
    return TrainReport(
        scorecard=request.name,
        rung=str(verdict.rung),
        authority=verdict.authority,
        reasons=verdict.reasons,
        file=None,
        model_card=None,
        rows=examples.size,
        events=examples.events,
        base_rate=examples.base_rate,
        evaluation=evaluation,
    )


def _header(request: TrainRequest, examples: Examples) -> Mapping[str, Any]:
    ahead = {"horizon_days": examples.ahead_days} if examples.ahead_days else {}
    title = request.name.replace("-", " ").replace("_", " ")
    return {
        "scorecard": request.name,
        "title": f"{title[:1].upper()}{title[1:]}",
        "predicts": examples.target,
        **ahead,
        "notes": "70: the company's own odds; 20 points down: the odds of the outcome doubled. Not limited to 0 and 100.",
    }


def _noted(request: TrainRequest, sample: Sample, report: TrainReport, card: Scorecard) -> dict[str, str | int | float]:
    """What the card itself says about its training."""
    examples, evaluation = sample.examples, report.evaluation
    found: dict[str, str | int | float] = {
        "rows": report.rows,
        "events": report.events,
        "base_rate": round(report.base_rate, 4),
        "data": sample.data,
        "rung": report.rung,
        "authority": report.authority,
        **examples.span,
    }
    if evaluation is not None:
        auc = _auc(evaluation)
        found |= {"auc": round(auc.value, 4), "auc_low": round(auc.low, 4), "auc_high": round(auc.high, 4)}
    if report.slope is not None:
        found["calibration_slope"] = round(report.slope, 3)
        found["baseline"] = float(card.baseline or 0)  # what is added to it later is seen beside it
    return found | {f"accepted_{leak.name}": request.accepted[leak.name] for leak in report.leaks}


def _auc(evaluation: Evaluation) -> Estimate:
    return next(one for one in evaluation.predictors if one.name == SUBJECT).estimate("auc")


def _signal(part: Part, points: Whole, examples: Examples) -> LearnedSignal:
    first, *more = (examples.column(name).signal.title for name in part.signals)
    title = " with ".join([first, *map(within, more)])
    return LearnedSignal(part.name, title, len(np.unique(points)), int(points.min()), int(points.max()))


def _costs(found: Learned) -> tuple[SelectionCost, ...]:
    following = [*found.steps[1:], None]
    return tuple(
        SelectionCost(
            len(step.signals), step.loss, next(iter(set(step.signals) - set(after.signals)), None) if after else None
        )
        for step, after in zip(found.steps, following, strict=True)
    )


def _warnings(found: Learned) -> tuple[str, ...]:
    calibration = found.table.calibration
    if calibration.trusted:
        return ()
    what = f"calibration slope {calibration.slope:.2f} on {calibration.events} outcomes is outside 0.9 to 1.1"
    return (f"{what}: 20 points do not double the odds on the newest window; printed probabilities allow for it",)
