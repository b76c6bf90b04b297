"""Standings and transitions in the state database: each day once, whoever comes and however often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from keepwell.deciding.standings import TRANSITION, Day, Decided, commit, decided, standings, transitions
from keepwell.deciding.suppressions import SUPPRESSION
from keepwell.delivery.outbox import Target, items, put
from keepwell.state import META, State
from keepwell.words.decision import (
    ByCard,
    Counts,
    EvidenceLine,
    Kind,
    Mode,
    Owned,
    Reason,
    Standing,
    Status,
    Transition,
)
from keepwell.words.delivery import Fate
from keepwell.words.score import State as ScoreState
from tests.delivery.samples import ALERT, NOTE

FIRST = date(2026, 3, 1)
OWNED = Owned("Ädams & Söhne", "E", "Olaf", "Selma", "Max", 1_000_000, date(2026, 9, 30))
STANDING = Standing(
    account_id="A",
    as_of=FIRST,
    batch=3,
    recipe="r1",
    state=ScoreState.SCORED,
    status=Status.AT_RISK,
    score_milli=41_250,
    tier="poor",
    previous_milli=55_000,
    previous_tier="watch",
    delta7_milli=-9_000,
    delta30_milli=None,
    coverage_ppm=740_000,
    owned=OWNED,
    scored_on=FIRST,
    counts=Counts(0, 3, 0, 20, 1),
    episodes={Kind.AT_RISK: FIRST, Kind.RENEWAL_AT_RISK: date(2026, 9, 30)},
    reason=Reason("Champion left", "champion.poor", "champion", FIRST, 41_250),
    by_card=ByCard(
        since=FIRST,
        override="7",
        in_force=True,
        opened=(Kind.AT_RISK,),
        state=ScoreState.SCORED,
        status=Status.STEADY,
        score_milli=80_000,
        tier="healthy",
        scored_on=FIRST,
        counts=Counts(clear=20),
        episodes={Kind.DROP: FIRST},
    ),
)
LINE = EvidenceLine("Champion left", "champion.poor", "champion", "gone", "kind", FIRST, -12_000)
TOLD = Transition(
    account_id="A",
    kind=Kind.AT_RISK,
    episode=FIRST,
    as_of=FIRST,
    old="steady",
    new="at_risk",
    old_milli=55_000,
    new_milli=41_250,
    old_tier="watch",
    new_tier="poor",
    owned=OWNED,
    reason=Reason("Champion left", "champion.poor", "champion"),
    evidence=(LINE, replace(LINE, observed_at=None)),
    mode=Mode.SUPPRESSED,
    suppression="7",
    override="3",
    model_milli=80_000,
    model_tier="healthy",
)


@pytest.fixture
def state(state_url: str) -> State:
    return State(state_url)


def a_day(n: int = 0) -> Day:
    on = FIRST + timedelta(days=n)
    told = replace(TOLD, as_of=on, episode=on)
    return Day("card", on, "r1", [replace(STANDING, as_of=on, batch=3 + n)], [told])


def test_the_tables_of_the_code_are_those_that_the_migrations_make(state: State) -> None:
    found = sa.inspect(state.engine)
    assert SUPPRESSION.metadata is META
    for table in META.sorted_tables:
        assert {c["name"] for c in found.get_columns(table.name)} == {c.name for c in table.columns}


def test_what_is_written_is_read_back_whole(state: State) -> None:
    assert (decided(state, "card"), standings(state, "card")) == (None, {})
    assert commit(state, a_day(), None)
    assert decided(state, "card") == Decided(FIRST, FIRST, "r1")
    assert standings(state, "card") == {"A": STANDING}
    assert transitions(state, "card", FIRST, FIRST) == (TOLD,)
    assert standings(state, "card", ["A", "B"]) == {"A": STANDING}
    assert standings(state, "card", []) == {}
    assert (standings(state, "other"), transitions(state, "card", FIRST, FIRST, "B")) == ({}, ())


def test_a_day_that_is_decided_is_not_decided_again(state: State) -> None:
    assert commit(state, a_day(), None)
    assert not commit(state, a_day(), None)
    seen = decided(state, "card")
    assert commit(state, a_day(1), seen)
    assert not commit(state, a_day(1), seen)
    assert not commit(state, a_day(2), seen)
    assert [t.as_of for t in transitions(state, "card", FIRST, date(2026, 4, 1))] == [a_day().as_of, a_day(1).as_of]
    assert standings(state, "card")["A"].as_of == a_day(1).as_of


def test_of_two_schedulers_at_once_exactly_one_writes_each_day(state: State) -> None:
    assert commit(state, a_day(), None)
    both = Barrier(2)

    def scheduler(_: int) -> list[bool]:
        won = []
        for n in range(1, 6):
            seen = decided(state, "card")
            both.wait(10)
            won.append(commit(state, a_day(n), seen))
            both.wait(10)
        return won

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(scheduler, range(2))
    assert [a + b for a, b in zip(one, other, strict=True)] == [1] * 5
    assert len(transitions(state, "card", FIRST, date(2026, 4, 1))) == 6


def test_two_that_begin_at_once_have_one_beginning(state: State) -> None:
    both = Barrier(2)

    def begins(_: int) -> bool:
        both.wait(10)
        return commit(state, a_day(), None)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(begins, range(2))) == [False, True]


def test_a_transition_of_one_episode_is_kept_once_even_if_two_days_tell_it(state: State) -> None:
    assert commit(state, a_day(), None)
    again = replace(a_day(1), transitions=[replace(TOLD, as_of=FIRST + timedelta(days=1))])
    assert commit(state, again, decided(state, "card"))
    with state.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(TRANSITION)).scalar() == 1


def test_a_day_that_fails_halfway_leaves_nothing(state: State) -> None:
    assert commit(state, a_day(), None)
    seen = decided(state, "card")
    broken = replace(a_day(1), transitions=[replace(TOLD, account_id=None)])  # type: ignore[arg-type]
    with pytest.raises(sa.exc.IntegrityError):
        commit(state, broken, seen)
    assert decided(state, "card") == seen
    assert standings(state, "card") == {"A": STANDING}


def test_what_a_day_causes_is_written_with_it_or_not_at_all(state: State) -> None:
    def tells(connection: sa.Connection) -> None:
        put(connection, ALERT, [Target("team", "slack", "C1")], datetime(2026, 3, 2))

    assert commit(state, a_day(), None, tells)
    seen = decided(state, "card")
    assert [item.message for item in items(state, Fate.WAITING)] == [ALERT]

    def tells_and_fails(connection: sa.Connection) -> None:
        put(connection, NOTE, [Target("team", "slack", "C1")], datetime(2026, 3, 2))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        commit(state, a_day(1), seen, tells_and_fails)
    assert not commit(state, a_day(), None, tells_and_fails), "who lost the day tells nothing"
    assert (decided(state, "card"), len(items(state, Fate.WAITING))) == (seen, 1)
