"""Single signals: how well each one alone foretells the outcome, read in the direction of its bands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from keepwell.book.scorer import Scorer
from keepwell.learning.judging import metrics
from keepwell.learning.judging.ladder import REFUSED_UNDER
from keepwell.learning.samples import history
from keepwell.learning.samples.examples import Column, Examples
from keepwell.learning.samples.leaks import IMPLAUSIBLE_AUC
from keepwell.words.learning import Alone, CompanyHistory
from keepwell.words.problem import KeepwellError
from keepwell.words.reading import Better

WORSE = {Better.HIGHER: -1.0, Better.LOWER: 1.0, Better.KIND: 1.0}  # categories are listed best first


@dataclass(frozen=True)
class Told:
    """What outcomes tell of every signal, and of which months they are."""

    alone: Mapping[str, Alone]
    span: Mapping[str, str | int]


NOTHING = Told({}, {})


def of_company(scorer: Scorer, day: date, names: Collection[str]) -> Told:
    """What a company's own history says of some signals; nothing where no outcome is known, or none is old enough."""
    others = tuple(name for name in scorer.signals if name not in names)
    try:
        examples = history.sample_of(scorer, CompanyHistory(leave_out=others), day).examples
    except KeepwellError:  # what else could be wrong with the data, the inventory tells
        return NOTHING
    found = foretold_alone(examples)
    return Told(found, examples.span) if found else NOTHING


def foretold_alone(examples: Examples) -> dict[str, Alone]:
    """Of every signal whose readings saw enough outcomes. Nothing is learned: a higher risk is a worse reading."""
    return {one.signal: one for column in examples.columns for one in _alone(column, examples)}


def _alone(column: Column, examples: Examples) -> Iterator[Alone]:
    worse = WORSE.get(column.signal.better)
    read = examples.take(~np.isnan(column.values))
    if worse is None or not read.outcome.any() or read.outcome.all() or read.events < REFUSED_UNDER:
        return
    found = metrics.auc(read.outcome, worse * read.column(column.name).values, read.blocks)
    yield Alone(column.name, found, read.events, found.value >= IMPLAUSIBLE_AUC)
