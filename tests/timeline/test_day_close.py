"""When a day closes: a run, which finds its days, and SQL, which reads the facts, agree (SEMANTICS, rule 2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest

from keepwell.lake import Lake
from keepwell.project import Config, Project
from keepwell.timeline.ledger import Ledger
from tests.company import clock, close, default_terms

SECOND = timedelta(seconds=1)


def project(folder: Path, zone: str, day_close: str) -> Project:
    config = Config(version=1, name="test", time_zone=zone, day_close=time.fromisoformat(day_close))
    return Project(folder, config)


def ledger(folder: Path, zone: str, day_close: str) -> Ledger:
    return Ledger(Lake(folder).connect(0), default_terms(time_zone=zone, day_close=day_close))


@pytest.mark.parametrize(
    ("zone", "day_close", "day", "closes"),
    [
        ("Europe/Berlin", "02:30", date(2026, 10, 24), datetime(2026, 10, 25, 0, 30)),  # shown twice: the first
        ("America/New_York", "01:30", date(2026, 10, 31), datetime(2026, 11, 1, 5, 30)),
        ("Europe/Berlin", "02:30", date(2026, 3, 28), datetime(2026, 3, 29, 1, 30)),  # skipped: as if it were not
        ("America/Havana", "00:30", date(2026, 10, 31), datetime(2026, 11, 1, 4, 30)),
        ("Australia/Lord_Howe", "01:45", date(2026, 4, 4), datetime(2026, 4, 4, 14, 45)),  # half an hour
        ("UTC", "06:00", date(2026, 10, 24), datetime(2026, 10, 25, 6)),
    ],
)
def test_a_close_that_the_clocks_show_twice_is_the_first_of_the_two(
    tmp_path: Path, zone: str, day_close: str, day: date, closes: datetime
) -> None:
    assert project(tmp_path, zone, day_close).close_at(day) == closes
    connection = ledger(tmp_path, zone, day_close).connection
    before, at = connection.execute("SELECT close_day(?), close_day(?)", [closes - SECOND, closes]).fetchall()[0]
    assert (before, at) == (day, day + timedelta(days=1))
    assert connection.execute("SELECT first_close(CAST(? AS DATE))", [day]).fetchall() == [(closes,)]


@pytest.mark.parametrize(
    ("zone", "day_close"),
    [
        ("Europe/Berlin", "06:00"),
        ("Europe/Berlin", "02:00"),
        ("Europe/Berlin", "02:59"),
        ("Europe/Berlin", "03:00"),
        ("America/New_York", "01:30"),
        ("America/Santiago", "00:00"),
        ("Atlantic/Azores", "00:30"),
        ("Asia/Kolkata", "05:30"),
    ],
)
def test_every_day_of_ten_years_closes_at_the_second_that_pythons_clock_says(
    tmp_path: Path, zone: str, day_close: str
) -> None:
    """And each moment belongs to the day whose close is next; moments an hour around each close show it."""
    days = [date(2020, 1, 1) + timedelta(days=n) for n in range(3653)]
    connection = ledger(tmp_path, zone, day_close).connection
    connection.execute("CREATE TABLE expected (day DATE, closes TIMESTAMP, starts TIMESTAMP)")
    rows = [(d, close(d, zone, time.fromisoformat(day_close)), clock(d + timedelta(days=1), zone)) for d in days]
    values = ", ".join(f"(DATE '{d}', TIMESTAMP '{c}', TIMESTAMP '{s}')" for d, c, s in rows)
    connection.execute(f"INSERT INTO expected VALUES {values}")
    wrong = "first_close(day) <> closes OR local_end(day) <> starts OR close_day(closes) <> day + 1"
    wrong += " OR close_day(closes - INTERVAL 1 SECOND) <> day OR close_day(closes + INTERVAL 90 MINUTE) <> day + 1"
    wrong += " OR close_day(closes - INTERVAL 90 MINUTE) <> day"
    assert connection.execute(f"SELECT * FROM expected WHERE {wrong}").fetchall() == []


@lru_cache
def told_apart() -> str | None:
    """A zone whose clocks change otherwise by Python's data than by the database's; None: there is none."""
    moments = [datetime(2026, month, 1) + timedelta(days=365 * n) for n in range(1, 6) for month in (1, 7)]
    connection = Lake(Path()).connect(0)
    for zone in sorted(name for name in available_timezones() if "/" in name):
        sql = f"SELECT timezone('{zone}', timezone('UTC', m)) FROM (SELECT unnest(?::TIMESTAMP[]) AS m)"
        local = [row[0] for row in connection.execute(sql, [moments]).fetchall()]
        if local != [m.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) for m in moments]:
            return zone
    return None


def test_a_run_closes_its_days_by_the_clock_that_the_facts_are_read_with(tmp_path: Path) -> None:
    """Else knowledge of an hour after the close would count, or each day would read as if with later knowledge."""
    zone = told_apart()
    if zone is None:
        pytest.skip("Python and the database know the same changes of all clocks")
    opened = project(tmp_path, zone, "06:00")
    days = [date(2027, 1, 1) + timedelta(days=n) for n in range(0, 365, 7)]
    read = ledger(tmp_path, zone, "06:00")
    for day in days:
        at = opened.close_at(day)
        found = read.connection.execute("SELECT close_day(?), close_day(?), first_close(CAST(? AS DATE))",
                                        [at - SECOND, at, day]).fetchall()  # fmt: skip
        assert found == [(day, day + timedelta(days=1), at)]
        assert opened.last_closed_day(at) == day
    assert not read.known_of_all([(day, opened.close_at(day)) for day in days[::10]]).rewound


@pytest.mark.parametrize("day_close", ["06:00", "00:00"])
def test_around_a_day_that_a_zone_skipped_knowledge_is_of_the_first_day_that_closes_after_it(
    tmp_path: Path, day_close: str
) -> None:
    """Samoa had no 30 December 2011: it closes together with the 29th, which must see what was known by then."""
    opened = project(tmp_path, "Pacific/Apia", day_close)
    days = [date(2011, 12, n) for n in (27, 28, 29, 31)]
    closes = [opened.close_at(day) for day in days]
    assert closes == sorted(set(closes))
    assert opened.close_at(date(2011, 12, 30)) == closes[2]
    connection = ledger(tmp_path, "Pacific/Apia", day_close).connection
    before = [connection.execute("SELECT close_day(?)", [at - SECOND]).fetchall()[0][0] for at in closes]
    assert before == days
