"""The same key again: which rows are new, which repeat what is known, which contradict their own batch.

SEMANTICS, rule 5: same content is a duplicate; other content in a later batch a revision;
other content in the same batch a conflict, where the first row is accepted and the rest
are quarantined. History rows differ by version, rows with a trusted timestamp by that.
"""

from __future__ import annotations

from dataclasses import dataclass

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
            SELECT _file, _row, external_id, valid_at, trusted, content FROM {cast.rows}
            WHERE bad_reason IS NULL AND hash(external_id, valid_at) IN (SELECT h FROM repeated)
        ), ordered AS (
            SELECT *, row_number() OVER same AS place, first_value(content) OVER same AS first_content
            FROM suspects WINDOW same AS (PARTITION BY external_id, {cast.version} ORDER BY _file, _row)
        ), firsts AS (
            SELECT *, lag(content) OVER (PARTITION BY external_id, valid_at ORDER BY trusted, _file, _row) AS before
            FROM ordered WHERE place = 1
        )
        SELECT _file, _row, CASE WHEN content = first_content THEN 'duplicate' ELSE 'conflict' END
        FROM ordered WHERE place > 1
        UNION ALL SELECT _file, _row, 'duplicate' FROM firsts WHERE before = content
    """


def _is_known(connection: duckdb.DuckDBPyConnection, cast: Cast) -> bool:
    found = connection.execute(f"SELECT 1 FROM {cast.facts} WHERE source = {literal(cast.source)} LIMIT 1")
    return bool(found.fetchall())


def _against_lake(cast: Cast) -> str:
    """Compare each row with what was known of its id at the moment it claims to be known."""
    in_time = "AND k.known_at <= c.trusted" if cast.trusted else ""
    own_batch = "false" if cast.trusted else f"last.batch = {cast.batch}"
    return f"""
        WITH candidates AS (
            SELECT _file, _row, external_id, valid_at, trusted, content, deleted FROM {cast.rows} c
            WHERE bad_reason IS NULL AND NOT EXISTS (FROM verdict v WHERE v._file = c._file AND v._row = c._row)
        ), known AS (
            SELECT external_id, valid_at, known_at, batch, seq, content, deleted FROM {cast.facts}
            WHERE source = {literal(cast.source)} AND external_id IN (SELECT external_id FROM candidates)
        ), newest AS (
            SELECT c._file, c._row, any_value(c.content) AS content, any_value(c.deleted) AS deleted,
                   max_by(struct_pack(content := k.content, deleted := k.deleted, batch := k.batch),
                          (k.known_at, k.batch, k.seq)) AS last
            FROM candidates c JOIN known k
              ON k.external_id = c.external_id AND k.valid_at IS NOT DISTINCT FROM c.valid_at {in_time}
            GROUP BY c._file, c._row
        )
        SELECT _file, _row, CASE WHEN last.content = content AND last.deleted = deleted THEN 'duplicate' ELSE 'conflict' END
        FROM newest
        WHERE (last.content = content AND last.deleted = deleted) OR {own_batch}
    """
