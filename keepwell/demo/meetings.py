"""Mail and meetings with the customers: a customer that is drifting away answers late, stays away, or goes silent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keepwell.demo.calendar import NEVER
from keepwell.demo.chance import Flags, Floats, Ints, days_drawn, first_of_each, logistic
from keepwell.demo.world import World

DAY = 86_400
MAIL_OUT, MAIL_IN, CAMPAIGN, CHECK_IN, REVIEW, TRAINING, PLAN_REVIEW = range(7)
KINDS = ("email", "email", "campaign", "meeting", "qbr", "training", "plan_review")
EVERY = {  # days between two, for S, M, E; 0: never
    MAIL_OUT: (50, 18, 9),
    MAIL_IN: (60, 16, 5),
    CAMPAIGN: (180, 180, 180),
    CHECK_IN: (240, 42, 21),
    REVIEW: (0, 170, 90),
    TRAINING: (400, 240, 160),
    PLAN_REVIEW: (0, 150, 100),
}
INVITED = {  # chance that a contact of a role is invited: champion, decider, sponsor, payer, user
    CHECK_IN: (0.95, 0.35, 0.05, 0.0, 0.45),
    REVIEW: (0.95, 0.9, 0.7, 0.0, 0.3),
    TRAINING: (0.5, 0.0, 0.0, 0.0, 0.9),
    PLAN_REVIEW: (1.0, 0.7, 0.3, 0.0, 0.1),
}
WRITTEN_TO = np.array([1.0, 0.5, 0.15, 0.05, 0.35])  # how often a role is the other side of a mail
BUSY = np.array([0.4, -0.2, -0.7, 0.0, 0.1])  # log odds by role to answer or to come
AUTOMATIC = 0.03  # inbound mails that are auto-replies


@dataclass(frozen=True)
class Interactions:
    """One row per person and mail or meeting, in order of time; moments in seconds since day 0."""

    kind: Ints
    account: Ints
    contact: Ints
    at: Ints
    number: Ints  # of the mail or meeting
    inbound: Flags
    attended: Ints  # 1 came, 0 did not, −1 not a meeting
    answered: Ints  # NEVER × DAY if not
    automatic: Flags
    negative: Flags

    def __len__(self) -> int:
        return len(self.kind)


def meetings(world: World) -> Interactions:
    """Draw all mail and meetings of the window."""
    rng = world.stream("meetings")
    pace = world.office / world.calendar.rhythm().mean()
    parts = [_of_kind(world, rng, kind, pace) for kind in EVERY]
    joined = {name: np.concatenate([vars(p)[name] for p in parts]) for name in vars(parts[0])}
    order = np.lexsort((joined["contact"], joined["number"], joined["kind"], joined["at"]))
    order = order[joined["at"][order] < world.calendar.days * DAY]
    return Interactions(**{name: values[order] for name, values in joined.items()})


def _of_kind(world: World, rng: np.random.Generator, kind: int, pace: Floats) -> Interactions:
    every = np.array(EVERY[kind], dtype=np.float64)[world.customers.size]
    rate = np.where(every > 0, 1 / np.maximum(every, 1), 0)[:, None] * pace
    if kind == MAIL_IN:
        rate = rate * np.exp(0.45 * np.minimum(world.mood, 1.5))
    account, day = days_drawn(rng, rate)
    event, contact = world.people.present(account, day)
    role = world.people.role[contact]
    if kind in INVITED:
        chosen = np.flatnonzero(rng.random(len(event)) < np.array(INVITED[kind])[role])
    else:
        chosen = first_of_each(event, rng.random(len(event)) ** (1 / WRITTEN_TO[role]))
    start = day * DAY + rng.integers(7 * 4, 16 * 4, len(day)) * 900
    return _rows(world, rng, kind, (account[event[chosen]], contact[chosen], start[event[chosen]], event[chosen]))


def _rows(world: World, rng: np.random.Generator, kind: int, rows: tuple[Ints, Ints, Ints, Ints]) -> Interactions:
    account, contact, at, number = rows
    count = len(account)
    mood = world.mood[account, at // DAY]
    willing = rng.random(count) < logistic(1.15 + 0.9 * mood + BUSY[world.people.role[contact]])
    wait = rng.exponential(1.3 * DAY, count) * np.exp(-0.45 * mood)
    answered = np.where(willing & (kind == MAIL_OUT), at + np.rint(wait).astype(np.int64) + 600, NEVER * DAY)
    return Interactions(
        kind=np.full(count, kind),
        account=account,
        contact=contact,
        at=at,
        number=number,
        inbound=np.full(count, kind == MAIL_IN),
        attended=np.where(kind in INVITED, willing.astype(np.int64), -1),
        answered=answered,
        automatic=(rng.random(count) < AUTOMATIC) if kind == MAIL_IN else np.full(count, kind == CAMPAIGN),
        negative=(rng.random(count) < logistic(-2.1 - 1.0 * mood)) & (kind == MAIL_IN),
    )
