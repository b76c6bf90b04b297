"""Accounts that contradict their own history, each other, or what another source says of them."""

from __future__ import annotations

from keepwell.timeline.identity import CYCLES
from keepwell.timeline.profile import quoted
from keepwell.timeline.quality.check import Check
from keepwell.timeline.terms import Terms
from keepwell.words.fact import KINDS

# spelling of a name differs between systems without anyone disagreeing
UNCOMPARED = ("name", "extra", "arr", "currency")
COMPANY_FORMS = "gmbh|mbh|ag|se|kg|inc|llc|ltd|limited|plc|corp|corporation|co|company|sa|sas|sarl|srl|spa|bv|nv|ab|oy"

CURRENT = "(SELECT p.* FROM profile p WHERE coalesce(p.created_day, p.as_of) <= p.as_of)"
LAST_OUTCOME = """
    SELECT account_id, arg_max(type, (day, source, external_id)) AS type FROM today_outcome
    WHERE account_id IS NOT NULL GROUP BY account_id"""

CHURNED_UNMARKED = f"""
SELECT p.account_id AS example FROM {CURRENT} p
JOIN ({LAST_OUTCOME}) o ON o.account_id = p.account_id AND o.type = 'churned'
WHERE p.lifecycle <> 'churned'"""

MARKED_UNCHURNED = f"""
SELECT p.account_id AS example FROM {CURRENT} p
WHERE p.lifecycle = 'churned' AND EXISTS (SELECT 1 FROM today_outcome WHERE type = 'churned')
  AND NOT EXISTS (SELECT 1 FROM lineage l JOIN today_outcome o ON o.account_id = l.ancestor AND o.type = 'churned'
                  WHERE l.account_id = p.account_id)"""

CHURNED_OPEN_ON = f"""
SELECT p.as_of, p.account_id FROM {CURRENT} p WHERE p.lifecycle = 'churned' AND EXISTS (
    SELECT 1 FROM term t WHERE t.account_id = p.account_id AND t.as_of = p.as_of AND t.in_force)"""
CHURNED_OPEN = f"SELECT account_id AS example FROM ({CHURNED_OPEN_ON})"

UNOWNED = f"""
SELECT p.account_id AS example FROM {CURRENT} p
WHERE p.owner IS NULL AND coalesce(p.lifecycle, '') NOT IN ('churned', 'prospect')"""

UNKNOWN_PARENT = """
SELECT p.account_id || ' under ' || p.parent AS example FROM profile p
WHERE p.parent IS NOT NULL AND p.parent NOT IN (SELECT account_id FROM profile)"""

CYCLIC = f"SELECT source, account_id AS example FROM ({CYCLES})"

# one case per name that several accounts bear, unless they belong to one family
TWINS = rf"""
SELECT string_agg(account_id, ', ' ORDER BY account_id) AS example
FROM (
    SELECT p.account_id, coalesce(arg_max(l.ancestor, l.distance), p.account_id) AS family,
           regexp_replace(regexp_replace(lower(p.name), '\b({COMPANY_FORMS})\b\.?', ' ', 'g'),
                          '[^\p{{L}}\p{{N}}]+', '', 'g') AS plain
    FROM {CURRENT} p LEFT JOIN lineage l ON l.account_id = p.account_id
    WHERE p.name IS NOT NULL GROUP BY p.account_id, p.name
)
WHERE plain <> '' GROUP BY plain HAVING count(DISTINCT family) > 1"""

# what each source says of an account, newest version per row
STATEMENTS = """
SELECT i.account_id, f.* FROM (
    SELECT v.* FROM fact_account v JOIN days d ON coalesce(local_day(v.valid_at), d.as_of) <= d.as_of
    QUALIFY row_number() OVER (PARTITION BY v.source, v.external_id ORDER BY v.valid_at DESC NULLS LAST,
                               v.known_at DESC, v.batch DESC, v.seq DESC) = 1
) f
JOIN days d ON true
JOIN identity_at i ON i.system = f.system AND i.ref = f.ref AND d.as_of BETWEEN i.from_day AND i.to_day
WHERE NOT f.deleted"""


