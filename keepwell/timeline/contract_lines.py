"""Contract lines as known: each line as it stands, and the stretches of days on which it had one price."""

from __future__ import annotations

from keepwell.words.fact import KINDS

LINES = f"""
SELECT c.account_id, c.as_of, f.read_day, c.happened_day AS day, CAST(f.read_day - c.start_day AS BIGINT) AS age,
       c.source, c.external_id, c.known_basis,
       {", ".join("c." + c.name for c in KINDS["subscription"].columns)}, c.in_force, CAST(c.ends_before AS DATE) AS ends_before,
       c.mrr_rep
FROM contract c
JOIN subjects s ON s.as_of = c.as_of AND s.account_id = c.account_id
JOIN feed_at f ON f.kind = 'subscription' AND f.as_of = c.as_of AND f.account_id = c.account_id"""


# stretches of days on which a contract line had one MRR and one number of seats; to_day is exclusive
HISTORY = """
WITH told AS (
    SELECT c.account_id, c.as_of, c.source, c.external_id, c.start_day, c.taken_over, c.ends_before, c.product, v.seats, v.mrr,
           v.content, v.valid_at, v.known_at, v.batch, v.seq, v.known_basis, v.trial, v.one_off, v.deleted, x.rate, x.per,
           CASE WHEN v.content IS DISTINCT FROM lag(v.content) OVER line OR v.deleted IS DISTINCT FROM lag(v.deleted) OVER line
                  OR v.valid_at IS DISTINCT FROM lag(v.valid_at) OVER line THEN 1 ELSE 0 END AS changed
    FROM contract c
    JOIN days d ON d.as_of = c.as_of
    JOIN fact_subscription v ON v.source = c.source AND v.external_id = c.external_id AND v.known_at < d.close_at
     AND (v.valid_at IS NULL OR v.valid_at < d.day_end)
    LEFT JOIN fx_at x ON x.as_of = c.as_of AND x.currency = coalesce(v.currency, '')
    WINDOW line AS (PARTITION BY c.as_of, c.source, c.external_id
                    ORDER BY v.valid_at NULLS FIRST, v.known_at, v.batch, v.seq)
), numbered AS (  -- one source row may have been told in several versions; one that returns is another stretch
    SELECT *, sum(changed) OVER (PARTITION BY as_of, source, external_id
                                 ORDER BY valid_at NULLS FIRST, known_at, batch, seq) AS stretch FROM told
), version AS (
    SELECT *, row_number() OVER (PARTITION BY as_of, source, external_id, stretch
                                 ORDER BY known_at DESC, batch DESC, seq DESC) AS newest,
           min(known_at) OVER (PARTITION BY as_of, source, external_id, stretch) AS since
    FROM numbered
), dated AS (
    SELECT *, CASE WHEN row_number() OVER w = 1 THEN greatest(start_day, taken_over)
                   WHEN deleted OR lag(deleted) OVER w THEN close_day(since)  -- vanished, or back again
                   ELSE greatest(start_day, coalesce(local_day(valid_at), close_day(since))) END AS begins
    FROM version WHERE newest = 1
    WINDOW w AS (PARTITION BY as_of, source, external_id ORDER BY valid_at NULLS FIRST, since, batch, seq)
), stretch AS (
    SELECT *, lead(begins) OVER (PARTITION BY as_of, source, external_id
                                 ORDER BY valid_at NULLS FIRST, since, batch, seq) AS next_begins FROM dated
)
SELECT t.account_id, t.as_of, f.read_day, t.begins AS day, CAST(f.read_day - t.begins AS BIGINT) AS age,
       t.source, t.external_id, t.known_basis, t.product, t.seats, t.trial, t.one_off, t.begins AS from_day,
       least(t.next_begins, CAST(t.ends_before AS DATE)) AS to_day, t.start_day,
       CASE WHEN NOT coalesce(t.one_off, false) AND NOT coalesce(t.trial, false)
            THEN converted(t.mrr, t.rate, t.per) END AS mrr_rep
FROM stretch t
JOIN subjects s ON s.as_of = t.as_of AND s.account_id = t.account_id
JOIN feed_at f ON f.kind = 'subscription' AND f.as_of = t.as_of AND f.account_id = t.account_id
WHERE coalesce(t.next_begins, DATE '9999-12-31') > t.begins AND NOT t.deleted"""
