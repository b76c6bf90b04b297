"""An account's attributes as of a date: from the account facts and the contract in force."""

from __future__ import annotations

from keepwell.timeline.terms import Terms
from keepwell.words.fact import KINDS
from keepwell.words.money import minor_per_major

STATED = [c.name for c in KINDS["account"].columns]


def profile_sql(terms: Terms) -> str:
    """`profile`: one row per (as_of, account), each attribute from the source that has precedence."""
    columns = ",\n           ".join(f"{_preferred(name, terms)} AS {name}" for name in STATED)
    return f"""
CREATE OR REPLACE TEMP TABLE profile AS
WITH known AS (
    SELECT d.as_of, f.* FROM fact_account f JOIN days d ON f.known_at < d.close_at
    WHERE f.valid_at IS NULL OR f.valid_at < d.day_end
    QUALIFY row_number() OVER (
        PARTITION BY d.as_of, f.source, f.external_id ORDER BY f.valid_at DESC NULLS LAST,
        f.known_at DESC, f.batch DESC, f.seq DESC) = 1
), mapped AS (
    SELECT i.account_id, k.* FROM known k JOIN identity_at i
      ON i.as_of = k.as_of AND i.system = k.system AND i.ref = k.ref
     AND k.as_of BETWEEN i.from_day AND i.to_day
    WHERE NOT k.deleted AND coalesce(k.created_day <= k.as_of, true)
)
SELECT as_of, account_id,
           {columns}
FROM mapped m GROUP BY as_of, account_id
"""


def _preferred(column: str, terms: Terms) -> str:
    """The first non-null value in order of the attribute's sources, own row before a merged one."""
    sources = terms.precedence.get(column, ())
    ranks = " ".join(f"WHEN {quoted(source)} THEN {n}" for n, source in enumerate(sources))
    rank = f"CASE source {ranks} ELSE {len(sources)} END" if sources else "0"
    order = f"({rank}, external_id <> account_id, source, external_id)"
    return f"arg_min({column}, {order}) FILTER ({column} IS NOT NULL)"


def quoted(text: str) -> str:
    """An SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


# the account's own subscriptions as known, with the contract's end in one column
CONTRACTS = """
CREATE OR REPLACE TEMP TABLE contract AS
WITH known AS (
    SELECT d.as_of, f.*, row_number() OVER (
        PARTITION BY d.as_of, f.source, f.external_id ORDER BY f.valid_at DESC NULLS LAST,
        f.known_at DESC, f.batch DESC, f.seq DESC) AS newest
    FROM fact_subscription f JOIN days d ON f.known_at < d.close_at
    WHERE f.valid_at IS NULL OR f.valid_at < d.day_end
), mine AS (
    SELECT i.account_id, k.* EXCLUDE (newest), x.rate, x.per,
           CASE WHEN k.cancelled_day IS NOT NULL THEN k.cancelled_day
                WHEN coalesce(k.auto_renew, false) OR coalesce(k.month_to_month, false) THEN NULL
                ELSE k.end_day + 1 END AS ends_before
    FROM known k
    JOIN identity_at i ON i.as_of = k.as_of AND i.system = k.system AND i.ref = k.ref
     AND k.as_of BETWEEN i.from_day AND i.to_day
    LEFT JOIN fx_at x ON x.as_of = k.as_of AND x.currency = coalesce(k.currency, '')
    WHERE k.newest = 1 AND NOT k.deleted
)
SELECT *, start_day <= as_of AND (ends_before IS NULL OR as_of < CAST(ends_before AS DATE)) AS in_force,
       CASE WHEN NOT coalesce(one_off, false) AND NOT coalesce(trial, false)
            THEN converted(mrr, rate, per) END AS mrr_rep
FROM mine
"""

# which account's contract, bills and people speak for an account: its own, else the nearest ancestor's
HOLDERS = """
CREATE OR REPLACE TEMP TABLE holder AS
SELECT l.as_of, l.account_id, coalesce(arg_min(l.ancestor, l.distance) FILTER (h.account_id IS NOT NULL),
                                       l.account_id) AS holder
