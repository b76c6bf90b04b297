"""The newest version of every fact as known today, restricted to what happened by a date.

A score may only use what was known on its date; quality judges the data itself, so it
takes every correction that has arrived since.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import duckdb
import pyarrow as pa

from keepwell.timeline import identity, profile
from keepwell.timeline.ledger import Ledger
from keepwell.timeline.quality import standing
from keepwell.words.fact import KINDS, Form, Kind

ALL_KNOWN = datetime(9999, 12, 1)  # later than anything that is known
JUDGED = tuple(name for name in KINDS if name not in {"account", "fx"})  # accounts are read from `profile`

# columns of `today_<kind>` before those of the kind
OF_EACH = {
    **dict.fromkeys(("account_id", "source", "external_id", "system", "ref"), "VARCHAR"),
    "day": "DATE",
    "first_known_day": "DATE",
    "first_basis": "VARCHAR",
}

# per subscription: from when to when the customer may be expected to use it
TERM = """
CREATE OR REPLACE TEMP TABLE term AS
SELECT as_of, account_id, source, external_id, product, start_day, end_day, in_force, mrr_rep, deleted AS vanished,
       coalesce(one_off, false) OR coalesce(trial, false) AS passing,
       CASE WHEN cancelled_day IS NOT NULL THEN cancelled_day ELSE CAST(ends_before - INTERVAL 1 DAY AS DATE) END
           AS last_day
FROM contract WHERE start_day <= as_of
"""

# the term that a usage reference belongs to: its own subscription where the reference is one, else the account's first
EXPECTED = """
CREATE OR REPLACE TEMP TABLE expected AS
WITH systems AS (
    SELECT r.system FROM (SELECT DISTINCT system, ref FROM identity_at WHERE system <> 'account') r
    LEFT JOIN (SELECT DISTINCT external_id FROM contract) t ON t.external_id = r.ref
    GROUP BY r.system HAVING 10 * count(t.external_id) >= 9 * count(*)
), span AS (
    SELECT s.system, t.external_id AS ref, NULL AS account_id, t.start_day, t.last_day FROM term t CROSS JOIN systems s
    UNION ALL
    SELECT NULL, NULL, h.account_id, t.start_day, t.last_day FROM holder h JOIN term t ON t.account_id = h.holder
)
SELECT system, ref, account_id, min(start_day) AS first_day,
       CASE WHEN count(last_day) = count(*) THEN max(last_day) END AS last_day
FROM span GROUP BY system, ref, account_id
"""

# use as the source delivered it: a row whose id was taken is quarantined, and still says what it says
DELIVERED_USAGE = """
CREATE OR REPLACE TEMP VIEW delivered_usage AS
SELECT account_id, source, external_id, system, ref, day FROM today_usage WHERE NOT coalesce(staff, false)
UNION ALL
SELECT i.account_id, r.source, r.external_id, r.system, r.ref, r.happened_day
FROM standing_reject r
JOIN days d ON r.happened_day <= d.as_of
LEFT JOIN identity_at i ON i.system = r.system AND i.ref = r.ref AND r.happened_day BETWEEN i.from_day AND i.to_day
WHERE r.kind = 'usage' AND r.conflict
"""


def prepare(ledger: Ledger, as_of: date, systems: Mapping[str, str]) -> duckdb.DuckDBPyConnection:
    """Every relation that the checks read, in the ledger's connection; `systems`: source → kind of outside system."""
    connection = ledger.connection
    ledger.accounts(as_of, ALL_KNOWN)
    for statement in (identity.LINEAGE, profile.contracts_sql(), profile.HOLDERS, TERM, EXPECTED):
        connection.execute(statement)
    told = _told(connection)
    for name in JUDGED:
        connection.execute(_newest(KINDS[name]) if name in told else _none(KINDS[name]))
    standing.gather(connection)
    connection.execute(DELIVERED_USAGE)
    _declare_gaps(ledger)
    names, kinds = pa.array(list(systems), pa.string()), pa.array(list(systems.values()), pa.string())
    connection.register("source_system", pa.table({"source": names, "outside": kinds}))
    return connection


def _declare_gaps(ledger: Ledger) -> None:
    """`declared_gap`: one row per source and day lost for good."""
    connection = ledger.connection
    connection.execute("CREATE OR REPLACE TEMP TABLE declared_gap (source VARCHAR, day DATE)")
    for source, first, last in sorted({(f.source, *gap) for f in ledger.terms.feeds for gap in f.gaps}):
        days = "generate_series(CAST(? AS DATE), CAST(? AS DATE), INTERVAL 1 DAY)"
        connection.execute(f"INSERT INTO declared_gap SELECT ?, CAST(unnest({days}) AS DATE)", [source, first, last])


def _told(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """The kinds of which there is any fact; a project has few of them, and each statement costs its planning."""
    asked = " UNION ALL ".join(f"(SELECT '{name}' FROM fact_{name} LIMIT 1)" for name in JUDGED)
    return {name for (name,) in connection.execute(asked).fetchall()}


def _none(kind: Kind) -> str:
    """`today_<kind>` where nothing was told of it."""
    own = {column.name: kind.schema[column.name] for column in kind.columns}
    columns = ", ".join(f'"{name}" {held}' for name, held in {**OF_EACH, **own}.items())
    return f"CREATE OR REPLACE TEMP TABLE today_{kind.name} ({columns})"


def _newest(kind: Kind) -> str:
    """`today_<kind>`: one row per key, with the account it belongs to (NULL: unmatched)."""
    happened = "f.happened_day" if kind.form is Form.EVENT else f"coalesce(f.{kind.dated_by}, d.as_of)"
    read_on = "f.happened_day" if kind.form is Form.EVENT else "d.as_of"
    columns = ", ".join(f"f.{column.name}" for column in kind.columns)
    return f"""
CREATE OR REPLACE TEMP TABLE today_{kind.name} AS
WITH version AS (
    SELECT v.* FROM fact_{kind.name} v JOIN days d ON coalesce(local_day(v.valid_at), d.as_of) <= d.as_of
), several AS (  -- most events are told once: only the others need sorting
    SELECT source, external_id FROM version GROUP BY source, external_id HAVING count(*) > 1
), newest AS (
    SELECT *, known_at AS first_known_at, known_basis AS first_basis FROM version
    ANTI JOIN several USING (source, external_id)
    UNION ALL BY NAME
    SELECT *, first_value(known_at) OVER told AS first_known_at, first_value(known_basis) OVER told AS first_basis
    FROM version SEMI JOIN several USING (source, external_id)
    WINDOW told AS (PARTITION BY source, external_id ORDER BY known_at, batch, seq)
    QUALIFY row_number() OVER (PARTITION BY source, external_id ORDER BY valid_at DESC NULLS LAST, known_at DESC,
                               batch DESC, seq DESC) = 1
)
SELECT i.account_id, f.source, f.external_id, f.system, f.ref, f.happened_day AS day,
       close_day(f.first_known_at) AS first_known_day, f.first_basis, {columns}
FROM newest f
JOIN days d ON {happened} <= d.as_of
LEFT JOIN identity_at i ON i.system = f.system AND i.ref = f.ref AND {read_on} BETWEEN i.from_day AND i.to_day
WHERE NOT f.deleted"""
