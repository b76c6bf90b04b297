"""Of what a day tells, what reaches people at once; and by when they have acted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from keepwell.decisions.deadline import due_day
from keepwell.decisions.noise import Sorted, in_hold_out, ranked, sort
from keepwell.decisions.policy import Policy, Repeats, Sla
from keepwell.words.decision import Kind, Mode, Owned, Reason, Transition

DAY = date(2026, 3, 20)
POLICY = Policy.model_validate(
    {"policy": "a", "decision": "b", "owners": {"owner": {"fields": ["owner"], "else": "Ana"}, "revops": "Rex"}}
)


def fell(
    account: str, mrr: int | None = 100, kind: Kind = Kind.AT_RISK, *, owner: str = "Olaf", segment: str = "M"
) -> Transition:
    """A transition of Olaf's account, unless said otherwise."""
    whose = Owned(account, segment, owner, mrr_minor=mrr)
    return Transition(account, kind, DAY, DAY, "steady", "at_risk", owned=whose)


def accounts(found: Sorted) -> list[str]:
    return [one.transition.account_id for one in found.alerts]


def test_five_a_day_the_most_revenue_times_urgency_first_and_the_rest_in_the_digest() -> None:
    news = [fell("LARGE", 900), fell("RENEWS", 800, Kind.RENEWAL_AT_RISK), fell("UNKNOWN", None)]
    news += [fell(f"A{n}", 100 + n) for n in range(4)]
    found = sort(ranked(news), POLICY, {}, {})
    assert accounts(found) == ["RENEWS", "LARGE", "A3", "A2", "A1"]
    assert [one.transition.account_id for one in found.digest] == ["A0", "UNKNOWN"]


def test_what_a_day_tells_of_a_falling_account_is_one_alert_led_by_the_episode_of_risk() -> None:
    """It counts once, and stands where the most pressing of it stood; other news of the account is its own."""
    kinds = (Kind.DROP, Kind.RISK_FLAG, Kind.RENEWAL_AT_RISK, Kind.AT_RISK, Kind.KICKOFF_LATE)
    found = sort(ranked([*(fell("A", 100, kind) for kind in kinds), fell("B", 350)]), POLICY, {"Olaf": (2, 2)}, {})
    told = [(one.transition.account_id, one.transition.kind, [it.kind for it in one.also]) for one in found.alerts]
    assert told == [
        ("B", Kind.AT_RISK, []),
        ("A", Kind.AT_RISK, [Kind.RENEWAL_AT_RISK, Kind.RISK_FLAG, Kind.DROP]),
        ("A", Kind.KICKOFF_LATE, []),
    ]


def test_a_score_orders_accounts_only_where_it_may_prioritise() -> None:
    """LOW lacks nine tenths, NEAR two tenths; what has no score is in the middle."""
    news = [
        replace(fell("NEAR", 200), new_milli=80_000),
        replace(fell("LOW", 100), new_milli=10_000),
        fell("NONE", 150),
    ]
    assert [one.account_id for one in ranked(news)] == ["NEAR", "NONE", "LOW"]
    assert [one.account_id for one in ranked(news, lambda segment: segment == "M")] == ["LOW", "NONE", "NEAR"]
    assert [one.account_id for one in ranked(news, lambda segment: segment == "E")] == ["NEAR", "NONE", "LOW"]


def test_what_was_told_before_counts_by_day_and_by_week() -> None:
    news = [fell("A"), fell("B"), fell("C", owner="Olga")]
    assert accounts(sort(news, POLICY, {"Olaf": (4, 4)}, {})) == ["A", "C"]
    assert accounts(sort(news, POLICY, {"Olaf": (0, 15)}, {})) == ["C"]


def test_what_was_told_of_an_account_for_the_same_reason_waits_for_the_digest_another_reason_does_not() -> None:
    """`repeat_days`: as large as it is, it has been told."""
    again, other = (
        replace(fell("A", 900), reason=Reason("why", code)) for code in ("champion.poor", "licence_use.poor")
    )
    found = sort([again, other, fell("B")], POLICY, {}, {}, {("A", "at_risk", "champion.poor")})
    assert accounts(found) == ["A", "B"]
    assert [(one.transition, one.again) for one in found.digest] == [(again, True)]


