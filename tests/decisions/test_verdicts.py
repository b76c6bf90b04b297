"""What people say of scores and alerts waits in one queue until the change that came of it is named."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest

from keepwell.book.scorer import Scorer
from keepwell.cli import run
from keepwell.deciding import alerts
from keepwell.feedback import audit, verdicts
from keepwell.state import State
from keepwell.use_cases import actions, remarks
from keepwell.use_cases.actions import Handled
from keepwell.words.alert import Handling
from keepwell.words.verdict import Cause, ChangeOf, Said, Verdict
from tests.decisions.fallen import BASELINE, FELL, apart
from tests.small_project import SmallProject

NOW = datetime(2026, 3, 21, 8)
ONE = Verdict(0, "A", "card", FELL, Said.FALSE_ALARM, "champion.poor", "on leave", "Ana", NOW, Cause.MODEL, 7, 40_000)


@pytest.fixture
def fallen(small: SmallProject) -> SmallProject:
    """The morning after A fell; its alerts are 1 (at risk) and 2 (drop), in some order."""
    small.today = str(FELL)
    small.decide(BASELINE, FELL)
    return apart(small)


def command(small: SmallProject, *words: str) -> int:
    return run([*words, "--project", str(small.project.folder)])


def answer(small: SmallProject, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert command(small, "verdict", *words, "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_verdict_is_read_back_whole_settled_once_and_on_record(state_url: str) -> None:
    state = State(state_url)
    with state.engine.begin() as connection:
        kept = verdicts.add(connection, ONE)
        right = verdicts.add(connection, Verdict(0, "B", "card", FELL, Said.RIGHT, "", "", "Ana", NOW))
    assert verdicts.every(state) == (kept, right)
    assert (kept.number, kept.is_open, right.is_open) == (1, True, False)
    settled = verdicts.settle(state, 1, ChangeOf.SCORECARD, "commit 12ab", ("Rita", NOW))
    assert verdicts.every(state)[0] == settled
    assert not settled.is_open
    with pytest.raises(Exception, match="no open verdict 1"):
        verdicts.settle(state, 1, ChangeOf.PLAYBOOK, "again", ("Rita", NOW))
    with state.engine.connect() as connection:
        acts = [row.act for row in audit.newest(connection, "A", 9)]
    assert acts == ["verdict.settle", "verdict.write"]


def test_a_false_alarm_is_one_verdict_whichever_command_says_so(
    fallen: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = [row.number for row in actions.list_alerts(fallen.project).alerts]
    assert command(fallen, "alerts", "--false-alarm", str(numbers[0]), "--by", "Olga", "--note", "a test ticket") == 0
    found = answer(
        fallen,
        capsys,
        f"alert:{numbers[1]}",
        "false_alarm",
        "--by",
        "Olga",
        "--cause",
        "data_quality",
        "--code",
        "champion.poor",
    )
    assert actions.list_alerts(fallen.project).alerts == ()
    assert [one["alert"] for one in found["queue"]] == numbers
    assert [(one["verdict"], one["account_id"], one["code"]) for one in found["queue"]] == [
        ("false_alarm", "A", "ticket_pressure.watch"),
        ("false_alarm", "A", "champion.poor"),
    ]
    assert found["written"]["cause"] == "data_quality"
    alert = alerts.found(Scorer(fallen.project).state, numbers[0])
    assert alert is not None
    assert (alert.handling, alert.told_at, alert.acted_at, alert.done_at) == (Handling.FALSE_ALARM, NOW, NOW, NOW)
    again = answer(fallen, capsys, str(numbers[0]), "right", "--by", "Max")
    assert (again["written"]["verdict"], len(again["queue"])) == ("right", 2), "one that is done with can be judged too"


def test_a_missed_risk_is_said_of_an_account_and_settled_by_a_named_change(
    fallen: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["Beta", "missed_risk", "--by", "Olga", "--cause", "blind_spot", "--note", "their CFO left"]
    found = answer(fallen, capsys, *words, "--code", "champion.poor")
    written = found["written"]
    assert (written["account_id"], written["as_of"], written["code"]) == ("B", str(FELL), "champion.poor")
    assert written["score_milli"] == written["score"] * 1000 > 0
    assert command(fallen, "verdict") == 0
    assert "missed risk" in capsys.readouterr().out
    assert command(fallen, "verdict", *words, "--code", "champion.poor") == 2
    assert "Olga has said so already: verdict 1 is missed risk" in capsys.readouterr().err
    done = answer(fallen, capsys, "--settle", "1", "--change", "crm_sync", "--ref", "commit 12ab", "--by", "Rita")
    assert (done["queue"], done["written"]["change"], done["written"]["settled_by"]) == ([], "crm_sync", "Rita")
    assert command(fallen, "verdict", "--queue") == 0
    assert "No verdict waits for a change." in capsys.readouterr().out


def test_who_acts_first_is_when_the_clock_stops(fallen: SmallProject) -> None:
    """Who only lets it wait has not acted, and is not late before the day that it waits for."""
    number = actions.list_alerts(fallen.project).alerts[0].number
    actions.handle(fallen.project, Handled(number, Handling.SNOOZED, "Olga", date(2026, 4, 30), "on holiday"))
    waits = alerts.found(Scorer(fallen.project).state, number)
    assert waits is not None
    assert (waits.by, waits.acted_at) == ("Olga", None)
    fallen.today = "2026-04-15"
    followed = remarks.measure(fallen.project).all
    assert (followed.told, followed.waiting, followed.late, followed.hours.cases) == (2, 1, 1, 0)
    fallen.today = str(FELL)
    actions.handle(fallen.project, Handled(number, Handling.CLAIMED, "Olga"))
    fallen.today = "2026-03-24"
    actions.handle(fallen.project, Handled(number, Handling.DONE, "Olga"))
    alert = alerts.found(Scorer(fallen.project).state, number)
    assert alert is not None
    assert (alert.acted_at, alert.done_at) == (NOW, datetime(2026, 3, 25, 8))


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("A", "a verdict needs VERDICT and --by; expected one of right, false_alarm, missed_risk, wrong_reason"),
        ("A missed_risk --by O", "A was told of: alert "),
        ("A missed_risk --by O", "since 2026-03-20; judge that alert: 'keepwell verdict "),
        ("99 right --by O", "no alert 99; 'keepwell alerts' lists those that are open"),
        ("alert:1 missed_risk --by O", "alert 1 was told: it missed nothing; name the account instead"),
        ("--settle 1 --by O", "settling needs --change, --ref and --by"),
        ("--settle 1 --by O --change playbook --ref x", "no open verdict 1; 'keepwell verdict --queue' lists them"),
        ("A missed_risk --code champoin.poor --by Olga", "'champoin.poor' is no reason"),
    ],
)
def test_a_verdict_that_cannot_be_is_told_in_one_line(
    fallen: SmallProject, capsys: pytest.CaptureFixture[str], words: str, line: str
) -> None:
    assert command(fallen, "verdict", *words.split()) == 2
    assert line in capsys.readouterr().err
