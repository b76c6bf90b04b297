"""Texts from outside that can steer nothing: no terminal, no direction of writing, no second line."""

from __future__ import annotations

import unicodedata

TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))  # bidirectional overrides

STEERING = ("Cc", "Cs")  # control characters; halves of letters, which no encoding can hold


def clean(text: str) -> str:
    r"""Text without characters that steer a terminal or turn its direction; line ends become spaces.

    >>> clean("a\x1b[31mb\nc")
    'a[31mb c'
    """
    spaced = " ".join(text.splitlines()).replace("\t", " ")
    return "".join(one for one in spaced if unicodedata.category(one) not in STEERING and one not in TURNING)


def cut(text: str, longest: int) -> str:
    """Text that is no longer than so many characters; what was cut off shows.

    >>> cut("abcdef", 4), cut("abcd", 4)
    ('abc…', 'abcd')
    """
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
