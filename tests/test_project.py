"""keepwell.yml: what it means, when days close, and how its mistakes are told."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from keepwell.project import Project
from keepwell.settings import Engine, from_environment
from keepwell.state import State
from keepwell.words.problem import KeepwellError
from tests.small_project import SmallProject


def project(folder: Path, text: str = "") -> Project:
    (folder / "keepwell.yml").write_text(f"version: 1\nname: Acme\n{text}", encoding="utf-8")
    return Project.open(folder)


def test_rule_2_day_closes_next_morning_in_the_projects_zone_also_when_clocks_change(tmp_path: Path) -> None:
    berlin = project(tmp_path, "time_zone: Europe/Berlin")
    assert berlin.close_at(date(2026, 1, 31)) == datetime(2026, 2, 1, 5)
    assert berlin.close_at(date(2026, 3, 28)) == datetime(2026, 3, 29, 4)  # summer time began that night
    assert berlin.close_at(date(2026, 10, 24)) == datetime(2026, 10, 25, 5)  # and ended


def test_rule_2_a_close_in_a_skipped_or_doubled_hour_still_orders_the_days(tmp_path: Path) -> None:
    berlin = project(tmp_path, 'time_zone: Europe/Berlin\nday_close: "02:30"')
    closes = [berlin.close_at(date(2026, 3, 1) + timedelta(days=n)) for n in range(260)]
    assert closes == sorted(set(closes))


def test_rule_2_local_day_of_a_moment(tmp_path: Path) -> None:
    berlin = project(tmp_path, "time_zone: Europe/Berlin")
    assert berlin.local_day(datetime(2026, 7, 1, 22)) == date(2026, 7, 2)
    assert berlin.local_day(datetime(2026, 7, 1, 21, 59)) == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("now", "closed"),
    [
        (datetime(2026, 7, 1, 3, 59), date(2026, 6, 29)),
        (datetime(2026, 7, 1, 4), date(2026, 6, 30)),
        (datetime(2026, 7, 1, 22, 30), date(2026, 6, 30)),  # local midnight has passed, the close has not
    ],
)
def test_rule_2_last_closed_day(tmp_path: Path, now: datetime, closed: date) -> None:
    berlin = project(tmp_path, "time_zone: Europe/Berlin")
    assert berlin.last_closed_day(now) == closed
    assert berlin.close_at(closed) <= now < berlin.close_at(closed + timedelta(days=1))


@pytest.mark.parametrize("clock", ["2026-07-01T07:00:00Z", "2026-07-01T09:00:00+02:00", "2026-07-01 07:00:00"])
def test_clock_of_a_sample_project_is_utc(tmp_path: Path, clock: str) -> None:
    found = project(tmp_path, f"clock: {clock}").config.clock
    assert found == datetime(2026, 7, 1, 7)
    assert type(found) is datetime


def test_project_is_found_from_a_folder_below(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "sources" / "deep").mkdir(parents=True)
    assert Project.open(tmp_path / "sources" / "deep").folder == tmp_path


@pytest.mark.parametrize("name", ["acme [prod]", "what?", "per%20cent", "100%", "a#b"])
def test_the_state_database_lies_in_the_project_whatever_its_name(tmp_path: Path, name: str) -> None:
    opened = project(tmp_path)
    moved = Project(tmp_path / name, opened.config, opened.settings)
    moved.home.mkdir(parents=True)
    assert State(moved.state_url).published() == 0
    assert (tmp_path / name / ".keepwell" / "state.db").is_file()


def test_a_folder_whose_name_is_a_pattern_is_read_alone(tmp_path: Path) -> None:
    """Its copy beside it has files of the same names."""
    small = SmallProject(tmp_path / "what? 100% star*")
    small.ingest()
    shutil.copytree(small.folder, tmp_path / "whats 100% star")
    assert [table.accepted for table in small.ingest().tables] == [0, 0]
    assert small.count("SELECT count(*) FROM fact_account") == 2


def test_missing_project_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(KeepwellError, match=r"no keepwell.yml in .* or above; run 'keepwell init'"):
        Project.open(tmp_path)
    with pytest.raises(KeepwellError, match=r"no such folder: .*nowhere; check --project"):
        Project.open(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "time_zone: Europe/Berln",
            "keepwell.yml:3:12: unknown time zone 'Europe/Berln'; did you mean 'Europe/Berlin'?",
        ),
        ("time_zone: localtime", "keepwell.yml:3:12: unknown time zone 'localtime'"),
        ("day_close: 6", "keepwell.yml:3:12: '6' is not a time of day; expected HH:MM in quotes"),
        ('day_close: "24:00"', "'24:00' is not a time of day"),
        ("currency: Euro", "'Euro' is not a currency; expected three capital letters"),
        ("fiscal_year_start: 13", "'fiscal_year_start': input should be less than or equal to 12"),
        ("segment: {}", "unknown key 'segment'; did you mean 'segments'?"),
        ("segments: {S: 0, M: 0}", "two segments have the same lower bound"),
        ("precedence: {ar: [crm]}", "precedence names 'ar', not an attribute; did you mean 'arr'?"),
        ("features: {key: [api, api]}", "key feature 'api' is named twice"),
        (
            "features: {key: [api], plans: {basic: [apo]}}",
            "plan 'basic' names 'apo', not a key feature; did you mean 'api'?",
        ),
        (f"features: {{key: [{', '.join(f'f{n}' for n in range(63))}]}}", "63 key features; expected at most 62"),
        (
            "link: https://crm.example.com/{id}",
            "keepwell.yml:3:7: '{id}' is not filled in; expected {account_id} alone",
        ),
        ("link: https://crm.example.com/a", "it leads every account to one page; expected {account_id} in it"),
        ("link: 'javascript:{account_id}'", "it is no web address; expected one as https://crm.example.com/accounts/"),
        ("link: https://{account_id}.example.com", "it is no web address"),
        ("version: 2", "not valid YAML"),
    ],
)
def test_mistakes_in_the_settings_have_a_place_and_an_expectation(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(KeepwellError) as refused:
        project(tmp_path, text)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_newer_version_of_the_settings_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keepwell.yml").write_text("version: 2\nname: x\n")
    with pytest.raises(KeepwellError, match="'version' is 2; expected 1"):
        Project.open(tmp_path)


def test_files_are_found_by_name_and_hidden_ones_are_not(tmp_path: Path) -> None:
    opened = project(tmp_path)
    (tmp_path / "sources").mkdir()
    for name in ("b.yml", "a.yaml", ".c.yml", "d.yml.example", "e.txt"):
        (tmp_path / "sources" / name).touch()
    assert [file.name for file in opened.source_files()] == ["a.yaml", "b.yml"]
    assert opened.signal_files() == ()


def test_a_projects_own_card_goes_before_a_packaged_one_and_a_file_before_both(tmp_path: Path) -> None:
    opened = project(tmp_path, "scorecard: mine")
    (tmp_path / "scorecards").mkdir()
    own = tmp_path / "scorecards" / "mine.yml"
    own.touch()
    assert opened.scorecard_file("mine") == own
    assert opened.scorecard_file(str(own)) == own
    assert opened.scorecards() == {"mine": own}


def test_a_card_may_be_asked_for_by_the_name_it_gives_itself_but_leads_by_its_files(tmp_path: Path) -> None:
    opened = project(tmp_path, "scorecard: ours")
    (tmp_path / "scorecards").mkdir()
    own = tmp_path / "scorecards" / "2026.yml"
    own.write_text("scorecard: ours\n", encoding="utf-8")
    assert opened.named_scorecard("ours") == own
    with pytest.raises(KeepwellError, match="unknown scorecard 'ours'"):
        opened.scorecards()


def test_unknown_scorecard_points_at_the_settings_and_suggests(tmp_path: Path) -> None:
    opened = project(tmp_path, "scorecard: mini")
    (tmp_path / "scorecards").mkdir()
    (tmp_path / "scorecards" / "mine.yml").touch()
    with pytest.raises(KeepwellError, match=r"keepwell.yml:3:12: unknown scorecard 'mini'; did you mean 'mine'"):
        opened.scorecards()


def test_salt_is_made_once_and_private(tmp_path: Path) -> None:
    opened = project(tmp_path)
    salt = opened.salt()
    assert len(salt) == 64
    assert Project.open(tmp_path).salt() == salt
    assert (tmp_path / ".keepwell" / "salt").stat().st_mode & 0o077 == 0
    assert [file.name for file in (tmp_path / ".keepwell").iterdir()] == ["salt"]


def test_environment_names_the_state_database_and_limits_the_engine(tmp_path: Path) -> None:
    project(tmp_path)
    found = from_environment(
        {"KEEPWELL_STATE_URL": "postgresql+psycopg://db/keepwell", "KEEPWELL_THREADS": "2", "KEEPWELL_MEMORY": "1.5 GB"}
    )
    opened = Project.open(tmp_path, found)
    assert opened.state_url == "postgresql+psycopg://db/keepwell"
    assert opened.engine["threads"] == 2
    assert opened.engine["memory_limit"] == "1.5 GB"
    assert opened.engine["temp_directory"].startswith(str(tmp_path))  # type: ignore[union-attr]


def test_empty_environment_means_sqlite_in_the_project_and_the_whole_machine(tmp_path: Path) -> None:
    project(tmp_path)
    assert from_environment({"KEEPWELL_THREADS": " "}).engine == Engine()
    assert Project.open(tmp_path, from_environment({})).state_url == f"sqlite:///{tmp_path}/.keepwell/state.db"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [("KEEPWELL_THREADS", "many", "a whole number above 0"), ("KEEPWELL_MEMORY", "4", "an amount with its unit")],
)
def test_wrong_environment_is_named(name: str, value: str, expected: str) -> None:
    with pytest.raises(KeepwellError, match=f"{name} is '{value}'; expected {expected}"):
        from_environment({name: value})
