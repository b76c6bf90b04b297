"""What is told of an account, by a scripted clock: one line a rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from keepwell.decisions.rules import Rules
from keepwell.decisions.transitions import NOT_FOR_IT, decide
from keepwell.words.decision import Kind, Status
from keepwell.words.score import State
from tests.decisions.days import START, Story, keys, renewing, today

# --- at risk and recovered


def test_flapping_around_the_border_for_thirty_days_is_one_alert() -> None:
    story = Story().lives([60]).lives([49, 51] * 15)
    assert story.kinds == [Kind.AT_RISK]


def test_a_fall_clear_of_noise_is_told_on_its_day() -> None:
    story = Story().lives([60, 44])
    assert (story.kinds, story.day_of(Kind.AT_RISK)) == ([Kind.AT_RISK], 1)
    assert (story.told[0].old, story.told[0].new) == ("steady", "at_risk")
    assert (story.told[0].old_milli, story.told[0].new_milli) == (60_000, 44_000)


def test_a_score_a_little_below_the_border_is_pending_until_it_has_lasted() -> None:
    story = Story().lives([60, 48, 48])
    assert story.kinds == []
    assert story.standing is not None
    assert story.standing.status is Status.PENDING
    assert story.lives([48]).kinds == [Kind.AT_RISK]


def test_a_dip_that_is_over_before_it_lasted_is_never_told() -> None:
    assert Story().lives([60, 48, *[56] * 10, 48, *[56] * 10]).kinds == []


def test_recovery_is_told_once_for_the_episode_it_closes() -> None:
    story = Story().lives([60, 40, *[57] * 7])
    assert story.kinds == [Kind.AT_RISK, Kind.RECOVERED]
    assert story.told[0].episode == story.told[1].episode
    assert story.standing is not None
    assert story.standing.status is Status.STEADY


def test_six_days_above_the_border_are_recovering_and_not_recovered() -> None:
    story = Story().lives([60, 40, *[57] * 6])
    assert story.kinds == [Kind.AT_RISK]
    assert story.standing is not None
    assert story.standing.status is Status.RECOVERING


def test_a_score_that_stays_just_above_the_border_has_recovered_after_four_weeks() -> None:
    assert Story().lives([60, 40, *[51] * 27]).kinds == [Kind.AT_RISK]
    assert Story().lives([60, 40, *[51] * 28]).kinds == [Kind.AT_RISK, Kind.RECOVERED]


def test_exactly_on_the_border_is_above_it() -> None:
    assert Story().lives([60, *[50] * 10]).kinds == []


def test_a_guard_that_forces_a_tier_of_risk_is_told_at_once_though_the_score_is_high() -> None:
    assert Story().lives([60]).lives([62], low_tier=True).kinds == [Kind.AT_RISK]


def test_a_border_of_the_policy_stands_over_that_of_the_card() -> None:
    story = Story(Rules(at_risk_milli=70_000)).lives([80, 64])
    assert story.kinds == [Kind.AT_RISK]
    assert Story(Rules(at_risk_milli=30_000)).lives([80, 40]).kinds == []


def test_a_card_without_a_border_knows_no_risk() -> None:
    assert Story().lives([60, 1], border_milli=None).kinds == []


def test_poor_for_four_weeks_is_told_once_and_not_a_day_early() -> None:
    assert Story().lives([60, *[30] * 27]).kinds == [Kind.AT_RISK]
    assert Story().lives([60, *[30] * 60]).kinds == [Kind.AT_RISK, Kind.POOR_FOR_WEEKS]


def test_a_renewal_inside_120_days_of_an_account_at_risk_is_told_once_for_that_renewal() -> None:
    story = Story().lives([60, *[30] * 20], **renewing(125))
    assert story.kinds == [Kind.AT_RISK, Kind.RENEWAL_AT_RISK]
    assert story.day_of(Kind.RENEWAL_AT_RISK) == 5
    assert Story().lives([60] * 200, **renewing(125)).kinds == []


# --- expansion


def test_sixty_days_at_85_are_ready_for_expansion_and_59_are_not() -> None:
    assert Story().lives([70, *[85] * 59]).kinds == []
    assert Story().lives([70, *[85] * 60]).kinds == [Kind.EXPANSION_READY]
    assert Story().lives([70, *[85] * 59, 84.999, *[85] * 59]).kinds == []


def test_unscored_days_neither_count_nor_break_the_sixty() -> None:
    assert Kind.EXPANSION_READY not in Story().lives([70, *[85] * 30, None, *[85] * 29]).kinds
    assert Kind.EXPANSION_READY in Story().lives([70, *[85] * 30, None, *[85] * 30]).kinds


def test_expansion_is_told_again_only_after_the_score_was_clearly_lower() -> None:
    within_noise = Story().lives([70, *[85] * 60, 82, *[86] * 60])
    assert within_noise.kinds == [Kind.EXPANSION_READY]
    fell = Story().lives([70, *[85] * 60, 79, *[86] * 60])
    assert fell.kinds == [Kind.EXPANSION_READY, Kind.EXPANSION_READY]


def test_a_first_standing_counts_the_days_that_are_kept() -> None:
    story = Story().lives([86], high_run=40).lives([86] * 19)
    assert story.kinds == []
    assert story.lives([86]).kinds == [Kind.EXPANSION_READY]


# --- drops


def test_a_drop_is_what_behaviour_and_silence_took_and_one_until_it_is_over() -> None:
    story = Story().lives([90, 80]).lives([70], fall30_milli=19_999)
    assert story.kinds == []
    story.lives([70] * 5, fall30_milli=20_000).lives([70] * 5, fall30_milli=16_000).lives([70], fall30_milli=20_000)
    assert story.kinds == [Kind.DROP]
    assert story.told[0].fall_milli == 20_000
    story.lives([70], fall30_milli=1_000).lives([60], fall30_milli=25_000)
    assert story.kinds == [Kind.DROP, Kind.DROP]


def test_a_drop_is_told_from_the_score_of_then() -> None:
    [told] = Story().lives([90, 76]).lives([75], fall30_milli=21_000, delta30_milli=-18_000).told
    assert (told.old_milli, told.new_milli, told.fall_milli) == (93_000, 75_000, 21_000)


def test_fifteen_points_in_a_week_are_for_the_briefing() -> None:
    assert Story().lives([90]).lives([75], fall7_milli=15_000).kinds == [Kind.WEEKLY_DROP]


def test_unscored_or_paused_is_never_a_drop() -> None:
    story = Story().lives([90]).lives([None], fall30_milli=90_000, fall7_milli=90_000)
    assert story.kinds == [Kind.UNSCORED]
    paused = today(1, 20, state=State.PAUSED, fall30_milli=70_000)
    assert Story().lives([90]).day(paused).kinds == []


# --- no score


def test_a_score_that_comes_and_goes_is_one_episode_without_a_score() -> None:
    assert Story().lives([70, None, 70, None, None, 70, None]).kinds == [Kind.UNSCORED]
    assert Story().lives([70, None, *[70] * 7, None]).kinds == [Kind.UNSCORED, Kind.UNSCORED]


def test_an_account_that_the_card_is_no_longer_for_is_no_news() -> None:
    story = Story().lives([60, 40]).lives([None] * 30, unscored_why=NOT_FOR_IT)
    assert story.kinds == [Kind.AT_RISK]
    assert story.standing is not None
    assert (story.standing.status, dict(story.standing.episodes)) == (Status.NOT_COVERED, {})


def test_fourteen_days_without_a_score_are_borne_and_fifteen_are_told_once() -> None:
    assert Story().lives([70, *[None] * 14]).kinds == [Kind.UNSCORED]
    assert Story().lives([70, *[None] * 30]).kinds == [Kind.UNSCORED, Kind.NO_SNAPSHOT]


def test_an_account_that_is_gone_from_the_book_is_told_as_without_a_snapshot() -> None:
    story = Story().lives([70])
    for n in range(1, 20):
        story.day(today(n, None, state=None))
    assert story.kinds == [Kind.NO_SNAPSHOT]


# --- beginnings


def test_the_first_day_is_silent_and_remembers_who_is_at_risk() -> None:
    story = Story().lives([20])
    assert story.kinds == []
    assert story.standing is not None
    assert story.standing.status is Status.AT_RISK
    assert story.lives([20] * 5).kinds == []


def test_an_account_that_comes_later_is_told_of() -> None:
    _, told = decide(Rules(), today(0, 20), None)
    assert [(t.kind, t.old) for t in told] == [(Kind.AT_RISK, "new")]


def test_another_recipe_begins_anew_in_silence() -> None:
    story = Story().lives([80] * 3).day(today(3, 20, recipe="r2"))
    assert story.kinds == []
    assert story.standing is not None
    assert (story.standing.status, story.standing.previous_milli) == (Status.AT_RISK, None)


# --- whatever the scores are

SCORES = st.lists(st.one_of(st.none(), st.integers(30, 95)), min_size=1, max_size=120)


@given(SCORES)
def test_each_transition_is_told_once_and_risk_and_recovery_take_turns(scores: list[float | None]) -> None:
    told = Story().lives([60, *scores]).told
    assert max(Counter(keys(told)).values(), default=1) == 1
    turns = [t.kind for t in told if t.kind in (Kind.AT_RISK, Kind.RECOVERED)]
    assert turns == [Kind.AT_RISK, Kind.RECOVERED] * (len(turns) // 2) + [Kind.AT_RISK] * (len(turns) % 2)


@given(SCORES)
def test_a_day_without_a_score_changes_nothing_but_that(scores: list[float | None]) -> None:
    told = Story().lives([60, *scores]).told
    quiet = {START.toordinal() + n + 1 for n, score in enumerate(scores) if score is None}
    on_quiet_days = {t.kind for t in told if t.as_of.toordinal() in quiet}
    assert on_quiet_days <= {Kind.UNSCORED, Kind.NO_SNAPSHOT}
    scored = [score for score in scores if score is not None]
    about_scores = {Kind.AT_RISK, Kind.RECOVERED, Kind.POOR_FOR_WEEKS, Kind.EXPANSION_READY}
    without = [t.kind for t in Story().lives([60, *scored]).told if t.kind in about_scores]
    assert [t.kind for t in told if t.kind in about_scores] == without


@given(SCORES, st.integers(0, 120))
def test_what_is_told_does_not_depend_on_where_a_run_ended(scores: list[float | None], cut: int) -> None:
    whole = Story().lives([60, *scores])
    first = Story().lives([60, *scores[:cut]])
    second = Story(standing=first.standing, n=first.n).lives(scores[cut:])
    assert [*first.told, *second.told] == whole.told
    assert second.standing == whole.standing


@given(SCORES)
def test_an_open_episode_of_risk_has_been_told_and_a_closed_one_too(scores: list[float | None]) -> None:
    story = Story().lives([60, *scores])
    assert story.standing is not None
    opened = {t.episode for t in story.told if t.kind is Kind.AT_RISK}
    closed = {t.episode for t in story.told if t.kind is Kind.RECOVERED}
    still = {day for kind, day in story.standing.episodes.items() if kind == Kind.AT_RISK}
    assert opened - closed == still


def test_a_standing_says_what_it_was_before() -> None:
    story = Story().day(replace(today(0, 70), tier="good")).day(replace(today(1, 65), tier="fair"))
    assert story.standing is not None
    found = story.standing
    assert (found.score_milli, found.tier, found.previous_milli, found.previous_tier) == (
        65_000,
        "fair",
        70_000,
        "good",
    )
    assert found.scored_on == date(2026, 1, 2)
