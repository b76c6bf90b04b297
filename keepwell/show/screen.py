"""The terminal: width, colour, and texts that cannot break out of their cell."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from keepwell.words.inert import clean

NARROWEST, WIDEST = 80, 160  # beyond, lines get too long to follow
PIPED = 120  # where no terminal says how wide it is
WIDE = 130  # from here on, lists have room for their second-rank columns
BETWEEN = 3  # characters between two columns
READABLE, LONGEST_WORD = 12, 24  # the narrowest column that may wrap; words beyond are folded
TIER_STYLES = ("green", "yellow", "dark_orange", "red")


def screen(stream: TextIO | None = None, width: int | None = None) -> Console:
    """A console on `stream` (default: standard output); plain text where that is no terminal."""
    stream = stream or sys.stdout
    return Console(
        file=stream, width=width or _width(stream), markup=False, highlight=False, emoji=False, soft_wrap=False
    )


def _width(stream: TextIO) -> int:
    if os.environ.get("COLUMNS", "").isdigit() or stream.isatty():
        return min(max(shutil.get_terminal_size((PIPED, 24)).columns, NARROWEST), WIDEST)
    return PIPED


def words(text: str | None, style: str = "") -> Text:
    """A cell: never read as markup, never able to steer the terminal; None is a dash."""
    return Text(clean(text) if text else "–", style=style)


def table(*columns: str, right: Sequence[str] = (), flexible: Sequence[str] = ()) -> Table:
    """An open table. Columns in `right` hold numbers, `flexible` ones share the space that is left and wrap."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for name in columns:
        made.add_column(
            name,
            justify="right" if name in right else "left",
            no_wrap=name not in flexible,
            overflow="fold" if name in flexible else "ellipsis",
            ratio=1 if name in flexible else None,
        )
    made.expand = bool(flexible)
    return made


def fitted(grid: Table, width: int, spare: Sequence[str]) -> Table:
    """The table without the first of its `spare` columns, as many as it takes to cut nothing at this width."""
    dropped = 0
    while dropped < len(spare) and _needed(grid, spare[:dropped]) > width:
        dropped += 1
    kept = [column for column in grid.columns if column.header not in spare[:dropped]]
    flexible = [str(column.header) for column in kept if column.ratio]
    right = [str(column.header) for column in kept if column.justify == "right"]
    made = table(*(str(column.header) for column in kept), right=right, flexible=flexible)
    made.expand = False  # what may wrap does so only where it must
    for cells in zip(*(column.cells for column in kept), strict=True):
        made.add_row(*cells)
    return made


def _needed(grid: Table, without: Sequence[str]) -> int:
    """The width at which no cell is cut, and none that may wrap gets narrower than a readable line or its words."""
    widths = [_least(column) for column in grid.columns if column.header not in without]
    return sum(widths) + BETWEEN * (len(widths) - 1)


def _least(column: Column) -> int:
    texts = [str(column.header), *map(str, column.cells)]
    if not column.ratio:
        return max(map(cell_len, texts))
    longest = max((cell_len(word) for text in texts for word in text.split()), default=0)
    return min(max(longest, min(READABLE, max(map(cell_len, texts)))), LONGEST_WORD)


def tier_text(tier: str | None, tiers: Sequence[str]) -> Text:
    """A tier's name; the colour only repeats what the word says."""
    if tier not in tiers:
        return words(tier)
    place = tiers.index(tier) * (len(TIER_STYLES) - 1) / max(len(tiers) - 1, 1)
    return words(tier, TIER_STYLES[round(place)])
