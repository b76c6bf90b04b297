"""Which versions of a state's rows may tell how it stood on a day, as known then."""

from __future__ import annotations


def told(kind: str, row: str, *, rewound: bool) -> str:
    """A kind's versions, as `row`, beside each day `d` by whose close they were known, without deciding which is newest.

    A day read with later knowledge is `rewound`: of what came after its own close, only a row that was
    unheard of, or a version that says itself from when it holds, tells how things stood on that day;
    every other revision is news of the days since (SEMANTICS, rule 14).
    """
    if not rewound:
        return f"fact_{kind} {row} JOIN days d ON {row}.known_at < d.close_at"
    versions = f"(SELECT *, min(known_at) OVER (PARTITION BY source, external_id) AS first_known_at FROM fact_{kind})"
    return f"""{versions} {row} JOIN days d ON {row}.known_at < d.close_at
     AND ({row}.known_at < d.first_close OR ({row}.valid_at IS NOT NULL AND NOT {row}.deleted)
          OR ({row}.known_at = {row}.first_known_at AND {row}.happened_day <= d.as_of))"""
