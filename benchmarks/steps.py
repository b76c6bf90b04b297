"""What is measured, each step in a process of its own: `python -m benchmarks.steps STEP FOLDER ACCOUNTS EVENTS`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import deciding, scoring
from benchmarks.company import AS_OF, BATCH, TERMS, Place
from benchmarks.meter import Meter, peak_mb
from keepwell.demo.company import SMALLEST, write_company
from keepwell.demo.scale import write_scale_lake, write_scale_rollup
from keepwell.timeline import rollup
from keepwell.timeline.ledger import Ledger
from keepwell.use_cases import runs

READ_BY_INGEST = 400  # accounts of the simulated company whose exports are read
NEXT_DAY = """
SELECT * REPLACE (external_id || '+' AS external_id, happened_day + 1 AS happened_day,
                  happened_at + INTERVAL 1 DAY AS happened_at, used_at + INTERVAL 1 DAY AS used_at,
                  known_at + INTERVAL 1 DAY AS known_at, 'recorded' AS known_basis,
                  CAST({batch} AS BIGINT) AS batch)
FROM fact_usage WHERE happened_day = DATE '{day}'
"""


def generate(place: Place, meter: Meter) -> None:
    """All facts with single product events."""
    written = write_scale_lake(place.lake, place.scale)
    meter.figures["events"] = written["fact_usage"]


def generate_rollup(place: Place, meter: Meter) -> None:
    """All facts, product use as rows of the rollup."""
    written = write_scale_rollup(place.lake, place.scale)
    meter.figures["rollup_rows"] = written["usage_rollup"]


def build_rollup(place: Place, meter: Meter) -> None:
    """The rollup of all events."""
    _refresh(place, meter, "rollup_build", BATCH)


def one_more_day(place: Place, meter: Meter) -> None:
    """A day of new events into facts (not measured) and into the rollup."""
    batch = BATCH + 1
    news = place.lake.connect(BATCH).sql(NEXT_DAY.format(day=AS_OF, batch=batch)).to_arrow_table()
    place.lake.append("fact_usage", news)
    meter.figures["next_day_events"] = news.num_rows
    _refresh(place, meter, "rollup_next_day", batch)


def _refresh(place: Place, meter: Meter, name: str, batch: int) -> None:
    with meter.timed(name):
        connection = place.lake.connect(batch)
        Ledger(connection, TERMS)
        rollup.refresh(place.lake, connection, batch, TERMS.key_features, TERMS.core_features)


def ingest(place: Place, meter: Meter) -> None:
    """The simulated company's exports through the whole ingest."""
    accounts = max(SMALLEST[0], min(READ_BY_INGEST, place.accounts))
    summary = write_company(place.folder / "company", accounts, 24 if accounts == READ_BY_INGEST else SMALLEST[1])
    project = runs.open_project(summary.folder)
    with meter.timed("ingest"):
        report = runs.ingest(project)
    meter.figures["ingest_rows"] = sum(table.read for table in report.tables)


STEPS: dict[str, Callable[[Place, Meter], None]] = {
    "generate": generate,
    "generate_rollup": generate_rollup,
    "build_rollup": build_rollup,
    "one_more_day": one_more_day,
    "ingest": ingest,
    "product": scoring.product,
    "by_hand": scoring.by_hand,
    "one_account": scoring.one_account,
    "prepare_decisions": deciding.prepare_decisions,
    "score_day": deciding.score_day,
    "decide_first": deciding.decide_first,
    "decide": deciding.decide,
}


def main() -> None:
    """Run one step and print its figures as one JSON line."""
    step, folder, accounts, events = sys.argv[1:]
    meter = Meter()
    STEPS[step](Place(Path(folder), int(accounts), int(events)), meter)
    print(json.dumps({**meter.figures, "peak_mb": peak_mb()}))


if __name__ == "__main__":
    main()
