"""The file of a suggested card: where it goes, and its text with the reason for each line."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from textwrap import wrap

from keepwell.project import Project
from keepwell.scoring import scorecard
from keepwell.scoring.scorecard import Scorecard
from keepwell.words.problem import KeepwellError, Problem
from keepwell.words.suggestion import Suggestion, SuggestRequest

SUGGESTED = Path("scorecards/suggested.yml")
WIDTH = 116


def of(project: Project, request: SuggestRequest) -> Path:
    """The file that is asked for, which names the card; KeepwellError where that cannot be, or there is one already."""
    file = request.file or project.folder / SUGGESTED
    if file.suffix not in (".yml", ".yaml") or not re.fullmatch(scorecard.NAME, file.stem):
        expected = "a name of letters, digits, - and _ that ends in .yml"
        raise KeepwellError(Problem(f"'{file.name}' is no name for a scorecard", expected=expected))
    if file.exists() and not request.overwrite:
        raise KeepwellError(Problem("the file exists", file, fix="name another with --out, or add --force"))
    return file


def write(file: Path, card: Scorecard, found: Suggestion) -> Suggestion:
    """Write the card; the suggestion says where."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text_of(card, found), encoding="utf-8")
    return replace(found, file=str(file))


def text_of(card: Scorecard, suggestion: Suggestion) -> str:
    """The card's file, its reasons above it as comments."""
    head = [_origin(suggestion.as_of), *(f"{one.signal}: {one.reason}" for one in suggestion.signals)]
    head += [f"{one.tier}: {one.definition}" for one in suggestion.tiers]
    head += [f"early warning, {one.when}: {one.reason}" for one in suggestion.early_warnings]
    if suggestion.handoff is not None:
        head.append(f"handoff from {suggestion.handoff.threshold:g} on: {suggestion.handoff.reason}")
    head += suggestion.left_out
    comments = [line for text in head for line in wrap(text, WIDTH, subsequent_indent="  ")]
    return "".join(f"# {line}\n" for line in comments) + scorecard.dumps(card)


def _origin(as_of: date | None) -> str:
    where = f"the data as of {as_of}" if as_of else "a description"
    return (
        f"Proposed from {where}. A starting point: edit it, then 'keepwell diff' and 'keepwell backtest' it against"
        " the card in use. Why each line:"
    )
