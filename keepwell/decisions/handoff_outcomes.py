"""What became of handoffs by day 90, by track, missing input, seller and segment; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from math import sqrt

from keepwell.words.handoff import WATCHED_DAYS, Handoff, OutcomeRow, Track

MILLION = 1_000_000
Z = 1.959964  # of a 95 % interval
NOBODY, NONE = "nobody", "none"


def outcomes(handoffs: Sequence[Handoff], through: date) -> tuple[OutcomeRow, ...]:
    """One row for all and for each value, of the handoffs whose 90 days are over as of a day.

    One that was lost sooner waits for that day like those that stay: else all that a new seller is known for are losses.
    """
    over = [it for it in handoffs if it.ended_on is not None and it.day(WATCHED_DAYS) <= through]
    if not over:
        return ()
    found = [_row("all", "all", over)]
    for by, kinds in (("track", _tracks), ("missing", _missing), ("seller", _seller), ("segment", _segment)):
        values = sorted({value for it in over for value in kinds(it)}, key=_in_order)
        found += [_row(by, value, [it for it in over if value in kinds(it)]) for value in values]
    return tuple(found)


def interval(lost: int, cases: int) -> tuple[int, int]:
    """Wilson's 95 % interval of a rate, in parts per million.

    >>> interval(1, 4), interval(0, 10)
    ((45587, 699358), (0, 277533))
    """
    rate, spread = lost / cases, Z * Z / cases
    middle = (rate + spread / 2) / (1 + spread)
    half = Z * sqrt(rate * (1 - rate) / cases + spread / (4 * cases)) / (1 + spread)
    return max(round((middle - half) * MILLION), 0), min(round((middle + half) * MILLION), MILLION)


def _row(by: str, value: str, handoffs: Sequence[Handoff]) -> OutcomeRow:
    lost = sum(it.lost_on is not None and (it.lost_on - it.since).days <= WATCHED_DAYS for it in handoffs)
    return OutcomeRow(by, value, len(handoffs), lost, *interval(lost, len(handoffs)))


def _tracks(it: Handoff) -> Iterable[str]:
    return [it.track.value if it.track else NONE]


def _missing(it: Handoff) -> Iterable[str]:
    return [one.value for one in it.missing] or [NONE]


def _seller(it: Handoff) -> Iterable[str]:
    return [it.owned.seller or NOBODY]


def _segment(it: Handoff) -> Iterable[str]:
    return [it.owned.segment or NONE]


def _in_order(value: str) -> tuple[int, str]:
    """Tracks from the best to the worst, the rest by name."""
    tracks = [track.value for track in Track]
    return (tracks.index(value) if value in tracks else len(tracks), value)
