"""What those with the outcome read beforehand, signal by signal, beside the others."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from keepwell.learning.samples import leaks
from keepwell.learning.samples.examples import Column, Examples, Flags, Floats
from keepwell.words.learning import Contrast
from keepwell.words.reading import PERCENT

MOST = 15
UNSAID = ("count", "score", "kind", "money")  # units that say nothing beside a figure, or not which currency


def contrasts(examples: Examples) -> tuple[Contrast, ...]:
    """The most telling first; a signal that only one side has a reading of tells nothing."""
    found = (one for column in examples.columns for one in _contrast(column, examples))
    return tuple(sorted(found, key=lambda one: -one.auc)[:MOST])


def said(column: Column, row: int) -> str:
    """A reading with its unit."""
    value = column.values[row]
    if np.isnan(value):
        return "missing"
    if column.signal.categories:
        return column.signal.categories[int(value)]
    return f"{column.signal.unit.show(int(value))} {_unit(column)}".strip()


def _contrast(column: Column, examples: Examples) -> Iterator[Contrast]:
    sides = _known(column, examples.outcome), _known(column, ~examples.outcome)
    if not all(map(len, sides)):
        return
    auc = leaks.alone(column.values, bool(column.signal.categories), examples)
    title = column.signal.title
    if not column.signal.categories:
        scale = column.signal.unit.scale
        one, other = (float(np.median(values)) / scale for values in sides)
        yield Contrast(column.name, one, other, auc, title, _unit(column))
        return
    shares = [np.bincount(side.astype(int), minlength=len(column.signal.categories)) / len(side) for side in sides]
    most = int(np.argmax(np.abs(shares[0] - shares[1])))
    one, other = (100 * float(share[most]) for share in shares)
    yield Contrast(column.name, one, other, auc, title, PERCENT.name, column.signal.categories[most])


def _known(column: Column, rows: Flags) -> Floats:
    values = column.values[rows]
    found: Floats = values[~np.isnan(values)]
    return found


def _unit(column: Column) -> str:
    return "" if column.signal.unit.name in UNSAID else column.signal.unit.name
