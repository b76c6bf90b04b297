"""CSV files as rows of text, each with the physical line on which its record begins."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from keepwell.sources.staging import Row
from keepwell.words.problem import KeepwellError, Problem

USUAL_DELIMITERS = (";", "\t", "|", ",")
MOST_LINES = 1000  # of one record; beyond it a quote was left open
NOT_UTF8 = "not valid UTF-8 (if the file has another encoding, say so in the map: 'encoding: cp1252' of Windows, or 'encoding: latin-1')"
BROKEN_GZIP = (EOFError, zlib.error, gzip.BadGzipFile)

csv.field_size_limit(2**31 - 1)


@contextmanager
def open_text(file: Path, encoding: str) -> Iterator[TextIO]:
    """Open a text file or a .gz of one; line ends are kept, bytes that are no UTF-8 survive as surrogates."""
    opener = gzip.open if file.suffix.lower() == ".gz" else open
    utf8 = encoding.lower().replace("_", "-") in ("utf-8", "utf8")
    name, errors = ("utf-8-sig", "surrogateescape") if utf8 else (encoding, "strict")
    try:
        with opener(file, "rb") as raw, io.TextIOWrapper(raw, name, errors, newline="") as text:
            yield text
    except BROKEN_GZIP as error:
        raise KeepwellError(Problem(f"the file cannot be unpacked: {error}", file)) from None
    except UnicodeError as error:
        fix = "name the file's encoding in the map: 'encoding: ..'"
        raise KeepwellError(Problem(f"the file is not {encoding}: {error}", file, fix=fix)) from None


class Lines:
    """Physical lines of a text, counted; the lines of the record being read can be put back."""

    def __init__(self, text: Iterable[str]) -> None:
        self._text = iter(text)
        self._again: deque[str] = deque()
        self.record: list[str] = []
        self.line = 1  # on which the current record begins

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        if len(self.record) >= MOST_LINES:
            raise StopIteration
        line = self._again.popleft() if self._again else next(self._text)
        self.record.append(line)
        return line

    def take(self) -> tuple[int, str]:
        """End the record: its first line's number and its text."""
        line, text = self.line, "".join(self.record)
        self.line += len(self.record)
        self.record = []
        return line, text.rstrip("\r\n")

    def take_first(self) -> tuple[int, str]:
        """End the record after its first line; the others are read again."""
        self._again.extendleft(reversed(self.record[1:]))
        del self.record[1:]
        return self.take()


class CsvFile:
    """The header and the records of an open CSV text.

    A record with a wrong number of fields, a quote left open or bytes that are no text
    comes out as a bad row; reading goes on with the next physical line.
    """

    def __init__(self, text: Iterable[str], file: Path, delimiter: str) -> None:
        self._lines = Lines(text)
        self._delimiter = delimiter
        self._file = file
        self.names = self._header()

    def rows(self) -> Iterator[Row]:
        """All records below the header; blank lines are no records."""
        width = len(self.names)
        reader = self._reader()
        while True:
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._unreadable(f"malformed quotes: {error}")
                reader = self._reader()
                continue
            if not values:
                self._lines.take()
            elif len(values) != width:
                yield self._ragged(values)
            else:
                yield self._row(values)

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._lines, delimiter=self._delimiter, strict=True)

    def _header(self) -> list[str]:
        try:
            names = next((values for values in self._reader_until_text()), None)
        except csv.Error as error:
            raise KeepwellError(Problem(f"the header cannot be read: {error}", self._file, 1)) from None
        if names is None:
            raise KeepwellError(Problem("the file is empty", self._file, fix="export it again, with its header line"))
        line, raw = self._lines.take()
        if is_broken(raw):
            raise KeepwellError(Problem(f"the header is {NOT_UTF8}", self._file, line))
        self._check_delimiter(names, line)
        return unique([name.strip() or f"column_{i + 1}" for i, name in enumerate(names)])

    def _check_delimiter(self, names: list[str], line: int) -> None:
        """One column whose name holds another usual delimiter is a header that was not taken apart."""
        found = next(
            (d for d in USUAL_DELIMITERS if len(names) == 1 and names[0].count(d) and d != self._delimiter), None
        )
        if found:
            shown_delimiter = "\\t" if found == "\t" else found
            what = f"the header is one column, '{names[0][:60]}'"
            fix = f'write delimiter: "{shown_delimiter}" in the map'
            raise KeepwellError(
                Problem(what, self._file, line, expected=f"columns between '{self._delimiter}'", fix=fix)
            )

    def _reader_until_text(self) -> Iterator[list[str]]:
        for values in self._reader():
            if values:
                yield values
            else:
                self._lines.take()

    def _row(self, values: list[str]) -> Row:
        line, raw = self._lines.take()
        if raw.isascii() and "\0" not in raw:
            return Row([v or None for v in values], line, raw)
        if "\0" in raw:
            return Row([shown(v) for v in values], line, shown(raw), "the row holds NUL bytes")
        if is_broken(raw):
            return Row([shown(v) for v in values], line, shown(raw), f"the row is {NOT_UTF8}")
        return Row([v or None for v in values], line, raw)

    def _ragged(self, values: list[str]) -> Row:
        width = len(self.names)
        if any(self._is_whole(later) for later in self._lines.record[1:]):
            return self._unreadable("a quote is left open: it swallows the lines that follow")
        line, raw = self._lines.take()
        known = [shown(v) or None for v in values[:width]] + [None] * (width - len(values))
        return Row(known, line, shown(raw), f"{len(values)} fields, the header has {width}")

    def _unreadable(self, reason: str) -> Row:
        line, raw = self._lines.take_first()
        return Row(self._guess(raw), line, shown(raw), reason)

    def _is_whole(self, line: str) -> bool:
        """Whether a line is a record of its own: its quotes are paired, its fields as many as the header's."""
        fields = next(csv.reader([line], delimiter=self._delimiter), [])
        return line.count('"') % 2 == 0 and len(fields) == len(self.names)

    def _guess(self, raw: str) -> list[str | None]:
        """The fields before the first quote, so that a snapshot does not take the row for gone."""
        before = raw.partition('"')[0].split(self._delimiter)[:-1][: len(self.names)]
        return [shown(v) or None for v in before] + [None] * (len(self.names) - len(before))


def unique(names: list[str]) -> list[str]:
    """Repeated names get a number: name, name_2, ..; the first keeps its own."""
    seen: set[str] = set()
    for i, name in enumerate(names):
        number, candidate = 2, name
        while candidate in seen:
            candidate, number = f"{name}_{number}", number + 1
        seen.add(candidate)
        names[i] = candidate
    return names


def is_broken(text: str) -> bool:
    """Whether bytes that are no UTF-8 came through as surrogates."""
    return not text.isascii() and any("\udc80" <= c <= "\udcff" for c in text)


def shown(text: str) -> str:
    """Text that every store takes: stray bytes read as Latin-1, NUL made visible."""
    return "".join(chr(ord(c) - 0xDC00) if "\udc80" <= c <= "\udcff" else c for c in text).replace("\0", "␀")
