"""Exports as columns of text, and the files they are written to, the same to the byte each time."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from keepwell.demo.calendar import NEVER, Calendar
from keepwell.demo.chance import Ints

Texts = Sequence[str | None]
Sheet = dict[str, Texts]
DAY = 86_400


def happened(calendar: Calendar, days: Ints) -> Ints:
    """Days after the window are not known yet: NEVER."""
    return np.where(np.asarray(days) > calendar.last, NEVER, days)


def dates(calendar: Calendar, days: npt.ArrayLike, german: bool = False) -> list[str | None]:
    """ISO dates, or 31.12.2025; None where NEVER."""
    numbers = np.asarray(days, dtype=np.int64)
    texts = np.datetime_as_string(calendar.first + np.where(numbers >= NEVER, 0, numbers))
    shown = (f"{t[8:10]}.{t[5:7]}.{t[:4]}" if german else str(t) for t in texts)
    return [None if n >= NEVER else t for n, t in zip(numbers, shown, strict=True)]


def moments(calendar: Calendar, seconds: Ints, ending: str = "Z") -> list[str | None]:
    """ISO moments in UTC; None where they lie after the window."""
    late = seconds >= calendar.days * DAY
    texts = np.datetime_as_string(calendar.first.astype("datetime64[s]") + np.where(late, 0, seconds))
    return [None if gone else f"{text}{ending}" for gone, text in zip(late, texts, strict=True)]


def pick(names: Sequence[str], positions: Iterable[Any]) -> list[str | None]:
    """A name per position; None for negative ones."""
    return [names[int(p)] if p >= 0 else None for p in positions]


def money(cents: Iterable[Any], comma: bool = False) -> list[str | None]:
    """Major units with two decimals."""
    texts = (f"{int(c) // 100}.{int(c) % 100:02d}" for c in cents)
    return [t.replace(".", ",") if comma else t for t in texts]


def flags(values: Iterable[Any]) -> list[str | None]:
    """true or false."""
    return ["true" if v else "false" for v in values]


def rows(sheet: Sheet, chosen: Sequence[int]) -> Sheet:
    """Those rows of a sheet."""
    return {name: [values[n] for n in chosen] for name, values in sheet.items()}


def twice(sheet: Sheet, every: int) -> Sheet:
    """The sheet with every so-manieth row delivered twice."""
    count = len(next(iter(sheet.values())))
    return rows(sheet, [n for n in range(count) for _ in range(2 if n % every == every - 1 else 1)])


def spoil(sheet: Sheet, column: str, place: float, text: str) -> None:
    """Overwrite one cell, at a share of the sheet's length, with a text nobody can read."""
    values = list(sheet[column])
    values[int(place * (len(values) - 1))] = text
    sheet[column] = values


def write_csv(file: Path, sheet: Sheet, delimiter: str = ",") -> int:
    """Write a sheet; the number of rows."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
        writer.writerow(sheet)
        writer.writerows(zip(*sheet.values(), strict=True))
    return len(next(iter(sheet.values())))


def write_lines(file: Path, records: Sequence[Mapping[str, Any]]) -> int:
    """Write JSON lines; the number of rows."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as out:
        out.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    return len(records)
