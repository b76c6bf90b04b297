"""Why accounts stand as a day finds them, and what a transition tells of it: dated rows of the score, and a next step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

from keepwell.book import snapshot
from keepwell.book.scorer import Row, rows_of
from keepwell.deciding import alarms, narrow, parents, telling
from keepwell.deciding.ahead import AT_ONCE, MONTH, WEEK, Ahead, Fall
from keepwell.deciding.plays import Account
from keepwell.decisions.alarm import SIGNALS
from keepwell.scoring.explain import Detail, explain_many
from keepwell.words.decision import EvidenceLine, Kind, Reason, Standing, Transition
from keepwell.words.play import NextStep
from keepwell.words.score import Change, Evidence, Score, State

DROPS = {Kind.DROP: MONTH, Kind.WEEKLY_DROP: WEEK}
ROWS: Detail = "rows"
DEAREST: Detail = "dearest"
NOTHING: Mapping[str, Detail] = MappingProxyType({})


@dataclass(eq=False)
class Reasons:
    """The reasons of one card's day: the evidence of accounts, and of what is told of them."""

    read: Ahead
    day: date
    explained: dict[str, Score]  # account → its evidence, of those that are told of or whose reason is outdated
    alarms: Mapping[str, Row]  # account → readings that may be told on their own
    fell: dict[Fall, Change] = field(default_factory=dict)  # why the score fell, of the drops that are told
    kinds: dict[str, Account] = field(default_factory=dict)  # account → what kind it is, of those explained

    def explain(self, standings: Iterable[Standing], told: Iterable[Transition]) -> Mapping[str, Score]:
        """The evidence of accounts of which something is told, and the dearest row of those whose reason is outdated."""
        details = {one.account_id: DEAREST for one in standings if telling.is_outdated(one)}
        details |= {one.account_id: ROWS for one in told}
        self.explained |= self.evidence_of(sorted(details), details)
        return self.explained

    def evidence_of(self, accounts: Sequence[str], details: Mapping[str, Detail] = NOTHING) -> dict[str, Score]:
        """account → its kept score of the day with its evidence, by default all rows of it."""
        found: dict[str, Score] = {}
        for start in range(0, len(accounts), AT_ONCE):
            kept = self._kept(accounts[start : start + AT_ONCE])
            self.kinds |= {account: Account(row["a_segment"], row["a_lifecycle"]) for account, row in kept.items()}
            subjects = [(row, None) for row in kept.values()]
            asked = [details.get(account, ROWS) for account in kept]
            recipe, card = self.read.card.recipe.hash, self.read.card.compiled
            scores = explain_many(self.read.connection, card, subjects, recipe=recipe, detail=asked)
            found |= {score.account_id: score for score in scores}
        relations = self.read.scores, self.read.readings
        return found | parents.explained(self.read.connection, self.read.card, accounts, relations, self.day)

    def of(self, told: Transition, without: str | None = None) -> Transition:
        """A transition with its reasons and next step, `without` one that is excepted."""
        score = self.explained.get(told.account_id)
        rows = self._rows(told, score, without) if score else []
        lines = tuple(map(telling.line_of, rows)) if rows or score is None else telling.lacking(score)
        if told.kind in SIGNALS:
            lines = (alarms.line(self.read.scorer, told.kind, self.alarms[told.account_id]),)
        main = lines[0] if lines else None
        text = (
            telling.sentence(told, self.read.rules)
            or (main.reason if main else "")
            or (score and snapshot.main_reason(score))
        )
        code = told.kind.value if telling.sentence(told, self.read.rules) or main is None else main.code
        reason = Reason(text or "", code, main.signal if main else None)
        step = self._next_step(told, score, lines, rows) if score else NextStep("")
        return replace(told, reason=reason, evidence=lines, next_step=step.text, play=step.play)

    def _kept(self, accounts: Sequence[str]) -> dict[str, Row]:
        """account → its kept readings of the day."""
        sql = f"SELECT * FROM ({self.read.readings}) WHERE as_of = ? AND list_contains(?, account_id)"
        found = rows_of(self.read.connection, sql, [self.day, accounts])
        return {row["account_id"]: self.read.scorer.named(row) for row in found}

    def _next_step(
        self, told: Transition, score: Score, lines: Sequence[EvidenceLine], rows: Sequence[Evidence]
    ) -> NextStep:
        """As the account's explanation says it; of a drop or signal for what made it, of good news for the news."""
        account = self.kinds[told.account_id]
        if told.kind in SIGNALS:
            line = lines[0]
            spec = self.read.scorer.signals[line.signal or SIGNALS[told.kind]]
            subject = self.read.plays.subject(self.read.card, score, account, (line.code, line.signal))
            return self.read.plays.step(subject, score, spec.next_step)
        if telling.sentence(told, self.read.rules):
            return self.read.plays.step(
                self.read.plays.subject(self.read.card, score, account, (told.kind, None)), score, ""
            )
        made, dearest = next((row for row in rows if row.next_step), None), next(iter(snapshot.by_loss(score)), None)
        if made is not None and (told.kind in DROPS or rows[0] is not dearest):
            subject = self.read.plays.subject(self.read.card, score, account, (made.reason_code, made.signal))
            return self.read.plays.step(subject, score, made.next_step)
        return self.read.plays.next_step(self.read.card, score, account)

    def _rows(self, told: Transition, score: Score, without: str | None) -> list[Evidence]:
        """The dearest rows; of a drop those first that made it."""
        if score.state is not State.SCORED:
            return []
        rows = [row for row in snapshot.by_loss(score) if without is None or not narrow.is_about(row, without)]
        days = DROPS.get(told.kind)
        if days is not None and (change := self.fell.get((told.account_id, days))):
            fell = dict(sorted(telling.moved(change), key=lambda moved: moved[1]))
            made = [name for name, by in fell.items() if by < 0]
            rows = sorted(rows, key=lambda row: made.index(row.name) if row.name in made else len(made))
        return rows[: telling.MOST_REASONS]
