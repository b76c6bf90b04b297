"""User-days of product use, kept beside the events so that a daily score reads far fewer rows.

A row is the whole user-day as known on a local day. Late, corrected and deleted events
add a row that names the known day it replaces (SEMANTICS, rule 7). `refresh` adds what one
batch brought, or builds all of it from the facts where the key or core features are others
than those it was built for: its masks and sums would mean something else.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import duckdb
import pyarrow as pa

from keepwell.lake import Lake
from keepwell.timeline.terms import Terms
from keepwell.timeline.versions import KNOWN_UNTIL
from keepwell.words.problem import KeepwellError, Problem

# how rows lie in the lake: a score of the whole book reads the months of its windows, and in them one account's
# rows lie together, so that one account is read from few groups of rows and all are grouped in order
PLACE = "date_trunc('month', day), source, ref, day"

# user-days that batches touch: those they brought events of, and those they moved events away from
TOUCHED_DAYS = """
CREATE OR REPLACE TEMP TABLE touched_day AS
WITH news AS (SELECT * FROM fact_usage WHERE batch >= $since)
SELECT source, system, ref, coalesce(person, '') AS person, happened_day AS day FROM news
UNION
SELECT o.source, o.system, o.ref, coalesce(o.person, ''), o.happened_day
FROM fact_usage o SEMI JOIN news n ON o.source = n.source AND o.external_id = n.external_id
"""

# ids of all events of those user-days; their versions may stand on other days, which stay as they are
TOUCHED = """
CREATE OR REPLACE TEMP TABLE touched AS
SELECT DISTINCT u.source, u.external_id FROM fact_usage u SEMI JOIN touched_day d
    ON u.source = d.source AND u.system = d.system AND u.ref = d.ref
   AND coalesce(u.person, '') = d.person AND u.happened_day = d.day
"""

# each version of those events, with the stretch of known days on which it counted
EVENTS = f"""
CREATE OR REPLACE TEMP TABLE event AS
SELECT u.source, u.system, u.ref, coalesce(u.person, '') AS person, u.happened_day AS day,
       greatest(close_day(u.known_at), u.happened_day) AS known_day,
       CASE WHEN u.known_until IS NOT NULL THEN greatest(close_day(u.known_until), u.happened_day) END AS until_day,
       NOT u.deleted AND NOT coalesce(u.staff, false) AS counts, {{measures}}
FROM (
    SELECT f.*, {KNOWN_UNTIL} AS known_until
    FROM fact_usage f SEMI JOIN touched t ON t.source = f.source AND t.external_id = f.external_id
) u
WHERE u.known_until IS NULL OR u.known_until > u.known_at
"""

# whole user-days at every known day on which they changed, unless stored like that already
CHANGED_DAYS = """
WITH moment AS (
    SELECT source, system, ref, person, day, known_day FROM event WHERE counts
    UNION SELECT source, system, ref, person, day, until_day FROM event WHERE counts AND until_day IS NOT NULL
    UNION SELECT source, system, ref, person, day, known_day FROM usage_rollup  -- what is stored may no longer be so
), change AS (
    SELECT source, system, ref, person, day, known_day FROM moment SEMI JOIN touched_day
    USING (source, system, ref, person, day)
), whole AS (
    SELECT c.source, c.system, c.ref, c.person, c.day, c.known_day,
           CAST(coalesce(sum(e.uses), 0) AS BIGINT) AS uses,
           CAST(coalesce(sum(e.core_uses), 0) AS BIGINT) AS core_uses,
           CAST(coalesce(bit_or(e.features), 0) AS BIGINT) AS features
    FROM change c LEFT JOIN event e
      ON e.source = c.source AND e.system = c.system AND e.ref = c.ref AND e.person = c.person AND e.day = c.day
     AND e.known_day <= c.known_day AND coalesce(e.until_day > c.known_day, true) AND e.counts
    GROUP BY ALL
), chained AS (
    SELECT *, lag(known_day) OVER (PARTITION BY source, system, ref, person, day ORDER BY known_day) AS earlier
    FROM whole
), stored AS (
    SELECT * FROM usage_rollup
    QUALIFY row_number() OVER (PARTITION BY source, system, ref, person, day, known_day ORDER BY batch DESC) = 1
)
SELECT n.source, n.system, n.ref, n.person, n.day, n.known_day, coalesce(n.earlier, o.known_day) AS replaces,
       n.uses, n.core_uses, n.features, CAST($batch AS BIGINT) AS batch
