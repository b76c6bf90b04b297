"""The trend: a robust slope of eight weekly closed scores (rule 15)."""

from __future__ import annotations

from datetime import date, timedelta

from keepwell.scoring.trend import trend

FIRST = date(2025, 5, 5)


def weeks(*points: float | None) -> list[tuple[date, int | None]]:
    return [(FIRST + timedelta(weeks=i), None if p is None else int(p * 1000)) for i, p in enumerate(points)]


def test_a_steady_fall_is_its_own_slope() -> None:
    found = trend(weeks(80, 78, 76, 74, 72, 70, 68, 66))
    assert (found.slope_milli, found.since) == (-2_000, FIRST)
    assert found.note == (
        "Falling, typically 2 points a week: 80 on 2025-05-05, 66 on 2025-06-23; it began in the week of 2025-05-05"
    )


def test_the_sentence_names_the_ends_of_the_weeks_that_the_slope_is_computed_over() -> None:
    found = trend(weeks(96, 94, 93, 98, 92, 90, 90, 39))
    assert found.since == FIRST + timedelta(weeks=3)
    assert found.note == (
        "Falling, typically 1.1 points a week: 96 on 2025-05-05, 39 on 2025-06-23; it began in the week of 2025-05-26"
    )


def test_a_last_week_that_leaves_the_trend_is_said() -> None:
    steady = trend(weeks(70, 70, 70, 70, 70, 70, 70, 10))
    assert steady.note == "Steady around 70; 10 on 2025-06-23"
    rising = trend(weeks(50, 53, 56, 59, 62, 65, 68, 40))
    assert rising.slope_milli == 3_000
    assert rising.note.startswith("Rising, typically 3 points a week: 50 on 2025-05-05, 40 on 2025-06-23")
    assert rising.note.endswith("; the last week goes against it")


def test_one_wild_week_does_not_make_a_trend() -> None:
    found = trend(weeks(70, 70, 70, 10, 70, 70, 70, 70))
    assert (found.slope_milli, found.since) == (0, None)
    assert found.note == "Steady around 70"


def test_the_week_it_began_is_the_last_peak_before_a_fall() -> None:
    found = trend(weeks(70, 72, 74, 74, 68, 60, 52, 44))
    assert found.since == FIRST + timedelta(weeks=3)
    assert trend(weeks(60, 50, 40, 42, 50, 58, 66, 74)).since == FIRST + timedelta(weeks=2)


def test_unscored_weeks_do_not_count_and_keep_their_distance() -> None:
    found = trend(weeks(80, None, 76, None, 72, None, 68, None))
    assert found.slope_milli == -2_000


def test_fewer_than_four_scored_weeks_say_nothing() -> None:
    found = trend(weeks(80, None, None, None, None, 40, None, 20))
    assert (found.slope_milli, found.since, found.note) == (None, None, "No trend yet: 3 of 4 scored weeks")


def test_only_the_last_eight_weeks_count() -> None:
    assert trend(weeks(0, 0, 0, 0, *[50] * 8)).slope_milli == 0
