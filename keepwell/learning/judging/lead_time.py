"""Lead time: how long before an outcome its account stood under the best tier."""

from __future__ import annotations

import numpy as np

from keepwell.learning.samples.examples import Examples, Flags, Floats, Whole
from keepwell.words.learning import LeadTime

EARLIEST, LATEST = 90, 60  # days before the outcome between which a warning comes in time


def lead_time(examples: Examples, score: Floats, border: float) -> LeadTime | None:
    """Of examined rows; None where nobody knows on which day outcomes came, or none of them was examined."""
    if examples.event_day is None or examples.day is None or examples.account is None:
        return None
    ahead = examples.event_day - examples.day
    under = score < border
    lasting = [_days_under(rows, examples.day, examples.event_day, under) for rows in _events(examples)]
    if not lasting:
        return None
    warned = [days for days in lasting if days > 0]
    timely = [rows[(ahead[rows] >= LATEST) & (ahead[rows] <= EARLIEST)] for rows in _events(examples)]
    readable = [rows for rows in timely if len(rows)]
    far = ~(ahead <= EARLIEST)
    return LeadTime(
        border=border,
        accounts=len(lasting),
        warned=len(warned),
        median_days=float(np.median(warned)) if warned else None,
        readable=len(readable),
        in_time=sum(bool(under[rows].any()) for rows in readable),
        usual=float(under[far].mean()) if far.any() else 0.0,
    )


def _events(examples: Examples) -> list[Whole]:
    """The rows before each account's outcome, oldest first, where the last of them is one that it is the outcome of."""
    assert examples.event_day is not None and examples.day is not None and examples.account is not None  # noqa: S101, PT018
    known = np.flatnonzero(~np.isnan(examples.event_day))
    order = known[np.lexsort((examples.day[known], examples.event_day[known], examples.account[known]))]
    pairs = np.column_stack([examples.account[order], examples.event_day[order]])
    starts = np.flatnonzero(np.any(np.diff(pairs, axis=0) != 0, axis=1)) + 1
    found = np.split(order, starts) if len(order) else []
    return [rows for rows in found if examples.outcome[rows[-1]]]


def _days_under(rows: Whole, day: Whole, event_day: Floats, under: Flags) -> float:
    """Since how many days before the outcome the account stood under the border without a pause; 0: not at the end."""
    above = np.flatnonzero(~under[rows])
    first = int(above[-1]) + 1 if len(above) else 0
    return float(event_day[rows[first]] - day[rows[first]]) if first < len(rows) else 0.0
