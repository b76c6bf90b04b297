"""The use-cases of what people say back: read after actions.py, each a screenful.

`pulse` records how a person of ours sees an account: a fact like one from a source, known from now on. `override` sets a score
or tier over the card's for a time. `verdict` says whether a score or an alert was right; `settle` names the change that came of it.
`measure` says what came of all that was told.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from keepwell.book.scorer import Card, Scorer
from keepwell.deciding import agreements, alerts, covering, standings
from keepwell.decisions import noise
from keepwell.decisions.border import Border, border_of
from keepwell.decisions.override import counts_for, is_at_risk, tier_at
from keepwell.feedback import audit, overrides, verdicts
from keepwell.feedback.audit import Entry
from keepwell.governance import measuring
from keepwell.lake import Lake
from keepwell.project import Project
from keepwell.sources import recording
from keepwell.sources.recording import Judgement
from keepwell.timeline import rollup
from keepwell.use_cases import actions, runs
from keepwell.use_cases.actions import Handled, verdict_on
from keepwell.words.alert import AlertRow, Handling
from keepwell.words.decision import Kind
from keepwell.words.measure import MeasureReport
from keepwell.words.override import Override, OverrideReport, OverrideRow
from keepwell.words.problem import KeepwellError, Problem, nearest
from keepwell.words.reading import POINTS
from keepwell.words.remark import PulseReport
from keepwell.words.score import Score
from keepwell.words.verdict import Cause, ChangeOf, Said, Verdict, VerdictReport

USUAL_DAYS = 90  # that are measured
LEAST, MOST = 1, 5  # expects to lose it, thriving


# --- pulse ----------------------------------------------------------------------------


@dataclass(frozen=True)
class PulseRequest:
    """How a person sees an account; `day` None: today."""

    account: str
    score: int
    author: str
    note: str = ""
    day: date | None = None


def pulse(project: Project, request: PulseRequest) -> PulseReport:
    """Record a person's own view of an account under a batch of its own; scores know it from now on, never before."""
    now = runs.now_of(project)
    today = project.local_day(now)
    day, scorer = request.day or today, Scorer(project)
    if not LEAST <= request.score <= MOST:
        raise KeepwellError(
            Problem(f"a pulse of {request.score}", expected=f"{LEAST} (expects to lose it) to {MOST} (thriving)")
        )
    if day > today:
        raise KeepwellError(Problem(f"--on: {day} lies ahead", fix=f"today is {today}"))
    account = runs.account_id(scorer, request.account, today)
    judged = Judgement(account, request.score, request.author, request.note, day, project.begins_at(day), now)
    with scorer.state.write("pulse", now, partial(runs.now_of, project)) as batch:
        lake, published = Lake(project.lake_folder, batch.hold), scorer.state.published()
        lake.remove_unpublished(published)
        batch.wanted = recording.record(lake, batch.number, published, project.salt(), judged)
        if batch.wanted:
            rollup.note_references(lake, lake.connect(batch.number), batch.number, ["pulse"])
        entry = Entry(now, request.author, "pulse.record", f"pulse of {day}", account, {"score": request.score})
        batch.beside = lambda connection: audit.note(connection, entry)
    number = batch.number if batch.wanted else None
    since = max(day, project.last_closed_day(now) + timedelta(days=1))
    return PulseReport(account, day, request.score, request.author, request.note, batch.wanted, number, since)


# --- overrides ------------------------------------------------------------------------


@dataclass(frozen=True)
class OverrideRequest:
    """What to set over a card's score, why and for how long: `score` in points, or else `tier`."""

    account: str
    reason: str
    author: str
    until: date
    score: Decimal | None = None
    tier: str | None = None
    scorecard: str | None = None


