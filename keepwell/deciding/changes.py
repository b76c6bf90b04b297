"""What changed on a closed day: from the lake's scores to standings and transitions, with their reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property

import duckdb

from keepwell.book import labels, shelf
from keepwell.book.scorer import Card, Row, Scorer, rows_of
from keepwell.deciding import alarms, narrow, overlay, telling
from keepwell.deciding.ahead import MONTH, WEEK, Ahead, Fall
from keepwell.deciding.plays import Plays
from keepwell.deciding.reasons import DROPS, Reasons
from keepwell.deciding.standings import Day, Decided
from keepwell.decisions.border import Border, border_of
from keepwell.decisions.overridden import decide_both
from keepwell.decisions.policy import Policy
from keepwell.decisions.rules import Rules
from keepwell.decisions.suppression import held
from keepwell.decisions.transitions import NOT_FOR_IT
from keepwell.feedback import overrides
from keepwell.signals.columns import kinds_of
from keepwell.words.decision import (
    Kind,
    Mode,
    Owned,
    Reason,
    Standing,
    Status,
    Suppression,
    Today,
    Transition,
)
from keepwell.words.override import Override
from keepwell.words.score import Score, State

DAY = """
WITH score AS ({scores}), reading AS ({readings})
SELECT s.account_id, s.state, s.unscored_why, s.score_milli, s.tier, s.coverage_ppm, s.segment_name, s.batch,
       s.score_milli - w.score_milli AS delta7, s.score_milli - m.score_milli AS delta30,
       s.card_state, s.card_why, s.card_milli, s.card_tier, s.override,
       s.card_milli - w.card_milli AS card_delta7, s.card_milli - m.card_milli AS card_delta30,
       coalesce(nullif(r.a_name, s.account_id), l.name, s.account_id) AS name, coalesce(r.a_owner, l.owner) AS owner,
       r.a_segment AS segment, r.a_seller AS seller, r.a_manager AS manager, r.a_parent AS parent,
       r.a_mrr_minor AS mrr_minor, r.a_renewal_day AS renewal_day
