"""What an examination says beyond ranking: how early, whether falls go on, for whom, and against the owners' view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from keepwell.book.scorer import Scorer
from keepwell.learning.judging import examination, predictors, slices
from keepwell.learning.judging.contrasts import contrasts, said
from keepwell.learning.judging.evaluation import backtest, evaluate, tiers_for
from keepwell.learning.judging.falling import trend_accuracy
from keepwell.learning.judging.lead_time import lead_time
from keepwell.learning.judging.metrics import share_difference
from keepwell.learning.samples import history
from keepwell.learning.samples.examples import CardScores, Column, Examples, Sample
from keepwell.signals.catalogue import CATALOGUE
from keepwell.words.learning import CompanyHistory
from keepwell.words.problem import KeepwellError
from tests.learning.companies import company, signal
from tests.learning.test_history import UNTIL, project

MONTH_ENDS = [date(2025, 6, 30), date(2025, 7, 31), date(2025, 8, 31), date(2025, 9, 30), date(2025, 10, 31)]
EPOCH = date(1970, 1, 1).toordinal()


def series(scores: Mapping[str, Sequence[float]], lost: dict[str, date]) -> tuple[Examples, np.ndarray]:
    """Scores of accounts at month-ends from June on, and the days on which some were lost."""
    rows = [
        (account, day, score) for account, line in scores.items() for day, score in zip(MONTH_ENDS, line, strict=False)
    ]
    numbers = {account: number for number, account in enumerate(scores)}
    ahead = np.array([(lost[a] - d).days if a in lost else np.nan for a, d, _ in rows], float)
    day = np.array([d.toordinal() - EPOCH for _, d, _ in rows])
    account = np.array([numbers[a] for a, *_ in rows])
    found = Examples(
        (), (ahead > 30) & (ahead <= 90), tuple(f"{a} on {d}" for a, d, _ in rows), day, account, account,
        event_day=day + ahead, ahead_days=90,
    )  # fmt: skip
    return found, np.array([score for *_, score in rows], float)


def test_lead_time_runs_from_the_day_since_which_the_account_stayed_under_the_border() -> None:
    """Under 70 in June, over it in July, under it from August on; lost on 10 November, 71 days after August's end."""
    examples, score = series({"A": [60, 75, 65, 50]}, {"A": date(2025, 11, 10)})
    found = lead_time(examples, score, 70)
    assert found is not None
    assert (found.accounts, found.warned, found.median_days) == (1, 1, 71.0)
    assert (found.readable, found.in_time) == (1, 1)


def test_an_account_over_the_border_at_its_last_reading_was_not_warned_about() -> None:
    examples, score = series({"A": [60, 60, 60, 90]}, {"A": date(2025, 11, 10)})
    found = lead_time(examples, score, 70)
    assert found is not None
    assert (found.warned, found.median_days, found.in_time) == (0, None, 1)


def test_days_from_60_to_90_before_the_outcome_count_as_in_time_and_no_others() -> None:
    """29 November is 90 days after August's end and 60 after September's; a day later 60 days are past."""
    for lost, readable in ((date(2025, 11, 29), 2), (date(2025, 11, 30), 1)):
        examples, score = series({"A": [90, 90, 60, 60]}, {"A": lost})
        assert sum(60 <= (lost - day).days <= 90 for day in MONTH_ENDS[:4]) == readable
        found = lead_time(examples, score, 70)
        assert found is not None
        assert (found.readable, found.in_time) == (1, 1)


def test_readings_without_an_outcome_near_say_how_usual_the_warning_is() -> None:
    examples, score = series({"A": [60, 60, 60, 60], "B": [90, 60, 90, 90]}, {"A": date(2025, 11, 10)})
    found = lead_time(examples, score, 70)
    assert found is not None
    assert found.usual == pytest.approx(3 / 6)  # June and July of A, all of B


def test_a_fall_is_judged_three_months_later_and_a_loss_counts_as_worse() -> None:
    """Thirty fell in July: half fell again by October, ten more were lost in August, five came back."""
    falling = {f"F{n}": [80.0, 70.0, 70.0, 70.0, 60.0 if n < 15 else 75.0] for n in range(20)}
    gone = {f"G{n}": [80.0, 70.0] for n in range(10)}
    steady = {f"S{n}": [80.0] * 5 for n in range(40)}
    examples, score = series(falling | gone | steady, {name: date(2025, 8, 20) for name in gone})
    found = trend_accuracy(examples, score)
    assert found is not None
    assert (found.falling, found.others) == (30, 40)
    assert [found.worse_if_falling, found.worse_if_not] == pytest.approx([25 / 30, 0])
    assert [found.gone_if_falling, found.gone_if_not, found.gain.value] == pytest.approx([1 / 3, 0, 1 / 3])
    assert found.gain.low > 0


