"""Which stored days a later batch changes: those of which it brings facts that were known by then."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from keepwell import portfolio
from keepwell.book.scorer import Scorer
from keepwell.use_cases import runs
from keepwell.words.report import BookQuery
from tests.small_project import CARD, DESK, SURVEYS, SmallProject

DAY, WEEK_AGO = "2026-03-31", "2026-03-24"


@pytest.fixture
def small(tmp_path: Path) -> SmallProject:
    """Scored once, before anything is known of surveys."""
    project = SmallProject(tmp_path)
    project.write("scorecards/small.yml", CARD.replace("feature_adoption", "nps"))
    project.ingest()
    project.score()
    return project


def connect_surveys(small: SmallProject) -> None:
    small.write("exports/answers.csv", "id,account,at,score\n1,A,2026-02-20,3\n")
    small.write("sources/surveys.yml", SURVEYS)
    small.ingest()


def test_a_source_whose_first_load_tells_the_past_makes_the_compared_days_be_scored_again(small: SmallProject) -> None:
    """Otherwise Δ7 would measure that a source was connected, and no rescoring would reproduce the day."""
    before = small.kept(WEEK_AGO)["A"]
    connect_surveys(small)
    small.score()
    after = small.kept(WEEK_AGO)["A"]
    assert (before["coverage_ppm"], after["coverage_ppm"]) == (500_000, 1_000_000)
    assert after["batch"] == small.kept(DAY)["A"]["batch"] > before["batch"]


def test_what_was_said_then_stays_in_the_lake_under_its_batch(small: SmallProject) -> None:
    before = small.kept(WEEK_AGO)["A"]
    connect_surveys(small)
    small.score()
    folder = small.project.lake_folder / "scores" / small.hash()
    rows = small.count(
        f"SELECT list(score_milli) FROM read_parquet('{folder}/*.parquet')"
        f" WHERE account_id = 'A' AND as_of = DATE '{WEEK_AGO}' AND batch = {before['batch']}"
    )
    assert rows == [before["score_milli"]]


def test_facts_known_only_after_a_day_closed_leave_its_scores_alone(small: SmallProject) -> None:
    before = small.kept(WEEK_AGO)["A"]["batch"]
    small.today = "2026-04-01"
    small.write("exports/tickets.csv", "id,account,opened,severity\n9,A,2026-03-01,critical\n")
    assert small.ingest().changed
    small.score()
    assert small.kept(WEEK_AGO)["A"]["batch"] == before
    assert runs.backfill(small.project, date(2026, 3, 24), date(2026, 3, 24)).skipped == 1


def test_late_rows_whose_trusted_load_time_lies_before_the_last_load_leave_the_scored_days_as_they_are(
    small: SmallProject,
) -> None:
    small.write("sources/desk.yml", DESK.replace("tables:", "known_at: loaded\ntables:"))
    late = "9,A,2026-03-26T09:00:00,critical,2026-03-27T09:00:00"
    small.write("exports/tickets.csv", f"id,account,opened,severity,loaded\n{late}\n")
    before = small.kept(WEEK_AGO)["A"]["batch"], small.kept(DAY)["A"]["batch"]
    small.ingest()
    small.score()
    assert (small.kept(WEEK_AGO)["A"]["batch"], small.kept(DAY)["A"]["batch"]) == before


def test_backfill_replaces_days_that_were_scored_before_such_facts_came(small: SmallProject) -> None:
    connect_surveys(small)
    report = runs.backfill(small.project, date(2026, 3, 23), date(2026, 3, 24))
    assert (report.days, report.skipped) == ((date(2026, 3, 23), date(2026, 3, 24)), 0)
    assert runs.backfill(small.project, date(2026, 3, 23), date(2026, 3, 24)).skipped == 2


def test_explain_computes_such_days_anew_instead_of_taking_what_is_kept(small: SmallProject) -> None:
    connect_surveys(small)
    found = runs.explain(small.project, "A")
    small.score()
    assert found.trend == runs.explain(small.project, "A").trend


def test_a_book_of_a_day_scored_before_such_facts_came_says_so(small: SmallProject) -> None:
    assert portfolio.book(small.project, BookQuery()).notes == ()
    connect_surveys(small)
    (note,) = portfolio.book(small.project, BookQuery()).notes
    assert "keepwell score --as-of 2026-03-31" in note
    small.score()
    assert portfolio.book(small.project, BookQuery()).notes == ()


def test_days_scored_in_groups_are_those_scored_by_one_statement(
    small: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long backfill reads some days at a time."""
    days = [date(2026, 3, number) for number in (26, 27, 28)]
    monkeypatch.setattr("keepwell.book.scorer.PAIRS_AT_ONCE", 4)  # two days of two accounts
    assert runs.backfill(small.project, days[0], days[-1]).days == tuple(days)
    scorer = Scorer(small.project)
    connection, card = scorer.connect(), scorer.headline()
    scorer.read_all(connection, days, card.signals)
    together = {(row["as_of"], row["account_id"]): row for row in scorer.score(connection, card)}
    kept = {(day, account): row for day in days for account, row in small.kept(str(day)).items()}
    assert len(together) == 6
    assert {key: {**row, "batch": None} for key, row in kept.items()} == {
        key: {**row, "batch": None} for key, row in together.items()
    }


def test_a_card_that_is_new_has_its_days_scored_and_no_other_card_again(small: SmallProject) -> None:
    """Nor the readings of those days, unless it needs others."""
    before = small.kept(DAY)["A"]["batch"]
    small.write("scorecards/second.yml", CARD.replace("feature_adoption", "nps").replace("small", "second"))
    found = runs.backfill(small.project, date(2026, 3, 30), date(2026, 3, 31))
    assert (len(found.days), found.batch, found.scores) == (2, before + 1, 6)
    assert small.kept(DAY)["A"]["batch"] == before
    assert small.kept("2026-03-30")["A"]["batch"] == before + 1, "nobody had scored it"
    small.settings["scorecard"] = "second"
    assert small.kept(DAY)["A"]["batch"] == before + 1


def test_a_book_is_shown_after_the_cards_went_with_which_its_days_were_read(small: SmallProject) -> None:
    """No card lacks a score then; the readings beside them are others."""
    small.write("scorecards/second.yml", CARD.replace("days_since_use: 1, ", "").replace("small", "second"))
    small.score()
    small.settings["scorecard"] = "second"
    (small.folder / "scorecards" / "small.yml").unlink()
    assert small.score().batch is not None
    assert portfolio.book(small.project, BookQuery()).as_of == date(2026, 3, 31)
