"""The review of a period: what a score got wrong, by reason and revenue, what would change it, and who decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from scipy.special import logit

from keepwell.book.scorer import Card, Scorer
from keepwell.learning.judging import metrics
from keepwell.learning.model import refit
from keepwell.learning.model.points import PER_LOG_ODDS
from keepwell.learning.samples.examples import Whole
from keepwell.learning.watching.amended import diff_of, with_baseline, without_measure
from keepwell.learning.watching.measured import main_reasons
from keepwell.learning.watching.monitoring import report_of
from keepwell.learning.watching.watched import Acts, Watched, number_of, watch
from keepwell.scoring.sentence import within
from keepwell.scoring.shape import NANO
from keepwell.words.monitoring import Condition, Decision, Judged, MonitorReport, Period, Proposal, Review
from keepwell.words.problem import KeepwellError, Problem

MOST_NAMED = 5  # of the accounts of one reason
MOST_ASKED = 3  # reasons that are brought to a decision
AUDIENCES = {"product": "product", "billing": "sales"}  # whom a signal's system concerns; the others concern CS


def reviewed(scorer: Scorer, card: Card, asked: tuple[Period, Path], until: date, acts: Acts) -> Review:
    """The newest month or quarter whose outcomes are certain; KeepwellError where none is."""
    period, file = asked
    it = watch(scorer, card, until, acts)
    since, last = period_before(period, it.closed)
    report = report_of(it)
    came, stayed = _decided(it, since, last)
    if not len(came) and not len(stayed):
        what = f"no reading's outcome became certain from {since} to {last}"
        raise KeepwellError(Problem(what, fix="come back when a full period has outcomes"))
    under = it.under_best
    calm = stayed[under[stayed]]
    missed, false_alarms = _by_reason(it, came[~under[came]]), _by_reason(it, calm[~it.acted[calm]])
    proposals = tuple(_proposals(it, report, file))
    return Review(
        scorecard=card.name,
        target=report.target,
        since=since,
        until=last,
        currency=scorer.project.config.currency,
        warned=_by_reason(it, came[under[came]]),
        missed=missed,
        false_alarms=false_alarms,
        acted=_by_reason(it, calm[it.acted[calm]]),
        proposals=proposals,
        decisions=tuple(_decisions(it, report, (missed, false_alarms), proposals)),
        monitor=report,
        notes=_notes(it, last),
    )


def period_before(period: Period, closed: date) -> tuple[date, date]:
    """The first and last day of the newest whole period up to a day.

    >>> [str(day) for day in period_before(Period.QUARTER, date(2026, 5, 31))]
    ['2026-01-01', '2026-03-31']
    """
    months = 1 if period is Period.MONTH else 3
    end = closed + timedelta(days=1)
    first = end.replace(day=1, month=end.month - (end.month - 1) % months)
    until = first - timedelta(days=1)
    return until.replace(day=1, month=until.month - (until.month - 1) % months), until


def _decided(it: Watched, since: date, until: date) -> tuple[Whole, Whole]:
    """By account the last reading in time before an outcome of the period, and of the others the last that it decided."""
    e = it.examples
    assert e.day is not None  # noqa: S101  a history has days
    assert e.event_day is not None  # noqa: S101  and outcomes
    first, last = number_of(since), number_of(until)
    mine = it.measured.applies
    came = np.flatnonzero(mine & e.outcome & (e.event_day >= first) & (e.event_day <= last))
    ends, gone = e.day + e.ahead_days, e.event_day <= last
    stayed = np.flatnonzero(mine & ~e.outcome & ~gone & (ends >= first) & (ends <= last))
    return _last_of_each(it, came), _last_of_each(it, stayed)


def _last_of_each(it: Watched, rows: Whole) -> Whole:
    """One row an account, its newest; rows are in order of days."""
    assert it.examples.account is not None  # noqa: S101  a history has accounts
    numbers = it.examples.account[rows][::-1]
    _, at = np.unique(numbers, return_index=True)
    found: Whole = np.sort(rows[::-1][at])
    return found


def _by_reason(it: Watched, rows: Whole) -> tuple[Judged, ...]:
    """Accounts by what costs them most, the most revenue first."""
    reasons = np.where(np.isnan(it.score), "no score", main_reasons(it.measured))
    worth = np.nan_to_num(it.examples.mrr) if it.examples.mrr is not None else np.zeros(it.examples.size)
    found, titles = [], {leaf.name: leaf.title for leaf in it.measured.leaves}
    for reason in np.unique(reasons[rows]):
        mine = rows[reasons[rows] == reason]
        mine = mine[np.argsort(-worth[mine], kind="stable")]
        named = tuple(it.examples.keys[at].rpartition(" on ")[0] for at in mine[:MOST_NAMED])
        why = str(reason) or "nothing costs points"
        found.append(Judged(why, len(mine), int(worth[mine].sum()), named, titles.get(why, why.replace("_", " "))))
    return tuple(sorted(found, key=lambda one: (-one.mrr_minor, -one.accounts, one.reason)))


# --- what would change it


def _proposals(it: Watched, report: MonitorReport, file: Path) -> Iterator[Proposal]:
    """A change of the card for each check that a change of the card can mend."""
    text, signals = file.read_text(encoding="utf-8"), it.card.compiled.plan.signals
    for check in report.failing:
        if check.condition is Condition.LEVEL and it.card.compiled.plan.card.form == "learned":
            by = _baseline_shift(it)
            why = f"{check.text}: {by:+d} points for everyone bring the level back and change no order"
            yield Proposal(why, diff_of(file, text, with_baseline(text, by), signals))
        if check.condition is Condition.COVERAGE and check.subject is not None:
            yield _dropped(it, file, check.subject, check.text)


def _baseline_shift(it: Watched) -> int:
    rows = it.scored(it.matured)
    margin = logit(np.clip(it.risk[rows], metrics.LEAST, 1 - metrics.LEAST))
    slope = it.card.compiled.plan.card.trained.get("calibration_slope")
    counts = slope if isinstance(slope, (int, float)) and slope > 0 else 1.0  # what a point does to the odds
    return -round(PER_LOG_ODDS * refit.shift(margin, it.examples.outcome[rows]) / counts)


def _dropped(it: Watched, file: Path, measure: str, figures: str) -> Proposal:
    """The card without a measure that lost its data; in a card of points its average goes to the baseline."""
    text = file.read_text(encoding="utf-8")
    why = f"{measure} is {figures}: until its source is mended, drop it"
    after = without_measure(text, measure)
    if after == text:
        return Proposal(f"{why} (by hand: it shares its line with others)", "")
    if it.card.compiled.plan.card.form != "weighted":
        points = it.measured.values[measure][it.reference]
        usual = round(float(np.nanmean(points)) / NANO) if not np.isnan(points).all() else 0
        after, why = with_baseline(after, usual), f"{why}; its usual {usual:+d} points go to the baseline"
    return Proposal(why, diff_of(file, text, after, it.card.compiled.plan.signals))


# --- who decides


def _decisions(
    it: Watched, report: MonitorReport, wrong: tuple[Sequence[Judged], Sequence[Judged]], proposals: Sequence[Proposal]
) -> Iterator[Decision]:
    missed, false_alarms = wrong
    for one in missed[:MOST_ASKED]:
        text = f"{_accounts(one)} lost unseen ({', '.join(one.named)}): what did we know that no signal tells?"
        yield Decision(_audience(it, one.reason), text)
    for one in sorted(false_alarms, key=lambda judged: -judged.accounts)[:MOST_ASKED]:
        what = f"{one.accounts} warnings for {within(one.title)} came to nothing"
        text = f"{what}: saved, or a false alarm? Keep warning for it?"
        yield Decision(_audience(it, one.reason), text)
    for look in dict.fromkeys((check.look_at, check.subject or "") for check in report.failing):
        yield Decision(_audience(it, look[1]), look[0])
    for number, _ in enumerate(proposals, 1):
        yield Decision("CS", f"take proposed change {number}, or leave the card as it is")
    if report.failing:
        yield Decision("CS", f"the score {report.authority}: who tells those who act on it?")


def _accounts(one: Judged) -> str:
    return f"{one.accounts} account{'' if one.accounts == 1 else 's'}"


def _audience(it: Watched, reason: str) -> str:
    leaf = next((leaf for leaf in it.measured.leaves if leaf.name == reason), None)
    return AUDIENCES.get(leaf.signal.system, "CS") if leaf is not None and leaf.signal is not None else "CS"


def _notes(it: Watched, until: date) -> tuple[str, ...]:
    taught = it.span(it.reference)[1]
    if it.learned and number_of(until) - it.examples.ahead_days <= number_of(taught):
        return (f"the card was learned from months up to {taught}, these among them: the figures flatter it",)
    return ()
