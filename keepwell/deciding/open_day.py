"""A day that has not closed: some accounts, as the day's close would find them if nothing more came in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import duckdb

from keepwell.deciding.changes import ClosedDay
from keepwell.deciding.standings import Day, Decided
from keepwell.words.decision import Kind, Standing, Suppression


@dataclass(eq=False)
class OpenDay(ClosedDay):
    """One card's open day, read and scored for `accounts`; the days before it are those that the lake keeps."""

    accounts: frozenset[str] = frozenset()

    def concerns(self, account: str) -> bool:
        """Whether the account is one of those that something happened to."""
        return account in self.accounts

    def decided(self, before: Mapping[str, Standing], seen: Decided | None, suppressions: Sequence[Suppression]) -> Day:
        """As the close of the day decides it; a recovery, which takes days in a row, is told by the close alone."""
        day = super().decided(before, seen, suppressions)
        return replace(day, transitions=[one for one in day.transitions if one.kind is not Kind.RECOVERED])

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """With the day's readings and scores of the accounts, and of all below them."""
        scorer, made = self.scorer, self.scorer.connect()
        pairs = [scorer.pair(account, self.day) for account in sorted(self.accounts)]
        scorer.read(made, pairs, scorer.signals_of(scorer.cards.values()))
        scorer.fill_scores(made, self.card)
        for name in ("readings", "scores"):
            columns = f"*, CAST({int(scorer.batch)} AS BIGINT) AS batch"
            made.execute(f"CREATE TEMP TABLE open_{name} AS SELECT {columns} FROM {name}")
        return made

    @cached_property
    def scores(self) -> str:
        """The card's kept scores, and those of the open day."""
        return _with_open(super().scores, "open_scores", self)

    @cached_property
    def readings(self) -> str:
        """The kept readings, and those of the open day."""
        return _with_open(super().readings, "open_readings", self)


def _with_open(kept: str, opened: str, it: OpenDay) -> str:
    return f"SELECT * FROM ({kept}) WHERE as_of < DATE '{it.day}' UNION ALL BY NAME SELECT * FROM {opened}"
