"""What is wrong with a card, each problem with its place in the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from keepwell.document import Document, Step
from keepwell.scoring import meaning
from keepwell.scoring.condition import Condition, ConditionError
from keepwell.words.problem import Problem
from keepwell.words.reading import Signal

Path = tuple[Step, ...]


@dataclass
class Report:
    """Collects problems and notes while a card is read."""

    document: Document | None
    name: str
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, path: Sequence[Step], what: str, expected: str = "", fix: str = "") -> None:
        """Note a problem at a place of the document."""
        if self.document is None:
            self.problems.append(Problem(f"scorecard '{self.name}': {what}", expected=expected, fix=fix))
        else:
            self.problems.append(self.document.problem(path, what, expected, fix))

    def condition(self, path: Path, text: str, signals: Mapping[str, Signal]) -> Condition | None:
        """Read a condition, or note the character where it fails."""
        try:
            return meaning.read(text, signals)
        except ConditionError as error:
            if self.document is None:
                self.add(path, f"in '{text}', character {error.at + 1}: {error.what}", error.expected, error.fix)
                return None
            line, column = self.document.place(path)
            column += error.at + self._quote(line, column)
            self.problems.append(Problem(error.what, self.document.file, line, column, error.expected, error.fix))
            return None

    def _quote(self, line: int, column: int) -> int:
        """1 where the condition stands in quotes, so that columns point into it."""
        rows = self.document.text.splitlines() if self.document else []
        return int(line <= len(rows) and rows[line - 1][column - 1 : column] in ("'", '"'))
