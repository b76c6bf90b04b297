"""What closed days know of accounts that may have crossed from sales: read for many days at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import duckdb

from keepwell.book.scorer import Card, Row, Scorer
from keepwell.decisions.handoff import MARKS, Came, Known
from keepwell.decisions.policy import Policy
from keepwell.handoff.newcomers import NEWCOMERS, came_by
from keepwell.scoring.change import theirs_many
from keepwell.signals.plan import FIRST_VALUE, KICKOFF
from keepwell.words.account import ATTRIBUTES
from keepwell.words.decision import Owned
from keepwell.words.handoff import WATCHED_DAYS, Baseline, Handoff, Input, Seen
from keepwell.words.reading import Signal
from keepwell.words.score import Cause

READINESS = "handoff-readiness"
REQUIRED = ("goals_defined", "sponsor_and_decision_maker_named", "promises_recorded", "success_plan_ready")
YES = 0  # the first of yes and no
WHEN_READ = date.min  # of an account that never crossed: whatever is known counts
ONE_DAY = timedelta(days=1)
FACTS: Mapping[str, int | None] = {
    "opportunity": None,
    "milestone": None,
    "outcome": None,
    "interaction": WATCHED_DAYS + 10,
    "usage_feature_day": 2 * WATCHED_DAYS,
}
# accounts by every reference of a deal that was won in time, those that were a prospect until a little while ago, and newcomers
CANDIDATES = f"""
WITH won AS (
    SELECT DISTINCT system, ref FROM fact_opportunity
    WHERE won AND type = 'new' AND closed_day BETWEEN $since AND $until
), stage AS (
    SELECT system, ref, lower(replace(lifecycle, '_', ' ')) AS stage, greatest(known_at, valid_at) AS told_at
    FROM fact_account WHERE lifecycle IS NOT NULL
), moved AS (
    SELECT system, ref FROM stage GROUP BY ALL
    HAVING bool_or(stage = 'prospect') AND bool_or(stage <> 'prospect' AND told_at >= $opening)
), found AS (FROM won UNION FROM moved UNION SELECT system, ref FROM ({NEWCOMERS}))
SELECT ref FROM found WHERE system = 'account'
UNION SELECT i.account FROM found f JOIN fact_identity i ON i.system = f.system AND i.ref = f.ref
"""
WON = """
SELECT account_id, as_of, map_from_entries(list((source || '/' || external_id, closed_day)))
FROM known_opportunity WHERE won AND type = 'new' AND closed_day IS NOT NULL GROUP BY account_id, as_of
"""
STEPS = f"""
SELECT account_id, as_of, count(due_day) FILTER (NOT {FIRST_VALUE}) AS steps,
       CAST(min(achieved_day) FILTER ({KICKOFF}) AS DATE) AS kickoff
