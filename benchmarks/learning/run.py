"""`make bench-learning`: our points table beside other learners on the same splits; ends with one JSON line.

The data is a third party's and not part of this project: KEEPWELL_DATA names the folder that
holds `card/BankChurners.csv` and `retail/online_retail.parquet`; what is absent is skipped.
Per set and learner: `auc`, `brier` and `ece` as means over the folds, `fit_cpu_s` as their sum.

The third set, `company`, is the simulated one with its truth: `make bench-learning ARGS="--set company"`, smaller with
`--accounts 400`; `--company DIR` keeps it for the next time.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.learning import simulated
from benchmarks.learning.data import Protocol, card, retail
from benchmarks.learning.rivals import RIVALS
from keepwell.learning.judging.metrics import MEASURES
from keepwell.learning.model.card import scorecard_of
from keepwell.learning.model.learner import learn
from keepwell.learning.samples import scored
from keepwell.scoring import scorecard
from keepwell.scoring.compile import compile_plan
from keepwell.scoring.planner import plan

BUILD = Path("build")
SETS = {"card": card, "retail": retail}
COMPANY = "company"
SHOWN = ("auc", "brier", "ece")
MANY = 1_000_000  # rows on which the card's SQL must give the points of the Python reference


def measured(protocol: Protocol, learners: Sequence[str]) -> dict[str, dict[str, float]]:
    """The figures of every learner on one set."""
    found = {}
    for name in learners:
        figures: list[list[float]] = []
        seconds = 0.0
        for split in protocol.splits:
            train, test = protocol.examples.take(split.train), protocol.examples.take(split.test)
            told = RIVALS[name](train, test)
            seconds += told.seconds
            figures.append([MEASURES[measure](test.outcome, told.risk) for measure in SHOWN])
        means = np.mean(figures, axis=0)
        found[name] = {measure: round(float(mean), 4) for measure, mean in zip(SHOWN, means, strict=True)}
        found[name]["fit_cpu_s"] = round(seconds, 1)
        shown = "  ".join(f"{measure} {value}" for measure, value in found[name].items())
        print(f"{protocol.name:<8} {name:<10} {shown}", file=sys.stderr)
    return found


def equal_points(protocol: Protocol) -> dict[str, float]:
    """The card's SQL against the table's own points on a million rows drawn from the set."""
    examples = protocol.examples
    table = learn(examples).table
    model = scorecard.loads(scorecard.dumps(scorecard_of(table, examples, {"scorecard": protocol.name}, {})))
    signals = {column.name: column.signal for column in examples.columns}
    drawn = examples.take(np.random.default_rng(0).integers(0, examples.size, MANY))
    start = time.process_time()
    by_sql = scored.score(drawn, compile_plan(plan(model, signals))).scores
    seconds = time.process_time() - start
    different = int((by_sql != table.scores(drawn)).sum())
    return {"rows": MANY, "different": different, "sql_cpu_s": round(seconds, 1)}


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="make bench-learning ARGS=...", description="learned tables beside others")
    parser.add_argument("--set", choices=[*SETS, COMPANY], action="append", help="only this set")
    parser.add_argument("--learner", choices=RIVALS, action="append", help="only this learner")
    parser.add_argument("--accounts", type=int, default=5_000, help="of the simulated company")
    parser.add_argument("--company", type=Path, metavar="DIR", help="where it lies, or is written and kept")
    given = parser.parse_args()
    folder = Path(os.environ.get("KEEPWELL_DATA", ""))
    result: dict[str, object] = {}
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-learning-", dir=BUILD) as work:
        for name in given.set or [*SETS, COMPANY]:
            if name == COMPANY:
                result[name] = simulated.figures(given.company or Path(work) / COMPANY, given.accounts)
            elif os.environ.get("KEEPWELL_DATA") and (folder / name).is_dir():
                protocol = SETS[name](folder, Path(work))
                figures: dict[str, object] = dict(measured(protocol, given.learner or list(RIVALS)))
                result[name] = figures | {"sql": equal_points(protocol)}
            else:
                result[name] = {"skipped": f"KEEPWELL_DATA names no folder with {name}/"}
    line = json.dumps(result)
    (BUILD / "bench-learning.json").write_text(line + "\n", encoding="utf-8")
    print(line)


if __name__ == "__main__":
    main()
