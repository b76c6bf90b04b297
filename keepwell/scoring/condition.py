"""The small language of conditions: `milestones_missed >= 2 and awaiting_reply >= 14`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

# what may follow `is`; the last three compare with the healthy and poor edges of a measure
STATES = ("missing", "stale", "fresh", "known", "not applicable", "healthy", "watch", "poor")
OPERATORS = {"=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
MOST_DIGITS = 18  # of a number; the engine's integers hold it in any signal's scale
WORDS = {"and", "or", "not", "in", "is", "between"}
TOKEN = re.compile(
    r"\s*(?:(?P<number>-?\d+(?:_\d{3})*(?:\.\d+)?)%?(?![\w.])"
    r"|(?P<name>[^\W\d][\w-]*(?:\.[^\W\d][\w-]*)*)"
    r"|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<sign><=|>=|<>|!=|==|[=<>(),]))"
)


@dataclass(frozen=True)
class Compare:
    """`nps >= 9`, `champion = gone`: a name against a number or a word."""

    name: str
    operator: str
    value: Fraction | str
    at: int = 0


@dataclass(frozen=True)
class Among:
    """`segment in (M, E)`."""

    name: str
    values: tuple[Fraction | str, ...]
    at: int = 0


@dataclass(frozen=True)
class Is:
    """`nps is missing`, `licence_use is poor`."""

    name: str
    state: str
    at: int = 0


@dataclass(frozen=True)
class Truth:
    """A bare name: a yes/no attribute or signal, `has_product`."""

    name: str
    at: int = 0


@dataclass(frozen=True)
class Not:
    """`not ...`."""

    inner: Condition


@dataclass(frozen=True)
class All:
    """`... and ...`."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Some:
    """`... or ...`."""

    parts: tuple[Condition, ...]


Condition = Compare | Among | Is | Truth | Not | All | Some


class ConditionError(ValueError):
    """A condition that cannot be read; `at` counts characters from 0."""

    def __init__(self, what: str, at: int, expected: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what, self.at, self.expected, self.fix = what, at, expected, fix


def parse(text: str) -> Condition:
    """Read a condition.

    >>> parse("milestones_missed >= 2 and nps is missing").parts[1]
    Is(name='nps', state='missing', at=27)

    Raises ConditionError with the position of the first thing that does not fit.
    """
    reader = _Reader(list(_tokens(text)), len(text))
    found = reader.some()
    if reader.kind() != "end":
        raise reader.error("and, or, or the end")
    return found


def names(condition: Condition) -> tuple[str, ...]:
    """Every name a condition reads, in order of first use."""
    return tuple(dict.fromkeys(leaf.name for leaf in leaves(condition)))


def leaves(condition: Condition) -> Iterator[Compare | Among | Is | Truth]:
    """The comparisons a condition is made of."""
    match condition:
        case Not(inner):
            yield from leaves(inner)
        case All(parts) | Some(parts):
            for part in parts:
                yield from leaves(part)
        case Compare() | Among() | Is() | Truth():
            yield condition


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    while text[position:].strip():
        match = TOKEN.match(text, position)
        if match is None:
            at = position + len(text[position:]) - len(text[position:].lstrip())
            raise ConditionError(f"{text[at]!r} has no meaning here", at, "a name, a number, a word or a comparison")
        kind = str(match.lastgroup)
        found = match.group(kind)
        if kind == "name" and found.lower() in WORDS:
            kind, found = "word", found.lower()
        yield _Token(kind, found, match.start(match.lastgroup or 0))
        position = match.end()


class _Reader:
    """Recursive descent over the tokens: or, and, not, comparison."""

    def __init__(self, tokens: list[_Token], end: int) -> None:
        self.tokens, self.next = tokens, 0
        self.end = _Token("end", "the end", end)

    def peek(self) -> _Token:
        return self.tokens[self.next] if self.next < len(self.tokens) else self.end

    def kind(self) -> str:
        return self.peek().kind

    def take(self) -> _Token:
        token = self.peek()
        self.next += 1
        return token

    def accept(self, *texts: str) -> bool:
        token = self.peek()
        found = token.kind in ("word", "sign", "name") and token.text in texts
        self.next += found
        return found

    def error(self, expected: str) -> ConditionError:
        token = self.peek()
        what = "the condition ends too early" if token is self.end else f"{token.text!r} does not fit here"
        return ConditionError(what, token.at, expected)

    def some(self) -> Condition:
        parts = [self.every()]
        while self.accept("or"):
            parts.append(self.every())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def every(self) -> Condition:
        parts = [self.single()]
        while self.accept("and"):
            parts.append(self.single())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def single(self) -> Condition:
        if self.accept("not"):
            return Not(self.single())
        if self.accept("("):
            found = self.some()
            if not self.accept(")"):
                raise self.error("')'")
            return found
        if self.kind() != "name":
            raise self.error("a signal or an attribute")
        return self.comparison(self.take())

    def comparison(self, name: _Token) -> Condition:
        if self.accept("is"):
            return self.state(name)
        negated = self.accept("not")
        if self.accept("in"):
            return _negate(Among(name.text, self.values(), name.at), negated)
        if self.accept("between"):
            low = self.value()
            if not self.accept("and"):
                raise self.error("'and' between the two ends")
            ends = (Compare(name.text, ">=", low, name.at), Compare(name.text, "<=", self.value(), name.at))
            return _negate(All(ends), negated)
        if negated:
            raise self.error("'in' or 'between'")
        if self.kind() == "sign" and self.peek().text in OPERATORS:
            return Compare(name.text, OPERATORS[self.take().text], self.value(), name.at)
        return Truth(name.text, name.at)

    def state(self, name: _Token) -> Condition:
        negated = self.accept("not")
        if negated and self.accept("applicable"):
            return Is(name.text, "not applicable", name.at)
        token = self.peek()
        if not self.accept(*STATES):
            raise self.error(", ".join(STATES))
        return _negate(Is(name.text, token.text, name.at), negated)

    def values(self) -> tuple[Fraction | str, ...]:
        if not self.accept("("):
            raise self.error("'(' and a list")
        found = [self.value()]
        while self.accept(","):
            found.append(self.value())
        if not self.accept(")"):
            raise self.error("',' or ')'")
        return tuple(found)

    def value(self) -> Fraction | str:
        token = self.peek()
        if token.kind not in ("number", "name", "text"):
            raise self.error("a number or a word")
        self.next += 1
        if token.kind == "number":
            if sum(character.isdigit() for character in token.text) > MOST_DIGITS:
                raise ConditionError(f"{token.text!r} is too long", token.at, f"at most {MOST_DIGITS} digits")
            return Fraction(token.text.replace("_", ""))
        return token.text[1:-1] if token.kind == "text" else token.text


def _negate(condition: Condition, negated: bool) -> Condition:
    return Not(condition) if negated else condition
