"""Grants: one open grant for a card and segment, whoever writes at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from threading import Barrier

import sqlalchemy as sa

from keepwell.feedback import audit, grants, reviews
from keepwell.state import State
from keepwell.words.authority import Grant

ALL = Grant("small", None, "prioritise", "Rita", "reasons are right", datetime(2026, 3, 20))
LARGE = replace(ALL, segment="E", level="trigger")


def test_a_newer_grant_takes_the_place_of_the_older_and_of_two_at_once_one_holds(state_url: str) -> None:
    state = State(state_url)
    found = sa.inspect(state.engine)
    for table in (audit.AUDIT, audit.HEAD, reviews.REVIEWS, grants.GRANTS):
        assert {c["name"] for c in found.get_columns(table.name)} == {c.name for c in table.columns}
    with state.engine.begin() as connection:
        assert grants.grant(connection, ALL)
        assert grants.grant(connection, LARGE)
        assert grants.grant(connection, replace(ALL, level="diagnose"))
        assert grants.current(connection, "small") == {None: replace(ALL, level="diagnose"), "E": LARGE}
        assert grants.current(connection, "other") == {}
        assert grants.end(connection, "small", "E", ALL.at)
        assert not grants.end(connection, "small", "E", ALL.at)
    both = Barrier(2)

    def grantor(name: str) -> bool:
        both.wait(10)
        with state.engine.begin() as connection:
            return grants.grant(connection, replace(LARGE, by=name))

    with ThreadPoolExecutor(2) as pool:
        assert any(pool.map(grantor, ("Ana", "Ben")))
    with state.engine.connect() as connection:
        assert set(grants.current(connection, "small")) == {None, "E"}
