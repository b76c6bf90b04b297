"""A document as Markdown; no text in it is read as markup."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from keepwell.words.inert import clean
from keepwell.words.paper import Asked, Bars, Block, Facts, Lines, Paper, Rows, Text

FULL_BAR = 20  # characters
MARKUP = re.compile(r"([\\`*_{}\[\]<>#|!~@]|:(?=//)|(?<=www)\.)")  # an address becomes no link either


def markdown(paper: Paper) -> str:
    """The whole document."""
    lines = [f"# {plain(paper.title)}", "", plain(paper.subtitle), ""]
    lines += [" · ".join(f"**{plain(chip)}**" for chip in paper.chips), ""] if paper.chips else []
    for section in paper.sections:
        lines += [f"## {plain(section.heading)}", ""]
        for block in section.blocks:
            lines += [*_block(block), ""]
    lines += ["---", "", plain(paper.foot), ""] if paper.foot else []
    return "\n".join(lines)


def plain(text: str) -> str:
    r"""Text that Markdown shows as it is.

    >>> plain("[A](b) | *c*")
    '\\[A\\](b) \\| \\*c\\*'
    """
    return MARKUP.sub(r"\\\1", clean(text))


def _block(block: Block) -> Iterator[str]:
    match block:
        case Text():
            yield plain(block.text)
        case Facts():
            yield from _table(("", ""), block.pairs)
        case Lines():
            yield from (f"{f'{n}.' if block.numbered else '-'} {plain(item)}" for n, item in enumerate(block.items, 1))
        case Asked():
            yield from (f"- [ ] {plain(question)}" for question in block.questions)
        case Rows():
            yield from _table(block.head, block.rows, block.right)
        case Bars():
            yield from _table(
                ("", "", ""), [(label, _bar(value, block.most), said) for label, value, said in block.bars]
            )


def _bar(value: float | None, most: float) -> str:
    return "" if value is None else "█" * round(FULL_BAR * min(max(value, 0), most) / most)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = ()) -> Iterator[str]:
    yield f"| {' | '.join(map(plain, head))} |"
    yield f"|{'|'.join('---:' if name in right else '---' for name in head)}|"
    yield from (f"| {' | '.join(map(plain, row))} |" for row in rows)
