"""Everything known of one account on a day, for its handoff document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any

from keepwell.book import snapshot
from keepwell.book.scorer import Row, Scorer, rows_of
from keepwell.decisions.handoff import clocks, passes, rewound, track_of
from keepwell.decisions.policy import Policy
from keepwell.handoff.watch import WHEN_READ, YES, Watch
from keepwell.scoring.sentence import reason
from keepwell.words.account import ATTRIBUTES
from keepwell.words.dossier import Commitment, CustomerGoal, Deal, Dossier, Flag, Person, Purpose, Vitals
from keepwell.words.handoff import Handoff
from keepwell.words.report import Explanation

KINDS: Mapping[str, int | None] = MappingProxyType(
    {"goal": None, "contact": None, "flag": None, "ticket": None, "subscription": None}
)
GROWTH = ("at_capacity", "licence_use", "expansion")  # signals that may speak for growth
FULL = 90  # per cent of the seats in use
STANDING = "(expires_day IS NULL AND age < 90 OR expires_day >= as_of)"
PROMISES = "type IN ('promise', 'exception')"
VITALS = [name for name in Vitals.__dataclass_fields__ if name in ATTRIBUTES]
GOALS = """
SELECT coalesce(name, metric, 'a result') AS name, metric, target, "current", due_day AS due, on_track
FROM known_goal WHERE account_id = ? ORDER BY due_day NULLS LAST, external_id
"""
# the customer's people in place, those whose role matters most first
PEOPLE = """
SELECT any_value(coalesce(n.words, p.words, 'a person without a name')) AS name, any_value(c.role) AS role,
       coalesce(bool_or(c.primary_contact), false) AS "primary", min(c.joined_day) AS since,
       (SELECT max(day) FROM known_interaction i
        WHERE i.as_of = c.as_of AND i.account_id = c.account_id AND i.person = c.person AND i.two_way) AS last
FROM known_contact c LEFT JOIN personal n ON n.token = c.name LEFT JOIN personal p ON p.token = c.person
WHERE c.account_id = ? AND c.left_day IS NULL AND c.bounced_day IS NULL GROUP BY c.as_of, c.account_id, c.person
ORDER BY list_position(['sponsor', 'executive', 'decision maker', 'champion', 'billing', 'user'],
                       lower(replace(any_value(c.role), '_', ' '))) NULLS LAST, "primary" DESC, name
"""
SAID = f"""
SELECT coalesce(t.words, f.type) AS what, f.type AS kind, f.raised_day AS since, f.expires_day AS due, NULL AS done,
       a.words AS "by"
FROM known_flag f LEFT JOIN personal t ON t.token = f.text LEFT JOIN personal a ON a.token = f.author
WHERE f.account_id = ? AND {PROMISES.replace("type", "f.type")} ORDER BY f.raised_day, f.external_id
"""
STEPS = """
SELECT coalesce(name, 'a step') AS what, coalesce(plan, 'success') AS kind, created_day AS since, due_day AS due,
       achieved_day AS done, NULL AS "by"
FROM known_milestone WHERE account_id = ? ORDER BY due_day NULLS LAST, external_id
"""
DEALS = """
SELECT type, stage, amount_rep AS amount_minor, opened_day AS since
FROM known_opportunity WHERE account_id = ? AND closed_day IS NULL ORDER BY opened_day, external_id
"""
FLAGS = f"""
SELECT replace(type, '_', ' ') AS type, raised_day AS raised, t.words AS text
FROM known_flag f LEFT JOIN personal t ON t.token = f.text
WHERE account_id = ? AND NOT {PROMISES} AND {STANDING} ORDER BY raised_day DESC, external_id
"""
TICKETS = "SELECT count(*) FROM known_ticket WHERE account_id = ? AND resolved_at IS NULL"
NOTICE = "SELECT min(notice_day) FROM known_subscription WHERE account_id = ? AND in_force AND notice_day >= ?"


@dataclass(eq=False)
class Reader:
    """One account on one day, beside its handoff and the explanation of its health."""

    scorer: Scorer
    policy: Policy
    purpose: Purpose
    health: Explanation
    handoff: Handoff | None

    @property
    def account(self) -> str:
        """Whose."""
        return self.health.score.account_id

    @property
    def day(self) -> date:
        """When."""
        return self.health.score.as_of

    @cached_property
    def watch(self) -> Watch:
        """The day's readings and facts of the account."""
        signals = {name: self.scorer.signals[name] for name in GROWTH}
        return Watch(self.scorer, self.policy, [self.day], {self.account}, dict(KINDS), signals)

    @property
    def row(self) -> Row:
        """Its readings."""
        return self.watch.rows[self.account, self.day]

    def dossier(self) -> Dossier:
        """All of it, as the day knew it. Of an accepted handoff, track and missing inputs are those of the day it was accepted."""
        watch, rules, it = self.watch, self.policy.handoff.rules(), self.handoff
        seen = watch.seen(self.account, self.day, it.since if it else WHEN_READ)
        if it is not None and self.day < it.as_of:
            it = rewound(rules, it, seen)
        ready = it.score_milli if it else seen.readiness_milli
        missing = it.missing if it else seen.missing
        subject, rows = (self.account, self.day), {(self.account, self.day): self.scorer.named(self.row)}
        return Dossier(
            purpose=self.purpose,
            as_of=self.day,
            currency=self.scorer.project.config.currency,
            health=self.health,
            readiness=snapshot.explanation(watch.connection, watch.readiness, rows, subject, ((), None, None)),
            track=track_of(rules, ready),
            gate_milli=rules.gate_milli,
            passes=passes(rules, ready, missing),
            missing=missing,
            vitals=self._vitals(),
            goals=tuple(CustomerGoal(**row) for row in self._rows(GOALS)),
            people=tuple(Person(**row) for row in self._rows(PEOPLE)),
            commitments=tuple(Commitment(**row) for query in (SAID, STEPS) for row in self._rows(query)),
            said_of_promises=self.row.get("d_promises_recorded_said"),
            deals=tuple(Deal(**row) for row in self._rows(DEALS)),
            flags=tuple(Flag(**row) for row in self._rows(FLAGS)),
            open_tickets=self._one(TICKETS, self.account),
            growth=tuple(self._growth()),
            handoff=it,
            clocks=clocks(rules, it) if it else (),
        )

    def _vitals(self) -> Vitals:
        notice = self._one(NOTICE, self.account, self.day)
        return Vitals(**{name: self.row[f"a_{name}"] for name in VITALS}, notice_day=notice)

    def _growth(self) -> Iterator[str]:
        row, signals = self.row, self.scorer.signals
        if row["v_at_capacity"] == YES:
            yield reason(signals["at_capacity"], row)
        used = signals["licence_use"].unit
        if (
            (full := row["v_licence_use"]) is not None
            and float(used.show(full)) >= FULL
            and row["v_at_capacity"] != YES
        ):
            yield reason(signals["licence_use"], row)
        if row["v_expansion"] == YES:
            yield reason(signals["expansion"], row)

    def _rows(self, sql: str) -> list[dict[str, Any]]:
        """Facts of the account; the day before, which is read too, is left out."""
        today = sql.replace("account_id = ?", f"account_id = ? AND as_of = DATE '{self.day}'", 1)
        return rows_of(self.watch.connection, today, [self.account])

    def _one(self, sql: str, *values: Any) -> Any:
        today = sql.replace("account_id = ?", f"account_id = ? AND as_of = DATE '{self.day}'", 1)
        [(found,)] = self.watch.connection.execute(today, list(values)).fetchall()
        return found
