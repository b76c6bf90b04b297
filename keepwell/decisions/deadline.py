"""Deadlines: by which day somebody has acted on an alert, in business hours of the policy."""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil

from keepwell.decisions.policy import Policy
from keepwell.words.decision import Kind

HOURS_A_DAY = 24  # of a business day: 24 business hours end with the next one
SATURDAY = 5


def due_day(policy: Policy, kind: Kind, since: date) -> date:
    """The business day at whose end the action is due; weekends and holidays do not count.

    >>> from keepwell.decisions.policy import Policy
    >>> due_day(Policy(policy="a", decision="b"), Kind.AT_RISK, date(2026, 3, 6)).isoformat()  # a Friday, 48 hours
    '2026-03-10'
    """
    return business_day(policy, policy.sla.hours.get(kind, policy.sla.default), since)


def business_day(policy: Policy, hours: int, since: date) -> date:
    """The business day at whose end so many business hours are over."""
    day, left = since, ceil(hours / HOURS_A_DAY)
    while left:
        day += timedelta(days=1)
        if is_business(policy, day):
            left -= 1
    return day


def is_business(policy: Policy, day: date) -> bool:
    """Whether people work on a day."""
    return day.weekday() < SATURDAY and day not in policy.sla.holidays
