"""When a message that failed is tried again, and when it is given up."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

FIRST, LONGEST = timedelta(seconds=30), timedelta(hours=6)
LONGEST_ASKED = timedelta(days=1)  # of a Retry-After: who asks for a year is asked again tomorrow
GIVE_UP = timedelta(days=7)  # longer than a long weekend's outage, shorter than an alert is worth
SPREAD = 5  # a fifth of the delay more at most, so that what failed at once does not come back at once


def delay(failures: int, key: str, asked: timedelta | None = None) -> timedelta:
    """How long to wait after so many failures in a row: doubling, spread by the key, and not less than was asked for.

    >>> delay(1, "a") < delay(2, "a") < delay(3, "a"), delay(99, "a") <= LONGEST * 1.2
    (True, True)
    >>> delay(1, "a", asked=timedelta(hours=2))
    datetime.timedelta(seconds=7200)
    """
    doubled = min(timedelta(seconds=FIRST.total_seconds() * 2.0 ** min(failures - 1, 20)), LONGEST)
    share = int.from_bytes(sha256(f"{key}/{failures}".encode()).digest()[:2])
    return max(doubled + doubled / SPREAD * share / 0xFFFF, min(asked or timedelta(), LONGEST_ASKED))


def is_given_up(since: datetime, now: datetime) -> bool:
    """Whether a message has been tried for long enough."""
    return now - since >= GIVE_UP
