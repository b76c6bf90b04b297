"""A score that a person set, in whole runs: it stands from its day on, beside the card's own, and changes nothing kept."""

from __future__ import annotations

import json
from datetime import date

import pytest

from keepwell import portfolio
from keepwell.book.scorer import Scorer
from keepwell.cli import run
from keepwell.deciding import standings
from keepwell.feedback import audit
from keepwell.use_cases import actions, remarks, runs
from keepwell.use_cases.remarks import OverrideRequest
from keepwell.words.decision import Kind, Mode, Status, Transition
from keepwell.words.report import BookQuery
from keepwell.words.score import RowKind, Score, State
from tests.decisions.fallen import BASELINE, FELL, LAST
from tests.small_project import SmallProject

AFTER = date(2026, 3, 22)


def command(small: SmallProject, *words: str) -> int:
    return run([*words, "--project", str(small.project.folder)])


def told(small: SmallProject) -> list[Transition]:
    return list(standings.transitions(Scorer(small.project).state, "small", BASELINE, date(2026, 12, 31)))


def scored(small: SmallProject, day: date, account: str = "A") -> Score:
    return runs.explain(small.project, account, as_of=day).score


@pytest.fixture
def pinned(small: SmallProject) -> SmallProject:
    """On the morning of the 20th, before A falls, Olga sets 90 through the 21st."""
    small.today = str(BASELINE)
    remarks.override(small.project, OverrideRequest("Alpha", "new sponsor", "Olga", LAST, score=90))  # type: ignore[arg-type]
    small.today = str(LAST)
    return small


def test_a_set_score_stands_on_its_days_only_and_its_rows_sum_to_it_exactly(pinned: SmallProject) -> None:
    kept = pinned.kept(str(LAST))
    pinned.score()
    assert pinned.kept(str(LAST)) == kept, "what is kept is the card's own"
    assert scored(pinned, BASELINE).override is None
    for day in (FELL, LAST):
        found = scored(pinned, day)
        own = found.by_card
        assert (found.score_milli, found.tier, own.tier) == (90_000, "good", "bad")
        assert own.score_milli == pinned.kept(str(day))["A"]["score_milli"]
        assert sum(row.points_milli for row in found.evidence) == found.score_milli
        row = found.evidence[-1]
        assert row.kind is RowKind.OVERRIDE
        assert row.reason == "Set to 90.0 by Olga until 2026-03-21: new sponsor"
        assert scored(pinned, day, "B").override is None
    pinned.today = str(AFTER)
    assert scored(pinned, AFTER).override is None, "its last day is over"
    change = runs.explain(pinned.project, "A", as_of=FELL, since=BASELINE).change
    assert change is not None
    assert change.after_milli == 90_000
    assert sum(cause.points_milli for cause in change.causes) == 90_000 - (change.before_milli or 0)
    assert change.causes[-1].name == "override"
    assert change.causes[-1].points_milli == 90_000 - (scored(pinned, FELL).by_card.score_milli or 0)


def test_the_book_lists_what_is_set_and_says_what_the_card_says(pinned: SmallProject) -> None:
    own = pinned.kept(str(LAST))["A"]
    [found] = portfolio.book(pinned.project, BookQuery(as_of=LAST, where="score = 90 and tier = 'good'")).rows
    assert (found.account_id, found.score_milli, found.tier) == ("A", 90_000, "good")
    assert (found.model_milli, found.model_tier) == (own["score_milli"], "bad")
    assert found.reason == "Set to 90.0 by Olga until 2026-03-21: new sponsor"
    week_ago = pinned.kept("2026-03-14")["A"]["score_milli"]
    assert found.delta7_milli == 90_000 - week_ago
    [other] = portfolio.book(pinned.project, BookQuery(as_of=LAST, where="score <> 90")).rows
    assert (other.account_id, other.model_milli, other.override) == ("B", other.score_milli, None)


def test_a_fall_under_a_set_score_is_told_as_a_drop_and_as_a_risk_once_the_set_score_ends(pinned: SmallProject) -> None:
    pinned.decide(BASELINE, FELL, LAST)
    assert [(one.kind, one.mode) for one in told(pinned)] == [(Kind.DROP, Mode.LIVE), (Kind.WEEKLY_DROP, Mode.LIVE)]
    found = standings.standings(Scorer(pinned.project).state, "small")["A"]
    assert (found.status, found.score_milli, found.delta30_milli is not None) == (Status.STEADY, 90_000, True)
    assert found.by_card is not None
    assert (found.by_card.status, found.by_card.in_force) == (Status.AT_RISK, True)
    pinned.today = str(AFTER)
    pinned.decide(AFTER)
    at_risk = told(pinned)[-1]
    assert (at_risk.kind, at_risk.mode, at_risk.as_of) == (Kind.AT_RISK, Mode.LIVE, AFTER)


