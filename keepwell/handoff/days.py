"""Deciding closed days: who crossed from sales, what became of those who did, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from keepwell.alerting import messages
from keepwell.book.scorer import Scorer
from keepwell.book.snapshot import by_loss
from keepwell.deciding import agreements, standings, telling
from keepwell.deciding.changes import ClosedDay, sources_of
from keepwell.deciding.standings import Day
from keepwell.decisions.handoff import crossed, follow, is_unclear, opened
from keepwell.decisions.policy import Policy
from keepwell.decisions.suppression import Sources, held
from keepwell.delivery import outbox
from keepwell.delivery.route import targets
from keepwell.handoff import notes, records
from keepwell.handoff.watch import Watch, candidates
from keepwell.scoring.explain import explain_many
from keepwell.scoring.sentence import points
from keepwell.words.decision import Kind, Mode, Reason, Suppression, Transition
from keepwell.words.handoff import DecidedHandoffs, Handoff, News, Tidings, Unclear
from keepwell.words.score import Score

ONE_DAY = timedelta(days=1)
AT_ONCE = 31  # days read by one statement


@dataclass(eq=False)
class Daily:
    """A project's handoffs, day by day."""

    scorer: Scorer
    policy: Policy
    now: datetime

    def decide(self, until: date) -> DecidedHandoffs:
        """Decide every closed day up to one that is not decided; the days that this run decided, and their news."""
        days: list[date] = []
        told: list[Tidings] = []
        asked: list[Unclear] = []
        watch: Watch | None = None
        while (seen := records.decided(self.scorer.state)) is None or seen[1] < until:
            day = until if seen is None else seen[1] + ONE_DAY
            before = records.current(self.scorer.state)
            if watch is None or day not in watch.days or {it.account_id for it in before} - set(watch.read):
                watch = self._read(day, until, before)
            handoffs, news = self._day(watch, day, before, first=seen is None)
            unclear = _unclear(watch, day, before) if seen else None
            quiet = seen is None or self.policy.rehearses(seen[0], day)
            beside = self._beside(watch, day, news, unclear, quiet=quiet)
            if records.commit(self.scorer.state, day, seen, handoffs, beside):  # else another process was first
                days.append(day)
                told += news
                asked += [unclear] if unclear else []
        return DecidedHandoffs(tuple(days), tuple(told), unclear=tuple(asked))

    def _read(self, day: date, until: date, before: Sequence[Handoff]) -> Watch:
        days = [day + timedelta(days=n) for n in range(min((until - day).days + 1, AT_ONCE))]
        accounts = {it.account_id for it in before} | candidates(self.scorer, days)
        return Watch(self.scorer, self.policy, days, accounts)

    def _day(
        self, watch: Watch, day: date, before: Sequence[Handoff], *, first: bool
    ) -> tuple[list[Handoff], list[Tidings]]:
        """The handoffs as the day leaves them, new ones among them, and its news."""
        rules = self.policy.handoff.rules()
        there = set(watch.accounts(day))
        new = list(self._opened(watch, day, before, first=first))
        watch.compare([it for it in (*before, *new) if it.account_id in there], day)
        handoffs: list[Handoff] = []
        news: list[Tidings] = []
        for it in (*before, *new):
            if it.account_id not in there:  # the day does not know it any more
                continue
            seen = watch.seen(it.account_id, day, it.since, watch.fall(it, day))
            now, tidings = follow(rules, it, seen, new=it in new)
            handoffs.append(now)
            news += tidings
        return handoffs, news

    def _opened(self, watch: Watch, day: date, before: Sequence[Handoff], *, first: bool) -> list[Handoff]:
        followed = {it.account_id for it in before}
        found = []
        for account in sorted(set(watch.accounts(day)) - followed):
            now = watch.known(account, day)
            how = crossed(None if first else watch.known_before(account, day), now, day) if now else None
            if how is not None:
                because, since = how
                it = opened(watch.seen(account, day, since), because, since, silent=first)
                found.append(replace(it, baseline=watch.baseline(account, day)))
        return found

    # --- what is told

    def _beside(
        self, watch: Watch, day: date, news: Sequence[Tidings], unclear: Unclear | None, *, quiet: bool
    ) -> standings.Beside:
        """What a day writes beside its handoffs: declines as transitions with their alerts, and notes."""
        card = watch.card
        exceptions = agreements.exceptions(self.scorer.state, self.policy)
        sources = sources_of(self.scorer, card)
        mode = Mode.REHEARSAL if quiet else Mode.LIVE
        declined = [one.handoff for one in news if one.news is News.DECLINED]
        scores = {it.account_id: _explained(self.scorer, watch, it) for it in declined}
        bare = [_decline(watch, it, scores[it.account_id]) for it in declined]
        told = [held(replace(one, mode=mode), exceptions, sources) for one in bare]
        closed = ClosedDay(self.scorer, card, day, self.policy, explained=scores)
        alert = messages.beside(closed, Day(card.name, day, card.recipe.hash, (), told), self.now) if told else None
        channels = self.scorer.project.config.channels
        said = [] if quiet else [
            notes.note(self.policy, one) for one in news
            if one.news in notes.TOLD and not _suppressed(one.handoff, exceptions, sources)
        ]  # fmt: skip
        if unclear and not quiet:
            said.append(notes.unclear(self.policy, unclear))

        def write(connection: sa.Connection) -> None:
            standings.tell(connection, card.name, told)
            if alert is not None:
                alert(connection)
            for message in said:
                outbox.put(connection, message, targets(channels, message), self.now)

        return write


