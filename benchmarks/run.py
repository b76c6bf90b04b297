"""`make bench`: time and memory, side by side with a query written by hand; ends with one JSON line.

CPU seconds, not wall time: they hardly depend on what else the machine does. Figures of the
JSON line: `product_cpu_s` and `by_hand_cpu_s` (readings and points of eighteen measures from
the same rollup with the same filter of knowledge, in processes of their own, results equal),
their `ratio`, `points_with_range_cpu_s`, `writing_cpu_s`, `ingest_cpu_s` and `ingest_rows`,
`rollup_build_cpu_s`, `rollup_next_day_cpu_s`, `one_account_p50_ms` and `_p99_ms`, and of the
large book `large_accounts`, `large_cpu_s` and `large_peak_mb`, read under KEEPWELL_MEMORY=900MB. Of a project with as many
accounts, `score_day_cpu_s` of one more day beside `decision_cpu_s` of that day with its `transitions` (`decision_share`
is their ratio) and `first_decision_cpu_s` of the silent first run, each in a process of its own, at most
`score_day_peak_mb`, `decide_peak_mb` and `decide_first_peak_mb`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.company import Place
from benchmarks.meter import in_own_process
from benchmarks.scoring import differences

EVENTS_EACH = 5_000  # per account: 50 million for 10,000
LARGE_EVENTS_EACH = 2_000
LARGE_MEMORY = "900MB"  # of the engine; what it cannot hold it writes into the project's folder
BUILD = Path("build")


def measured(folder: Path, size: int, large: int, repeat: int) -> dict[str, Any]:
    """All figures for `size` accounts, and of a book of `large` (0: none)."""
    place = Place(folder, size, size * EVENTS_EACH)
    found: dict[str, Any] = {"accounts": size}
    for step in ("generate", "build_rollup"):
        found |= _said(step, place)
    found |= _sides(place, repeat)
    for step in ("one_account", "one_more_day", "ingest"):
        found |= _said(step, place)
    if large:
        found |= _large(Place(folder / "large", large, large * LARGE_EVENTS_EACH))
    return found


def _sides(place: Place, repeat: int) -> dict[str, Any]:
    """Both sides in turn, each several times; the median counts, of the ratio that of neighbours in time."""
    runs = [(_said("product", place), _said("by_hand", place)) for _ in range(repeat)]
    rows, different = differences(place)
    if different or not rows:
        sys.exit(f"the two sides differ in {different} rows of {rows}: the figures mean nothing")
    found = {
        **runs[-1][0],
        "product_cpu_s": round(median(p["product_cpu_s"] for p, _ in runs), 3),
        "by_hand_cpu_s": round(median(h["by_hand_cpu_s"] for _, h in runs), 3),
        "product_peak_mb": max(p["peak_mb"] for p, _ in runs),
        "by_hand_peak_mb": max(h["peak_mb"] for _, h in runs),
    }
    ratio = median(p["product_cpu_s"] / h["by_hand_cpu_s"] for p, h in runs)
    return {**found, "ratio": round(ratio, 2), "equal_rows": rows}


def _large(place: Place) -> dict[str, Any]:
    """A book of many accounts, its use generated as a rollup."""
    rows = _said("generate_rollup", place)["rollup_rows"]
    scored = _said("product", place, LARGE_MEMORY)
    decided = Place(place.folder / "decided", place.accounts, place.events)
    _said("prepare_decisions", decided)
    return {
        **_deciding(decided),
        "large_accounts": scored["accounts"],
        "large_rollup_rows": rows,
        "large_cpu_s": scored["product_cpu_s"],
        "large_peak_mb": scored["peak_mb"],
    }


def _deciding(place: Place) -> dict[str, Any]:
    """A day's scoring, the silent first run and the day's decisions, each in a process of its own."""
    found: dict[str, Any] = {}
    peaks: dict[str, Any] = {}
    for step in ("score_day", "decide_first", "decide"):
        figures = _said(step, place, peak=True)
        peaks[f"{step}_peak_mb"] = figures.pop("peak_mb")
        found |= figures
    share = round(found["decision_cpu_s"] / found["score_day_cpu_s"], 2)
    print(f"deciding the day took {share} times the CPU seconds of scoring it", file=sys.stderr)
    return {**found, **peaks, "decision_share": share}


def _said(step: str, place: Place, memory: str = "", *, peak: bool = False) -> dict[str, Any]:
    """A step's figures, shown as they come."""
    place.folder.mkdir(parents=True, exist_ok=True)
    figures = in_own_process(step, place, memory)
    shown = "  ".join(f"{name} {value}" for name, value in figures.items())
    print(f"{step:<16} {shown}", file=sys.stderr)
    return figures if peak or step in {"product", "by_hand"} else {k: v for k, v in figures.items() if k != "peak_mb"}


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description="time and memory of reading and scoring")
    parser.add_argument("--size", type=int, default=10_000, help="accounts; 5,000 events each")
    parser.add_argument("--large", type=int, default=100_000, help="accounts of the large book; 0: none")
    parser.add_argument("--repeat", type=int, default=5, help="how often the two sides are run")
    given = parser.parse_args()
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=BUILD) as folder:
        figures = measured(Path(folder), given.size, given.large, given.repeat)
    figures.pop("peak_mb", None)
    line = json.dumps(figures)
    (BUILD / "bench.json").write_text(line + "\n", encoding="utf-8")
    print(line)


if __name__ == "__main__":
    main()
