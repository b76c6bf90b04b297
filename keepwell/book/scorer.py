"""A project opened for reading and scoring: its data, signals and cards in one place.

Every score comes from here by one way: pairs of (account, day) → the ledger's knowledge →
the readings relation → each card's scores relation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb

from keepwell import document
from keepwell.book.recipe import Recipe, recipe
from keepwell.book.terms import source_maps, terms_of
from keepwell.engine import engine
from keepwell.lake import Lake
from keepwell.project import Project
from keepwell.scoring import scorecard
from keepwell.scoring.compile import Compiled, compile_plan
from keepwell.scoring.planner import plan
from keepwell.scoring.roll_up import explain_parent, roll_up
from keepwell.signals.catalogue import CATALOGUE
from keepwell.signals.columns import kinds_of
from keepwell.signals.compile import compile_readings
from keepwell.signals.failure import OF_VALUES, culprit, said
from keepwell.signals.project_yaml import read_signals
from keepwell.state import Batch, State
from keepwell.timeline import views
from keepwell.timeline.ledger import Known, Ledger
from keepwell.timeline.terms import Pair
from keepwell.words.problem import KeepwellError, Problem
from keepwell.words.reading import Signal
from keepwell.words.score import Score

Row = dict[str, Any]
ATTRIBUTES_FROM = "subscription"  # every card reads revenue, seats and the segment by them
NOTHING: Mapping[str, int | None] = MappingProxyType({})
PAIRS_AT_ONCE = 10_000  # accounts times days; from about 20,000 on a day took ten times as long, by another plan
MASK = "_unused_mask"  # a detail that marks key features, the first by the lowest bit


@dataclass(frozen=True)
class Card:
    """A scorecard ready to run, with the fingerprint of its recipe."""

    name: str
    compiled: Compiled
    recipe: Recipe

    @property
    def signals(self) -> dict[str, Signal]:
        """The signals whose readings the card needs, by name."""
        plan = self.compiled.plan
        return {name: signal for name, signal in plan.signals.items() if name not in plan.absent}

    @property
    def rolls_up(self) -> bool:
        """Whether parents are scored from their children."""
        return self.compiled.plan.card.roll_up != "own"

    @property
    def tiers(self) -> tuple[str, ...]:
        """Names of the card's tiers, best first."""
        return tuple(tier.name for tier in self.compiled.plan.tiers[-1])

    def borders(self, segment: str | None) -> list[tuple[str, int]]:
        """Name and lowest milli-points of the tiers in one of the card's segments (None: outside of all), best first."""
        plan = self.compiled.plan
        names = [*(found.name for found in plan.segments), None]
        return [(tier.name, tier.start) for tier in plan.tiers[names.index(segment)]]


