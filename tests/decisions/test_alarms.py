"""What a signal tells on its own: through the same episodes, limits and alerts as a change of the score."""

from __future__ import annotations

from datetime import date

import pytest

from keepwell.book.scorer import Scorer
from keepwell.deciding import ahead, standings
from keepwell.decisions.alarm import Reading, rings
from keepwell.decisions.policy import Alarms
from keepwell.use_cases import actions
from keepwell.words.decision import Kind
from keepwell.words.problem import KeepwellError
from keepwell.words.reading import Status
from tests.decisions.days import Story
from tests.decisions.fallen import BASELINE, FELL, LAST, LIVE
from tests.small_project import SmallProject

FLAGS = """source: notes
system: crm
folder: exports
tables:
  - file: flags.csv
    facts:
      - {kind: flag, id: id, account: account, since: created, columns: {raised_day: raised, type: type, expires_day: expires}}
"""
FRESH = Status.FRESH


@pytest.mark.parametrize(
    ("kind", "value", "status", "age", "expected"),
    [
        (Kind.EARLY_DROP, -300_000, FRESH, 40, True),
        (Kind.EARLY_DROP, -299_999, FRESH, 40, None),
        (Kind.EARLY_DROP, -200_000, FRESH, 40, False),
        (Kind.EARLY_DROP, -300_000, Status.STALE, 40, None),
        (Kind.EARLY_DROP, None, Status.NOT_APPLICABLE, 91, False),
        (Kind.NO_FIRST_LOGIN, 1, FRESH, 14, True),
        (Kind.NO_FIRST_LOGIN, 0, FRESH, 14, False),
        (Kind.NO_FIRST_LOGIN, None, Status.NOT_APPLICABLE, 13, False),
        (Kind.NO_FIRST_LOGIN, None, Status.MISSING, 20, None),
        (Kind.KICKOFF_LATE, 1, FRESH, 14, True),
        (Kind.RISK_FLAG, 1, FRESH, 400, True),
        (Kind.RISK_FLAG, 0, FRESH, 400, False),
    ],
)
def test_an_alarm_rings_at_its_limit_and_is_silent_where_nothing_fresh_is_known(
    kind: Kind, value: int | None, status: Status, age: int, expected: bool | None
) -> None:
    assert rings(kind, Alarms(), Reading(value, status, age)) is expected


def test_a_policy_may_wait_longer_or_switch_an_alarm_off() -> None:
    late = Reading(1, FRESH, 20)
    assert rings(Kind.KICKOFF_LATE, Alarms(kickoff_late=21), late) is None
    assert rings(Kind.KICKOFF_LATE, Alarms(kickoff_late=False), late) is False


def test_an_alarm_that_goes_on_is_told_once_and_again_only_after_it_was_over() -> None:
    """It rings, cannot be read, rings, is over, rings."""
    story = Story().lives([90])
    for alarm in (True, None, True, False, True):
        story.lives([None], alarms={Kind.RISK_FLAG: alarm})
    told = [(t.kind, (t.as_of - date(2026, 1, 1)).days) for t in story.told if t.kind is Kind.RISK_FLAG]
    assert told == [(Kind.RISK_FLAG, 1), (Kind.RISK_FLAG, 5)]


def test_a_flag_that_is_raised_while_another_stands_is_told_once_as_well() -> None:
    story = Story().lives([90])
    for raised in (2, 2, None, 5, 5, 3):  # a flag of before, seen again once the newer one is gone, is no news
        flagged = raised and date(2026, 1, raised)
        story.lives([90], alarms={Kind.RISK_FLAG: None if raised is None else True}, flagged=flagged)
    told = [t.as_of.day for t in story.told if t.kind is Kind.RISK_FLAG]
    assert told == [2, 5]


def test_what_rings_on_the_first_day_is_no_news() -> None:
    assert Story().lives([90, 90], alarms={Kind.NO_FIRST_LOGIN: True}).told == []


def test_a_flag_is_an_alert_of_its_own_until_it_expires(small: SmallProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """B stands well; a competitor is noted on the 20th, through the 20th; of A another one, and a merger the day after.

    The flags are read by a statement of their own, as of a large book; most tests read them with the day's falls.
    """
    monkeypatch.setattr(ahead, "AT_ONCE", 0)
    actions.transitions(small.project, as_of=BASELINE)
    small.write("sources/notes.yml", FLAGS)
    flags = "id,account,raised,type,expires\n1,B,2026-03-20,competitor,2026-03-20\n2,A,2026-03-20,competitor,\n"
    small.write("exports/flags.csv", flags)
    small.today = str(FELL)
    small.ingest()
    report = actions.transitions(small.project)
    [told] = [one for one in report.cards[0].transitions if one.account_id == "B"]
    assert (told.kind, told.reason.code, told.reason.signal) == (Kind.RISK_FLAG, "risk_flag.poor", "risk_flag")
    assert told.reason.text == "Open risk flag: competitor, raised 2026-03-20"
    assert "B" in {row.account_id for row in actions.list_alerts(small.project).alerts}
    small.write("exports/flags.csv", f"{flags}3,A,2026-03-21,merger,\n")
    small.ingest()
    small.today = str(LAST)
    [another] = actions.transitions(small.project).cards[0].transitions
    assert (another.account_id, another.kind, another.reason.text) == (
        *("A", Kind.RISK_FLAG),
        "Open risk flag: merger, raised 2026-03-21",
    )
    assert [row.told for row in actions.list_alerts(small.project).alerts if row.episode == LAST] == ["alert"]
    assert "B" not in {row.account_id for row in actions.list_alerts(small.project).alerts}
    assert standings.standings(Scorer(small.project).state, "small")["B"].episodes == {}


def test_a_limit_out_of_reach_is_refused_with_its_place(small: SmallProject) -> None:
    small.write("policy/ours.yml", f"{LIVE}alarms: {{kickoff_late: 3}}\n")
    with pytest.raises(KeepwellError, match=r"ours.yml:\d+:\d+: "):
        small.decide(BASELINE)
