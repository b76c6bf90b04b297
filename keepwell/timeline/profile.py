"""An account's attributes as of a date: from the account facts and the contract in force."""

from __future__ import annotations

from keepwell.timeline.terms import Terms
from keepwell.timeline.told import told
from keepwell.words.fact import KINDS
from keepwell.words.money import minor_per_major

STATED = [c.name for c in KINDS["account"].columns]


def profile_sql(terms: Terms, *, rewound: bool = False) -> str:
    """`profile`: one row per (as_of, account), each attribute from the source that has precedence."""
    columns = ",\n           ".join(f"{_attribute(name, terms)} AS {name}" for name in STATED)
    return f"""
CREATE OR REPLACE TEMP TABLE profile AS
WITH known AS (
    SELECT d.as_of, f.* FROM {told("account", "f", rewound=rewound)}
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


def _attribute(column: str, terms: Terms) -> str:
    """The first non-null value in order of the attribute's sources; the currency is that of the ARR beside it."""
    if column == "currency":
        return f"arg_min(coalesce(currency, ''), {_order('arr', terms)}) FILTER (arr IS NOT NULL)"
    return f"arg_min({column}, {_order(column, terms)})"  # passes over NULL


def _order(column: str, terms: Terms) -> str:
    """The attribute's sources as the project ranks them, own row before a merged one."""
    sources = terms.precedence.get(column, ())
    ranks = " ".join(f"WHEN {quoted(source)} THEN {n}" for n, source in enumerate(sources))
    rank = f"CASE source {ranks} ELSE {len(sources)} END" if sources else "0"
    return f"({rank}, external_id <> account_id, source, external_id)"


def quoted(text: str) -> str:
    """An SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def contracts_sql(*, rewound: bool = False) -> str:
    """`contract`: the accounts' own subscriptions as known, with the contract's end in one column."""
    return f"""
CREATE OR REPLACE TEMP TABLE contract AS
WITH known AS (
    SELECT d.as_of, f.*, row_number() OVER (
        PARTITION BY d.as_of, f.source, f.external_id ORDER BY f.valid_at DESC NULLS LAST,
        f.known_at DESC, f.batch DESC, f.seq DESC) AS newest,
        min(f.known_at) OVER line AS heard_at, min(f.batch) OVER line AS heard_in,
        heard_in < f.batch OR bool_or(NOT f.deleted AND f.known_basis = 'recorded') OVER line AS ran
    FROM {told("subscription", "f", rewound=rewound)}
    WHERE f.valid_at IS NULL OR f.valid_at < d.day_end
    WINDOW line AS (PARTITION BY d.as_of, f.source, f.external_id)
), dated AS (  -- a line that vanished ended on that day; one that was gone when we first heard of it never ran
    SELECT * EXCLUDE (newest, ran),
           CASE WHEN cancelled_day IS NOT NULL THEN cancelled_day
                WHEN coalesce(auto_renew, false) OR coalesce(month_to_month, false) THEN NULL
                ELSE end_day + 1 END AS term_end,
           CASE WHEN deleted THEN close_day(known_at) END AS gone_day
    FROM known WHERE newest = 1 AND (NOT deleted OR ran)
), mine AS (
    SELECT i.account_id, k.* EXCLUDE (term_end, gone_day) REPLACE (
               CASE WHEN coalesce(term_end > gone_day, deleted) THEN gone_day ELSE cancelled_day END AS cancelled_day),
           least(term_end, gone_day) AS ends_before, x.rate, x.per
    FROM dated k
    JOIN identity_at i ON i.as_of = k.as_of AND i.system = k.system AND i.ref = k.ref
     AND k.as_of BETWEEN i.from_day AND i.to_day
    LEFT JOIN fx_at x ON x.as_of = k.as_of AND x.currency = coalesce(k.currency, '')
), rekeyed AS (  -- the load that lacks one line brings one of the same product and start: that line under another id
    SELECT came.as_of, came.source, came.external_id, CAST(gone.ends_before AS DATE) AS taken_over
    FROM mine gone
    JOIN mine came ON came.as_of = gone.as_of AND came.account_id = gone.account_id AND came.source = gone.source
     AND came.start_day = gone.start_day AND coalesce(came.product, '') = coalesce(gone.product, '')
     AND came.heard_in = gone.batch AND came.external_id <> gone.external_id
     AND (gone.heard_in < gone.batch OR came.heard_at = gone.known_at)  -- one load told both, and when each was known
    WHERE gone.deleted
    QUALIFY count(*) OVER (PARTITION BY gone.as_of, gone.source, gone.external_id) = 1
        AND count(*) OVER (PARTITION BY came.as_of, came.source, came.external_id) = 1
)
SELECT m.* EXCLUDE (heard_at, heard_in), r.taken_over,
       m.start_day <= m.as_of AND (ends_before IS NULL OR m.as_of < CAST(ends_before AS DATE)) AS in_force,
       NOT coalesce(one_off, false) AND NOT coalesce(trial, false) AS recurring,
       CASE WHEN recurring THEN converted(mrr, rate, per) END AS mrr_rep
