"""Accounts that a later load than its source's first told of as customers already: who of them is new, by what their day knew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from keepwell.book.scorer import Row, Scorer
from keepwell.decisions.handoff import CROSSED_TO, Arrival, Came, came

ONE_DAY = timedelta(days=1)
# references that a source first told of as a customer, by a later load than its first; how many such came with the same
# load, and of how many the source had told by then
NEWCOMERS = f"""
SELECT system, ref, told_at, at_once, before FROM (
    SELECT *, count(*) FILTER (later AND stage IN {CROSSED_TO}) OVER (PARTITION BY source, batch) AS at_once,
           count(*) OVER (PARTITION BY source ORDER BY batch RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM (
        SELECT source, batch, system, ref, lower(replace(lifecycle, '_', ' ')) AS stage,
               greatest(known_at, valid_at) AS told_at, batch > min(batch) OVER (PARTITION BY source) AS later
        FROM fact_account QUALIFY row_number() OVER (PARTITION BY source, external_id ORDER BY told_at, batch, seq) = 1
    )
) WHERE later AND stage IN {CROSSED_TO} AND told_at >= $opening
"""
FOUND = f"""
WITH found AS ({NEWCOMERS}), named AS (
    SELECT ref AS account_id, told_at, at_once, before FROM found WHERE system = 'account'
    UNION ALL
    SELECT i.account, greatest(told_at, i.known_at), at_once, before FROM found f JOIN fact_identity i ON i.system = f.system AND i.ref = f.ref
)
SELECT account_id, list((told_at, at_once, before)) FROM named GROUP BY account_id
"""
# what only a customer has
SIGNS = ("usage_feature_day", "invoice", "ticket", "survey")
CONTRACT = """
SELECT h.account_id, h.as_of, min(c.start_day) FROM holder h
JOIN contract c ON c.as_of = h.as_of AND c.account_id = h.holder GROUP BY h.account_id, h.as_of
"""
FIRST_SIGN = f"""
SELECT account_id, as_of, min(day)
FROM ({" UNION ALL ".join(f"SELECT account_id, as_of, day FROM known_{kind}" for kind in SIGNS)})
GROUP BY account_id, as_of
"""

Key = tuple[str, date]


def came_by(scorer: Scorer, opening: datetime, days: Sequence[date], rows: Mapping[Key, Row]) -> dict[Key, Came]:
    """(account, day) → how those came that a day tells of for the first time; `rows` are the readings of the days.

    Dated facts are asked for only of those whose start alone does not tell that they are customers for long.
    """
    connection = scorer.connect()
    told = dict(connection.execute(FOUND, {"opening": opening}).fetchall())
    closes = {day: scorer.project.close_at(day) for day in days}
    asked = {
        (account, day): max(largest) for account in sorted(told) for day in days
        if _customer(rows.get((account, day))) and not _stage(rows.get((account, day - ONE_DAY)))
        and (largest := [(n, before) for told_at, n, before in told[account] if told_at < closes[day]])
    }  # fmt: skip
    if not asked:
        return {}
    scorer.read(connection, [scorer.pair(*key) for key in asked], {}, dict.fromkeys(SIGNS))
    contracts, signs = (
        {(account, day): first for account, day, first in connection.execute(sql).fetchall()}
        for sql in (CONTRACT, FIRST_SIGN)
    )
    return {
        key: came(
            Arrival(*load, contracts.get(key), rows[key]["a_created_day"], signs.get(key), _stage(rows[key])),
            key[1],
        )
        for key, load in asked.items()
    }


def _stage(row: Row | None) -> str:
    return ((row or {}).get("a_lifecycle") or "").lower().replace("_", " ")


def _customer(row: Row | None) -> bool:
    return _stage(row) in CROSSED_TO
