-- The eighteen signals and their points as an engineer would write them for this one company,
-- as of $as_of with what was known before $close_at; the same rollup, the same filter of knowledge. A reading is
-- a value, its status and the day of its newest fact; what sentences say besides is not computed here.
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
           min(age) FILTER (age < 28) AS newest,
           CAST(sum(core_uses) FILTER (age < 28) AS BIGINT) AS core
    FROM used GROUP BY account_id, person
), people AS (
    SELECT account_id, count(*) FILTER (days > 0) AS active, count(*) FILTER (days_before > 0) AS active_before,
           CAST(sum(days) AS BIGINT) AS days, CAST(sum(days_quarter) AS BIGINT) AS days_quarter, min(quiet) AS quiet, min(newest) AS newest,
           max(core) AS top, CAST(sum(core) AS BIGINT) AS core
    FROM by_person GROUP BY account_id
), by_day AS (
    SELECT account_id, age, bit_or(features) AS features FROM used WHERE age < 56 GROUP BY account_id, age
), days AS (
    SELECT account_id, count(DISTINCT age // 7) AS weeks, min(age) AS newest,
           min(age) FILTER (features > 0 AND age < 28) AS newest_feature,
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
           count(*) FILTER (resolved_at IS NULL AND type <> 'duplicate') AS open,
           min(age) FILTER (problem AND age < 90) AS newest, min(age) FILTER (problem AND age < 28) AS newest_now,
           min(age) FILTER (severity = 'critical' AND resolved_at IS NULL AND type <> 'duplicate') AS newest_critical,
           min(age) FILTER (resolved_at IS NULL AND type <> 'duplicate') AS newest_open
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
           count(*) FILTER (due_lately AND (paid_day IS NOT NULL OR late > 7)) AS judged,
           max(issued_day) FILTER (paid_day IS NULL AND disputed IS NOT TRUE AND late > 7 AND amount * 20 >= mrr)
               AS newest_overdue,
           max(issued_day) FILTER (due_lately AND (paid_day IS NOT NULL OR late > 7)) AS newest_judged
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
           arg_max(score, (day, source, external_id)) FILTER (role IN ('decision maker', 'champion')) AS key_score,
           max(day) FILTER (role IN ('decision maker', 'champion')) AS key_day, max(day) AS day
    FROM (SELECT a.* EXCLUDE (role), coalesce(a.role, p.role) AS role FROM answer a
          LEFT JOIN person p ON p.account_id = a.account_id AND p.person = a.person)
    WHERE NOT deleted AND type = 'nps' AND $as_of - day < 180 GROUP BY account_id
), pulse AS (
    SELECT account_id, arg_max(score, (day, source, external_id)) AS score, max(day) AS day
    FROM (SELECT ref AS account_id, score, happened_day AS day, source, external_id, deleted FROM fact_pulse
          WHERE known_at < $close_at AND happened_day <= $as_of
          QUALIFY row_number() OVER (PARTITION BY source, external_id ORDER BY valid_at DESC NULLS LAST, known_at DESC, seq DESC) = 1)
    WHERE NOT deleted AND $as_of - day < 76 GROUP BY account_id
), plan AS (
    SELECT account_id, count(*) AS missed, max(day) AS newest
    FROM (SELECT ref AS account_id, plan, happened_day AS day, due_day, achieved_day, deleted FROM fact_milestone
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
           coalesce(v.key_score, v.median) AS nps, p.score AS pulse, coalesce(m.missed, 0) AS missed,
           u.newest AS newest_use, d.newest AS newest_day, d.newest_feature, s.newest AS newest_ticket,
           s.newest_now AS newest_ticket_now, s.newest_critical, s.newest_open, b.newest_overdue, b.newest_judged,
           coalesce(v.key_day, v.day) AS nps_day, p.day AS pulse_day, m.newest AS newest_missed,
           (SELECT day FROM usage_read) AS use_read
    FROM account a
    LEFT JOIN contract c USING (account_id) LEFT JOIN people u USING (account_id) LEFT JOIN days d USING (account_id)
    LEFT JOIN support s USING (account_id) LEFT JOIN billing b USING (account_id) LEFT JOIN contact t USING (account_id)
    LEFT JOIN waiting w USING (account_id) LEFT JOIN voice v USING (account_id) LEFT JOIN pulse p USING (account_id)
    LEFT JOIN plan m USING (account_id)
), reading AS (
    SELECT *,
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
           pulse AS csm_pulse, missed AS milestones_missed
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
SELECT *,
       reading_status(has_product AND seats >= 5, licence_use, $as_of - use_read > 3) AS q_licence_use,
       reading_status(has_product, active_people_change, $as_of - use_read > 3) AS q_active_people_change,
       reading_status(has_product, usage_change_90d, $as_of - use_read > 3) AS q_usage_change_90d,
       reading_status(has_product, days_since_use, $as_of - use_read > 3) AS q_days_since_use,
       reading_status(has_product, active_weeks, $as_of - use_read > 3) AS q_active_weeks,
       reading_status(has_product, feature_adoption, $as_of - use_read > 3) AS q_feature_adoption,
       reading_status(has_product AND segment IS DISTINCT FROM 'S', top_user_share, $as_of - use_read > 3) AS q_top_user_share,
       reading_status(true, ticket_pressure, false) AS q_ticket_pressure,
       reading_status(true, ticket_trend, false) AS q_ticket_trend,
       reading_status(true, critical_open, false) AS q_critical_open,
       reading_status(true, open_tickets, false) AS q_open_tickets,
       reading_status(invoices > 0, overdue_days, false) AS q_overdue_days,
       reading_status(invoices > 0, paid_on_time, false) AS q_paid_on_time,
       reading_status(true, two_way_contact, false) AS q_two_way_contact,
       reading_status(written > 0, awaiting_reply, false) AS q_awaiting_reply,
       reading_status(true, nps, false) AS q_nps,
       reading_status(true, csm_pulse, false) AS q_csm_pulse,
       reading_status(true, milestones_missed, false) AS q_milestones_missed,
       observed(licence_use, use_read - newest_use, use_read) AS o_licence_use,
       observed(active_people_change, use_read - newest_use, use_read) AS o_active_people_change,
       observed(usage_change_90d, use_read - newest_use, use_read) AS o_usage_change_90d,
       observed(days_since_use, use_read - quiet, use_read) AS o_days_since_use,
       observed(active_weeks, use_read - newest_day, use_read) AS o_active_weeks,
       observed(feature_adoption, use_read - newest_feature, use_read) AS o_feature_adoption,
       observed(top_user_share, use_read - newest_use, use_read) AS o_top_user_share,
       observed(ticket_pressure, $as_of - newest_ticket, $as_of) AS o_ticket_pressure,
       observed(ticket_trend, $as_of - newest_ticket_now, $as_of) AS o_ticket_trend,
       observed(critical_open, $as_of - newest_critical, $as_of) AS o_critical_open,
       observed(open_tickets, $as_of - newest_open, $as_of) AS o_open_tickets,
       observed(overdue_days, newest_overdue, $as_of) AS o_overdue_days,
       observed(paid_on_time, newest_judged, $as_of) AS o_paid_on_time,
       observed(two_way_contact, $as_of - contact_quiet, $as_of) AS o_two_way_contact,
       observed(awaiting_reply, CASE WHEN waiting > 0 THEN $as_of - waiting END, $as_of) AS o_awaiting_reply,
       observed(nps, nps_day, $as_of) AS o_nps,
       observed(csm_pulse, pulse_day, $as_of) AS o_csm_pulse,
       observed(milestones_missed, newest_missed, $as_of) AS o_milestones_missed,
       least(greatest(50000 + p_1 + p_2 + p_3 + p_4 + p_5 + p_6 + p_7 + p_8 + p_9 + p_10 + p_11 + p_12 + p_13
                         + p_14 + p_15 + p_16 + p_17 + p_18, 0), 100000) AS score_milli
FROM scored
