"""From a reason to the next action: what a play may say, which one fits, and that none tells the customer what we think."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell import document, portfolio
from keepwell.cli import run
from keepwell.decisions.playbook import (
    ACTIONS,
    GRADES,
    Grade,
    Play,
    Subject,
    drafted,
    filled,
    grade_of,
    match,
    read,
    why,
)
from keepwell.project import packaged_playbook, packaged_scorecards
from keepwell.scoring import scorecard
from keepwell.signals.catalogue import CATALOGUE
from keepwell.use_cases import actions, runs
from keepwell.words.decision import Kind
from keepwell.words.discreet import indiscreet
from keepwell.words.problem import KeepwellError
from keepwell.words.report import BookQuery
from tests.decisions.fallen import BASELINE, FELL
from tests.small_project import SmallProject

SHIPPED = read(document.read(packaged_playbook())).plays
CARDS = [scorecard.read(document.read(file)) for file in packaged_scorecards().values()]
HEAD = "playbook: ours\nplays:\n  - {play: a, title: A, action: call, tasks: [{do: Call them.}]"
OWN = """playbook: ours
plays:
  - play: ticket-talk
    title: Talk about tickets
    action: call
    when: {reasons: [ticket_pressure]}
    next_step: Ring {account} up.
    tasks: [{do: Ring them up., who: owner, hours: 48}]
    opener: Shall we go through your open tickets, {account}?
