"""A challenger that leads, one that is watched, and the way back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from keepwell import lessons
from keepwell.cli import run
from keepwell.learning import papers
from keepwell.learning.samples.leaks import LABELS
from keepwell.scoring import scorecard
from keepwell.words.learning import Compared, Estimate, Evaluation, Leak, TrainReport
from tests.small_project import CARD, SmallProject

CHALLENGER = """scorecard: challenger
form: points
baseline: 60
tiers: {good: 70, bad: 0}
measures: {account_age: {bands: [{below: 100, points: 0}, {points: 20}]}}
"""


def examined(low: float, champion: str = CARD, authority: str = "prioritise") -> TrainReport:
    """What training would have said of the challenger against a champion."""
    compared = scorecard.loads(champion)
    evaluation = Evaluation(
        "challenger", 500, 60, 0.1, "5 folds", (), (("expert card", Estimate(0.02, low, 0.04)),), (), (), (), (), ()
    )
    return TrainReport(
        "challenger", "full table", authority, ("why",), None, None, 500, 60, 0.1, evaluation=evaluation,
        compared_with=Compared(compared.scorecard, papers.hash_of(compared)),
    )  # fmt: skip


def learned(folder: Path, report: TrainReport, text: str = CHALLENGER) -> str:
    """The challenger's file with its model card beside it."""
    card = scorecard.loads(text)
    return str(papers.write_card(folder, card, replace(report, scorecard=card.scorecard)).file)


@pytest.fixture
def few_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three days instead of 66, where the past is not what is asked about."""
    monkeypatch.setattr(lessons, "PAST_DAYS", 2)


@pytest.fixture
def small(tmp_path: Path) -> SmallProject:
    """A project whose own card has scored March's last day."""
    project = SmallProject(tmp_path / "project")
    project.settings["scorecard"] = "small  # ours since 2024"
    project.ingest()
    project.score()
    return project


def promote(small: SmallProject, challenger: str, *more: str) -> int:
    return run(["promote", challenger, "--by", "Ada", "--project", str(small.folder), *more])


def test_a_promoted_card_leads_and_has_its_past_scored(
    small: SmallProject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert promote(small, learned(tmp_path / "learned", examined(0.01)), "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["headline_before"], report["shadow"], report["days_scored"]) == ("small", False, 66)
    assert "scorecard: challenger\n" in (small.folder / "keepwell.yml").read_text(encoding="utf-8")
    card = scorecard.loads((small.folder / "scorecards" / "challenger.yml").read_text(encoding="utf-8"))
    assert (card.approved_by, card.replaces) == ("Ada", "small")
    small.settings["scorecard"] = "challenger"
    assert small.kept("2026-03-31")["A"]["score_milli"] == 80_000
    assert small.kept("2026-01-25")["A"]["score_milli"] == 80_000


@pytest.mark.usefixtures("few_days")
def test_rolling_back_lets_the_card_before_lead_again(
    small: SmallProject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    promote(small, learned(tmp_path / "learned", examined(0.01)))
    back = ["rollback", "--by", "Bo", "--project", str(small.folder)]
    assert run(back) == 0
    assert "small leads again; challenger was withdrawn by Bo" in capsys.readouterr().out
    assert "scorecard: small\n" in (small.folder / "keepwell.yml").read_text(encoding="utf-8")
    assert "withdrawn_by: Bo" in (small.folder / "scorecards" / "challenger.yml").read_text(encoding="utf-8")
    assert run(back) == 2
    assert "'small' has replaced no card" in capsys.readouterr().err


@pytest.mark.usefixtures("few_days")
def test_a_card_of_the_same_name_is_kept_and_comes_back(small: SmallProject, tmp_path: Path) -> None:
    own = small.folder / "scorecards" / "small.yml"
    better = CHALLENGER.replace("scorecard: challenger", "scorecard: small")
    assert promote(small, learned(tmp_path / "learned", examined(0.01), better)) == 0
    assert "baseline: 60" in own.read_text(encoding="utf-8")
    assert own.with_name("small.yml.before-1").read_text(encoding="utf-8") == CARD
    assert run(["rollback", "--by", "Bo", "--project", str(small.folder)]) == 0
    assert own.read_text(encoding="utf-8") == CARD
    assert "baseline: 60" in own.with_name("small.yml.before-2").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (examined(-0.001), "'challenger' is not better than 'small' beyond noise: AUC +0.020 (-0.001 to +0.040)"),
        (
            examined(0.01, CARD.replace("days_since_use: 1", "days_since_use: 2")),
            "it was not compared with 'small' as it is, but with 'small'",
        ),
        (examined(0.01, authority="diagnose"), "'challenger' may only diagnose: why"),
    ],
)
def test_a_challenger_leads_only_if_it_is_better_beyond_noise_than_the_card_that_leads(
    small: SmallProject, tmp_path: Path, capsys: pytest.CaptureFixture[str], report: TrainReport, said: str
) -> None:
    settings = (small.folder / "keepwell.yml").read_text(encoding="utf-8")
    assert promote(small, learned(tmp_path / "learned", report)) == 3
    assert said in capsys.readouterr().err
    assert (small.folder / "keepwell.yml").read_text(encoding="utf-8") == settings
    assert not (small.folder / "scorecards" / "challenger.yml").exists()


@pytest.mark.usefixtures("few_days")
def test_a_shadow_is_scored_beside_the_card_that_leads(small: SmallProject, tmp_path: Path) -> None:
    assert promote(small, learned(tmp_path / "learned", examined(-0.5, authority="diagnose")), "--shadow") == 0
    assert "scorecard: small" in (small.folder / "keepwell.yml").read_text(encoding="utf-8")
    small.settings["scorecard"] = "challenger"
    assert small.kept("2026-03-31")["A"]["score_milli"] == 80_000


def test_a_card_that_was_changed_after_its_examination_is_not_even_a_shadow(
    small: SmallProject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = learned(tmp_path / "learned", examined(0.01))
    Path(file).write_text(CHALLENGER.replace("points: 20", "points: 30"), encoding="utf-8")
    assert promote(small, file, "--shadow") == 2
    assert "changed after it was examined" in capsys.readouterr().err


@pytest.mark.parametrize("how", [(), ("--shadow",)])
def test_a_card_that_rests_on_contradictory_labels_is_not_promoted(
    small: SmallProject, tmp_path: Path, capsys: pytest.CaptureFixture[str], how: tuple[str, ...]
) -> None:
    text = "the labels contradict each other: accounts with a churn event that are not marked churned: 277"
    report = replace(examined(0.01), leaks=(Leak(LABELS, None, text, 1.0),))
    assert promote(small, learned(tmp_path / "learned", report), *how) == 3
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1
    assert f"rests on labels nobody can trust: {text}; correct the sources and train again" in told
    assert not (small.folder / "scorecards" / "challenger.yml").exists()
