"""From a fall to the person who acts: told once, taken up or late, withdrawn when it is over."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime

import pytest
import sqlalchemy as sa

from keepwell.alerting import messages
from keepwell.alerting.late import LATE, late_rows, late_then
from keepwell.alerting.messages import News
from keepwell.alerting.wanted import still_wanted
from keepwell.book.scorer import Scorer
from keepwell.cli import run
from keepwell.deciding import agreements, alerts, standings
from keepwell.deciding.alerts import ALERT
from keepwell.deciding.changes import ClosedDay
from keepwell.deciding.standings import TRANSITION, Day
from keepwell.decisions.noise import Sorted, in_hold_out
from keepwell.decisions.policy import Policy, Repeats
from keepwell.delivery import outbox
from keepwell.use_cases import actions, runs, suppressing
from keepwell.words.alert import AlertRow, Handling
from keepwell.words.decision import Kind, Reason, Transition
from keepwell.words.delivery import Fate
from keepwell.words.message import Note
from keepwell.words.problem import KeepwellError
from tests.decisions.fallen import BASELINE, FELL, LAST, LIVE, apart
from tests.small_project import SmallProject

BOTH = "at risk and drop of 72.0 points in 30 days, 100.0 → 28.0"


@pytest.fixture
def fallen(small: SmallProject) -> SmallProject:
    """The morning after A fell, with a folder as channel."""
    small.settings["channels"] = "{team: {kind: folder, folder: told}}"
    small.settings["link"] = "https://crm.example.com/{account_id}/health"
    small.today = str(FELL)
    small.decide(BASELINE, FELL)
    return small


def command(small: SmallProject, *words: str) -> int:
    return run([*words, "--project", str(small.project.folder)])


def rows(small: SmallProject) -> dict[str, AlertRow]:
    return {row.kind.value: row for row in actions.list_alerts(small.project).alerts}


def texts(small: SmallProject) -> list[str]:
    """What the folder holds, by name."""
    return [file.read_text(encoding="utf-8") for file in sorted((small.folder / "told").glob("*"))]


def test_a_fall_is_told_once_to_its_owner_with_dated_reasons_and_a_due_day(
    fallen: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    """20 March is a Friday and its run on Saturday: 24 business hours end on Monday, 48 on Tuesday."""
    found = rows(fallen)
    assert set(found) == {"at_risk"}, "a weekly drop is for the briefing, the drop in a month is in the same alert"
    assert (found["at_risk"].owner, found["at_risk"].due) == ("Olga", date(2026, 3, 24))
    assert (found["at_risk"].what, found["at_risk"].also) == ("at risk and drop in 30 days", (Kind.DROP,))
    assert alerts.told_since(Scorer(fallen.project).state, FELL) == {"Olga": (1, 1)}, "one fact, counted once"
    assert command(fallen, "deliver", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["handled"]) == 1
    [told] = texts(fallen)
    assert told.startswith("Alpha: at risk and drop of 72.0 points in 30 days, 100.0 → 28.0")
    assert "Alpha" in told
    assert "problem ticket" in told
    assert "[2026-03-20]" in told
    assert "2026-03-24 17:00" in told
    assert "https://crm.example.com/A/health" in told
    assert "As of: 2026-03-20, data through 2026-03-20" in told
    assert "Critical ticket 3 is with support since 2026-03-20" in told, "what is in hand already"
    fallen.decide(FELL)
    assert command(fallen, "deliver") == 0
    assert len(texts(fallen)) == 1, "a second run tells nothing"
    state = Scorer(fallen.project).state
    told_before = {("A", kind, "ticket_pressure.watch") for kind in ("at_risk", "drop")}
    assert alerts.recent(state, "small", BASELINE) == told_before, "not to be told again for a while"
    assert alerts.recent(state, "small", FELL) == set()


def test_who_takes_an_alert_up_lets_it_wait_or_ends_it_is_noted(
    fallen: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    at_risk, drop = (str(rows(apart(fallen))[kind].number) for kind in ("at_risk", "drop"))
    assert command(fallen, "alerts", "--claim", at_risk, "--by", "Olga") == 0
    assert "is claimed, says Olga" in capsys.readouterr().out
    assert command(fallen, "alerts", "--claim", at_risk, "--by", "Max") == 0
    assert "Olga had claimed it: agree who goes on" in capsys.readouterr().out
    assert command(fallen, "alerts", "--claim", at_risk, "--by", "Olga") == 0
    assert command(fallen, "alerts", "--snooze", drop, "--by", "Olga") == 2
    assert "an alert waits until a day, for a reason" in capsys.readouterr().err
    assert command(fallen, "alerts", "--snooze", drop, "--by", "Olga", "--until", "2026-03-30", "--note", "on it") == 0
    assert [row.handling for row in actions.list_alerts(fallen.project).alerts] == [Handling.CLAIMED, Handling.SNOOZED]
    assert command(fallen, "alerts", "--false-alarm", drop, "--by", "Olga", "--note", "a test ticket") == 0
    assert set(rows(fallen)) == {"at_risk"}
    capsys.readouterr()
    assert command(fallen, "alerts", "--done", drop, "--by", "Olga") == 2
    line = f"no open alert {drop}; 'keepwell alerts' lists them; alert {drop} is false alarm, says Olga"
    assert line in capsys.readouterr().err
    assert command(fallen, "alerts", "--owner", "Olgga") == 0
    assert "Olgga has none; did you mean 'Olga'?" in capsys.readouterr().out
    assert command(fallen, "alerts", "--done", at_risk) == 2
    assert "add --by NAME" in capsys.readouterr().err
    assert command(fallen, "alerts", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert [(row["handling"], row["by"]) for row in shown["alerts"]] == [("claimed", "Olga")]


def test_a_list_without_an_alert_says_why_nobody_was_told_yet(
    small: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    small.today = str(FELL)
    small.write("policy/ours.yml", LIVE.replace("rehearsal_days: 0", "rehearsal_days: 3"))
    assert command(small, "alerts") == 0
    assert "no day is decided yet; 'keepwell run' sets the baseline" in capsys.readouterr().out
    small.decide(BASELINE, FELL)
    assert command(small, "alerts") == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "through 2026-03-22 is the rehearsal" in told
    assert "'keepwell transitions --since 2026-03-19' shows what would have fired" in told


def test_of_two_who_claim_an_alert_at_the_same_moment_one_has_it_and_the_other_is_told(fallen: SmallProject) -> None:
    """Max looks before Olga writes, and writes after her."""
    state = Scorer(fallen.project).state
    seen = rows(fallen)["at_risk"]
    actions.handle(fallen.project, actions.Handled(seen.number, Handling.CLAIMED, "Olga"))
    claim = {"handling": Handling.CLAIMED.value, "by": "Max", "until": None, "note": ""}
    told = rf"somebody else took up alert {seen.number} just now: it is claimed, says Olga; nothing was changed"
    with pytest.raises(KeepwellError, match=told), state.engine.begin() as connection:
        alerts.change(connection, seen, claim, datetime(2026, 3, 21, 8))
    assert rows(fallen)["at_risk"].by == "Olga"


def test_an_alert_that_nobody_takes_up_is_told_once_to_whom_the_policy_names(fallen: SmallProject) -> None:
    """Due on Tuesday the 24th: on Wednesday it is late, on Thursday it was told already."""
    fallen.write("policy/ours.yml", LIVE.replace("{owner: Olga}", "{owner: Olga, cs_manager: Max}"))
    for today, late in (("2026-03-23", 0), ("2026-03-24", 1), ("2026-03-25", 1)):
        fallen.today = today
        report = fallen.decide(FELL)
        assert len(report.cards[0].late) == late
    assert command(fallen, "deliver") == 0
    [told] = [text for text in texts(fallen) if "nobody acted by 2026-03-24" in text]
    assert "Max" in told


def test_alerts_that_become_late_on_one_day_are_one_note_to_who_hears_of_them(fallen: SmallProject) -> None:
    apart(fallen).write("policy/ours.yml", f"{LIVE}sla: {{deputies: {{Olga: Olaf}}}}\n")
    for today in ("2026-03-24", "2026-03-25"):
        fallen.today = today
        fallen.decide(FELL)
    [note] = [
        one.message for one in outbox.items(Scorer(fallen.project).state, Fate.WAITING) if one.message.kind == LATE
    ]
    assert isinstance(note, Note)
    assert (note.title, len(note.lines)) == ("2 alerts: nobody acted by 2026-03-24", 2)
    actions.handle(fallen.project, actions.Handled(rows(fallen)["at_risk"].number, Handling.CLAIMED, "Olga"))
    assert command(fallen, "deliver") == 0
    [told] = [text for text in texts(fallen) if "nobody acted by" in text]
    assert told.startswith("Alpha: nobody acted by 2026-03-24\n\nFor: Olaf"), "what somebody took up since is left out"
    assert "Alpha: drop in 30 days since 2026-03-20." in told
    assert "at risk" not in told
    assert "It was told to Olga; 'keepwell alerts --claim " in told


def test_an_alert_that_is_over_or_suppressed_since_is_withdrawn_at_the_moment_of_sending(
    fallen: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    exception = suppressing.SuppressRequest({"account": "A"}, "billing_dispute", "Olga", LAST)
    suppressing.suppress(fallen.project, exception)
    assert command(fallen, "deliver", "--json") == 0
    handled = json.loads(capsys.readouterr().out)["handled"]
    assert [one["why"] for one in handled] == ["suppression 1 holds it back"]
    assert texts(fallen) == []
    [held] = suppressing.exceptions(fallen.project).held
    assert [(one.kind, one.as_of) for one in held.transitions] == [(Kind.AT_RISK, FELL), (Kind.DROP, FELL)], (
        "to be reviewed when it is over"
    )
    assert rows(fallen) == {}, "nobody was told, so nobody is late"


def test_an_alert_that_somebody_ended_is_withdrawn_and_an_exception_for_one_reason_holds_back_no_other(
    fallen: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    """The alert tells two things; an exception that came since covers the first alone. That nobody acted is told too."""
    scorer = Scorer(fallen.project)
    state = scorer.state
    with state.engine.begin() as connection:
        of_risk = (TRANSITION.c.account_id == "A", TRANSITION.c.kind == "at_risk")
        connection.execute(sa.update(TRANSITION).where(*of_risk).values(reason_code="champion.poor"))
    scope = {"account": "A", "code": "champion.poor"}
    suppressing.suppress(
        fallen.project, suppressing.SuppressRequest(scope, "billing_dispute", "Olga", date(2026, 3, 31))
    )
    [message] = outbox.items(state, Fate.WAITING)
    why_not = still_wanted(fallen.project, state, FELL)
    assert why_not(message.message) is None
    policy = agreements.policies(fallen.project, scorer.cards)["small"]
    for late in (late_rows, late_then):
        assert len(late(scorer, "small", policy, date(2026, 3, 25))) == 1
    actions.handle(fallen.project, actions.Handled(rows(fallen)["at_risk"].number, Handling.FALSE_ALARM, "Olga"))
    assert command(fallen, "deliver", "--json") == 0
    assert [one["why"] for one in json.loads(capsys.readouterr().out)["handled"]] == ["the alert is over"]
    assert texts(fallen) == []


def test_what_an_alert_tells_beside_a_risk_that_is_over_is_still_told_once_by_the_same_alert(
    fallen: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    """By a lower border A has recovered on the 21st, before anything was sent; that it dropped is still so."""
    before = rows(fallen)["at_risk"]
    fallen.write("policy/ours.yml", f"{LIVE}thresholds: {{at_risk_below: 10, recover_days: 1, settle_days: 1}}\n")
    fallen.today = str(LAST)
    actions.transitions(fallen.project)
    [left] = actions.list_alerts(fallen.project).alerts
    assert (left.number, left.kind, left.what) == (before.number, Kind.DROP, "drop in 30 days")
    assert (left.due, left.action, left.review) == (before.due, before.action, before.review), "as it was agreed"
    state = Scorer(fallen.project).state
    assert alerts.told_since(state, FELL) == {"Olga": (1, 1)}, "it is the same alert"
    assert command(fallen, "deliver", "--json") == 0
    assert [one["fate"] for one in json.loads(capsys.readouterr().out)["handled"]] == ["sent", "sent"]
    told = {text.splitlines()[0]: text for text in texts(fallen)}
    assert set(told) == {"Alpha: drop in 30 days, 100.0 → 28.0", "Alpha: recovered, 28.0 → 28.0"}
    assert f"Not over: drop in 30 days (alert {left.number})" in told["Alpha: recovered, 28.0 → 28.0"]
    [_, beside] = alerts.of_account(state, "A", FELL, FELL)[0].parts
    assert command(fallen, "alerts", "--claim", str(beside.number), "--by", "Olga") == 0
    assert f"what {beside.number} was about is told by alert {left.number}" in capsys.readouterr().out
    assert rows(fallen)["drop"].by == "Olga"
    with state.engine.begin() as connection:
        alerts.end_beside(connection, "small", ["A"], [Kind.DROP], datetime(2026, 3, 22))
    assert rows(fallen) == {}, "all that it told is over"
    [whole] = alerts.every(state, FELL, FELL)
    assert (whole.what, whole.by, whole.handling) == ("at risk and drop in 30 days", "Olga", Handling.OVER)


def take_back(fallen: SmallProject, kinds: list[Kind]) -> None:
    """As the close of the day does with what was told of it at once and is not so."""
    scorer = Scorer(fallen.project)
    closed = ClosedDay(scorer, scorer.headline(), FELL, agreements.policies(fallen.project, scorer.cards)["small"])
    found = {one.kind: one for one in standings.transitions(scorer.state, "small", FELL, FELL)}
    undone = {alerts.key_of("small", found[kind]): found[kind] for kind in kinds}
    with scorer.state.engine.begin() as connection:
        messages._take_back(connection, closed, News(Sorted((), (), ()), undone, LAST, None), datetime(2026, 3, 21, 8))


def test_what_is_taken_back_is_told_wherever_its_alert_was(small: SmallProject) -> None:
    """A channel that wants risks alone was told of the drop beside one."""
    small.settings["channels"] = (
        "{team: {kind: folder, folder: told}, risks: {kind: folder, folder: risks, only: [at_risk]}}"
    )
    small.today = str(FELL)
    small.decide(BASELINE, FELL)
    assert command(small, "deliver") == 0
    take_back(small, [Kind.DROP])
    assert command(small, "deliver") == 0
    for folder in ("told", "risks"):
        found = {file.read_text(encoding="utf-8").splitlines()[0] for file in (small.folder / folder).glob("*")}
        assert found == {f"Alpha: {BOTH}", "Alpha: drop of 72.0 points in 30 days, taken back"}, folder


@pytest.mark.parametrize(
    ("kinds", "sent", "titles"),
    [
        ([Kind.AT_RISK], False, {"drop in 30 days, 100.0 → 28.0"}),
        ([Kind.DROP], True, {BOTH, "drop of 72.0 points in 30 days, taken back"}),
        ([Kind.AT_RISK, Kind.DROP], True, {BOTH, BOTH.replace(",", ", taken back,", 1)}),
    ],
)
def test_of_what_was_told_at_once_in_one_alert_what_is_not_so_by_the_close_is_taken_back_and_the_rest_stays(
    fallen: SmallProject, kinds: list[Kind], sent: bool, titles: set[str]
) -> None:
    """What stands is told once: by the message that was sent, or by the one that waits, in other words."""
    if sent:
        assert command(fallen, "deliver") == 0
    take_back(fallen, kinds)
    assert set(rows(fallen)) == {"at_risk", "drop"} - set(kinds)
    assert command(fallen, "deliver") == 0
    assert {text.splitlines()[0].removeprefix("Alpha: ") for text in texts(fallen)} == titles
    rest = [text for text in texts(fallen) if "What it told besides stands: at risk." in text]
    assert len(rest) == (kinds == [Kind.DROP])


def test_a_renewal_that_moved_and_came_back_is_told_once_and_takes_nothing_else_of_its_day_with_it(
    small: SmallProject,
) -> None:
    """Its alert is of the 19th; on the 20th the contract ends on the first of May again, and A drops."""
    small.decide(BASELINE)
    scorer, now = Scorer(small.project), datetime(2026, 3, 21, 8)
    before = Transition("A", Kind.RENEWAL_AT_RISK, date(2026, 5, 1), BASELINE, "at_risk", "at_risk")
    told = AlertRow(0, "small", "A", before.kind, before.episode, BASELINE, LAST, "Olga", alerts.TOLD)
    again = replace(before, as_of=FELL, reason=Reason("Another reason than then", "nps.poor"))
    news = [again, Transition("A", Kind.DROP, FELL, FELL, "at_risk", "at_risk")]
    closed = ClosedDay(scorer, scorer.headline(), FELL, agreements.policies(small.project, scorer.cards)["small"])
    with scorer.state.engine.begin() as connection:
        standings.tell(connection, "small", [before])
        alerts.write(connection, [told], now)
    write = messages.beside(closed, Day("small", FELL, closed.card.recipe.hash, (), news), now)
    with scorer.state.engine.begin() as connection:
        standings.tell(connection, "small", news)
        write(connection)
    assert [(row.as_of, row.what) for row in alerts.current(scorer.state)] == [
        (BASELINE, "renewal at risk"), (FELL, "drop in 30 days"),
    ]  # fmt: skip


def test_only_what_an_alert_told_counts_as_told_not_long_ago(fallen: SmallProject) -> None:
    state = Scorer(fallen.project).state
    assert {kind for _, kind, _ in alerts.recent(state, "small", BASELINE)} == {"at_risk", "drop"}
    with state.engine.begin() as connection:
        connection.execute(sa.update(ALERT).values(told=alerts.LATER))
    assert alerts.recent(state, "small", BASELINE) == set(), "it waits in the digest with what it would have told"


def test_the_word_that_an_alert_is_late_waits_for_an_exception_and_is_withdrawn_once_somebody_acts(
    fallen: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(fallen, "deliver") == 0
    suppressing.suppress(
        fallen.project, suppressing.SuppressRequest({"account": "A"}, "billing_dispute", "Olga", date(2026, 3, 26))
    )
    for today, late in (("2026-03-25", 0), ("2026-03-26", 1)):
        fallen.today = today
        assert len(fallen.decide(FELL).cards[0].late) == late
        capsys.readouterr()
        assert command(fallen, "brief", "--as-of", str(FELL)) == 0
        out = capsys.readouterr().out
        assert "https://crm.example.com/A/health" in out
        assert "due 2026-03-24" not in out, "on the morning after that week nothing was late yet"
    scorer = Scorer(fallen.project)
    policy = agreements.policies(fallen.project, scorer.cards)["small"]
    for one in rows(fallen).values():
        actions.handle(fallen.project, actions.Handled(one.number, Handling.CLAIMED, "Olga"))
    assert command(fallen, "deliver") == 0
    assert not [text for text in texts(fallen) if "nobody acted by" in text], "somebody acted before it was sent"
    assert late_rows(scorer, "small", policy, date(2026, 3, 27)) == ()
    days = [date(2026, 3, day) for day in (24, 26, 27, 28)]
    late_by = [[row.kind.value for row in late_then(scorer, "small", policy, day)] for day in days]
    assert late_by == [[], [], [], []], "an exception stood until the 26th, and on the 27th it was taken up"
    fallen.write("policy/ours.yml", LIVE)
    with scorer.state.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM suppression"))
    assert [len(late_then(scorer, "small", policy, day)) for day in days] == [0, 1, 0, 0], "as each day knew it"


def test_what_was_late_on_a_day_knows_what_was_snoozed_by_then_and_nothing_of_later(fallen: SmallProject) -> None:
    """Due on the 24th; on the 26th it is let wait until the 31st, and on the 29th somebody takes it up."""
    scorer = Scorer(fallen.project)
    policy = agreements.policies(fallen.project, scorer.cards)["small"]
    [number] = (row.number for row in rows(fallen).values())
    waits = actions.Handled(number, Handling.SNOOZED, "Olga", date(2026, 3, 31), "they are away")
    for today, done in (("2026-03-25", waits), ("2026-03-28", actions.Handled(number, Handling.CLAIMED, "Olga"))):
        fallen.today = today
        actions.handle(fallen.project, done)
        late = [len(late_then(scorer, "small", policy, date(2026, 3, day))) for day in (24, 25, 26, 28)]
        assert late == [0, 1, 0, 0]


def test_who_takes_an_alert_up_and_then_lets_it_wait_is_late_again_after_that_day_on_days_that_are_over_too(
    fallen: SmallProject,
) -> None:
    """Due on the 24th; claimed on the 24th, on the 25th let wait until the 26th, claimed again on the 28th."""
    scorer = Scorer(fallen.project)
    policy = agreements.policies(fallen.project, scorer.cards)["small"]
    [number] = (row.number for row in rows(fallen).values())
    claim = actions.Handled(number, Handling.CLAIMED, "Olga")
    waits = actions.Handled(number, Handling.SNOOZED, "Olga", date(2026, 3, 26), "they are away")
    for today, done in (("2026-03-23", claim), ("2026-03-24", waits)):
        fallen.today = today
        actions.handle(fallen.project, done)
    days = [date(2026, 3, day) for day in (25, 26, 27, 28)]
    assert [len(late_rows(scorer, "small", policy, day)) for day in days] == [0, 0, 1, 1]
    fallen.today = "2026-03-27"
    actions.handle(fallen.project, claim)
    assert [len(late_then(scorer, "small", policy, day)) for day in days] == [0, 0, 1, 0], "as each day knew it"


@pytest.mark.parametrize("silenced", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_recovery_ends_the_alert_and_is_told_in_its_thread_unless_an_exception_silences_it(
    fallen: SmallProject, silenced: bool
) -> None:
    """The ticket turns out to be an old one on the 22nd; two days of calm are enough by this policy."""
    if silenced:
        assert command(fallen, "deliver") == 0
        exception = suppressing.SuppressRequest({"account": "A"}, "billing_dispute", "Olga", date(2026, 3, 31))
        suppressing.suppress(fallen.project, exception)
    fallen.write("policy/ours.yml", f"{LIVE}thresholds: {{recover_days: 2, settle_days: 2}}\n")
    tickets = "1,A,2026-01-20,high\n2,B,2026-01-05,low\n3,A,2025-09-01,low\n"
    fallen.write("exports/tickets.csv", f"id,account,opened,severity\n{tickets}")
    fallen.today = "2026-03-22"
    fallen.ingest()
    fallen.today = "2026-03-26"
    report = actions.transitions(fallen.project)
    kinds = [one.kind.value for one in report.cards[0].transitions]
    assert "recovered" in kinds
    assert "at_risk" not in rows(fallen)
    assert command(fallen, "deliver") == 0
    assert any("recovered" in text for text in texts(fallen)) is not silenced


@pytest.mark.parametrize(
    ("handling", "until", "late"),
    [
        (Handling.OPEN, None, True),
        (Handling.CLAIMED, None, False),
        (Handling.SNOOZED, date(2026, 3, 25), True),
        (Handling.SNOOZED, date(2026, 3, 26), False),
    ],
)
def test_an_alert_that_waits_is_late_again_only_after_its_day(
    handling: Handling, until: date | None, late: bool
) -> None:
    """Due on the 24th, looked at on the 26th."""
    row = AlertRow(1, "small", "A", Kind.DROP, FELL, FELL, date(2026, 3, 24), "Olga", "alert", handling, until=until)
    assert row.is_late(date(2026, 3, 26)) is late


def test_what_chance_holds_out_is_on_record_and_in_no_list_and_no_message(small: SmallProject) -> None:
    """A policy by whose name A is drawn; what became of A is measured beside those that were told of."""
    names = (f"p{number}" for number in range(100))
    drawn = Repeats(hold_out=20)
    name = next(one for one in names if in_hold_out(Policy(policy=one, decision="b", alerts=drawn), "A"))
    small.write("policy/ours.yml", LIVE.replace("policy: ours", f"policy: {name}") + "alerts: {hold_out: 20}\n")
    small.settings["channels"] = "{team: {kind: folder, folder: told}}"
    small.today = str(FELL)
    small.decide(BASELINE, FELL)
    assert rows(small) == {}
    assert command(small, "deliver") == 0
    assert texts(small) == []
    kept = alerts.every(Scorer(small.project).state, BASELINE, FELL)
    assert {(row.kind, row.told, row.handling) for row in kept} == {
        (Kind.AT_RISK, alerts.HELD_OUT, Handling.OVER),
        (Kind.DROP, alerts.HELD_OUT, Handling.OVER),
    }


def test_a_snoozed_alert_that_nobody_came_back_to_expires_in_the_end(fallen: SmallProject) -> None:
    """It waits until the 21st, and is over when waits of that day are."""
    for row in rows(fallen).values():
        actions.handle(fallen.project, actions.Handled(row.number, Handling.SNOOZED, "Olga", LAST, "on holiday"))
    state = Scorer(fallen.project).state
    for before, left in ((LAST, {"at_risk"}), (date(2026, 3, 22), set())):
        with state.engine.begin() as connection:
            alerts.expire(connection, "small", before, datetime(2026, 3, 22, 8))
        assert set(rows(fallen)) == left


def test_the_summary_counts_what_is_late(fallen: SmallProject, capsys: pytest.CaptureFixture[str]) -> None:
    fallen.today = "2026-03-26"
    assert command(fallen, "transitions", "--as-of", str(FELL), "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["cards"][0]["late"]) == 1
    assert runs.now_of(fallen.project).date() == date(2026, 3, 27)
