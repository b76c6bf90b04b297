"""What a change of a project's settings does to what was computed before it."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepwell.words.problem import KeepwellError
from tests.small_project import DESK, SURVEYS, SmallProject

FEEDS = {
    "gaps": ("tables:", "gaps: [{from: 2026-02-01, to: 2026-02-07}]\ntables:"),
    "retired": ("tables:", "retired: 2026-03-01\ntables:"),
    "covers": ("tables:", "covers: all\ntables:"),
    "watermark": ("kind: ticket\n", "kind: ticket\n        watermark: data\n"),
}


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


# --- key and core features, whose meaning is stored with every user-day


PRODUCT = """source: product
system: product
folder: exports
tables:
  - file: events.csv
    facts:
      - kind: usage
        id: id
        account: account
        since: created
        columns: {used_at: at, person: who, feature: feature}
"""
USED = "SELECT list(features ORDER BY day, features) FROM usage_rollup"


@pytest.fixture
def used(small: SmallProject) -> SmallProject:
    """A project whose account A used api twice and reports once, known in two loads."""
    small.settings |= {"features": "{key: [reports, api]}"}
    small.write("sources/product.yml", PRODUCT)
    events = "id,account,at,who,feature\n1,A,2026-03-27T10:00:00,p,reports\n2,A,2026-03-28T10:00:00,p,api\n"
    small.write("exports/events.csv", events)
    small.ingest()
    small.today = "2026-04-01"
    small.write("exports/events.csv", events + "3,A,2026-03-30T10:00:00,p,api\n")
    small.ingest()
    return small


def test_scoring_stops_where_the_rollup_was_built_for_other_features(used: SmallProject) -> None:
    used.settings |= {"features": "{key: [api, reports]}"}
    with pytest.raises(KeepwellError, match=r"built for other features .*; run 'keepwell ingest'"):
        used.score()


def test_the_next_ingest_builds_the_rollup_again_although_no_file_has_changed(used: SmallProject) -> None:
    assert used.count(USED) == [1, 2, 2]
    used.settings |= {"features": "{key: [api, reports], core: [api]}"}
    report = used.ingest()
    assert report.changed
    assert any("built again" in warning for warning in report.warnings)
    assert used.count(USED) == [2, 1, 1]
    assert used.count("SELECT list(core_uses ORDER BY day) FROM usage_rollup") == [0, 1, 1]
    used.score()
    assert not used.ingest().changed


def test_a_rollup_built_again_knows_the_same_days_as_one_that_was_never_built_otherwise(used: SmallProject) -> None:
    days = "SELECT list((day, known_day, replaces, uses) ORDER BY day, known_day) FROM usage_rollup"
    delivered = "SELECT list((source, day, known_day) ORDER BY day, known_day) FROM usage_day"
    before = used.count(days), used.count(delivered)
    used.settings |= {"features": "{key: [api]}"}
    used.ingest()
    assert (used.count(days), used.count(delivered)) == before


def test_features_changed_back_are_built_again_with_what_came_in_between(used: SmallProject) -> None:
    used.settings |= {"features": "{key: [api, reports]}"}
    used.ingest()
    more = "id,account,at,who,feature\n4,A,2026-03-31T10:00:00,p,reports\n"
    used.write("exports/events.csv", more)
    used.today = "2026-04-02"
    used.ingest()
    used.settings |= {"features": "{key: [reports, api]}"}
    used.ingest()
    assert used.count(USED) == [1, 2, 2, 1]


def test_features_of_plans_are_read_anew_each_time_and_need_no_new_rollup(used: SmallProject) -> None:
    used.settings |= {"features": "{key: [reports, api], plans: {basic: [api]}}"}
    used.score()
    assert not used.ingest().changed