def override(project: Project, request: OverrideRequest) -> OverrideReport:
    """Set a score or tier over the card's from today on; what the lake keeps and learning reads stays the card's own."""
    now = runs.now_of(project)
    today, scorer = project.local_day(now), Scorer(project)
    card = _own_card(scorer, request.scorecard)
    if request.until < today:
        raise KeepwellError(Problem(f"--until: {request.until} is over", fix=f"today is {today}"))
    if (request.score is None) == (request.tier is None):
        raise KeepwellError(Problem("an override sets a score or a tier", fix="one of --score and --tier"))
    account = runs.account_id(scorer, request.account, today)
    by_card = runs.explain(project, account, as_of=today, scorecard=card.name).score.by_card
    tiers = card.borders(by_card.segment)
    milli = None if request.score is None else _milli(card, request.score)
    _check_tier(request.tier, [name for name, _ in tiers], by_card)
    agreed = agreements.policies(project, scorer.cards)[card.name].rules().at_risk_milli
    border = border_of(tiers) if agreed is None else Border(agreed, frozenset())
    shown = (milli, tier_at(tiers, milli)) if milli is not None else (by_card.score_milli, request.tier)
    one = Override(
        key="",
        account_id=account,
        scorecard=card.name,
        score_milli=milli,
        tier=request.tier,
        reason=request.reason,
        author=request.author,
        since=today,
        until=request.until,
        model_milli=by_card.score_milli,
        model_tier=by_card.tier,
        at_risk=is_at_risk(border, *shown),
        model_at_risk=is_at_risk(border, by_card.score_milli, by_card.tier),
    )
    return list_overrides(project, written=overrides.add(scorer.state, one, now))


def end_override(project: Project, key: str, by: str) -> OverrideReport:
    """Take an override back from today on."""
    now = runs.now_of(project)
    return list_overrides(project, overrides.end(Scorer(project).state, key, by, project.local_day(now), now))


def list_overrides(project: Project, written: Override | None = None) -> OverrideReport:
    """The overrides that were ever written, those in force first, the newest first among them."""
    today = project.local_day(runs.now_of(project))
    rows = [OverrideRow(one, one.holds_on(today)) for one in reversed(overrides.every(Scorer(project).state))]
    return OverrideReport(today, tuple(sorted(rows, key=lambda row: not row.in_force)), written)


def _own_card(scorer: Scorer, name: str | None) -> Card:
    """The headline card, or another of the project's: no other is scored every day."""
    if name is not None and name not in scorer.cards:
        raise KeepwellError(Problem(f"'{name}' is no card of this project", fix=nearest(name, list(scorer.cards))))
    return scorer.headline(name)


def _milli(card: Card, score: Decimal) -> int:
    """A score in milli-points, on the card's scale."""
    milli, clamp = score * 1000, card.compiled.plan.clamp
    if milli != int(milli):
        raise KeepwellError(Problem(f"--score: {score} is too fine", expected="at most three decimals"))
    if clamp is not None and not clamp[0] <= milli <= clamp[1]:
        expected = f"{POINTS.show(clamp[0])} to {POINTS.show(clamp[1])}"
        raise KeepwellError(Problem(f"--score: {score} is off the scale of {card.name}", expected=expected))
    return int(milli)


def _check_tier(tier: str | None, names: list[str], by_card: Score) -> None:
    if not counts_for(by_card):
        raise KeepwellError(
            Problem(f"{by_card.scorecard} is not for the account {by_card.account_id}", fix="--scorecard")
        )
    if tier is not None and tier not in names:
        raise KeepwellError(Problem(f"--tier: {by_card.scorecard} has no tier '{tier}'", fix=nearest(tier, names)))
    if tier is not None and by_card.score_milli is None:
        what = f"{by_card.account_id} has no score by {by_card.scorecard} that a tier could be set for"
        raise KeepwellError(Problem(what, fix="--score sets one"))


# --- verdicts -------------------------------------------------------------------------


@dataclass(frozen=True)
class VerdictRequest:
    """What to judge and how: `about` is an account, or an alert by its number (`alert:12` where an account is named 12)."""

    about: str
    said: Said
    author: str
    cause: Cause | None = None
    note: str = ""
    code: str | None = None  # the reason it is about, where that is not the one told
    scorecard: str | None = None


