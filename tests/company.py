"""A small company written straight into a lake, for tests of reading and scoring."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from keepwell.lake import TABLES, Lake
from keepwell.signals.compile import compile_readings
from keepwell.timeline.ledger import Ledger
from keepwell.timeline.rollup import note_references, refresh
from keepwell.timeline.terms import Feed, Pair, Terms
from keepwell.words.fact import KINDS, PLANNED, Form
from keepwell.words.reading import Signal

ZONE = "Europe/Berlin"
THOROUGH = int(os.environ.get("KEEPWELL_THOROUGH", "0"))  # set by `make test-slow`


def examples(quick: int, often: int = 1) -> int:
    """Hypothesis examples of a test that writes lakes: few in `make test`, many times that in `make test-slow`.

    `often`: how many times as many again, of what is dear and matters most.
    """
    return quick * often * THOROUGH if THOROUGH else quick


def day(text: str) -> date:
    """`day("2026-03-01")`."""
    return date.fromisoformat(text)


def noon(of: date) -> datetime:
    """Noon UTC of a day."""
    return datetime(of.year, of.month, of.day, 12)


def close(as_of: date, zone: str = ZONE, at: time = time(6)) -> datetime:
    """When a day closes: by default 06:00 the next morning in the project's zone, as naive UTC and by Python's clock."""
    return clock(as_of + timedelta(days=1), zone, at)


def clock(on: date, zone: str, at: time = time()) -> datetime:
    """The moment, naive UTC, at which clocks show a time of a day for the first time."""
    return datetime.combine(on, at, ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)


def default_terms(**changes: Any) -> Terms:
    """Berlin, euros, every kind from one source of its own that covers all accounts."""
    feeds = tuple(Feed("own", kind.name, kind.watermark, covers_all=True) for kind in KINDS.values())
    settings: dict[str, Any] = {
        "time_zone": ZONE,
        "day_close": "06:00",
        "currency": "EUR",
        "feeds": feeds,
        "segments": {"S": 0, "M": 25_000, "E": 100_000},
        "key_features": ("reports", "api", "alerts", "exports"),
    }
    return Terms(**(settings | changes))


@dataclass
class Company:
    """Facts by batch; `fact` adds a row to the open batch, `publish` writes it."""

    folder: Path
    terms: Terms = field(default_factory=default_terms)
    batch: int = 0
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    seq: int = 0

    def __post_init__(self) -> None:
        self.lake = Lake(self.folder / "lake")

    def account(self, account: str, /, since: str = "2024-01-01", **columns: Any) -> None:
        """An account known from a day on."""
        self.fact("account", account, account, known=since, created_day=day(since), **columns)

    def fact(self, kind: str, key: str, ref: str, /, *, known: str | datetime | None = None, **columns: Any) -> None:
        """One fact row; known at noon of its own day unless said otherwise."""
        found = KINDS[kind]
        source = columns.pop("source", "own")
        system = columns.pop("system", "account")
        dated = columns.get(found.dated_by)
        moment = dated if isinstance(dated, datetime) else noon(dated) if dated else noon(day("2024-01-01"))
        known_at = noon(day(known)) if isinstance(known, str) else known or moment
        ahead = found.form is Form.STATE and (dated is None or found.dated_by in PLANNED)
        happened = min(moment.date(), known_at.date()) if ahead else moment.date()
        self.seq += 1
        row = {
            "source": source,
            "external_id": key,
            "system": system,
            "ref": ref,
            "valid_at": None,
            "happened_at": moment,
            "happened_day": happened,
            "known_at": known_at,
            "known_basis": "recorded",
            "deleted": False,
            "content": f"c{self.seq}",
            "seq": self.seq,
        }
        self.rows.setdefault(kind, []).append(row | columns)

    def used(self, account: str, on: str, /, person: str = "p1", feature: str = "reports", **columns: Any) -> None:
        """One use of the product."""
        self.fact("usage", f"u{self.seq}", account, used_at=noon(day(on)), person=person, feature=feature, **columns)

    def publish(self, loaded: str | datetime | None = None) -> int:
        """Write the open batch with its rollup, references and loads."""
        self.batch += 1
        for kind, rows in self.rows.items():
            self.lake.append(f"fact_{kind}", _table(rows, TABLES[f"fact_{kind}"], self.batch))
        connection = self.lake.connect(self.batch)
        Ledger(connection, self.terms)
        kinds = list(self.rows)
        if kinds:
            note_references(self.lake, connection, self.batch, kinds)
        if "usage" in kinds:
            refresh(self.lake, connection, self.batch, self.terms.key_features, self.terms.core_features)
        self._loads(loaded)
        self.rows = {}
        return self.batch

    def _loads(self, loaded: str | datetime | None) -> None:
        moment = noon(day(loaded)) if isinstance(loaded, str) else loaded or datetime(2030, 1, 1)
        rows = [
            {
                "source": f.source,
                "kind": f.kind,
                "origin": f.kind,
                "first": self.batch == 1,
                "loaded_at": moment,
                "loaded_day": moment.date(),
            }
            for f in self.terms.feeds
        ]
        self.lake.append("loads", _table(rows, TABLES["loads"], self.batch))

    def known(
        self,
        as_of: str,
        accounts: Sequence[str] | None = None,
        batch: int | None = None,
        close_at: datetime | None = None,
    ) -> tuple[duckdb.DuckDBPyConnection, Any]:
        """A connection with everything prepared as of a date, and the ledger's `Known`."""
        connection = self.lake.reader(self.batch if batch is None else batch)
        ledger = Ledger(connection, self.terms)
        date_, closes = day(as_of), close_at or close(day(as_of))
        wanted: Iterable[str] = accounts if accounts is not None else ledger.accounts(date_, closes)
        return connection, ledger.known_at([Pair(a, date_, closes) for a in wanted])

    def readings(
        self, as_of: str, signals: Sequence[Signal], accounts: Sequence[str] | None = None, **how: Any
    ) -> dict[str, dict[str, Any]]:
        """account → its row of the readings relation."""
        connection, known = self.known(as_of, accounts, **how)
        cursor = connection.execute(compile_readings(signals, known.relations))
        names = [d[0] for d in cursor.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}


ARROW = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "BOOLEAN": pa.bool_(),
}


def _table(rows: list[dict[str, Any]], schema: dict[str, str], batch: int) -> pa.Table:
    fields = [pa.field(name, ARROW[kind]) for name, kind in schema.items()]
    return pa.Table.from_pylist([row | {"batch": batch} for row in rows], schema=pa.schema(fields))
