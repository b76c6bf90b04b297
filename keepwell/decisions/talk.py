"""The words by which the stage of an open deal tells that prices or contracts are talked about, by language."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
    words = [re.escape(word.lower()).replace(r"\*", LETTERS) for some in talk.values() for word in some]
    return f"(^|{BETWEEN})({'|'.join(words)})($|{BETWEEN})" if words else NO_TEXT
