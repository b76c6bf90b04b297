"""Phrases: a description in words, such as "40% product usage, 60% support", as percentages of phrases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:%|percent\b|per\s+cent\b|pct\b)", re.IGNORECASE)
BETWEEN = re.compile(r"[;\n+&]|(?<!\d),|,(?!\d)|\band\b|\bplus\b", re.IGNORECASE)
EDGES = re.compile(
    r"^(?:for|on|of|from|to|goes|is|based|comes)\b|\b(?:is|for|at|gets|counts|weighs|with|makes)$", re.IGNORECASE
)


@dataclass(frozen=True)
class Phrase:
    """A phrase with its weight in percent; None: none was said."""

    text: str
    weight: Decimal | None


def parse(text: str) -> tuple[Phrase, ...]:
    """The phrases of a description, in order.

    >>> [(one.text, int(one.weight)) for one in parse("40% product usage and logins, support: 60 %")]
    [('product usage and logins', 40), ('support', 60)]
    """
    pieces = [piece.strip() for piece in BETWEEN.split(text) if piece.strip(" .")]
    if not PERCENT.search(text):
        return tuple(map(_phrase, pieces))
    weight_first = bool(pieces) and PERCENT.match(pieces[0].lstrip(" (")) is not None
    found: list[str] = []
    waiting = ""
    for piece in pieces:
        if PERCENT.search(piece):
            found.append(f"{waiting} and {piece}" if waiting else piece)
            waiting = ""
        elif weight_first and found:
            found[-1] += f" and {piece}"
        else:
            waiting = f"{waiting} and {piece}" if waiting else piece
    return tuple(_phrase(piece) for piece in [*found, *([waiting] if waiting else [])])


def _phrase(piece: str) -> Phrase:
    numbers = PERCENT.findall(piece)
    words = PERCENT.sub(" ", piece)
    words = re.sub(r"[^\w\s'/-]", " ", words).strip()
    while (shorter := EDGES.sub("", words).strip()) != words:
        words = shorter
    weight = Decimal(numbers[0].replace(",", ".")) if len(numbers) == 1 else None
    return Phrase(" ".join(words.split()), weight)
