"""Ninety days of one account as facts tell them: goals, use, tickets, meetings, steps of the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from keepwell.book.scorer import Row, Scorer, rows_of
from keepwell.timeline.ledger import Ledger
from keepwell.words.inert import clean, cut

DAYS = 90
LONGEST_NAME = 120
TOGETHER = {
    "meeting": ("meeting", "meetings"),
    "qbr": ("business review", "business reviews"),
    "training": ("training", "trainings"),
    "call": ("call", "calls"),
}
KINDS = ("goal", "milestone", "usage_feature_day", "usage", "ticket", "interaction")

GOALS = """
SELECT name, metric, due_day, target, current, on_track FROM known_goal
WHERE account_id = $account AND coalesce(due_day > $day - $window, true)
ORDER BY due_day NULLS LAST, source, external_id
"""
STEPS = """
SELECT name, due_day, achieved_day FROM known_milestone
WHERE account_id = $account AND plan IN ('success', 'onboarding', 'first_value')
  AND (achieved_day > $day - $window OR achieved_day IS NULL)
ORDER BY achieved_day NULLS LAST, due_day NULLS LAST, source, external_id
"""
# the three parts of the ninety days, the oldest first, and the ninety days before as the part -1
USE = """
SELECT CASE WHEN age < $window THEN ($window - 1 - age) // ($window // 3) ELSE -1 END AS part,
       count(DISTINCT person) AS people, count(DISTINCT day) AS days, CAST(sum(uses) AS BIGINT) AS uses
FROM known_usage WHERE account_id = $account AND age < 2 * $window GROUP BY part ORDER BY part
"""
FEATURES = """
SELECT b.bit, count(DISTINCT u.day) AS days FROM known_usage_feature_day u
JOIN feature_bit b ON (u.features & b.mask) <> 0
WHERE u.account_id = $account AND u.age < $window GROUP BY b.bit ORDER BY days DESC, b.bit
"""
TICKETS = """
SELECT count(*) FILTER (day > $day - $window) AS opened,
       count(*) FILTER (resolved_at IS NOT NULL AND local_day(resolved_at) > $day - $window) AS solved,
       count(*) FILTER (resolved_at IS NULL) AS still_open,
       CAST(quantile_disc(date_diff('second', opened_at, resolved_at), 0.5)
            FILTER (local_day(resolved_at) > $day - $window) AS BIGINT) AS seconds
FROM known_ticket WHERE account_id = $account AND NOT coalesce(bot, false)
"""
MEETINGS = """
SELECT type, count(DISTINCT coalesce(thread, external_id)) AS number FROM known_interaction
WHERE account_id = $account AND day > $day - $window AND type IN ('meeting', 'qbr', 'training', 'call')
  AND coalesce(attended, true) GROUP BY type ORDER BY type
"""
OURS = """
SELECT count(*) FILTER (direction = 'outbound' AND type = 'email' AND NOT coalesce(automatic, false)) AS written,
       max(day) FILTER (two_way) AS last_exchange
FROM known_interaction WHERE account_id = $account AND day > $day - $window
"""


@dataclass(frozen=True)
class Goal:
    """A goal of the customer's own."""

    name: str
    metric: str
    due: date | None = None
    target: int | None = None
    current: int | None = None
    on_track: bool | None = None


@dataclass(frozen=True)
class Step:
    """A step of a plan: reached on a day, or still ahead."""

    name: str
    due: date | None = None
    reached: date | None = None


@dataclass(frozen=True)
class Use:
    """Use in a stretch of days."""

    people: int = 0
    days: int = 0
    uses: int = 0


@dataclass(frozen=True)
class Quarter:
    """What happened in the ninety days up to one."""

    account_id: str
    name: str
    since: date
    until: date
    goals: tuple[Goal, ...] = ()
    steps: tuple[Step, ...] = ()
    use: tuple[Use, ...] = ()  # by thirds, the oldest first; empty: nothing tells of use
    before: Use | None = None  # in the ninety days before
    features: tuple[tuple[str, int], ...] = ()  # key features with the days they were used on
    opened: int = 0
    solved: int = 0
    still_open: int = 0
    seconds: int | None = None  # until a ticket was solved, the middle one
    together: tuple[tuple[str, int], ...] = ()  # meetings by kind
    written: int = 0
    last_exchange: date | None = None


def quarter(scorer: Scorer, account: str, name: str, day: date) -> Quarter:
    """The ninety days up to one, with what was known when it closed."""
    connection = scorer.connect()
    known = Ledger(connection, scorer.terms).known_at([scorer.pair(account, day)])
    for table, sql in known.relations(dict.fromkeys(KINDS)).items():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {sql}")
    asked = {"account": account, "day": day, "window": DAYS}
    [tickets], [ours] = _rows(connection, TICKETS, asked), _rows(connection, OURS, asked)
    use = {row.pop("part"): Use(**row) for row in _rows(connection, USE, asked)}
    return Quarter(
        account_id=account,
        name=_short(name),
        since=day - timedelta(days=DAYS - 1),
        until=day,
        goals=tuple(map(_goal, _rows(connection, GOALS, asked))),
        steps=tuple(_step(row) for row in _rows(connection, STEPS, asked) if row["name"]),
        use=tuple(use.get(part, Use()) for part in range(3)) if use else (),
        before=use.get(-1),
        features=_features(scorer.terms.key_features, _rows(connection, FEATURES, asked)),
        opened=tickets["opened"],
        solved=tickets["solved"],
        still_open=tickets["still_open"],
        seconds=tickets["seconds"],
        together=tuple((row["type"], row["number"]) for row in _rows(connection, MEETINGS, asked)),
        written=ours["written"],
        last_exchange=ours["last_exchange"],
    )


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, asked: dict[str, object]) -> list[Row]:
    return rows_of(connection, sql, {name: value for name, value in asked.items() if f"${name}" in sql})


def _goal(row: Row) -> Goal:
    return Goal(
        _short(row["name"] or row["metric"] or "a goal"),
        _short(row["metric"] or ""),
        row["due_day"],
        row["target"],
        row["current"],
        row["on_track"],
    )


def _step(row: Row) -> Step:
    return Step(_short(row["name"]), row["due_day"], row["achieved_day"])


def _features(names: Sequence[str], rows: Sequence[Row]) -> tuple[tuple[str, int], ...]:
    """Names as a person says them."""
    return tuple((_short(names[row["bit"]].replace("_", " ")), row["days"]) for row in rows)


def _short(text: str) -> str:
    return cut(clean(text), LONGEST_NAME)


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun.

    >>> count(1, "day"), count(2_000, "person", "people")
    ('1 day', '2,000 people')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