FROM lineage l
LEFT JOIN (SELECT DISTINCT as_of, account_id FROM contract) h ON h.as_of = l.as_of AND h.account_id = l.ancestor
GROUP BY l.as_of, l.account_id
"""


def attributes_sql(terms: Terms) -> str:
    """`attributes`: every account's `a_` columns of `words.account.ATTRIBUTES`, plus plan features."""
    return f"""
CREATE OR REPLACE TEMP TABLE attributes AS
WITH own AS (
    SELECT as_of, account_id,
           CAST(sum(mrr_rep) FILTER (in_force) AS BIGINT) AS mrr_minor,
           CAST(sum(seats) FILTER (in_force) AS BIGINT) AS seats,
           min(start_day) AS first_day,
           min(end_day) FILTER (in_force AND end_day >= as_of AND cancelled_day IS NULL) AS renewal_day,
           bool_or(in_force) AS in_term,
           bool_or(start_day <= as_of AND product IS DISTINCT FROM 'services') AS has_product,
           arg_max(plan, (mrr_rep, external_id)) FILTER (in_force AND plan IS NOT NULL) AS plan
    FROM contract GROUP BY as_of, account_id
), shared AS (
    SELECT p.*, h.holder, coalesce(o.mrr_minor, 0) AS mrr_minor, o.seats, o.first_day, o.renewal_day,
           coalesce(o.in_term, false) AS in_term, coalesce(o.has_product, false) AS has_product,
           coalesce(p.plan, o.plan) AS plan_name,
           coalesce(converted(p.arr, x.rate, x.per), 12 * coalesce(o.mrr_minor, 0)) AS arr_minor
    FROM profile p
    JOIN holder h ON h.as_of = p.as_of AND h.account_id = p.account_id
    LEFT JOIN own o ON o.as_of = p.as_of AND o.account_id = h.holder
    LEFT JOIN fx_at x ON x.as_of = p.as_of AND x.currency = coalesce(p.currency, '')
)
SELECT as_of, account_id, coalesce(name, account_id) AS a_name, parent AS a_parent,
       coalesce(segment, {_segment(terms)}) AS a_segment,
       industry AS a_industry, region AS a_region, country AS a_country, territory AS a_territory,
       plan_name AS a_plan, owner AS a_owner, seller AS a_seller, manager AS a_manager, lifecycle AS a_lifecycle,
       {quoted(terms.currency)} AS a_currency, CAST({minor_per_major(terms.currency)} AS BIGINT) AS a_money_scale,
       arr_minor AS a_arr_minor,
       CASE WHEN holder = account_id THEN mrr_minor ELSE 0 END AS a_mrr_minor,
       CASE WHEN holder = account_id THEN seats END AS a_seats,
       created_day AS a_created_day, coalesce(first_day, created_day) AS a_start_day, renewal_day AS a_renewal_day,
       as_of - coalesce(first_day, created_day) AS a_age_days, has_product AS a_has_product, in_term AS a_in_term,
       holder AS a_holder, extra AS a_extra, mrr_minor AS a_contract_mrr_minor,
       {_plan_mask(terms)} AS a_plan_features, CAST(bit_count({_plan_mask(terms)}) AS BIGINT) AS a_plan_feature_count,
       CAST({len(terms.key_features)} AS BIGINT) AS a_key_feature_count
FROM shared
"""


def _segment(terms: Terms) -> str:
    """Segment by ARR, for accounts of which no source names one."""
    bounds = sorted(terms.segments.items(), key=lambda item: -item[1])
    if not bounds:
        return "NULL"
    cases = " ".join(
        f"WHEN arr_minor >= {low * minor_per_major(terms.currency)} THEN {quoted(name)}" for name, low in bounds[:-1]
    )
    lowest = quoted(bounds[-1][0])
    return f"CASE {cases} ELSE {lowest} END" if cases else lowest


def _plan_mask(terms: Terms) -> str:
    """The key features of the account's plan as a bit mask."""
    every = (1 << len(terms.key_features)) - 1
    masks = " ".join(
        f"WHEN {quoted(plan)} THEN {sum(1 << n for n, f in enumerate(terms.key_features) if f in features)}"
        for plan, features in terms.plan_features.items()
    )
    return f"CAST(CASE plan_name {masks} ELSE {every} END AS BIGINT)" if masks else f"CAST({every} AS BIGINT)"
