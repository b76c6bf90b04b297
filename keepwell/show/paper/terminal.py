"""A document on a terminal."""

from __future__ import annotations

from rich.console import Console

from keepwell.show.screen import table, words
from keepwell.words.paper import Asked, Bars, Block, Facts, Lines, Paper, Rows, Text

FULL_BAR = 40  # characters


def show_paper(paper: Paper, console: Console) -> None:
    """Print the whole document."""
    console.print(words(paper.title, "bold"))
    console.print(words(paper.subtitle))
    console.print(words(" · ".join(paper.chips)))
    for section in paper.sections:
        console.print()
        console.print(words(section.heading, "bold"))
        for block in section.blocks:
            _block(block, console)
    console.print()
    console.print(words(paper.foot))


def _block(block: Block, console: Console) -> None:
    match block:
        case Text():
            console.print(words(block.text))
        case Facts():
            widest = max((len(label) for label, _ in block.pairs), default=0)
            for label, value in block.pairs:
                console.print(words(f"  {label:<{widest}}  {value}"))
        case Lines():
            for n, item in enumerate(block.items, 1):
                console.print(words(f"{f'{n}.' if block.numbered else '-'} {item}"))
        case Asked():
            for question in block.questions:
                console.print(words(f"[ ] {question}"))
        case Rows():
            grid = table(*block.head, right=block.right, flexible=block.wide)
            for row in block.rows:
                grid.add_row(*map(words, row))
            console.print(grid)
        case Bars():
            for label, height, said in block.bars:
                filled = 0 if height is None else round(FULL_BAR * min(max(height, 0), block.most) / block.most)
                console.print(words(f"  {label}  {'█' * filled:<{FULL_BAR}}  {said}"))
