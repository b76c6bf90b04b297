"""Signals, check, ingest and documentation share one list of words: that of the fact's column."""

from __future__ import annotations

import re

import pytest

from keepwell.signals.catalogue import CATALOGUE
from keepwell.signals.compile import MAIN_FACT
from keepwell.words.fact import KINDS
from keepwell.words.reading import Signal

COMPARED = re.compile(r"(\w+)(?:, '\w+'\))? (?:=|<>|IN) (\('[^)]*\)|'[^']*')")


def compared(text: str) -> list[tuple[str, str]]:
    """(column, word) of the comparisons in an SQL text."""
    plain = text.replace("lower(replace(role, '_', ' '))", "role")
    return [(column, word) for column, words in COMPARED.findall(plain) for word in re.findall(r"'([^']*)'", words)]


def test_comparisons_are_found() -> None:
    assert compared("coalesce(type, 'problem') = 'problem' AND severity IN ('critical', 'high')") == [
        ("type", "problem"),
        ("severity", "critical"),
        ("severity", "high"),
    ]
    assert compared("lower(replace(role, '_', ' ')) IN ('champion')") == [("role", "champion")]


@pytest.mark.parametrize("signal", CATALOGUE.values(), ids=CATALOGUE.keys())
def test_a_signal_compares_only_with_words_that_the_columns_name(signal: Signal) -> None:
    for part in signal.parts:
        kind = KINDS.get(MAIN_FACT.get(part.facts, part.facts))
        for name, word in compared(f"{part.how} {part.where}"):
            column = kind.column(name) if kind else None
            if kind and column and column.among:
                assert word in column.among, f"{kind.name} {name}"


def test_the_words_of_flags_are_free() -> None:
    assert [k.name for k in KINDS.values() for c in k.columns if c.name == "type" and not c.among] == ["flag"]
