"""What a dated exception covers, and for how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from keepwell.decisions.policy import read
from keepwell.decisions.suppression import agreed, covers, held
from keepwell.document import parse
from keepwell.words.decision import Kind, Mode, Owned, Reason, Suppression, Transition

DAY = date(2026, 3, 20)
REASON = Reason("Champion left", "champion.poor", "champion")
TOLD = Transition(
    "A", Kind.AT_RISK, DAY, DAY, "steady", "at_risk", owned=Owned(segment="S", owner="Olaf"), reason=REASON
)
ONE = Suppression("7", "account", "A", None, "outage", "", "Rita", DAY, DAY + timedelta(days=3))
SOURCES = {"champion": frozenset({"crm"}), "overdue_days": frozenset({"billing"})}


@pytest.mark.parametrize(
    ("scope", "value", "code"),
    [
        ("account", "A", None),
        ("segment", "S", None),
        ("portfolio", "Olaf", None),
        ("source", "crm", None),
        ("account", "A", "champion.poor"),
        ("account", "A", "champion"),
    ],
)
def test_it_covers_an_account_a_segment_an_owners_book_a_source_or_one_reason(
    scope: str, value: str, code: str | None
) -> None:
    assert covers(replace(ONE, scope=scope, value=value, code=code), TOLD, SOURCES)


@pytest.mark.parametrize(
    ("scope", "value", "code"),
    [
        ("account", "B", None),
        ("segment", "E", None),
        ("portfolio", "Olga", None),
        ("source", "billing", None),
        ("account", "A", "overdue_days.poor"),
        ("account", "B", "champion.poor"),
    ],
)
def test_a_dispute_does_not_silence_a_lost_champion(scope: str, value: str, code: str | None) -> None:
    assert not covers(replace(ONE, scope=scope, value=value, code=code), TOLD, SOURCES)


def test_it_holds_from_its_first_day_through_its_last_and_not_after_it_was_taken_back() -> None:
    days = [DAY + timedelta(days=n) for n in range(-1, 5)]
    assert [ONE.holds_on(day) for day in days] == [False, True, True, True, True, False]
    taken = replace(ONE, ended=DAY + timedelta(days=1))
    assert [taken.holds_on(day) for day in days] == [False, True, False, False, False, False]


def test_what_it_holds_back_says_so_and_the_rest_stays_as_it_is() -> None:
    other = replace(ONE, key="8", value="B")
    found = held(TOLD, [other, ONE], SOURCES)
    assert (found.mode, found.suppression) == (Mode.SUPPRESSED, "7")
    assert held(TOLD, [other], SOURCES) is TOLD


def test_a_policy_file_may_hold_exceptions_of_its_own() -> None:
    text = "suppressions:\n  - {account: A, code: champion, reason: outage, author: Rita, since: 2026-03-01, until: 2026-04-01}\n"
    [one] = agreed(read(parse(f"policy: ours\ndecision: whom to call\n{text}")))
    assert (one.key, one.scope, one.value, one.code) == ("ours.yml, no. 1", "account", "A", "champion")
    assert covers(one, TOLD, SOURCES)
