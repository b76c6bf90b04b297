"""Plan, goals, onboarding and delivery, and the handoff's inputs, on one day."""

from collections.abc import Callable
from typing import Any

import pytest

from keepwell.signals.handoff import HANDOFF_SIGNALS
from keepwell.signals.plan import PLAN_SIGNALS
from keepwell.signals.profile import PROFILE_SIGNALS
from tests.company import Company
from tests.signals.conftest import START, Book, at_back, back, customer, day_back


def step(c: Company, account: str, due: int | None, reached: int | None = None, **columns: Any) -> None:
    c.fact(
        "milestone", f"m{c.seq}", account, known=back(columns.pop("made", 200)), created_day=day_back(200),
        due_day=day_back(due) if due is not None else None,
        achieved_day=day_back(reached) if reached is not None else None, **columns,
    )  # fmt: skip


def goal(c: Company, account: str, said: int = 30, **columns: Any) -> None:
    given = {"metric": "hours saved", "created_day": day_back(100), "due_day": day_back(-100)}
    c.fact("goal", f"g{c.seq}", account, known=at_back(said), **(given | columns))


def write(c: Company) -> None:
    for name in "none late onpace goals old_goals vague reviewed project overrun".split():
        customer(c, name)
    for name, age in (("new", 40), ("quick", 40), ("undated", 45), ("idle", 30), ("met", 30)):
        customer(c, name, start=back(age))
    customer(c, "ready", start=back(5), trial=False)
    c.fact("subscription", "ready-trial", "ready", start_day=day_back(40), end_day=day_back(6), trial=True)

    step(c, "late", 20, name="Second")
    step(c, "late", 30, name="First")
    step(c, "late", 7, name="a week late is no miss")
    step(c, "late", 60, 50, name="reached late")
    step(c, "late", 60, name="not the success plan", plan="onboarding")
    step(c, "onpace", -10, name="Soon")

    step(c, "new", 20, plan="first_value")
    step(c, "new", 30, 28, plan="onboarding", name="Invite")
    step(c, "new", 20, plan="onboarding", name="Connect")
    step(c, "new", 10, 9, plan="onboarding", name="Train")
    step(c, "new", -5, plan="onboarding", name="Go live")
    step(c, "quick", 20, 25, plan="first_value")
    step(c, "undated", None, plan="first_value")
    step(c, "met", 25, 24, plan="onboarding", name="Kick-off call")

    goal(c, "goals", target=100, current=60)  # half the time, over half the way
    goal(c, "goals", target=100, current=40)
    goal(c, "goals", on_track=True, target=100, current=0)
    goal(c, "goals", due_day=day_back(1), on_track=False)  # over
    goal(c, "old_goals", said=91, on_track=True)
    goal(c, "vague", metric=None)

    c.fact("interaction", "pr1", "reviewed", occurred_at=at_back(130), type="plan_review", attended=True)
    c.fact("interaction", "pr2", "none", occurred_at=at_back(365), type="plan_review", attended=True)

    step(c, "project", 50, plan="services", quantity=40, delivered=40)
    step(c, "project", 5, plan="services", quantity=40, delivered=24)
    step(c, "project", -50, plan="services", quantity=40)
    step(c, "overrun", 50, plan="services", quantity=10, delivered=15)

    extra = '{"ideal_profile": "true", "promises_recorded": "yes", "payment_terms": "net 30"}'
    c.account("ready", since=START, segment="M", lifecycle="Onboarding", extra=extra)
    goal(c, "ready")
    for role in ("sponsor", "decision_maker", "champion"):
        c.fact("contact", f"ready-{role}", "ready", person=f"ready-{role}", role=role, joined_day=day_back(40))
        c.fact("interaction", f"ready-i-{role}", "ready", occurred_at=at_back(3), type="meeting", direction="outbound",
               person=f"ready-{role}", attended=True)  # fmt: skip
    c.fact("opportunity", "won", "ready", opened_day=day_back(60), closed_day=day_back(10), won=True, type="new")
    step(c, "ready", -20, plan="first_value")
    step(c, "ready", -60, name="Half the reports")
    step(c, "ready", -3, plan="onboarding", name="Kickoff")
    for ago in (7, 8, 9):
        c.used("ready", back(ago))
    c.used("none", back(0))  # the product's feed reaches today


