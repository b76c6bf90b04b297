"""JSON lines as rows of text: numbers as written, nested values as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

from keepwell.sources.csv_file import NOT_UTF8, is_broken, open_text, shown
from keepwell.sources.staging import Row

Record = tuple[dict[str, str | None], int, str, str | None]  # values, line, raw, why it is bad


class Written(float):
    """A number that remembers how it was written."""

    written: str

    def __new__(cls, text: str) -> Self:
        """Of the JSON text of a number."""
        self = super().__new__(cls, text)
        self.written = text
        return self


def names(file: Path, encoding: str) -> list[str]:
    """All keys of the file's objects, in order of appearance."""
    with open_text(file, encoding) as text:
        return list(dict.fromkeys(key for values, *_ in records(text) for key in values))


def rows(text: Iterable[str], columns: list[str]) -> Iterator[Row]:
    """One row per line; a line that holds no JSON object comes out as a bad row."""
    for values, line, raw, bad in records(text):
        yield Row([values.get(name) for name in columns], line, raw, bad)


def records(text: Iterable[str]) -> Iterator[Record]:
    """The objects of a text by key, with line number and raw text; blank lines are no records."""
    for line, written in enumerate(text, start=1):
        raw = written.strip()
        if raw:
            values, bad = _parsed(raw)
            yield values, line, shown(raw), bad


def _parsed(raw: str) -> tuple[dict[str, str | None], str | None]:
    if is_broken(raw):
        return {}, f"the line is {NOT_UTF8}"
    try:
        found = json.loads(raw, parse_float=Written)
    except (ValueError, RecursionError) as error:
        return {}, f"not valid JSON: {error}"
    if not isinstance(found, dict):
        return {}, f"not a JSON object but {type(found).__name__}"
    values = {key: _text(value) for key, value in found.items()}
    if any("\0" in (value or "") or _lone(value) for value in values.values()):
        return {k: v if v is None else _mended(v) for k, v in values.items()}, "a value holds NUL or half a character"
    return values, None


def _text(value: Any) -> str | None:
    match value:
        case None | "":
            return None
        case bool():
            return "true" if value else "false"
        case Written():
            return value.written
        case str() | int() | float():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def _lone(value: str | None) -> bool:
    return value is not None and not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value)


def _mended(value: str) -> str:
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in value).replace("\0", "␀")
