"""The review queue: one item by its key, one decision by whoever saw it last, the most pressing first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from threading import Barrier

import pytest

from keepwell.decisions.policy import read
from keepwell.decisions.review import Decision, Fate, Item, ReviewRow, lacking, may_decide, pressing
from keepwell.document import parse
from keepwell.feedback import reviews
from keepwell.state import State
from keepwell.words.decision import Owned
from keepwell.words.problem import KeepwellError

AT = datetime(2026, 3, 20, 9)
TODAY = date(2026, 3, 20)
ITEM = Item("k", "stop_rule", "A", "small", "Acme: the play waits", "renewal near", "Ana", date(2026, 3, 24), AT)
DRAFT = replace(ITEM, key="d", kind="draft", draft="Hello")
YES = Decision(Fate.APPROVED, "Ana", "I have talked to them", AT)


@pytest.fixture
def state(state_url: str) -> State:
    return State(state_url)


def ask(state: State, *items: Item) -> tuple[ReviewRow, ...]:
    with state.engine.begin() as connection:
        for item in items:
            reviews.ask(connection, item)
        return reviews.undecided(connection)


def test_the_same_key_twice_is_one_item_and_is_read_back_whole(state: State) -> None:
    rows = ask(state, ITEM, replace(ITEM, title="again"), DRAFT)
    assert [row.item for row in rows] == [ITEM, DRAFT]
    with state.engine.begin() as connection:
        assert reviews.decide(connection, rows[0], YES)
        assert [row.item.key for row in reviews.undecided(connection)] == ["d"]
        found = reviews.of_keys(connection, ["k", "x"])
        assert (found["k"].fate, found["k"].by, found["k"].decided_at) == (Fate.APPROVED, "Ana", AT)
        assert set(found) == {"k"}
        with pytest.raises(KeepwellError, match="no review 9; 'keepwell review' lists them"):
            reviews.found(connection, 9)
    assert len(ask(state, ITEM)) == 1, "asked again, it stays decided"


def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(state: State) -> None:
    """Also where the first only defers it: the other has not seen why."""
    both = Barrier(2)
    rows = ask(state, ITEM, DRAFT)

    def decides(first: tuple[ReviewRow, Decision]) -> bool:
        both.wait(10)
        with state.engine.begin() as connection:
            return reviews.decide(connection, *first)

    with ThreadPoolExecutor(2) as pool:
        for row, other in zip(rows, (YES, replace(YES, fate=Fate.DEFERRED, until=date(2026, 4, 1))), strict=True):
            assert sorted(pool.map(decides, ((row, replace(other, by="Ben")), (row, YES)))) == [False, True]


@pytest.mark.parametrize(
    ("row", "decision", "said"),
    [
        (ReviewRow(1, ITEM), YES, None),
        (ReviewRow(1, ITEM), replace(YES, by=" "), "nobody says so; add --by NAME"),
        (ReviewRow(1, ITEM), replace(YES, reason=""), 'review 1 is decided for a reason; add --reason "..."'),
        (ReviewRow(1, ITEM, Fate.REJECTED, by="Ben"), YES, "review 1 was rejected by Ben already; 'keepwell review'"),
        (ReviewRow(1, ITEM, Fate.OVER), YES, "review 1 is over by itself; 'keepwell review' lists what is open"),
        (ReviewRow(1, ITEM), replace(YES, fate=Fate.DEFERRED, until=TODAY), "a later day than today, 2026-03-20"),
        (ReviewRow(1, ITEM), replace(YES, fate=Fate.EDITED, text="Hi"), "review 1 has no draft to edit"),
        (ReviewRow(1, DRAFT), replace(YES, fate=Fate.EDITED, text=" "), "review 1 is edited to nothing"),
        (ReviewRow(1, DRAFT), replace(YES, fate=Fate.EDITED, text="Hi"), None),
        (ReviewRow(1, ITEM, Fate.DEFERRED, by="Ana"), YES, None),
    ],
)
def test_a_decision_has_a_name_and_a_reason_and_fits_its_item(
    row: ReviewRow, decision: Decision, said: str | None
) -> None:
    found = lacking(row, decision, TODAY)
    assert (found is None) if said is None else said in str(found)


def test_who_is_asked_decides_or_their_deputy_or_who_the_policy_escalates_to() -> None:
    roles = "owners: {cs_manager: {fields: [manager]}}\nsla: {deputies: {Ana: Ben}}"
    policy = read(parse(f"policy: a\ndecision: b\n{roles}"))
    assert may_decide(policy, ITEM, {"manager": "Max"}) == ("Ana", "Ben", "Max")
    assert may_decide(policy, replace(ITEM, asked=""), {"manager": "Max"}) == ()


def test_the_most_pressing_is_what_is_late_then_due_then_most_at_stake_and_what_waits_is_last() -> None:
    small, large = Owned(mrr_minor=100), Owned(mrr_minor=900)
    rows = [
        ReviewRow(1, ITEM, Fate.DEFERRED, until=date(2026, 3, 30), owned=large),
        ReviewRow(2, ITEM, owned=small),
        ReviewRow(3, replace(ITEM, due=None), owned=large),
        ReviewRow(4, ITEM, owned=large),
        ReviewRow(5, replace(ITEM, due=date(2026, 3, 19)), owned=small),
        ReviewRow(6, replace(ITEM, kind="draft"), owned=Owned(mrr_minor=200)),
        ReviewRow(7, ITEM, Fate.DEFERRED, until=TODAY, owned=large),
    ]
    assert [row.number for row in sorted(rows, key=lambda row: pressing(row, TODAY))] == [5, 4, 7, 2, 6, 3, 1]
