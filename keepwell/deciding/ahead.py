"""What days in a row are decided by, read together: why scores fell, and the readings that may be told on their own.

A statement over a day's few falls costs most of its time before it reads its first row, so the days of a week ask once.
No day learns of a later one: each pair is read as known on its own day. What was read stays in the engine; what becomes
rows of Python is only what is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

import duckdb
import pyarrow as pa

from keepwell.book import shelf
from keepwell.book.scorer import Card, Row, Scorer, rows_of
from keepwell.deciding import alarms
from keepwell.deciding.grounds import Grounds
from keepwell.deciding.heard import Heard
from keepwell.deciding.plays import Plays, plays_of
from keepwell.decisions.alarm import SIGNALS
from keepwell.decisions.policy import StopRules
from keepwell.decisions.rules import Rules
from keepwell.scoring.change import NO_OVERRIDES, PARTS, decompose_many, theirs_of
from keepwell.words.decision import Kind
from keepwell.words.reading import Signal
from keepwell.words.score import Change

WEEK, MONTH = 7, 30  # days that a fall is measured over
MOST_DAYS = 23  # in more, a day could be read as known on two days (a month before one of them, a week before another)
AT_ONCE = 8_000  # questions that one statement reads, whatever they are about, or accounts that one explains

# who fell by more than noise on some days; parents fall with their children, who are told of
FALLEN = f"""
WITH score AS (
    SELECT account_id, as_of, score_milli FROM ({{scores}}) WHERE list_contains($days, as_of) OR list_contains($before, as_of)
),
parent AS (SELECT DISTINCT as_of, a_parent FROM ({{readings}}) WHERE {{rolls_up}} AND list_contains($days, as_of))
SELECT s.as_of, s.account_id, s.as_of - w.as_of, w.score_milli - s.score_milli
FROM score s JOIN score w ON w.account_id = s.account_id AND s.as_of - w.as_of IN ({WEEK}, {MONTH})
WHERE list_contains($days, s.as_of) AND s.score_milli - w.score_milli <= $least
  AND NOT EXISTS (SELECT 1 FROM parent p WHERE p.as_of = s.as_of AND p.a_parent = s.account_id)
"""
# what the lake keeps of the days and of those that they are compared with, read from its files once
HELD = "CREATE OR REPLACE TEMP TABLE held_{what} AS SELECT * FROM ({kept}) WHERE list_contains($days, as_of)"
KEPT = "SELECT {columns} FROM ({readings}) SEMI JOIN asked USING (account_id, as_of)"
# the first day of each fall, its windows as known on the last
REWOUND = "CREATE TEMP TABLE IF NOT EXISTS rewound AS SELECT {columns} FROM readings LIMIT 0"
KEEP_REWOUND = "INSERT INTO rewound SELECT {columns} FROM readings SEMI JOIN asked USING (account_id, as_of)"
# a fall's three rows of readings, where all of them are there
THREE = """
WITH kept AS ({kept})
SELECT a.number, f AS first, r AS rewound, l AS last FROM asked_falls a
JOIN kept f ON f.account_id = a.account_id AND f.as_of = a.begin
JOIN rewound r ON r.account_id = a.account_id AND r.as_of = a.begin
JOIN kept l ON l.account_id = a.account_id AND l.as_of = a.day
"""


Fall = tuple[str, int]  # an account, and the days over which its score fell


class Question(NamedTuple):
    """Why an account's score of a day fell since so many days before; 0: its readings of the day itself."""

    day: date
    account: str
    ago: int

    @property
    def begin(self) -> date:
        """The day that is compared, or read."""
        return self.day - timedelta(days=self.ago)

    def ends(self) -> tuple[str, date, date]:
        """The account, and the days between which it fell."""
        return self.account, self.begin, self.day


