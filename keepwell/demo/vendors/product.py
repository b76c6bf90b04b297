"""The product's exports: workspaces, and events as Parquet files by quarter of arrival."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from keepwell.demo.chance import Ints
from keepwell.demo.sheets import DAY, Sheet, dates, pick
from keepwell.demo.usage import FEATURES, Events
from keepwell.demo.workspaces import SANDBOX, Workspaces
from keepwell.demo.world import World


def workspace_sheet(world: World, spaces: Workspaces) -> Sheet:
    """Whose a workspace is; the sandbox is not in it."""
    return {
        "workspace_id": pick(spaces.ids, spaces.workspace),
        "crm_account": pick(world.customers.ids, spaces.account),
        "from_date": dates(world.calendar, spaces.since),
        "to_date": dates(world.calendar, spaces.until),
    }


def write_events(folder: Path, world: World, spaces: Workspaces, events: Events) -> int:
    """Write events_<year>_q<quarter>.parquet; the number of rows."""
    folder.mkdir(parents=True, exist_ok=True)
    first = world.calendar.first
    arrival = (first + events.received // DAY).astype("datetime64[M]").astype(np.int64) // 3
    users, user = np.unique(events.user, return_inverse=True)
    names: dict[str, list[str]] = {
        "workspace_id": [*spaces.ids, SANDBOX],
        "user_id": [f"usr_{int(u) * 7_919 % 100_000_007:09d}" for u in users],
        "event": list(FEATURES),
        "user_type": ["member", "staff"],
    }
    keys = {
        "workspace_id": np.where(events.workspace < 0, len(spaces.ids), events.workspace),
        "user_id": user,
        "event": events.feature,
        "user_type": events.staff.astype(np.int64),
    }
    number = _numbers(events)
    start = first.astype("datetime64[us]")
    for quarter in np.unique(arrival):
        rows = np.flatnonzero(arrival == quarter)
        columns: dict[str, Any] = {"event_id": pa.array([f"ev{n:09d}" for n in number[rows]])}
        columns |= {name: _coded(keys[name][rows], words) for name, words in names.items()}
        columns["occurred_at"] = pa.array(start + events.at[rows] * 1_000_000)
        columns["received_at"] = pa.array(start + events.received[rows] * 1_000_000)
        columns["hits"] = pa.array(events.hits[rows].astype(np.int32))
        columns["duration_s"] = pa.array(events.seconds[rows].astype(np.int32))
        year, part = divmod(int(quarter), 4)
        pq.write_table(pa.table(columns), folder / f"events_{1970 + year}_q{part + 1}.parquet", compression="zstd")
    return len(events)


def _coded(keys: Ints, words: list[str]) -> pa.DictionaryArray[Any, Any]:
    return pa.DictionaryArray.from_arrays(keys.astype(np.int32), words)


def _numbers(events: Events) -> Ints:
    """Event numbers in order of arrival; an event delivered twice keeps its number."""
    same = np.ones(len(events), dtype=np.bool_)
    for values in vars(events).values():
        same[1:] &= values[1:] == values[:-1]
    same[:1] = False
    return np.cumsum(~same)