def _unclear(watch: Watch, day: date, before: Sequence[Handoff]) -> Unclear | None:
    """The customers of the day of whom a person must say whether they are new."""
    followed = {it.account_id for it in before}
    found = [
        (account, watch.rows[account, day]["a_name"])
        for account in sorted(set(watch.accounts(day)) - followed)
        if (now := watch.known(account, day)) and is_unclear(earlier := watch.known_before(account, day), now)
        and crossed(earlier, now, day) is None
    ]  # fmt: skip
    return Unclear(day, tuple(found)) if found else None


def _decline(watch: Watch, it: Handoff, score: Score) -> Transition:
    """The transition that a decline is, with what fell most first."""
    fall = watch.fall(it, it.as_of)
    fell = [name for name, by in sorted(fall[1], key=lambda row: row[1]) if by < 0] if fall else []
    rows = {one.name: one for one in by_loss(score)}
    lines = tuple(telling.line_of(rows[name]) for name in fell if name in rows)[: telling.MOST_REASONS]
    text = f"Behaviour and silence took {points(it.decline_milli or 0)} points since the handoff on {it.since}"
    health = watch.scores[watch.card.name].get((it.account_id, it.as_of), {})
    return Transition(
        account_id=it.account_id,
        kind=Kind.HANDOFF_DECLINE,
        episode=it.since,
        as_of=it.as_of,
        old=it.step.value,
        new=it.step.value,
        old_milli=it.baseline.score_milli if it.baseline else None,
        new_milli=health.get("score_milli"),
        new_tier=health.get("tier"),
        fall_milli=it.decline_milli,
        owned=it.owned,
        reason=Reason(text, Kind.HANDOFF_DECLINE.value, lines[0].signal if lines else None),
        evidence=lines,
    )


def _explained(scorer: Scorer, watch: Watch, it: Handoff) -> Score:
    """The health score of the day with its rows."""
    row, card = scorer.named(watch.rows[it.account_id, it.as_of]), watch.card
    [score] = explain_many(watch.connection, card.compiled, [(row, None)], recipe=card.recipe.hash, detail="rows")
    return score


def _suppressed(it: Handoff, exceptions: Sequence[Suppression], sources: Sources) -> bool:
    """Whether an exception in force covers the account, its segment or its owner."""
    told = Transition(it.account_id, Kind.HANDOFF_DECLINE, it.since, it.as_of, "", "", owned=it.owned)
    return held(told, exceptions, sources).mode is Mode.SUPPRESSED
