"""From a decided day to questions: which actions wait, why, and who is asked; which guards ask for a review."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from keepwell.alerting.waiting import ACTION
from keepwell.deciding import agreements, alerts, grounds, standings
from keepwell.deciding.changes import ClosedDay
from keepwell.deciding.standings import Day
from keepwell.decisions import authority, stop
from keepwell.decisions.deadline import due_day
from keepwell.decisions.noise import FALLS, Sorted, Told
from keepwell.decisions.owners import who
from keepwell.decisions.playbook import Play, drafted
from keepwell.decisions.policy import ROLES
from keepwell.decisions.review import Asked as Why
from keepwell.decisions.review import Item
from keepwell.decisions.suppression import held
from keepwell.feedback import grants, reviews
from keepwell.scoring.plan import GuardPlan
from keepwell.words.authority import Level
from keepwell.words.decision import WORDS, Kind, Mode, Owned, Reason, Standing, Transition
from keepwell.words.money import minor_per_major

OVER = "the alert is over"
BESIDE = "+"  # between the names of guards in one question
DRAFTED = "draft/"  # before an alert's key: the key of a text that goes with its action
FIRED = "SELECT as_of, account_id, {columns} FROM ({scores}) WHERE as_of IN ($day, $before) AND ({any})"


@dataclass(frozen=True)
class Asked:
    """The questions of a day; `waits`: alert's key → why its action waits, in words for who is told of it.

    `in_hand`: account → what support does about it already; `upsells`: account → its open ones.
    """

    items: tuple[Item, ...]
    waits: Mapping[str, str]
    in_hand: Mapping[str, tuple[str, ...]]
    upsells: Mapping[str, tuple[str, ...]]


def asked(closed: ClosedDay, found: Sorted, decided: Day, now: datetime) -> Asked:
    """What people are asked because of a day's alerts, and of guards that began to hold."""
    told = [one for one in (*found.alerts, *found.digest) if one.transition.kind is not Kind.RECOVERED]
    accounts = (one.transition.account_id for one in told)
    against = closed.read_together.grounds.against(closed.day, accounts)
    questions = _Questions(closed, against, now)
    items: list[Item] = []
    for one in told:
        items += questions.of_alert(one)
    items += questions.of_guards({one.account_id: one for one in decided.standings})
    in_hand, upsells = (
        {account: getattr(one, name) for account, one in against.items()} for name in ("in_hand", "upsells")
    )
    return Asked(tuple(_one_look(items)), questions.waits, in_hand, upsells)


def write(connection: sa.Connection, closed: ClosedDay, found: Asked, now: datetime) -> None:
    """Ask in the transaction of the day; questions about alerts that are over need nobody any more."""
    for item in found.items:
        reviews.ask(connection, item)
    live = alerts.live_keys(connection, closed.card.name)
    open_ = (row.item for row in reviews.undecided(connection) if row.item.scorecard == closed.card.name)
    about = ((one.key, one.key.removeprefix(ACTION).removeprefix(DRAFTED)) for one in open_)
    over = [key for key, alert in about if key != alert and alert not in live]
    reviews.close(connection, over, OVER, now)


def _guards_of(key: str) -> Iterator[tuple[str, str]]:
    """The guards that a question was about, each behind what their keys begin with."""
    stem, names, _ = key.rsplit("/", 2)
    return ((stem, name) for name in names.split(BESIDE))


def _one_look(items: Sequence[Item]) -> Iterator[Item]:
    """A change to look at is part of a guard's question where that asks the same person about the same account."""
    changes = {(one.account_id, one.asked): one.body for one in items if one.kind == Why.SCORE_CHANGE}
    looked_at = {(one.account_id, one.asked) for one in items if one.kind == Why.GUARD}
    for one in items:
        whose = one.account_id, one.asked
        if one.kind == Why.GUARD and whose in changes:
            yield replace(one, body=f"{one.body} {_upper(changes[whose])}.")
        elif one.kind != Why.SCORE_CHANGE or whose not in looked_at:
            yield one


