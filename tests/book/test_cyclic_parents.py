"""Two accounts that point at each other must not stop a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepwell.cli import run
from keepwell.use_cases import runs
from tests.small_project import SmallProject


def test_score_goes_on_and_names_the_accounts_and_the_source(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = SmallProject(tmp_path)
    small.write("exports/accounts.csv", "id,name,created,parent\nA,Alpha,2025-01-01,B\nB,Beta,2025-01-01,A\n")
    small.ingest()
    assert run(["score", "--project", str(small.project.folder)]) == 0
    out, err = capsys.readouterr()
    assert "small" in out
    assert err == (
        "parents form a cycle: A under B, B under A, as crm says; these accounts are scored without a parent;"
        " correct the parent in crm and ingest again\n"
    )
    assert set(small.kept("2026-03-31")) == {"A", "B"}
    assert runs.score(small.project).warnings, "said again as long as it is so"
    assert "account.cyclic_parent" in {finding.code for finding in runs.check(small.project).findings}