@pytest.fixture(scope="module")
def book(book_of: Callable[..., Book]) -> Book:
    return book_of(write, (*PLAN_SIGNALS, *HANDOFF_SIGNALS, *PROFILE_SIGNALS))


YES, NO = 0, 1
PPM = 10_000
VALUES = [
    ("none", "milestones_missed", 0),
    ("late", "milestones_missed", 2),
    ("onpace", "milestones_due", 1),
    ("new", "first_value_delay", 20),
    ("quick", "first_value_delay", 0),
    ("undated", "first_value_delay", 15),  # start + 30 in segment M
    ("quick", "time_to_first_value", 15),
    ("new", "onboarding_progress", 666_667),
    ("goals", "goals_on_track", 666_667),
    ("reviewed", "plan_age", 130),
    ("project", "delivery_pace", 80 * PPM),
    ("overrun", "delivery_pace", 150 * PPM),
    ("idle", "kickoff_late", 1),
    ("met", "kickoff_late", 0),
    ("ready", "goals_defined", 1),
    ("vague", "goals_defined", 0),
    ("ready", "sponsor_and_decision_maker_named", 2),
    ("none", "sponsor_and_decision_maker_named", 0),
    ("ready", "champion_spoken", YES),
    ("none", "champion_spoken", NO),
    ("ready", "promises_recorded", YES),
    ("none", "promises_recorded", NO),
    ("ready", "success_plan_ready", YES),
    ("late", "success_plan_ready", NO),
    ("ready", "stakeholders_met_60d", 3),
    ("ready", "ideal_profile", YES),
    ("ready", "trial_use", 3),
    ("ready", "kickoff_booked", YES),
    ("new", "kickoff_booked", NO),
    ("ready", "payment_terms_agreed", YES),
    ("none", "payment_terms_agreed", NO),
    ("idle", "account_age", 30),
    ("ready", "lifecycle", 1),
]


@pytest.mark.parametrize(("account", "signal", "value"), VALUES)
def test_value(book: Book, account: str, signal: str, value: int) -> None:
    assert (book.value(account, signal), book.status(account, signal)) == (value, "fresh")


STATUSES = [
    ("late", "first_value_delay", "not_applicable"),  # over 180 days old
    ("idle", "first_value_delay", "missing"),
    ("late", "onboarding_progress", "not_applicable"),
    ("idle", "onboarding_progress", "missing"),
    ("old_goals", "goals_on_track", "missing"),  # said over 90 days ago
    ("none", "plan_age", "missing"),
    ("none", "delivery_pace", "not_applicable"),
    ("none", "kickoff_late", "not_applicable"),
    ("idle", "time_to_first_value", "missing"),
    ("none", "ideal_profile", "missing"),
    ("none", "trial_use", "not_applicable"),
    ("none", "lifecycle", "missing"),
]


@pytest.mark.parametrize(("account", "signal", "status"), STATUSES)
def test_status(book: Book, account: str, signal: str, status: str) -> None:
    assert book.status(account, signal) == status


def test_missed_milestones_are_named_in_order_of_their_dates(book: Book) -> None:
    assert book.detail("late", "milestones_missed", "story") == "2 milestones overdue: First, Second"
    assert book.detail("none", "milestones_missed", "story") == "No milestone overdue"


def test_onboarding_tells_the_next_step(book: Book) -> None:
    assert [book.detail("new", "onboarding_progress", name) for name in ("x", "y", "name")] == [2, 3, "Connect"]


def test_first_value_tells_what_was_agreed(book: Book) -> None:
    assert book.detail("new", "first_value_delay", "story") == back(20)
    assert book.detail("undated", "first_value_delay", "story") == "30 days after the start"
    assert book.detail("quick", "first_value_delay", "how") == f"reached {back(25)}"