def disagreements(terms: Terms) -> str:
    """One case per account and attribute of which two sources say different things."""
    attributes = [c.name for c in KINDS["account"].columns if c.name not in UNCOMPARED]
    claims = [f"SELECT account_id, source, '{a}' AS about, {a}::VARCHAR AS said FROM stated" for a in attributes]
    claims.append(
        "SELECT s.account_id, s.source, 'arr', converted(s.arr, x.rate, x.per)::VARCHAR FROM stated s"
        " LEFT JOIN fx_at x ON x.currency = coalesce(s.currency, '')"
    )
    return f"""
WITH stated AS ({STATEMENTS}), claim AS ({" UNION ALL ".join(claims)}),
sourced AS (
    SELECT account_id, about, source, min(said) AS said FROM claim
    WHERE said IS NOT NULL GROUP BY account_id, about, source
)
SELECT about, account_id || ': ' || string_agg(source || ' ' || said, ', ' ORDER BY source) AS example,
       {_winner(terms)} AS detail
FROM sourced GROUP BY account_id, about HAVING count(DISTINCT said) > 1"""


def _winner(terms: Terms) -> str:
    named = " ".join(
        f"WHEN {quoted(attribute)} THEN {quoted('precedence: ' + ' before '.join(sources))}"
        for attribute, sources in terms.precedence.items()
        if sources
    )
    unnamed = quoted("no precedence named: the alphabetically first source wins")
    return f"CASE about {named} ELSE {unnamed} END" if named else unnamed


# the revenue an account is said to have, and what its contract lines add up to
ARR_AGAINST_MRR = """
SELECT p.account_id AS example FROM (
    SELECT p.account_id, converted(p.arr, x.rate, x.per) AS arr FROM profile p
    LEFT JOIN fx_at x ON x.currency = coalesce(p.currency, '')
) p JOIN (SELECT account_id, 12 * sum(mrr_rep) AS arr FROM term WHERE in_force GROUP BY account_id) t
  ON t.account_id = p.account_id
WHERE 100 * abs(p.arr - t.arr) > 5 * greatest(abs(p.arr), abs(t.arr))"""

CHECKS = (
    Check("account.cyclic_parent", "error", "accounts whose chain of parents closes on itself, as {source} says: {n}",
          "correct the parent in the source; until then they stand without one", CYCLIC),
    Check("account.unknown_parent", "warning", "accounts under a parent that no source knows: {n}",
          "load the parent, or correct the parent id", UNKNOWN_PARENT),
    Check("account.same_name", "warning", "names borne by several accounts: {n}",
          "merge them by an identity row, or give them a common parent", TWINS),
    Check("account.no_owner", "note", "customers without an owner: {n}",
          "map the owner in an account source, or assign one", UNOWNED),
    Check("churn.not_marked", "warning", "accounts with a churn event that are not marked churned: {n}",
          "correct the account's stage, or add the outcome that won it back", CHURNED_UNMARKED, ("account", "outcome")),
    Check("churn.no_event", "warning", "accounts marked churned without a churn event: {n}",
          "add the churn event with its date, or correct the account's stage", MARKED_UNCHURNED, ("account", "outcome")),
    Check("churn.open_subscription", "warning", "accounts marked churned with a subscription in force: {n}",
          "end the subscription, or correct the account's stage", CHURNED_OPEN, ("account", "subscription")),
    Check("conflict.attribute", "warning", "accounts whose sources disagree on {about}: {n} ({detail})",
          "correct the losing source, or name the right one under 'precedence:' in keepwell.yml", disagreements, ("account",)),
    Check("conflict.arr", "note", "accounts whose stated ARR is over 5 % off twelve times their MRR: {n}",
          "correct the ARR in the account source, or leave it out: it is then 12 × MRR", ARR_AGAINST_MRR, ("account", "subscription")),
)  # fmt: skip
