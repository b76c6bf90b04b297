"""Recommendation scores: asked twice a year, answered by a third of those asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keepwell.demo.chance import Ints, days_drawn
from keepwell.demo.people import PAYER
from keepwell.demo.world import World

EVERY = 182  # days between two waves; each account has its own day
ANSWERS = 0.34
COMMENTS = (
    ("We use it every day.", "The new dashboards help a lot.", "Support is quick and friendly."),
    ("Good, but exports are slow.", "It does the job.", "Some features are hard to find."),
    ("Too many errors since the last release.", "We get little value for the price.", "Nobody answers our questions."),
)


@dataclass(frozen=True)
class Answers:
    """Answers in order of time; `comment` indexes the row and column of COMMENTS, −1 for none."""

    account: Ints
    contact: Ints
    day: Ints
    score: Ints
    comment: Ints

    def __len__(self) -> int:
        return len(self.account)


def surveys(world: World) -> Answers:
    """Draw the answers of the window; a person has a lasting own mean."""
    rng = world.stream("surveys")
    count, days = len(world.customers), world.calendar.days
    wave = (np.arange(days) + rng.integers(0, EVERY, count)[:, None]) % EVERY == 0
    account, day = days_drawn(rng, np.where(wave & world.outcomes.live, 1.0, 0.0))
    event, contact = world.people.present(account, day)
    own = rng.normal(0, 0.8, len(world.people.account))
    asked = (world.people.role[contact] != PAYER) & (rng.random(len(event)) < ANSWERS)
    event, contact = event[asked], contact[asked]
    answered = day[event] + rng.integers(0, 12, len(event))
    mood = world.mood[account[event], day[event]]
    score = np.clip(np.rint(7.7 + 1.25 * mood + own[contact] + rng.normal(0, 0.7, len(event))), 0, 10).astype(np.int64)
    tone = np.where(score >= 9, 0, np.where(score >= 7, 1, 2))
    comment = np.where(rng.random(len(event)) < 0.35, tone * 3 + rng.integers(0, 3, len(event)), -1)
    order = np.lexsort((contact, answered))
    order = order[answered[order] < days]
    return Answers(account[event][order], contact[order], answered[order], score[order], comment[order])
