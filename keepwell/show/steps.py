"""A whole day on a terminal and as JSON."""

from __future__ import annotations

from keepwell.show.as_json import Object, plain
from keepwell.words.steps import DayReport, Ending, StepReport

STATES = {Ending.FAILED: "failed: ", Ending.NOT_TRIED: "not tried: "}


def step_line(step: StepReport, width: int = 12) -> str:
    """A step in one line: "score        2026-06-30 scored: default-ten 380 of 400"."""
    return f"{step.step:<{width}} {STATES.get(step.ending, '')}{step.text}"


def day(it: DayReport) -> Object:
    """`run`: how each step ended."""
    return {"as_of": plain(it.as_of), "dry_run": it.dry, "steps": [plain(step) for step in it.steps]}
