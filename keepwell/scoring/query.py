"""A statement written column by column: each is placed in the first layer where all it reads exists."""

from __future__ import annotations

import re

WORD = re.compile(r"'(?:[^']|'')*'|\b[a-z]\w*\b")
SIMPLE = re.compile(r"^(-?\d+|[a-z]\w*|NULL|TRUE|FALSE)$")


class Query:
    """Columns over one relation, rendered as stacked projections that any SQL engine can pipeline."""

    def __init__(self, given: dict[str, str]) -> None:
        self.levels = dict.fromkeys(given, 0)
        self.given = given  # column → expression over the source relation
        self.expressions: dict[str, str] = {}
        self.known: dict[str, str] = {}  # expression → column

    def add(self, name: str, expression: str) -> str:
        """Define a column and return what to call it; equal and trivial expressions get no column of their own."""
        if SIMPLE.match(expression):
            return expression
        if expression in self.known:
            return self.known[expression]
        if name in self.levels:
            raise ValueError(f"column {name} is defined twice")
        self.levels[name] = 1 + max((self.levels[word] for word in self._reads(expression)), default=0)
        self.expressions[name] = expression
        self.known[expression] = name
        return name

    def sql(self, relation: str, output: dict[str, str]) -> str:
        """The whole statement; `output` names the expressions of the result."""
        depth = 1 + max(self.levels.values(), default=0)
        needed = self._needed(output, depth)
        layers = []
        for level in range(depth):
            kept = [c for c in self.levels if c in needed[level] and self.levels[c] <= level]
            columns = ", ".join(self._column(c) if self.levels[c] == level else c for c in kept)
            layers.append(f"l{level} AS (SELECT {columns} FROM {relation if level == 0 else f'l{level - 1}'})")
        shown = ", ".join(f"{expression} AS {name}" for name, expression in output.items())
        return "WITH " + ",\n".join(layers) + f"\nSELECT {shown} FROM l{depth - 1}"

    def _column(self, name: str) -> str:
        expression = self.expressions.get(name) or self.given[name]
        return expression if expression == name else f"{expression} AS {name}"

    def _reads(self, expression: str) -> list[str]:
        return [word for word in WORD.findall(expression) if word in self.levels]

    def _needed(self, output: dict[str, str], depth: int) -> list[set[str]]:
        """Per layer, the columns that it must hand on."""
        needed: list[set[str]] = [set() for _ in range(depth)]
        wanted = {word for expression in output.values() for word in self._reads(expression)}
        for level in range(depth - 1, -1, -1):
            needed[level] = wanted
            made = [c for c in wanted if self.levels[c] == level]
            wanted = {c for c in wanted if self.levels[c] < level}
            for column in made:
                wanted |= set(self._reads(self.expressions.get(column, "")))
        return needed
