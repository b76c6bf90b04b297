"""What a day asks of people: actions that wait, changes to look at, guards that began to hold; and what answers do."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from keepwell.alerting import asking
from keepwell.book.scorer import Scorer
from keepwell.cli import run
from keepwell.deciding import agreements, alerts, standings
from keepwell.deciding.changes import ClosedDay
from keepwell.decisions.authority import Share
from keepwell.decisions.noise import Sorted, Told
from keepwell.feedback import audit, grants, reviews
from keepwell.governance import monitored
from keepwell.governance.authority import Evidence
from keepwell.use_cases import actions, remarks
from keepwell.words.alert import Handling
from keepwell.words.authority import Grant, Level
from keepwell.words.decision import Kind
from keepwell.words.monitoring import Check, MonitorReport
from keepwell.words.monitoring import Condition as Watched
from keepwell.words.review import Item, ReviewRow
from keepwell.words.verdict import Said
from tests.decisions.fallen import BASELINE, FELL, LAST
from tests.small_project import SmallProject

CRM = """source: crm
system: crm
folder: exports
tables:
  - file: accounts.csv
    facts:
      - {kind: account, id: id, since: created, columns: {name: name, owner: owner, manager: manager, created_day: created}}
  - file: contracts.csv
    facts:
      - kind: subscription
        id: id
        account: account
        since: created
        columns: {mrr: mrr, start_day: start, end_day: {column: end, known: at_start}}
  - file: flags.csv
    facts:
      - {kind: flag, id: id, account: account, since: created, columns: {type: type, raised_day: raised}}
"""
CARD = """scorecard: small
form: weighted
tiers: {good: 50, bad: 0}
measures: {ticket_pressure: 1}
guards:
  - {name: tickets, when: ticket_pressure >= 10, review: manager, reason: Tickets pile up, next_step: Ask support first.}
  - {name: more, when: ticket_pressure >= 9, review: manager, reason: More than ever, next_step: Then call.}
"""
POLICY = "policy: ours\ndecision: whom to call\nrehearsal_days: 0\nowners: {owner: {fields: [owner]}, cs_manager: Max, revops: Rita}\nthresholds: {at_risk_below: 60}\nnoise: {alerts_per_owner_a_day: 6}\n"
NAMES = {"N": "Near and high", "H": "High", "P": "Promised", "C": "Calm"}
CONTRACTS = "id,account,mrr,start,end\n1,N,20000,2025-05-01,2026-04-30\n2,H,20000,2025-05-01,2027-04-30\n3,P,10,2025-05-01,2027-04-30\n4,C,10,2025-05-01,2027-04-30\n"


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four accounts that fall on 20 March by a critical ticket; the day is decided."""
    small = SmallProject(tmp_path_factory.mktemp("asked") / "project")
    small.settings["channels"] = "{team: {kind: folder, folder: told}}"
    small.write("sources/crm.yml", CRM)
    small.write("policy/ours.yml", POLICY)
    small.write("scorecards/small.yml", CARD)
    accounts = "".join(f"{key},{name},Olga,{'' if key == 'C' else 'Max'},2025-05-01\n" for key, name in NAMES.items())
    small.write("exports/accounts.csv", f"id,name,owner,manager,created\n{accounts}")
    small.write("exports/contracts.csv", CONTRACTS)
    small.write("exports/flags.csv", "id,account,type,raised\n1,P,promise,2026-03-10\n")
    tickets = "".join(f"{n}1,{n},2026-01-20,high\n{n}2,{n},2026-03-20,critical\n" for n in NAMES)
    small.write("exports/tickets.csv", f"id,account,opened,severity\n{tickets}")
    small.ingest()
    small.today = str(FELL)
    small.decide(BASELINE, FELL)
    return small.folder


@pytest.fixture
def asked(decided: Path, tmp_path: Path) -> SmallProject:
    """A copy, on the morning after the fall."""
    small = SmallProject.copy(decided, tmp_path / "project")
    small.settings["channels"] = "{team: {kind: folder, folder: told}}"
    small.today = str(FELL)
    return small


