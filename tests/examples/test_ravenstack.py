"""A third party's tables, mapped without code: their real defects are found, and every account gets its due.

The data is "RavenStack: Synthetic SaaS Dataset (Multi-Table)" by River @ Rivalytics; it is not part of the
repository. It is looked for in RAVENSTACK_DATA, else beside the repository.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from keepwell.book.scorer import Row, Scorer
from keepwell.project import Project
from keepwell.signals.catalogue import CATALOGUE
from keepwell.use_cases import lessons, promoting, runs
from keepwell.words.learning import CompanyHistory, TrainRequest
from keepwell.words.problem import StopRule
from keepwell.words.report import CheckReport, IngestReport

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("RAVENSTACK_DATA") or ROOT.parent / "shared" / "data" / "ravenstack")
AS_OF = date(2024, 12, 31)

pytestmark = pytest.mark.skipif(
    not (DATA / "ravenstack_accounts.csv").is_file(), reason="the RavenStack tables are not here (RAVENSTACK_DATA)"
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, IngestReport]:
    """The example, copied so that nothing is written beside it, and its tables read."""
    folder = tmp_path_factory.mktemp("ravenstack") / "project"
    shutil.copytree(ROOT / "examples" / "ravenstack", folder, ignore=shutil.ignore_patterns(".keepwell", "data"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAVENSTACK_DATA", str(DATA))
        project = runs.open_project(folder)
        return project, runs.ingest(project)


@pytest.fixture(scope="module")
def report(loaded: tuple[Project, IngestReport]) -> CheckReport:
    return runs.check(loaded[0], AS_OF)


@pytest.fixture(scope="module")
def scorer(loaded: tuple[Project, IngestReport]) -> Scorer:
    return Scorer(loaded[0])


def scored(scorer: Scorer, as_of: date) -> list[Row]:
    """Every account's scores row on the example's own card."""
    connection, card = scorer.connect(), scorer.headline()
    scorer.read_all(connection, [as_of], card.compiled.plan.signals)
    return scorer.score(connection, card)


def test_every_row_is_accepted_or_quarantined(loaded: tuple[Project, IngestReport]) -> None:
    tables = {table.kind: (table.read, table.accepted, table.quarantined) for table in loaded[1].tables}
    assert tables == {
        "account": (500, 500, 0),
        "outcome": (600, 600, 0),
        "subscription": (5000, 5000, 0),
        "identity": (5000, 5000, 0),
        "usage": (25_000, 24_979, 21),
        "ticket": (2000, 2000, 0),
    }


def test_reading_again_changes_nothing(loaded: tuple[Project, IngestReport], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAVENSTACK_DATA", str(DATA))
    again = runs.ingest(loaded[0])
    assert not again.changed


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("ingest.conflict", 21),
        ("usage.before_start", 19_142),
        ("usage.after_end", 290),
        ("ticket.before_signup", 1_077),
        ("churn.not_marked", 277),
        ("churn.no_event", 35),
        ("churn.open_subscription", 110),
    ],
)
def test_check_finds_the_real_defects(report: CheckReport, code: str, count: int) -> None:
    found = {finding.code: finding for finding in report.findings}
    assert found[code].count == count
    assert found[code].examples
    assert f"{count:,}" in found[code].text


def test_check_finds_nothing_grave_that_is_not_there(report: CheckReport) -> None:
    grave = {finding.code for finding in report.findings if finding.severity != "note"}
    assert grave == {
        "ingest.conflict", "usage.before_start", "usage.after_end", "ticket.before_signup",
        "churn.not_marked", "churn.no_event", "churn.open_subscription",
    }  # fmt: skip


def test_training_reports_the_contradictory_labels_and_stops(
    loaded: tuple[Project, IngestReport], tmp_path: Path
) -> None:
    """One month and few signals: what contradicts itself is found in all of the data."""
    few = CompanyHistory(months=1, leave_out=tuple(CATALOGUE.keys() - {"mrr", "account_age", "active_weeks"}))
    with pytest.raises(StopRule) as stopped:
        lessons.train(TrainRequest(few, "learned", tmp_path), loaded[0])
    told = "\n".join(str(problem) for problem in stopped.value.problems)
    for said in ("are not marked churned: 277", "without a churn event: 35", "start of their subscription: 19,142"):
        assert said in told


def test_what_the_labels_teach_once_accepted_is_no_more_than_chance_and_is_not_promoted(
    loaded: tuple[Project, IngestReport], tmp_path: Path
) -> None:
    """Half a year of month-ends, or the test would take a minute; 24 teach no more."""
    half = CompanyHistory(months=9, leave_out=tuple(CATALOGUE.keys() - {"mrr", "account_age", "active_weeks", "csat"}))
    request = TrainRequest(half, "learned", tmp_path, accepted={"label_contradiction": "to see what they teach"})
    report = lessons.train(request, loaded[0])
    assert report.evaluation is not None
    assert report.evaluation.predictors[0].estimate("auc").low < 0.5
    assert "there is nothing certain to learn here" in report.evaluation.notes[0]
    assert report.authority == "diagnose"
    counts = {one.code: one.count for one in report.contradictions}
    assert (counts["churn.not_marked"], counts["churn.no_event"], counts["usage.before_start"]) == (277, 35, 19_142)
    with pytest.raises(StopRule, match="rests on labels nobody can trust"):
        promoting.promote(loaded[0], tmp_path / "learned.yml", "Ada")


def test_four_kinds_of_sources_are_fresh(report: CheckReport) -> None:
    assert report.fresh_systems == ("billing", "crm", "product", "support")
    assert report.enough_systems


def test_all_accounts_are_scored_or_unscored_with_the_reason(scorer: Scorer) -> None:
    rows = scored(scorer, AS_OF)
    states = Counter(row["state"] for row in rows)
    assert states == {"scored": 493, "unscored": 7}
    unscored = [row["account_id"] for row in rows if row["state"] == "unscored"]
    for score in runs.score(scorer.project, as_of=AS_OF, accounts=unscored[:2]).scores:
        assert score.score_milli is None
        assert score.missing


def test_the_default_card_cannot_be_covered_by_these_tables(scorer: Scorer) -> None:
    connection, card = scorer.connect(), scorer.card("default-ten")
    scorer.read_all(connection, [AS_OF], card.compiled.plan.signals)
    states = Counter(row["state"] for row in scorer.score(connection, card))
    assert states["unscored"] >= 490  # the few others: nobody used the product at all, which is known


def test_no_subscription_is_known_to_end_before_the_day_it_was_cancelled(scorer: Scorer) -> None:
    connection = scorer.connect()
    rows = connection.execute(
        "SELECT count(*), count(*) FILTER (known_at < CAST(cancelled_day AS TIMESTAMP)) FROM fact_subscription"
        " WHERE cancelled_day IS NOT NULL"
    ).fetchall()
    assert rows[0][0] >= 486
    assert rows[0][1] == 0


def test_the_churn_flag_is_known_from_the_load_on_and_not_before(scorer: Scorer) -> None:
    connection = scorer.connect()
    early = connection.execute(
        "SELECT count(*) FROM fact_account WHERE lifecycle IS NOT NULL AND known_at < TIMESTAMP '2025-01-01 08:00:00'"
    ).fetchall()
    assert early == [(0,)]
