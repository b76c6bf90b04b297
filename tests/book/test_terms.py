"""The project's column maps, taken together."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepwell.book.terms import source_maps
from keepwell.words.problem import KeepwellError
from tests.small_project import DESK, SmallProject


def test_two_maps_of_one_name_are_one_error_with_both_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Facts carry the source's name: rows of both would revise each other."""
    monkeypatch.chdir(tmp_path)
    small = SmallProject(tmp_path)
    small.write("sources/help.yml", f"# a copy\n{DESK}")
    with pytest.raises(KeepwellError) as caught:
        source_maps(small.project)
    assert str(caught.value) == (
        "sources/help.yml:2:9: two maps are named 'desk', this one and sources/desk.yml:1:9;"
        " expected a name of its own for each; change 'source:' in one of them, or move its tables into the other"
    )
