"""Of two who do the same thing at the same moment one is told: what counts is what the first said."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime

import pytest
import sqlalchemy as sa

from keepwell.deciding import suppressions
from keepwell.feedback import overrides, verdicts
from keepwell.state import State
from keepwell.words.decision import AUTOMATIC, Suppression
from keepwell.words.override import Override
from keepwell.words.problem import KeepwellError
from keepwell.words.verdict import ChangeOf, Said, Verdict

DAY, NOW = date(2026, 3, 20), datetime(2026, 3, 20, 9)
OVERRIDE = Override("", "A", "small", 10_000, None, "they told me", "Olga", DAY, date(2026, 4, 1))
EXCEPTION = Suppression("", "account", "A", None, "outage", "", "Olga", DAY, date(2026, 4, 1))
VERDICT = Verdict(0, "A", "small", DAY, Said.FALSE_ALARM, "champion.poor", "on leave", "Ana", NOW)
Act = Callable[[State, str], object]


def end_override(state: State, by: str) -> object:
    return overrides.end(state, "1", by, DAY, NOW)


def end_exception(state: State, by: str) -> object:
    del by
    with state.engine.begin() as connection:
        return suppressions.end(connection, "1", DAY)


def settle(state: State, by: str) -> object:
    return verdicts.settle(state, 1, ChangeOf.SCORECARD, "commit 12ab", (by, NOW))


@pytest.mark.parametrize(
    ("act", "table"), [(end_override, "overrides"), (end_exception, "suppression"), (settle, "verdicts")]
)
def test_who_comes_second_is_told_and_changes_nothing(state_url: str, act: Act, table: str) -> None:
    """Olga acts between the moment at which Max looks and the one at which he writes."""
    state, waiting = State(state_url), ["Olga"]
    overrides.add(state, OVERRIDE, NOW)
    with state.engine.begin() as connection:
        suppressions.add(connection, EXCEPTION, NOW)
        verdicts.add(connection, VERDICT)

    def meanwhile(_: sa.Connection, __: object, statement: str, *___: object) -> None:
        if statement.startswith(f"UPDATE {table} ") and waiting:
            act(state, waiting.pop())

    sa.event.listen(state.engine, "before_cursor_execute", meanwhile)
    with pytest.raises(KeepwellError, match=r"somebody else .* just now"):
        act(state, "Max")
    [said] = verdicts.every(state)
    assert said.settled_by == ("Olga" if table == "verdicts" else None)


def test_of_two_runs_that_find_a_source_silent_one_opens_an_exception(state_url: str) -> None:
    """The second looks while the first has written and not committed."""
    state = State(state_url)
    silent = replace(EXCEPTION, scope="source", value="desk", author=AUTOMATIC)

    def second() -> bool:
        with state.engine.begin() as connection:
            return suppressions.open_outage(connection, silent, NOW)

    with ThreadPoolExecutor(1) as pool:
        with state.engine.begin() as connection:
            assert suppressions.open_outage(connection, silent, NOW)
            other = pool.submit(second)
            time.sleep(0.3)
        assert not other.result(10)
    assert len(suppressions.every(state)) == 1
