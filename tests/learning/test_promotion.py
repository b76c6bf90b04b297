"""A challenger that leads, one that is watched, and the way back."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path

import pytest

from keepwell.book.scorer import Scorer
from keepwell.book.shelf import stored_days
from keepwell.cli import run
from keepwell.deciding import agreements
from keepwell.feedback import audit
from keepwell.learning import papers, succession
from keepwell.learning.samples.leaks import LABELS
from keepwell.project import Project, packaged_scorecards
from keepwell.scoring import scorecard
from keepwell.show.evaluation import compared_sentence, show_training
from keepwell.show.evaluation_page import page
from keepwell.show.screen import screen
from keepwell.use_cases import promoting, runs
from keepwell.words.learning import Compared, Estimate, Evaluation, Leak, TrainReport
from keepwell.words.problem import KeepwellError
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
        compared_with=Compared(compared.scorecard, scorecard.fingerprint(compared)),
    )  # fmt: skip


def not_yet(report: TrainReport) -> TrainReport:
    """The same of a champion that was learned from all the months."""
    assert report.evaluation is not None
    assert report.compared_with is not None
    compared = replace(report.compared_with, since="2026-05-29")
    return replace(report, evaluation=replace(report.evaluation, beats=()), compared_with=compared)


def test_the_report_says_on_which_months_it_was_compared_with_a_card_that_outcomes_had_made() -> None:
    report = examined(0.01)
    assert report.compared_with is not None
    dated = replace(report, compared_with=replace(report.compared_with, since="2026-05-29"))
    said = "compared with 'small' on months from 2026-05-29 on: outcomes of earlier ones had a say in it"
    assert (compared_sentence(report), compared_sentence(dated)) == (None, said)
    assert dated.evaluation is not None
    assert said in unescape(page(dated.evaluation, trained=dated))
    said = "not compared with 'small': only months from 2026-05-29 on are new to it, and too few of them are certain"
    assert compared_sentence(not_yet(report)) == said


def test_many_signals_left_out_for_one_reason_are_told_by_some_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    why = "no customer has a fresh reading of it"
    show_training(replace(examined(0.01), left_out=tuple((f"s{n}", why) for n in range(60)), evaluation=None), screen())
    told = " ".join(capsys.readouterr().out.split())
    assert f"no signal: s0, s1, s2, s3, s4, s5, s6, s7 and 52 more (the model card lists them): {why}" in told


def learned(folder: Path, report: TrainReport, text: str = CHALLENGER) -> str:
    """The challenger's file with its model card beside it."""
    card = scorecard.loads(text)
    return str(papers.write_card(folder, card, replace(report, scorecard=card.scorecard)).file)


@pytest.fixture
def few_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three days instead of 66, where the past is not what is asked about."""
    monkeypatch.setattr(promoting, "PAST_DAYS", 2)


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose own card has scored March's last day."""
    project = SmallProject(tmp_path_factory.mktemp("scored"))
    project.settings["scorecard"] = "small  # ours since 2024"
    project.ingest()
    project.score()
    return project.folder


@pytest.fixture
def small(scored: Path, tmp_path: Path) -> SmallProject:
    """A copy of it for one test."""
    return SmallProject(Path(shutil.copytree(scored, tmp_path / "project")), settings={"scorecard": "small"})


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


def silent(small: SmallProject) -> list[str]:
    """The cards that tell nobody, however long they have been decided; a card of somebody else's question tells."""
    small.write("scorecards/other.yml", CARD.replace("scorecard: small", "scorecard: other"))
    project = Project.open(small.folder)
    agreed = agreements.policies(project, Scorer(project).cards)
    return [name for name, one in agreed.items() if one.rehearses(date(2024, 1, 1), date(2026, 4, 1))]


