"""How people followed up: business hours, kept days, and no share without its interval."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from keepwell.decisions.followup import Case, business_hours, by_owner, by_reason, follow_up, rate
from keepwell.decisions.policy import Policy, Sla
from keepwell.words.verdict import Said

TODAY = date(2026, 3, 20)
PAST, AHEAD = date(2026, 3, 18), date(2026, 3, 24)
POLICY = Policy(policy="a", decision="b", sla=Sla(holidays=(date(2026, 3, 9),)))


@pytest.mark.parametrize(
    ("zone", "since", "until", "hours"),
    [
        ("UTC", datetime(2026, 3, 3, 9), datetime(2026, 3, 4, 10, 30), 25.5),  # Tuesday, Wednesday
        ("UTC", datetime(2026, 3, 6, 18), datetime(2026, 3, 10, 6), 12.0),  # a weekend and a holiday between
        ("UTC", datetime(2026, 3, 7, 9), datetime(2026, 3, 8, 9), 0.0),
        (
            "Europe/Berlin",
            datetime(2026, 3, 6, 22, 30),
            datetime(2026, 3, 10, 0),
            1.5,
        ),  # half an hour of Friday is left
        (
            "Australia/Lord_Howe",
            datetime(2026, 4, 2, 13),
            datetime(2026, 4, 5, 13, 30),
            24.0,
        ),  # clocks change on a Sunday
    ],
)
def test_only_hours_of_business_days_count(zone: str, since: datetime, until: datetime, hours: float) -> None:
    assert business_hours(POLICY, zone, since, until) == hours


def test_an_alert_is_kept_late_waiting_or_over_by_itself() -> None:
    cases = [
        Case("Ana", "a", PAST, acted_on=PAST, hours=10.0),
        Case("Ana", "a", PAST, acted_on=TODAY, hours=40.0),
        Case("Ana", "a", PAST),
        Case("Ana", "a", AHEAD),
        Case("Ben", "b", PAST, over_on=PAST),
        Case("Ben", "b", PAST, over_on=TODAY),
        Case(None, "b", AHEAD, acted_on=TODAY, hours=1.0),
    ]
    found = follow_up("all", cases, TODAY)
    assert (found.told, found.kept, found.late, found.waiting, found.over) == (7, 2, 3, 1, 1)
    assert (found.followed.hits, found.followed.cases) == (3, 5)
    assert (found.hours.cases, found.hours.median, found.hours.p90) == (3, 10.0, 40.0)
    assert [(row.name, row.told) for row in by_owner(cases, TODAY)] == [("Ana", 4), ("Ben", 2), ("nobody", 1)]


def test_false_alarms_are_a_share_of_what_was_judged_and_missed_risks_of_what_was_there() -> None:
    said = [Said.FALSE_ALARM, Said.RIGHT, Said.RIGHT, Said.WRONG_REASON, None]
    cases = [Case("Ana", "a", PAST, said=one) for one in said]
    found = {row.follow_up.name: row for row in by_reason(cases, ["a", "z"], TODAY)}
    assert (found["a"].false_alarms.hits, found["a"].false_alarms.cases) == (1, 4)
    assert (found["a"].missed.hits, found["a"].missed.cases) == (1, 4)
    assert (found["z"].follow_up.told, found["z"].missed.share) == (0, 1.0)


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"), [(0, 3, 0.0, 0.561), (3, 3, 0.439, 1.0), (50, 100, 0.404, 0.596)]
)
def test_a_share_comes_with_its_interval_however_few_its_cases(hits: int, cases: int, low: float, high: float) -> None:
    found = rate(hits, cases)
    assert found.low is not None
    assert found.high is not None
    assert (round(found.low, 3), round(found.high, 3)) == (low, high)
