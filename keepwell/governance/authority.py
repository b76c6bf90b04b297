"""What each score may do today: the figures its conditions ask for, what was granted, and what it loses by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from keepwell.book import inventory
from keepwell.book.scorer import Card, Row, Scorer
from keepwell.deciding import alerts, standings
from keepwell.deciding.changes import sources_of
from keepwell.decisions.authority import Figures, Share, at_most, conditions, earned, holding, includes, lower
from keepwell.decisions.noise import FALLS
from keepwell.decisions.owners import who
from keepwell.decisions.policy import Policy
from keepwell.delivery import outbox
from keepwell.delivery.route import targets
from keepwell.feedback import audit, grants, reviews, verdicts
from keepwell.feedback.audit import Entry
from keepwell.governance import monitored, policy_check
from keepwell.signals.columns import kinds_of
from keepwell.words.alert import AlertRow, Handling
from keepwell.words.authority import CardAuthority, Grant
from keepwell.words.decision import AUTOMATIC, Standing, Status, Transition
from keepwell.words.message import Note
from keepwell.words.report import SourceHealth
from keepwell.words.review import OPEN, Asked, Fate, ReviewRow
from keepwell.words.score import State
from keepwell.words.verdict import Said

QUARTER, FOUR_WEEKS = timedelta(days=90), timedelta(days=28)
AT_RISK = (Status.AT_RISK, Status.RECOVERING, Status.PENDING)
ENDED = (Handling.DONE, Handling.FALSE_ALARM, Handling.OVER)
RECORDED = """
SELECT count(*) FILTER (known_basis = 'recorded'), count(*) FROM ({facts}) WHERE happened_day > ? AND happened_day <= ?
"""
ACTIONS = (Asked.PROPOSAL, Asked.STOP_RULE)


@dataclass(eq=False)
class Evidence:
    """What is counted of one card as of a day; each figure of the whole book once, however many segments ask."""

    scorer: Scorer
    card: Card
    policy: Policy
    day: date
    now: datetime

    def of(self, segment: str | None) -> Figures:
        """The figures of a segment, or of all accounts."""
        book = [one for one in self.standings.values() if segment is None or one.owned.segment == segment]
        covered = [one for one in book if one.status is not Status.NOT_COVERED]
        at_risk = [one for one in covered if one.status in AT_RISK]
        falls = [one for one in self.transitions if segment in (None, one.owned.segment)] or self.transitions
        ended = [one for one in self.alerts if segment is None or one.owned.segment == segment]
        said = [true for one in ended if (true := self._was_true(one)) is not None]
        asked = [one for one in self.reviews if segment is None or self._segment(one.item.account_id) == segment]
        actions = [one for one in asked if one.item.kind in ACTIONS and one.fate not in (*OPEN, Fate.OVER)]
        due = [one for one in asked if _counts(one, self.today)]
        seen = standings.decided(self.scorer.state, self.card.name)
        return Figures(
            fresh_sources=Share(sum(one.fresh or False for one in self.sources), len(self.sources)),
            matched=self._matched(),
            scored=Share(sum(one.state is State.SCORED for one in covered), len(covered)),
            reasoned=Share(sum(bool(one.reason.text) for one in at_risk), len(at_risk)),
            dated=Share(sum(any(line.observed_at for line in one.evidence) for one in falls), len(falls)),
            reviewer=who(self.policy, self.policy.feedback.reviewer, {}),
            owned=self._owned(segment),
            over=sum(one.until < self.today for one in self.policy.suppressions),
            recorded=self.recorded,
            days=(seen.through - seen.first).days if seen else 0,
            true_alarms=Share(sum(said), len(said)),
            approved=Share(sum(one.is_free for one in actions), len(actions)),
            steady_sources=Share(sum(self._is_steady(one.source) for one in self.sources), len(self.sources)),
            on_time=Share(sum(_on_time(one, self.scorer) for one in due), len(due)),
            acted=Share(sum(one.acted_at is not None for one in ended), len(ended)),
            trained=None if (level := self.card.compiled.plan.card.trained.get("authority")) is None else str(level),
            unmet=self.unmet,
        )

    @cached_property
    def unmet(self) -> tuple[str, ...] | None:
        """The checks that the newest monitoring of the card found not met; None: there was none."""
        return monitored.unmet(self.scorer, self.card)

    @cached_property
    def today(self) -> date:
        """The day on which it is asked."""
        return self.scorer.project.local_day(self.now)

    @cached_property
    def standings(self) -> Mapping[str, Standing]:
        """account → its standing."""
        return standings.standings(self.scorer.state, self.card.name)

    @cached_property
    def transitions(self) -> list[Transition]:
        """The falls of a quarter."""
        found = standings.transitions(self.scorer.state, self.card.name, self.day - QUARTER, self.day)
        return [one for one in found if one.kind in FALLS]

    @cached_property
    def alerts(self) -> list[AlertRow]:
        """The alerts of a quarter that are done with."""
        found = alerts.handled_since(self.scorer.state, self.card.name, self.day - QUARTER)
        return [one for one in found if one.handling in ENDED and one.told in (alerts.TOLD, alerts.LATER)]

    @cached_property
    def _said(self) -> dict[int | None, Said]:
        """Alert → the newest verdict on it."""
        return {one.alert: one.verdict for one in verdicts.every(self.scorer.state)}

    def _was_true(self, row: AlertRow) -> bool | None:
        """What people say of an alert, who may do so after it is done with; None: nothing."""
        if (said := self._said.get(row.number)) is not None:
            return said is not Said.FALSE_ALARM
        return None if row.handling is Handling.OVER else row.handling is Handling.DONE

    @cached_property
    def reviews(self) -> tuple[ReviewRow, ...]:
        """What was asked in a quarter."""
        with self.scorer.state.engine.connect() as connection:
            return reviews.fates(connection, self.card.name, self.now - QUARTER)

    @cached_property
    def sources(self) -> list[SourceHealth]:
        """The sources that the card reads and that are still fed."""
        read = set().union(*sources_of(self.scorer, self.card).values())
        return [one for one in inventory.sources(self.scorer, self.day) if one.source in read and one.fresh is not None]

    @cached_property
    def _book(self) -> list[Row]:
        return policy_check.book(self.scorer, self.card, self.day)

    @cached_property
    def recorded(self) -> Share:
        """Of the facts of a quarter that the card reads, those whose time of knowledge was recorded."""
        kinds = {kind for signal in self.card.signals.values() for kind in kinds_of(signal)}
        facts = " UNION ALL ".join(f"SELECT known_basis, happened_day FROM fact_{kind}" for kind in sorted(kinds))
        sql = RECORDED.format(facts=facts)
        [(some, every)] = (
            self.scorer.connect().execute(sql, [self.day - QUARTER, self.day]).fetchall() if kinds else [(0, 0)]
        )
        return Share(some, every)

    def _matched(self) -> Share:
        accounts = sum(one.accounts for one in self.sources)
        return Share(accounts, accounts + sum(one.unmatched for one in self.sources))

    def _owned(self, segment: str | None) -> Share:
        book = [row for row in self._book if segment is None or row["segment"] == segment]
        return Share(sum(who(self.policy, "owner", row) is not None for row in book), len(book))

    def _is_steady(self, source: str) -> bool:
        since = self.day - FOUR_WEEKS
        gaps = [gap for feed in self.scorer.terms.feeds if feed.source == source for gap in feed.gaps]
        fresh = any(one.source == source and one.fresh for one in self.sources)
        return fresh and not any(last >= since and first <= self.day for first, last in gaps)

    def _segment(self, account: str) -> str | None:
        standing = self.standings.get(account)
        return standing.owned.segment if standing else None


def _counts(row: ReviewRow, today: date) -> bool:
    """Whether an item had to be decided by now, or was."""
    if row.fate is Fate.OVER or row.item.due is None:
        return False
    return row.fate not in OPEN or row.item.due < today


def _on_time(row: ReviewRow, scorer: Scorer) -> bool:
    decided, due = row.decided_at, row.item.due
    return row.fate not in OPEN and decided is not None and due is not None and scorer.project.local_day(decided) <= due


# --- what holds today


def of_card(evidence: Evidence) -> list[CardAuthority]:
    """What a card may do, for all accounts and in each segment that the policy or a grant names."""
    with evidence.scorer.state.engine.connect() as connection:
        granted = grants.current(connection, evidence.card.name)
    named = [None, *dict.fromkeys((*evidence.policy.authority.segments, *(name for name in granted if name)))]
    return [of_segment(evidence, segment, granted) for segment in named]


def of_segment(evidence: Evidence, segment: str | None, granted: Mapping[str | None, Grant]) -> CardAuthority:
    """What a card may do in a segment."""
    policy = evidence.policy
    found = conditions(evidence.of(segment), policy.authority.conditions)
    level = lower(holding(policy, segment, granted), earned(found))
    own = granted.get(segment) or granted.get(None)
    return CardAuthority(evidence.card.name, segment, level, at_most(policy, segment), earned(found), own, found)


def lose(scorer: Scorer, card: Card, policy: Policy, day: date, now: datetime) -> tuple[Grant, ...]:
    """End the grants whose conditions no longer hold, at the level that still does; told once, and on record."""
    with scorer.state.engine.connect() as connection:
        granted = grants.current(connection, card.name)
    held = [one for one in (*granted.values(), *_inherited(policy, granted)) if one.level != "diagnose"]
    if not held:
        return ()
    evidence = Evidence(scorer, card, policy, day, now)
    found = [(one, of_segment(evidence, one.segment, granted)) for one in held]
    failing = [(one, now_) for one, now_ in found if not includes(now_.earned, one.level)]
    return tuple(one for one, now_ in failing if _lost(evidence, one, now_))


def _inherited(policy: Policy, granted: Mapping[str | None, Grant]) -> Iterator[Grant]:
    """The grant for all as it holds in each segment that the policy names and nobody granted anything: it earns it too."""
    if (whole := granted.get(None)) is not None:
        for segment in (name for name in policy.authority.segments if name not in granted):
            yield replace(whole, segment=segment, level=holding(policy, segment, granted))


def _lost(evidence: Evidence, one: Grant, found: CardAuthority) -> bool:
    """Write the loss and its notice; False: another process was first.

    A segment that lost its grant keeps one of its own, or the wider grant for all would give back what was lost.
    """
    now, state = evidence.now, evidence.scorer.state
    unmet = [c for c in found.conditions if not c.met and includes(one.level, c.level)]
    lines = tuple(f"{c.level}: {c.text}: {c.found}" for c in unmet)
    with state.engine.begin() as connection:
        ended = grants.end(connection, one.scorecard, one.segment, now)
        if not ended and one.segment is None:
            return False
        if found.earned != "diagnose" or one.segment is not None:
            left = replace(one, level=found.earned, by=AUTOMATIC, reason=f"{one.level} lost", at=now)
            if not grants.grant(connection, left):
                return False
        note = _notice(one, found, lines, evidence.policy)
        outbox.put(connection, note, targets(evidence.scorer.project.config.channels, note), now)
        details = {
            "segment": one.segment,
            "level": one.level,
            "now": found.earned,
            "granted_by": one.by,
            "unmet": lines,
        }
        audit.note(connection, Entry(now, AUTOMATIC, "authority.lost", f"card {one.scorecard}", None, details))
    return True


def _notice(one: Grant, found: CardAuthority, lines: Iterable[str], policy: Policy) -> Note:
    where = f" in segment {one.segment}" if one.segment else ""
    key = f"{one.scorecard}/authority/{one.segment or ''}/{one.at.isoformat()}"
    title = f"{one.scorecard} may no longer {one.level}{where}, only {found.earned}: conditions are not met"
    end = f"{one.by} granted it; 'keepwell authority' shows all figures, a person grants it again"
    reviewer = who(policy, policy.feedback.reviewer, {}) or ""
    return Note(key, key, "authority", reviewer, title, (*lines, end))
