"""Which account a source's reference meant, on a day, as known as of a date.

References are joined when facts are read (SEMANTICS, rule 6): a move is a mapping
valid from a date; a correction or merge is one valid from the beginning, known now,
and beats what was known before.
"""

from __future__ import annotations

FIRST_DAY = "DATE '0001-01-01'"
LAST_DAY = "DATE '9999-12-30'"

# one row per (as_of, system, ref) and stretch of days; stretches do not overlap
IDENTITY_AT = f"""
CREATE OR REPLACE TEMP TABLE identity_at AS
WITH told AS (  -- of each row what is known of each of its versions that has begun
    SELECT d.as_of, f.* FROM fact_identity f JOIN days d ON f.known_at < d.close_at
    WHERE f.valid_at IS NULL OR f.valid_at < d.day_end
    QUALIFY row_number() OVER (
        PARTITION BY d.as_of, f.source, f.external_id, f.valid_at
        ORDER BY f.known_at DESC, f.batch DESC, f.seq DESC) = 1
), live AS (  -- a version holds until the next begins, the first one since ever
    SELECT as_of, system, ref, account AS account_id,
           greatest(coalesce(valid_from, {FIRST_DAY}),
                    CASE WHEN row_number() OVER version > 1 THEN local_day(valid_at) ELSE {FIRST_DAY} END) AS from_day,
           least(coalesce(valid_to, {LAST_DAY}),
                 coalesce(local_day(lead(valid_at) OVER version) - 1, {LAST_DAY})) AS to_day,
           known_at, batch, seq, deleted
    FROM told
    WINDOW version AS (PARTITION BY as_of, source, external_id ORDER BY valid_at NULLS FIRST)
), own AS (
    SELECT DISTINCT d.as_of, 'account' AS system, f.external_id AS ref, f.external_id AS account_id,
           {FIRST_DAY} AS from_day, {LAST_DAY} AS to_day,
           TIMESTAMP '0001-01-01' AS known_at, 0 AS batch, 0 AS seq, false AS deleted
    FROM fact_account f JOIN days d ON f.known_at < d.close_at
    WHERE f.system = 'account' AND f.ref = f.external_id
), rows AS (
    SELECT * FROM live WHERE NOT deleted AND from_day <= to_day
    UNION ALL SELECT * FROM own
), single AS (
    SELECT as_of, system, ref, any_value(account_id) AS account_id,
           any_value(from_day) AS from_day, any_value(to_day) AS to_day
    FROM rows GROUP BY as_of, system, ref HAVING count(*) = 1
), several AS (
    SELECT r.* FROM rows r ANTI JOIN single s USING (as_of, system, ref)
), points AS (
    SELECT DISTINCT as_of, system, ref, unnest([from_day, to_day + 1]) AS day FROM several
), stretches AS (
    SELECT as_of, system, ref, day AS from_day,
           lead(day) OVER (PARTITION BY as_of, system, ref ORDER BY day) - 1 AS to_day
    FROM points
), won AS (
    SELECT t.as_of, t.system, t.ref, r.account_id, t.from_day, t.to_day
    FROM stretches t JOIN several r
      ON r.as_of = t.as_of AND r.system = t.system AND r.ref = t.ref
     AND t.from_day BETWEEN r.from_day AND r.to_day
    QUALIFY row_number() OVER (
        PARTITION BY t.as_of, t.system, t.ref, t.from_day
        ORDER BY r.known_at DESC, r.from_day DESC, r.batch DESC, r.seq DESC, r.account_id) = 1
)
SELECT as_of, system, ref, account_id, CAST(from_day AS DATE) AS from_day, CAST(to_day AS DATE) AS to_day FROM single
UNION ALL
SELECT as_of, system, ref, account_id, CAST(from_day AS DATE), CAST(to_day AS DATE) FROM won
"""

# what that is where no mapping was ever told: an account's own id alone
UNMAPPED = f"""
CREATE OR REPLACE TEMP TABLE identity_at AS
SELECT DISTINCT d.as_of, 'account' AS system, f.external_id AS ref, f.external_id AS account_id,
       {FIRST_DAY} AS from_day, {LAST_DAY} AS to_day
FROM fact_account f JOIN days d ON f.known_at < d.close_at
WHERE f.system = 'account' AND f.ref = f.external_id
"""

# a reference that meant an account on some days only
MOVED = f"SELECT 1 FROM identity_at WHERE from_day > {FIRST_DAY} OR to_day < {LAST_DAY} LIMIT 1"

# accounts that are their own ancestors; only one that is both a parent and a child can be
CYCLIC = """
CREATE OR REPLACE TEMP TABLE cyclic AS
WITH RECURSIVE above(as_of, account_id, ancestor) AS (
    SELECT as_of, account_id, parent FROM profile
    WHERE parent IS NOT NULL AND (as_of, account_id) IN (SELECT (as_of, parent) FROM profile)
    UNION
    SELECT a.as_of, a.account_id, p.parent
    FROM above a JOIN profile p ON p.as_of = a.as_of AND p.account_id = a.ancestor
    WHERE p.parent IS NOT NULL AND a.ancestor <> a.account_id
)
SELECT p.as_of, p.account_id, p.parent FROM profile p
JOIN above a ON a.as_of = p.as_of AND a.account_id = p.account_id AND a.ancestor = p.account_id
"""

# where no account has a parent
NO_CYCLE = "CREATE OR REPLACE TEMP TABLE cyclic AS SELECT as_of, account_id, parent FROM profile LIMIT 0"

# in a cycle nobody is above anybody: each stands without a parent, what is below it stays
CUT_CYCLES = """
UPDATE profile SET parent = NULL FROM cyclic c WHERE c.as_of = profile.as_of AND c.account_id = profile.account_id
"""

# who is in a cycle, under whom, and which source says so
CYCLES = """
SELECT DISTINCT c.as_of, c.account_id, c.parent, f.source FROM cyclic c
JOIN days d ON d.as_of = c.as_of
JOIN identity_at i ON i.as_of = c.as_of AND i.account_id = c.account_id AND c.as_of BETWEEN i.from_day AND i.to_day
JOIN fact_account f ON f.system = i.system AND f.ref = i.ref AND f.parent = c.parent AND f.known_at < d.close_at
"""

# every account with each of its ancestors; distance 0 is the account itself
LINEAGE = """
CREATE OR REPLACE TEMP TABLE lineage AS
WITH RECURSIVE up(as_of, account_id, ancestor, distance) AS (
    SELECT as_of, account_id, account_id, 0 FROM profile
    UNION ALL
    SELECT u.as_of, u.account_id, p.parent, u.distance + 1
    FROM up u JOIN profile p ON p.as_of = u.as_of AND p.account_id = u.ancestor
    WHERE p.parent IS NOT NULL
)
SELECT u.* FROM up u JOIN profile p ON p.as_of = u.as_of AND p.account_id = u.ancestor
"""

# what that is where no account has a parent
ALONE = """
CREATE OR REPLACE TEMP TABLE lineage AS
SELECT as_of, account_id, account_id AS ancestor, 0 AS distance FROM profile
"""

UNMATCHED = """
SELECT r.source, r.system, r.ref, r.first_known_at
FROM reference r
WHERE NOT EXISTS (
    SELECT 1 FROM identity_at i WHERE i.as_of = ? AND i.system = r.system AND i.ref = r.ref)
ORDER BY r.source, r.system, r.ref
"""
