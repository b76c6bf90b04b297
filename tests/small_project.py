"""A small project folder with two sources, for tests of whole runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from keepwell import runs
from keepwell.project import Project
from keepwell.scorer import Row, Scorer, rows_of
from keepwell.shelf import kept_sql
from keepwell.words.report import IngestReport, ScoreReport

CRM = """source: crm
system: crm
folder: exports
tables:
  - file: accounts.csv
    facts:
      - kind: account
        id: id
        since: created
        columns: {name: name, parent: {column: parent, optional: true}, created_day: created}
"""
DESK = """source: desk
system: support
folder: exports
tables:
  - file: tickets.csv
    facts:
      - kind: ticket
        id: id
        account: account
        since: created
        columns: {opened_at: opened, severity: severity}
"""
CARD = """scorecard: small
form: weighted
min_coverage: 0
tiers: {good: 50, bad: 0}
measures: {ticket_pressure: 1, days_since_use: 1, feature_adoption: 1}
"""


@dataclass
class SmallProject:
    """`write` changes a file, `ingest` and `score` run as of the morning after `today`."""

    folder: Path
    today: str = "2026-03-31"
    settings: dict[str, str] = field(default_factory=lambda: {"scorecard": "small"})

    def __post_init__(self) -> None:
        self.write("sources/crm.yml", CRM)
        self.write("sources/desk.yml", DESK)
        self.write("scorecards/small.yml", CARD)
        self.write("exports/accounts.csv", "id,name,created\nA,Alpha,2025-01-01\nB,Beta,2025-01-01\n")
        self.write("exports/tickets.csv", "id,account,opened,severity\n1,A,2026-02-20,high\n2,B,2026-01-05,low\n")

    def write(self, name: str, text: str) -> None:
        """A file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    @property
    def project(self) -> Project:
        """The project, opened with its settings of now; the day after `today` has just begun to work."""
        lines = "".join(f"{key}: {value}\n" for key, value in self.settings.items())
        clock = f"clock: {date.fromordinal(date.fromisoformat(self.today).toordinal() + 1)}T08:00:00\n"
        self.write("keepwell.yml", f"version: 1\nname: Small\n{clock}{lines}")
        return Project.open(self.folder)

    def ingest(self) -> IngestReport:
        """`keepwell ingest`."""
        return runs.ingest(self.project)

    def score(self) -> ScoreReport:
        """`keepwell score`."""
        return runs.score(self.project)

    def hash(self, card: str = "small") -> str:
        """The recipe of a card under the settings of now."""
        return Scorer(self.project).headline(card).recipe.hash

    def kept(self, day: str) -> Mapping[str, Row]:
        """account → its kept score of a day."""
        scorer = Scorer(self.project)
        connection = scorer.lake.connect(scorer.batch)
        sql = kept_sql(scorer, connection, scorer.headline())
        rows = rows_of(connection, f"SELECT * FROM ({sql}) WHERE as_of = ?", [date.fromisoformat(day)])
        return {row["account_id"]: row for row in rows}

    def count(self, query: str) -> Any:
        """The one value that a query over the published tables yields."""
        scorer = Scorer(self.project)
        ((value,),) = scorer.lake.connect(scorer.batch).execute(query).fetchall()
        return value