FROM mine m
LEFT JOIN rekeyed r ON r.as_of = m.as_of AND r.source = m.source AND r.external_id = m.external_id
"""


# what that is where no subscription was ever told
NO_CONTRACT = """
CREATE OR REPLACE TEMP TABLE contract AS
SELECT NULL::VARCHAR AS account_id, NULL::DATE AS as_of, f.*, NULL::DATE AS ends_before, NULL::HUGEINT AS rate,
       NULL::HUGEINT AS per, NULL::DATE AS taken_over, NULL::BOOLEAN AS in_force, NULL::BOOLEAN AS recurring,
       NULL::BIGINT AS mrr_rep
FROM fact_subscription f WHERE false
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


# money is unknown as a whole where one line has no price or no rate, and where no source of contracts knows the account
MRR = "CASE WHEN o.account_id IS NOT NULL THEN o.mrr_minor WHEN f.account_id IS NOT NULL THEN 0 END"


def attributes_sql(terms: Terms) -> str:
    """`attributes`: every account's `a_` columns of `words.account.ATTRIBUTES`, plus plan features."""
    return f"""
CREATE OR REPLACE TEMP TABLE attributes AS
WITH own AS (
    SELECT as_of, account_id,
           CASE WHEN bool_or(in_force AND recurring AND mrr_rep IS NULL) THEN NULL
                ELSE CAST(coalesce(sum(mrr_rep) FILTER (in_force), 0) AS BIGINT) END AS mrr_minor,
           CAST(sum(seats) FILTER (in_force AND recurring) AS BIGINT) AS seats,
           min(start_day) AS first_day,
           min(end_day) FILTER (in_force AND end_day >= as_of AND cancelled_day IS NULL) AS renewal_day,
           bool_or(in_force) AS in_term,
           bool_or(start_day <= as_of AND product IS DISTINCT FROM 'services') AS has_product,
           arg_max(plan, (mrr_rep, external_id)) FILTER (in_force AND plan IS NOT NULL) AS plan
    FROM contract GROUP BY as_of, account_id
), shared AS (
    SELECT p.*, h.holder, {MRR} AS mrr_minor, o.seats, o.first_day, o.renewal_day,
           coalesce(o.in_term, false) AS in_term, coalesce(o.has_product, false) AS has_product,
           coalesce(p.plan, o.plan) AS plan_name,
           CASE WHEN p.arr IS NOT NULL THEN converted(p.arr, x.rate, x.per) ELSE 12 * {MRR} END AS arr_minor
    FROM profile p
    JOIN holder h ON h.as_of = p.as_of AND h.account_id = p.account_id
    LEFT JOIN own o ON o.as_of = p.as_of AND o.account_id = h.holder
    LEFT JOIN feed_at f ON f.kind = 'subscription' AND f.as_of = p.as_of AND f.account_id = h.holder
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
    cases = "WHEN arr_minor IS NULL THEN NULL " + " ".join(
        f"WHEN arr_minor >= {low * minor_per_major(terms.currency)} THEN {quoted(name)}" for name, low in bounds[:-1]
    )
    return f"CASE {cases} ELSE {quoted(bounds[-1][0])} END"


def _plan_mask(terms: Terms) -> str:
    """The key features of the account's plan as a bit mask."""
    every = (1 << len(terms.key_features)) - 1
    masks = " ".join(
        f"WHEN {quoted(plan)} THEN {sum(1 << n for n, f in enumerate(terms.key_features) if f in features)}"
        for plan, features in terms.plan_features.items()
    )
    return f"CAST(CASE plan_name {masks} ELSE {every} END AS BIGINT)" if masks else f"CAST({every} AS BIGINT)"