class Scorer:
    """One project, its published data as of one batch, its signals and cards; under a `batch`, it may write."""

    def __init__(self, project: Project, batch: Batch | None = None) -> None:
        self.project = project
        self.lake = Lake(project.lake_folder, batch.hold) if batch else Lake(project.lake_folder)
        project.home.mkdir(parents=True, exist_ok=True)
        self.state = State(project.state_url)
        self.batch = self.state.published()
        self.maps = source_maps(project)
        self.terms = terms_of(project, self.maps)

    @cached_property
    def signals(self) -> Mapping[str, Signal]:
        """The catalogue and the project's own signals, by name."""
        return {**CATALOGUE, **read_signals(self.project.signal_files(), CATALOGUE)}

    @cached_property
    def cards(self) -> dict[str, Card]:
        """The cards that a run computes, the headline card first."""
        found: dict[str, Card] = {}
        files: dict[str, Path] = {}
        for file in self.project.scorecards().values():
            card = self.card(str(file))
            if card.name in found:
                problem = Problem(f"two cards are named '{card.name}'", file, expected="a name of its own")
                raise KeepwellError(replace(problem, fix=f"change 'scorecard:' here or in {files[card.name]}"))
            found[card.name], files[card.name] = card, file
        return found

    def card(self, name: str) -> Card:
        """A card by name or file."""
        file = document.read(self.project.scorecard_file(name))
        model = scorecard.read(file)
        compiled = compile_plan(plan(model, self.signals, file))
        used = [s for s in compiled.plan.signals.values() if s.name not in compiled.plan.absent]
        return Card(model.scorecard, compiled, self.recipe(model.scorecard, scorecard.canonical(model), used))

    def recipe(self, name: str, text: str, signals: Iterable[Signal]) -> Recipe:
        """The recipe of a text read under this project's settings and what its maps say of the feeds it reads."""
        used = list(signals)
        read = {ATTRIBUTES_FROM, *(kind for signal in used for kind in kinds_of(signal))}
        kinds = views.feeds_behind(sorted(read))
        config = self.project.config.model_dump(mode="json")
        settings = {k: config[k] for k in ("time_zone", "day_close", "currency", "features", "segments", "precedence")}
        feeds = {"feeds": self.terms.declared(kinds), "unmapped": self.terms.without_map(self._loaded, kinds)}
        return recipe(name, text, used, settings | feeds)

    @cached_property
    def _loaded(self) -> set[tuple[str, str]]:
        """(source, kind) of every feed that was ever loaded."""
        connection = engine()
        self.lake.view(connection, "loads", self.batch)
        return set(connection.execute("SELECT DISTINCT source, kind FROM loads").fetchall())

    def signals_of(self, cards: Iterable[Card]) -> dict[str, Signal]:
        """The signals that some of the cards need, in the catalogue's order."""
        needed = {name for card in cards for name in card.signals}
        return {name: signal for name, signal in self.signals.items() if name in needed}

    def headline(self, name: str | None = None) -> Card:
        """The named card, or the project's headline card."""
        if name is None:
            return next(iter(self.cards.values()))
        return self.cards[name] if name in self.cards else self.card(name)

    # --- reading and scoring

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A connection that sees the published batches, to make temporary tables and views in."""
        if not self.lake.exists("fact_account"):
            raise KeepwellError(Problem("there is no data yet", fix="run 'keepwell ingest'"))
        return self.lake.reader(self.batch, self.project.engine)

    def pair(self, account: str, as_of: date, known_on: date | None = None) -> Pair:
        """An account as of a day, as known when that day (or a later one) closed."""
        return Pair(account, as_of, self.project.close_at(known_on or as_of))

    def day(self, as_of: date) -> tuple[date, datetime]:
        """A day with the moment at which it closes."""
        return as_of, self.project.close_at(as_of)

    def together(self, connection: duckdb.DuckDBPyConnection, days: Sequence[date]) -> Iterator[Sequence[date]]:
        """The days in groups that one statement reads well."""
        [(accounts,)] = connection.execute("SELECT count(DISTINCT external_id) FROM fact_account").fetchall()
        step = max(PAIRS_AT_ONCE // max(accounts, 1), 1)
        yield from (days[first : first + step] for first in range(0, len(days), step))

    def read_all(
        self, connection: duckdb.DuckDBPyConnection, days: Iterable[date], signals: Mapping[str, Signal]
    ) -> None:
        """Fill the relation `readings` with every account known on each day."""
        known = Ledger(connection, self.terms).known_of_all(self.day(d) for d in days)
        self._fill_readings(connection, known, signals)

    def read(
        self,
        connection: duckdb.DuckDBPyConnection,
        pairs: Iterable[Pair],
        signals: Mapping[str, Signal],
        kinds: Mapping[str, int | None] = NOTHING,
    ) -> dict[tuple[str, date], Row]:
        """(account, day) → its row of `readings`, which this fills; descendants of the pairs are there too.

        With `kinds` of facts, each with how many days back at most, it leaves them in `known_<kind>`.
        """
        _keep(connection, self.fill(connection, pairs, signals), kinds)
        rows = map(self.named, rows_of(connection, "SELECT * FROM readings"))
        return {(row["account_id"], row["as_of"]): row for row in rows}

    def fill(
        self, connection: duckdb.DuckDBPyConnection, pairs: Iterable[Pair], signals: Mapping[str, Signal]
    ) -> Known:
        """Fill the relation `readings` with the pairs and their descendants."""
        known = Ledger(connection, self.terms).known_at(pairs)
        self._fill_readings(connection, known, signals)
        return known

    def know(self, connection: duckdb.DuckDBPyConnection, as_of: date, kinds: Iterable[str]) -> None:
        """Fill `known_<kind>` with the facts of all accounts as known on a day."""
        _keep(connection, Ledger(connection, self.terms).known_of_all([self.day(as_of)]), dict.fromkeys(kinds))

    def _fill_readings(
        self, connection: duckdb.DuckDBPyConnection, known: Known, signals: Mapping[str, Signal]
    ) -> None:
        def compute(some: Sequence[Signal]) -> None:
            statement = compile_readings(some, known.relations)
            connection.execute(f"CREATE OR REPLACE TEMP TABLE readings AS {statement}")

        try:
            compute(list(signals.values()))
        except OF_VALUES as error:
            raise KeepwellError(self._problem_of(culprit(list(signals.values()), compute), error)) from error

    def _problem_of(self, signal: Signal | None, error: duckdb.Error) -> Problem:
        """What to tell of readings that cannot be computed."""
        if signal is None:
            return Problem(f"the signals cannot be computed: {said(error)}", fix="look for extreme values in the facts")
        what, kinds = f"the signal '{signal.name}' cannot be computed: {said(error)}", ", ".join(kinds_of(signal))
        if signal.name in CATALOGUE:
            return Problem(what, fix=f"look for extreme values in the facts it reads ({kinds})")
        files = (file for file in self.project.signal_files() if signal.name in read_signals([file], CATALOGUE))
        return Problem(what, next(files, None), fix=f"let it bear every value of the facts it reads ({kinds})")

    def named(self, row: Row) -> Row:
        """A row of readings with the names of the key features that it marks as unused."""
        features = self.terms.key_features
        masks = {c.removesuffix(MASK): mask for c, mask in row.items() if c.endswith(MASK) and mask is not None}
        names = {c: ", ".join(f for n, f in enumerate(features) if mask >> n & 1) for c, mask in masks.items()}
        return row | {f"{column}_names": text or "none" for column, text in names.items()}

    def score(self, connection: duckdb.DuckDBPyConnection, card: Card) -> list[Row]:
        """The card's scores of everything in `readings`, which `fill_scores` leaves in `scores`."""
        self.fill_scores(connection, card)
        return rows_of(connection, "SELECT * FROM scores")

    def fill_scores(self, connection: duckdb.DuckDBPyConnection, card: Card, *, ranges: bool = True) -> None:
        """Fill the relation `scores` from `readings`, parents by the card's roll-up; without `ranges` in less time."""
        statement = card.compiled.sql("readings", ranges=ranges)
        try:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE scores AS {statement}")
        except OF_VALUES as error:
            what = f"the card '{card.name}' cannot be computed: {said(error)}"
            raise KeepwellError(Problem(what, fix="look for very large points, weights and edges in it")) from error
        if card.rolls_up:
            connection.execute(FAMILY)
            roll_up(connection, card.compiled.plan, "scores", "family")
            connection.execute(REPLACE_PARENTS)

    def parent_score(
        self, connection: duckdb.DuckDBPyConnection, card: Card, subject: tuple[str, date]
    ) -> Score | None:
        """After `score`: the evidence of a parent that was rolled up; None for any other account."""
        if not card.rolls_up:
            return None
        where, values = "WHERE account_id = ? AND as_of = ?", list(subject)
        found = rows_of(connection, f"SELECT * FROM rolled_up {where}", values)
        if not found:
            return None
        children = rows_of(connection, f"SELECT * FROM rolled_up_children {where} ORDER BY position", values)
        return explain_parent(card.compiled.plan, found[0], children, card.recipe.hash)


def _keep(connection: duckdb.DuckDBPyConnection, known: Known, kinds: Mapping[str, int | None]) -> None:
    for name, sql in known.relations(kinds).items():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")


FAMILY = """
CREATE OR REPLACE TEMP TABLE family AS
SELECT account_id, as_of, a_parent AS parent, a_mrr_minor AS mrr_minor FROM readings
"""
REPLACE_PARENTS = """
DELETE FROM scores WHERE EXISTS (
    SELECT 1 FROM rolled_up r WHERE r.account_id = scores.account_id AND r.as_of = scores.as_of);
INSERT INTO scores BY NAME SELECT * FROM rolled_up
"""


def rows_of(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Any = None) -> list[Row]:
    """The rows of a query as dicts."""
    cursor = connection.execute(sql, parameters)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
