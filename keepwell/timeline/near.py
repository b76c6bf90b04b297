"""For a few accounts, only the facts near them: their own, and those of accounts that share a parent or a reference.

Which facts count for an account depends on no others, so nothing that is read changes; it is
read from a few rows instead of the whole book.
"""

from __future__ import annotations

from collections.abc import Collection

import duckdb
import pyarrow as pa

from keepwell.engine import WHOLE
from keepwell.words.fact import KINDS

FEW = 50  # accounts, of any book
SHARE = 2  # or one in so many accounts of it: from more on the whole book is read
LISTED = 500  # references that a statement names; more stand in a table

# every reference that was ever, by any version of any row, tied to the accounts or to one tied to them
NEAR = f"""
WITH RECURSIVE link AS (
    SELECT system, ref, account FROM {WHOLE}.fact_identity
    UNION SELECT 'account', external_id, external_id FROM {WHOLE}.fact_account WHERE system = 'account'
    UNION SELECT system, ref, parent FROM {WHOLE}.fact_account WHERE parent IS NOT NULL
), near(account) AS (
    SELECT unnest($accounts)
    UNION
    SELECT b.account FROM near n
    JOIN link a ON a.account = n.account
    JOIN link b ON b.system = a.system AND b.ref = a.ref
)
SELECT DISTINCT ref FROM link SEMI JOIN near ON near.account = link.account ORDER BY ref
"""


def is_worth_it(connection: duckdb.DuckDBPyConnection, accounts: Collection[str]) -> bool:
    """Whether reading only what lies near the accounts takes less time than reading the whole book."""
    if len(accounts) <= FEW:
        return True
    sql = f"SELECT count(DISTINCT external_id) FROM {WHOLE}.fact_account"
    [(book,)] = connection.execute(sql).fetchall()
    return len(accounts) * SHARE <= int(book)


def narrow(connection: duckdb.DuckDBPyConnection, accounts: Collection[str]) -> None:
    """Put temporary views before the tables that hold facts, with the rows near the accounts."""
    references = [row[0] for row in connection.execute(NEAR, {"accounts": sorted(accounts)}).fetchall()]
    listed = ", ".join("'" + ref.replace("'", "''") + "'" for ref in references[:LISTED]) or "NULL"
    if len(references) > LISTED:
        connection.register("near_reference", pa.table({"ref": pa.array(references, pa.string())}))
        listed = "SELECT ref FROM near_reference"
    for table in (*(f"fact_{kind}" for kind in KINDS if kind != "fx"), "usage_rollup", "reference"):
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS {_near(table, listed)}")


def _near(table: str, listed: str) -> str:
    """Rows of the references; of facts, every version of such a row, whatever reference it names."""
    rows = f"SELECT * FROM {WHOLE}.{table} WHERE"
    if not table.startswith("fact_"):
        return f"{rows} ref IN ({listed})"
    return f"{rows} external_id IN (SELECT external_id FROM {WHOLE}.{table} WHERE ref IN ({listed}))"


def widen(connection: duckdb.DuckDBPyConnection) -> None:
    """Read the whole book again."""
    for table in (*(f"fact_{kind}" for kind in KINDS if kind != "fx"), "usage_rollup", "reference"):
        connection.execute(f"DROP VIEW IF EXISTS temp.{table}")
