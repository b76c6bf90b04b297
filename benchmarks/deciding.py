"""The decision step beside the scoring step: a first run, and a day with some two thousand transitions."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta

from benchmarks.company import AS_OF, BATCH, CLOSE_AT, FEATURES, HERE, SOURCES, Place
from benchmarks.meter import Meter
from keepwell.book.scorer import Scorer
from keepwell.deciding import standings
from keepwell.demo.scale import write_scale_rollup
from keepwell.lake import Lake
from keepwell.project import Project
from keepwell.state import State
from keepwell.use_cases import actions, runs
from keepwell.words.fact import KINDS

FALLS = 1_000  # accounts that get critical tickets on the day: some two thousand transitions
EVE = AS_OF - timedelta(days=1)
COMPARED = tuple(day - timedelta(days=n) for day in (EVE, AS_OF) for n in (30, 7))
SETTINGS = f"""version: 1
name: Large
time_zone: Europe/Berlin
clock: {CLOSE_AT + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}
scorecard: benchmark
features: {{key: [{", ".join(FEATURES)}]}}
"""
POLICY = (
    "policy: bench\ndecision: none, it measures speed\nrehearsal_days: 0\nthresholds: {drop: 10, weekly_drop: 10}\n"
)
TICKETS = """
SELECT * REPLACE ('fall-' || ref || '-' || n AS external_id, 'critical' AS severity, DATE '{day}' AS happened_day,
                  DATE '{day}' + INTERVAL 9 HOUR AS happened_at, DATE '{day}' + INTERVAL 9 HOUR AS opened_at,
                  DATE '{day}' + INTERVAL 9 HOUR AS known_at, NULL AS resolved_at, NULL AS valid_at, false AS deleted,
                  'recorded' AS known_basis, CAST({batch} AS BIGINT) AS batch)
FROM (SELECT * FROM fact_ticket WHERE ref IN (SELECT DISTINCT ref FROM fact_ticket ORDER BY ref LIMIT {falls})
      QUALIFY row_number() OVER (PARTITION BY ref ORDER BY external_id) = 1), range(6) t(n)
"""


def project_of(place: Place) -> Project:
    """The company as a project."""
    return Project.open(place.folder / "project")


def prepare_decisions(place: Place, meter: Meter) -> None:
    """A project with a large lake, and the days scored that two decided days are compared with (not measured)."""
    folder = place.folder / "project"
    for name in ("sources", "scorecards", "policy"):
        (folder / name).mkdir(parents=True)
    (folder / "keepwell.yml").write_text(SETTINGS, encoding="utf-8")
    (folder / "policy" / "bench.yml").write_text(POLICY, encoding="utf-8")
    shutil.copy(HERE / "card.yml", folder / "scorecards" / "benchmark.yml")
    for source, kinds in SOURCES.items():
        (folder / "sources" / f"{source}.yml").write_text(_map(source, kinds), encoding="utf-8")
    project = project_of(place)
    project.home.mkdir()
    with State(project.state_url).write("ingest", datetime(2026, 7, 1)) as batch:
        lake = Lake(project.lake_folder)
        meter.figures["decided_accounts"] = write_scale_rollup(lake, place.scale)["fact_account"]
        if batch.number != BATCH:
            raise AssertionError(batch.number)
    with State(project.state_url).write("ingest", datetime(2026, 7, 1)) as batch:
        falls = min(FALLS, place.accounts // 5)
        told = TICKETS.format(day=AS_OF, batch=batch.number, falls=falls)
        lake.append("fact_ticket", lake.connect(BATCH).sql(told).to_arrow_table())
    for day in sorted({*COMPARED, EVE}):
        runs.backfill(project, day, day)


def score_day(place: Place, meter: Meter) -> None:
    """The day's scoring, which its decisions are in proportion to."""
    with meter.timed("score_day"):
        runs.backfill(project_of(place), AS_OF, AS_OF)


def decide_first(place: Place, meter: Meter) -> None:
    """The first run, a silent baseline: every account's reason is written."""
    with meter.timed("first_decision"):
        actions.transitions(project_of(place), as_of=EVE)


def decide(place: Place, meter: Meter) -> None:
    """The next day's decisions."""
    project = project_of(place)
    with meter.timed("decision"):
        actions.transitions(project, as_of=AS_OF)
    meter.figures["transitions"] = len(_told(project, AS_OF))


def _told(project: Project, day: date) -> tuple[object, ...]:
    return standings.transitions(Scorer(project).state, "benchmark", day, day)


def _map(source: str, kinds: tuple[str, ...]) -> str:
    """A column map that names what its rows hold; its files are never read."""
    lines = [f"source: {source}", "system: other", "folder: none"]
    lines += ["covers: all"] if source != "product" else []
    lines.append("tables:")
    for kind in kinds:
        columns = [column.name for column in KINDS[kind].columns if column.required] or [KINDS[kind].columns[0].name]
        named = ", ".join(f"{name}: {name}" for name in columns)
        account = "" if kind == "account" else " account: account,"
        account = " account: {system: workspace, column: ref}," if kind in ("usage", "identity") else account
        lines.append(f"  - {{file: {kind}.csv, facts: [{{kind: {kind}, id: id,{account} columns: {{{named}}}}}]}}")
    return "\n".join(lines) + "\n"
