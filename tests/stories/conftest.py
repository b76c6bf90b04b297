"""One small simulated company, ingested and scored once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keepwell.cli import run
from keepwell.demo.company import write_company
from keepwell.project import Project
from keepwell.use_cases import runs

ACCOUNTS = 60


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Sixty accounts over two years, as of 2026-06-30."""
    folder = tmp_path_factory.mktemp("company")
    write_company(folder, accounts=ACCOUNTS)
    project = runs.open_project(folder)
    runs.ingest(project)
    runs.score(project)
    return project


@pytest.fixture
def keepwell(company: Project, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command on the company; exit code, standard output, standard error."""

    def command(*arguments: Any) -> tuple[int, str, str]:
        code = run([*map(str, arguments), "--project", str(company.folder)])
        return (code, *capsys.readouterr())

    return command


@pytest.fixture
def examples() -> Path:
    """The repository's examples."""
    return Path(__file__).parents[2] / "examples"