def test_a_flag_of_risk_is_an_observation_of_its_own_however_soon_after_another() -> None:
    flag = replace(fell("A", kind=Kind.RISK_FLAG), reason=Reason("why", "risk_flag.poor"))
    assert accounts(sort([flag], POLICY, {}, {}, {("A", "risk_flag", "risk_flag.poor")})) == ["A"]


def test_a_recovery_is_told_whatever_was_told_before() -> None:
    assert accounts(sort([fell("A", kind=Kind.RECOVERED)], POLICY, {"Olaf": (5, 15)}, {})) == ["A"]


@pytest.mark.parametrize("mode", [Mode.REHEARSAL, Mode.SUPPRESSED])
def test_what_is_rehearsed_or_suppressed_reaches_nobody(mode: Mode) -> None:
    told = Transition("A", Kind.AT_RISK, DAY, DAY, "steady", "at_risk", owned=Owned("A"), mode=mode)
    assert sort([told], POLICY, {}, {}) == Sorted((), (), ())


def test_falls_that_chance_holds_out_are_told_to_nobody_but_renewals_and_recoveries_are() -> None:
    policy = POLICY.model_copy(update={"alerts": Repeats(hold_out=20)})
    drawn = next(name for name in (f"A{n}" for n in range(100)) if in_hold_out(policy, name))
    news = [fell(drawn, 900), fell(drawn, 900, Kind.RENEWAL_AT_RISK), fell(drawn, kind=Kind.RECOVERED)]
    found = sort(news, policy, {}, {})
    assert [one.transition for one in found.held_out] == news[:1]
    assert accounts(found) == [drawn, drawn]
    assert sort(news, POLICY, {}, {}).held_out == (), "by default nothing is held out"


def test_a_weekly_drop_waits_for_the_briefing() -> None:
    assert sort([fell("A", kind=Kind.WEEKLY_DROP)], POLICY, {}, {}) == Sorted((), (), ())


def test_a_fall_of_a_third_of_a_segment_is_one_note_to_revops() -> None:
    news = [fell(f"A{n:02}") for n in range(12)] + [fell("OTHER", segment="E")]
    found = sort(news, POLICY, {}, {"M": 36, "E": 3})
    [wide] = found.wide
    assert (wide.segment, wide.kind, len(wide.transitions), wide.owner) == ("M", Kind.AT_RISK, 12, "Rex")
    assert accounts(found) == ["OTHER"]
    assert sort(news[:9], POLICY, {}, {"M": 9}).wide == (), "nine accounts are no segment"
    assert sort(news, POLICY, {}, {"M": 41, "E": 3}).wide == (), "under three of ten"


def test_an_account_without_an_owner_goes_to_whom_the_policy_names() -> None:
    told = Transition("A", Kind.AT_RISK, DAY, DAY, "steady", "at_risk", owned=Owned("A"))
    assert [one.owner for one in sort([told], POLICY, {}, {}).alerts] == ["Ana"]


@pytest.mark.parametrize(
    ("since", "hours", "due"),
    [
        (date(2026, 3, 3), 24, date(2026, 3, 4)),  # a Tuesday
        (date(2026, 3, 3), 48, date(2026, 3, 5)),
        (date(2026, 3, 3), 25, date(2026, 3, 5)),
        (date(2026, 3, 6), 24, date(2026, 3, 10)),  # a Friday; Monday is a holiday
        (date(2026, 3, 7), 24, date(2026, 3, 10)),  # a Saturday
    ],
)
def test_an_action_is_due_at_the_end_of_a_business_day(since: date, hours: int, due: date) -> None:
    sla = Sla(default=hours, holidays=(date(2026, 3, 9),))
    assert due_day(POLICY.model_copy(update={"sla": sla}), Kind.DROP, since) == due
