"""When a day closes: Python, which finds a run's days, and SQL, which reads the facts, agree (SEMANTICS, rule 2)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from keepwell.lake import Lake
from keepwell.project import Config, Project
from keepwell.timeline.ledger import Ledger
from tests.company import default_terms

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
def test_a_close_that_the_clocks_show_twice_is_the_first_in_python_and_in_sql(
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
def test_every_day_of_ten_years_closes_at_the_same_second_in_python_and_in_sql(
    tmp_path: Path, zone: str, day_close: str
) -> None:
    """And each moment belongs to the day whose close is next; moments an hour around each close show it."""
    opened = project(tmp_path, zone, day_close)
    days = [date(2020, 1, 1) + timedelta(days=n) for n in range(3653)]
    connection = ledger(tmp_path, zone, day_close).connection
    connection.execute("CREATE TABLE expected (day DATE, closes TIMESTAMP, starts TIMESTAMP)")
    rows = [(day, opened.close_at(day), opened.start_of(day + timedelta(days=1))) for day in days]
    values = ", ".join(f"(DATE '{d}', TIMESTAMP '{c}', TIMESTAMP '{s}')" for d, c, s in rows)
    connection.execute(f"INSERT INTO expected VALUES {values}")
    wrong = "first_close(day) <> closes OR local_end(day) <> starts OR close_day(closes) <> day + 1"
    wrong += " OR close_day(closes - INTERVAL 1 SECOND) <> day OR close_day(closes + INTERVAL 90 MINUTE) <> day + 1"
    wrong += " OR close_day(closes - INTERVAL 90 MINUTE) <> day"
    assert connection.execute(f"SELECT * FROM expected WHERE {wrong}").fetchall() == []