def verdict(project: Project, request: VerdictRequest) -> VerdictReport:
    """Keep what a person says of a score or an alert; a false alarm ends the alert, as `keepwell alerts` does."""
    now, scorer = runs.now_of(project), Scorer(project)
    covering.refuse_unknown(scorer, request.code)
    alert = _alert(project, scorer, request.about)
    if alert is None:
        one = _of_account(project, scorer, request)
    elif request.said is Said.MISSED_RISK:
        raise KeepwellError(
            Problem(f"alert {alert.number} was told: it missed nothing", fix="name the account instead")
        )
    else:
        by, words = request.author, (None, request.note, request.cause, request.code)
        done = Handled(alert.number, Handling.FALSE_ALARM, by, *words)
        if request.said is Said.FALSE_ALARM and alert.handling in alerts.LIVE:
            actions.handle(project, done)
            said = (one for one in reversed(verdicts.every(scorer.state)) if one.alert == alert.number)
            return list_verdicts(project, next(said))
        one = verdict_on(alert, request.said, done, now)
    with scorer.state.engine.begin() as connection:
        one = verdicts.add(connection, one)
    return list_verdicts(project, one)


def settle(project: Project, number: int, change: ChangeOf, ref: str, by: str) -> VerdictReport:
    """Name the change that came of a verdict."""
    one = verdicts.settle(Scorer(project).state, number, change, ref, (by, runs.now_of(project)))
    return list_verdicts(project, one)


def list_verdicts(project: Project, written: Verdict | None = None) -> VerdictReport:
    """The verdicts that wait for a change, oldest first."""
    waiting = tuple(one for one in verdicts.every(Scorer(project).state) if one.is_open)
    return VerdictReport(project.local_day(runs.now_of(project)), waiting, written)


def _alert(project: Project, scorer: Scorer, about: str) -> AlertRow | None:
    """The alert that is meant; None: an account is."""
    number = about.removeprefix("alert:")
    if not re.fullmatch(r"[0-9]{1,9}", number):
        return None
    found = alerts.found(scorer.state, int(number))
    if about == number:  # without the word alert an account of that name comes first
        with suppress(KeepwellError):
            runs.account_id(scorer, about, project.local_day(runs.now_of(project)))
            return None
    if found is None:
        raise KeepwellError(Problem(f"no alert {number}", fix="'keepwell alerts' lists those that are open"))
    return found


def _of_account(project: Project, scorer: Scorer, request: VerdictRequest) -> Verdict:
    """A verdict on the newest decided score of an account, or where none is decided on that of the newest closed day."""
    now = runs.now_of(project)
    account = runs.account_id(scorer, request.about, project.local_day(now))
    card = _own_card(scorer, request.scorecard).name
    if request.said is Said.MISSED_RISK:
        _refuse_told(scorer, account, card, project.local_day(now))
    standing = standings.standings(scorer.state, card).get(account)
    day = standing.as_of if standing is not None else project.last_closed_day(now)
    told = standing.reason.code if standing is not None else ""
    words = (request.said, request.code or told, request.note, request.author, now)
    score = standing.score_milli if standing is not None else None
    return Verdict(0, account, card, day, *words, cause=request.cause, score_milli=score)


def _refuse_told(scorer: Scorer, account: str, card: str, today: date) -> None:
    """A risk that somebody was told of, and that has not ended since, was not missed; it may have been told late."""
    rows = alerts.of_account(scorer.state, account, today - timedelta(days=USUAL_DAYS), today)
    told = [
        row
        for row in rows
        if row.scorecard == card and row.kind in noise.TOGETHER and row.told in (alerts.TOLD, alerts.LATER)
    ]
    if not told:
        return
    newest = max(told, key=lambda row: (row.as_of, row.number))
    since = standings.transitions(scorer.state, card, newest.as_of, today, account)
    if Kind.RECOVERED not in {one.kind for one in since}:
        what = f"{account} was told of: alert {newest.number}, {newest.what} since {newest.as_of}"
        ways = f"'keepwell verdict {newest.number} wrong_reason' or 'right', with --note where it came too late"
        raise KeepwellError(Problem(what, fix=f"judge that alert: {ways}"))


# --- measurement ----------------------------------------------------------------------


def measure(project: Project, since: date | None = None, until: date | None = None) -> MeasureReport:
    """What came of what was told between two days, by default the last 90."""
    now = runs.now_of(project)
    last = until or project.local_day(now)
    return measuring.measured(Scorer(project), since or last - timedelta(days=USUAL_DAYS), last, now)