FROM known_milestone GROUP BY account_id, as_of
"""
MET = """
SELECT account_id, as_of, list_sort(list(DISTINCT day)) FROM known_interaction
WHERE type IN ('meeting', 'qbr', 'training') AND attended GROUP BY account_id, as_of
"""
FIRST_USE = "SELECT account_id, as_of, min(day) FROM known_usage_feature_day GROUP BY account_id, as_of"
GONE = """
SELECT account_id, as_of, list(day) FROM known_outcome WHERE type = 'churned' GROUP BY account_id, as_of
"""
# the last recurring contract has ended and none is in force
ENDED = """
SELECT account_id, as_of, CAST(max(ends_before) AS DATE) FROM contract WHERE recurring AND start_day <= as_of
GROUP BY account_id, as_of HAVING NOT bool_or(in_force)
"""
Key = tuple[str, date]
Fall = tuple[int, tuple[tuple[str, int], ...]]  # milli-points, and which measures fell by how much
PARTS = ("v_", "q_", "o_", "b_")


@dataclass(eq=False)
class Watch:
    """The facts and scores of some accounts on some days in a row; the day before the first is read too."""

    scorer: Scorer
    policy: Policy
    days: Sequence[date]
    read: Collection[str]  # accounts
    more: Mapping[str, int | None] = field(default_factory=dict)  # kinds of facts to leave in `known_<kind>` besides
    signals: Mapping[str, Signal] = field(default_factory=dict)  # to be read besides
    rows: dict[Key, Row] = field(default_factory=dict)
    falls: dict[tuple[str, date, date], Cause | None] = field(default_factory=dict)
    again: dict[Key, Row | None] = field(default_factory=dict)  # baselines of another recipe; None: not known any more

    def __post_init__(self) -> None:
        connection = self.scorer.connect()
        self.connection: duckdb.DuckDBPyConnection = connection
        self.facts: dict[str, dict[Key, Any]] = {}
        self.scores: dict[str, dict[Key, Row]] = {}
        self.came: dict[Key, Came] = {}
        accounts = set(self.read)
        if not accounts:
            return
        days = [self.days[0] - ONE_DAY, *self.days]
        pairs = [self.scorer.pair(account, day) for account in sorted(accounts) for day in days]
        self.rows = {
            key: row
            for key, row in self.scorer.read(connection, pairs, self._signals, {**FACTS, **self.more}).items()
            if key[0] in accounts
        }
        queries = {"won": WON, "met": MET, "first use": FIRST_USE, "gone": GONE, "ended": ENDED}
        self.facts = {name: _by_key(connection, sql) for name, sql in queries.items()}
        self.came = came_by(self.scorer, _opening(self.scorer, self.days), self.days, self.rows)
        steps = connection.execute(STEPS).fetchall()
        self.facts["steps"] = {(account, day): number for account, day, number, _ in steps}
        self.facts["kickoff"] = {(account, day): kickoff for account, day, _, kickoff in steps}
        for card in (self.card, self.readiness):
            scored = self.scorer.score(connection, card)
            self.scores[card.name] = {(row["account_id"], row["as_of"]): row for row in scored}

    @cached_property
    def card(self) -> Card:
        """The health card."""
        return self.scorer.headline()

    @cached_property
    def readiness(self) -> Card:
        """The card behind the gate: the project's own of that name, else the shipped one."""
        return self.scorer.headline(READINESS)

    @cached_property
    def _signals(self) -> dict[str, Signal]:
        required = {name: self.scorer.signals[name] for name in REQUIRED}
        return {**self.card.signals, **self.readiness.signals, **required, **self.signals}

    # --- one account on one day

    def accounts(self, day: date) -> Iterator[str]:
        """The accounts that the day knows."""
        return (account for account, of in self.rows if of == day)

    def known(self, account: str, day: date) -> Known | None:
        """Whether it belonged to sales; None: the day does not know it."""
        row = self.rows.get((account, day))
        if row is None:
            return None
        stage = (row["a_lifecycle"] or "").lower().replace("_", " ")
        return Known(self.facts["won"].get((account, day), {}), stage or None, self.came.get((account, day)))

    def known_before(self, account: str, day: date) -> Known:
        """The same of the day before; an account that it does not know was sales' alone."""
        return self.known(account, day - ONE_DAY) or Known({})

    def seen(self, account: str, day: date, since: date, fall: Fall | None = None) -> Seen:
        """What the day knows of an account that crossed on `since`."""
        key, row = (account, day), self.rows[account, day]
        health = self.scores[self.card.name].get(key)
        meetings = [met for met in self.facts["met"].get(key, ()) if met >= since]
        kickoffs = [held for held in (self.facts["kickoff"].get(key), *meetings[:1]) if held is not None]
        return Seen(
            account_id=account,
            as_of=day,
            owned=self._owned(row),
            readiness_milli=self.scores[READINESS][key]["score_milli"],
            missing=tuple(self._missing(key, row)),
            score_milli=health["score_milli"] if health else None,
            tier=health["tier"] if health else None,
            decline_milli=fall[0] if fall else None,
            kickoff_on=min(kickoffs, default=None),
            first_login_on=self.facts["first use"].get(key),
            lost_on=self._lost(key, row, since),
        )

    def _owned(self, row: Row) -> Owned:
        return Owned(**{name: row[f"a_{name}"] for name in Owned.__dataclass_fields__})

    def _missing(self, key: Key, row: Row) -> Iterator[Input]:
        """What the seller still owes."""
        if not row["v_goals_defined"]:
            yield Input.GOALS
        if (row["v_sponsor_and_decision_maker_named"] or 0) < 2:
            yield Input.STAKEHOLDERS
        if row["v_promises_recorded"] != YES:
            yield Input.COMMITMENTS
        if not self.facts["steps"].get(key):
            yield Input.SUCCESS_PLAN
        if row["v_success_plan_ready"] != YES:
            yield Input.FIRST_VALUE_DATE

    def _lost(self, key: Key, row: Row, since: date) -> date | None:
        """As a source tells it, or the account's stage, or the end of its last contract."""
        told: list[date] = [day for day in self.facts["gone"].get(key, ()) if day >= since]
        if told:
            return min(told)
        if (row["a_lifecycle"] or "").lower() == "churned":
            day: date = key[1]
            return day
        ended: date | None = self.facts["ended"].get(key)
        return ended if ended is not None and ended > since else None

    # --- against the baseline

    def baseline(self, account: str, day: date) -> Baseline:
        """The readings of the health card as they stand, to be kept."""
        row, names = self.rows[account, day], self.card.compiled.plan.signals
        kept = {"account_id", "as_of", *(f"a_{name}" for name in ATTRIBUTES)}
        kept |= {f"{part}{name}" for part in PARTS for name in names}
        score = self.scores[self.card.name].get((account, day), {})
        readings = {name: value for name, value in row.items() if name in kept}
        return Baseline(self.card.name, self.card.recipe.hash, day, score.get("score_milli"), readings)

    def fall(self, it: Handoff, day: date) -> Fall | None:
        """What silence and behaviour took since the baseline by the measures fresh on both days; None: none are."""
        found = self.falls.get((it.account_id, it.since, day))
        return None if found is None else (-found.points_milli, found.rows)

    def compare(self, handoffs: Sequence[Handoff], day: date) -> None:
        """Prepare `fall` of handoffs on a day.

        What was heard of the baseline's own day since is taken out where it could matter: of those near a decline.
        """
        self._compare_at_once(handoffs)
        near = self.policy.handoff.rules().decline_milli * 4 // 5
        wanted = [
            it for it in handoffs
            if (it.declined_on is None or day in map(it.day, MARKS)) and (fall := self.fall(it, day)) and fall[0] >= near
        ]  # fmt: skip
        if not wanted:
            return
        firsts = [self._first(it) for it in wanted]
        pairs = [
            self.scorer.pair(it.account_id, first["as_of"], known_on=day)
            for it, first in zip(wanted, firsts, strict=True)
        ]
        connection = self.scorer.connect()  # the relations of this watch stay as they are
        now = self.scorer.read(connection, pairs, self.card.signals)
        three = [(first, now.get((it.account_id, first["as_of"]), first), self.rows[it.account_id, day])
                 for it, first in zip(wanted, firsts, strict=True)]  # fmt: skip
        causes = theirs_many(connection, self.card.compiled, three)
        self.falls |= {(it.account_id, it.since, day): one for it, one in zip(wanted, causes, strict=True)}

    def _compare_at_once(self, handoffs: Iterable[Handoff]) -> None:
        """All days on which it is asked, as if nothing more had been heard of the baselines' days."""
        wanted = [
            (it, day)
            for it in self._with_first(handoffs)
            for day in self.days
            if (it.account_id, day) in self.rows and _is_compared(it, day)
            and (it.account_id, it.since, day) not in self.falls
        ]  # fmt: skip
        firsts = {it.account_id: self._first(it) for it, _ in wanted}
        three = [(firsts[it.account_id], firsts[it.account_id], self.rows[it.account_id, day]) for it, day in wanted]
        causes = theirs_many(self.connection, self.card.compiled, three)
        self.falls |= {(it.account_id, it.since, day): one for (it, day), one in zip(wanted, causes, strict=True)}

    def _with_first(self, handoffs: Iterable[Handoff]) -> list[Handoff]:
        """The handoffs that can be compared; a baseline of another recipe is read again, as its own day knew it."""
        kept = [(it, it.baseline) for it in handoffs if it.baseline is not None]
        older = {(it.account_id, one.frozen_on) for it, one in kept if one.recipe != self.card.recipe.hash}
        if lacking := older - self.again.keys():
            connection = self.scorer.connect()  # the relations of this watch stay as they are
            pairs = [self.scorer.pair(account, day) for account, day in sorted(lacking)]
            read = self.scorer.read(connection, pairs, self.card.signals)
            self.again |= {key: read.get(key) for key in lacking}
        return [it for it, one in kept if self.again.get((it.account_id, one.frozen_on), {}) is not None]

    def _first(self, it: Handoff) -> Row:
        """The readings of the day on which it opened, by the card as it is now."""
        assert it.baseline is not None  # noqa: S101  asked only where there is one
        return self.again.get((it.account_id, it.baseline.frozen_on)) or readings_of(it)


