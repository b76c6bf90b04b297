"""What the exports show of a customer follows its hidden condition, and precedes churn."""

from __future__ import annotations

import numpy as np
import pytest

from keepwell.demo.billing import METHODS, billing
from keepwell.demo.calendar import NEVER
from keepwell.demo.chance import Floats, Ints
from keepwell.demo.meetings import CHECK_IN, MAIL_OUT, meetings
from keepwell.demo.support import support
from keepwell.demo.surveys import surveys
from keepwell.demo.usage import DAY, usage
from keepwell.demo.workspaces import workspaces
from keepwell.demo.world import World

pytestmark = pytest.mark.slow  # 700 simulated accounts over two years


@pytest.fixture(scope="module")
def world() -> World:
    return World.simulate(700, 24, 7)


@pytest.fixture(scope="module")
def people_a_day(world: World) -> Ints:
    """People who used the product, accounts × days."""
    events = usage(world, workspaces(world))
    members = events.take(~events.staff & (events.workspace >= 0))
    days = np.unique(np.stack([members.user, members.at // DAY]), axis=1)
    table = np.zeros(world.mood.shape, dtype=np.int64)
    np.add.at(table, (days[0] // 1_000, days[1]), 1)
    return table


def rank_correlation(x: Floats | Ints, y: Floats | Ints) -> float:
    """Spearman's, ties broken by position."""
    ranks = [np.argsort(np.argsort(values, kind="stable"), kind="stable") for values in (x, y)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def test_people_in_a_good_mood_use_more(world: World, people_a_day: Ints) -> None:
    months = range(30, world.calendar.days - 28, 28)
    use, mood = [], []
    for day in months:
        on = world.outcomes.seats[:, day : day + 28].min(axis=1) > 4
        on &= world.customers.start < day - 60
        use.append(people_a_day[on, day : day + 28].sum(axis=1) / world.outcomes.seats[on, day])
        mood.append(world.mood[on, day : day + 28].mean(axis=1))
    assert rank_correlation(np.concatenate(use), np.concatenate(mood)) > 0.5


def test_a_fall_in_use_precedes_churn_within_120_days(world: World, people_a_day: Ints) -> None:
    """Accounts whose use fell most in eight weeks churn more often than those whose use grew."""
    falls, left = [], []
    for day in range(140, world.calendar.days - 120, 28):
        on = world.outcomes.live[:, day] & (world.customers.start < day - 140)
        now = people_a_day[on, day - 56 : day].sum(axis=1)
        before = people_a_day[on, day - 112 : day - 56].sum(axis=1)
        base = now + before >= 20
        falls.append((now[base] - before[base]) / (now[base] + before[base]))
        left.append(world.outcomes.churned[on][base] <= day + 120)
    fall, churned = np.concatenate(falls), np.concatenate(left)
    worst, best = np.quantile(fall, [0.2, 0.8])
    assert churned[fall <= worst].mean() > 1.5 * churned[fall >= best].mean()


def test_little_use_for_the_seats_precedes_churn(world: World, people_a_day: Ints) -> None:
    shares, left = [], []
    for day in range(140, world.calendar.days - 120, 28):
        on = world.outcomes.live[:, day] & (world.customers.start < day - 140) & (world.outcomes.seats[:, day] > 4)
        shares.append(people_a_day[on, day - 28 : day].sum(axis=1) / world.outcomes.seats[on, day])
        left.append(world.outcomes.churned[on] <= day + 120)
    share, churned = np.concatenate(shares), np.concatenate(left)
    low, high = np.quantile(share, [0.2, 0.8])
    assert churned[share <= low].mean() > 3 * churned[share >= high].mean()


def test_unhappy_customers_open_more_tickets_and_rate_them_worse(world: World) -> None:
    cases = support(world)
    mood = world.mood[cases.account, cases.opened // DAY]
    all_days = world.mood[world.outcomes.live]
    assert mood.mean() < all_days.mean() - 0.1
    assert rank_correlation(cases.csat, mood) > 0.2
    assert mood[cases.severity <= 1].mean() < mood[cases.severity >= 2].mean()


def test_promoters_are_in_a_better_mood_than_detractors(world: World) -> None:
    answers = surveys(world)
    assert rank_correlation(answers.score, world.mood[answers.account, answers.day]) > 0.5


def test_most_nps_invitations_stay_unanswered(world: World) -> None:
    recent = set(surveys(world).account[surveys(world).day > world.calendar.last - 180].tolist())
    live = np.flatnonzero(world.outcomes.live[:, -1])
    assert 0.2 < sum(a not in recent for a in live) / len(live) < 0.6


def test_unhappy_customers_answer_less_and_come_less(world: World) -> None:
    found = meetings(world)
    mood = world.mood[found.account, found.at // DAY]
    mail = found.kind == MAIL_OUT
    answered = found.answered[mail] < NEVER * DAY
    assert mood[mail][answered].mean() > mood[mail][~answered].mean() + 0.2
    meeting = found.kind == CHECK_IN
    assert mood[meeting & (found.attended == 1)].mean() > mood[meeting & (found.attended == 0)].mean() + 0.2


def test_unhappy_customers_pay_later(world: World) -> None:
    bills = billing(world)
    found = bills.invoices
    by_transfer = (bills.method[found.account] == METHODS.index("transfer")) & (found.paid < NEVER)
    mood = world.mood[found.account, found.issued]
    assert rank_correlation((found.paid - found.issued)[by_transfer], mood[by_transfer]) < -0.2


def test_weekends_and_the_outage_are_quiet(world: World, people_a_day: Ints) -> None:
    total = people_a_day.sum(axis=0)
    working = world.calendar.working()
    assert total[~working].mean() < 0.2 * total[working].mean()
    outage = world.calendar.number(np.datetime64("2025-11-10"))
    assert total[outage : outage + 7].sum() == 0
    assert total[outage - 7 : outage].sum() > 0
