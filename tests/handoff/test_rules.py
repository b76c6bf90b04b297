"""When an account crosses, on which track, what it waits for, and what is told of it: by a scripted clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from keepwell.decisions import policy
from keepwell.decisions.handoff import (
    Arrival,
    Came,
    Known,
    came,
    clocks,
    crossed,
    follow,
    is_unclear,
    opened,
    passes,
    rewound,
    track_of,
)
from keepwell.decisions.rules import HandoffRules
from keepwell.document import parse
from keepwell.handoff.notes import note
from keepwell.words.decision import Owned
from keepwell.words.handoff import Awaited, Because, Handoff, Input, News, Seen, Step, Tidings, Track
from keepwell.words.problem import KeepwellError

DAY = date(2026, 3, 1)
RULES = HandoffRules()
POLICY = policy.Policy.model_validate(
    {"policy": "ours", "decision": "whom", "owners": {"seller": {"fields": ["seller"]}}}
)
OWNED = Owned("Acme", "M", "Olga", "Selma", "Hanna", 100_000)


def seen(n: int, **more: Any) -> Seen:
    """What day n after the crossing knows; ready, owned, with kick-off and first login."""
    day = DAY + timedelta(days=n)
    told = {"kickoff_on": DAY, "first_login_on": DAY, "score_milli": 70_000, "tier": "stable", **more}
    return Seen(
        "A", day, told.pop("owned", OWNED), told.pop("readiness_milli", 70_000), told.pop("missing", ()), **told
    )


def lived(until: int, *, silent: bool = False, first: int = 0, **more: Any) -> tuple[Handoff, list[Tidings]]:
    """The handoff after its days `first` to `until`, all alike, and what they told."""
    now, told = opened(seen(first, **more), Because.CLOSED_WON, DAY, silent=silent), []
    for n in range(first, until + 1):
        now, news = follow(RULES, now, seen(n, **more), new=n == first)
        told += news
    return now, told


def test_a_deal_opens_a_handoff_on_the_day_it_becomes_known_as_won_and_never_again() -> None:
    won = Known({"crm/1": DAY})
    assert crossed(Known({}), won, DAY + timedelta(days=2)) == (Because.CLOSED_WON, DAY)
    assert crossed(won, Known({"crm/1": DAY + timedelta(days=1)}), DAY + timedelta(days=3)) is None, "a corrected day"
    assert crossed(Known({}), won, DAY + timedelta(days=90)) is None, "too long ago to be watched"
    assert crossed(None, won, DAY) == (Because.CLOSED_WON, DAY), "the first day of all"


def test_a_prospect_that_becomes_a_customer_crosses_and_no_other_change_of_stage_does() -> None:
    assert crossed(Known({}, "prospect"), Known({}, "onboarding"), DAY) == (Because.LIFECYCLE, DAY)
    assert crossed(Known({}, "prospect"), Known({}, "churned"), DAY) is None
    assert crossed(Known({}, "onboarding"), Known({}, "customer"), DAY) is None
    assert crossed(None, Known({}, "customer"), DAY) is None


def test_an_account_first_told_of_as_a_customer_crosses_unless_it_was_known_or_is_of_the_first_day() -> None:
    new = Known({}, "customer", Came.NEW)
    assert crossed(Known({}), new, DAY) == (Because.LIFECYCLE, DAY)
    assert crossed(None, new, DAY) is None, "a customer on the first day of all is a silent baseline"
    assert crossed(Known({}), Known({}, "customer"), DAY) is None, "its stage was not read before"
    assert crossed(Known({}, "customer", Came.NEW), new, DAY) is None


def test_an_account_that_came_with_a_load_is_old_by_any_date_and_new_by_its_contract_or_where_few_came() -> None:
    long_ago, lately = DAY - timedelta(days=90), DAY - timedelta(days=89)
    assert came(Arrival(1, 100, contract_on=lately, sign_on=long_ago), DAY) is Came.OLD, (
        "used before its present contract"
    )
    assert came(Arrival(1, 100, contract_on=lately, created_on=long_ago), DAY) is Came.NEW, "it was a prospect for long"
    assert came(Arrival(1, 100, created_on=long_ago), DAY) is Came.OLD
    assert came(Arrival(60, 100, contract_on=lately), DAY) is Came.NEW
    assert came(Arrival(60, 100, stage="onboarding"), DAY) is Came.NEW
    assert came(Arrival(60, 100, created_on=lately), DAY) is Came.UNCLEAR, "created by the import"
    unclear = Known({}, "customer", Came.UNCLEAR)
    assert crossed(Known({}), unclear, DAY) is None
    assert is_unclear(Known({}), unclear)
    assert not is_unclear(Known({}, "customer"), unclear), "another source had told of it"
    assert not is_unclear(None, unclear)
    assert crossed(Known({}), replace(unclear, won={"crm/1": DAY}), DAY) == (Because.CLOSED_WON, DAY)


def test_the_gate_is_65_with_every_required_input_and_no_score_is_no_track() -> None:
    assert passes(RULES, 65_000, ())
    assert not passes(RULES, 64_999, ())
    assert not passes(RULES, 90_000, (Input.GOALS,))
    assert not passes(RULES, None, ())
    assert track_of(RULES, None) is None
    assert track_of(RULES, 49_999) is Track.SALES_REVIEW


def test_each_clock_runs_out_the_day_after_its_day_and_is_told_once() -> None:
    now, told = lived(20, owned=replace(OWNED, owner=None), kickoff_on=None, first_login_on=None)
    late = {one.handoff.as_of: one.late for one in told if one.news is News.LATE}
    days = {(day - DAY).days: what for day, what in late.items()}
    assert days == {2: (Awaited.OWNER,), 4: (Awaited.ACCEPTED,), 15: (Awaited.KICKOFF, Awaited.FIRST_LOGIN)}
    assert [clock.is_late(now.as_of) for clock in clocks(RULES, now)] == [True] * 4
    accepted = replace(now, step=Step.ACCEPTED, decided_on=now.as_of)
    assert [clock.done is not None for clock in clocks(RULES, accepted)] == [False, True, False, False]


def test_a_handoff_of_the_first_run_is_silent_about_what_is_so_already() -> None:
    _, told = lived(20, silent=True, first=10, kickoff_on=None)
    assert [(one.news, one.late) for one in told] == [(News.LATE, (Awaited.KICKOFF,))]


def test_score_and_track_follow_the_inputs_until_it_is_accepted_and_stand_still_after() -> None:
    now, _ = lived(1, readiness_milli=45_000, missing=(Input.GOALS,))
    assert (now.track, now.missing) == (Track.SALES_REVIEW, (Input.GOALS,))
    now, _ = follow(RULES, now, seen(2, readiness_milli=81_000))
    assert (now.track, now.missing) == (Track.HIGH_POTENTIAL, ())
    now, _ = follow(RULES, replace(now, step=Step.ACCEPTED), seen(3, readiness_milli=10_000, missing=(Input.GOALS,)))
    assert (now.score_milli, now.track, now.missing) == (81_000, Track.HIGH_POTENTIAL, ())


@pytest.mark.parametrize(("n", "fall", "told"), [(30, 10_000, True), (30, 9_999, False), (31, 10_000, False)])
def test_ten_points_of_behaviour_and_silence_within_30_days_are_a_decline(n: int, fall: int, told: bool) -> None:
    now, _ = lived(n - 1)
    now, news = follow(RULES, now, seen(n, decline_milli=fall))
    assert (News.DECLINED in [one.news for one in news]) is told
    again = follow(RULES, now, seen(n + 1, decline_milli=2 * fall))[1]
    assert News.DECLINED not in [one.news for one in again], "once a handoff"


def test_it_is_marked_on_days_30_60_and_90_and_ends_with_the_last_or_a_loss() -> None:
    now, told = lived(95, decline_milli=1_000)
    assert [(mark.days, (mark.as_of - DAY).days, mark.decline_milli) for mark in now.marks] == [
        (30, 30, 1_000), (60, 60, 1_000), (90, 90, 1_000),
    ]  # fmt: skip
    assert (now.ended_on, now.lost_on) == (now.day(90), None)
    assert [one.news for one in told].count(News.ENDED) == 1
    ended = note(POLICY, told[-1])
    assert (ended.owner, ended.title) == ("Selma", "Acme is still a customer 90 days after you handed it over")
    assert ended.lines[:2] == (
        "When it was handed over: standard, readiness 70.0, missing nothing.",
        "Its health on 2026-05-30: 70.0, stable.",
    )
    lost, said = lived(40, lost_on=DAY + timedelta(days=35))
    assert (lost.ended_on, lost.marks) == (DAY, ()), "a loss ends it on the day that knows of it"
    assert note(POLICY, said[-1]).title == "Acme was lost on 2026-04-05, 35 days after you handed it over"


def test_borders_of_a_policy_ascend_and_an_error_names_the_line() -> None:
    text = "policy: a\ndecision: whom to call\nhandoff: {gate: 85}\n"
    with pytest.raises(KeepwellError, match=r":3:1: .*sales_review, gate and high_potential are 50, 85, 80"):
        policy.read(parse(text))
    found = policy.read(parse(text.replace("85", "70.5"))).handoff.rules()
    assert found == replace(RULES, gate_milli=70_500)


def test_a_handoff_as_of_an_earlier_day_is_the_one_that_the_day_left() -> None:
    """The owner comes on day 2, the missing input on day 3, Olaf accepts on day 5, a decline comes on day 10, a loss on day 35."""

    def day(n: int) -> Seen:
        missing = (Input.COMMITMENTS,) if n < 3 else ()
        fell, lost = 12_000 if n >= 10 else 0, DAY + timedelta(days=35) if n >= 35 else None
        owned = OWNED if n >= 2 else replace(OWNED, owner=None)
        more = {"missing": missing, "owned": owned, "decline_milli": fell, "lost_on": lost}
        return seen(n, readiness_milli=60_000 + 1_000 * n, **more)

    now, left = opened(day(0), Because.CLOSED_WON, DAY, silent=False), []
    for n in range(36):
        now, _ = follow(RULES, now, day(n), new=n == 0)
        if n == 5:
            now = replace(now, step=Step.ACCEPTED, by="Olaf", reason="met them", decided_on=day(n).as_of)
        left.append(now)
    for n in (0, 2, 4, 5, 9, 10, 30, 34, 35):
        assert rewound(RULES, now, day(n)) == replace(left[n], told=now.told)
