"""Amended cards: a card's file with one change, as a diff that leaves all other lines and comments alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path

from keepwell.document import Document, parse
from keepwell.scoring import scorecard
from keepwell.scoring.planner import plan
from keepwell.words.problem import KeepwellError
from keepwell.words.reading import Signal

BASELINE = re.compile(r"^baseline:[ \t]*-?\d+(?:\.\d+)?", re.MULTILINE)
STRICT = re.compile(r"^strict: *true\b", re.MULTILINE)


def with_baseline(text: str, by: int) -> str:
    """The text with its baseline moved by whole points."""
    card = scorecard.loads(text)
    return BASELINE.sub(f"baseline: {(card.baseline or 0) + by}", text)


def without_measure(text: str, name: str) -> str:
    """The text without a measure that has lines of its own, else unchanged; a strict card is so no more."""
    lines = text.splitlines(keepends=True)
    found = re.compile(rf"^(\s+){re.escape(name)}:")
    at = next((n for n, line in enumerate(lines) if found.match(line)), None)
    path = _measures(parse(text))
    if at is None or name not in path:
        return text
    depth, end = _depth(lines[at]), at + 1
    while end < len(lines) and (not lines[end].strip() or _depth(lines[end]) > depth):
        end += 1
    return STRICT.sub("strict: false", "".join(lines[:at] + lines[end:]))


def _measures(document: Document) -> set[str]:
    """The names of all measures."""
    card = scorecard.read(document)
    found, waiting = set(card.measures), list(card.dimensions.values())
    while waiting:
        part = waiting.pop()
        found |= set(part.measures)
        waiting += part.dimensions.values()
    return found


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def diff_of(file: Path, before: str, after: str, signals: Mapping[str, Signal]) -> str:
    """The change as a diff; empty where there is none, or the card would not hold together."""
    try:
        plan(scorecard.loads(after), signals)
    except KeepwellError:
        return ""
    return "".join(
        unified_diff(
            before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{file.name}", f"b/{file.name}"
        )
    )