def command(small: SmallProject, *words: str) -> int:
    return run([*words, "--project", str(small.project.folder)])


def told(small: SmallProject, capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    code = command(small, *words, "--json")
    return code, json.loads(capsys.readouterr().out)


def open_items(small: SmallProject) -> tuple[ReviewRow, ...]:
    with Scorer(small.project).state.engine.connect() as connection:
        return reviews.undecided(connection)


def of(small: SmallProject, account: str) -> dict[str, Item]:
    """kind → an account's open question; of its alerts, that of the one at the border of risk."""
    found = [row.item for row in open_items(small) if row.item.account_id == account]
    return {item.kind: item for item in found if not item.key.startswith("action/") or "/at_risk/" in item.key}


def texts(small: SmallProject) -> dict[str, str]:
    """account → what the folder was told of it at the border of risk."""
    assert command(small, "deliver") == 0
    found = [file.read_text(encoding="utf-8") for file in (small.folder / "told").glob("*")]
    return {key: text for key, name in NAMES.items() for text in found if f"{name}: at risk" in text}


def test_an_action_waits_where_a_stop_rule_says_so_and_the_alert_says_why_and_who_is_asked(asked: SmallProject) -> None:
    """N renews in 41 days and is of high value; P was promised something; the score may only diagnose for the others."""
    assert set(of(asked, "N")) == {"stop_rule", "guard"}
    assert of(asked, "N")["stop_rule"].body == "it renews in 41 days and is of high value"
    assert of(asked, "P")["stop_rule"].body == "promise noted on 2026-03-10"
    assert set(of(asked, "H")) == {"proposal", "guard"}, "the change is part of what Max is asked about it anyway"
    assert of(asked, "H")["guard"].body == "Ask support first. Then call. It is of high value."
    assert len([row for row in open_items(asked) if row.item.account_id == "H"]) == 2, "at risk and its drop are one"
    assert set(of(asked, "C")) == {"proposal", "guard"}
    assert [of(asked, key)[kind].asked for key, kind in (("N", "stop_rule"), ("H", "guard"), ("C", "proposal"))] == [
        *("Max", "Max", "Olga"),
    ]
    guard = of(asked, "C")["guard"]
    assert (guard.title, guard.asked) == ("Calm: Tickets pile up; More than ever", "Max")
    assert guard.body == "Ask support first. Then call.", "what two guards ask of one person is one question"
    found = texts(asked)
    assert "It renews in 41 days and is of high value; Max is asked" in " ".join(found["N"].split())
    assert "The score may only diagnose here: the next step is a proposal; Olga decides" in " ".join(found["C"].split())


def test_who_is_asked_releases_the_action_and_until_then_a_stop_rule_stops_the_command(
    asked: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    texts(asked)
    rows = {row["account_id"]: row for row in told(asked, capsys, "alerts")[1]["alerts"] if row["kind"] == "at_risk"}
    assert {key: row["action"] for key, row in rows.items()} == {
        "N": "stopped",
        "P": "stopped",
        "H": "proposed",
        "C": "proposed",
    }
    number, review = str(rows["N"]["number"]), str(rows["N"]["review"])
    assert command(asked, "alerts", "--done", number, "--by", "Olga") == 3
    line = f"alert {number} waits: it renews in 41 days and is of high value; Max decides first: 'keepwell review {review}'"
    assert line in capsys.readouterr().err
    assert command(asked, "review", review, "--approve", "--by", "Max", "--reason", "I spoke to the seller") == 0
    assert command(asked, "deliver") == 0
    assert any("the next step may go on, says Max" in file.read_text() for file in (asked.folder / "told").glob("*"))
    assert told(asked, capsys, "alerts", "--done", number, "--by", "Olga")[1]["changed"]["handling"] == "done"


def test_taking_an_alert_up_approves_what_it_proposes_and_a_false_alarm_declines_it(
    asked: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = {(row["account_id"], row["kind"]): row for row in told(asked, capsys, "alerts")[1]["alerts"]}
    for key, how, account in (
        ("at_risk", "--claim", "C"),
        ("at_risk", "--false-alarm", "H"),
        ("at_risk", "--false-alarm", "P"),
    ):
        assert command(asked, "alerts", how, str(rows[account, key]["number"]), "--by", "Olga") == 0
    assert [set(of(asked, account)) for account in ("C", "H", "P")] == [{"guard"}, {"guard"}, {"guard"}]
    with Scorer(asked.project).state.engine.connect() as connection:
        found = {row.item.account_id: row for row in reviews.fates(connection, "small", datetime(2026, 1, 1)) if row.by}
        assert audit.verify(connection).broken is None
        newest = [(row.act, row.subject, row.account_id) for row in audit.newest(connection, None, 5)]
    record = [row for row in newest if row[0] != "verdict.write"]  # a false alarm is a verdict too
    assert [act for act, *_ in record] == ["alert.false_alarm", "alert.false_alarm", "alert.claimed"]
    assert record[2][1:] == (f"alert {rows['C', 'at_risk']['number']}", "C")
    assert {account: (row.fate.value, row.by) for account, row in found.items()} == {
        "C": ("approved", "Olga"),
        "H": ("rejected", "Olga"),
    }


def test_who_is_not_asked_takes_an_alert_up_and_what_it_proposes_stays_open(
    asked: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    [row] = [
        row
        for row in told(asked, capsys, "alerts")[1]["alerts"]
        if (row["account_id"], row["kind"]) == ("C", "at_risk")
    ]
    assert command(asked, "alerts", "--claim", str(row["number"]), "--by", "Zoe") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"its next step still asks Olga: 'keepwell review {row['review']}'" in said
    assert of(asked, "C")["proposal"].asked == "Olga"


def test_a_second_day_asks_nothing_again_and_questions_of_alerts_that_are_over_end(asked: SmallProject) -> None:
    before = [row.item.key for row in open_items(asked)]
    with Scorer(asked.project).state.engine.begin() as connection:
        alerts.expire(connection, "small", LAST, datetime(LAST.year, LAST.month, LAST.day))
    asked.today = str(LAST)
    actions.transitions(asked.project)
    assert [row.item.key for row in open_items(asked)] == [key for key in before if not key.startswith("action/")]


def test_texts_are_drafted_only_where_the_score_may_assist(asked: SmallProject) -> None:
    """The play for tickets is settled inside the house; what is next is a proposal, started, or started and worded."""
    asked.write("policy/ours.yml", f"{POLICY}authority: {{level: assist}}\nstop_rules: {{rules: []}}\n")
    scorer, now = Scorer(asked.project), datetime(2026, 3, 21)
    closed = ClosedDay(scorer, scorer.headline(), FELL, agreements.policies(asked.project, scorer.cards)["small"])
    [fell] = [one for one in standings.transitions(scorer.state, "small", FELL, FELL, "C") if one.kind is Kind.AT_RISK]
    day = standings.Day("small", FELL, closed.card.recipe.hash, (), [fell])
    found = {}
    levels: tuple[Level, ...] = ("diagnose", "trigger", "assist")
    for level in levels:
        with scorer.state.engine.begin() as connection:
            grants.grant(connection, Grant("small", None, level, "Rita", "then", now))
        items = asking.asked(closed, Sorted((Told(fell, "Olga"),), (), ()), day, now).items
        found[level] = {item.kind: (item.asked, (item.draft or "").partition("\n")[0]) for item in items}
    assert found == {
        "diagnose": {"proposal": ("Olga", "")},
        "trigger": {},
        "assist": {"draft": ("Olga", "Your open tickets and our plan")},
    }


def test_authority_is_granted_for_figures_lost_without_them_and_told_once(
    asked: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody has handled twenty alerts yet, so nothing may be triggered; a grant from better times ends by itself."""
    why = ("--by", "Rita", "--reason", "it was right for a quarter")
    assert command(asked, "authority", "grant", "small", "trigger", *why) == 2
    assert (
        "the policy 'ours' lets 'small' diagnose at most, not trigger; agree on it there first"
        in capsys.readouterr().err
    )
    asked.write("policy/ours.yml", f"{POLICY}authority: {{level: trigger}}\n")
    code, found = told(asked, capsys, "authority", "grant", "small", "trigger", *why)
    assert (code, found["granted"], found["cards"][0]["earned"]) == (1, None, "prioritise")
    assert "trigger: it was watched for long enough: 1 of 28 days" in found["refused"]
    assert command(asked, "authority", "grant", "small", "prioritise", *why) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "small may prioritise, says Rita: it was right for a quarter" in out
    assert "granted: prioritise by Rita" in out
    with Scorer(asked.project).state.engine.begin() as connection:
        assert grants.grant(connection, Grant("small", None, "trigger", "Rita", "then", datetime(2026, 3, 20)))
    code, found = told(asked, capsys, "transitions", "--as-of", str(FELL))
    assert found["cards"][0]["lost"] == [{"segment": None, "level": "trigger"}]
    assert told(asked, capsys, "transitions", "--as-of", str(FELL))[1]["cards"][0]["lost"] == []
    assert command(asked, "deliver") == 0
    notices = [text for file in (asked.folder / "told").glob("*") if "no longer trigger" in (text := file.read_text())]
    assert len(notices) == 1
    assert "only prioritise" in notices[0]
    assert "Rita" in notices[0]
    [lost] = [row for row in told(asked, capsys, "audit")[1]["entries"] if row["act"] == "authority.lost"]
    assert (lost["author"], lost["details"]["level"], lost["details"]["now"]) == ("keepwell", "trigger", "prioritise")
    with Scorer(asked.project).state.engine.connect() as connection:
        assert grants.current(connection, "small")[None].by == "keepwell"


def test_the_authority_of_a_card_that_has_scored_nothing_yet_is_shown(
    asked: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    """As after its signals were changed, before the next run: nobody is counted."""
    asked.write("scorecards/small.yml", CARD.replace("ticket_pressure: 1}", "ticket_pressure: 1, days_since_use: 1}"))
    cards = told(asked, capsys, "authority")[1]["cards"]
    found = {one["text"]: one["found"] for one in cards[0]["conditions"]}
    assert found["the alerts of every account reach a person"].startswith("none yet")


def test_a_check_of_the_monitoring_that_is_not_met_takes_authority_back_until_it_is(
    asked: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    asked.write("policy/ours.yml", f"{POLICY}authority: {{level: trigger}}\n")
    scorer = Scorer(asked.project)
    card, state = scorer.headline(), scorer.state
    then = Grant("small", None, "prioritise", "Rita", "then", datetime(2026, 3, 20))
    with state.engine.begin() as connection:
        grants.grant(connection, then)
    checks = tuple(
        Check(condition, subject, False, 1.0, None, None, "", "")
        for condition, subject in [(Watched.STABILITY, s) for s in ("nps", "csat", "usage", "mrr")]
        + [(Watched.LEVEL, None)]
    )
    failing = MonitorReport("small", "churn", "then", FELL, FELL, FELL, 0, checks, (), None, "")
    told_of = [monitored.note(scorer, card, failing, then.at) for _ in range(2)]
    assert told_of == [True, False], "only what is news"
    report = asked.decide(FELL).cards[0]
    assert [(one.segment, one.level) for one in report.lost] == [(None, "prioritise")]
    [lost] = [row for row in told(asked, capsys, "audit")[1]["entries"] if row["act"] == "authority.lost"]
    said = "not met: stability of nps, csat, usage and 1 more; level; 'keepwell monitor' says where to look"
    assert lost["details"]["unmet"] == [f"prioritise: the checks of its monitoring are met: {said}"]
    why = ("authority", "grant", "small", "prioritise", "--by", "Rita", "--reason", "it is right again")
    assert command(asked, *why) == 1
    assert monitored.note(scorer, card, replace(failing, checks=()), then.at)
    assert command(asked, *why) == 0
    text = (asked.folder / "scorecards/small.yml").read_text(encoding="utf-8")
    found = []
    for now in (f"{text}approved_by: Ada\nreplaces: small\n", text.replace("ticket_pressure: 1", "ticket_pressure: 2")):
        asked.write("scorecards/small.yml", now)
        found.append(monitored.unmet(scorer := Scorer(asked.project), scorer.headline()))
    assert found == [(), None], "a promotion leaves it the same card; another one of its name has shown nothing yet"


def test_a_segment_earns_what_it_holds_and_gets_nothing_back_from_the_grant_for_all(asked: SmallProject) -> None:
    """M has no account: first it was granted more than all hold, then it is named by the policy and holds what they do."""
    asked.write("policy/ours.yml", f"{POLICY}authority: {{level: trigger, segments: {{M: trigger}}}}\n")
    scorer = Scorer(asked.project)
    agreed = agreements.policies(asked.project, scorer.cards)["small"]
    evidence = Evidence(scorer, scorer.headline(), agreed, FELL, datetime(2026, 3, 21, 9))
    dated = {segment: evidence.of(segment).dated for segment in (None, "M")}
    assert dated["M"] == dated[None] == Share(8, 8), "a segment in which nothing fell is judged by all falls"
    state = scorer.state
    then = Grant("small", None, "prioritise", "Rita", "then", datetime(2026, 3, 20))
    with state.engine.begin() as connection:
        grants.grant(connection, then)
        grants.grant(connection, replace(then, segment="M", level="trigger"))
    for lost in ([("M", "trigger")], [], [("M", "prioritise")]):
        report = asked.decide(FELL)
        assert [(one.segment, one.level) for one in report.cards[0].lost] == lost
        with state.engine.begin() as connection:
            current = grants.current(connection, "small")
            assert {segment: one.level for segment, one in current.items()} == {None: "prioritise", "M": "diagnose"}
            if not lost:
                grants.end(connection, "small", "M", then.at)
    long_ago = actions.transitions(asked.project, as_of=date(2025, 4, 1))
    assert long_ago.cards[0].lost == (), "what it may do today is no question to a day of last year"


def test_a_verdict_after_the_deed_counts_among_false_alarms(asked: SmallProject) -> None:
    """What is asked before the score may trigger anything is what people say, the newest word of each alert."""
    scorer = Scorer(asked.project)
    policy = agreements.policies(asked.project, scorer.cards)["small"]

    def counted() -> tuple[int, int]:
        found = Evidence(scorer, scorer.headline(), policy, FELL, datetime(2026, 3, 21, 9)).of(None).true_alarms
        return found.some, found.all

    number = next(row.number for row in actions.list_alerts(asked.project).alerts if row.account_id == "C")
    assert counted() == (0, 0)
    actions.handle(asked.project, actions.Handled(number, Handling.DONE, "Olga"))
    assert counted() == (1, 1)
    for said, some in ((Said.FALSE_ALARM, 0), (Said.WRONG_REASON, 1)):
        remarks.verdict(asked.project, remarks.VerdictRequest(str(number), said, "Olga"))
        assert counted() == (some, 1)


WRONG_USE = [
    ("authority grant", "what is granted?; keepwell authority grant CARD LEVEL"),
    ("authority grant smal trigger", "'smal' is no card of this project; did you mean 'small'?"),
    ("authority grant small trigger --segment X --by R --reason y", "unknown segment 'X'; known: E, M, S"),
    ("authority grant small trigger --by R", 'a grant has a name and a reason; add --by NAME and --reason "..."'),
]


def test_wrong_use_is_one_line(asked: SmallProject, capsys: pytest.CaptureFixture[str]) -> None:
    for words, line in WRONG_USE:
        assert command(asked, *words.split()) == 2
        assert line in capsys.readouterr().err
