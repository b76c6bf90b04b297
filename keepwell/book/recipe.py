"""The fingerprint of everything besides the data that a score depends on (SEMANTICS, rule 15).

Recipe hash + batch reproduce a score. The texts behind a hash are kept in the lake.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from keepwell.words.reading import Signal

RULES = 3  # raised when the engine's own arithmetic, or its rule of what is covered and known, changes a score


@dataclass(frozen=True)
class Recipe:
    """A scorecard's name, the hash of its recipe and the text that was hashed."""

    name: str
    hash: str
    text: str

    @property
    def table(self) -> str:
        """The lake table of this recipe's scores."""
        return f"scores/{self.hash}"


def recipe(name: str, card: str, signals: Iterable[Signal], settings: Mapping[str, Any]) -> Recipe:
    """The recipe of a scorecard's canonical text with the signals and project settings it is read under."""
    content = {
        "rules": RULES,
        "scorecard": card,
        "signals": [asdict(signal) for signal in sorted(signals, key=lambda s: s.name)],
        "settings": settings,
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return Recipe(name, hashlib.sha256(text.encode()).hexdigest()[:16], text)
