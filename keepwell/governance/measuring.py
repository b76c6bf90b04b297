"""What came of what was told: alerts followed up, false and missed ones, suppressions, overrides, reviews."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from keepwell.book.scorer import Scorer
from keepwell.deciding import agreements, alerts, standings
from keepwell.decisions import followup
from keepwell.decisions.followup import Case, business_hours, rate, times
from keepwell.decisions.noise import HELD_OUT
from keepwell.decisions.policy import Policy
from keepwell.feedback import overrides, verdicts
from keepwell.feedback.reviews import REVIEWS
from keepwell.learning.samples import outcomes
from keepwell.project import Project
from keepwell.words.alert import AlertRow, Handling
from keepwell.words.decision import Kind, Mode, Transition
from keepwell.words.measure import (
    AlertOutcomes,
    HeldBackOutcomes,
    Lift,
    MeasureReport,
    OverrideOutcomes,
    ReviewThroughput,
    VerdictCounts,
)
from keepwell.words.review import OPEN, Fate
from keepwell.words.verdict import Said, Verdict

HORIZON = 90  # days in which an outcome counts, where the headline card names no horizon
RISKS = (Kind.AT_RISK, Kind.DROP, Kind.POOR_FOR_WEEKS, Kind.RENEWAL_AT_RISK)
ALL = "all"
# who is lost with a contract is each account that it covers
LOSSES = """
SELECT DISTINCT account_id, day FROM (
    SELECT h.account_id, o.day FROM holder h JOIN outcome_event o ON o.account_id = h.holder WHERE o.type = 'churned'
    UNION ALL SELECT account_id, day FROM outcome_event WHERE type = 'churned'
) ORDER BY day, account_id
"""


@dataclass(frozen=True)
class Ends:
    """The accounts that were lost, and through which day that is certain."""

    losses: Mapping[str, Sequence[date]]
    closed: date
    horizon: int

    def lost(self, account: str, day: date) -> bool | None:
        """Whether an account was lost in the horizon after a day; None: the horizon is not over.

        A loss before it is over says nothing yet either: counted at once, beside accounts that stay and are counted
        only later, it would make every recent share of losses too high.
        """
        last = day + timedelta(days=self.horizon)
        return None if last > self.closed else any(day < one <= last for one in self.losses.get(account, ()))


@dataclass(eq=False)
class Measured:
    """One project between two days, as known today."""

    scorer: Scorer
    since: date
    until: date
    now: datetime

    @property
    def project(self) -> Project:
        """Whose days and zone count."""
        return self.scorer.project

    @cached_property
    def today(self) -> date:
        """The local day of now."""
        return self.project.local_day(self.now)

    @cached_property
    def policies(self) -> dict[str, Policy]:
        """Card → its policy."""
        return agreements.policies(self.project, self.scorer.cards)

    @cached_property
    def horizon(self) -> int:
        """In how many days an outcome counts."""
        return self.scorer.headline().compiled.plan.card.horizon_days or HORIZON

    @cached_property
    def told(self) -> tuple[AlertRow, ...]:
        """What was told at once between the days."""
        return tuple(row for row in self._ever if row.told == alerts.TOLD and self.since <= row.as_of <= self.until)

    @cached_property
    def said(self) -> tuple[Verdict, ...]:
        """All verdicts."""
        return verdicts.every(self.scorer.state)

    @cached_property
    def ends(self) -> Ends | None:
        """What became of accounts; None: no source tells."""
        connection, day = self.scorer.connect(), self.project.last_closed_day(self.now)
        self.scorer.know(connection, day, outcomes.KINDS)
        found = outcomes.prepare(connection, day)
        if not found.stated and not found.by_contract:
            return None
        losses: dict[str, list[date]] = {}
        for account, lost_on in connection.execute(LOSSES).fetchall():
            losses.setdefault(account, []).append(lost_on)
        return Ends(losses, found.closed, self.horizon)

    def local_day(self, moment: datetime | None) -> date | None:
        """The local day of a moment that is on record, if there was one."""
        return None if moment is None else self._days[moment]

    def is_within(self, moment: datetime) -> bool:
        """Whether a moment lies between the days."""
        return self.since <= self._days[moment] <= self.until

    @cached_property
    def _days(self) -> dict[datetime, date]:
        """Every moment on record → its local day, asked for once."""
        alerted = (moment for row in self._ever for moment in (row.acted_at, row.done_at))
        reviewed = (moment for row in self.reviews for moment in (row.at, row.decided_at))
        said = (one.written_at for one in self.said)
        return self.project.local_days(moment for moment in (*alerted, *reviewed, *said) if moment is not None)

    @cached_property
    def reviews(self) -> list[Any]:
        """What people were ever asked: when, by when, and what became of it."""
        with self.scorer.state.engine.connect() as connection:
            columns = (REVIEWS.c.at, REVIEWS.c.decided_at, REVIEWS.c.due, REVIEWS.c.fate)
            return list(connection.execute(sa.select(*columns)))

    @cached_property
    def _ever(self) -> tuple[AlertRow, ...]:
        return alerts.every(self.scorer.state, date.min, self.today)

    def acted_after(self, account: str, day: date) -> bool:
        """Whether somebody acted on an alert about an account in the horizon after a day."""
        last = day + timedelta(days=self.horizon)
        days = (self.local_day(row.acted_at) for row in self._of_account.get(account, ()))
        return any(one is not None and day <= one <= last for one in days)

    @cached_property
    def _of_account(self) -> dict[str, list[AlertRow]]:
        found: dict[str, list[AlertRow]] = {}
        for row in self._ever:
            found.setdefault(row.account_id, []).append(row)
        return found

    def alerted_before(self, account: str, day: date) -> bool:
        """Whether a risk of an account was told, or held out on purpose, in the horizon before a day."""
        first = day - timedelta(days=self.horizon)
        return any(_tells_risk(row) and first <= row.as_of < day for row in self._of_account.get(account, ()))

    def first_falls(self, told: Collection[str]) -> dict[str, date]:
        """account → the day of its first fall between the days that was told in one of some ways."""
        rows = [row for row in self._ever if row.told in told and self.since <= row.as_of <= self.until]
        falls = (row for row in rows if any(part.kind in HELD_OUT for part in row.parts))
        found: dict[str, date] = {}
        for row in sorted(falls, key=lambda row: row.as_of):
            found.setdefault(row.account_id, row.as_of)
        return found


def measured(scorer: Scorer, since: date, until: date, now: datetime) -> MeasureReport:
    """What came of what was told between two days."""
    it = Measured(scorer, since, until, now)
    cases = list(_cases(it))
    within = [one for one in it.said if it.is_within(one.written_at)]
    missed = [one.code for one in within if one.verdict is Said.MISSED_RISK]
    return MeasureReport(
        since=since,
        until=until,
        horizon_days=it.horizon,
        outcomes_until=it.ends.closed if it.ends else None,
        all=followup.follow_up(ALL, cases, it.today),
        owners=followup.by_owner(cases, it.today),
        reasons=followup.by_reason(cases, missed, it.today),
        alerts=_alerts(it, it.ends) if it.ends else None,
        lift=_lift(it, it.ends) if it.ends else None,
        suppressed=_held_back(it, it.ends) if it.ends else None,
        overrides=_overrides(it, it.ends) if it.ends else None,
        reviews=_reviews(it),
        verdicts=VerdictCounts(
            said=tuple((said.value, sum(one.verdict is said for one in within)) for said in Said),
            waiting=sum(one.is_open for one in it.said),
        ),
    )


def _cases(it: Measured) -> Iterator[Case]:
    newest = {one.alert: one.verdict for one in it.said if one.alert is not None}
    zone = it.project.config.time_zone
    for row in it.told:
        policy = it.policies.get(row.scorecard)
        told, acted = row.told_at, row.acted_at
        known = policy is not None and told is not None and acted is not None
        hours = business_hours(policy, zone, told, acted) if known and policy and told and acted else None
        over = it.local_day(row.done_at) if row.handling is Handling.OVER and acted is None else None
        due = max(row.due, row.until) if row.handling is Handling.SNOOZED and row.until else row.due
        yield Case(row.owner, row.reason.code, due, it.local_day(acted), hours, over, newest.get(row.number))


def _tells_risk(row: AlertRow) -> bool:
    """Whether an alert is one of risk, by what leads it or by what it tells besides."""
    return any(part.kind in RISKS for part in row.parts)


def _alerts(it: Measured, ends: Ends) -> AlertOutcomes:
    fates = [
        (lost, row.acted_at is not None)
        for row in it.told
        if _tells_risk(row) and (lost := ends.lost(row.account_id, row.as_of)) is not None
    ]
    begun = {name: found.first for name in it.scorer.cards if (found := standings.decided(it.scorer.state, name))}
    first = max(min(begun.values(), default=it.until), it.since)
    losses = [(account, day) for account, days in ends.losses.items() for day in days if first < day <= it.until]
    return AlertOutcomes(
        certain=len(fates),
        lost_unattended=fates.count((True, False)),
        lost_after_action=fates.count((True, True)),
        stayed_unattended=fates.count((False, False)),
        stayed_after_action=fates.count((False, True)),
        losses_without_alert=rate(sum(not it.alerted_before(*one) for one in losses), len(losses)),
    )


def _lift(it: Measured, ends: Ends) -> Lift | None:
    """Accounts whose falls were told beside those that chance held out, each once; None: none was held out."""
    shares = []
    for told in ((alerts.TOLD, alerts.LATER), (alerts.HELD_OUT,)):
        fates = [lost for account, day in it.first_falls(told).items() if (lost := ends.lost(account, day)) is not None]
        shares.append(rate(sum(fates), len(fates)))
    return followup.lift(*shares) if shares[1].cases else None


def _held_back(it: Measured, ends: Ends) -> HeldBackOutcomes:
    held = [one for card in it.scorer.cards for one in _suppressed(it, card)]
    fates = [lost for one in held if (lost := ends.lost(one.account_id, one.as_of)) is not None]
    return HeldBackOutcomes(len(held), rate(sum(fates), len(fates)))


def _suppressed(it: Measured, card: str) -> Iterator[Transition]:
    for one in standings.transitions(it.scorer.state, card, it.since, it.until):
        if one.mode is Mode.SUPPRESSED and one.kind in RISKS:
            yield one


def _overrides(it: Measured, ends: Ends) -> OverrideOutcomes:
    made = [one for one in overrides.every(it.scorer.state) if it.since <= one.since <= it.until]
    differed = [
        one for one in made if None not in (one.at_risk, one.model_at_risk) and one.at_risk != one.model_at_risk
    ]
    right: list[bool] = []
    intervened = 0
    for one in differed:
        lost = ends.lost(one.account_id, one.since)
        if lost is False and it.acted_after(one.account_id, one.since):
            intervened += 1
        elif lost is not None:
            right.append(one.at_risk is lost)
    return OverrideOutcomes(len(made), len(differed), intervened, rate(sum(right), len(right)))


def _reviews(it: Measured) -> ReviewThroughput:
    asked = [row for row in it.reviews if it.is_within(row.at)]
    decided = [row for row in asked if row.fate not in (*OPEN, Fate.OVER) and row.decided_at is not None]
    policy, zone = it.policies[it.scorer.headline().name], it.project.config.time_zone
    waiting = [row for row in asked if row.fate in OPEN]
    late = sum(row.due is not None and row.due < it.today for row in waiting)
    late += sum(row.due is not None and row.due < it.local_day(row.decided_at) for row in decided)
    hours = times(business_hours(policy, zone, row.at, row.decided_at) for row in decided)
    return ReviewThroughput(len(asked), len(decided), len(waiting), late, hours)