FROM chained n LEFT JOIN stored o
  ON o.source = n.source AND o.system = n.system AND o.ref = n.ref AND o.person = n.person
 AND o.day = n.day AND o.known_day = n.known_day
WHERE o.uses IS DISTINCT FROM n.uses OR o.core_uses IS DISTINCT FROM n.core_uses
   OR o.features IS DISTINCT FROM n.features OR (n.earlier IS NOT NULL AND o.replaces IS NULL)
"""

# events of one batch that are known on their own day, each once: one pass says the same
FIRST_DAYS = """
SELECT u.source, u.system, u.ref, coalesce(u.person, '') AS person, u.happened_day AS day,
       u.happened_day AS known_day, CAST(NULL AS DATE) AS replaces,
       CAST(sum(uses) AS BIGINT) AS uses, CAST(sum(core_uses) AS BIGINT) AS core_uses,
       bit_or(features) AS features, CAST($batch AS BIGINT) AS batch
FROM (SELECT *, {measures} FROM fact_usage u WHERE NOT coalesce(staff, false)) u
GROUP BY u.source, u.system, u.ref, coalesce(u.person, ''), u.happened_day
"""
REVISED = """
SELECT 1 FROM fact_usage
WHERE batch <> (SELECT min(batch) FROM fact_usage) OR valid_at IS NOT NULL OR deleted LIMIT 1
"""
RECORDED = "SELECT 1 FROM fact_usage WHERE known_basis <> 'assumed' LIMIT 1"
REPEATED = "SELECT 1 FROM fact_usage GROUP BY source, external_id HAVING count(*) > 1 LIMIT 1"

# events of one batch that are known some days later, each once: a user-day grows by what each known day brought
GROWING_DAYS = """
WITH news AS (
    SELECT u.source, u.system, u.ref, coalesce(u.person, '') AS person, u.happened_day AS day,
           greatest(close_day(u.known_at), u.happened_day) AS known_day,
           sum(uses) AS uses, sum(core_uses) AS core_uses, bit_or(features) AS features
    FROM (SELECT *, {measures} FROM fact_usage u WHERE NOT coalesce(staff, false)) u GROUP BY ALL
)
SELECT source, system, ref, person, day, known_day, lag(known_day) OVER growth AS replaces,
       CAST(sum(uses) OVER growth AS BIGINT) AS uses, CAST(sum(core_uses) OVER growth AS BIGINT) AS core_uses,
       bit_or(features) OVER growth AS features, CAST($batch AS BIGINT) AS batch
