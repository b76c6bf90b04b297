"""What the facts say before somebody acts on an account: contradictions, disputes, talk of prices, promises, tickets in hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from keepwell.book.scorer import Scorer
from keepwell.deciding.deals import upsells_among
from keepwell.decisions import talk
from keepwell.decisions.policy import StopRules
from keepwell.signals.flags import STANDING
from keepwell.timeline.ledger import Ledger
from keepwell.timeline.quality.accounts import CHURNED_OPEN_ON
from keepwell.timeline.quality.contracts import SOURCES_DIFFER_ON
from keepwell.timeline.quality.today import TERM
from keepwell.timeline.terms import Pair

LONGEST_OPEN = 730  # days; a ticket that is open for longer is nobody's work any more
KINDS = {"invoice": None, "opportunity": None, "flag": None, "ticket": LONGEST_OPEN}  # and how many days back
# an open opportunity's stage as words: "ContractSent" and "contract_sent" are two
STAGE = r"lower(regexp_replace(replace(stage, '_', ' '), '(\p{Ll})(\p{Lu})', '\1 \2', 'g'))"
COMMERCIAL_FLAGS = ("pricing", "discount", "contract", "negotiation", "dispute")
PROMISE_FLAGS = ("promise", "exception")  # as the handoff card reads them

# one row per day, account and finding; an invoice speaks for all accounts under the contract that it is for
AGAINST = f"""
SELECT as_of, 'contradictory' AS what, account_id,
       'it is marked churned and has a contract in force' AS text FROM ({CHURNED_OPEN_ON})
UNION ALL
SELECT as_of, 'contradictory', account_id, 'two sources tell a different ' || about FROM ({SOURCES_DIFFER_ON})
UNION ALL
SELECT i.as_of, 'commercial', h.account_id,
       'invoice ' || coalesce(i.number, i.external_id) || ' is disputed since ' || i.disputed_day
FROM known_invoice i JOIN holder h ON h.holder = i.account_id AND h.as_of = i.as_of WHERE i.disputed_open
UNION ALL
SELECT as_of, 'commercial', account_id, 'an open ' || coalesce(type, '') || ' opportunity stands at ' || stage
FROM known_opportunity WHERE closed_day IS NULL AND regexp_matches({STAGE}, $talk)
UNION ALL
SELECT as_of, CASE WHEN type IN {PROMISE_FLAGS} THEN 'promises' ELSE 'commercial' END, account_id,
       replace(type, '_', ' ') || ' noted on ' || day
FROM known_flag WHERE type IN {(*PROMISE_FLAGS, *COMMERCIAL_FLAGS)} AND {STANDING}
UNION ALL
SELECT as_of, 'in_hand', account_id, CASE WHEN escalated_at IS NULL THEN 'Critical ticket ' ELSE 'Escalation ' END
       || external_id || ' is with support since ' || coalesce(escalated_at_day, day)
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
    upsells: tuple[str, ...] = ()  # that are open


@dataclass(eq=False)
class Grounds:
    """What is to be known before one acts on accounts, on days that are decided together.

    Of several days it is read at once, of all accounts: one day's few cost as much as the book's. Of a day alone it is
    read of the accounts that are asked of.
    """

    scorer: Scorer
    days: Sequence[date]
    rules: StopRules
    _found: dict[tuple[date, str], Against] | None = None

    def against(self, day: date, accounts: Iterable[str]) -> dict[str, Against]:
        """account → what speaks against, of those with anything; as known when the day closed."""
        asked = list(dict.fromkeys(accounts))
        if not asked:
            return {}
        if len(self.days) > 1 and self._found is None:
            self._found = self._read()
        found = (
            self._read([self.scorer.pair(account, day) for account in asked]) if self._found is None else self._found
        )
        return {account: found[day, account] for account in asked if (day, account) in found}

    def _read(self, pairs: Sequence[Pair] = ()) -> dict[tuple[date, str], Against]:
        """Of some pairs, or of all accounts on the days."""
        connection = self.scorer.connect()
        ledger = Ledger(connection, self.scorer.terms)
        known = ledger.known_at(pairs) if pairs else ledger.known_of_all(map(self.scorer.day, self.days))
        for name, sql in known.relations(KINDS).items():
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
        connection.execute(TERM)
        words = {"talk": talk.pattern(self.rules.talk)}
        said: dict[tuple[date, str], dict[str, list[str]]] = {}
        for as_of, what, account, text in connection.execute(f"{AGAINST} ORDER BY ALL", words).fetchall():
            said.setdefault((as_of, account), {}).setdefault(what, []).append(text)
        deals = upsells_among(connection, "FROM known_opportunity")
        return {
            whose: Against(
                **{what: tuple(dict.fromkeys(texts)) for what, texts in said.get(whose, {}).items()},
                upsells=deals.get(whose, ()),
            )
            for whose in said.keys() | deals.keys()
        }