"""


def plays(text: str) -> tuple[Play, ...]:
    return read(document.parse(text, Path("playbooks/ours.yml"))).plays


def subject(code: str, grade: Grade = "watch", segment: str | None = None, lifecycle: str | None = None) -> Subject:
    signal = CATALOGUE.get(code.split(".", maxsplit=1)[0])
    name, named = (signal.name, signal.play) if signal else (None, "")
    return Subject(code, name, named, segment, grade=grade, lifecycle=lifecycle)


def play_of(found: Play | None) -> str:
    return found.play if found else ""


# --- the shipped set


@pytest.mark.parametrize("signal", CATALOGUE)
def test_every_signal_names_a_play_that_ships_and_gets_it_unless_the_account_is_lost_or_nearly(signal: str) -> None:
    assert CATALOGUE[signal].play in {one.play for one in SHIPPED}
    for grade in ("healthy", "watch", "at_risk"):
        for ending in ("poor", "watch", "shown", "risk"):
            assert play_of(match(SHIPPED, subject(f"{signal}.{ending}", grade))) == CATALOGUE[signal].play
    assert play_of(match(SHIPPED, subject(f"{signal}.missing"))) == "data-check"


def test_every_guard_of_a_shipped_card_has_a_play_that_names_it() -> None:
    guards = {f"guard.{guard.name}" for card in CARDS for guard in card.guards}
    assert guards <= {reason for one in SHIPPED for reason in one.when.reasons}


@pytest.mark.parametrize("code", [*Kind, "data.missing", "data.stale", "tier.requires", "child.counted", ""])
@pytest.mark.parametrize("grade", GRADES)
def test_every_transition_and_every_other_code_leads_somewhere(code: str, grade: Grade) -> None:
    assert match(SHIPPED, Subject(code, grade=grade)) is not None


@pytest.mark.parametrize(
    ("code", "grade", "play"),
    [
        ("", "healthy", "qbr"),
        ("expansion_ready", "healthy", "expansion-outreach"),
        ("at_risk", "at_risk", "success-plan"),
        ("champion.poor", "critical", "retention"),
        ("overdue_days.poor", "critical", "billing-check"),
        ("critical_open.poor", "critical", "route-support"),
        ("guard.notice_given", "watch", "save-review"),
    ],
)
def test_the_kind_of_account_decides_beside_the_reason(code: str, grade: Grade, play: str) -> None:
    assert play_of(match(SHIPPED, subject(code, grade))) == play


def test_who_is_no_customer_any_more_is_left_in_peace() -> None:
    gone = match(SHIPPED, subject("champion.poor", lifecycle="Churned"))
    assert gone is not None
    assert gone.action == "suppress"


def test_the_shipped_plays_use_every_action_but_none_that_is_not_there() -> None:
    assert {one.action for one in SHIPPED} == set(ACTIONS)


@pytest.mark.parametrize("play", SHIPPED, ids=lambda one: one.play)
def test_no_opener_and_no_draft_names_a_score_a_tier_a_reason_code_or_a_risk(play: Play) -> None:
    assert play.opener, "each begins a conversation"
    tiers = {tier.name for card in CARDS for tier in card.tiers if len(tier.name) > 1}  # one card has A to F
    for text in (play.opener, *((play.draft.subject, play.draft.body) if play.draft else ())):
        said = filled(text, "Acme", "Ana", "Sid")
        assert indiscreet(said, tiers) is None


# --- which one fits


def test_the_first_play_that_fits_holds_and_says_why() -> None:
    first, second = plays(
        "playbook: ours\nplays:\n"
        "  - {play: a, title: A, action: call, when: {reasons: [nps.poor], segments: [E]}, tasks: [{do: Call.}]}\n"
        "  - {play: b, title: B, action: wait, when: {reasons: [nps], tiers: [At Risk]}, tasks: [{do: Wait.}]}\n"
    )
    large = subject("nps.poor", segment="E")
    assert match((first, second), large) is first
    assert why(first, large) == "reason nps.poor, segment E"
    small = Subject("nps.watch", "nps", "", "S", "at risk")
    assert match((first, second), small) is second
    assert match((first, second), subject("nps.poor", segment="M")) is None


def test_a_draft_is_one_text_with_the_accounts_own_names_and_braces_in_a_name_stay_braces() -> None:
    [play] = plays(HEAD + ', draft: {subject: "About {account}", body: "Hello, {owner} here"}}')
    assert drafted(play, "{owner} Ltd", "Ana", None) == "About {owner} Ltd\n\nHello, Ana here"
    assert drafted(plays(HEAD + "}")[0], "Acme", "Ana", None) is None


@given(st.lists(st.sampled_from(["good", "fine", "at risk", "bad", "worst"]), min_size=2, max_size=5, unique=True))
def test_a_tier_has_one_grade_and_a_worse_tier_never_a_better_one(names: list[str]) -> None:
    tiers = [(one, 1000 * (len(names) - place)) for place, one in enumerate(names)]
    grades = [GRADES.index(grade) for one in names if (grade := grade_of(tiers, one))]
    assert len(grades) == len(names)
    assert grades == sorted(grades)


# --- what a file may say


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (HEAD + ", opener: Your health score fell.}", r"playbooks/ours.yml:3:.*a customer may read this.* 'health'"),
        (HEAD + ", draft: {subject: Hello, body: You are at risk.}}", r"playbooks/ours.yml:3:.*it says 'risk'"),
        (
            HEAD + ', opener: "Hello {champion}"}',
            r"'\{champion\}' is filled by nothing; expected \{account\}, \{owner\}",
        ),
        (HEAD + ', opener: "Hello {account"}', r"braces do not pair"),
        (HEAD.replace("call", "cal") + "}", r"playbooks/ours.yml:3:33: 'plays.0.action' is 'cal'; expected 'review', "),
        (HEAD.replace("do:", "doo:") + "}", r"playbooks/ours.yml:3:\d+: unknown key 'doo'; did you mean 'do'"),
        (HEAD + ", wen: {}}", r"unknown key 'wen'; did you mean 'when'\?"),
        (HEAD + "}\n" + HEAD.splitlines()[2] + "}", r"two plays are named 'a'"),
    ],
)
def test_a_slip_in_a_playbook_is_one_line_with_its_place(text: str, line: str) -> None:
    with pytest.raises(KeepwellError, match=line):
        plays(text)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ＳＣＯＲＥ", "score"),
        ("your s\u00adcore", "score"),
        ("At-Risk!", "risk"),
        ("champion.poor", "champion.poor"),
        ("usage_change_90d", "usage_change_90d"),
        ("the asterisk, underscore and frontier of an enterprise", None),
    ],
)
def test_words_are_found_however_they_are_written_and_only_whole(words: str, found: str | None) -> None:
    assert indiscreet(words) == found


# --- in a project


def test_book_explanation_alert_and_transition_say_the_same_next_step(
    small: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    """A play of the project stands before the shipped ones."""
    small.today = str(FELL)
    small.write("playbooks/ours.yml", OWN.replace("Ring {account} up.", "Ring them up today."))
    small.decide(BASELINE)
    report = small.decide(FELL)
    told = {one.next_step for one in report.cards[0].transitions}
    alerts = {(row.next_step, row.play) for row in actions.list_alerts(small.project).alerts}
    found = runs.explain(small.project, "A", as_of=FELL)
    row = next(one for one in portfolio.book(small.project, BookQuery(FELL)).rows if one.account_id == "A")
    assert alerts == {("Ring them up today.", "ticket-talk")}
    assert told == {found.next_action} == {row.next_step} == {"Ring them up today."}
    assert found.play == row.play == "ticket-talk"
    command = ["playbook", "Alpha", "--project", str(small.folder)]
    assert run([*command, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    [play] = shown["plays"]
    assert (play["play"], play["opener"]) == ("ticket-talk", "Shall we go through your open tickets, Alpha?")
    assert play["why"] == "reason ticket_pressure.watch"
    assert play["tasks"] == [{"do": "Ring them up.", "role": "owner", "who": "Olga", "due": "2026-03-24", "hours": 48}]
    assert run(command) == 0
    assert "Ring them up. [Olga, owner; by 2026-03-24]" in capsys.readouterr().out
    assert run(["playbook", "nps.poor", "--project", str(small.folder)]) == 0
    assert "listen" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (("[ticket_pressure]", "[ticket_presure]"), "'ticket_presure' is no reason; did you mean 'ticket_pressure'?"),
        (("[ticket_pressure]", "[nps], tiers: [gud]"), "'gud' is no tier of a card; did you mean 'good'?"),
    ],
)
def test_a_name_that_no_card_has_is_told_with_its_place(
    small: SmallProject, capsys: pytest.CaptureFixture[str], change: tuple[str, str], line: str
) -> None:
    small.write("playbooks/ours.yml", OWN.replace(*change))
    assert run(["playbook", "--project", str(small.project.folder)]) == 2
    err = capsys.readouterr().err
    assert line in err
    assert "ours.yml:6:" in err
