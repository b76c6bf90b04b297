"""Leaks: signals that know the outcome because they were written after it, and rows that say it twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from keepwell.learning.samples import splits
from keepwell.learning.samples.examples import Column, Examples, Flags, Floats, Whole, numbered
from keepwell.words.learning import Leak
from keepwell.words.report import Finding

IMPLAUSIBLE_AUC = 0.95  # of one signal alone: behaviour does not tell this much, a record of the outcome does
CERTAIN = 0.9  # lower bound of the outcome's share under one value
WORTH_NAMING = 0.05  # of all outcomes
LEAVES = 8
LABELS = "label_contradiction"
OF_LABELS = "churn."  # findings about who was lost
NAMED = 3  # cases in a line
FEW_COLUMNS = 4  # with fewer, two accounts may well look alike


def find(examples: Examples) -> tuple[Leak, ...]:
    """Everything that looks as if it was known only afterwards, the most telling first."""
    of_signals = [leak for column in examples.columns if (leak := _of_signal(column, examples)) is not None]
    return (*sorted(of_signals, key=lambda leak: -leak.strength), *_of_rows(examples))


def of_labels(contradictions: Iterable[Finding], events: int) -> tuple[Leak, ...]:
    """Sources that disagree on who was lost, too often for a slip: what is learned from them may be wrong or known later."""
    return tuple(
        Leak(
            LABELS,
            None,
            f"the labels contradict each other: {it.text} ({_named(it)})",
            min(it.count / max(events, 1), 1.0),
        )
        for it in contradictions
        if it.code.startswith(OF_LABELS) and it.count >= WORTH_NAMING * events
    )


def _named(finding: Finding) -> str:
    return ", ".join(finding.examples[:NAMED]) + (" ..." if finding.count > NAMED else "")


def _of_signal(column: Column, examples: Examples) -> Leak | None:
    """The worst that one signal shows: a value under which the outcome is certain, or an implausible AUC."""
    found = [leak for leak in (*_by_value(column, examples), _alone(column, examples)) if leak is not None]
    return max(found, key=lambda leak: leak.strength, default=None)


def _by_value(column: Column, examples: Examples) -> Iterator[Leak]:
    for words, rows in _values(column):
        for counted in (_soon(rows, examples), _sooner_or_later(rows, examples)):
            if counted is None or counted.usual > 0.5 or counted.hits == 0 or rows.all():
                continue
            low = float(binomtest(counted.hits, counted.count).proportion_ci(0.95, "wilson").low)
            if counted.hits >= WORTH_NAMING * examples.events and low >= CERTAIN:
                text = f"{column.name} {words}: {counted.text}; it was probably written afterwards"
                yield Leak("written_after", column.name, text, counted.hits / counted.count)


@dataclass(frozen=True)
class _Counted:
    """How many of those under a value had the outcome, and which share of all has it."""

    hits: int
    count: int
    usual: float
    text: str


def _soon(rows: Flags, examples: Examples) -> _Counted:
    hits, count, usual = int(examples.outcome[rows].sum()), int(rows.sum()), examples.base_rate
    text = f"{hits} of {count} had the outcome (of all rows {100 * usual:.1f} %)"
    return _Counted(hits, count, usual, text)


def _sooner_or_later(rows: Flags, examples: Examples) -> _Counted | None:
    """By accounts: what is overwritten at the outcome marks them in all months before, most of them too early to count."""
    if examples.event_day is None:
        return None
    lost, blocks = ~np.isnan(examples.event_day), examples.blocks
    hits, count = len(np.unique(blocks[rows & lost])), len(np.unique(blocks[rows]))
    usual = len(np.unique(blocks[lost])) / len(np.unique(blocks))
    text = f"{hits} of {count} accounts had the outcome sooner or later (of all {100 * usual:.1f} %)"
    return _Counted(hits, count, usual, text)


def _values(column: Column) -> Iterator[tuple[str, Flags]]:
    """The states a record of the outcome leaves behind: filled or empty, nothing or something, a word."""
    absent = np.isnan(column.values)
    if absent.any():
        yield "is missing", absent
        yield "is filled", ~absent
    if column.signal.categories:
        for place, word in enumerate(column.signal.categories):
            yield f"is '{word}'", column.values == place
    else:
        yield "is 0", column.values == 0
        yield "is not 0", ~absent & (column.values != 0)


def _alone(column: Column, examples: Examples) -> Leak | None:
    auc = alone(column.values, bool(column.signal.categories), examples)
    if auc < IMPLAUSIBLE_AUC:
        return None
    text = f"{column.name} alone ranks the outcomes with an AUC of {auc:.3f}; behaviour does not tell this much"
    return Leak("implausible", column.name, text, auc)


def alone(values: Floats, kinds: bool, examples: Examples) -> float:
    """The AUC of one signal on rows held out from a small tree."""
    split = splits.inner(examples)
    train, test = examples.outcome[split.train], examples.outcome[split.test]
    if len(np.unique(train)) < 2 or len(np.unique(test)) < 2:
        return 0.5
    absent = np.isnan(values)
    filled = np.where(absent, -1.0, values)
    rows = np.column_stack([filled, absent])
    if kinds:
        rates = np.bincount((filled[split.train] + 1).astype(int), train, int(filled.max()) + 2)
        counts = np.bincount((filled[split.train] + 1).astype(int), None, int(filled.max()) + 2)
        rows = (rates / np.maximum(counts, 1))[(filled + 1).astype(int)][:, None]
    tree = DecisionTreeClassifier(max_leaf_nodes=LEAVES, min_samples_leaf=10, random_state=0)
    tree.fit(rows[split.train], train)
    return float(roc_auc_score(test, tree.predict_proba(rows[split.test])[:, 1]))


def _of_rows(examples: Examples) -> Iterator[Leak]:
    """Accounts that stand in the table more often than they should."""
    if examples.group is not None:
        day = examples.day if examples.day is not None else np.zeros(examples.size, np.int64)
        twice = _repeated([numbered(examples.keys), day])
        if twice.any() and examples.day is not None:
            yield from _disagreeing(examples, examples.day)
            shown = ", ".join(sorted({examples.keys[i] for i in np.flatnonzero(twice)[:3]}))
            text = f"{int(twice.sum())} rows repeat an account and its time ({shown}): the same outcome is learned and examined"
            yield Leak("duplicate", None, text, float(twice.mean()))
            return
    continuous = [column.values for column in examples.columns if len(np.unique(column.values)) > 2]
    if len(continuous) < FEW_COLUMNS:
        return
    twice = _repeated([np.nan_to_num(values, nan=-1) for values in continuous])
    if examples.day is not None and examples.group is not None:
        yield from _frozen(examples, continuous)
    elif twice.mean() > 0.005:
        text = f"{int(twice.sum())} rows are equal in all {len(continuous)} telling signals: accounts stand there twice"
        yield Leak("duplicate", None, text, float(twice.mean()))


def _disagreeing(examples: Examples, day: Whole) -> Iterator[Leak]:
    """Accounts that at one time have the outcome in one row and not in another."""
    pairs = [f"{key} {at}" for key, at in zip(examples.keys, day, strict=True)]
    lost = {pair for pair, outcome in zip(pairs, examples.outcome, strict=True) if outcome}
    both = sorted({pair for pair, outcome in zip(pairs, examples.outcome, strict=True) if not outcome and pair in lost})
    if both:
        named = ", ".join(pair.rpartition(" ")[0] for pair in both[:NAMED]) + (" ..." if len(both) > NAMED else "")
        text = f"the labels contradict each other: accounts with and without the outcome at one time: {len(both)} ({named})"
        yield Leak(LABELS, None, text, len(both) / examples.size)


def _frozen(examples: Examples, columns: Sequence[Floats]) -> Iterator[Leak]:
    """Rows after an account's outcome in which nothing moves any more: it had left."""
    group, day = examples.group, examples.day
    if group is None or day is None:
        return
    order = np.lexsort((day, group))
    same = (np.diff(group[order]) == 0) & examples.outcome[order][:-1]
    still = np.all(
        [np.nan_to_num(c[order][1:], nan=-1) == np.nan_to_num(c[order][:-1], nan=-1) for c in columns], axis=0
    )
    after = int((same & still).sum())
    if after >= max(3, WORTH_NAMING * examples.events):
        text = f"{after} rows follow an account's outcome with nothing changed: it had left and is still counted"
        yield Leak("after_outcome", None, text, after / examples.size)


def _repeated(columns: Sequence[np.ndarray]) -> Flags:
    """Rows that are equal to an earlier one."""
    rows = np.column_stack(columns)
    _, first = np.unique(rows, axis=0, return_index=True)
    found = np.ones(len(rows), bool)
    found[first] = False
    return found
