"""Every signal has its heading in the documentation, and the page is what the specs say."""

from pathlib import Path

import pytest

from keepwell.signals.catalogue import CATALOGUE
from keepwell.signals.describe import OWN, page
from keepwell.signals.project_yaml import parse_signal

PAGE = Path(__file__).parents[2] / "docs" / "signals.md"


def test_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m keepwell.signals.describe > docs/signals.md"


@pytest.mark.parametrize("name", CATALOGUE)
def test_signal_has_its_heading(name: str) -> None:
    assert f"### `{name}`: " in page()


def test_examples_on_the_page_are_valid() -> None:
    examples = [block.split("```")[0] for block in OWN.split("```yaml\n")[1:]]
    assert [parse_signal(text).name for text in examples] == ["angry_tickets", "longest_gap"]
