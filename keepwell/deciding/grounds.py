"""What the facts say before somebody acts on an account: contradictions, disputes, talk of prices, promises, tickets in hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from keepwell.book.scorer import Scorer
from keepwell.decisions import talk
from keepwell.decisions.policy import StopRules
from keepwell.signals.flags import STANDING
from keepwell.timeline.ledger import Ledger
from keepwell.timeline.quality.accounts import CHURNED_OPEN
from keepwell.timeline.quality.contracts import SOURCES_DIFFER_BY_ACCOUNT
from keepwell.timeline.quality.today import TERM

LONGEST_OPEN = 730  # days; a ticket that is open for longer is nobody's work any more
KINDS = {"invoice": None, "opportunity": None, "flag": None, "ticket": LONGEST_OPEN}  # and how many days back
# an open opportunity's stage as words: "ContractSent" and "contract_sent" are two
STAGE = r"lower(regexp_replace(replace(stage, '_', ' '), '(\p{Ll})(\p{Lu})', '\1 \2', 'g'))"
COMMERCIAL_FLAGS = ("pricing", "discount", "contract", "negotiation", "dispute")
PROMISE_FLAGS = ("promise", "exception")  # as the handoff card reads them

# one row per account and finding; an invoice speaks for all accounts under the contract that it is for
AGAINST = f"""
SELECT 'contradictory' AS what, example AS account_id,
       'it is marked churned and has a contract in force' AS text FROM ({CHURNED_OPEN})
UNION ALL
SELECT 'contradictory', account_id, 'two sources tell a different ' || about FROM ({SOURCES_DIFFER_BY_ACCOUNT})
UNION ALL
SELECT 'commercial', h.account_id, 'invoice ' || coalesce(i.number, i.external_id) || ' is disputed since ' || i.disputed_day
FROM known_invoice i JOIN holder h ON h.holder = i.account_id WHERE i.disputed_open
UNION ALL
SELECT 'commercial', account_id, 'an open ' || coalesce(type, '') || ' opportunity stands at ' || stage
FROM known_opportunity WHERE closed_day IS NULL AND regexp_matches({STAGE}, $talk)
UNION ALL
SELECT CASE WHEN type IN {PROMISE_FLAGS} THEN 'promises' ELSE 'commercial' END, account_id,
       replace(type, '_', ' ') || ' noted on ' || day
FROM known_flag WHERE type IN {(*PROMISE_FLAGS, *COMMERCIAL_FLAGS)} AND {STANDING}
UNION ALL
SELECT 'in_hand', account_id, CASE WHEN escalated_at IS NULL THEN 'Critical ticket ' ELSE 'Escalation ' END || external_id
       || ' is with support since ' || coalesce(escalated_at_day, day)
FROM known_ticket WHERE resolved_at IS NULL AND coalesce(type, 'problem') <> 'duplicate'
       AND (severity = 'critical' OR escalated_at IS NOT NULL)
"""


@dataclass(frozen=True)
class Against:
    """What speaks against acting on an account, and what others do about it already, in sentences."""

    contradictory: tuple[str, ...] = ()
    commercial: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    in_hand: tuple[str, ...] = ()


def against(scorer: Scorer, rules: StopRules, day: date, accounts: Iterable[str]) -> dict[str, Against]:
    """account → what is to be known before one acts on it, of those with anything; as known when the day closed."""
    pairs = [scorer.pair(account, day) for account in dict.fromkeys(accounts)]
    if not pairs:
        return {}
    connection = scorer.connect()
    known = Ledger(connection, scorer.terms).known_at(pairs)
    for name, sql in known.relations(KINDS).items():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
    connection.execute(TERM)
    found: dict[str, dict[str, list[str]]] = {}
    for what, account, text in connection.execute(
        f"{AGAINST} ORDER BY ALL", {"talk": talk.pattern(rules.talk)}
    ).fetchall():
        found.setdefault(account, {}).setdefault(what, []).append(text)
    return {
        account: Against(**{what: tuple(dict.fromkeys(texts)) for what, texts in said.items()})
        for account, said in found.items()
    }
