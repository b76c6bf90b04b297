"""A message as the HTML of an e-mail: styles stand at their elements, as mail programs want it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from keepwell.delivery.wording import Block, wording
from keepwell.words.message import Message

BODY = "font: 15px/1.5 -apple-system, 'Segoe UI', Roboto, Arial, sans-serif; max-width: 40em; margin: 1em auto"
LABEL = "text-align: left; font-weight: normal; opacity: .7; padding: 0 1.2em .2em 0; vertical-align: top"
VALUE = "padding: 0 0 .2em; vertical-align: top"
HEADING = "font-size: 15px; margin: 1.2em 0 .3em"


def html(message: Message) -> str:
    """The whole page; nothing of what it tells is ever read as markup."""
    said = wording(message)
    rows = [
        f'<tr><th scope="row" style="{LABEL}">{escape(label)}</th><td style="{VALUE}">{escape(value)}</td></tr>'
        for label, value in said.facts
    ]
    parts = [
        f'<h1 style="font-size: 19px; margin: 0 0 .6em">{escape(said.title)}</h1>',
        *(['<table style="border-collapse: collapse">', *rows, "</table>"] if rows else []),
        *(line for block in said.blocks for line in _block(block)),
    ]
    if said.link:
        parts.append(f'<p><a href="{escape(said.link)}">Open the account</a></p>')
    return _page(said.title, parts)


def _block(block: Block) -> list[str]:
    heading = [f'<h2 style="{HEADING}">{escape(block.heading)}</h2>'] if block.heading else []
    if not block.numbered:
        return [*heading, *(f'<p style="margin: 0 0 .3em">{escape(line)}</p>' for line in block.lines)]
    items = [f"<li>{escape(line)}</li>" for line in block.lines]
    return [*heading, '<ol style="margin: 0; padding-left: 1.4em">', *items, "</ol>"]


def _page(title: str, parts: Sequence[str]) -> str:
    head = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(title)}</title>",
        "</head>",
        f'<body style="{escape(BODY)}">',
    ]
    return "\n".join([*head, *parts, "</body>", "</html>"]) + "\n"