class _Questions:
    """The questions of one card's day, as they are put together."""

    def __init__(self, closed: ClosedDay, against: Mapping[str, grounds.Against], now: datetime) -> None:
        self.closed, self.policy, self.against, self.now = closed, closed.policy, against, now
        project = closed.scorer.project
        self.minor = minor_per_major(project.config.currency)
        self.today = max(project.local_day(now), closed.day)
        self.waits: dict[str, str] = {}
        with closed.scorer.state.engine.connect() as connection:
            self.granted = grants.current(connection, closed.card.name)

    def of_alert(self, one: Told) -> Iterator[Item]:
        """The question about an alert's action, if it waits, and about a change that somebody should look at."""
        it, key = one.transition, alerts.key_of(self.closed.card.name, one.transition)
        owner = one.owner or ""
        if stops := stop.stopped(self.policy.stop_rules, self._ground(it), self.minor):
            asked_ = self._who(self.policy.stop_rules.ask, it.owned) or owner
            why = "; ".join(found.why for found in stops)
            self.waits[key] = f"{_upper(why)}; {asked_ or 'somebody'} is asked ('keepwell review')"
            yield self._item(Why.STOP_RULE, ACTION + key, it, (asked_, why))
            return
        if why := self._above(one):
            self.waits[key] = f"{_upper(why)}; {owner or 'somebody'} decides ('keepwell review')"
            yield replace(self._item(Why.PROPOSAL, ACTION + key, it, (owner, why)), draft=self._draft(it))
        elif (text := self._draft(it)) is not None:
            why = "it was drafted; whether it is sent is yours to say"
            yield replace(self._item(Why.DRAFT, DRAFTED + key, it, (owner, why)), draft=text)
        if {it.kind, *(other.kind for other in one.also)} & {*FALLS} and (why := self._delicate(it.owned)):
            asked_ = self._who(self.policy.stop_rules.ask, it.owned) or owner
            change = f"score/{self.closed.card.name}/{it.account_id}/{self.closed.day}"
            yield self._item(Why.SCORE_CHANGE, change, it, (asked_, why))

    def of_guards(self, book: Mapping[str, Standing]) -> Iterator[Item]:
        """A question for each guard that asks for a review and began to hold; in the first days by a recipe, none."""
        seen = standings.decided(self.closed.scorer.state, self.closed.card.name)
        begins = seen is None or seen.recipe != self.closed.card.recipe.hash
        guards = [row for row in self.closed.card.compiled.rows if row.guard and row.guard.review]
        if not guards or begins or (seen and self.policy.rehearses(seen.first, self.closed.day)):
            return
        since = self.now - timedelta(days=self.policy.alerts.repeat_days)
        with self.closed.scorer.state.engine.connect() as connection:
            known = reviews.asked_since(connection, self.closed.card.name, Why.GUARD, since)
        stems = {f"{stem}/{name}" for key in known for stem, name in _guards_of(key)}
        found: dict[tuple[str, str], list[tuple[GuardPlan, Transition]]] = {}
        exceptions = agreements.exceptions(self.closed.scorer.state, self.policy)
        for account, guard in self._began([(row.column, row.guard) for row in guards if row.guard]):
            stem = f"guard/{self.closed.card.name}/{account}/{guard.name}"
            if account not in book or stem in stems:
                continue
            reason = Reason(guard.reason or guard.text, f"guard.{guard.name}")
            told = held(_as_told(book[account], reason), exceptions, self.closed.sources)
            if told.mode is Mode.LIVE:
                person = self._reviewer(guard.review or "", told.owned)
                found.setdefault((account, person), []).append((guard, told))
        yield from (self._of_guards(*one) for one in found.items())

    def _of_guards(self, whose: tuple[str, str], began: Sequence[tuple[GuardPlan, Transition]]) -> Item:
        """One question for a person about an account, however many guards ask it."""
        account, person = whose
        names = BESIDE.join(guard.name for guard, _ in began)
        bodies = (guard.next_step or f"The card asks for a review while {guard.text}" for guard, _ in began)
        told = began[0][1]
        reason = replace(told.reason, text="; ".join(told.reason.text for _, told in began))
        key = f"guard/{self.closed.card.name}/{account}/{names}/{self.closed.day}"
        return self._item(Why.GUARD, key, replace(told, reason=reason), (person, " ".join(bodies)))

    def _began(self, guards: Sequence[tuple[str, GuardPlan]]) -> Iterator[tuple[str, GuardPlan]]:
        """The guards that hold on the day and did not on the day before, by account."""
        columns = [column for column, _ in guards]
        any_ = " OR ".join(f"{column} IS NOT NULL" for column in columns)
        sql = FIRED.format(columns=", ".join(columns), scores=self.closed.scores, any=any_)
        day, before = self.closed.day, self.closed.day - timedelta(days=1)
        rows = self.closed.connection.execute(sql, {"day": day, "before": before}).fetchall()
        held_on = {(as_of, row[0], n) for as_of, *row in rows for n, points in enumerate(row[1:]) if points is not None}
        for as_of, account, n in sorted(held_on):
            if as_of == day and (before, account, n) not in held_on:
                yield account, guards[n][1]

    # --- parts of a question

    def _item(self, kind: Why, key: str, it: Transition, asked_of: tuple[str, str]) -> Item:
        person, body = asked_of
        name = it.owned.name or it.account_id
        title = f"{name}: {it.reason.text}" if kind is Why.GUARD else f"{name}: {WORDS[it.kind]}. {it.reason.text}"
        due = due_day(self.policy, it.kind, self.today)
        return Item(key, kind.value, it.account_id, self.closed.card.name, title, body, person, due, self.now)

    def _ground(self, it: Transition) -> stop.Ground:
        score = self.closed.explained.get(it.account_id)
        found = self.against.get(it.account_id, grounds.Against())
        reasons = {line.signal for line in it.evidence}
        stale = (
            (row.reason for row in score.evidence if row.status == "stale" and row.signal in reasons) if score else ()
        )
        return stop.Ground(
            kind=it.kind,
            as_of=it.as_of,
            coverage_ppm=score.coverage_ppm if score else 0,
            stale=tuple(stale),
            contradictory=found.contradictory,
            commercial=found.commercial,
            promises=found.promises,
            renewal_day=it.owned.renewal_day,
            mrr_minor=it.owned.mrr_minor,
        )

    def _above(self, one: Told) -> str:
        """Why the action is more than the score may do by itself; empty: it is not."""
        it = one.transition
        play, kinds = self._play(it), [it.kind, *(other.kind for other in one.also)]
        if deed := authority.never(*kinds, it.play, play.action if play else None):
            return f"{deed} is never done by itself"
        if self._may(it, "trigger"):
            return ""
        level = authority.holding(self.policy, it.owned.segment, self.granted)
        return f"the score may only {level} here: the next step is a proposal"

    def _may(self, it: Transition, wanted: Level) -> bool:
        return authority.includes(authority.holding(self.policy, it.owned.segment, self.granted), wanted)

    def _play(self, it: Transition) -> Play | None:
        return self.closed.plays.named(it.play) if it.play else None

    def _draft(self, it: Transition) -> str | None:
        """What could be written to the customer, where the score may assist; who asks has it from 'keepwell playbook'."""
        play, owned = self._play(it) if self._may(it, "assist") else None, it.owned
        return drafted(play, owned.name or it.account_id, owned.owner, owned.seller) if play else None

    def _delicate(self, owned: Owned) -> str:
        rules = self.policy.stop_rules
        near = stop.is_near(rules, owned.renewal_day, self.closed.day)
        texts = [f"it renews on {owned.renewal_day}"] if near else []
        texts += ["it is of high value"] if stop.is_high(rules, owned.mrr_minor, self.minor) else []
        return " and ".join(texts)

    def _who(self, role: str, owned: Owned) -> str | None:
        account = {"owner": owned.owner, "seller": owned.seller, "manager": owned.manager, "segment": owned.segment}
        return next((who(self.policy, one, account) for one in ROLES if one == role), None)

    def _reviewer(self, named: str, owned: Owned) -> str:
        """Whom a card names for a review: a role of the policy, a field of the account, or a person."""
        own = {"owner": owned.owner, "seller": owned.seller, "manager": owned.manager}
        manager = self._who("cs_manager", owned) if named == "manager" else None  # where the account names none
        return self._who(named, owned) or (own[named] or manager or "" if named in own else named)


def _as_told(one: Standing, reason: Reason) -> Transition:
    """What a guard says of an account, as a transition that an exception may cover."""
    status = one.status.value
    return Transition(
        one.account_id, Kind.AT_RISK, one.as_of, one.as_of, status, status, owned=one.owned, reason=reason
    )


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
