"""A document as blocks that every form of it draws: Markdown, a page, a PDF, a terminal. Texts are data, never markup."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Facts:
    """Labels with their values."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Lines:
    """A list; numbered where the order says which comes first."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Asked:
    """Questions to tick off."""

    questions: tuple[str, ...]


@dataclass(frozen=True)
class Rows:
    """A table; the columns in `right` hold numbers, those in `wide` take the space that is left."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[str, ...] = ()
    wide: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bars:
    """One bar a label, of values from 0 to `most` (None: there is none), with the value in words beside."""

    bars: tuple[tuple[str, float | None, str], ...]
    most: float = 100


Block = Text | Facts | Lines | Asked | Rows | Bars


@dataclass(frozen=True)
class Section:
    """A heading and its blocks."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Paper:
    """A document: `chips` are a few words on its head that say how things stand."""

    title: str
    subtitle: str
    chips: tuple[str, ...]
    sections: tuple[Section, ...]
    foot: str = ""
