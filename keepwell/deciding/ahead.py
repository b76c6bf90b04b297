"""What days in a row are decided by, read together: why scores fell, and the readings that may be told on their own.

A statement over a day's few falls costs most of its time before it reads its first row, so the days of a week ask once.
No day learns of a later one: each pair is read as known on its own day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

import duckdb
import pyarrow as pa

from keepwell.book import shelf
from keepwell.book.scorer import Card, Row, Scorer, rows_of
from keepwell.deciding import alarms
from keepwell.deciding.plays import Plays, plays_of
from keepwell.decisions.alarm import SIGNALS
from keepwell.scoring.change import NO_OVERRIDES, PARTS, decompose_many
from keepwell.words.reading import Signal
from keepwell.words.score import Change

WEEK, MONTH = 7, 30  # days that a fall is measured over
MOST_DAYS = 7  # in more, a day could be read as known on two days (a month before one of them, a week before another)
AT_ONCE = 8_000  # accounts read or explained by one statement; each reads the whole book

# who fell by more than noise on some days; parents fall with their children, who are told of
FALLEN = f"""
WITH score AS (
    SELECT account_id, as_of, score_milli FROM ({{scores}}) WHERE list_contains($days, as_of) OR list_contains($before, as_of)
),
parent AS (SELECT DISTINCT as_of, a_parent FROM ({{readings}}) WHERE {{rolls_up}} AND list_contains($days, as_of))
SELECT s.as_of, s.account_id, s.as_of - w.as_of
FROM score s JOIN score w ON w.account_id = s.account_id AND s.as_of - w.as_of IN ({WEEK}, {MONTH})
WHERE list_contains($days, s.as_of) AND s.score_milli - w.score_milli <= $least
  AND NOT EXISTS (SELECT 1 FROM parent p WHERE p.as_of = s.as_of AND p.a_parent = s.account_id)
"""
KEPT = "SELECT {columns} FROM ({readings}) SEMI JOIN asked USING (account_id, as_of)"


class Question(NamedTuple):
    """Why an account's score of a day fell since so many days before; 0: its readings of the day itself."""

    day: date
    account: str
    ago: int

    @property
    def begin(self) -> date:
        """The day that is compared, or read."""
        return self.day - timedelta(days=self.ago)


