"""A document as one page of HTML that needs nothing else, fit for a screen and for a printer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from keepwell.words.inert import clean
from keepwell.words.paper import Asked, Bars, Block, Facts, Lines, Paper, Rows, Section, Text

DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem;
  color: light-dark(#1b1f24, #e6e8eb); background: light-dark(#fff, #14171a); }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .4rem; padding-bottom: .2rem; border-bottom: 2px solid light-dark(#2f5d8a, #7fb0e0); }
.under, footer { color: light-dark(#57606a, #9aa4ae); } footer { font-size: .85rem; margin-top: 2.5rem; }
.chips span { display: inline-block; padding: .1rem .7rem; margin: .5rem .4rem 0 0; border-radius: 1rem;
  border: 1px solid currentColor; font-size: .9rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .6rem 0; width: 100%; }
th, td { padding: .25rem .8rem .25rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid light-dark(#d9dde2, #363c43); }
th { font-weight: 600; font-size: .9rem; } tbody th { font-weight: normal; } .right { text-align: right; }
td.right, .day { white-space: nowrap; }
td { overflow-wrap: break-word; } td.wide { overflow-wrap: anywhere; min-width: 5rem; }
dl { display: grid; grid-template-columns: repeat(2, max-content 1fr); gap: .2rem 1rem; margin: .6rem 0; }
dt { color: light-dark(#57606a, #9aa4ae); } dd { margin: 0; overflow-wrap: anywhere; }
ul.asked { list-style: "☐  "; }
.bar { background: light-dark(#2f5d8a, #7fb0e0); height: .8rem; border-radius: .2rem; } td.bars { width: 60%; }
@media (max-width: 40rem) { dl { grid-template-columns: max-content 1fr; } }
@media print { body { margin: 0; max-width: none; font-size: 11pt; } h2, tr { break-inside: avoid; } h2 { break-after: avoid; } }
"""


def html(paper: Paper) -> str:
    """The whole page."""
    title = _said(paper.title)
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    chips = "".join(f"<span>{_said(chip)}</span>" for chip in paper.chips)
    body = [f"<h1>{title}</h1>", f'<p class="under">{_said(paper.subtitle)}</p>']
    body += [f'<p class="chips">{chips}</p>'] if chips else []
    body += [part for section in paper.sections for part in _section(section)]
    body += [f"<footer>{_said(paper.foot)}</footer>"] if paper.foot else []
    return f"{head}{view}<style>{STYLE}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n"


def _section(section: Section) -> Iterator[str]:
    yield f"<h2>{_said(section.heading)}</h2>"
    for block in section.blocks:
        yield _block(block)


def _block(block: Block) -> str:
    match block:
        case Text():
            return f"<p>{_said(block.text)}</p>"
        case Facts():
            pairs = "".join(f"<dt>{_said(label)}</dt><dd>{_said(value)}</dd>" for label, value in block.pairs)
            return f"<dl>{pairs}</dl>"
        case Lines():
            kind = "ol" if block.numbered else "ul"
            return f"<{kind}>{''.join(f'<li>{_said(item)}</li>' for item in block.items)}</{kind}>"
        case Asked():
            return f'<ul class="asked">{"".join(f"<li>{_said(question)}</li>" for question in block.questions)}</ul>'
        case Rows():
            return _table(block)
        case Bars():
            return f"<table>{''.join(_bar(block, *bar) for bar in block.bars)}</table>"


def _table(block: Rows) -> str:
    marks = [" ".join(mark for mark in ("right", "wide") if name in getattr(block, mark)) for name in block.head]
    kinds = [f' class="{mark}"' if mark else "" for mark in marks]
    head = "".join(f'<th scope="col"{kind}>{_said(name)}</th>' for kind, name in zip(kinds, block.head, strict=True))
    rows = "".join(
        f"<tr>{''.join(f'<td{kind}>{_cell(cell)}</td>' for kind, cell in zip(kinds, row, strict=True))}</tr>"
        for row in block.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _bar(block: Bars, label: str, value: float | None, said: str) -> str:
    width = 0 if value is None else round(100 * min(max(value, 0), block.most) / block.most)
    bar = f'<div class="bar" style="width: {width}%"></div>' if width else ""
    return (
        f'<tr><th scope="row">{_cell(label)}</th><td class="bars">{bar}</td><td class="right">{_said(said)}</td></tr>'
    )


def _cell(text: str) -> str:
    """What a cell says; a day in it stays on one line, however narrow the screen."""
    return DAY.sub(r'<span class="day">\g<0></span>', _said(text))


def _said(text: str) -> str:
    return escape(clean(text))
