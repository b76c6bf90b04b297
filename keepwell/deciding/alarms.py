"""The readings of a day that may be told on their own: of new accounts, of those with flags, and of those told of before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import duckdb

from keepwell.book.scorer import Row, Scorer
from keepwell.decisions.alarm import LATEST, SIGNALS, SOONEST, Reading, rings
from keepwell.decisions.policy import Alarms
from keepwell.engine import WHOLE
from keepwell.scoring import sentence
from keepwell.words.decision import EvidenceLine, Kind, Standing
from keepwell.words.reading import Status

# the accounts that such a signal can speak of; by any reference that a flag ever had
CANDIDATES = f"""
WITH flagged AS (
    SELECT ref AS account_id FROM {WHOLE}.fact_flag
    UNION SELECT i.account FROM {WHOLE}.fact_flag f JOIN {WHOLE}.fact_identity i ON i.system = f.system AND i.ref = f.ref
)
SELECT as_of, account_id, coalesce(a_age_days BETWEEN {SOONEST} AND {LATEST}, false) FROM ({{readings}}) r
WHERE list_contains($days, as_of) AND (a_age_days BETWEEN {SOONEST} AND {LATEST}
    OR account_id IN (SELECT account_id FROM flagged) OR list_contains($told, account_id))
"""


def candidates(
    connection: duckdb.DuckDBPyConnection, readings: str, days: Sequence[date], told: Collection[str]
) -> list[tuple[date, str, bool]]:
    """(day, account, whether it is new) of those whose alarms are read; of accounts that were `told` of too."""
    sql = CANDIDATES.format(readings=readings)
    return connection.execute(sql, {"days": list(days), "told": list(told)}).fetchall()


def told(before: Mapping[str, Standing]) -> list[str]:
    """The accounts that an alarm was told of and is not over for."""
    return [account for account, one in before.items() if any(kind in one.episodes for kind in SIGNALS)]


def ringing(alarms: Alarms, row: Row) -> dict[Kind, bool | None]:
    """Which alarms ring by an account's readings; a signal of new accounts alone is not read of others."""
    return {kind: rings(kind, alarms, _reading(row, name)) for kind, name in SIGNALS.items()}


def _reading(row: Row, name: str) -> Reading:
    status = Status(row.get(f"q_{name}", Status.NOT_APPLICABLE))
    return Reading(row.get(f"v_{name}"), status, row["a_age_days"])


def flagged(row: Row | None) -> date | None:
    """When the newest standing flag of risk was raised; None: there is none, or it cannot be said."""
    name = SIGNALS[Kind.RISK_FLAG]
    day: date | None = row[f"o_{name}"] if row and row[f"v_{name}"] and row[f"q_{name}"] == Status.FRESH else None
    return day


def line(scorer: Scorer, kind: Kind, row: Row) -> EvidenceLine:
    """The sentence of the reading that is told."""
    signal = scorer.signals[SIGNALS[kind]]
    value, unit = sentence.shown(signal, row[f"v_{signal.name}"]), sentence.unit_name(signal) or None
    said = sentence.reason(signal, row)
    return EvidenceLine(said, f"{signal.name}.poor", signal.name, value, unit, row[f"o_{signal.name}"], 0)
