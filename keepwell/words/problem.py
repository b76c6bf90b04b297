"""What went wrong in one clear line: what, where, what was expected, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

CLOSE = 0.5  # how alike two names are, from which on one may be meant by the other
CLOSER = 0.8  # the same where names are many and made alike: A-0399 is not meant by A-9999


@dataclass(frozen=True)
class Problem:
    """One finding about an input.

    >>> str(Problem("unknown signal 'npss'", file="cards/a.yml", line=4, column=9, fix="did you mean 'nps'?"))
    "cards/a.yml:4:9: unknown signal 'npss'; did you mean 'nps'?"
    """

    what: str
    file: str | Path | None = None
    line: int | None = None
    column: int | None = None
    expected: str = ""
    fix: str = ""

    @property
    def place(self) -> str:
        """Where it stands: file:line:column, as far as known."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)

    def __str__(self) -> str:
        text = f"{self.place}: {self.what}" if self.place else self.what
        if self.expected:
            text += f"; expected {self.expected}"
        return f"{text}; {self.fix}" if self.fix else text


class KeepwellError(Exception):
    """Wrong use or a failure that a person can mend; carries the problems, exits 2."""

    exit_code = 2

    def __init__(self, *problems: Problem | str) -> None:
        self.problems: tuple[Problem, ...] = tuple(p if isinstance(p, Problem) else Problem(p) for p in problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class StopRule(KeepwellError):
    """The run stopped by itself because going on could do harm; exits 3."""

    exit_code = 3


def nearest(word: str, known: Sequence[str]) -> str:
    """A "did you mean" clause for a misspelt name, or the list of what exists."""
    close = get_close_matches(word, known, n=1, cutoff=CLOSE)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known: {', '.join(sorted(known)[:12])}" if known else ""


def nearest_of_many(word: str, known: Sequence[str]) -> str:
    """A "did you mean" clause with up to three names that hold the word or are almost it; empty where none is.

    >>> nearest_of_many("acme", ["Acme Corp", "Bolt", "A-0001"]), nearest_of_many("A-0010", ["A-0001"])
    ("did you mean 'Acme Corp'?", "did you mean 'A-0001'?")
    >>> nearest_of_many("A-9999", ["A-0399", "Acme Corp"])
    ''
    """
    plain = {name.casefold(): name for name in reversed(known)}
    wanted = word.strip().casefold()
    holding = [name for name in sorted(plain) if wanted and wanted in name]
    close = holding or get_close_matches(wanted, list(plain), n=3, cutoff=CLOSER)
    return f"did you mean {' or '.join(repr(plain[name]) for name in close[:3])}?" if close else ""
