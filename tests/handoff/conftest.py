"""The new customer, read once and copied for every test; and decided once, for those that only look."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepwell.use_cases import handing_over
from tests.handoff.crossing import BASELINE, LAST, prepared
from tests.small_project import SmallProject


@pytest.fixture(scope="session")
def read(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nothing is decided yet."""
    return prepared(tmp_path_factory.mktemp("crossing") / "project").folder


@pytest.fixture(scope="session")
def decided(read: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Decided from the baseline through the last day."""
    made = again(read, tmp_path_factory.mktemp("decided") / "project")
    handing_over.decide(made.project, as_of=BASELINE)
    handing_over.decide(made.project, as_of=LAST)
    return made.folder


@pytest.fixture
def small(read: Path, tmp_path: Path) -> SmallProject:
    """A copy that may be decided."""
    return again(read, tmp_path / "project")


@pytest.fixture
def done(decided: Path, tmp_path: Path) -> SmallProject:
    """A copy that is decided."""
    return again(decided, tmp_path / "done")


def again(folder: Path, to: Path) -> SmallProject:
    made = SmallProject.copy(folder, to)
    made.settings = {"scorecard": "small", "channels": "{team: {kind: folder, folder: told}}"}
    return made
