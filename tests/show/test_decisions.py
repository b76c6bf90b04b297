"""Decisions on a terminal: short, in words, and safe with whatever a name holds."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from keepwell.show import decisions_json
from keepwell.show.alerts import show_alerts
from keepwell.show.decisions import show_policy, show_suppressions, show_transitions
from keepwell.show.paper.forms import written
from keepwell.show.worksheet import worksheet
from keepwell.words.action import PolicyReport, SuppressReport
from keepwell.words.alert import Action, Handling
from keepwell.words.decision import Mode
from tests.show.decision_samples import ALERT, ALERTS, CARD, DAY, POLICY, SUPPRESSIONS, TOLD, TRANSITIONS
from tests.show.samples import EXPLANATION, paper


@pytest.mark.parametrize("width", [80, 120])
def test_transitions_say_what_happened_to_whom_and_why(width: int) -> None:
    console, sheet = paper(width)
    show_transitions(TRANSITIONS, console)
    text = " ".join(sheet.getvalue().split())
    assert "default-ten, 2026-03-20 to 2026-03-20: 1 day decided, 1 transition" in text
    assert "at risk 12 · steady 300" in text
    assert "2026-03-20 is the baseline" in text
    assert "until 2026-04-03 transitions are only shown: they would have fired" in text
    assert "the card changed: 3 accounts have another status by it, without alerts" in text
    assert "62.4 → 41.2" in text or "62.4 → 41.3" in text
    assert "[red]Acme[/red]" in text
    assert "\x1b" not in text


def test_what_did_not_lead_to_an_alert_says_so() -> None:
    modes = [replace(TOLD, mode=Mode.REHEARSAL), replace(TOLD, mode=Mode.SUPPRESSED)]
    console, sheet = paper()
    show_transitions(replace(TRANSITIONS, cards=(replace(CARD, transitions=tuple(modes * 30), days=()),)), console)
    text = sheet.getvalue()
    assert "at risk (would have fired)" in text
    assert "at risk (suppressed)" in text
    assert "nothing new to decide, 60 transitions" in text
    assert "and 20 more; --json has all" in text


def test_late_alerts_are_counted_and_lead_to_their_list() -> None:
    console, sheet = paper(120)
    show_transitions(replace(TRANSITIONS, cards=(replace(CARD, late=(ALERT, ALERT)),)), console)
    assert "2 alerts are late: keepwell alerts" in " ".join(sheet.getvalue().split())


@pytest.mark.parametrize("width", [80, 160])
def test_alerts_say_who_should_do_what_by_when_and_how_they_stand(width: int) -> None:
    console, sheet = paper(width)
    show_alerts(ALERTS, console)
    text = " ".join(sheet.getvalue().split())
    assert "7: [red]Acme[/red]" in text
    assert "…" not in text
    assert "is snoozed, says Olga" in text
    assert "\x1b" not in text
    if width == 160:
        assert "2026-03-24" in text
        assert "waits until 2026-03-26: they are on holiday" in text
    console, sheet = paper()
    show_alerts(replace(ALERTS, alerts=(), changed=None), console)
    assert sheet.getvalue() == "No alert waits for anybody.\n"


def test_exceptions_name_who_decided_them_and_until_when() -> None:
    console, sheet = paper(160)
    show_suppressions(SUPPRESSIONS, console)
    text = " ".join(sheet.getvalue().split())
    assert "Suppression 7 is written." in text
    assert "7 account A-1, overdue_days.poor only custom: new bank Rita 2026-03-20 2026-04-20 1" in text
    console, sheet = paper()
    show_suppressions(SuppressReport(DAY, ()), console)
    assert sheet.getvalue() == "Nothing is suppressed.\n"


def test_a_policy_is_five_answers_and_what_is_left_open() -> None:
    console, sheet = paper(160)
    show_policy(POLICY, console)
    assert sheet.getvalue().splitlines() == [
        "default-ten by the policy 'default', 312 accounts as of 2026-03-20",
        "1. What does the score decide?",
        "   Whom to call",
        "   At most it may diagnose.",
        "   Conditions of its own: alerts are acted on: at least 90 % of 40 or more.",
        "2. Which signals explain it?",
        "   NPS answer (nps): 10 % of the weight, main reason of 51 accounts",
        "3. Which accounts are suppressed?",
        "   account A-1, overdue_days.poor only (1 account): custom, by Rita, until 2026-04-20",
        "   account A-1, overdue_days.poor only (what it tells): custom, by Rita, until 2026-04-20",
        "4. Who owns action?",
        "   owner: 310 accounts by 8 people, 2 by nobody",
        "   looked after: named 312",
        "5. How is feedback given?",
        "   Tell Rita",
        "   Reviewed by nobody yet within 14 days.",
        "1 finding:",
        "- 2 accounts have no owner: A-1, A-2",
    ]
    console, sheet = paper()
    show_policy(PolicyReport(DAY, (), ()), console)
    assert sheet.getvalue() == "Nothing is left open.\n"


def test_a_worksheet_is_five_blocks_with_a_real_account_and_inert_names() -> None:
    policy = replace(POLICY, cards=(replace(POLICY.cards[0], scorecard=EXPLANATION.score.scorecard),))
    sheet = worksheet(policy, replace(EXPLANATION, name="[Acme](javascript:x) | *A*"))
    text = written(sheet, "md").decode()
    blocks = re.findall(r"^## .+, (\S+) min: (.+)$", text, re.MULTILINE)
    assert blocks == [
        ("0–5", "the one sentence"),
        ("5–15", "signals and reasons"),
        ("15–25", "identity, owners, suppressions"),
        ("25–35", "authority"),
        ("35–45", "feedback"),
    ]
    assert "Whom to call" in text
    assert "- [ ] Who decides, and how often?" in text
    assert "| NPS answer | 10 % | 51 |" in text
    assert r"\[Acme\](javascript:x) \| \*A\*" in text
    assert "Granted: diagnose, of diagnose → prioritise → trigger → assist" in text
    assert "- 2 accounts have no owner: A-1, A-2" in text
    assert "No account is at risk by this card." in written(worksheet(policy, None), "html").decode()
    assert written(sheet, "pdf").startswith(b"%PDF")


def test_json_has_exact_integers_beside_numbers() -> None:
    [card] = json.loads(json.dumps(decisions_json.transitions(TRANSITIONS)))["cards"]
    [told] = card["transitions"]
    assert (told["new_score"], told["new_score_milli"], told["mrr"], told["mrr_minor"]) == (
        41.25,
        41250,
        12000,
        1200000,
    )
    assert told["evidence"][0]["observed_at"] == "2026-03-20"


def test_an_alert_whose_next_step_waits_says_for_which_review() -> None:
    console, sheet = paper(240)
    show_alerts(
        replace(ALERTS, alerts=(replace(ALERT, handling=Handling.OPEN, action=Action.STOPPED, review=4),)), console
    )
    assert "open, stopped: review 4" in sheet.getvalue()
