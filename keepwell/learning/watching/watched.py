"""The months of a score in use: those it was made on, those certain since, and those whose outcomes are still open."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy.special import expit

from keepwell.book.scorer import Card, Scorer
from keepwell.learning.judging import predictors
from keepwell.learning.judging.slices import FEWEST
from keepwell.learning.model import refit
from keepwell.learning.model.points import AVERAGE, PER_LOG_ODDS
from keepwell.learning.samples import history
from keepwell.learning.samples.examples import Examples, Flags, Floats, Whole
from keepwell.learning.samples.history import Wanted, Window
from keepwell.learning.watching.measured import Measured, measured
from keepwell.scoring.truth import STALE
from keepwell.words.learning import CompanyHistory, Foretold
from keepwell.words.problem import KeepwellError, Problem

SCHEDULE = CompanyHistory()
Acts = Mapping[str, Collection[date]]  # account → days on which somebody acted on an alert about it


@dataclass(frozen=True)
class Watched:
    """Examples of all month-ends, and which rows are what, of those the card is for. `risk` is NaN where too little was known to tell."""

    card: Card
    examples: Examples
    measured: Measured
    reference: Whole
    matured: Whole  # after the reference, outcomes certain
    still_open: Whole
    newest: Whole  # the last month-end
    closed: date  # outcomes up to this day are known
    acted: Flags  # somebody acted on an alert about the account between an example's day and the end of its window
    learned: bool  # the reference is what the card was learned from
    risk: Floats

    @property
    def score(self) -> Floats:
        """The card's score of every example."""
        return self.examples.by_card[self.card.name].scores

    def scored(self, rows: Whole) -> Whole:
        """Those of some rows that have a score."""
        return rows[~np.isnan(self.score[rows])]

    def since_read(self, rows: Whole, statuses: Whole) -> Whole:
        """Those of some rows from the first month on in which a signal was read: before, its source told nothing yet."""
        known = rows[statuses[rows] <= STALE]
        assert self.examples.day is not None  # noqa: S101  a history has days
        return rows[self.examples.day[rows] >= self.examples.day[known].min()] if len(known) else rows

    @property
    def under_best(self) -> Flags:
        """Whether an example stands under the card's best tier, which is a warning."""
        return np.array(
            [tier not in (None, self.card.tiers[0]) for tier in self.examples.by_card[self.card.name].tiers]
        )

    def span(self, rows: Whole) -> tuple[date, date]:
        """The first and the last month-end of some rows."""
        assert self.examples.day is not None  # noqa: S101  a history has days
        days = self.examples.day[rows]
        return _date(days.min()), _date(days.max())


def watch(scorer: Scorer, card: Card, until: date, acts: Acts) -> Watched:
    """Read a card's month-ends up to the last; KeepwellError where there is no time to compare with."""
    trained = card.compiled.plan.card.trained
    since, learned_until = (_day(trained.get(key)) for key in ("from", "until"))
    gap, counted = (
        int(trained.get(key, usual))
        for key, usual in (("gap_days", SCHEDULE.gap_days), ("outcome_days", SCHEDULE.horizon_days))
    )
    months = SCHEDULE.months if since is None else max(SCHEDULE.months, _months(since, until) + 1)
    window = Window(gap, counted)
    wanted = Wanted(card.signals, target_of(card), window, months, (card,), open_too=True)
    read = history.read(scorer, wanted, until)
    examples, days = read.examples, read.examples.day
    if days is None or len(np.unique(days)) < 2:
        raise KeepwellError(Problem("fewer than two month-ends to compare", fix="come back with more history"))
    if np.isnan(examples.by_card[card.name].scores).all():
        what = f"'{card.name}' scores nobody at any month-end"
        raise KeepwellError(Problem(what, fix=f"'keepwell book --scorecard {card.name}' says why"))
    every = np.unique(days)
    last = number_of(learned_until) if learned_until is not None else int(every[(len(every) - 1) // 2])
    first = number_of(since) if since is not None else int(every[0])
    found = measured(examples, card.compiled)
    mine = found.applies
    reference, newest = (
        np.flatnonzero(mine & (days >= first) & (days <= last)),
        np.flatnonzero(mine & (days == every[-1])),
    )
    if not len(reference) or not len(newest):
        what = (
            f"the project's history has no month-end of {since} to {learned_until}, on which '{card.name}' was learned"
        )
        raise KeepwellError(Problem(what, fix="train the card again on this project"))
    certain = days + examples.ahead_days <= number_of(read.outcomes.closed)
    # of a learned card, those months apart whose outcomes it had partly learned from
    later = days + gap >= last + examples.ahead_days if learned_until is not None else days > last
    scored = ~np.isnan(examples.by_card[card.name].scores)
    past = examples.take(reference[(certain & scored)[reference]])
    return Watched(
        card,
        examples,
        found,
        reference,
        np.flatnonzero(mine & later & certain),
        np.flatnonzero(mine & (days > last) & ~certain),
        newest,
        read.outcomes.closed,
        _acted(examples, acts),
        learned_until is not None,
        _risk(card, past, examples) if enough(past) else np.full(examples.size, np.nan),
    )


def _risk(card: Card, past: Examples, every: Examples) -> Floats:
    """The probability of the outcome: as a learned card's points say it, at the level of its past; else as the past says it.

    What somebody has since added to the baseline moves everyone's probability: the past was another card's.
    """
    model = card.compiled.plan.card
    slope = model.trained.get("calibration_slope")
    if not isinstance(slope, (int, float)):
        return predictors.by_card(card.name)(past, every).risk
    now = float(model.baseline or 0)
    moved = now - float(model.trained.get("baseline", now))
    margins = [
        slope * (AVERAGE - np.nan_to_num(of.by_card[card.name].scores - since, nan=AVERAGE)) / PER_LOG_ODDS
        for of, since in ((past, moved), (every, 0.0))
    ]
    found: Floats = expit(margins[1] + refit.shift(margins[0], past.outcome))
    return found


def _acted(examples: Examples, acts: Acts) -> Flags:
    """Whether somebody acted between an example's day and the end of the window that decides about it."""
    assert examples.day is not None  # noqa: S101  a history has days
    days = {account: np.array([number_of(day) for day in found]) for account, found in acts.items()}
    found = np.zeros(examples.size, bool)
    for row, key in enumerate(examples.keys):
        if (account := key.rpartition(" on ")[0]) in days:
            away = days[account] - examples.day[row]
            found[row] = ((away >= 0) & (away <= examples.ahead_days)).any()
    return found


def enough(examples: Examples) -> bool:
    """Whether there are outcomes enough, and others, to judge a ranking."""
    return examples.size > 0 and examples.events >= FEWEST and not examples.outcome.all()


def target_of(card: Card) -> Foretold:
    """What the card foretells; losses, unless it was learned to foretell something else."""
    said = card.compiled.plan.card.predicts
    return Foretold(said) if said in set(Foretold) else Foretold.CHURN


def _months(since: date, until: date) -> int:
    return 12 * (until.year - since.year) + until.month - since.month


def _day(said: object) -> date | None:
    try:
        return date.fromisoformat(str(said))
    except ValueError:
        return None


def number_of(day: date) -> int:
    """Days since 1970-01-01."""
    return int(np.datetime64(day, "D").astype(np.int64))


def _date(number: int) -> date:
    found: date = np.datetime64(int(number), "D").astype(date)
    return found
