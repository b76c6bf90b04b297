"""Single signals: how well each one alone foretells the outcome, read in the direction of its bands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from keepwell.learning.judging import metrics
from keepwell.learning.judging.ladder import REFUSED_UNDER
from keepwell.learning.samples import history
from keepwell.learning.samples.examples import Column, Examples
from keepwell.learning.samples.leaks import IMPLAUSIBLE_AUC
from keepwell.scorer import Scorer
from keepwell.words.learning import Alone, CompanyHistory
from keepwell.words.problem import KeepwellError
from keepwell.words.reading import Better

WORSE = {Better.HIGHER: -1.0, Better.LOWER: 1.0, Better.KIND: 1.0}  # categories are listed best first


def of_company(scorer: Scorer, day: date) -> dict[str, Alone]:
    """What a company's own history says; nothing where no outcome is known, or none is old enough."""
    try:
        return foretold_alone(history.sample_of(scorer, CompanyHistory(), day).examples)
    except KeepwellError:  # what else could be wrong with the data, the inventory tells
        return {}


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
