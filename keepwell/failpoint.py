"""Named points at which a test may pull the plug; inert unless the environment names one."""

from __future__ import annotations

import os
import signal
from collections import Counter

NAMED = "KEEPWELL_KILL_AT"  # "outbox.sent", or "lake.appended:2": the second time

_reached: Counter[str] = Counter()


def reach(name: str) -> None:
    """Kill this process, as a power cut would, where the environment says so."""
    if wanted := os.environ.get(NAMED):
        _reached[name] += 1
        if wanted in (f"{name}:{_reached[name]}", name):
            os.kill(os.getpid(), signal.SIGKILL)