def test_a_risk_that_only_a_person_set_says_who_and_alerts_nobody(
    small: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    small.today = str(BASELINE)
    words = ["--score", "10", "--reason", "they told me", "--by", "Olga", "--until", "2026-04-30"]
    assert command(small, "override", "Beta", *words) == 0
    assert "Override 1 of B counts from 2026-03-20 through 2026-04-30; the card says" in capsys.readouterr().out
    small.today = str(LAST)
    small.decide(BASELINE, FELL)
    one = next(one for one in told(small) if one.account_id == "B")
    assert (one.kind, one.mode, one.override, one.reason.code) == (Kind.AT_RISK, Mode.OVERRIDE, "1", "override")
    assert one.reason.text == "Set to 10.0 by Olga until 2026-04-30: they told me"
    assert one.model_tier == "good"
    assert {row.account_id for row in actions.list_alerts(small.project).alerts} == {"A"}
    assert command(small, "transitions", "--as-of", str(FELL), "--since", str(FELL)) == 0
    assert "at risk (set by a person)" in capsys.readouterr().out


def test_a_newer_override_takes_the_place_of_the_older_and_can_be_taken_back(
    small: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    small.today = str(BASELINE)
    until = ["--until", "2026-04-30", "--by", "Olga", "--reason", "r"]
    assert command(small, "override", "A", "--score", "10", *until) == 0
    assert command(small, "override", "A", "--tier", "bad", *until, "--json") == 0
    capsys.readouterr()
    shown = scored(small, FELL)
    assert (shown.tier, shown.score_milli) == ("bad", shown.by_card.score_milli)
    assert (shown.state, shown.evidence[-1].points_milli) == (State.SCORED, 0)
    assert command(small, "override", "--end", "2", "--by", "Max", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["written"]["number"], report["written"]["ended"]) == ("2", "2026-03-20")
    assert [(row["number"], row["in_force"]) for row in report["overrides"]] == [("2", False), ("1", False)]
    assert scored(small, FELL).override is None
    with Scorer(small.project).state.engine.connect() as connection:
        acts = [(row.act, row.author) for row in audit.newest(connection, "A", 9)]
    assert acts == [("override.end", "Max"), ("override.write", "Olga"), ("override.write", "Olga")]


def test_an_account_without_a_score_is_scored_by_a_person(small: SmallProject) -> None:
    small.write(
        "scorecards/small.yml", "scorecard: small\nform: weighted\nmin_coverage: 50\nmeasures: {csm_pulse: 1}\n"
    )
    remarks.override(small.project, OverrideRequest("B", "I know them", "Olga", date(2026, 4, 9), score=70))  # type: ignore[arg-type]
    shown = scored(small, date(2026, 4, 1), "B")
    assert (shown.state, shown.score_milli, shown.by_card.state) == (State.SCORED, 70_000, State.UNSCORED)
    assert sum(row.points_milli for row in shown.evidence) == 70_000


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("A --score 10", "an override needs --reason, --by, --until; see"),
        ("A --until 2026-05-01 --by O --reason r", "an override sets a score or a tier; one of --score and --tier"),
        (
            "A --score 101 --until 2026-05-01 --by O --reason r",
            "--score: 101 is off the scale of small; expected 0 to 100",
        ),
        (
            "A --score much --until 2026-05-01 --by O --reason r",
            "--score: 'much' is no number; expected points, as in 62.5",
        ),
        ("A --tier god --until 2026-05-01 --by O --reason r", "--tier: small has no tier 'god'; did you mean 'good'?"),
        ("A --score 10 --until 2026-03-01 --by O --reason r", "--until: 2026-03-01 is over; today is 2026-04-01"),
        (
            "A --score 9 --until 2026-05-01 --by O --reason r --scorecard smal",
            "'smal' is no card of this project; did you",
        ),
        ("--end 9 --by O", "no override 9; 'keepwell override' lists them"),
        ("--end 9", "taking an override back needs --by"),
    ],
)
def test_an_override_that_cannot_be_is_told_in_one_line(
    small: SmallProject, capsys: pytest.CaptureFixture[str], words: str, line: str
) -> None:
    assert command(small, "override", *words.split()) == 2
    assert line in capsys.readouterr().err
