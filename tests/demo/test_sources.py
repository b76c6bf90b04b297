"""The column maps of the simulated company read every export, and nothing is lost on the way."""

from __future__ import annotations

from datetime import date, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from keepwell.demo import write_company
from keepwell.demo.usage import FEATURES
from keepwell.lake import Lake
from keepwell.project import Project
from keepwell.sources.context import IngestContext, SourceReport
from keepwell.sources.ingest import load_source
from keepwell.sources.map_check import read_source

pytestmark = pytest.mark.slow  # two years of a company; the stories read one in every run

MAPS = sorted(str(p).rsplit("/", 1)[-1] for p in (files("keepwell.demo") / "project" / "sources").iterdir())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("fernhill")
    write_company(folder, accounts=60, months=12)
    return Project.open(folder)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return Lake(tmp_path_factory.mktemp("lake"))


@pytest.fixture(scope="module")
def reports(project: Project, lake: Lake) -> dict[str, SourceReport]:
    config = project.config
    context = IngestContext(
        lake=lake,
        batch=1,
        published=0,
        now=datetime(2026, 7, 1, 7),
        today=date(2026, 7, 1),
        time_zone=config.time_zone,
        day_close=config.day_close,
        currency=config.currency,
        salt="fixed",
    )
    return {file.stem: load_source(read_source(file), context) for file in project.source_files()}


@pytest.mark.parametrize("name", MAPS)
def test_map_has_only_keys_of_the_contract(project: Project, name: str) -> None:
    assert read_source(project.folder / "sources" / name).source == name.removesuffix(".yml")


def test_four_kinds_of_systems_and_more(project: Project) -> None:
    systems = {read_source(file).system for file in project.source_files()}
    assert {"crm", "product", "support", "billing", "survey", "meetings", "plan"} <= systems


def test_every_row_is_accounted_for(reports: dict[str, SourceReport]) -> None:
    for report in reports.values():
        for table in report.tables:
            assert table.read == table.accepted + table.duplicates + table.quarantined
            assert table.accepted > 0


def test_exactly_the_spoiled_rows_are_quarantined(reports: dict[str, SourceReport]) -> None:
    found = {(reject.file, reject.column) for report in reports.values() for reject in report.rejects}
    assert found == {
        ("invoices.csv", "issued"),
        ("invoices.csv", "amount"),
        ("tickets.jsonl", "created_at"),
        ("interactions.csv", "start_utc"),
        ("nps.csv", "rating"),
    }


def test_history_knows_every_mapped_column(reports: dict[str, SourceReport]) -> None:
    """Nothing is known from the load on only: each column is dated, versioned, or declared constant."""
    assert [note for report in reports.values() for note in report.notes] == []


@pytest.mark.usefixtures("reports")
def test_events_become_key_features_by_name(project: Project, lake: Lake) -> None:
    connection = lake.connect(1)
    found = {row[0] for row in connection.execute("SELECT DISTINCT feature FROM fact_usage").fetchall()}
    assert found == {*project.config.features.key, "other"}
    assert len(FEATURES) == len(project.config.features.key) + 2


@pytest.mark.usefixtures("reports")
def test_only_the_sandbox_and_the_partner_belong_to_nobody(lake: Lake) -> None:
    connection = lake.connect(1)
    unmatched = connection.execute("""
        SELECT DISTINCT f.ref FROM (SELECT system, ref FROM fact_usage UNION SELECT system, ref FROM fact_ticket
                                    UNION SELECT system, ref FROM fact_subscription) f
        ANTI JOIN fact_identity i ON i.system = f.system AND i.ref = f.ref""").fetchall()
    assert sorted(row[0] for row in unmatched) == ["org-partner", "ws_sandbox"]


@pytest.mark.usefixtures("reports")
def test_every_reference_is_an_account_of_the_crm(lake: Lake) -> None:
    connection = lake.connect(1)
    strangers = connection.execute("""
        SELECT count(*) FROM fact_identity i ANTI JOIN fact_account a ON a.external_id = i.account""").fetchall()
    assert strangers == [(0,)]


@pytest.mark.usefixtures("reports")
def test_late_events_are_known_when_the_feed_delivered_them(lake: Lake) -> None:
    connection = lake.connect(1)
    ((late, wrong),) = connection.execute("""
        SELECT count_if(known_at > used_at + INTERVAL 1 DAY), count_if(known_at < used_at) FROM fact_usage""").fetchall()
    assert late > 0
    assert wrong == 0


@pytest.mark.usefixtures("reports")
def test_a_cancellation_is_not_known_before_notice_was_given(lake: Lake) -> None:
    connection = lake.connect(1)
    ((early, every),) = connection.execute("""
        SELECT count_if(known_at < cancelled_day - INTERVAL 32 DAY), count(*)
        FROM fact_subscription WHERE cancelled_day IS NOT NULL""").fetchall()
    assert every > 0
    assert early == 0


def test_project_folder_opens(project: Project) -> None:
    assert project.config.name == "Fernhill Analytics"
    assert Path(project.folder, "README.md").is_file()
