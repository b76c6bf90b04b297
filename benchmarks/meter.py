"""CPU seconds and peak memory of one process at a time."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.company import Place


def cpu() -> float:
    """CPU seconds of this process so far, all threads, user and system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_mb() -> int:
    """The most memory this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


class Meter:
    """Figures by name; `timed` adds the CPU seconds of a block."""

    def __init__(self) -> None:
        self.figures: dict[str, Any] = {}

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Measure the block."""
        before = cpu()
        yield
        self.figures[f"{name}_cpu_s"] = round(cpu() - before, 3)


def in_own_process(step: str, place: Place, memory: str = "") -> dict[str, Any]:
    """Run a step of `benchmarks.steps` in a process of its own, under KEEPWELL_MEMORY if given; its figures."""
    command = [
        sys.executable, "-m", "benchmarks.steps", step, str(place.folder), str(place.accounts), str(place.events)
    ]  # fmt: skip
    told = os.environ | ({"KEEPWELL_MEMORY": memory} if memory else {})
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=told)  # noqa: S603 - our own module
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
