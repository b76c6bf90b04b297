"""The fallen account, scored once and copied for every test."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from keepwell.use_cases import runs
from tests.decisions.fallen import LAST, prepared
from tests.small_project import SmallProject


@pytest.fixture(scope="session")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its days are scored from the baseline on."""
    small = prepared(tmp_path_factory.mktemp("decided") / "project")
    runs.backfill(small.project, date(2026, 2, 17), LAST)
    return small.folder


@pytest.fixture
def small(scored: Path, tmp_path: Path) -> SmallProject:
    """A copy that may be decided."""
    return SmallProject.copy(scored, tmp_path / "project")
