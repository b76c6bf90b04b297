"""The environment, read once into small frozen objects; secrets and machines, never rules of a score."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from keepwell.words.problem import KeepwellError, Problem

MEMORY = re.compile(r"\d+(\.\d+)?\s*(KB|MB|GB|TB|KiB|MiB|GiB|TiB)", re.IGNORECASE)


@dataclass(frozen=True)
class Engine:
    """How much of the machine DuckDB may use; None: all threads, 80 % of the memory.

    >>> Engine(threads=2, memory="1GB").duckdb(Path("/tmp/p"))
    {'temp_directory': '/tmp/p', 'threads': 2, 'memory_limit': '1GB'}
    """

    threads: int | None = None
    memory: str | None = None

    def duckdb(self, spill: Path | None = None) -> dict[str, str | int]:
        """Settings of a DuckDB connection that spills to the folder `spill`."""
        settings: dict[str, str | int] = {} if spill is None else {"temp_directory": str(spill)}
        if self.threads is not None:
            settings["threads"] = self.threads
        if self.memory is not None:
            settings["memory_limit"] = self.memory
        return settings


@dataclass(frozen=True)
class Settings:
    """What the environment says. `state_url` is an SQLAlchemy URL; None: SQLite in the project folder."""

    state_url: str | None = None
    engine: Engine = Engine()


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read KEEPWELL_STATE_URL, KEEPWELL_THREADS and KEEPWELL_MEMORY; empty counts as absent."""
    engine = Engine(
        _threads(environment.get("KEEPWELL_THREADS", "").strip()),
        _memory(environment.get("KEEPWELL_MEMORY", "").strip()),
    )
    return Settings(environment.get("KEEPWELL_STATE_URL", "").strip() or None, engine)


def _threads(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise KeepwellError(Problem(f"KEEPWELL_THREADS is '{text}'", expected="a whole number above 0, as in 4"))
    return int(text)


def _memory(text: str) -> str | None:
    if not text:
        return None
    if not MEMORY.fullmatch(text):
        raise KeepwellError(Problem(f"KEEPWELL_MEMORY is '{text}'", expected="an amount with its unit, as in 4GB"))
    return text
