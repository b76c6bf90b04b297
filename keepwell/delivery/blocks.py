"""A message as Slack's Block Kit, within Slack's limits, and inert.

What comes from data is a `plain_text` object, in which Slack reads no markup, link or mention; the three
characters that steer Slack's own texts are escaped there too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from keepwell.delivery.wording import Wording, wording
from keepwell.words.inert import cut
from keepwell.words.message import Alert, Message

MOST_BLOCKS, LONGEST_HEADER, LONGEST_SECTION, LONGEST_FIELD, LONGEST_URL = 50, 150, 3000, 2000, 3000
FACTS_A_SECTION = 5  # each takes two of ten fields: its label and its value
BUTTONS = (("claim", "I take it"), ("snooze", "Snooze"), ("false_alarm", "False alarm"))
PREFIX = "keepwell_"  # of the names of our buttons
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

Json = dict[str, Any]


def blocks(message: Message, *, buttons: bool = False, closed_by: Message | None = None) -> list[Json]:
    """The blocks of a message; `closed_by` is what ended its episode, after which nobody is asked any more."""
    said = wording(message)
    found = [_header(said.title), *_facts(said), *_lists(said)]
    if closed_by is not None:
        found.insert(1, _section(wording(closed_by).title))
    found = found[: MOST_BLOCKS - 1]
    if elements := _elements(message, said, buttons=buttons and closed_by is None):
        found.append({"type": "actions", "elements": elements})
    return found


def fallback(message: Message) -> str:
    """The line that notifications show."""
    return _escaped(wording(message).title, LONGEST_SECTION)


def _header(title: str) -> Json:
    return {"type": "header", "text": _plain(title, LONGEST_HEADER)}


def _facts(said: Wording) -> Iterator[Json]:
    for start in range(0, len(said.facts), FACTS_A_SECTION):
        some = said.facts[start : start + FACTS_A_SECTION]
        fields = [field for label, value in some for field in (_label(label), _plain(value, LONGEST_FIELD))]
        yield {"type": "section", "fields": fields}


def _lists(said: Wording) -> Iterator[Json]:
    for heading, lines in said.numbered:
        for text in _parts([heading, *lines] if heading else lines):
            yield _section(text)


def _parts(lines: Sequence[str]) -> Iterator[str]:
    """The lines joined to texts that a section has room for."""
    text = ""
    for line in lines:
        longer = f"{text}\n{line}" if text else line
        if text and len(longer.translate(ESCAPES)) > LONGEST_SECTION:
            yield text
            longer = line
        text = longer
    if text:
        yield text


def _section(text: str) -> Json:
    return {"type": "section", "text": _plain(text, LONGEST_SECTION)}


def _elements(message: Message, said: Wording, *, buttons: bool) -> list[Json]:
    found = []
    if buttons and isinstance(message, Alert) and not message.closes:
        found = [_button(label, action_id=PREFIX + name, value=message.key) for name, label in BUTTONS]
    if said.link and len(said.link) <= LONGEST_URL:
        found.append(_button("Open the account", action_id=f"{PREFIX}open", url=said.link))
    return found


def _button(label: str, **more: str) -> Json:
    return {"type": "button", "text": {"type": "plain_text", "text": label, "emoji": False}, **more}


def _label(text: str) -> Json:
    return {"type": "mrkdwn", "text": f"*{text}*", "verbatim": True}  # ours, never data


def _plain(text: str, longest: int) -> Json:
    return {"type": "plain_text", "text": _escaped(text, longest) or "–", "emoji": False}


def _escaped(text: str, longest: int) -> str:
    """Escaped and no longer than allowed; what is cut is a whole character, not a part of an escape."""
    shorter, escaped = text, text.translate(ESCAPES)
    while len(escaped) > longest:
        shorter = cut(shorter, len(shorter) - max(1, (len(escaped) - longest) // 5))
        escaped = shorter.translate(ESCAPES)
    return escaped
