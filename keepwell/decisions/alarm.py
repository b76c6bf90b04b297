"""What a signal tells on its own, whatever the score says: an early drop, no first login, a late kickoff, a risk flag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from keepwell.decisions.policy import Alarms
from keepwell.words.decision import Kind
from keepwell.words.reading import PERCENT, Status

SIGNALS: Mapping[Kind, str] = {  # which signal each is read from
    Kind.EARLY_DROP: "early_drop",
    Kind.NO_FIRST_LOGIN: "no_first_login",
    Kind.KICKOFF_LATE: "kickoff_late",
    Kind.RISK_FLAG: "risk_flag",
}
SOONEST = 14  # days after the start: what is late is so from then on
LATEST = 180  # the signals of a new account look no further
CLOSE_BY = 10  # percent by which a drop must be less before it is over: it does not flap


@dataclass(frozen=True)
class Reading:
    """What an alarm looks at: the stored value of its signal with its status, and the account's age in days."""

    value: int | None
    status: Status
    age_days: int | None


def rings(kind: Kind, alarms: Alarms, reading: Reading) -> bool | None:
    """Whether an alarm rings; None: that cannot be said, and what was said before stands.

    >>> rings(Kind.EARLY_DROP, Alarms(), Reading(-310_000, Status.FRESH, 40))
    True
    >>> rings(Kind.EARLY_DROP, Alarms(), Reading(-250_000, Status.FRESH, 40)) is None
    True
    """
    limit = getattr(alarms, kind.value)
    if limit is False or reading.status is Status.NOT_APPLICABLE:
        return False
    if reading.status is not Status.FRESH or reading.value is None:
        return None
    if kind is Kind.EARLY_DROP:
        fallen = -reading.value
        return (
            True if fallen >= limit * PERCENT.scale else None if fallen > (limit - CLOSE_BY) * PERCENT.scale else False
        )
    if not reading.value:
        return False
    return kind is Kind.RISK_FLAG or (reading.age_days or 0) >= limit or None
