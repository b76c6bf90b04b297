"""Splits: which examples teach and which examine, so that nothing is known twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import GroupKFold, StratifiedKFold

from keepwell.learning.samples.examples import Examples, Whole
from keepwell.words.problem import KeepwellError, Problem

TWO = 2  # sides of a split
FOLDS = 5  # where rows have no time
ORIGINS = 3  # windows, newest last, that examine what was learned before them
ACCOUNT_PARTS = 2  # within a window: one part of the accounts teaches, the other examines
CALIBRATING = 20  # outcomes without which a window says too little about probabilities, or a past to learn from
INNER = 4  # a quarter of the rows is held out inside training


@dataclass(frozen=True)
class Split:
    """Rows that teach and rows that examine."""

    train: Whole
    test: Whole
    name: str = ""


def folds(examples: Examples, seed: int = 0) -> tuple[Split, ...]:
    """How a recipe is examined: rolling origins where rows have a time, else whole accounts, else strata."""
    if examples.day is not None and len(origins(examples)) > 0:
        return tuple(split for origin in origins(examples) for split in _at(examples, origin, seed))
    return tuple(_shuffled(examples, FOLDS, seed))


def of_accounts(examples: Examples, seed: int = 0) -> tuple[Split, ...]:
    """Folds of whole accounts over all times, for what hardly learns."""
    return tuple(_shuffled(examples, FOLDS, seed))


def origins(examples: Examples) -> tuple[int, ...]:
    """The newest days that have enough of the past before them to learn from."""
    if examples.day is None:
        return ()
    days = np.unique(examples.day)
    able = [
        int(day)
        for day in days
        if _teaches(examples, _before(examples, day)) and _both(examples, np.flatnonzero(examples.day == day))
    ]
    return tuple(able[-ORIGINS:])


def last_window(examples: Examples) -> Split | None:
    """The newest day against what is certain before it; None where rows have no time or no past."""
    found = origins(examples)
    if not found or examples.day is None:
        return None
    return Split(_before(examples, found[-1]), np.flatnonzero(examples.day == found[-1]), "last window")


def unseen_from(until: str, ahead_days: int) -> int:
    """The first day, since 1970-01-01, whose outcomes share none with examples up to the day `until`, which taught."""
    taught = int(np.datetime64(until, "D").astype(np.int64))
    return max(taught + 1, taught + ahead_days)


def newest(examples: Examples, seed: int = 0) -> Split:
    """What calibrates: the newest window where it has enough outcomes, else what training holds out."""
    found = last_window(examples)
    enough = found is not None and examples.outcome[found.test].sum() >= CALIBRATING
    return found if found is not None and enough else inner(examples, seed)


def inner(examples: Examples, seed: int = 0) -> Split:
    """What training itself holds out, to choose how far to go: whole accounts, else a quarter of the rows."""
    return next(iter(_shuffled(examples, INNER, seed)))


def _at(examples: Examples, origin: int, seed: int) -> Iterator[Split]:
    """One window: no account stands on both sides, and teaching ends before the window's own horizon."""
    assert examples.day is not None  # noqa: S101  rows have a time here
    before, window = _before(examples, origin), np.flatnonzero(examples.day == origin)
    if examples.group is None:
        yield Split(before, window, str(origin))
        return
    accounts, at = np.unique(examples.group, return_inverse=True)
    part = (np.random.default_rng(seed).permutation(len(accounts)) % ACCOUNT_PARTS)[at]
    for side in range(ACCOUNT_PARTS):
        yield Split(before[part[before] != side], window[part[window] == side], str(origin))


def _before(examples: Examples, origin: int) -> Whole:
    """Rows whose outcome was certain on the day of origin."""
    assert examples.day is not None  # noqa: S101  rows have a time here
    return np.flatnonzero(examples.day + max(examples.ahead_days + examples.late_days, 1) <= origin)


def _teaches(examples: Examples, rows: Whole) -> bool:
    """Whether enough were lost, and others kept, that each half of the accounts can teach."""
    lost = np.unique(examples.blocks[rows][examples.outcome[rows]])
    return len(lost) >= CALIBRATING and _both(examples, rows)


def _both(examples: Examples, rows: Whole) -> bool:
    return len(np.unique(examples.outcome[rows])) == 2


def _shuffled(examples: Examples, count: int, seed: int) -> Iterator[Split]:
    empty = np.zeros(examples.size)
    units = examples.outcome if examples.group is None else examples.group
    alike = np.unique(units, return_counts=True)[1]
    count = min(count, int(alike.max(initial=0)) if examples.group is None else len(alike))
    if count < TWO:
        raise KeepwellError(Problem("too few examples to hold any out", fix="come back with more"))
    if examples.group is not None:
        found = GroupKFold(count, shuffle=True, random_state=seed).split(empty, examples.outcome, examples.group)
    else:
        found = StratifiedKFold(count, shuffle=True, random_state=seed).split(empty, examples.outcome)
    for number, (train, test) in enumerate(found, 1):
        yield Split(train, test, f"fold {number}")