@dataclass(eq=False)
class Ahead:
    """One card's kept days in a row, which are decided one after the other; falls of less than noise are not asked of."""

    scorer: Scorer
    card: Card
    days: Sequence[date]
    rules: Rules
    stop_rules: StopRules
    connection: duckdb.DuckDBPyConnection
    scores: str  # SQL of the kept scores, and of the kept readings
    readings: str
    _taken: dict[Question, int | None] = field(default_factory=dict)
    _changes: dict[Question, Change] = field(default_factory=dict)
    _rows: dict[Question, Row | None] = field(default_factory=dict)
    _young: set[Question] = field(default_factory=set)  # of accounts so new that every alarm may be theirs
    _foresaw: bool = False

    @classmethod
    def of(cls, scorer: Scorer, card: Card, days: Sequence[date], rules: Rules, stops: StopRules) -> Ahead:
        """The first of the days, whose scores the lake keeps, on a connection of their own; of a large book few."""
        connection = scorer.connect()
        together = next(scorer.together(connection, days[:MOST_DAYS]))
        scores, readings = shelf.kept_sql(scorer, connection, card), shelf.kept_readings_sql(scorer, connection)
        if len(together) > 1:
            read = sorted({day - timedelta(days=ago) for day in together for ago in (0, 1, WEEK, MONTH)})
            for what, kept in (("scores", scores), ("readings", readings)):
                connection.execute(HELD.format(what=what, kept=kept), {"days": read})
            scores, readings = "SELECT * FROM held_scores", "SELECT * FROM held_readings"
        return cls(scorer, card, together, rules, stops, connection, scores, readings)

    @cached_property
    def heard(self) -> Heard:
        """What sources had told by the close of each of the days."""
        return Heard(self.scorer, self.days)

    @cached_property
    def grounds(self) -> Grounds:
        """What is to be known of accounts before somebody acts on them."""
        return Grounds(self.scorer, self.days, self.stop_rules)

    @cached_property
    def plays(self) -> Plays:
        """The project's plays."""
        return plays_of(self.scorer)

    def find(self, day: date, falls: Collection[Fall], alarmed: Collection[str]) -> None:
        """Read what a day asks, where it is not read yet: falls of (account, days), and accounts with alarms."""
        wanted = {Question(day, *one) for one in falls} | {Question(day, account, 0) for account in alarmed}
        later = [one for one in self.days if one > day]
        answered = self._taken.keys() | self._rows.keys()
        foreseen = set(self._foreseen([day, *later])) if later and not self._foresaw else set()
        open_yet = wanted - foreseen - answered  # what is open stays open for a while
        kept_up = {one._replace(day=n) for one in open_yet for n in later}
        self._foresaw = True
        asked = sorted((wanted | foreseen | kept_up) - answered)
        for some in self._parted(asked):
            self._read(some)

    def taken(self, day: date, falls: Collection[Fall]) -> dict[Fall, int | None]:
        """(account, days) → the milli-points that behaviour and silence took; None: that cannot be said."""
        return {one: self._taken[Question(day, *one)] for one in falls}

    def why(self, day: date, falls: Collection[Fall]) -> dict[Fall, Change]:
        """(account, days) → why its score fell, of falls that were found and can be explained."""
        asked = [Question(day, *one) for one in falls if self._taken.get(Question(day, *one)) is not None]
        if set(asked) - self._changes.keys():
            drops = (
                one for one, by in self._taken.items() if one.day > day and by is not None and by >= self._drop(one)
            )
            self._explain(sorted({*asked, *drops} - self._changes.keys()))
        return {(one.account, one.ago): self._changes[one] for one in asked}

    def _explain(self, asked: Sequence[Question]) -> None:
        """Split falls into their causes; those of days ahead that may be told cost little beside."""
        kept = self._kept({(one.account, day) for one in asked for day in (one.begin, one.day)})
        self._ask((one.account, one.begin) for one in asked)
        found = rows_of(self.connection, "SELECT r.* FROM rewound r SEMI JOIN asked USING (account_id, as_of)")
        rewound = {(row["account_id"], row["as_of"]): row for row in found}
        three = [(kept[a, begin], rewound[a, begin], kept[a, day]) for a, begin, day in map(Question.ends, asked)]
        compiled = self.card.compiled
        changes = decompose_many(self.connection, (compiled, compiled), [(rows, NO_OVERRIDES) for rows in three])
        self._changes |= zip(asked, changes, strict=True)

    def _drop(self, one: Question) -> int:
        """The milli-points from which a fall over so many days is told."""
        return self.rules.weekly_drop_milli if one.ago == WEEK else self.rules.drop_milli

    def rows(self, day: date, alarmed: Collection[str]) -> dict[str, Row]:
        """account → its readings of the signals that alarms are read from, of those found."""
        found = {account: self._rows[Question(day, account, 0)] for account in alarmed}
        return {account: row for account, row in found.items() if row is not None}

    def candidates(self, day: date, told: Collection[str]) -> list[str]:
        """The accounts whose alarms a day reads."""
        return [one.account for one in self._alarmed([day], told)]

    def _alarmed(self, days: Sequence[date], told: Collection[str]) -> list[Question]:
        if self.card is not self.scorer.headline():
            return []  # what signals tell on their own is told once
        found = alarms.candidates(self.connection, self.readings, days, told)
        self._young |= {Question(day, account, 0) for day, account, young in found if young}
        return [Question(day, account, 0) for day, account, _ in found]

    def _foreseen(self, days: Sequence[date]) -> Iterator[Question]:
        """What the days will ask, as far as scores and ages alone tell: of a drop, until it is over."""
        rolls_up = "true" if self.card.rolls_up else "false"
        sql = FALLEN.format(scores=self.scores, readings=self.readings, rolls_up=rolls_up)
        before = [day - timedelta(days=ago) for day in days for ago in (WEEK, MONTH)]
        values = {"days": days, "before": before, "least": -self.rules.noise_milli}
        for *fall, by in self.connection.execute(sql, values).fetchall():
            one = Question(*fall)
            yield one
            yield from (one._replace(day=day) for day in days if day > one.day and by >= self._drop(one))
        yield from self._alarmed(days, ())

    def _parted(self, asked: Sequence[Question]) -> list[list[Question]]:
        """Together; of more days than a week falls apart from readings of a day itself, which is a week before another.

        Where they are many, each sort is read by the signals that it needs: falls, flags, all alarms.
        """
        if len(self.days) <= WEEK and len(asked) <= AT_ONCE:
            return [list(asked)] if asked else []
        falls, alarmed = [one for one in asked if one.ago], [one for one in asked if not one.ago]
        young = [one for one in alarmed if one in self._young]
        flagged = [one for one in alarmed if one not in self._young]
        alarms_ = [young, flagged] if len(alarmed) > AT_ONCE else [alarmed]
        return [some for some in (falls, *alarms_) if some]

    def _read(self, asked: Sequence[Question]) -> None:
        """Read questions that are not answered yet: the first of the days as known on the last."""
        pairs = [self.scorer.pair(one.account, one.begin, known_on=one.day) for one in asked]
        falls, alarmed = [one for one in asked if one.ago], [one for one in asked if not one.ago]
        signals = {**(self.card.signals if falls else {}), **self._alarm_signals(alarmed)}
        self.scorer.fill(self.connection, pairs, signals)
        if alarmed:
            self._ask((one.account, one.day) for one in alarmed)
            found = rows_of(self.connection, "SELECT r.* FROM readings r SEMI JOIN asked USING (account_id, as_of)")
            rows = {(row["account_id"], row["as_of"]): self.scorer.named(row) for row in found}
            self._rows |= {one: rows.get((one.account, one.day)) for one in alarmed}
        if falls:
            self._ask((one.account, one.begin) for one in falls)
            for sql in (REWOUND, KEEP_REWOUND):
                self.connection.execute(sql.format(columns=self._columns))
            self._taken |= dict.fromkeys(falls) | self._measured(falls)

    def _alarm_signals(self, alarmed: Collection[Question]) -> dict[str, Signal]:
        """Those that accounts so old may ring by."""
        kinds = SIGNALS if self._young.intersection(alarmed) else (Kind.RISK_FLAG,) if alarmed else ()
        return {name: self.scorer.signals[name] for name in (SIGNALS[kind] for kind in kinds)}

    def _measured(self, falls: Sequence[Question]) -> dict[Question, int | None]:
        """What behaviour and silence took, of falls with their three rows of readings."""
        table = pa.table(
            {
                "number": pa.array(range(len(falls)), pa.int64()),
                "account_id": pa.array([one.account for one in falls], pa.string()),
                "begin": pa.array([one.begin for one in falls], pa.date32()),
                "day": pa.array([one.day for one in falls], pa.date32()),
            }
        )
        self.connection.register("asked_falls", table)
        kept = f"SELECT {self._columns} FROM ({self.readings})"
        three = THREE.format(kept=f"{kept} WHERE as_of IN (SELECT unnest([begin, day]) FROM asked_falls)")
        return {falls[number]: by for number, by in theirs_of(self.connection, self.card.compiled, three)}

    def _kept(self, wanted: Collection[tuple[str, date]]) -> dict[tuple[str, date], Row]:
        """(account, day) → its kept readings by the card's signals."""
        self._ask(wanted)
        sql = KEPT.format(columns=self._columns, readings=self.readings)
        return {(row["account_id"], row["as_of"]): row for row in rows_of(self.connection, sql)}

    def _ask(self, wanted: Iterable[tuple[str, date]]) -> None:
        """Make the relation `asked` of (account, day)."""
        accounts, days = zip(*sorted(set(wanted)), strict=True)
        asked = pa.table({"account_id": pa.array(accounts, pa.string()), "as_of": pa.array(days, pa.date32())})
        self.connection.register("asked", asked)

    @cached_property
    def _columns(self) -> str:
        parts = (f"{part}_{name}" for name in self.card.signals for part in PARTS)
        return ", ".join(["account_id", "as_of", "COLUMNS('^a_')", *(f'"{column}"' for column in parts)])
