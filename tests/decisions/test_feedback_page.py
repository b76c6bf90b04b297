"""The commands of docs/feedback.md do what the page says, in its order."""

from __future__ import annotations

from pathlib import Path

from keepwell.cli import run
from tests.decisions.fallen import BASELINE, FELL, apart
from tests.small_project import SmallProject
from tests.test_docs import commands

PAGE = Path(__file__).parents[2] / "docs" / "feedback.md"


def test_every_command_of_the_page_runs(small: SmallProject) -> None:
    """Its account is the one that fell; its alerts are 1 and 2. Of the other nobody was told."""
    small.today = str(FELL)
    small.decide(BASELINE, FELL)
    apart(small)
    shell = PAGE.read_text(encoding="utf-8").split("```sh\n")[1:]
    found = [words for block in shell for words in commands(f"```sh\n{block.split('```')[0]}```\n")]
    assert len(found) == 11
    for words in found:
        named = [{"A-0012": "A", "A-0031": "B"}.get(word, word) for word in words]
        assert run([*named, "--project", str(small.project.folder)]) == 0, words