@pytest.mark.usefixtures("few_days")
def test_rolling_back_lets_the_card_before_lead_again(
    small: SmallProject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    promote(small, learned(tmp_path / "learned", examined(0.01), f"{CHALLENGER}trained: {{rung: full table}}\n"))
    assert silent(small) == ["small"], "the card that was replaced"
    back = ["rollback", "--by", "Bo", "--project", str(small.folder)]
    assert run(back) == 0
    assert silent(small) == ["challenger"], "the card that was withdrawn"
    assert "small leads again; challenger was withdrawn by Bo" in capsys.readouterr().out
    assert "scorecard: small\n" in (small.folder / "keepwell.yml").read_text(encoding="utf-8")
    assert "withdrawn_by: Bo" in (small.folder / "scorecards" / "challenger.yml").read_text(encoding="utf-8")
    assert run(back) == 2
    assert "'small' has replaced no card" in capsys.readouterr().err


@pytest.mark.usefixtures("few_days")
def test_a_card_that_led_from_where_training_wrote_it_may_lead_again_after_a_rollback(
    small: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    """What promotion and rollback noted in it is no change of what was examined."""
    given = learned(small.folder / "scorecards", examined(0.01))
    for by in ("Bo", "Cy"):
        assert promote(small, given) == 0
        assert Scorer(Project.open(small.folder)).headline().compiled.plan.card.withdrawn_by is None
        assert run(["rollback", "--by", by, "--project", str(small.folder)]) == 0
        assert f"challenger was withdrawn by {by}" in capsys.readouterr().out
    Path(given).write_text(
        Path(given).read_text(encoding="utf-8").replace("points: 20", "points: 30"), encoding="utf-8"
    )
    assert promote(small, given) == 2
    assert "changed after it was examined" in capsys.readouterr().err


@pytest.mark.usefixtures("few_days")
def test_a_challenger_was_compared_with_the_card_that_leads_whoever_let_that_lead(
    small: SmallProject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ada's promotion was taken back, and the same card leads again by Cy."""
    given, folder = learned(tmp_path / "learned", examined(0.01)), str(small.folder)
    assert promote(small, given) == 0
    champion = (small.folder / "scorecards/challenger.yml").read_text(encoding="utf-8")
    rival = learned(tmp_path / "rival", examined(0.01, champion), CHALLENGER.replace("challenger", "rival"))
    assert run(["rollback", "--by", "Bo", "--project", folder]) == 0
    assert run(["promote", given, "--by", "Cy", "--project", folder]) == 0
    assert promote(small, rival) == 0, capsys.readouterr().err


@pytest.mark.usefixtures("few_days")
def test_of_two_who_promote_at_once_one_leads_and_the_other_is_told_so(
    small: SmallProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bo comes while Ada's past is scored, and again with what was read before she was done."""
    ours = learned(tmp_path / "ours", examined(0.01))
    theirs = learned(tmp_path / "theirs", examined(0.01), CHALLENGER.replace("challenger", "rival"))
    before, backfill = Project.open(small.folder), runs.backfill

    def meanwhile(project: Project, since: date, until: date) -> object:
        monkeypatch.setattr(runs, "backfill", backfill)
        with pytest.raises(KeepwellError, match=r"another run is changing which card leads .*wait until it has ended"):
            promoting.promote(before, Path(theirs), "Bo")
        with pytest.raises(KeepwellError, match="another run is changing which card leads"):
            promoting.roll_back(before, "Bo")
        return backfill(project, since, until)

    monkeypatch.setattr(runs, "backfill", meanwhile)
    assert promote(small, ours) == 0
    assert (small.folder / "scorecards/challenger.yml").is_file()
    with pytest.raises(KeepwellError, match="it was not compared with 'challenger' as it is, but with 'small'"):
        promoting.promote(before, Path(theirs), "Bo")
    assert Project.open(small.folder).config.scorecard == "challenger"
    assert not (small.folder / "scorecards/rival.yml").exists()


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


class PowerCutError(BaseException):
    """The process ends here."""


def cut(*_: object, **__: object) -> None:
    raise PowerCutError


@pytest.mark.usefixtures("few_days")
@pytest.mark.parametrize("name", ["challenger", "small"])
def test_a_promotion_that_was_cut_short_shows_nothing_half_done_and_is_finished_by_the_same_command(
    small: SmallProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    given = learned(tmp_path / "learned", examined(0.01), CHALLENGER.replace("challenger", name))
    folder = small.folder / "scorecards"

    for owner, step in ((runs, "backfill"), (succession, "placed"), (Project, "rewrite"), (audit, "note")):
        with monkeypatch.context() as patched:
            patched.setattr(owner, step, cut)
            with pytest.raises(PowerCutError):
                promoting.promote(Project.open(small.folder), Path(given), "Ada")
        leads = Scorer(Project.open(small.folder)).headline()
        new = leads.compiled.plan.card.approved_by == "Ada"
        assert new is (step == "note" or (step == "rewrite" and name == "small"))
        kept = stored_days(Scorer(Project.open(small.folder)), leads.recipe.table)
        assert not new or len(kept) == 3, "a card that leads always has its past"
    assert promote(small, given) == 0
    assert promote(small, given) == 0, "once more changes nothing"
    assert Project.open(small.folder).config.scorecard == name
    assert {file.name for file in folder.glob("*.yml")} == {"small.yml", f"{name}.yml"}
    assert [file.name for file in folder.glob("*.before-*")] == ["small.yml.before-1"] * (name == "small")
    with Scorer(Project.open(small.folder)).state.engine.begin() as connection:
        assert [row.act for row in audit.newest(connection, None, 9)] == ["promote"]


@pytest.mark.usefixtures("few_days")
@pytest.mark.parametrize("name", ["second", "first"])
def test_a_rollback_that_was_cut_short_is_finished_by_the_same_command_and_noted_once(
    small: SmallProject,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    """The card before was promoted too: what is done twice would roll back twice."""
    first = CHALLENGER.replace("challenger", "first")
    assert promote(small, learned(tmp_path / "learned", examined(0.01), first)) == 0
    before = (small.folder / "scorecards" / "first.yml").read_text(encoding="utf-8")
    given = CHALLENGER.replace("challenger", name).replace("baseline: 60", "baseline: 50")
    second = learned(tmp_path / "second", examined(0.01, before), given)
    assert promote(small, second) == 0
    for owner, step in ((runs, "backfill"), (succession, "withdrawn"), (Project, "rewrite"), (audit, "note")):
        with monkeypatch.context() as patched:
            patched.setattr(owner, step, cut)
            with pytest.raises(PowerCutError):
                promoting.roll_back(Project.open(small.folder), "Bo")
        if step == "rewrite" and name == "second":  # withdrawn, and still the headline card
            assert promote(small, second) == 2
            assert "was withdrawn by Bo, but still leads: that rollback was cut short" in capsys.readouterr().err
    back = promoting.roll_back(Project.open(small.folder), "Cy")
    assert (back.scorecard, back.by, back.days_scored) == ("first", "Bo", 3)
    assert Project.open(small.folder).config.scorecard == "first"
    assert (small.folder / "scorecards" / "first.yml").read_text(encoding="utf-8") == before
    with Scorer(Project.open(small.folder)).state.engine.begin() as connection:
        assert [(row.act, row.author) for row in audit.newest(connection, None, 2)] == [
            ("rollback", "Bo"), ("promote", "Ada"),
        ]  # fmt: skip
    again = promoting.roll_back(Project.open(small.folder), "Cy")
    assert (again.scorecard, again.by) == ("small", "Cy"), "the next one is a rollback of its own"


@pytest.mark.usefixtures("few_days")
def test_a_packaged_card_that_led_comes_back_though_the_challenger_has_its_name(
    small: SmallProject, tmp_path: Path
) -> None:
    small.settings["scorecard"] = "default-ten"
    packaged = packaged_scorecards()["default-ten"].read_text(encoding="utf-8")
    given = learned(tmp_path / "new", examined(0.01, packaged), CHALLENGER.replace("challenger", "default-ten"))
    promoting.promote(small.project, Path(given), "Ada")
    assert Scorer(Project.open(small.folder)).headline().compiled.plan.card.approved_by == "Ada"
    promoting.roll_back(Project.open(small.folder), "Bo")
    assert (small.folder / "scorecards" / "default-ten.yml").read_text(encoding="utf-8") == packaged
    assert Scorer(Project.open(small.folder)).headline().compiled.plan.card.approved_by is None


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (examined(-0.001), "'challenger' is not better than 'small' beyond noise: AUC +0.020 (-0.001 to +0.040)"),
        (
            examined(0.01, CARD.replace("days_since_use: 1", "days_since_use: 2")),
            "it was not compared with 'small' as it is, but with 'small'",
        ),
        (examined(0.01, authority="diagnose"), "'challenger' may only diagnose: why"),
        (
            not_yet(examined(0.01)),
            "'small' was made from the months on which the two would be compared; train again when outcomes of months from 2026-05-29",
        ),
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
def test_a_card_that_foretells_expansion_is_watched_and_never_leads(
    small: SmallProject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its lowest tier holds those who may grow: as health it would alarm about the best customers."""
    given = learned(tmp_path / "learned", examined(0.01), f"predicts: expansion\n{CHALLENGER}")
    assert promote(small, given) == 3
    assert (
        "'challenger' foretells expansion: as the headline card it would call those who may grow"
        in capsys.readouterr().err
    )
    assert promote(small, given, "--shadow") == 0


@pytest.mark.usefixtures("few_days")
def test_a_challenger_may_be_named_from_any_folder_and_by_any_of_its_papers(
    small: SmallProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    learned(small.folder / "scorecards", examined(0.01))
    for here, given, said in (
        (tmp_path, "challenger", "challenger: file not found; expected a learned card's file; did you mean"),
        (small.folder / "scorecards", "small.yml", "small.yml: no model card beside it; expected small.model.json"),
        (tmp_path, "project", "project: this is a folder; expected a learned card's file; known: scorecards/challen"),
    ):
        monkeypatch.chdir(here)
        assert promote(small, given) == 2
        told = capsys.readouterr().err
        assert len(told.splitlines()) == 1
        assert said in told
    for here, given in (
        (small.folder / "scorecards", "challenger.yml"),  # where training wrote it, and where it is to lead
        (small.folder / "scorecards", "../scorecards/challenger.yml"),
        (tmp_path, "scorecards/challenger.model.json"),
        (tmp_path, "project/scorecards/challenger.html"),
    ):
        monkeypatch.chdir(here)
        assert promote(small, given) == 0
    assert "challenger leads already, approved by Ada" in capsys.readouterr().out
    assert not list((small.folder / "scorecards").glob("*.before-*"))


@pytest.mark.usefixtures("few_days")
def test_a_shadow_is_scored_beside_the_card_that_leads(small: SmallProject, tmp_path: Path) -> None:
    assert promote(small, learned(tmp_path / "learned", examined(-0.5, authority="diagnose")), "--shadow") == 0
    assert "scorecard: small" in (small.folder / "keepwell.yml").read_text(encoding="utf-8")
    small.settings["scorecard"] = "challenger"
    assert small.kept("2026-03-31")["A"]["score_milli"] == 80_000


@pytest.mark.parametrize("how", [(), ("--shadow",)])
def test_a_card_that_the_project_cannot_read_is_refused_before_anything_is_written(
    small: SmallProject, tmp_path: Path, capsys: pytest.CaptureFixture[str], how: tuple[str, ...]
) -> None:
    """As one learned from a table whose column has the name of a signal, with other words."""
    text = CHALLENGER.replace("account_age: {bands: [{below: 100, points: 0}, {points: 20}]}", "plan_name: {each: 1}")
    folder = small.folder / "scorecards"
    before = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
    settings = (small.folder / "keepwell.yml").read_text(encoding="utf-8")
    assert promote(small, learned(tmp_path / "learned", examined(0.01), text), *how) == 2
    assert "challenger.yml:" in capsys.readouterr().err
    assert {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()} == before
    assert (small.folder / "keepwell.yml").read_text(encoding="utf-8") == settings


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


@pytest.mark.usefixtures("few_days")
def test_a_shadow_never_takes_the_place_of_the_card_that_leads(
    small: SmallProject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = CHALLENGER.replace("scorecard: challenger", "scorecard: small")
    assert promote(small, learned(tmp_path / "learned", examined(-0.5, authority="diagnose"), again), "--shadow") == 2
    assert "'small' leads already: a shadow of that name would take its place" in capsys.readouterr().err
    assert (small.folder / "scorecards" / "small.yml").read_text(encoding="utf-8") == CARD


@pytest.mark.parametrize("paper", ["", "[]", '{"hash": "HASH"}', '{"hash": "HASH", "scorecard": "x", "report": {}}'])
def test_a_model_card_that_training_did_not_write_is_told_in_a_line(
    small: SmallProject, tmp_path: Path, capsys: pytest.CaptureFixture[str], paper: str
) -> None:
    file = Path(learned(tmp_path / "learned", examined(0.01)))
    text = paper.replace("HASH", papers.hash_of(scorecard.loads(CHALLENGER)))
    file.with_suffix(".model.json").write_text(text, encoding="utf-8")
    assert promote(small, str(file)) == 2
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1
    assert "challenger.model.json: this is no model card as training writes it; train again" in told


def test_a_gain_that_is_no_number_is_no_proof(small: SmallProject, tmp_path: Path) -> None:
    assert promote(small, learned(tmp_path / "learned", examined(float("nan")))) == 3


def test_a_model_card_cannot_give_more_authority_than_its_card_has(
    small: SmallProject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = CHALLENGER + "trained: {authority: diagnose}\n"
    assert promote(small, learned(tmp_path / "learned", examined(0.01), text)) == 2
    assert "the model card says 'prioritise', its card 'diagnose'" in capsys.readouterr().err


@pytest.mark.usefixtures("few_days")
@pytest.mark.parametrize(
    ("name", "said"), [("2026.yml", "challenger"), ("chal.yaml", "challenger"), ("x: y.yml", "null")]
)
def test_a_card_leads_under_its_own_name_whatever_its_file_was_called(
    small: SmallProject, tmp_path: Path, name: str, said: str
) -> None:
    given = Path(learned(tmp_path / "learned", examined(0.01), CHALLENGER.replace("challenger", f'"{said}"')))
    given.with_suffix(".model.json").rename(given.with_name(name).with_suffix(".model.json"))
    assert promote(small, str(given.rename(given.with_name(name)))) == 0
    assert Project.open(small.folder).config.scorecard == said
    assert {file.name for file in (small.folder / "scorecards").iterdir()} == {"small.yml", f"{said}.yml"}


def test_a_card_that_the_project_cannot_compute_changes_nothing_in_it(
    small: SmallProject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = learned(tmp_path / "learned", examined(0.01), CHALLENGER.replace("account_age", "no_such_signal"))
    before = {file: file.read_bytes() for file in small.folder.glob("*.yml")}
    assert promote(small, unknown) == 2
    assert "no_such_signal" in capsys.readouterr().err
    small.write("scorecards/other.yml", CHALLENGER)
    assert promote(small, learned(tmp_path / "learned", examined(0.01))) == 2
    assert "other.yml: a card of the project is named 'challenger' too" in capsys.readouterr().err
    assert {file.name for file in (small.folder / "scorecards").iterdir()} == {"small.yml", "other.yml"}
    assert {file: file.read_bytes() for file in small.folder.glob("*.yml")} == before


@pytest.mark.parametrize(
    ("name", "out", "said"),
    [
        ("small", "scorecards", "small.yml: this card leads the project, training would take its place"),
        ("default-ten", "scorecards", "default-ten.yml: this card leads the project, training would take its place"),
        ("other", "scorecards", "other.yaml: this file was not written by training"),
        ("own", "scorecards", "other.yaml: a card of the project is named 'own' too"),
        ("led", "scorecards", "led.yml: this card was promoted"),
        ("led", "scorecards/led.yml", "led.yml: this is no folder"),
        ("page", "elsewhere", "page.html: this file was not written by training"),
    ],
)
def test_training_overwrites_nothing_that_it_has_not_written_and_says_so_before_it_reads_anything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, out: str, said: str
) -> None:
    files = {
        "keepwell.yml": f"version: 1\nname: X\nscorecard: {'default-ten' if 'ten' in name else 'small'}\n",
        "scorecards/small.yml": CARD,
        "scorecards/other.yaml": CARD.replace("scorecard: small", "scorecard: own"),
        "scorecards/led.yml": CARD.replace("form:", "approved_by: Ada\ntrained: {rows: 9}\nform:").replace(
            "small", "led"
        ),
        "elsewhere/page.html": "<p>ours</p>",
    }
    for file, text in files.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text, encoding="utf-8")
    for source in (["--project", str(tmp_path)], ["--examples", "none.csv", "--label", "left"]):
        assert run(["train", *source, "--out", str(tmp_path / out), "--name", name]) == 2
        told = capsys.readouterr().err
        assert len(told.splitlines()) == 1
        assert said in told
    assert {f: (tmp_path / f).read_text(encoding="utf-8") for f in files} == files


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("scorecard: small # ours\r\ncurrency: EUR\r\n", "scorecard: new\r\ncurrency: EUR\r\n"),
        ('"scorecard" : small\n', "scorecard: new\n"),
        ("currency: EUR # a\r\n", "currency: EUR # a\r\nscorecard: new\r\n"),
    ],
)
def test_another_headline_card_changes_one_line_of_the_projects_file(tmp_path: Path, line: str, after: str) -> None:
    file, head = tmp_path / "keepwell.yml", "version: 1\nname: 'a # b'\n"
    file.write_bytes((head + line).encode())
    project = Project.open(tmp_path)
    project.rewrite(project.with_headline("new"))
    assert file.read_bytes().decode() == head + after
    assert Project.open(tmp_path).config.scorecard == "new"


@pytest.mark.parametrize(
    "text", ["{version: 1, name: X, scorecard: small}\n", "version: 1\nname: X\nscorecard:\n  small\n"]
)
def test_a_projects_file_whose_headline_has_no_line_of_its_own_is_not_touched(tmp_path: Path, text: str) -> None:
    (tmp_path / "keepwell.yml").write_text(text, encoding="utf-8")
    with pytest.raises(KeepwellError, match="cannot be changed without changing other lines"):
        Project.open(tmp_path).with_headline("new")


def test_rolling_back_never_goes_round_between_two_cards(tmp_path: Path) -> None:
    """The first card's name led twice: what it was before the second lies beside it, and no card may say which is meant."""
    (tmp_path / "first.yml").write_text(CHALLENGER.replace("challenger", "first"), encoding="utf-8")
    for name, leads in (("second", "first"), ("first", "second")):
        card = scorecard.loads(CHALLENGER.replace("challenger", name))
        file = tmp_path / f"{name}.yml"
        succession.placed(
            succession.approved(card, "Ada", date(2026, 4, 1), leads), file, succession.copy_of(file, file, card)
        )
    assert succession.withdrawn(tmp_path / "first.yml", "Bo", date(2026, 4, 1)) == "second"
    with pytest.raises(KeepwellError, match="'first', which it replaced, was withdrawn itself"):
        succession.withdrawn(tmp_path / "second.yml", "Bo", date(2026, 4, 1))
