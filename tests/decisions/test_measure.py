"""What came of what was told, beside what became of the accounts; actions are counted apart from proofs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from keepwell.book.scorer import Scorer
from keepwell.cli import run
from keepwell.deciding import alerts, standings
from keepwell.deciding.standings import TRANSITION
from keepwell.decisions import followup
from keepwell.feedback.overrides import OVERRIDES
from keepwell.feedback.reviews import REVIEWS
from keepwell.governance.measuring import Ends
from keepwell.use_cases import actions, remarks
from keepwell.use_cases.actions import Handled
from keepwell.use_cases.remarks import OverrideRequest, VerdictRequest
from keepwell.words.alert import Handling
from keepwell.words.decision import Kind, Mode
from keepwell.words.measure import MeasureReport
from keepwell.words.verdict import Cause, Said
from tests.decisions.fallen import BASELINE, FELL, apart
from tests.small_project import SmallProject

ENDS = """source: ends
system: billing
folder: exports
tables: [{file: ends.csv, facts: [{kind: outcome, id: id, account: account, columns: {outcome_day: day, type: type}}]}]
"""


@pytest.fixture
def matured(small: SmallProject) -> SmallProject:
    """A fell and was lost; of its two alerts one was acted on. B stays, though Olga set it to be at risk."""
    small.today = str(FELL)
    small.decide(BASELINE, FELL)
    found = {row.kind: row for row in actions.list_alerts(apart(small).project).alerts}
    remarks.override(small.project, OverrideRequest("B", "a feeling", "Olga", date(2026, 6, 1), score=Decimal(10)))
    suppressed(small)
    small.today = "2026-03-23"  # a Monday; its run is on Tuesday
    actions.handle(small.project, Handled(found[Kind.AT_RISK].number, Handling.DONE, "Olga"))
    number = str(found[Kind.DROP].number)
    remarks.verdict(small.project, VerdictRequest(number, Said.WRONG_REASON, "Olga", Cause.MODEL))
    small.write("sources/ends.yml", ENDS)
    small.write("exports/ends.csv", "id,account,day,type\n1,A,2026-04-10,churned\n")
    small.today = "2026-07-31"
    small.ingest()
    return small


def suppressed(small: SmallProject) -> None:
    """A risk of B that an exception held back, a review that was decided in a day, and two that nobody decided."""
    state = Scorer(small.project).state
    [told] = [one for one in standings.transitions(state, "small", FELL, FELL) if one.kind is Kind.AT_RISK]
    row = standings._transition_row("small", replace(told, account_id="B", mode=Mode.SUPPRESSED, suppression="1"))
    asked = {"key": "k", "kind": "guard", "account_id": "A", "title": "t", "body": "", "asked": "Olga", "version": 1}
    asked |= {"fate": "approved", "reason": "", "at": datetime(2026, 3, 23, 8), "decided_at": datetime(2026, 3, 24, 9)}
    over = asked | {
        "key": "over",
        "fate": "over",
        "reason": "the alert is over",
        "decided_at": datetime(2026, 3, 29, 9),
    }
    late = asked | {"key": "late", "fate": "open", "decided_at": None}
    with state.engine.begin() as connection:
        connection.execute(sa.insert(TRANSITION), [row])
        connection.execute(sa.insert(REVIEWS), [one | {"due": date(2026, 3, 24)} for one in (asked, over, late)])


def measured(small: SmallProject) -> MeasureReport:
    return remarks.measure(small.project, date(2026, 3, 1), date(2026, 3, 31))


def test_what_was_told_is_measured_by_what_people_did_and_what_became_of_accounts(matured: SmallProject) -> None:
    found = measured(matured)
    assert (found.all.told, found.all.kept, found.all.late, found.all.followed.hits) == (2, 1, 1, 1)
    assert [(row.name, row.told) for row in found.owners] == [("Olga", 2)]
    assert found.owners[0].hours.median == 32.0, "told on Saturday: all of Monday, and Tuesday until eight"
    [reason] = found.reasons
    assert reason.follow_up.name == "ticket_pressure.watch"
    assert (reason.false_alarms.hits, reason.false_alarms.cases) == (0, 1)
    assert found.alerts is not None
    told = found.alerts
    assert (told.certain, told.lost_after_action, told.lost_unattended, told.stayed_after_action) == (2, 1, 1, 0)
    assert (told.losses_without_alert.hits, told.losses_without_alert.cases) == (0, 0), "A was lost after March"
    assert found.suppressed is not None
    assert (found.suppressed.held_back, found.suppressed.was_right.hits, found.suppressed.was_right.cases) == (1, 0, 1)
    assert found.overrides is not None
    made = found.overrides
    assert (made.made, made.differed, made.person_right.hits, made.person_right.cases) == (1, 1, 0, 1)
    asked = found.reviews  # three questions, one over first and one open, and what the alert proposed: it was taken up
    assert (asked.asked, asked.decided, asked.open, asked.late, asked.hours.median) == (4, 2, 1, 1, 25)
    assert dict(found.verdicts.said)["wrong_reason"] == 1
    assert found.verdicts.waiting == 1


def test_a_loss_counts_once_the_horizon_is_over_as_a_stay_does() -> None:
    """Else of what was told lately only the losses would be counted."""
    day = date(2026, 3, 1)
    last = day + timedelta(days=90)
    for closed, lost in ((last - timedelta(days=1), (None, None)), (last, (True, False))):
        ends = Ends({"A": [date(2026, 3, 10)]}, closed, 90)
        assert (ends.lost("A", day), ends.lost("B", day)) == lost


def test_an_account_that_stayed_after_somebody_acted_proves_nothing(matured: SmallProject) -> None:
    matured.write("exports/ends.csv", "id,account,day,type\n1,A,2026-04-10,renewed\n")
    matured.ingest()
    matured.today = "2026-08-01"
    remarks.override(matured.project, OverrideRequest("A", "a feeling", "Olga", date(2026, 9, 1), score=Decimal(90)))
    state = Scorer(matured.project).state
    with state.engine.begin() as connection:
        of_then = sa.update(OVERRIDES).where(OVERRIDES.c.account_id == "A")
        connection.execute(of_then.values(since=FELL, model_at_risk=True))
    found = measured(matured)
    assert found.alerts is not None
    assert (found.alerts.stayed_after_action, found.alerts.stayed_unattended, found.alerts.lost_unattended) == (1, 1, 0)
    assert found.overrides is not None
    assert (found.overrides.differed, found.overrides.intervened, found.overrides.person_right.cases) == (2, 1, 1)


def fell(
    small: SmallProject, account: str, told: str, day: date = FELL, kinds: tuple[Kind, ...] = (Kind.AT_RISK,)
) -> None:
    """A fall of an account, and in which way one alert told it."""
    state = Scorer(small.project).state
    [like] = [one for one in standings.transitions(state, "small", FELL, FELL) if one.kind is Kind.AT_RISK][:1]
    changes = [replace(like, account_id=account, as_of=day, episode=day, kind=kind) for kind in kinds]
    [row] = [one for one in alerts.every(state, FELL, FELL) if one.kind is Kind.AT_RISK][:1]
    alone = replace(row, account_id=account, as_of=day, episode=day, told=told, others=())
    first, *others = (replace(alone, kind=kind) for kind in kinds)
    with state.engine.begin() as connection:
        connection.execute(sa.insert(TRANSITION), [standings._transition_row("small", one) for one in changes])
        alerts.write(connection, [replace(first, others=tuple(others))], datetime(2026, 3, 21))


def test_what_telling_is_worth_is_the_difference_of_accounts_told_of_and_accounts_held_out(
    matured: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    """Told: A and one of nine others are lost. Held out by chance: six of ten. Each account counts by its first fall.

    The fall of one of the nine was told beside a renewal.
    """
    told, held = [f"T{n}" for n in range(9)], [f"H{n}" for n in range(10)]
    names = ["A", "B", *told, *held, "X", "R"]
    rows = [f"{name},{name},2025-01-01,Olaf\n" for name in names]
    matured.write("exports/accounts.csv", "id,name,created,owner\n" + "".join(rows))
    lost = enumerate(["A", "T0", *held[:6], "X", "R"], 1)
    ends = [f"{n},{name},2026-04-10,churned\n" for n, name in lost]
    matured.write("exports/ends.csv", "id,account,day,type\n" + "".join(ends))
    matured.ingest()
    matured.today = "2026-08-01"
    fell(matured, told[8], alerts.TOLD, kinds=(Kind.RENEWAL_AT_RISK, Kind.DROP))
    for number, name in enumerate(told[:8]):
        fell(matured, name, alerts.LATER if number % 2 else alerts.TOLD)
    for name in held:
        fell(matured, name, alerts.HELD_OUT)
    fell(matured, "H0", alerts.HELD_OUT, date(2026, 4, 20), (Kind.DROP,))  # again, after it was lost
    fell(matured, "B", alerts.HELD_OUT, date(2026, 7, 1))  # nobody knows yet whether it stays 90 days
    fell(matured, "X", alerts.HELD_OUT, date(2026, 2, 20))  # before the days that are asked for
    fell(matured, "R", alerts.TOLD, kinds=(Kind.RENEWAL_AT_RISK,))  # which chance never holds out
    found = remarks.measure(matured.project, date(2026, 3, 1), date(2026, 7, 31)).lift
    assert found is not None
    assert (found.told.hits, found.told.cases, found.held_out.hits, found.held_out.cases) == (2, 10, 6, 10)
    assert found == followup.lift(followup.rate(2, 10), followup.rate(6, 10))
    assert (found.kept, found.low, found.high) == pytest.approx((0.4, -0.0226, 0.6725), abs=1e-4), "ten do not prove it"
    assert run(["measure", "--from", "2026-03-01", "--to", "2026-07-31", "--project", str(matured.folder)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "2 of 10" in shown
    assert "6 of 10" in shown


def test_the_command_shows_the_cases_behind_each_share(
    matured: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--project", str(matured.project.folder)]
    assert run(["measure", "--from", "2026-03-01", "--to", "2026-03-31", *where]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Acted on 1 of 2 (50 %, 9 to 91 %)" in shown
    assert "Outcomes within 90 days, of what was told by 2026-05-02: of 2 alerts of risk" in shown
    assert "the person was right 0 of 1 (0 %, 0 to 79 %)" in shown
    assert run(["measure", "--from", "2026-03-01", "--to", "2026-03-31", "--json", *where]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["overrides"]["person_right"]["cases"] == 1
    assert run(["measure", "--from", "2026-04-01", "--to", "2026-03-31", *where]) == 2
    assert "the earlier day first" in capsys.readouterr().err


def test_without_a_source_of_outcomes_only_what_people_did_is_measured(tmp_path: Path) -> None:
    small = SmallProject(tmp_path / "project")
    small.ingest()
    found = remarks.measure(small.project)
    assert (found.all.told, found.all.followed.share, found.alerts, found.overrides) == (0, None, None, None)