@dataclass(eq=False)
class Ahead:
    """One card's kept days in a row, which are decided one after the other; `noise_milli` is the least fall asked of."""

    scorer: Scorer
    card: Card
    days: Sequence[date]
    noise_milli: int
    connection: duckdb.DuckDBPyConnection
    scores: str  # SQL of the kept scores, and of the kept readings
    readings: str
    _changes: dict[Question, Change | None] = field(default_factory=dict)
    _rows: dict[Question, Row | None] = field(default_factory=dict)
    _foresaw: bool = False

    @classmethod
    def of(cls, scorer: Scorer, card: Card, days: Sequence[date], noise_milli: int) -> Ahead:
        """Days whose scores the lake keeps, on a connection of their own."""
        connection = scorer.connect()
        kept = shelf.kept_sql(scorer, connection, card), shelf.kept_readings_sql(scorer, connection)
        return cls(scorer, card, days[:MOST_DAYS], noise_milli, connection, *kept)

    @cached_property
    def plays(self) -> Plays:
        """The project's plays."""
        return plays_of(self.scorer)

    def find(self, day: date, falls: Collection[tuple[str, int]], alarmed: Collection[str]) -> None:
        """Read what a day asks, where it is not read yet: falls of (account, days), and accounts with alarms."""
        wanted = {Question(day, *one) for one in falls} | {Question(day, account, 0) for account in alarmed}
        later = [one for one in self.days if one > day]
        answered = self._changes.keys() | self._rows.keys()
        foreseen = set(self._foreseen([day, *later])) if later and not self._foresaw else set()
        open_yet = wanted - foreseen - answered  # what is open stays open for a while
        kept_up = {one._replace(day=n) for one in open_yet for n in later}
        self._foresaw = True
        asked = sorted((wanted | foreseen | kept_up) - answered)
        for start in range(0, len(asked), AT_ONCE):
            self._read(asked[start : start + AT_ONCE])

    def fell(self, day: date, falls: Collection[tuple[str, int]]) -> dict[tuple[str, int], Change]:
        """(account, days) → why its score fell, of those found; where a score was missing there is none."""
        found = {one: self._changes[Question(day, *one)] for one in falls}
        return {one: change for one, change in found.items() if change is not None}

    def rows(self, day: date, alarmed: Collection[str]) -> dict[str, Row]:
        """account → its readings of the signals that alarms are read from, of those found."""
        found = {account: self._rows[Question(day, account, 0)] for account in alarmed}
        return {account: row for account, row in found.items() if row is not None}

    def candidates(self, day: date, told: Collection[str]) -> list[str]:
        """The accounts whose alarms a day reads."""
        if self.card is not self.scorer.headline():
            return []  # what signals tell on their own is told once
        return [account for _, account in alarms.candidates(self.connection, self.readings, [day], told)]

    def _foreseen(self, days: Sequence[date]) -> Iterator[Question]:
        """What the days will ask, as far as scores and ages alone tell."""
        rolls_up = "true" if self.card.rolls_up else "false"
        sql = FALLEN.format(scores=self.scores, readings=self.readings, rolls_up=rolls_up)
        before = [day - timedelta(days=ago) for day in days for ago in (WEEK, MONTH)]
        values = {"days": days, "before": before, "least": -self.noise_milli}
        yield from (Question(*row) for row in self.connection.execute(sql, values).fetchall())
        if self.card is self.scorer.headline():
            found = alarms.candidates(self.connection, self.readings, days, ())
            yield from (Question(day, account, 0) for day, account in found)

    def _read(self, asked: Sequence[Question]) -> None:
        """Read questions that are not answered yet: the kept days, and the first as known on the last."""
        pairs = [self.scorer.pair(one.account, one.begin, known_on=one.day) for one in asked]
        alarmed = [one for one in asked if not one.ago]
        signals = {**self.card.signals, **(self._alarm_signals if alarmed else {})}
        read = self.scorer.read(self.connection, pairs, signals)
        self._rows |= {one: read.get((one.account, one.day)) for one in alarmed}
        falls = [one for one in asked if one.ago]
        kept = self._kept({(one.account, day) for one in falls for day in (one.begin, one.day)})
        three = [
            (kept.get((one.account, one.begin)), read.get((one.account, one.begin)), kept.get((one.account, one.day)))
            for one in falls
        ]
        whole = {one: rows for one, rows in zip(falls, three, strict=True) if None not in rows}
        subjects = [((a, b, c), NO_OVERRIDES) for a, b, c in whole.values() if a and b and c]
        compiled = self.card.compiled
        changes = decompose_many(self.connection, (compiled, compiled), subjects)
        self._changes |= dict.fromkeys(falls) | dict(zip(whole, changes, strict=True))

    @cached_property
    def _alarm_signals(self) -> Mapping[str, Signal]:
        return {name: self.scorer.signals[name] for name in SIGNALS.values()}

    def _kept(self, wanted: Collection[tuple[str, date]]) -> dict[tuple[str, date], Row]:
        """(account, day) → its kept readings by the card's signals."""
        if not wanted:
            return {}
        accounts, days = zip(*sorted(wanted), strict=True)
        asked = pa.table({"account_id": pa.array(accounts, pa.string()), "as_of": pa.array(days, pa.date32())})
        self.connection.register("asked", asked)
        sql = KEPT.format(columns=self._columns, readings=self.readings)
        return {(row["account_id"], row["as_of"]): row for row in rows_of(self.connection, sql)}

    @cached_property
    def _columns(self) -> str:
        parts = (f"{part}_{name}" for name in self.card.signals for part in PARTS)
        return ", ".join(["account_id", "as_of", "COLUMNS('^a_')", *(f'"{column}"' for column in parts)])
