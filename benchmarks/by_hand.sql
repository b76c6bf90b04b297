-- The eighteen signals and their points as an engineer would write them for this one company,
-- as of $as_of with what was known before $close_at; the same rollup, the same filter of knowledge.
WITH account AS (
    SELECT external_id AS account_id, segment, created_day FROM fact_account WHERE known_at < $close_at
    QUALIFY row_number() OVER (PARTITION BY source, external_id ORDER BY valid_at DESC NULLS LAST, known_at DESC, seq DESC) = 1
        AND NOT deleted
), workspace AS (
    SELECT ref, account AS account_id, coalesce(valid_from, DATE '0001-01-01') AS from_day,
           coalesce(valid_to, DATE '9999-12-30') AS to_day
    FROM fact_identity WHERE known_at < $close_at
    QUALIFY row_number() OVER (PARTITION BY source, external_id ORDER BY valid_at DESC NULLS LAST, known_at DESC, seq DESC) = 1
        AND NOT deleted
), line AS (
    SELECT *, start_day <= $as_of AND (CASE WHEN cancelled_day IS NOT NULL THEN $as_of < cancelled_day
        WHEN coalesce(auto_renew, false) THEN true ELSE coalesce($as_of <= end_day, true) END) AS in_force
    FROM (SELECT ref AS account_id, start_day, end_day, cancelled_day, auto_renew, seats, mrr, product, deleted
          FROM fact_subscription WHERE known_at < $close_at AND coalesce(CAST(valid_at AS DATE) <= $as_of, true)
          QUALIFY row_number() OVER (PARTITION BY source, external_id ORDER BY valid_at DESC NULLS LAST, known_at DESC, seq DESC) = 1)
    WHERE NOT deleted
), contract AS (
    SELECT account_id, min(start_day) AS start_day, CAST(sum(seats) FILTER (in_force) AS BIGINT) AS seats,
           coalesce(CAST(sum(mrr) FILTER (in_force) AS BIGINT), 0) AS mrr,
           bool_or(start_day <= $as_of AND product IS DISTINCT FROM 'services') AS has_product
    FROM line GROUP BY account_id
), usage_read AS (
    SELECT max(day) AS day FROM usage_day WHERE day <= $as_of AND known_day <= $as_of
), replaced AS (
    SELECT ref, person, day, max(known_day) AS known_day FROM usage_rollup
    WHERE replaces IS NOT NULL AND known_day <= $as_of GROUP BY ref, person, day
), used AS (
    SELECT w.account_id, r.person, r.core_uses, r.features, CAST((SELECT day FROM usage_read) - r.day AS INTEGER) AS age
    FROM usage_rollup r JOIN workspace w ON w.ref = r.ref AND r.day BETWEEN w.from_day AND w.to_day
    LEFT JOIN replaced n ON n.ref = r.ref AND n.person = r.person AND n.day = r.day
    WHERE r.known_day <= $as_of AND r.day <= (SELECT day FROM usage_read) AND r.day > $as_of - 200 AND r.uses > 0
      AND (n.known_day IS NULL OR n.known_day <= r.known_day) AND age < 196
), by_person AS (
    SELECT account_id, person, count(*) FILTER (age < 28) AS days, count(*) FILTER (age >= 28 AND age < 56) AS days_before,
           count(*) FILTER (age >= 90 AND age < 118) AS days_quarter, min(age) AS quiet,
           CAST(sum(core_uses) FILTER (age < 28) AS BIGINT) AS core
    FROM used GROUP BY account_id, person
), people AS (
    SELECT account_id, count(*) FILTER (days > 0) AS active, count(*) FILTER (days_before > 0) AS active_before,
           CAST(sum(days) AS BIGINT) AS days, CAST(sum(days_quarter) AS BIGINT) AS days_quarter, min(quiet) AS quiet,
           max(core) AS top, CAST(sum(core) AS BIGINT) AS core
    FROM by_person GROUP BY account_id
), by_day AS (
    SELECT account_id, age, bit_or(features) AS features FROM used WHERE age < 56 GROUP BY account_id, age
), days AS (
    SELECT account_id, count(DISTINCT age // 7) AS weeks,
           CAST(sum(features & 1) FILTER (age < 28) >= 2 AS INTEGER)
         + CAST(sum(features >> 1 & 1) FILTER (age < 28) >= 2 AS INTEGER)
         + CAST(sum(features >> 2 & 1) FILTER (age < 28) >= 2 AS INTEGER)
         + CAST(sum(features >> 3 & 1) FILTER (age < 28) >= 2 AS INTEGER)
         + CAST(sum(features >> 4 & 1) FILTER (age < 28) >= 2 AS INTEGER)
         + CAST(sum(features >> 5 & 1) FILTER (age < 28) >= 2 AS INTEGER)
         + CAST(sum(features >> 6 & 1) FILTER (age < 28) >= 2 AS INTEGER)
         + CAST(sum(features >> 7 & 1) FILTER (age < 28) >= 2 AS INTEGER)
         + CAST(sum(features >> 8 & 1) FILTER (age < 28) >= 2 AS INTEGER)
         + CAST(sum(features >> 9 & 1) FILTER (age < 28) >= 2 AS INTEGER) AS adopted
    FROM by_day GROUP BY account_id
), ticket AS (
    SELECT ref AS account_id, severity, coalesce(type, 'problem') AS type, bot, resolved_at,
           CAST($as_of - happened_day AS INTEGER) AS age, deleted
    FROM fact_ticket WHERE known_at < $close_at AND happened_day <= $as_of
    QUALIFY row_number() OVER (PARTITION BY source, external_id ORDER BY valid_at DESC NULLS LAST, known_at DESC, seq DESC) = 1
), support AS (
    SELECT account_id,
           CAST(sum(CASE coalesce(severity, 'medium') WHEN 'critical' THEN 10000 WHEN 'high' THEN 4000
                        WHEN 'medium' THEN 1000 WHEN 'low' THEN 500 END) FILTER (problem AND age < 90) AS BIGINT) AS pressure,
           count(*) FILTER (problem AND age < 28) AS now, count(*) FILTER (problem AND age >= 28 AND age < 112) AS before,
           max(age) FILTER (severity = 'critical' AND resolved_at IS NULL AND type <> 'duplicate') AS critical,
           count(*) FILTER (resolved_at IS NULL AND type <> 'duplicate') AS open
    FROM (SELECT *, type = 'problem' AND bot IS NOT TRUE AS problem FROM ticket WHERE NOT deleted) GROUP BY account_id
), invoice AS (
    SELECT ref AS account_id, issued_day, due_day, CASE WHEN paid_day <= $as_of THEN paid_day END AS paid_day, amount,
           CASE WHEN void_day <= $as_of THEN void_day END AS void_day,
           disputed_day <= $as_of AND dispute_closed_day IS NULL AND paid_day IS NULL AS disputed, deleted
    FROM fact_invoice WHERE known_at < $close_at AND happened_day <= $as_of
    QUALIFY row_number() OVER (PARTITION BY source, external_id ORDER BY valid_at DESC NULLS LAST, known_at DESC, seq DESC) = 1
), billing AS (
    SELECT account_id, count(*) AS invoices,
           max(late) FILTER (paid_day IS NULL AND disputed IS NOT TRUE AND late > 7 AND amount * 20 >= mrr) AS overdue,
           count(*) FILTER (due_lately AND paid_day IS NOT NULL AND late <= 7) AS on_time,
           count(*) FILTER (due_lately AND (paid_day IS NOT NULL OR late > 7)) AS judged
    FROM (SELECT i.*, c.mrr, coalesce(paid_day, $as_of) - due_day AS late,
                 $as_of - due_day BETWEEN 0 AND 364 AND disputed IS NOT TRUE AS due_lately
          FROM invoice i LEFT JOIN contract c USING (account_id) WHERE NOT deleted AND void_day IS NULL)
    GROUP BY account_id
), interaction AS (
    SELECT ref AS account_id, type, direction, person, thread, automatic, occurred_at, answered_at,
           CAST($as_of - happened_day AS INTEGER) AS age,
           NOT coalesce(automatic, false) AND (direction = 'inbound' OR coalesce(attended, false)) AS answers, deleted
    FROM fact_interaction WHERE known_at < $close_at AND happened_day <= $as_of
    QUALIFY row_number() OVER (PARTITION BY source, external_id ORDER BY valid_at DESC NULLS LAST, known_at DESC, seq DESC) = 1
), said AS (
    SELECT * FROM interaction WHERE NOT deleted
), last_any AS (
    SELECT account_id, max(occurred_at) AS at FROM said WHERE answers GROUP BY account_id
), last_person AS (
    SELECT account_id, person, max(occurred_at) AS at FROM said WHERE answers GROUP BY account_id, person
), last_thread AS (
    SELECT account_id, thread, max(occurred_at) AS at FROM said WHERE answers GROUP BY account_id, thread
), waiting AS (
    SELECT s.account_id, max(s.age) AS waiting
    FROM (SELECT * FROM said WHERE NOT coalesce(automatic, false) AND direction = 'outbound' AND type IN ('email', 'call')
              AND answered_at IS NULL AND age < 364) s
    LEFT JOIN last_any a ON a.account_id = s.account_id
    LEFT JOIN last_person p ON p.account_id = s.account_id AND p.person = s.person
    LEFT JOIN last_thread t ON t.account_id = s.account_id AND t.thread = s.thread
    WHERE NOT coalesce(p.at > s.occurred_at, false) AND NOT coalesce(t.at > s.occurred_at, false)
      AND NOT (s.person IS NULL AND s.thread IS NULL AND coalesce(a.at > s.occurred_at, false))
    GROUP BY s.account_id
), contact AS (
    SELECT account_id, min(age) FILTER (answers) AS quiet,
           count(*) FILTER (direction = 'outbound' AND automatic IS NOT TRUE AND coalesce(type, 'email') IN ('email', 'call')) AS written
    FROM said GROUP BY account_id
), answer AS (
    SELECT ref AS account_id, score, role, person, happened_day AS day, source, external_id, type, deleted
    FROM fact_survey WHERE known_at < $close_at AND happened_day <= $as_of
    QUALIFY row_number() OVER (PARTITION BY source, external_id ORDER BY valid_at DESC NULLS LAST, known_at DESC, seq DESC) = 1
), person AS (
    SELECT account_id, person, arg_max(role, (day, external_id)) AS role
    FROM (SELECT ref AS account_id, person, role, happened_day AS day, external_id, deleted FROM fact_contact
          WHERE known_at < $close_at AND happened_day <= $as_of
          QUALIFY row_number() OVER (PARTITION BY source, external_id ORDER BY valid_at DESC NULLS LAST, known_at DESC, seq DESC) = 1)
    WHERE NOT deleted AND role IS NOT NULL GROUP BY account_id, person
), voice AS (
    SELECT account_id, quantile_disc(score, 0.5) AS median,
           arg_max(score, (day, source, external_id)) FILTER (role IN ('decision maker', 'champion')) AS key_score
    FROM (SELECT a.* EXCLUDE (role), coalesce(a.role, p.role) AS role FROM answer a
          LEFT JOIN person p ON p.account_id = a.account_id AND p.person = a.person)
    WHERE NOT deleted AND type = 'nps' AND $as_of - day < 180 GROUP BY account_id
), pulse AS (
    SELECT account_id, arg_max(score, (day, source, external_id)) AS score
    FROM (SELECT ref AS account_id, score, happened_day AS day, source, external_id, deleted FROM fact_pulse
          WHERE known_at < $close_at AND happened_day <= $as_of
          QUALIFY row_number() OVER (PARTITION BY source, external_id ORDER BY valid_at DESC NULLS LAST, known_at DESC, seq DESC) = 1)
    WHERE NOT deleted AND $as_of - day < 76 GROUP BY account_id
), plan AS (
    SELECT account_id, count(*) AS missed
    FROM (SELECT ref AS account_id, plan, due_day, achieved_day, deleted FROM fact_milestone
          WHERE known_at < $close_at AND happened_day <= $as_of
          QUALIFY row_number() OVER (PARTITION BY source, external_id ORDER BY valid_at DESC NULLS LAST, known_at DESC, seq DESC) = 1)
    WHERE NOT deleted AND coalesce(plan, 'success') = 'success' AND achieved_day IS NULL AND $as_of - due_day > 7
    GROUP BY account_id
), raw AS (
    SELECT a.account_id, a.segment, $as_of - coalesce(c.start_day, a.created_day) AS age_days, c.seats,
           coalesce(c.has_product, false) AS has_product, coalesce(u.active, 0) AS active,
           coalesce(u.active_before, 0) AS active_before, coalesce(u.days, 0) AS days,
           coalesce(u.days_quarter, 0) AS days_quarter, u.quiet AS quiet, u.top, u.core, coalesce(d.weeks, 0) AS weeks,
           coalesce(d.adopted, 0) AS adopted, coalesce(s.pressure, 0) AS pressure, coalesce(s.now, 0) AS tickets,
           coalesce(s.before, 0) AS tickets_before, coalesce(s.critical, 0) AS critical, coalesce(s.open, 0) AS open,
           coalesce(b.invoices, 0) AS invoices, coalesce(b.overdue, 0) AS overdue, b.on_time, b.judged,
           t.quiet AS contact_quiet, coalesce(t.written, 0) AS written, coalesce(w.waiting, 0) AS waiting,
           coalesce(v.key_score, v.median) AS nps, p.score AS pulse, coalesce(m.missed, 0) AS missed
    FROM account a
    LEFT JOIN contract c USING (account_id) LEFT JOIN people u USING (account_id) LEFT JOIN days d USING (account_id)
    LEFT JOIN support s USING (account_id) LEFT JOIN billing b USING (account_id) LEFT JOIN contact t USING (account_id)
    LEFT JOIN waiting w USING (account_id) LEFT JOIN voice v USING (account_id) LEFT JOIN pulse p USING (account_id)
    LEFT JOIN plan m USING (account_id)
), reading AS (
    SELECT account_id,
           CASE WHEN has_product AND seats >= 5 AND age_days >= 30 THEN ratio(active, seats) END AS licence_use,
           CASE WHEN has_product AND age_days >= 56 AND active + active_before >= 10
                THEN change(active, active_before) END AS active_people_change,
           CASE WHEN has_product AND age_days >= 118 AND days + days_quarter >= 4
                THEN change(days, days_quarter) END AS usage_change_90d,
           CASE WHEN has_product AND age_days >= 14
                THEN CASE WHEN quiet IS NOT NULL OR age_days <= 196 THEN coalesce(quiet, greatest(age_days, 0)) ELSE 196 END
                END AS days_since_use,
           CASE WHEN has_product AND age_days >= 56 THEN weeks END AS active_weeks,
           CASE WHEN has_product AND age_days >= 28 THEN ratio(adopted, 10) END AS feature_adoption,
           CASE WHEN has_product AND segment IS DISTINCT FROM 'S' AND active >= 5 AND core > 0
                THEN ratio(top, core) END AS top_user_share,
           pressure AS ticket_pressure,
           CASE WHEN age_days >= 112 AND tickets + tickets_before >= 6 THEN change(tickets * 3, tickets_before) END AS ticket_trend,
           critical AS critical_open, open AS open_tickets,
           CASE WHEN invoices > 0 THEN overdue END AS overdue_days,
           CASE WHEN invoices > 0 AND judged >= 3 THEN ratio(on_time, judged) END AS paid_on_time,
           coalesce(contact_quiet, greatest(age_days, 0)) AS two_way_contact,
           CASE WHEN written > 0 THEN waiting END AS awaiting_reply,
           nps, pulse AS csm_pulse, missed AS milestones_missed
    FROM raw
), scored AS (
    SELECT *,
           CASE WHEN licence_use >= 600000 THEN 5000 WHEN licence_use >= 300000 THEN 0 WHEN licence_use IS NOT NULL THEN -5000 ELSE 0 END AS p_1,
           CASE WHEN active_people_change >= -100000 THEN 2000 WHEN active_people_change >= -400000 THEN 0 WHEN active_people_change IS NOT NULL THEN -4000 ELSE 0 END AS p_2,
           CASE WHEN usage_change_90d >= -100000 THEN 4000 WHEN usage_change_90d >= -500000 THEN 0 WHEN usage_change_90d IS NOT NULL THEN -6000 ELSE 0 END AS p_3,
           CASE WHEN days_since_use <= 7 THEN 2000 WHEN days_since_use <= 21 THEN 0 WHEN days_since_use IS NOT NULL THEN -5000 ELSE 0 END AS p_4,
           CASE WHEN active_weeks >= 7 THEN 2000 WHEN active_weeks >= 4 THEN 0 WHEN active_weeks IS NOT NULL THEN -3000 ELSE 0 END AS p_5,
           CASE WHEN feature_adoption >= 600000 THEN 4000 WHEN feature_adoption >= 300000 THEN 1000 WHEN feature_adoption IS NOT NULL THEN -3000 ELSE 0 END AS p_6,
           CASE WHEN top_user_share <= 400000 THEN 1000 WHEN top_user_share <= 700000 THEN 0 WHEN top_user_share IS NOT NULL THEN -2000 ELSE 0 END AS p_7,
           CASE WHEN ticket_pressure <= 4000 THEN 3000 WHEN ticket_pressure <= 12000 THEN 0 ELSE -4000 END AS p_8,
           CASE WHEN ticket_trend <= 200000 THEN 1000 WHEN ticket_trend <= 1000000 THEN 0 WHEN ticket_trend IS NOT NULL THEN -2000 ELSE 0 END AS p_9,
           CASE WHEN critical_open <= 0 THEN 1000 WHEN critical_open <= 3 THEN -2000 ELSE -6000 END AS p_10,
           CASE WHEN open_tickets <= 2 THEN 1000 WHEN open_tickets <= 6 THEN 0 ELSE -2000 END AS p_11,
           CASE WHEN overdue_days <= 7 THEN 1000 WHEN overdue_days <= 30 THEN -3000 WHEN overdue_days IS NOT NULL THEN -8000 ELSE 0 END AS p_12,
           CASE WHEN paid_on_time >= 900000 THEN 4000 WHEN paid_on_time >= 700000 THEN 0 WHEN paid_on_time IS NOT NULL THEN -3000 ELSE 0 END AS p_13,
           CASE WHEN two_way_contact <= 30 THEN 3000 WHEN two_way_contact <= 60 THEN 0 WHEN two_way_contact IS NOT NULL THEN -4000 ELSE 0 END AS p_14,
           CASE WHEN awaiting_reply <= 7 THEN 1000 WHEN awaiting_reply <= 21 THEN -1000 WHEN awaiting_reply IS NOT NULL THEN -3000 ELSE 0 END AS p_15,
           CASE WHEN nps >= 9 THEN 4000 WHEN nps >= 7 THEN 1000 WHEN nps IS NOT NULL THEN -4000 ELSE 0 END AS p_16,
           CASE WHEN csm_pulse >= 4 THEN 3000 WHEN csm_pulse >= 3 THEN 0 WHEN csm_pulse IS NOT NULL THEN -5000 ELSE 0 END AS p_17,
           CASE WHEN milestones_missed <= 0 THEN 2000 WHEN milestones_missed <= 1 THEN -2000 ELSE -5000 END AS p_18
    FROM reading
)
SELECT *, least(greatest(50000 + p_1 + p_2 + p_3 + p_4 + p_5 + p_6 + p_7 + p_8 + p_9 + p_10 + p_11 + p_12 + p_13
                         + p_14 + p_15 + p_16 + p_17 + p_18, 0), 100000) AS score_milli
FROM scored