def candidates(scorer: Scorer, days: Sequence[date]) -> set[str]:
    """Accounts that may cross on one of the days."""
    since, until = days[0] - timedelta(days=WATCHED_DAYS + 1), days[-1]
    values = {"since": since, "until": until, "opening": _opening(scorer, days)}
    return {account for (account,) in scorer.connect().execute(CANDIDATES, values).fetchall()}


def _opening(scorer: Scorer, days: Sequence[date]) -> datetime:
    """From when what is told may be news on one of the days."""
    return scorer.project.close_at(days[0] - 2 * ONE_DAY)


def readings_of(it: Handoff) -> Row:
    """The baseline's readings as the engine takes them: days are days again."""
    assert it.baseline is not None  # noqa: S101  asked only where there is one
    dated = {f"a_{name}" for name, kind in ATTRIBUTES.items() if kind == "DATE"}
    return {
        name: date.fromisoformat(value)
        if isinstance(value, str) and (name in dated or name == "as_of" or name.startswith("o_"))
        else value
        for name, value in it.baseline.readings.items()
    }


def _is_compared(it: Handoff, day: date) -> bool:
    """In the first 30 days each day, then on the marks."""
    assert it.baseline is not None  # noqa: S101  asked only where there is one
    return it.baseline.frozen_on < day and (day <= it.day(MARKS[0]) or day in map(it.day, MARKS))


def _by_key(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[Key, Any]:
    return {(account, day): value for account, day, value in connection.execute(sql).fetchall()}
