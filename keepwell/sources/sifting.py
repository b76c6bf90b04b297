"""The same key again: which rows are new, which repeat what is known, which contradict their own batch.

SEMANTICS, rule 5: same content is a duplicate; other content in a later batch a revision;
other content in the same batch a conflict, where the first row is accepted and the rest
are quarantined. History rows differ by version, rows with a trusted timestamp by that. A row
whose timestamp lies before the last load is late: it was not in that load, so it is known from
this one, and where a newer row of its id is held or comes with it, it says nothing any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from keepwell.sources.staging import literal

CONFLICT = "another row of the same batch has the same id and other content"


@dataclass(frozen=True)
class Cast:
    """The typed rows of one (table, fact): `rows` is a relation of the cast statement's columns.

    `facts` is the relation of the kind's facts that count as already there, this batch's own included.
    """

    rows: str
    facts: str
    source: str
    trusted: bool
    batch: int
    settled: datetime | None = None  # the last load, up to which trusted timestamps say nothing new

    @property
    def late(self) -> str:
        """Condition: the row should have been in the last load."""
        return f"c.trusted <= TIMESTAMP '{self.settled}'" if self.trusted and self.settled else "false"

    @property
    def version(self) -> str:
        """What tells two rows of one id apart within a batch."""
        return "(valid_at, trusted)" if self.trusted else "valid_at"


def sift(connection: duckdb.DuckDBPyConnection, cast: Cast) -> str:
    """Write table `verdict` (_file, _row, verdict) for rows that are not new; the relation of accepted rows."""
    connection.execute("CREATE OR REPLACE TABLE verdict (_file INTEGER, _row BIGINT, verdict VARCHAR)")
    if _repeats(connection, cast):
        connection.execute(f"INSERT INTO verdict {_within_batch(cast)}")
    if _is_known(connection, cast):
        connection.execute(f"INSERT INTO verdict {_against_lake(cast)}")
    return (
        f"(SELECT * FROM {cast.rows} c WHERE bad_reason IS NULL"
        " AND NOT EXISTS (FROM verdict v WHERE v._file = c._file AND v._row = c._row))"
    )


def _repeats(connection: duckdb.DuckDBPyConnection, cast: Cast) -> bool:
    """Whether any id repeats; on hashes, because most tables repeat none and some are very large."""
    connection.execute(
        f"CREATE OR REPLACE TABLE repeated AS SELECT hash(external_id, valid_at) AS h FROM {cast.rows}"
        " WHERE bad_reason IS NULL GROUP BY h HAVING count(*) > 1"
    )
    return bool(connection.execute("SELECT 1 FROM repeated LIMIT 1").fetchall())


def _within_batch(cast: Cast) -> str:
    return f"""
        WITH suspects AS (
            SELECT _file, _row, external_id, valid_at, trusted, content,
                   {cast.late} AND trusted < max(trusted) OVER (PARTITION BY external_id, valid_at) AS overtaken
            FROM {cast.rows} c WHERE bad_reason IS NULL AND hash(external_id, valid_at) IN (SELECT h FROM repeated)
        ), ordered AS (
            SELECT *, row_number() OVER same AS place, first_value(content) OVER same AS first_content
            FROM suspects WHERE NOT overtaken
            WINDOW same AS (PARTITION BY external_id, {cast.version} ORDER BY _file, _row)
        ), firsts AS (
            SELECT *, lag(content) OVER (PARTITION BY external_id, valid_at ORDER BY trusted, _file, _row) AS before
            FROM ordered WHERE place = 1
        )
        SELECT _file, _row, CASE WHEN content = first_content THEN 'duplicate' ELSE 'conflict' END
        FROM ordered WHERE place > 1
        UNION ALL SELECT _file, _row, 'duplicate' FROM firsts WHERE before = content
        UNION ALL SELECT _file, _row, 'duplicate' FROM suspects WHERE overtaken
    """


def _is_known(connection: duckdb.DuckDBPyConnection, cast: Cast) -> bool:
    found = connection.execute(f"SELECT 1 FROM {cast.facts} WHERE source = {literal(cast.source)} LIMIT 1")
    return bool(found.fetchall())


def _against_lake(cast: Cast) -> str:
    """Compare each row with what was known of its id at the moment it is known: a late one with all that is."""
    in_time = f"AND (k.known_at <= c.trusted OR {cast.late})" if cast.trusted else ""
    own_batch = f"last.batch = {cast.batch}" + (" AND (late OR last.known_at = trusted)" if cast.trusted else "")
    return f"""
        WITH candidates AS (
            SELECT _file, _row, external_id, valid_at, trusted, content, deleted FROM {cast.rows} c
            WHERE bad_reason IS NULL AND NOT EXISTS (FROM verdict v WHERE v._file = c._file AND v._row = c._row)
        ), load AS (
            SELECT batch, max(loaded_at) AS loaded_at FROM loads WHERE source = {literal(cast.source)} GROUP BY batch
        ), known AS (
            SELECT external_id, valid_at, known_at, batch, seq, content, deleted FROM {cast.facts}
            WHERE source = {literal(cast.source)} AND external_id IN (SELECT external_id FROM candidates)
        ), newest AS (
            SELECT c._file, c._row, any_value(c.content) AS content, any_value(c.deleted) AS deleted,
                   any_value(c.trusted) AS trusted, any_value({cast.late}) AS late,
                   max_by(struct_pack(content := k.content, deleted := k.deleted, batch := k.batch, known_at := k.known_at),
                          (k.known_at, k.batch, k.seq)) AS last
            FROM candidates c JOIN known k
              ON k.external_id = c.external_id AND k.valid_at IS NOT DISTINCT FROM c.valid_at {in_time}
            GROUP BY c._file, c._row
        ), step AS (  -- the timestamp of the row of the same id that goes before it in this batch
            SELECT _file, _row, lag(trusted) OVER (PARTITION BY external_id, valid_at ORDER BY trusted) AS before
            FROM candidates WHERE trusted IS NOT NULL AND hash(external_id, valid_at) IN (SELECT h FROM repeated)
        ), judged AS (
            SELECT n.*, last.content = n.content AND last.deleted = n.deleted
                        AND coalesce(s.before < last.known_at, true) AS same,
                   -- what was not known from its own load named its timestamp itself: a newer one
                   late AND last.known_at > trusted AND last.known_at IS DISTINCT FROM l.loaded_at AS overtaken
            FROM newest n LEFT JOIN load l ON l.batch = n.last.batch
            LEFT JOIN step s ON s._file = n._file AND s._row = n._row
        )
        SELECT _file, _row, CASE WHEN same OR overtaken THEN 'duplicate' ELSE 'conflict' END
        FROM judged WHERE same OR overtaken OR {own_batch}
    """
