"""How a place is doing: whether it may be written to, and from when on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from keepwell.state import META, State, insert_into

GATE = sa.Table(
    "outbox_gate",
    META,
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("address", sa.Text, primary_key=True),
    sa.Column("failures", sa.Integer),
    sa.Column("not_before", sa.DateTime),
    sa.Column("free_at", sa.DateTime),
)
Place = tuple[str, str]  # a channel's kind and an address


@dataclass(frozen=True)
class Gate:
    """`not_before` after failures, which stand in a row; `free_at` is when the next message keeps the pace."""

    failures: int = 0
    not_before: datetime | None = None
    free_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether a place may be tried."""
        return self.not_before is None or self.not_before <= now

    def wait(self, now: datetime) -> timedelta:
        """How long the pace wants the next message to wait."""
        return max(self.free_at - now, timedelta()) if self.free_at else timedelta()


def gates(state: State) -> dict[Place, Gate]:
    """The gates that are not as new."""
    with state.engine.connect() as connection:
        rows = connection.execute(sa.select(GATE))
        return {(row.kind, row.address): Gate(row.failures, row.not_before, row.free_at) for row in rows}


def keep(connection: sa.Connection, place: Place, gate: Gate) -> None:
    """Write how a place is doing."""
    values = asdict(gate)
    row = insert_into(connection, GATE).values(kind=place[0], address=place[1], **values)
    connection.execute(row.on_conflict_do_update(index_elements=["kind", "address"], set_=values))


def reopen(state: State) -> None:
    """Let every place be tried at once: a person asks for it."""
    with state.engine.begin() as connection:
        connection.execute(sa.update(GATE).values(not_before=None))
