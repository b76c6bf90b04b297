"""Support cases: an unhappy customer opens more and worse ones, and a bad release floods the desk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keepwell.demo.calendar import NEVER
from keepwell.demo.chance import Floats, Ints, days_drawn, first_of_each
from keepwell.demo.condition import BAD_RELEASE
from keepwell.demo.world import World

SEVERITIES = ("urgent", "high", "normal", "low")
USUAL = np.array([0.035, 0.16, 0.5, 0.305])
TYPES = ("incident", "question", "feature_request", "duplicate")
TYPE_SHARES = (0.62, 0.23, 0.1, 0.05)
HOURS = np.array([9.0, 28.0, 55.0, 80.0])  # median time to solve
TARGETS = np.array([24, 48, 96, 168])  # hours promised
ESCALATED = np.array([0.25, 0.12, 0.02, 0.004])
SUBJECTS = ("Export fails", "Dashboard is slow", "Numbers differ", "Login loop", "How to share", "Alert came late")
FLOOD_DAYS = 25  # how long a bad release is felt at the desk
BOTS = 0.03
HOUR = 3_600
DAY = 86_400


@dataclass(frozen=True)
class Tickets:
    """Cases in order of opening; moments in seconds since day 0, NEVER × DAY where they did not come."""

    account: Ints
    opened: Ints
    severity: Ints
    type: Ints
    escalated: Ints
    solved: Ints
    answered: Ints  # the day of a satisfaction answer, NEVER if none
    csat: Ints
    requester: Ints  # position among the contacts, −1: an end user, −2: a bot
    subject: Ints

    def __len__(self) -> int:
        return len(self.account)


def support(world: World) -> Tickets:
    """Draw the cases of the window."""
    rng = world.stream("support")
    account, day = days_drawn(rng, _rate(world))
    order = np.lexsort((account, day))
    account, day = account[order], day[order]
    mood = world.mood[account, day]
    severity = _severity(rng, mood)
    opened = day * DAY + rng.integers(6 * HOUR, 18 * HOUR, len(day))
    hours = HOURS[severity] * np.exp(rng.normal(0, 0.75, len(day)) - 0.15 * mood)
    solved = opened + np.rint(hours * HOUR).astype(np.int64)
    raised = rng.random(len(day)) < ESCALATED[severity] * np.exp(-0.3 * mood)
    escalated = opened + np.rint((solved - opened) * rng.uniform(0.2, 0.7, len(day))).astype(np.int64)
    answers = rng.random(len(day)) < 0.3
    late = hours > TARGETS[severity]
    return Tickets(
        account=account,
        opened=opened,
        severity=severity,
        type=rng.choice(len(TYPES), len(day), p=TYPE_SHARES),
        escalated=np.where(raised, escalated, NEVER * DAY),
        solved=solved,
        answered=np.where(answers, solved // DAY + rng.integers(0, 4, len(day)), NEVER),
        csat=np.clip(np.rint(4.55 + 0.55 * mood - 0.8 * late + rng.normal(0, 0.8, len(day))), 1, 5).astype(np.int64),
        requester=_requester(world, rng, account, day),
        subject=rng.integers(0, len(SUBJECTS), len(day)),
    )


def _rate(world: World) -> Floats:
    """Cases a day of each account."""
    rate = 0.0105 * np.sqrt(np.maximum(world.outcomes.seats, 1)) * np.exp(-0.5 * world.mood) * world.office
    for account, day in zip(*world.state.of(BAD_RELEASE), strict=True):
        rate[account, max(day, 0) : max(day + FLOOD_DAYS, 0)] *= 3
    return np.minimum(rate, 0.9)


def _severity(rng: np.random.Generator, mood: Floats) -> Ints:
    serious = np.exp(-0.4 * mood)
    weights = np.stack(
        [USUAL[0] * serious, USUAL[1] * serious, np.full_like(mood, USUAL[2]), np.full_like(mood, USUAL[3])]
    )
    borders = np.cumsum(weights / weights.sum(axis=0), axis=0)
    return np.asarray((rng.random(len(mood)) > borders[:3]).sum(axis=0), dtype=np.int64)


def _requester(world: World, rng: np.random.Generator, account: Ints, day: Ints) -> Ints:
    """A known contact for some cases, else an end user; now and then a bot."""
    requester = np.full(len(account), -1)
    event, contact = world.people.present(account, day)
    chosen = first_of_each(event, rng.random(len(event)))
    known = rng.random(len(chosen)) < 0.45
    requester[event[chosen][known]] = contact[chosen][known]
    return np.where(rng.random(len(account)) < BOTS, -2, requester)