def test_a_fall_too_late_to_be_judged_says_nothing_even_of_accounts_that_were_lost() -> None:
    """Readings until August: who fell in July and stayed has no reading in October; those lost are no sample of them."""
    both = {f"F{n}": [80.0, 70.0, 70.0] for n in range(60)} | {f"S{n}": [80.0, 80.0, 80.0] for n in range(60)}
    examples, score = series(both, {name: date(2025, 9, 20) for name in list(both)[::2]})
    assert trend_accuracy(examples, score) is None


def test_without_twenty_falls_nothing_is_said_about_them() -> None:
    examples, score = series({f"S{n}": [80.0] * 5 for n in range(40)}, {})
    assert trend_accuracy(examples, score) is None


def test_the_difference_of_two_shares_has_an_interval_around_it() -> None:
    happened = np.array([True] * 30 + [False] * 70 + [True] * 10 + [False] * 90)
    found = share_difference(happened, np.arange(200) < 100, np.arange(200))
    assert found.value == pytest.approx(0.2)
    assert 0 < found.low < 0.2 < found.high


def pulsed(rows: int = 400) -> Examples:
    """Accounts of two segments, some with an owner's pulse that knows more than the card."""
    random = np.random.default_rng(1)
    outcome = random.random(rows) < 0.2
    pulse = np.where(random.random(rows) < 0.5, np.nan, np.where(outcome, 2, 4) + random.integers(-1, 2, rows))
    return Examples(
        (Column(signal("csm_pulse"), pulse),),
        outcome,
        tuple(str(n) for n in range(rows)),
        segment=np.where(np.arange(rows) < 380, "M", "E"),
    )


def test_the_owners_pulse_is_compared_on_the_readings_that_have_one() -> None:
    examples = pulsed()
    found = slices.against_pulse(examples, np.random.default_rng(2).random(examples.size))
    assert found is not None
    assert found.rows == int((~np.isnan(examples.column("csm_pulse").values)).sum())
    assert found.pulse.value > 0.8
    assert found.gain.high < 0


def test_a_segment_with_few_outcomes_is_counted_but_not_ranked() -> None:
    large, small = slices.by_segment(pulsed(), np.full(400, 0.2))
    assert (large.segment, large.rows, small.segment, small.rows) == ("M", 380, "E", 20)
    assert large.auc is not None
    assert small.auc is None
    assert large.events + small.events == int(pulsed().outcome.sum())


CARDS = {
    "by_price": "scorecard: by_price\nform: points\nbaseline: 90\nmin_coverage: 0\ntiers: {good: 70, bad: 0}\n"
    "measures: {mrr: {bands: [{up_to: 150, points: 0}, {points: -30}]}}\n",
    "by_age": "scorecard: by_age\nform: points\nbaseline: 50\nmin_coverage: 0\ntiers: {old: 60, new: 0}\n"
    "measures: {account_age: {bands: [{below: 300, points: 0}, {points: 20}]}}\n",
}


SHORT = CompanyHistory(months=3, leave_out=tuple(name for name in CATALOGUE if name not in ("account_age", "mrr")))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Eight accounts of which three are lost in January, with the scores of two cards."""
    ends = {f"A{n}": "" for n in range(5)} | {f"L{n}": f"2026-01-{10 + n}" for n in range(3)}
    small = project(tmp_path_factory.mktemp("cards"), ends)
    for name, text in CARDS.items():
        small.write(f"scorecards/{name}.yml", text)
    scorer = Scorer(small.project)
    return history.sample_of(scorer, SHORT, UNTIL, [scorer.headline(name) for name in CARDS])


def test_cards_are_scored_on_history_as_a_score_of_that_day_was(tmp_path: Path) -> None:
    small = project(tmp_path, {"A0": "", "L0": "2026-01-10"})
    small.write("scorecards/by_age.yml", CARDS["by_age"])
    scorer = Scorer(small.project)
    card = scorer.headline("by_age")
    examples = history.sample_of(scorer, SHORT, UNTIL, [card]).examples
    connection = scorer.connect()
    told = examples.by_card[card.name]
    assert len(set(told.scores)) > 1
    for key, score, tier in zip(examples.keys, told.scores, told.tiers, strict=True):
        account, _, day = key.partition(" on ")
        scorer.read(connection, [scorer.pair(account, date.fromisoformat(day))], card.signals)
        (alone,) = scorer.score(connection, card)
        assert (score, tier) == (alone["score_milli"] / 1000, alone["tier"])


def test_a_backtest_judges_each_card_beside_the_others(sample: Sample) -> None:
    first, second = examination.backtested(sample)
    assert [first.scorecard, second.scorecard] == ["by_price", "by_age"]
    assert [who for who, _ in first.beats] == ["by_age"]
    assert [zone.tier for zone in second.zones] == ["old", "new"]
    assert first.how == "5 folds of whole accounts"
    assert (first.rows, first.events) == (sample.examples.size, 3)


def test_a_learned_card_is_judged_on_what_came_after_it_or_said_to_be_flattered(sample: Sample) -> None:
    """Trained until August: only November is new to it. Trained until October: January's losses were learned already."""
    card = sample.cards["by_price"]

    def trained(until: str) -> Sample:
        model = card.plan.card.model_copy(update={"trained": {"until": until}})
        return replace(sample, cards={"by_price": replace(card, plan=replace(card.plan, card=model))})

    (newer,) = examination.backtested(trained("2025-08-31"))
    assert newer.rows == sum(key.endswith("2025-11-30") for key in sample.examples.keys)
    assert "from 90 days after 2025-08-31 on" in newer.notes[0]
    for until in ("2025-10-31", "2025-11-30"):
        (all_of_it,) = examination.backtested(trained(until))
        assert all_of_it.rows == sample.examples.size
        assert "flatter" in all_of_it.notes[0]


