"""What a change of a project's settings does to what was computed before it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.small_project import DESK, SmallProject

FEEDS = {
    "gaps": ("tables:", "gaps: [{from: 2026-02-01, to: 2026-02-07}]\ntables:"),
    "retired": ("tables:", "retired: 2026-03-01\ntables:"),
    "covers": ("tables:", "covers: all\ntables:"),
    "watermark": ("kind: ticket\n", "kind: ticket\n        watermark: data\n"),
}
SURVEYS = """source: surveys
system: survey
folder: exports
tables:
  - file: answers.csv
    facts:
      - kind: survey
        id: id
        account: account
        since: created
        columns: {answered_at: at, type: {constant: nps}, score: score}
"""


@pytest.fixture
def small(tmp_path: Path) -> SmallProject:
    return SmallProject(tmp_path)


# --- the recipe (SEMANTICS, rule 15)


@pytest.mark.parametrize("setting", FEEDS)
def test_a_setting_of_a_map_that_changes_how_history_is_read_is_another_recipe(
    small: SmallProject, setting: str
) -> None:
    before = small.hash()
    small.write("sources/desk.yml", DESK.replace(*FEEDS[setting]))
    assert small.hash() != before


def test_days_scored_before_such_a_change_are_scored_again(small: SmallProject) -> None:
    small.ingest()
    small.score()
    small.write("sources/desk.yml", DESK.replace(*FEEDS["covers"]))
    assert small.score().batch is not None


def test_settings_of_a_source_whose_facts_a_card_does_not_read_leave_its_recipe_alone(small: SmallProject) -> None:
    small.write("exports/answers.csv", "id,account,at,score\n1,A,2026-02-20,9\n")
    small.write("sources/surveys.yml", SURVEYS)
    before = small.hash(), small.hash("default-ten")
    small.write("sources/surveys.yml", SURVEYS.replace(*FEEDS["gaps"]))
    after = small.hash(), small.hash("default-ten")
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_connecting_a_source_leaves_the_recipes_alone(small: SmallProject) -> None:
    small.ingest()
    before = small.hash("default-ten")
    small.write("exports/answers.csv", "id,account,at,score\n1,A,2026-02-20,9\n")
    small.write("sources/surveys.yml", SURVEYS)
    assert small.hash("default-ten") == before
    small.ingest()
    assert small.hash("default-ten") == before


def test_taking_away_the_map_of_a_loaded_source_is_another_recipe(small: SmallProject) -> None:
    small.ingest()
    before = small.hash()
    (small.folder / "sources" / "desk.yml").unlink()
    assert small.hash() != before


def test_the_order_of_gaps_is_no_other_recipe(small: SmallProject) -> None:
    two = ["{from: 2026-02-01, to: 2026-02-07}", "{from: 2026-01-01, to: 2026-01-02}"]
    small.write("sources/desk.yml", DESK.replace("tables:", f"gaps: [{two[0]}, {two[1]}]\ntables:"))
    before = small.hash()
    small.write("sources/desk.yml", DESK.replace("tables:", f"gaps: [{two[1]}, {two[0]}]\ntables:"))
    assert small.hash() == before