FROM score s
JOIN reading r ON r.account_id = s.account_id AND r.as_of = s.as_of
LEFT JOIN label l ON l.account_id = s.account_id
LEFT JOIN score w ON w.account_id = s.account_id AND w.as_of = s.as_of - 7
LEFT JOIN score m ON m.account_id = s.account_id AND m.as_of = s.as_of - 30
WHERE s.as_of = $day ORDER BY s.account_id
"""
# the kept days in a row, up to a day, at or above a mark; days without a score neither count nor break
RUNS = """
WITH score AS (SELECT * FROM ({scores}) WHERE as_of <= $day AND score_milli IS NOT NULL),
broken AS (SELECT account_id, max(as_of) FILTER (NOT ({holds})) AS last FROM score GROUP BY account_id)
SELECT account_id, count(*) FROM score JOIN broken USING (account_id)
WHERE broken.last IS NULL OR as_of > broken.last GROUP BY account_id
"""


@dataclass(eq=False)
class ClosedDay:
    """One card's closed and kept day, beside what is agreed about it."""

    scorer: Scorer
    card: Card
    day: date
    policy: Policy
    ahead: Ahead | None = None  # what the days that are decided with it read together
    falls: dict[Fall, int | None] = field(default_factory=dict)  # what behaviour and silence took
    explained: dict[str, Score] = field(default_factory=dict)  # account → its evidence, of those that are told of
    alarms: dict[str, Row] = field(default_factory=dict)  # account → readings that may be told on their own

    @cached_property
    def rules(self) -> Rules:
        """The policy's thresholds."""
        return self.policy.rules()

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """Where the kept scores and readings can be read."""
        return self.ahead.connection if self.ahead else self.scorer.connect()

    @cached_property
    def scores(self) -> str:
        """SQL of the card's kept scores, of days ahead those that they are decided by."""
        return self.ahead.scores if self.ahead else shelf.kept_sql(self.scorer, self.connection, self.card)

    @cached_property
    def readings(self) -> str:
        """SQL of the kept readings, of days ahead those that they are decided by."""
        return self.ahead.readings if self.ahead else shelf.kept_readings_sql(self.scorer, self.connection)

    @cached_property
    def read_together(self) -> Ahead:
        """What the day reads beside its kept scores, with the days that are decided with it."""
        if self.ahead is not None:
            return self.ahead
        kept = self.connection, self.scores, self.readings
        return Ahead(self.scorer, self.card, (self.day,), self.rules, self.policy.stop_rules, *kept)

    @cached_property
    def plays(self) -> Plays:
        """The project's plays."""
        return self.read_together.plays

    @cached_property
    def reasons(self) -> Reasons:
        """Why accounts stand as they do, and what may be told of it."""
        return Reasons(self.read_together, self.day, self.explained, self.alarms)

    @cached_property
    def sources(self) -> dict[str, frozenset[str]]:
        """The sources that each of the card's signals is read from."""
        return sources_of(self.scorer, self.card)

    @cached_property
    def rows(self) -> list[Row]:
        """What the day says of every account on it: score, tier, whose it is, what is at stake."""
        labels.register(self.scorer, self.connection, self.readings, self.day)
        days = [self.day - timedelta(days=n) for n in (0, WEEK, MONTH)]
        said = overlay.scores_sql(self.scorer, self.connection, self.card, days, self.scores)
        return rows_of(self.connection, DAY.format(scores=said, readings=self.readings), {"day": self.day})

    def decided(self, before: Mapping[str, Standing], seen: Decided | None, suppressions: Sequence[Suppression]) -> Day:
        """The day's standings and transitions, with reasons, and which of them are held back."""
        first = seen is None
        standings: list[Standing] = []
        told: list[Transition] = []
        for today in self._todays(before, first=first):
            standing, news = decide_both(self.rules, today, before.get(today.account_id), first=first)
            standings.append(standing)
            told += news
        falls = {account: by for (account, days), by in self.falls.items() if days == MONTH}
        quiet = list(narrow.in_silence(self.scorer.state, self.card.name, standings, suppressions, falls))
        drops = {(one.account_id, DROPS[one.kind]) for one in (*told, *quiet) if one.kind in DROPS}
        self.reasons.fell |= self.read_together.why(self.day, drops)
        scores = self.reasons.explain(standings, [*told, *quiet])
        standings = [telling.with_reason(one, scores.get(one.account_id)) for one in standings]
        rehearsal = seen is not None and self.policy.rehearses(seen.first, self.day)
        mode = Mode.REHEARSAL if rehearsal else Mode.LIVE
        transitions = [self._marked(one, mode, suppressions) for one in told]
        again = [one for one in (self._marked(one, mode, suppressions) for one in quiet) if one.suppression is None]
        standings = narrow.reopened(standings, again)
        return Day(self.card.name, self.day, self.card.recipe.hash, standings, [*transitions, *again])

    def _marked(self, bare: Transition, mode: Mode, suppressions: Sequence[Suppression]) -> Transition:
        """With its reasons, and whether it is news, rehearsed or held back; of a person's word alone it is none of these."""
        told = self.reasons.of(bare)
        if told.mode is not Mode.OVERRIDE:
            found = held(replace(told, mode=mode), suppressions, self.sources)
            by = next((one for one in suppressions if one.code and one.key == found.suppression), None)
            if by is None or not self._tells_without(bare, by.code or ""):
                return found
            rest = self.reasons.of(bare, without=by.code)
            return held(replace(rest, mode=mode), [one for one in suppressions if one is not by], self.sources)
        said = self._overrides[told.override or ""]
        return replace(
            told, reason=Reason(said.says if said.holds_on(self.day) else said.over_on(self.day), "override")
        )

    def _tells_without(self, told: Transition, code: str) -> bool:
        """Whether the other reasons than one tell it alone."""
        score, change = self.explained.get(told.account_id), self.reasons.fell.get((told.account_id, MONTH))
        border = self._borders.get(score.segment) if score else None
        return score is not None and narrow.tells_without(told, code, score, change, (self.rules, border))

    @cached_property
    def _overrides(self) -> dict[str, Override]:
        """What people ever set over the card's scores, by number."""
        return {one.key: one for one in overrides.every(self.scorer.state, self.card.name)}

    # --- the day's accounts

    def concerns(self, account: str) -> bool:
        """Whether the account is decided: on a day that has closed, each."""
        del account
        return True

    def _todays(self, before: Mapping[str, Standing], *, first: bool) -> Iterator[Today]:
        """What the day says of every account on it, and of those that are gone from it."""
        rows = self.rows
        fresh = first or any(one.recipe != self.card.recipe.hash for one in before.values())
        high, low = (self._runs(), self._runs(low=True)) if fresh else ({}, {})
        self._find(self._falls(rows, before), before)
        for row in rows:
            if not self.concerns(account := row["account_id"]):
                continue
            today = replace(
                self._by_card(row),
                fall7_milli=self.falls.get((account, WEEK)),
                fall30_milli=self.falls.get((account, MONTH)),
                alarms=alarms.ringing(self.policy.alarms, self.alarms[account]) if account in self.alarms else {},
                flagged=alarms.flagged(self.alarms.get(account)),
                high_run=high.get(account, 0),
                low_run=low.get(account, 0),
            )
            yield overlay.shown(row, today, self._borders.get(row["segment_name"]))
        there = {row["account_id"] for row in rows}
        yield from (self._gone(one) for account, one in before.items() if account not in there)

    def is_low(self, row: Row) -> bool:
        """Whether a row of the day lies below the border of risk."""
        border, own = self._borders.get(row["segment_name"]), self.rules.at_risk_milli
        mark = own if own is not None else border and border.milli
        return row["score_milli"] is not None and mark is not None and row["score_milli"] < mark

    def _by_card(self, row: Row) -> Today:
        """What the card alone says."""
        border = self._borders.get(row["segment_name"])
        owned = Owned(**{name: row[name] for name in Owned.__dataclass_fields__})
        return Today(
            account_id=row["account_id"],
            as_of=self.day,
            batch=row["batch"],
            recipe=self.card.recipe.hash,
            state=State(row["card_state"]),
            owned=owned,
            unscored_why=row["card_why"],
            score_milli=row["card_milli"],
            tier=row["card_tier"],
            coverage_ppm=row["coverage_ppm"],
            border_milli=border.milli if border else None,
            low_tier=border is not None and row["card_tier"] in border.below,
            delta7_milli=row["card_delta7"],
            delta30_milli=row["card_delta30"],
        )

    def _gone(self, one: Standing) -> Today:
        """An account that the day no longer knows; one that the card was not for stays so."""
        over = one.status is Status.NOT_COVERED
        state, why = (State.UNSCORED, NOT_FOR_IT) if over else (None, None)
        recipe = self.card.recipe.hash
        return Today(one.account_id, self.day, one.batch, recipe, state, owned=one.owned, unscored_why=why)

    @cached_property
    def _borders(self) -> dict[str | None, Border | None]:
        """The border of risk by the card's segment; None: outside of all."""
        plan = self.card.compiled.plan
        names = [*(segment.name for segment in plan.segments), None]
        tiers = [[(tier.name, tier.start) for tier in found] for found in plan.tiers]
        return {name: border_of(found) for name, found in zip(names, tiers, strict=True)}

    def _runs(self, *, low: bool = False) -> dict[str, int]:
        """account → kept days in a row in which it was high, or low."""
        holds = f"score_milli >= {self.rules.expansion_milli}"
        if low:
            own = self.rules.at_risk_milli
            borders = {name: own if own is not None else b and b.milli for name, b in self._borders.items()}
            cases = " ".join(
                f"WHEN segment_name IS NOT DISTINCT FROM {_quoted(name)} THEN {border}"
                for name, border in borders.items()
                if border is not None
            )
            holds = f"coalesce(score_milli < CASE {cases} END, false)" if cases else "false"
        sql = RUNS.format(scores=shelf.kept_sql(self.scorer, self.connection, self.card), holds=holds)
        return dict(self.connection.execute(sql, {"day": self.day}).fetchall())

    # --- falls and alarms

    def _find(self, falls: Sequence[Fall], before: Mapping[str, Standing]) -> None:
        """Note by how much scores fell, and what signals may tell on their own; the latter once, by the headline card."""
        alarmed = [one for one in self.read_together.candidates(self.day, alarms.told(before)) if self.concerns(one)]
        self.read_together.find(self.day, falls, alarmed)
        self.falls |= self.read_together.taken(self.day, falls)
        self.alarms |= self.read_together.rows(self.day, alarmed)

    def _falls(self, rows: Sequence[Row], before: Mapping[str, Standing]) -> list[Fall]:
        """(account, days) of those that fell by more than noise or whose drop is not over."""
        above = {row["parent"] for row in rows} if self.card.rolls_up else set()
        return [
            (row["account_id"], days)
            for row in rows
            for days, kind in ((WEEK, Kind.WEEKLY_DROP), (MONTH, Kind.DROP))
            if (delta := row[f"card_delta{days}"]) is not None
            and self.concerns(row["account_id"])
            and row["account_id"] not in above  # a parent falls with its children, who are told of
            and (delta <= -self.rules.noise_milli or _has(before.get(row["account_id"]), kind))
        ]


def sources_of(scorer: Scorer, card: Card) -> dict[str, frozenset[str]]:
    """The sources that each of a card's signals is read from."""
    feeds = scorer.terms.feeds
    return {
        name: frozenset(feed.source for feed in feeds if feed.kind in kinds_of(signal))
        for name, signal in card.signals.items()
    }


def _has(standing: Standing | None, kind: Kind) -> bool:
    return standing is not None and kind in standing.episodes


def _quoted(name: str | None) -> str:
    return "NULL" if name is None else "'" + name.replace("'", "''") + "'"
