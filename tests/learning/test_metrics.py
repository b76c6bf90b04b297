"""Figures are those of their definitions, and their intervals respect accounts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from keepwell.learning.judging import metrics
from keepwell.learning.samples import splits
from keepwell.learning.samples.splits import ACCOUNT_PARTS, ORIGINS
from tests.learning.companies import company


def test_true_probabilities_have_no_calibration_error_and_false_ones_have_it() -> None:
    random = np.random.default_rng(0)
    risk = random.random(20_000)
    outcome = random.random(20_000) < risk
    assert metrics.ece(outcome, risk) < 0.02
    assert metrics.ece(outcome, risk**2) > 0.1
    assert metrics.ece(outcome, np.full(20_000, outcome.mean())) == pytest.approx(0)


def test_figures_are_those_of_scikit_learn_also_with_ties() -> None:
    random = np.random.default_rng(3)
    risk = np.round(random.random(400), 2).clip(0.01, 0.99)
    outcome = random.random(400) < risk
    known = {
        "auc": roc_auc_score(outcome, risk),
        "pr_auc": average_precision_score(outcome, risk),
        "brier": brier_score_loss(outcome, risk),
        "log_loss": log_loss(outcome, risk),
    }
    assert {name: metrics.MEASURES[name](outcome, risk) for name in known} == pytest.approx(known)


def test_an_interval_is_that_of_the_drawn_rows_themselves() -> None:
    """Ranks are taken once and counted as often as their account was drawn: the same figures in an eighth of the time."""
    random = np.random.default_rng(4)
    blocks, risk = np.repeat(np.arange(40), 5), np.round(random.random(200), 1)
    outcome = random.random(200) < risk / 2
    rows = metrics.samples_of(outcome, blocks, 30)
    drawn = [roc_auc_score(outcome[s], risk[s]) for s in rows]
    found = metrics.auc(outcome, risk, blocks, draws=30)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])))
    other = risk[::-1].copy()
    gains = [one - roc_auc_score(outcome[s], other[s]) for one, s in zip(drawn, rows, strict=True)]
    gain = metrics.difference(outcome, (risk, other), blocks, draws=30)
    assert (gain.low, gain.high) == pytest.approx(tuple(np.quantile(gains, [0.025, 0.975])))


def test_tenths_add_up_to_all_outcomes_and_fall() -> None:
    random = np.random.default_rng(1)
    risk = random.random(5_000)
    outcome = random.random(5_000) < risk
    found = metrics.tenths(outcome, risk)
    assert sum(tenth.rows for tenth in found) == 5_000
    assert found[-1].captured == pytest.approx(1)
    assert found[0].lift > 1.5 > found[-1].lift


def test_rows_of_few_accounts_are_known_less_surely_than_as_many_accounts() -> None:
    random = np.random.default_rng(2)
    of_account, copies = random.random(60), np.repeat(np.arange(60), 10)
    risk = of_account[copies] + random.normal(0, 0.01, 600)
    outcome = (random.random(60) < of_account)[copies]
    alone = metrics.measured(outcome, risk.clip(0, 1), np.arange(600), draws=100)["auc"]
    together = metrics.measured(outcome, risk.clip(0, 1), copies, draws=100)["auc"]
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_the_confusion_at_a_border_counts_every_example_once() -> None:
    outcome, score = np.array([True, True, False, False]), np.array([10, 60, 20, 80])
    found = metrics.at_border(outcome, score, 50)
    assert (found.warned, found.right, found.missed) == (2, 1, 1)
    assert (found.accuracy, found.false_positive_rate, found.false_negative_rate) == (0.5, 0.5, 0.5)


def test_no_account_stands_on_both_sides_and_no_outcome_is_learned_before_it_is_certain() -> None:
    examples = company(1_200, months=6)
    assert examples.day is not None
    assert examples.group is not None
    found = splits.folds(examples)
    assert len(found) == ORIGINS * ACCOUNT_PARTS
    for fold in found:
        assert not set(examples.group[fold.train]) & set(examples.group[fold.test])
        assert examples.day[fold.train].max() + examples.ahead_days <= examples.day[fold.test].min()
    window = splits.last_window(examples)
    assert window is not None
    assert set(examples.day[window.test]) == {examples.day.max()}


def test_without_time_whole_accounts_are_held_out_and_without_accounts_rows_by_outcome() -> None:
    examples = company(600, months=3)
    timeless = type(examples)(examples.columns, examples.outcome, examples.keys, group=examples.group)
    assert timeless.group is not None
    for fold in splits.folds(timeless):
        assert not set(timeless.group[fold.train]) & set(timeless.group[fold.test])
    for fold in splits.folds(company(600)):
        assert abs(company(600).outcome[fold.test].mean() - company(600).base_rate) < 0.02


@pytest.mark.parametrize(("late", "teaches"), [(0, [0, 30]), (30, [0])])
def test_a_window_is_examined_by_what_sources_could_have_told_on_its_day(late: int, teaches: list[int]) -> None:
    """Outcomes are certain 60 days after a reading, and told `late` days after that; the window is day 90."""
    months = company(1_600, base=0.0, months=4)
    last = splits.last_window(replace(months, late_days=late))
    assert last is not None
    assert months.day is not None
    assert np.unique(months.day[last.test]).tolist() == [90]
    assert np.unique(months.day[last.train]).tolist() == teaches
