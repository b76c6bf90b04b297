"""A simulation in which most churn is random: learning says so, and finds no more than there is.

The data is output of the simulator in `fightchurn` by Carl Gold; it is not part of the repository. It is looked for in
CHURNSIM_DATA, else beside the repository.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from keepwell.project import Project
from keepwell.signals.catalogue import CATALOGUE
from keepwell.use_cases import lessons, runs
from keepwell.words.learning import CompanyHistory, TrainReport, TrainRequest

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("CHURNSIM_DATA") or ROOT.parent / "shared" / "data" / "churnsim")
CREDIBLE = 0.67  # AUC on monthly plans; more can only be a leak
READ = {"contract_expiring", "days_to_decision", "feature_adoption", "usage_change_90d", "active_weeks", "mrr", "seats"}
HISTORY = CompanyHistory(leave_out=tuple(CATALOGUE.keys() - READ))  # few signals: all would take a minute to read

pytestmark = pytest.mark.skipif(
    not (DATA / "subscription.csv").is_file(), reason="the churnsim tables are not here (CHURNSIM_DATA)"
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example, copied so that nothing is written beside it, and its tables read without a row left over."""
    folder = tmp_path_factory.mktemp("churnsim") / "project"
    shutil.copytree(ROOT / "examples" / "churnsim", folder, ignore=shutil.ignore_patterns(".keepwell", "data"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHURNSIM_DATA", str(DATA))
        found = runs.open_project(folder)
        report = runs.ingest(found)
    assert {table.kind: table.accepted for table in report.tables} == {
        "account": 3_519,
        "subscription": 10_557,
        "usage": 216_177,
    }
    assert report.quarantined == 0
    return found


@pytest.fixture(scope="module")
def report(project: Project, tmp_path_factory: pytest.TempPathFactory) -> TrainReport:
    return lessons.train(TrainRequest(HISTORY, "learned", tmp_path_factory.mktemp("learned")), project)


def test_few_losses_teach_a_card_that_may_only_diagnose(report: TrainReport) -> None:
    assert (report.events, report.rung, report.authority) == (77, "eight signals", "diagnose")
    assert report.leaks == ()
    assert {one.code: one.count for one in report.contradictions} == {"usage.after_end": 435}


def test_the_evaluation_says_plainly_that_there_is_little_to_learn(report: TrainReport) -> None:
    assert report.evaluation is not None
    auc = report.evaluation.predictors[0].estimate("auc")
    assert auc.low < 0.6 < auc.high
    interval = f"AUC {auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f})"
    assert any("to learn here" in note and interval in note for note in report.evaluation.notes)


def test_monthly_plans_are_ranked_no_better_than_is_credible(report: TrainReport) -> None:
    assert report.evaluation is not None
    monthly = next(one for one in report.evaluation.segments if one.segment == "monthly")
    assert monthly.auc is not None
    assert monthly.auc.low <= 0.5 < monthly.auc.high
    assert monthly.auc.value <= CREDIBLE
    assert any(note.startswith("within monthly nothing certain is told: AUC") for note in report.evaluation.notes)
