"""A message as Markdown: what comes from data stays text."""

from __future__ import annotations

import re

from keepwell.delivery.wording import wording
from keepwell.words.message import Message

MARKUP = re.compile(
    r"([\\`*_{}\[\]<>#|!~@&]|:(?=//)|(?<=www)\.)", re.IGNORECASE
)  # also what would make a link of a name
AT_START = re.compile(r"^(\s*)([-+=]|\d+[.)])(?=\s|$)")


def markdown(message: Message) -> str:
    """The whole message; its last line ends with a line end."""
    said = wording(message)
    parts = [f"# {escaped(said.title)}"]
    if said.facts:
        rows = [f"| {escaped(label)} | {escaped(value)} |" for label, value in said.facts]
        parts.append("\n".join(["| | |", "|---|---|", *rows]))
    for block in said.blocks:
        if block.heading:
            parts.append(f"## {escaped(block.heading)}")
        marks = [f"{n}." if block.numbered else "-" for n in range(1, len(block.lines) + 1)]
        parts.append("\n".join(f"{mark} {escaped(line)}" for mark, line in zip(marks, block.lines, strict=True)))
    if said.link:
        parts.append(f"<{said.link}>")
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    r"""Text that Markdown shows as it is.

    >>> escaped("[A](b) | *c*"), escaped("1. first"), escaped("- a"), escaped("http://a &lt;")
    ('\\[A\\](b) \\| \\*c\\*', '1\\. first', '\\- a', 'http\\://a \\&lt;')
    """
    plain = MARKUP.sub(r"\\\1", text)
    return AT_START.sub(lambda found: f"{found[1]}{found[2][:-1]}\\{found[2][-1]}", plain)
