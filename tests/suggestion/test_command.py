"""`keepwell suggest`: what is written, refused and asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from keepwell.book.scorer import Scorer
from keepwell.cli import run
from keepwell.words.reading import Signal
from tests.small_project import SmallProject


@pytest.mark.slow
def test_the_card_is_written_with_its_accounts_and_never_over_another_unless_forced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two sources: the desk's tickets and the list of accounts; no outcome tells anything. What is read is read once."""
    small = SmallProject(tmp_path)
    small.ingest()
    where = ("--project", str(small.project.folder))
    read_all, days = Scorer.read_all, list[date]()

    def counted(self: Scorer, connection: Any, wanted: Iterable[date], signals: Mapping[str, Signal]) -> None:
        days.extend(wanted)
        read_all(self, connection, [*wanted], signals)

    with monkeypatch.context() as patched:
        patched.setattr(Scorer, "read_all", counted)
        assert run(["suggest", "--json", *where]) == 0
    assert len(days) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["as_of"], found["outcomes"], found["questions"]) == ("2026-03-31", 0, [])
    assert {one["dimension"] for one in found["signals"]} == {"support"}
    assert sum(tier["accounts"] for tier in found["tiers"]) + found["unscored"] == 2
    assert any(text.startswith("usage: ") and "no source has usage facts" in text for text in found["left_out"])
    assert run(["score", "--json", *where]) == 0  # as one of the project's cards
    assert [card["scorecard"] for card in json.loads(capsys.readouterr().out)["cards"]] == ["small", "suggested"]
    assert run(["suggest", *where]) == 2
    assert "suggested.yml: the file exists; name another with --out, or add --force" in capsys.readouterr().err
    assert run(["suggest", "--force", *where]) == 0
    assert "ticket_pressure" in capsys.readouterr().out


def test_a_described_card_needs_no_data_and_open_questions_write_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("--project", str(SmallProject(tmp_path).project.folder))
    card = tmp_path / "scorecards" / "ours.yml"
    assert run(["suggest", "--text", "60% usage, 30% moon phase", "--out", str(card), *where]) == 1
    lines = " ".join(capsys.readouterr().out.split())
    assert "'moon phase' (30 %) matches nothing that is measured" in lines
    assert "the weights add up to 90, 10 too few; which of them changes? Nothing was written." in lines
    assert not card.exists()
    assert run(["suggest", "--text", "60% usage, 40% support", "--out", str(card), *where]) == 0
    assert "ours, as described" in capsys.readouterr().out
    assert card.exists()


def test_a_file_that_can_be_no_card_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--project", str(SmallProject(tmp_path).project.folder))
    assert run(["suggest", "--out", "my card.txt", *where]) == 2
    told = "'my card.txt' is no name for a scorecard; expected a name of letters, digits, - and _ that ends in .yml\n"
    assert capsys.readouterr().err == told


def test_at_a_terminal_it_asks_what_a_phrase_means(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    asked: list[str] = []

    def answered(text: str, **_: object) -> str:
        asked.append(text)
        return "nps"

    monkeypatch.setattr("typer.prompt", answered)
    where = ("--project", str(SmallProject(tmp_path).project.folder))
    assert run(["suggest", "--text", "60% usage, 40% moon phase", *where]) == 0
    assert asked[0].startswith("'moon phase' (40 %) matches nothing")
    assert "nps" in capsys.readouterr().out
