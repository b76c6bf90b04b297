"""Handoffs in both databases: each day is written once, and nobody overwrites what somebody else said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import sqlalchemy as sa

from keepwell.handoff import records
from keepwell.state import State
from keepwell.words.decision import Owned
from keepwell.words.handoff import Awaited, Baseline, Because, Handoff, Input, Mark, Step, Track

DAY, NEXT, LATER = date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)
READINGS = {"account_id": "A", "as_of": DAY.isoformat(), "v_quiet": 12, "q_quiet": "fresh", "o_quiet": None}
ONE = Handoff(
    account_id="A",
    since=DAY,
    because=Because.CLOSED_WON,
    as_of=DAY,
    owned=Owned("Acme", "M", "Olga", "Selma", "Hanna", 100_000, date(2027, 3, 1)),
    score_milli=60_000,
    track=Track.AT_RISK,
    missing=(Input.GOALS, Input.SUCCESS_PLAN),
    owner_on=DAY,
    baseline=Baseline("small", "r1", DAY, 70_000, READINGS),
    marks=(Mark(30, DAY, 70_000, "good", None),),
    told=(Awaited.OWNER,),
)


def nothing(_: sa.Connection) -> None:
    """Written beside."""


def test_what_is_written_is_read_again_and_a_day_is_written_by_one(state_url: str) -> None:
    state = State(state_url)
    assert records.decided(state) is None
    assert records.commit(state, DAY, None, [ONE], nothing)
    assert not records.commit(state, DAY, None, [replace(ONE, account_id="B")], nothing), "another was first"
    assert records.decided(state) == (DAY, DAY)
    assert records.every(state) == records.current(state) == (ONE,)
    assert records.newest(state, "A") == ONE
    assert records.newest(state, "B") is None
    assert records.commit(state, NEXT, (DAY, DAY), [replace(ONE, as_of=NEXT, ended_on=NEXT)], nothing)
    assert not records.commit(state, NEXT, (DAY, DAY), [ONE], nothing)
    assert records.current(state) == ()
    assert records.decided(state) == (DAY, NEXT)


def test_acceptance_meanwhile_stays_and_freezes_score_track_and_missing(state_url: str) -> None:
    state = State(state_url)
    records.commit(state, DAY, None, [ONE], nothing)
    said = {"step": Step.ACCEPTED.value, "by": "Olga", "reason": "known", "decided_on": NEXT}
    with state.engine.begin() as connection:
        assert records.say(connection, ONE, said)
        assert not records.say(connection, ONE, said), "it does not stand any more as this one saw it"
    later = replace(ONE, as_of=NEXT, score_milli=90_000, track=Track.HIGH_POTENTIAL, missing=(), kickoff_on=NEXT)
    records.commit(state, NEXT, (DAY, DAY), [later], nothing)
    accepted = replace(ONE, as_of=NEXT, kickoff_on=NEXT, step=Step.ACCEPTED, by="Olga", reason="known", decided_on=NEXT)
    assert records.every(state) == (accepted,)
