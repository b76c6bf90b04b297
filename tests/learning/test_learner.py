"""The learner finds what drives the outcome, and says it in whole points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from keepwell.learning.model import boosting
from keepwell.learning.model.card import scorecard_of
from keepwell.learning.model.crossing import certain_pairs
from keepwell.learning.model.learner import Choices, Learned, learn
from keepwell.learning.model.levels import Levels, levels_of, matrix
from keepwell.learning.model.parts import Banded, Box, Boxed
from keepwell.learning.model.points import AVERAGE, Calibration, PointsTable
from keepwell.learning.samples import scored, splits
from keepwell.learning.samples.examples import Column, Examples
from keepwell.scoring import scorecard
from keepwell.scoring.compile import Compiled, compile_plan
from keepwell.scoring.planner import own_signals, plan
from tests.learning.companies import company, only, signal


def compiled(learned: Learned, examples: Examples) -> Compiled:
    """The learned card, written as a file and read again."""
    card = scorecard_of(learned.table, examples, {"scorecard": "learned"}, {})
    model = scorecard.loads(scorecard.dumps(card))
    assert model == card
    return compile_plan(plan(model, own_signals(model)))


def banded(learned: Learned, name: str) -> tuple[Banded, list[int]]:
    part, points = next(
        (part, points)
        for part, points in zip(learned.table.parts, learned.table.points, strict=True)
        if part.name == name
    )
    assert isinstance(part, Banded)
    return part, [int(points[row]) for row in part.rows]


def test_the_table_ranks_accounts_it_has_not_seen(learned: Learned) -> None:
    fresh = company(5_000, seed=1)
    assert roc_auc_score(fresh.outcome, -learned.table.scores(fresh)) > 0.74


def test_the_sql_of_the_card_gives_exactly_the_points_of_the_table(learned: Learned, examples: Examples) -> None:
    fresh = company(5_000, seed=2)
    scores = scored.score(fresh, compiled(learned, examples)).scores
    assert (scores == learned.table.scores(fresh)).all()


def test_little_use_and_many_tickets_cost_points(learned: Learned) -> None:
    _, use = banded(learned, "use")
    _, tickets = banded(learned, "tickets")
    assert use[0] < use[-2] - 20
    assert tickets[0] > tickets[6] + 20


def test_a_missing_answer_has_a_row_of_its_own(learned: Learned) -> None:
    part, points = banded(learned, "survey")
    assert part.level.missing_seen
    assert points[-1] < points[-2]


def test_what_says_nothing_has_hardly_any_points(learned: Learned) -> None:
    spread = {part.name: np.abs(banded(learned, part.name)[1]).mean() for part in learned.table.parts[:-1]}
    assert spread.get("noise", 0) < min(spread["use"], spread["tickets"]) / 2


def test_two_signals_that_speak_only_together_are_crossed(learned: Learned) -> None:
    assert learned.crossed == (("crossed_left", "crossed_right"),)


def test_nothing_is_crossed_where_signals_only_add_up() -> None:
    examples = only(company(2_000, seed=3), "use", "tickets", "tariff")
    codes = matrix([levels_of(column) for column in examples.columns], examples)
    chance = np.full(examples.size, -1.5)
    assert certain_pairs(codes[:, 1:], np.random.default_rng(0).random(2_000) < 0.2, chance, examples.blocks) == ()


def test_twenty_points_down_double_the_odds_and_an_average_account_reads_seventy(learned: Learned) -> None:
    told = Calibration(learned.table.calibration.intercept, 1.0).probability(np.array([AVERAGE, AVERAGE - 20]))
    odds = told / (1 - told)
    assert odds[1] / odds[0] == pytest.approx(2)
    fresh = company(20_000, seed=4)
    near = np.abs(learned.table.scores(fresh) - AVERAGE) <= 10
    assert fresh.outcome[near].mean() == pytest.approx(learned.table.base_rate, abs=0.05)


def test_printed_probabilities_are_true_on_average(learned: Learned) -> None:
    fresh = company(20_000, seed=5)
    assert learned.table.probability(fresh).mean() == pytest.approx(fresh.base_rate, abs=0.03)


def test_learning_twice_gives_the_same_table() -> None:
    few = only(company(500, seed=8), "use", "tickets", "tariff")
    first, again = (learn(few).table for _ in range(2))
    assert all((one == other).all() for one, other in zip(first.points, again.points, strict=True))
    assert first.baseline == again.baseline


def test_of_two_signals_that_rank_alike_one_is_dropped() -> None:
    examples = company(1_200, seed=6)
    near = examples.column("use").values + np.random.default_rng(0).normal(0, 300, examples.size)
    twin = Column(signal("use_in_hours", 100), np.rint(near / 60))
    kept = learn(examples_with(examples, twin), Choices(crossed=False))
    assert len(kept.twins) == 1
    assert set(kept.twins[0]) == {"use", "use_in_hours"}
    assert len({"use", "use_in_hours"} & set(kept.table.signals)) == 1


def test_a_direction_that_a_person_asserts_is_kept() -> None:
    examples = company(1_200, seed=7)
    _, points = banded(learn(examples, Choices(crossed=False, directions={"tickets": 1})), "tickets")
    known = points[:-1]
    assert known == sorted(known, reverse=True)


def test_pairs_are_those_asked_for_also_beside_categories(examples: Examples) -> None:
    """scikit-learn moves categories to the front inside; the learner puts them there itself."""
    columns = sorted(examples.columns, key=lambda column: not column.signal.categories)
    levels = [levels_of(column) for column in columns]
    codes = matrix(levels, examples)
    pair = tuple(sorted(levels.index(level) for level in levels if level.name.startswith("crossed")))
    settings = boosting.Settings(250, 30, {}, (pair,), bags=1)  # type: ignore[arg-type]  # two positions
    boosted = boosting.boost(levels, codes, examples.outcome, examples.blocks, settings)
    surface = boosted.surface(settings.pairs[0], codes)
    apart = (examples.column("crossed_left").values > 50) != (examples.column("crossed_right").values > 50)
    assert surface[apart].mean() > surface[~apart].mean() + 0.5


def examples_with(examples: Examples, column: Column) -> Examples:
    return Examples((*examples.columns, column), examples.outcome, examples.keys)


def test_a_signal_known_of_nobody_who_teaches_adds_nothing_and_stops_nothing() -> None:
    """Answers that only accounts held out inside training gave, as in the first months of a new survey."""
    examples = only(company(400, base=-1.0), "use", "survey")
    values = np.full(examples.size, np.nan)
    values[splits.inner(examples).test] = examples.column("survey").values[splits.inner(examples).test]
    late = Column(examples.column("survey").signal, values)
    table = learn(replace(examples, columns=(examples.column("use"), late)), Choices(crossed=False)).table
    assert "use" in table.signals


def test_a_word_with_an_apostrophe_is_quoted_in_a_crossed_condition() -> None:
    kinds, numbers = signal("tariff_owner", categories=("O'Brien", "b")), signal("use")
    levels = (
        Levels("tariff_owner", np.empty(0, np.int64), 2, kinds=True, missing_seen=False),
        Levels("use", np.array([3]), 2, kinds=False, missing_seen=False),
    )
    part = Boxed(levels, (Box((0, 0), (0, 0)), Box((1, 0), (1, 1))), np.array([0.5, -0.5, 0.0]))
    table = PointsTable((part,), (np.array([-10, 10, 0]),), 70, 0.1, Calibration(0, 1))
    columns = (Column(kinds, np.array([0.0, 1.0, 0.0])), Column(numbers, np.array([1.0, 5.0, 6.0])))
    examples = Examples(columns, np.array([True, False, False]), ("a", "b", "c"))
    card = scorecard.loads(scorecard.dumps(scorecard_of(table, examples, {"scorecard": "x"}, {})))
    found = scored.score(examples, compile_plan(plan(card, own_signals(card)))).scores
    assert found.tolist() == table.scores(examples).tolist() == [60, 80, 70]


def test_a_window_examines_only_where_enough_were_lost_before_it_to_learn_from() -> None:
    """One loss in the first month and none until the fifth: half of the accounts before a window hold no loss at all."""
    examples = company(960, months=8)
    day, group = examples.day, examples.group
    assert day is not None
    assert group is not None
    outcome = ((group % 5 == 0) & (day >= 150)) | ((day == 0) & (group == 0))
    assert splits.origins(replace(examples, outcome=outcome, ahead_days=60)) == (210,)
    assert splits.origins(replace(examples, outcome=outcome, ahead_days=90)) == ()
