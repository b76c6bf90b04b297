"""Flat tables: a CSV or Parquet file with one row per example becomes examples."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from keepwell.learning.samples import flat_file
from keepwell.learning.samples.examples import Column, Examples, Flags, Floats, Sample, Whole, numbered
from keepwell.scoring.meaning import ALIASES
from keepwell.words.account import ATTRIBUTES
from keepwell.words.learning import ExampleTable
from keepwell.words.problem import KeepwellError, Problem, nearest
from keepwell.words.reading import KIND, Better, Signal, Unit

MOST_DECIMALS = 6
MOST_KINDS = 100  # different words beyond which a column is a text, not a category
NEARLY = 0.1  # share of words up to which a column is meant as numbers
NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?([eE][-+]?\d+)?\s*%?")
LARGEST = 2**52  # what a double counts exactly, with room for one doubling
YES = {"1", "1.0", "true", "yes", "y", "t"}
NO = {"0", "0.0", "false", "no", "n", "f"}
SEGMENT = "segment"
KEYS = {"account", "account_id", "customer_id", "customer", "id"}


def read_table(source: ExampleTable) -> Sample:
    """Read a file of examples; every column that is not named otherwise is a signal."""
    table = _arrow(source)
    columns, left_out = [], []
    _check_numbers(source, table)
    for name in table.column_names:
        if name in source.taken:
            continue
        found = _column(name, table.column(name))
        if isinstance(found, Column):
            columns.append(found)
        else:
            left_out.append((name, found))
    _check_names(source, columns)
    if not columns:
        raise KeepwellError(Problem("no column could become a signal", source.file, expected="numbers or categories"))
    group = table.column(source.group).to_pylist() if source.group else None
    examples = Examples(
        columns=tuple(columns),
        outcome=_outcome(source, table.column(source.label).to_pylist()),
        keys=_keys(table, group),
        day=_days(source, table) if source.time else None,
        group=numbered(group) if group is not None else None,
        account=numbered(group) if group is not None else None,
        segment=_segments(table),
        mrr=_revenue(source, table.column(source.mrr)) if source.mrr else None,
        ahead_days=source.ahead_days if source.time else 0,
        horizon_days=source.ahead_days if source.time else 0,
        target=source.label,
    )
    return Sample(examples, sha256(source.file.read_bytes()).hexdigest()[:16], source.file, tuple(left_out))


def _segments(table: pa.Table) -> NDArray[np.str_] | None:
    """The column of that name, for figures by segment."""
    if SEGMENT not in table.column_names:
        return None
    return np.array([str(value or "unknown") for value in table.column(SEGMENT).to_pylist()], np.str_)


def signal_name(column: str) -> str:
    """A column's name as a scorecard can say it."""
    plain = re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_")
    plain = plain if plain[:1].isalpha() else f"c_{plain}"
    return f"{plain}_column" if plain in ATTRIBUTES or plain in ALIASES else plain


def _arrow(source: ExampleTable) -> pa.Table:
    file, table = source.file, flat_file.read(source.file)
    roles = (("--label", source.label), ("--time", source.time), ("--group", source.group), ("--mrr", source.mrr))
    for option, name in roles:
        if name is not None and name not in table.column_names:
            what, fix = f"no column '{name}' for {option}", nearest(name, table.column_names)
            raise KeepwellError(Problem(what, file, fix=fix))
    for name in source.leave_out:
        if name not in table.column_names:
            raise KeepwellError(Problem(f"no column '{name}' to exclude", file, fix=nearest(name, table.column_names)))
    return table


def _outcome(source: ExampleTable, values: Sequence[Any]) -> Flags:
    words = [str(value).strip().lower() for value in values]
    missing = sum(value is None for value in values)
    if missing:
        what = f"{missing} rows have no '{source.label}'"
        raise KeepwellError(Problem(what, source.file, fix="leave them out: an open outcome is no outcome"))
    seen = sorted(set(words))
    if source.outcome is not None:
        if source.outcome.lower() not in seen:
            what = f"'{source.label}' never is '{source.outcome}'"
            raise KeepwellError(Problem(what, source.file, fix=nearest(source.outcome, seen)))
        found = np.array([word == source.outcome.lower() for word in words])
    elif not set(seen) <= YES | NO:
        what = f"'{source.label}' holds {', '.join(seen[:4])}"
        raise KeepwellError(
            Problem(what, source.file, expected="1 and 0, or yes and no", fix="say which one: --outcome VALUE")
        )
    else:
        found = np.array([word in YES for word in words])
    if found.all() or not found.any():
        raise KeepwellError(Problem(f"'{source.label}' is the same in all rows", source.file, expected="both outcomes"))
    return found


def _days(source: ExampleTable, table: pa.Table) -> Whole:
    given = table.column(str(source.time))
    values = given.to_pylist() if pa.types.is_temporal(given.type) or pa.types.is_string(given.type) else [None]
    try:
        days = [np.datetime64(value, "D") for value in values]
    except (ValueError, TypeError):
        days = [np.datetime64("NaT")]
    if np.isnat(days).any():
        what = f"'{source.time}' holds rows that are no days"
        raise KeepwellError(Problem(what, source.file, expected="YYYY-MM-DD in every row"))
    return np.array(days, "datetime64[D]").astype(np.int64)