FROM news WINDOW growth AS (PARTITION BY source, system, ref, person, day ORDER BY known_day)
"""

REFERENCES = """
SELECT source, system, ref, min(known_at) AS first_known_at, count(*) AS facts, CAST({batch} AS BIGINT) AS batch
FROM ({facts}) WHERE ref IS NOT NULL GROUP BY source, system, ref
"""

USAGE_DAYS = """
SELECT DISTINCT source, day, known_day, CAST({batch} AS BIGINT) AS batch
FROM usage_rollup ANTI JOIN usage_day USING (source, day, known_day) WHERE batch = {batch} AND uses > 0
"""
BUILT_FOR = "SELECT features FROM rollup_builds ORDER BY batch DESC LIMIT 1"


def refresh(
    lake: Lake, connection: duckdb.DuckDBPyConnection, batch: int, key: Sequence[str], core: Sequence[str]
) -> None:
    """Append the user-days that `batch` changed, or all; the connection must see the batch and have the ledger's macros."""
    measures, meaning = _measures(key, core), _meaning(key, core)
    anew = _built_for(connection) != meaning
    if anew:
        lake.append("rollup_builds", pa.table({"features": [meaning], "batch": [batch]}))
        lake.view(connection, "usage_rollup", batch)
    if anew and (pattern := _in_one_pass(connection)):
        query = pattern.format(measures=measures)
    else:
        connection.execute(TOUCHED_DAYS, {"since": 0 if anew else batch})
        connection.execute(TOUCHED)
        connection.execute(EVENTS.format(measures=measures))
        query = CHANGED_DAYS
    rows = connection.sql(f"SELECT * FROM ({query}) ORDER BY {PLACE}", params={"batch": batch})
    lake.append("usage_rollup", rows.to_arrow_reader(200_000))
    lake.view(connection, "usage_rollup", batch)
    lake.append("usage_day", connection.sql(USAGE_DAYS.format(batch=int(batch))).to_arrow_table())


def _in_one_pass(connection: duckdb.DuckDBPyConnection) -> str:
    """The statement that says the same in one pass over the events of a single batch; empty where some came twice."""
    if connection.execute(REVISED).fetchall():
        return ""
    if not connection.execute(RECORDED).fetchall():
        return FIRST_DAYS
    return "" if connection.execute(REPEATED).fetchall() else GROWING_DAYS


def is_outdated(connection: duckdb.DuckDBPyConnection, terms: Terms) -> bool:
    """Whether there is a rollup, and it was not built for the features of the terms."""
    if not connection.execute("SELECT 1 FROM usage_rollup LIMIT 1").fetchall():
        return False
    return _built_for(connection) != _meaning(terms.key_features, terms.core_features)


def check_features(connection: duckdb.DuckDBPyConnection, terms: Terms) -> None:
    """Raise KeepwellError where the stored masks mean other features than the terms say."""
    if _built_for(connection) not in {None, _meaning(terms.key_features, terms.core_features)}:
        what = "the stored days of use were built for other features than keepwell.yml names"
        raise KeepwellError(Problem(what, fix="run 'keepwell ingest': it builds them again from the facts"))


def _built_for(connection: duckdb.DuckDBPyConnection) -> str | None:
    found = connection.execute(BUILT_FOR).fetchall()
    return str(found[0][0]) if found else None


def _meaning(key: Sequence[str], core: Sequence[str]) -> str:
    """Of the masks and core uses: the key features by bit, the core features in any order."""
    return json.dumps({"key": list(key), "core": sorted(set(core))}, ensure_ascii=False)


def note_references(lake: Lake, connection: duckdb.DuckDBPyConnection, batch: int, kinds: Sequence[str]) -> None:
    """Note the account references that `batch` used."""
    facts = " UNION ALL ".join(
        f"SELECT source, system, ref, known_at FROM fact_{kind} WHERE batch = {int(batch)}" for kind in kinds
    )
    lake.append("reference", connection.sql(REFERENCES.format(batch=int(batch), facts=facts)).to_arrow_table())


def _measures(key: Sequence[str], core: Sequence[str]) -> str:
    """What an event adds to its user-day: uses, core uses (all where none are named), the key feature's bit."""
    uses = "greatest(coalesce(u.count, 1), 0)"
    names = ", ".join(_quoted(name) for name in core)
    of_core = f"CASE WHEN u.feature IN ({names}) THEN {uses} ELSE 0 END" if names else uses
    bits = " ".join(f"WHEN {_quoted(name)} THEN {1 << n}" for n, name in enumerate(key))
    mask = f"CASE u.feature {bits} ELSE 0 END" if bits else "0"
    return f"{uses} AS uses, {of_core} AS core_uses, CAST({mask} AS BIGINT) AS features"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
