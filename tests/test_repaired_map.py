"""A map that is repaired after the first load: past days read as if that load had gone right (SEMANTICS, rule 3)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from keepwell.book.scorer import Row, Scorer
from keepwell.book.shelf import fill, lacking, lacks
from keepwell.use_cases.runs import now_of
from tests.small_project import CRM, DESK, SmallProject

DAY, WEEK_AGO = "2026-03-31", "2026-03-24"
WRONG = DESK.replace("opened_at: opened", 'opened_at: {column: opened, format: "%d.%m.%Y"}')
UNLISTED = DESK.replace("severity: severity", "severity: {column: severity, lookup: {low: low}}")


def pressure(small: SmallProject, day: str = WEEK_AGO) -> tuple[str, int | None]:
    """Status and value of A's ticket pressure as of a day."""
    row = reading(small, day)
    return row["q_ticket_pressure"], row["v_ticket_pressure"]


def reading(small: SmallProject, day: str) -> Row:
    scorer = Scorer(small.project)
    pair = scorer.pair("A", date.fromisoformat(day))
    return scorer.read(scorer.connect(), [pair], scorer.headline().signals)["A", pair.as_of]


@pytest.fixture
def right(tmp_path: Path) -> SmallProject:
    """Whose first load went right."""
    project = SmallProject(tmp_path / "right")
    project.ingest()
    return project


SLOW = pytest.mark.slow


@pytest.mark.parametrize("first", [pytest.param(WRONG, marks=SLOW), UNLISTED, pytest.param(None, marks=SLOW)])
def test_past_days_read_as_if_the_first_load_had_gone_right(
    tmp_path: Path, right: SmallProject, first: str | None
) -> None:
    """Whether none of the rows was read, some, or the kind was not mapped yet."""
    small = SmallProject(tmp_path / "repaired")
    crm = CRM.replace("crm", "desk", 1) if first is None else CRM
    small.write("sources/crm.yml", crm)
    small.write("sources/desk.yml", first or DESK)
    if first is None:
        (small.folder / "sources/desk.yml").unlink()
    small.ingest()
    if first is not UNLISTED:
        assert pressure(small)[0] == "missing", "what could not be read is not 0"
    if first is None:
        small.write("sources/crm.yml", crm + DESK.partition("tables:\n")[2])
    else:
        small.write("sources/desk.yml", DESK)
    small.ingest()
    assert pressure(small) == pressure(right) == ("fresh", 4_000)
    assert reading(small, DAY) == reading(right, DAY)


def test_a_kept_day_on_which_nothing_of_a_kind_could_be_read_is_scored_again(tmp_path: Path) -> None:
    """Even where its rows have no past: the day is covered now, by a load that is its first."""
    small = SmallProject(tmp_path)
    small.write("sources/desk.yml", WRONG)
    small.ingest()
    scorer = Scorer(small.project)
    with scorer.state.write("score", now_of(small.project)) as batch:
        fill(scorer, lacks(scorer, [date.fromisoformat(WEEK_AGO)]), batch)
    assert lacking(Scorer(small.project), [date.fromisoformat(WEEK_AGO)]) == set()
    small.write("sources/desk.yml", DESK)
    small.write("exports/tickets.csv", "id,account,opened,severity\n1,A,2026-04-01,high\n")
    small.ingest()
    assert lacking(Scorer(small.project), [date.fromisoformat(WEEK_AGO)]) == {date.fromisoformat(WEEK_AGO)}


def test_from_the_first_delivery_to_the_load_that_could_read_it_a_kind_is_stale(tmp_path: Path) -> None:
    """Its dates are not believed for those days, so that they do not read 0 either."""
    small = SmallProject(tmp_path)
    small.write("sources/desk.yml", WRONG)
    small.ingest()
    small.today = "2026-05-31"
    small.write("sources/desk.yml", DESK)
    small.ingest()
    assert pressure(small) == ("fresh", 4_000)
    assert pressure(small, "2026-04-21")[0] == "stale"


def test_a_later_load_that_no_row_could_be_read_of_is_no_load(right: SmallProject) -> None:
    """Its source falls silent; it does not read 0 through that day."""
    right.today = "2026-04-20"
    right.write("exports/tickets.csv", "id,account,opened,severity\n3,A,20/04/2026,high\n")
    right.ingest()
    assert pressure(right, "2026-04-01")[0] == "fresh"
    assert pressure(right, "2026-04-21") == ("stale", 4_000)
