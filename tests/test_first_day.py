"""The day after the first load: what only the load tells is shown as a label, named in one line, and never scored."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from keepwell import portfolio
from keepwell.project import Project
from keepwell.use_cases import runs
from keepwell.words.problem import KeepwellError
from keepwell.words.report import BookQuery, ScoreReport
from tests.book.test_inventory import FILES

CLOSED, LOADED = date(2026, 3, 15), date(2026, 3, 16)
CLAIM = "Names and owners as of the load of 2026-03-16: they were not known by 2026-03-15 and are no part of its score"


def opened(folder: Path, files: dict[str, str]) -> Project:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    project = runs.open_project(folder)
    runs.ingest(project)
    return project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return opened(tmp_path_factory.mktemp("first"), FILES)


@pytest.fixture(scope="module")
def scored(project: Project) -> ScoreReport:
    return runs.score(project)


def test_the_book_shows_names_and_owners_that_only_the_load_told_and_says_so(
    project: Project, scored: ScoreReport
) -> None:
    assert scored.as_of == CLOSED
    book = portfolio.book(project, BookQuery())
    assert {(row.account_id, row.name, row.owner) for row in book.rows} == {
        ("A", "Acme", "ana"),
        ("B", "Bolt", "ben"),
        ("C", "Cord", "ana"),
    }
    assert book.notes[0] == CLAIM


def test_the_book_filters_by_the_owner_it_shows(project: Project, scored: ScoreReport) -> None:
    assert scored.batch
    assert [row.account_id for row in portfolio.book(project, BookQuery(where="owner = 'ben'")).rows] == ["B"]


def test_an_unknown_account_suggests_near_names_and_no_others(project: Project) -> None:
    with pytest.raises(KeepwellError, match=r"no account 'acm' as of 2026-03-15; did you mean 'Acme'\?"):
        runs.explain(project, "acm")
    with pytest.raises(KeepwellError, match="no account 'X-1' as of 2026-03-15; 'keepwell book' lists the accounts"):
        runs.explain(project, "X-1")


def test_explain_shows_todays_label_as_a_caveat_and_finds_the_account_by_it(project: Project) -> None:
    found = runs.explain(project, "Acme")
    assert (found.score.account_id, found.name, found.owner) == ("A", "Acme", "ana")
    assert CLAIM in found.caveats


def test_a_segment_that_only_the_load_told_is_not_shown_as_known(tmp_path: Path) -> None:
    crm = FILES["sources/crm.yml"].replace("owner: csm", "segment: csm")
    found = runs.explain(opened(tmp_path, FILES | {"sources/crm.yml": crm}), "A")
    assert found.segment != "ana"
    assert found.caveats[-1].startswith("Names as of the load of 2026-03-16")


def test_score_names_in_one_line_what_is_known_only_from_the_load_and_what_to_declare(
    scored: ScoreReport,
) -> None:
    (line,) = scored.warnings
    assert "2026-03-15" in line
    assert "name, owner of account (crm)" in line
    assert "'since: created'" in line
    assert "\n" not in line


def test_what_is_declared_constant_needs_neither_label_nor_line(tmp_path: Path) -> None:
    crm = FILES["sources/crm.yml"].replace("      - kind: account\n", "      - kind: account\n        since: created\n")
    project = opened(tmp_path, FILES | {"sources/crm.yml": crm})
    assert runs.score(project).warnings == ()
    book = portfolio.book(project, BookQuery())
    assert [row.name for row in book.rows if row.account_id == "A"] == ["Acme"]
    assert not [note for note in book.notes if "as of the load" in note]