def test_an_account_without_a_score_was_not_warned_about_and_stands_in_no_zone() -> None:
    """Scored are 40 and 90, on average under the border: so would an account be that was given the average."""
    outcome = np.arange(200) % 4 == 0
    scores = np.where(np.arange(200) < 40, np.nan, np.where(outcome | (np.arange(200) % 4 == 1), 40.0, 90.0))
    column = Column(signal("use"), np.arange(200.0) % 7)
    by_card = {"card": CardScores(scores, (None,) * 200)}
    examples = Examples((column,), outcome, tuple(map(str, range(200))), by_card=by_card)
    (found,) = backtest(examples, {"card": (("good", 70.0), ("bad", None))})
    assert found.borders[0].warned == sum(zone.rows for zone in found.zones if zone.tier == "bad") == 80
    assert sum(zone.rows for zone in found.zones) == 160
    assert {miss.key: miss.score is None for miss in found.misses} == {
        miss.key: int(miss.key) < 40 for miss in found.misses
    }


def test_what_a_tier_means_per_year_counts_the_days_in_which_an_outcome_counts(sample: Sample) -> None:
    """Of a window of 60 days, 365 ÷ 60 make a year; the gap before it saw no outcome that was counted."""
    (found, *_) = examination.backtested(sample)
    for zone in found.zones:
        assert zone.per_year == pytest.approx(1 - (1 - zone.observed) ** (365 / 60))


def test_a_history_in_which_nobody_left_cannot_judge_a_card(sample: Sample) -> None:
    stays = replace(sample, examples=sample.examples.take(~sample.examples.outcome))
    with pytest.raises(KeepwellError, match="0 outcomes in"):
        examination.backtested(stays)


def test_scores_go_with_their_rows() -> None:
    scores = CardScores(np.array([1.0, 2.0, 3.0]), ("a", "b", "c"))
    taken = scores.take(np.array([2, 0]))
    assert (taken.scores.tolist(), taken.tiers) == ([3.0, 1.0], ("c", "a"))


@pytest.mark.slow
def test_a_card_that_was_learned_itself_is_compared_only_on_windows_it_had_not_seen() -> None:
    """Twelve windows of 30 days, outcomes 60 days ahead: taught up to day 240, the last two are new to it."""
    examples = company(2_400, base=-1.0, months=12)
    assert examples.day is not None
    knows_all = CardScores(np.where(examples.outcome, 0.0, 100.0), ("a",) * examples.size)
    examples = replace(examples, by_card={"old": knows_all})
    gains = {}
    for until in ("1970-06-30", "1970-08-29", "1970-11-27"):
        old = predictors.on_unseen(predictors.by_card("old"), until)
        found = evaluate(examples, "new", predictors.base_rate, old)
        gains[until] = (len(found.fold_gains), "expert card" in dict(found.beats))
    assert list(gains.values()) == [(3, True), (2, True), (0, False)]


def test_a_contrast_is_of_medians_or_of_the_category_whose_shares_differ_most() -> None:
    """A signal that only one side has a reading of tells nothing of the difference."""
    outcome = np.array([True] * 4 + [False] * 4)
    columns = {
        "use": (signal("use", 100), [100, 200, 300, 400, 900, 900, 1_000, 1_100]),
        "plan": (signal("plan", categories=("basic", "pro")), [0, 0, 0, 1, 1, 1, 1, 1]),
        "exit": (signal("exit"), [1, 2, 3, 4, *[np.nan] * 4]),
    }
    given = tuple(Column(one, np.array(values, float)) for one, values in columns.values())
    found = {one.signal: one for one in contrasts(Examples(given, outcome, tuple("ABCDEFGH")))}
    assert {name: (one.with_outcome, one.without, one.unit, one.category) for name, one in found.items()} == {
        "use": (2.5, 9.5, "", ""),
        "plan": (75.0, 0.0, "%", "basic"),
    }
    assert [said(given[0], 3), said(given[1], 3), said(given[2], 7)] == ["4", "pro", "missing"]


def test_tiers_of_what_is_hoped_for_have_no_words_of_danger() -> None:
    assert [name for name, _ in tiers_for("expansion")] == ["unlikely", "possible", "likely", "very likely"]
    assert list(tiers_for("churn")) == [("healthy", 70.0), ("watch", 50.0), ("at risk", 30.0), ("critical", None)]
