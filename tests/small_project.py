"""A small project folder with two sources, for tests of whole runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from keepwell.book.scorer import Row, Scorer, rows_of
from keepwell.book.shelf import kept_sql
from keepwell.project import Project
from keepwell.use_cases import actions, runs
from keepwell.words.action import DecisionReport
from keepwell.words.report import IngestReport, ScoreReport

HOME = ".keepwell"
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
SURVEYS = """source: surveys
system: survey
folder: exports
tables:
  - file: answers.csv
    facts:
      - kind: survey
        id: id
        account: account
        since: created
        columns: {answered_at: at, type: {constant: nps}, score: score}
"""
CARD = """scorecard: small
form: weighted
min_coverage: 0
tiers: {good: 50, bad: 0}
measures: {ticket_pressure: 1, days_since_use: 1, feature_adoption: 1}
"""


RAN = TemporaryDirectory(prefix="ran-")  # what runs of a project left behind, by the files they read
REPORTS: dict[str, Any] = {}


@dataclass
class SmallProject:
    """`write` changes a file; `ingest`, `score` and `decide` run as of the morning after `today`.

    Hundreds of tests begin with the same files, read, scored and decided. The same files after the same runs leave the same
    behind: each such run is done once, and its project folder copied from then on.
    """

    folder: Path
    today: str = "2026-03-31"
    settings: dict[str, str] = field(default_factory=lambda: {"scorecard": "small"})
    _ran: str = ""  # the runs of which everything in the project's home comes
    _left: tuple[object, ...] = ()  # how they left it

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
        found: IngestReport = self._once(runs.ingest)
        return found

    def score(self) -> ScoreReport:
        """`keepwell score`."""
        found: ScoreReport = self._once(runs.score)
        return found

    def decide(self, *days: date) -> DecisionReport:
        """`keepwell transitions`, day by day."""
        found: list[DecisionReport] = [self._once(actions.transitions, as_of=day) for day in days]
        return found[-1]

    @classmethod
    def copy(cls, folder: Path, to: Path) -> SmallProject:
        """A project like the one in `folder`, whose files no test changes."""
        shutil.copytree(folder, to)
        made = object.__new__(cls)  # its files are there already
        made.folder, made.settings = to, {"scorecard": "small"}
        made._ran, made._left = str(folder), tuple(made._traces())
        return made

    def _once(self, run: Callable[..., Any], **how: Any) -> Any:
        project = self.project
        if HOME not in project.state_url or self._left != tuple(self._traces()):
            return run(project, **how)  # its state lies elsewhere, or something else wrote there since
        inputs = (file for file in sorted(self.folder.rglob("*")) if file.is_file() and HOME not in file.parts)
        read = [(str(file.relative_to(self.folder)), sha256(file.read_bytes()).hexdigest()) for file in inputs]
        self._ran = sha256(repr((self._ran, run.__name__, how, read)).encode()).hexdigest()
        kept, home = Path(RAN.name) / self._ran, self.folder / HOME
        if self._ran in REPORTS:
            shutil.rmtree(home, ignore_errors=True)
            shutil.copytree(kept, home)
        else:
            REPORTS[self._ran] = run(project, **how)
            shutil.copytree(home, kept)
        self._left = tuple(self._traces())
        return REPORTS[self._ran]

    def _traces(self) -> Iterator[object]:
        for file in sorted((self.folder / HOME).rglob("*")):
            if file.is_file():
                found = file.stat()
                yield str(file), found.st_size, found.st_mtime_ns

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
