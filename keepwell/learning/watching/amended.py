"""Amended cards: a card's file with one change, as a diff that leaves all other lines and comments alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path

from keepwell.document import Document, parse
from keepwell.scoring import scorecard
from keepwell.scoring.planner import plan
from keepwell.scoring.scorecard import Dimension
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
    read = parse(text)
    path = _measures(read).get(name)
    if path is None:
        return text
    at = read.place(path)[0] - 1
    if not re.match(rf"\s+{re.escape(name)}:", lines[at]):
        return text
    depth, end = _depth(lines[at]), at + 1
    while end < len(lines) and (not lines[end].strip() or _depth(lines[end]) > depth):
        end += 1
    return STRICT.sub("strict: false", "".join(lines[:at] + lines[end:]))


def _measures(document: Document) -> dict[str, tuple[str, ...]]:
    """Where each measure stands in the file."""
    card = scorecard.read(document)
    found: dict[str, tuple[str, ...]] = {name: ("measures", name) for name in card.measures}
    waiting: list[tuple[tuple[str, ...], Mapping[str, Dimension]]] = [(("dimensions",), card.dimensions)]
    while waiting:
        place, parts = waiting.pop()
        for key, part in parts.items():
            found |= {name: (*place, key, "measures", name) for name in part.measures}
            waiting.append(((*place, key, "dimensions"), part.dimensions))
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
