"""What one alert tells of an account refers to it, in either database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from keepwell.deciding import alerts, standings
from keepwell.state import MIGRATIONS, State
from keepwell.words.alert import AlertRow, Handling
from keepwell.words.decision import Kind, Transition

DAY, NOW = date(2026, 3, 20), datetime(2026, 3, 21, 7)
FIRST = "INSERT INTO alert (id, scorecard, account_id, kind, episode, as_of, due, owner, told, handling, note, told_at) VALUES "


def told(state: State, *kinds: Kind) -> None:
    """One alert of A, led by the first kind."""
    found = [Transition("A", kind, DAY, DAY, "steady", "at_risk") for kind in kinds]
    first, *others = (AlertRow(0, "small", "A", kind, DAY, DAY, DAY, "Olga", alerts.TOLD) for kind in kinds)
    beside = tuple(replace(one, handling=Handling.OVER) for one in others)
    with state.engine.begin() as connection:
        standings.tell(connection, "small", found)
        alerts.write(connection, [replace(first, others=beside)], NOW)


def test_an_alert_stands_as_long_as_anything_that_it_tells_and_is_led_by_the_first_of_it(state_url: str) -> None:
    state = State(state_url)
    told(state, Kind.AT_RISK, Kind.POOR_FOR_WEEKS, Kind.RISK_FLAG, Kind.DROP)
    told(state, Kind.UNSCORED)
    [alert, alone] = alerts.current(state)
    assert (alert.what, alert.key) == (
        "at risk and poor for weeks and risk flag and drop in 30 days",
        f"small/A/at_risk/{DAY}",
    )
    assert {one.told_with for one in alert.others} == {alert.number}
    assert alerts.told_since(state, DAY) == {"Olga": (2, 2)}
    seen = []
    for kinds in ([Kind.AT_RISK, Kind.POOR_FOR_WEEKS], [Kind.DROP], [Kind.RISK_FLAG]):
        with state.engine.begin() as connection:
            alerts.end(connection, "small", ["A"], kinds, NOW)
        seen.append([one.what for one in alerts.current(state)])
    assert seen == [
        ["risk flag and drop in 30 days", "newly unscored"],
        ["risk flag", "newly unscored"],
        ["newly unscored"],
    ]
    with state.engine.begin() as connection:
        assert alerts.live_keys(connection, "small") == {alone.key}
        assert [alerts.withdraw(connection, one.number) for one in (alert, alone)] == [False, True]
    [whole] = alerts.every(state, DAY, DAY)
    assert (whole.handling, whole.what) == (Handling.OVER, alert.what), "it is remembered as it was told"


def test_two_alerts_of_an_account_and_day_each_name_what_they_told_themselves(state_url: str) -> None:
    """One was told at once, before the day closed, and one by its close."""
    state = State(state_url)
    told(state, Kind.AT_RISK, Kind.DROP)
    told(state, Kind.POOR_FOR_WEEKS, Kind.RISK_FLAG)
    assert [one.what for one in alerts.current(state)] == [
        "at risk and drop in 30 days",
        "poor for weeks and risk flag",
    ]


def test_what_was_told_together_before_the_reference_was_kept_refers_to_the_alert_that_told_it(state_url: str) -> None:
    """Of A two alerts of a day, one told at once; of B one in the digest; C's was told with nothing. And back again."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = sa.create_engine(state_url, poolclass=sa.NullPool)
    rows = [
        (1, "A", "at_risk", "alert", "claimed", "12:00"),
        (2, "A", "drop", "together", "over", "12:00"),
        (3, "A", "poor_for_weeks", "digest", "open", "23:00"),
        (4, "A", "renewal_at_risk", "alert", "open", "23:00"),
        (5, "A", "risk_flag", "together", "over", "23:00"),
        (6, "B", "at_risk", "digest", "open", "23:00"),
        (7, "B", "drop", "together", "over", "23:00"),
        (8, "C", "drop", "alert", "open", "23:00"),
    ]
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0010")
        for number, account, kind, how, handling, at in rows:
            values = f"({number}, 'small', '{account}', '{kind}', '{DAY}', '{DAY}', '{DAY}', 'Olga', '{how}', '{handling}', '', '{DAY} {at}:00')"
            connection.execute(sa.text(FIRST + values))
    State(state_url)
    names = ("id", "told", "told_with", "handling")
    with engine.begin() as connection:
        found = {row[0]: row[1:] for row in connection.execute(sa.select(*(alerts.ALERT.c[name] for name in names)))}
        assert {number: with_ for number, (_, with_, _) in found.items() if with_} == {2: 1, 5: 4, 7: 6}
        assert [found[number][0] for number in (2, 5, 7)] == ["alert", "alert", "digest"]
        assert [found[number][2] for number, *_ in rows] == [row[4] for row in rows]
        config.attributes["connection"] = connection
        command.downgrade(config, "0010")
        before = connection.execute(sa.text("SELECT told FROM alert ORDER BY id")).scalars().all()
        assert before == [row[3] for row in rows]
