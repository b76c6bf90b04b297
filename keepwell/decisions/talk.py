"""The words by which the stage of an open deal tells that prices or contracts are talked about, by language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

# whole words, in any case; `*` is any letters
SHIPPED: Mapping[str, tuple[str, ...]] = {
    "en": ("negotiat*", "renegotiat*", "proposal*", "quot*", "contract*", "pric*", "commercial*", "legal*", "procure*"),
    "de": (
        "*verhandlung*",
        "angebot*",
        "*vertrag*",
        "*preis*",
        "rabatt*",
        "kondition*",
        "rechts*",
        "einkauf*",
        "beschaffung*",
    ),
}
LETTERS, BETWEEN = r"[\pL\pN]*", r"[^\pL\pN]"
NO_TEXT = r"[^\x00-\x{10FFFF}]"  # a pattern that nothing matches


def _by_language(given: Any) -> Any:
    if not isinstance(given, dict):
        raise ValueError(f"'{given}' is no list of words by language; expected as {{en: [pricing, quot*]}}")  # noqa: TRY004
    return {**SHIPPED, **given}


def _word(given: Any) -> Any:
    if not isinstance(given, str) or not any(char.isalnum() for char in given):
        raise ValueError(f"'{given}' is no word; expected letters, with '*' for any more of them")
    return given


Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
Word = Annotated[str, BeforeValidator(_word)]
Talk = Annotated[dict[Language, tuple[Word, ...]], BeforeValidator(_by_language)]


def pattern(talk: Mapping[str, tuple[str, ...]]) -> str:
    """What finds one of the words in lower-case text, as DuckDB reads patterns; where there are none, nothing does.

    >>> pattern({"en": ()}) == NO_TEXT, "pricing" in pattern({"en": ("Pricing",)})
    (True, True)
    """
    open_ended: dict[tuple[bool, bool], list[str]] = {}  # before or after any letters nothing need be asked
    for word in (word for some in talk.values() for word in some):
        body = re.escape(_apart(word.strip("*")).lower()).replace(r"\*", LETTERS)
        open_ended.setdefault((word.startswith("*"), word.endswith("*")), []).append(body)
    found = (
        f"{'' if before else f'(^|{BETWEEN})'}({'|'.join(words)}){'' if after else f'($|{BETWEEN})'}"
        for (before, after), words in open_ended.items()
    )
    return "|".join(found) or NO_TEXT


def _apart(text: str) -> str:
    """Written as words: "ContractSent" and "contract_sent" are two."""
    humps = (" " if here.isupper() and before.islower() else "" for before, here in pairwise(f" {text}"))
    return "".join(map("".join, zip(humps, text, strict=True))).replace("_", " ")
