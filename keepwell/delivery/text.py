"""A message as plain text."""

from __future__ import annotations

from keepwell.delivery.wording import wording
from keepwell.words.message import Message


def text(message: Message) -> str:
    """The whole message; its last line ends with a line end."""
    said = wording(message)
    parts = ["\n".join(f"{label}: {value}" for label, value in said.facts)]
    for heading, lines in said.numbered:
        parts.append("\n".join([heading, *lines] if heading else lines))
    if said.link:
        parts.append(said.link)
    return "\n\n".join([said.title, *(part for part in parts if part)]) + "\n"
