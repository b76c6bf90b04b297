"""Examination: scorecards that exist, hand-written or learned, judged on what became of customers."""

from __future__ import annotations

from dataclasses import replace

from keepwell.learning.judging import evaluation, predictors
from keepwell.learning.judging.evaluation import Tiers
from keepwell.learning.samples import leaks, splits
from keepwell.learning.samples.examples import Examples, Sample
from keepwell.scoring.compile import Compiled
from keepwell.words.learning import Evaluation
from keepwell.words.problem import KeepwellError, Problem


def evaluated(sample: Sample) -> Evaluation:
    """The sample's first card, beside its second one where there are two, by the splits of training."""
    examples, notes = _judged_on(sample)
    card, *others = sample.cards
    beside = predictors.by_card(others[0]) if others else None
    tiers = tiers_of(sample.cards[card])
    found = evaluation.evaluate(examples, card, predictors.by_card(card), beside, tiers)
    return replace(found, notes=(*notes, *found.notes))


def backtested(sample: Sample) -> tuple[Evaluation, ...]:
    """All cards of the sample on all its rows, each beside the others."""
    examples, notes = _judged_on(sample)
    if examples.outcome.all() or not examples.outcome.any():
        what = f"{examples.events} outcomes in {examples.size} examples: a card is judged by both kinds"
        raise KeepwellError(Problem(what, sample.place, fix="ask for more months"))
    found = evaluation.backtest(examples, {name: tiers_of(card) for name, card in sample.cards.items()})
    return tuple(replace(one, notes=(*notes, *one.notes)) for one in found)


def tiers_of(card: Compiled) -> Tiers:
    """The card's tiers with their lower borders, best first; the last has none."""
    *upper, last = card.plan.tiers[-1]
    return [*((tier.name, tier.start / 1000) for tier in upper), (last.name, None)]


def _judged_on(sample: Sample) -> tuple[Examples, tuple[str, ...]]:
    """The examples that judge, and what a reader must be told of them."""
    examples, notes = _unseen(sample)
    doubts = leaks.of_labels(sample.contradictions, sample.examples.events)
    return examples, (*(leak.text for leak in doubts), *notes)


def _unseen(sample: Sample) -> tuple[Examples, tuple[str, ...]]:
    """The examples from which no card was made, nor from others of the same outcome, and what to say of the others."""
    examples = sample.examples
    made = {
        name: str(card.plan.card.trained["until"])
        for name, card in sample.cards.items()
        if card.plan.card.trained and "until" in card.plan.card.trained
    }
    if not made or examples.day is None:
        return examples, ()
    name, until = max(made.items(), key=lambda one: one[1])
    newer = examples.day >= splits.unseen_from(until, examples.ahead_days)
    left = examples.take(newer)
    if newer.all():
        return examples, ()
    if left.size and left.outcome.any() and not left.outcome.all():
        since = f"{examples.ahead_days} days after {until}" if examples.ahead_days else f"after {until}"
        return left, (f"examined on the {left.size:,} examples from {since} on, the last that '{name}' was made from",)
    return examples, (
        f"'{name}' was made from outcomes of examples up to {until}, these among them: the figures flatter it",
    )