def _check_names(source: ExampleTable, columns: Sequence[Column]) -> None:
    """Two columns of one name would be one signal, with the readings of the first."""
    titles: dict[str, str] = {}
    for column in columns:
        name, title = column.name, column.signal.title
        if name in titles:
            what = f"two columns would be the signal '{name}': '{titles[name]}' and '{title}'"
            raise KeepwellError(Problem(what, source.file, fix="rename one, or --exclude it"))
        titles[name] = title


def _check_numbers(source: ExampleTable, table: pa.Table) -> None:
    """A column of numbers with a few words in it is a mistake to mend, not a category."""
    problems = []
    for name in table.column_names:
        if name in source.taken or not pa.types.is_string(table.column(name).type):
            continue
        given = [(row, value) for row, value in enumerate(table.column(name).to_pylist(), 1) if value]
        words = [(row, value) for row, value in given if not NUMBER.fullmatch(value.strip())]
        otherwise = [(row, value) for row, value in given if "," in value or "%" in value]
        if otherwise and not words:
            row, number = otherwise[0]
            what = f"'{name}' holds numbers with a decimal comma or a percent sign, such as '{number}' in row {row}"
            fix = "write them with a point and without the sign, or --exclude the column"
            problems.append(Problem(what, source.file, fix=fix))
        if 0 < len(words) < NEARLY * len(given):
            row, word = words[0]
            what = f"'{name}' holds numbers, but {len(words)} of {len(given)} values are words, such as '{word}' in row {row}"
            problems.append(Problem(what, source.file, fix="mend or remove these rows, or --exclude the column"))
    if problems:
        raise KeepwellError(*problems)


def _keys(table: pa.Table, group: Sequence[Any] | None) -> tuple[str, ...]:
    if group is not None:
        return tuple(str(value) for value in group)
    named = next((name for name in table.column_names if name.lower() in KEYS), None)
    return (
        tuple(str(v) for v in table.column(named).to_pylist())
        if named
        else tuple(f"row {number}" for number in range(1, table.num_rows + 1))
    )


def _column(name: str, given: pa.ChunkedArray[Any]) -> Column | str:
    """The column as a signal, or why it cannot be one."""
    kind = given.type
    if (
        pa.types.is_boolean(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
    ):
        return _number_column(name, _numbers(given))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _kind_column(name, given.to_pylist())
    if pa.types.is_temporal(kind):
        return "a date or time is no signal; give days before the row's own time"
    return f"{kind} is neither number nor category"


def _numbers(given: pa.ChunkedArray[Any]) -> Floats:
    found: Floats = np.array(given.cast(pa.float64()).to_numpy(), np.float64)
    return np.where(np.isfinite(found), found, np.nan)


def _revenue(source: ExampleTable, given: pa.ChunkedArray[Any]) -> Floats:
    try:
        return _numbers(given)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise KeepwellError(Problem(f"'{source.mrr}' for --mrr holds words", source.file, expected="numbers")) from None


def _number_column(name: str, values: Floats) -> Column | str:
    known = values[~np.isnan(values)]
    if len(np.unique(known)) < 2 and len(known) == len(values):
        return "the same in every row"
    decimals = _decimals(known)
    stored = np.rint(values * 10**decimals)
    if np.abs(stored[~np.isnan(stored)]).max(initial=0) > LARGEST:
        return "numbers too large"
    return Column(_signal(name, Unit("count", 10**decimals)), stored)


def _decimals(values: Floats) -> int:
    """As many as the numbers were written with, at most six."""
    for decimals in range(MOST_DECIMALS):
        scaled = values * 10**decimals
        if np.allclose(scaled, np.rint(scaled), rtol=0, atol=1e-6):
            return decimals
    return MOST_DECIMALS


def _kind_column(name: str, values: Sequence[str | None]) -> Column | str:
    words = [value.strip() if value is not None else None for value in values]
    plain: dict[str, str] = {}
    for word in sorted({word for word in words if word}):
        plain.setdefault(re.sub(r"[_\s-]+", " ", word).lower(), word)
    if len(plain) > MOST_KINDS:
        return f"{len(plain)} different words: a text or a name, no category"
    if not plain:
        return "empty"
    places = {word: place for place, word in enumerate(plain)}
    at = [places[re.sub(r"[_\s-]+", " ", word).lower()] if word else np.nan for word in words]
    return Column(_signal(name, KIND, tuple(plain.values())), np.array(at, np.float64))


def _signal(column: str, unit: Unit, categories: tuple[str, ...] = ()) -> Signal:
    title = column.replace("_", " ").strip()
    return Signal(
        name=signal_name(column),
        title=f"{title[:1].upper()}{title[1:]}",
        family=signal_name(column),
        system="other",
        facts="",
        parts=(),
        value="",
        unit=unit,
        better=Better.KIND if categories else Better.MIDDLE,
        sentence=f"{title}: {{v}}",
        next_step="",
        categories=categories,
    )
