"""Monitoring: the conditions under which a score in use keeps its authority, each with its figures and where to look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
from scipy.special import logit
from scipy.stats import norm

from keepwell.book.scorer import Card, Scorer
from keepwell.learning.judging import metrics
from keepwell.learning.judging.slices import FEWEST
from keepwell.learning.model import refit
from keepwell.learning.samples.examples import Flags, Floats, Whole
from keepwell.learning.watching import stability
from keepwell.learning.watching.expected import expected_auc, tempered
from keepwell.learning.watching.measured import main_reasons
from keepwell.learning.watching.stability import SURE
from keepwell.learning.watching.watched import Acts, Watched, enough, target_of, watch
from keepwell.scoring.plan import Leaf
from keepwell.scoring.truth import FRESH, NOT_APPLICABLE, STALE
from keepwell.words.learning import Estimate
from keepwell.words.monitoring import Check, Condition, Expected, FalseAlarms, MonitorReport

SLOPES = (0.9, 1.1)  # 20 points double the odds, give or take a tenth
LEAST_DROP = 0.05  # of the accounts: less coverage lost than this is no news


def monitored(scorer: Scorer, card: Card, until: date, acts: Acts) -> MonitorReport:
    """How a card does since the time it was made for; `acts` are what people did about its warnings."""
    return report_of(watch(scorer, card, until, acts))


def report_of(it: Watched) -> MonitorReport:
    """The checks over months that were read."""
    card, found = it.card, tuple(_checks(it))
    since, last = it.span(it.reference)
    return MonitorReport(
        scorecard=card.name,
        target=target_of(card).value,
        reference="the months it was learned from" if it.learned else "the first half of the history",
        reference_since=since,
        reference_until=last,
        newest=it.span(it.newest)[1],
        matured=len(np.unique(it.examples.day[it.matured])) if it.examples.day is not None else 0,
        checks=found,
        false_alarms=false_alarms(it, it.matured),
        expected=_expected(it),
        authority=_authority(card, found),
        notes=_notes(it),
    )


def _checks(it: Watched) -> Iterator[Check]:
    leaves = it.measured.leaves
    for leaf in leaves:
        yield _stability(it, leaf, len(leaves))
    for leaf in leaves:
        yield _coverage(it, leaf, len(leaves))
    yield from _on_outcomes(it)
    yield _expectation(it)


# --- before outcomes: readings


def _stability(it: Watched, leaf: Leaf, checks: int) -> Check:
    rows = (it.since_read(it.reference, it.measured.statuses[leaf.name]), it.newest)
    accounts = stability.accounts_in(_accounts(it), rows)
    bins = stability.binned(leaf, it.measured.statuses[leaf.name], it.measured.values[leaf.name])
    found = stability.shift(bins, rows, accounts, checks)
    met = found.index <= found.chance
    if found.bins < 2:
        return Check(Condition.STABILITY, leaf.name, True, 0.0, None, None, "", "all readings alike, then and now")
    text = f"{found.index:.3f}; most moved {found.moved}"
    limit = f"at most {found.chance:.3f}, by chance in {accounts[1]:,} accounts"
    look = "" if met else _where(leaf, found.moved)
    return Check(Condition.STABILITY, leaf.name, met, found.index, None, None, limit, text, look)


def _where(leaf: Leaf, moved: str) -> str:
    """Data that came or went is looked for in the source, values that moved with the customers."""
    if moved.startswith(tuple(stability.STATUS_WORDS.values())):
        return f"look at when the source of {leaf.name} began or stopped; if it is here to stay, train again"
    return f"look at who joined or left and at what changed for {leaf.name}; if it is here to stay, train again"


def _coverage(it: Watched, leaf: Leaf, checks: int) -> Check:
    status = it.measured.statuses[leaf.name]
    shares, stale, sizes = [], [], []
    for rows in (it.reference, it.newest):
        applies = rows[status[rows] != NOT_APPLICABLE]
        sizes.append(len(np.unique(_accounts(it)[applies])))
        shares.append(float((status[applies] == FRESH).mean()) if len(applies) else 0.0)
        stale.append(float((status[applies] == STALE).mean()) if len(applies) else 0.0)
    limit = f"not {100 * LEAST_DROP:.0f} % of the accounts less"
    if not all(sizes):
        return Check(
            Condition.COVERAGE, leaf.name, None, None, None, None, limit, "it applies to no account then or now"
        )
    change = shares[1] - shares[0]
    wide = _interval(shares, sizes, checks)
    met = change + wide >= -LEAST_DROP
    text = f"fresh for {100 * shares[0]:.0f} % then, {100 * shares[1]:.0f} % now"
    text += f"; stale {100 * stale[0]:.0f} % then, {100 * stale[1]:.0f} % now" if any(stale) else ""
    look = "" if met else f"look at 'keepwell check' and at the source of {leaf.name} in 'keepwell signals'"
    return Check(Condition.COVERAGE, leaf.name, met, change, change - wide, change + wide, limit, text, look)


def _interval(shares: Sequence[float], sizes: Sequence[int], checks: int) -> float:
    """Half the interval of a difference of shares, at which no check of the card alarms by chance."""
    spread = sum(share * (1 - share) / size for share, size in zip(shares, sizes, strict=True))
    return float(norm.ppf(1 - (1 - SURE) / checks / 2) * np.sqrt(spread))


# --- on outcomes, as they become certain


def _on_outcomes(it: Watched) -> Iterator[Check]:
    rows = it.scored(it.matured)
    since = it.examples.take(rows)
    known = since.size > 0 and enough(since) and not np.isnan(it.risk).all()
    if not known:
        why = f"outcomes certain since: {since.events if since.size else 0}; {FEWEST} are needed, and as many before"
        for condition in (Condition.CALIBRATION, Condition.LEVEL, Condition.DISCRIMINATION):
            yield Check(condition, None, None, None, None, None, _limit(condition, it), why)
        return
    risk, outcome, blocks = it.risk[rows], since.outcome, since.blocks
    yield _judged(Condition.CALIBRATION, slope_of(risk, outcome, blocks), SLOPES, it)
    yield _judged(Condition.LEVEL, level_of(risk, outcome, blocks), (1.0, 1.0), it)
    auc = metrics.auc(outcome, -it.score[rows], blocks)
    yield _judged(Condition.DISCRIMINATION, auc, (_auc_before(it).low, 1.0), it)


LOOK = {
    Condition.CALIBRATION: "points mean more or less than they did: train again, or move the borders of the tiers",
    Condition.LEVEL: "more or fewer leave than foretold: recalibrate the baseline ('keepwell monitor --period quarter' says how)",
    Condition.DISCRIMINATION: "it ranks worse than it did: look at the signals that moved, then train again or evaluate another card",
    Condition.EXPECTED: "accounts are harder to tell apart: look at the signals that moved or lost coverage",
}
WORDS = {
    Condition.CALIBRATION: "calibration slope",
    Condition.LEVEL: "outcomes for each one foretold",
    Condition.DISCRIMINATION: "AUC",
    Condition.EXPECTED: "expected AUC",
}


def _judged(condition: Condition, it: Estimate, limits: tuple[float, float], watched: Watched) -> Check:
    """Not met only where the whole interval lies outside the limits."""
    met = it.high >= limits[0] and it.low <= limits[1]
    text = f"{WORDS[condition]} {it.value:.2f} ({it.low:.2f} to {it.high:.2f})"
    look = "" if met else LOOK[condition]
    return Check(condition, None, met, it.value, it.low, it.high, _limit(condition, watched), text, look)


def _limit(condition: Condition, it: Watched) -> str:
    match condition:
        case Condition.CALIBRATION:
            return f"{SLOPES[0]:g} to {SLOPES[1]:g}"
        case Condition.LEVEL:
            return "as many as foretold"
        case _:
            return f"not under {_auc_before(it).low:.2f}" if not np.isnan(it.risk).all() else "as before"


def slope_of(risk: Floats, outcome: Flags, blocks: Whole, *, draws: int = metrics.DRAWS) -> Estimate:
    """How much a foretold log-odds counts: 1 where the points mean what they say, with an interval over accounts."""
    margin = logit(np.clip(risk, metrics.LEAST, 1 - metrics.LEAST))
    found = [refit.calibration(margin[s], outcome[s])[1] for s in metrics.samples_of(outcome, blocks, draws)]
    low, high = np.quantile(found, [0.025, 0.975])
    return Estimate(refit.calibration(margin, outcome)[1], float(low), float(high))


def level_of(risk: Floats, outcome: Flags, blocks: Whole) -> Estimate:
    """Outcomes that happened for each one foretold, with an interval over accounts."""
    found = [outcome[s].sum() / risk[s].sum() for s in metrics.samples_of(outcome, blocks, metrics.DRAWS)]
    low, high = np.quantile(found, [0.025, 0.975])
    return Estimate(float(outcome.sum() / risk.sum()), float(low), float(high))


def _auc_before(it: Watched) -> Estimate:
    """What its examination said of a learned card; of another one the AUC of the reference."""
    trained = it.card.compiled.plan.card.trained
    if {"auc", "auc_low", "auc_high"} <= set(trained):
        return Estimate(*(float(trained[key]) for key in ("auc", "auc_low", "auc_high")))
    rows = it.scored(it.reference)
    past = it.examples.take(rows)
    return metrics.auc(past.outcome, -it.score[rows], past.blocks)


# --- expected, before outcomes


def _expectation(it: Watched) -> Check:
    found, limit = _expected(it), _limit(Condition.EXPECTED, it)
    if found is None:
        why = "no month-end is open, or the time before has too few outcomes to tell probabilities"
        return Check(Condition.EXPECTED, None, None, None, None, None, limit, why)
    return _judged(
        Condition.EXPECTED, Estimate(found.auc, found.auc_low, found.auc_high), (_auc_before(it).low, 1.0), it
    )


def _expected(it: Watched) -> Expected | None:
    rows, past = it.scored(it.still_open), it.scored(it.reference)
    if not len(rows) or np.isnan(it.risk).all():
        return None
    risk = tempered(it.risk, past, _auc_before(it).value)
    auc = expected_auc(risk[rows], it.examples.blocks[rows])
    since, until = it.span(rows)
    return Expected(since, until, len(rows), float(risk[rows].mean()), auc.value, auc.low, auc.high)


# --- warnings that did not come true


def false_alarms(it: Watched, rows: Whole) -> tuple[FalseAlarms, ...]:
    """Of the rows under the best tier, by main reason, how many were followed by the outcome; most false ones first."""
    warned = rows[it.under_best[rows]]
    reasons = main_reasons(it.measured)
    found = []
    for reason in np.unique(reasons[warned]):
        mine = warned[reasons[warned] == reason]
        outcome = it.examples.outcome[mine]
        came, acted = int(outcome.sum()), int((~outcome & it.acted[mine]).sum())
        judged = len(mine) - acted
        accounts = len(np.unique(_accounts(it)[mine]))
        found.append(
            FalseAlarms(
                str(reason) or "nothing costs points",
                len(mine),
                accounts,
                came,
                acted,
                1 - came / judged if judged else None,
            )
        )
    return tuple(sorted(found, key=lambda one: (one.came + one.acted - one.warned, one.reason)))


def _accounts(it: Watched) -> Whole:
    return it.examples.account if it.examples.account is not None else np.arange(it.examples.size)


# --- what follows


def _authority(card: Card, found: Sequence[Check]) -> str:
    """A failing check takes back what the score may do; what it may otherwise was measured in training."""
    failing = list(dict.fromkeys(check.condition.value for check in found if check.met is False))
    if failing:
        return f"may only diagnose until {_listed(failing)} {'holds' if len(failing) == 1 else 'hold'} again"
    earned = card.compiled.plan.card.trained.get("authority")
    return f"keeps what it has earned: {earned}" if earned else "nothing measured here takes anything from it"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _notes(it: Watched) -> tuple[str, ...]:
    if not it.learned:
        what = "a hand-written card has no training window: its second half is held against its first"
        return (what,)
    return ()
