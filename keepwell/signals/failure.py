"""Which signal the engine could not compute: it names a value, a person needs the signal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import duckdb

from keepwell.words.reading import Signal

OF_VALUES = (
    duckdb.DataError,
    duckdb.InvalidInputException,
)  # some row does not fit; everything else is no matter of data
LONGEST = 160  # of what the engine says, so that it stays one line


def culprit(signals: Sequence[Signal], compute: Callable[[Sequence[Signal]], None]) -> Signal | None:
    """The one signal that fails by itself, found by halves; None where they only fail together."""
    while len(signals) > 1:
        half = signals[: len(signals) // 2]
        signals = half if _fails(half, compute) else signals[len(half) :]
    return signals[0] if signals and _fails(signals, compute) else None


def said(error: duckdb.Error) -> str:
    """What the engine says, in one line."""
    line = str(error).splitlines()[0].rstrip(".!")
    return line if len(line) <= LONGEST else line[:LONGEST] + "..."


def _fails(signals: Sequence[Signal], compute: Callable[[Sequence[Signal]], None]) -> bool:
    try:
        compute(signals)
    except OF_VALUES:
        return True
    return False
