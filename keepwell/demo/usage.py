"""Product use: who used which feature when, driven by the condition of the customer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keepwell.demo.calendar import NEVER, OUTAGE
from keepwell.demo.chance import Flags, Ints
from keepwell.demo.contract import NOTICE
from keepwell.demo.people import CHAMPION
from keepwell.demo.workspaces import TEAM, Workspaces
from keepwell.demo.world import World

FEATURES = {  # event name of the product: how many of a person's days have it
    "report.viewed": 0.42,
    "dashboard.opened": 0.45,
    "export.created": 0.18,
    "share.sent": 0.14,
    "alert.configured": 0.13,
    "schedule.run": 0.11,
    "segment.built": 0.13,
    "api.called": 0.1,
    "forecast.run": 0.12,
    "audit.opened": 0.06,
    "search.run": 0.06,
    "settings.opened": 0.03,
}
IN_PLAN = (4, 8, 10)  # the first so many features belong to basic, pro, enterprise; the last two to all
ALWAYS = 10
HABIT = 0.09  # chance that an average person uses it on an ordinary working day
EVEN = 2.2  # how alike people's habits are: the shape of their distribution
STAFF = 0.008  # rows of our own people in customers' workspaces, as a share
LATE, VERY_LATE = 0.015, 0.003  # share of events that arrive days or weeks later
TWICE = 0.002  # share of events delivered twice
DAY = 86_400


@dataclass(frozen=True)
class Events:
    """Product events in order of arrival; moments in seconds since day 0, UTC."""

    workspace: Ints  # position, −1 for the sandbox
    user: Ints  # number of the person, unique over all accounts
    feature: Ints
    at: Ints
    received: Ints
    hits: Ints
    seconds: Ints
    staff: Flags

    def __len__(self) -> int:
        return len(self.at)

    def take(self, rows: Ints | Flags) -> Events:
        """Those rows."""
        return Events(**{name: values[rows] for name, values in vars(self).items()})


def usage(world: World, spaces: Workspaces) -> Events:
    """Draw all product events of the window as the product's feed delivered them."""
    rng = world.stream("usage")
    accounts = np.flatnonzero(spaces.main >= 0)
    parts = [_account_days(world, int(a), rng) for a in accounts]
    account = np.repeat(accounts, [len(days) for _, days in parts])
    rank, day = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    account, rank, day, feature = _features(world, (account, rank, day), rng)
    mood = world.mood[account, day]
    hits = 1 + rng.poisson(2.2 * np.exp(0.28 * mood))
    people = Events(
        workspace=_workspace(spaces, account, rank, day),
        user=account * 1_000 + rank,
        feature=feature,
        at=day * DAY + _office_hours(rng, len(day)),
        received=np.zeros(len(day), dtype=np.int64),
        hits=hits,
        seconds=np.rint(hits * rng.gamma(2.0, 45.0, len(day))).astype(np.int64),
        staff=np.zeros(len(day), dtype=np.bool_),
    )
    return _delivered(world, _with_own_use(world, people, rng), rng)


def _account_days(world: World, account: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Rank of the person and day of each person's day of use in one account."""
    base, result = world.customers, world.outcomes
    first = max(int(base.start[account]), 0)
    end = min(int(result.churned[account]), world.calendar.days)
    if first >= end:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    days = np.arange(first, end)
    seats, mood = result.seats[account, first:end], world.mood[account, first:end]
    ranks = np.arange(max(int(seats.max()), 1))
    joined = base.start[account] + rng.exponential(18, len(ranks))
    stays = rng.normal(-1.5, 0.8, len(ranks))
    habit = np.minimum(rng.gamma(EVEN, HABIT / EVEN, len(ranks)), 0.9)
    gone = np.full(len(ranks), NEVER)
    gone[0] = _champion_left(world, account)
    push = world.calendar.rhythm()[first:end] * np.clip(np.exp(0.4 * mood), 0.2, 2.2)
    push = push * np.where(days >= result.churned[account] - NOTICE, 0.5, 1.0)
    there = (ranks[:, None] < seats) & (joined[:, None] <= days) & (days < gone[:, None]) & (mood > stays[:, None])
    used = there & (rng.random(there.shape, dtype=np.float32) < habit[:, None] * push)
    rank, place = np.nonzero(used)
    return rank.astype(np.int64), days[place]


def _champion_left(world: World, account: int) -> int:
    chosen = (world.people.account == account) & (world.people.role == CHAMPION)
    return int(world.people.left[chosen].min(initial=NEVER))


def _features(world: World, days: tuple[Ints, Ints, Ints], rng: np.random.Generator) -> tuple[Ints, Ints, Ints, Ints]:
    """Account, rank, day and feature of each use: what the plan has and the account came to adopt."""
    account, rank, day = days
    base, count = world.customers, len(FEATURES)
    place = np.arange(count)
    adopts = rng.normal(-1.6 + 0.16 * place, 0.7, (len(base), count))
    learns = rng.exponential(6 * place + 1, (len(base), count)) + base.start[:, None]
    plan = (place < np.array(IN_PLAN)[base.plan][:, None]) | (place >= ALWAYS)
    share = np.array(list(FEATURES.values()))
    rows, features = [], []
    for part in np.array_split(np.arange(len(account)), 1 + len(account) // 500_000):
        who, mood = account[part], world.mood[account[part], day[part]]
        can = plan[who] & (mood[:, None] > adopts[who]) & (day[part][:, None] >= learns[who])
        used = can & (rng.random(can.shape, dtype=np.float32) < share)
        used[:, 1] |= ~used.any(axis=1)
        row, feature = np.nonzero(used)
        rows.append(part[row])
        features.append(feature)
    chosen = np.concatenate(rows)
    return account[chosen], rank[chosen], day[chosen], np.concatenate(features).astype(np.int64)


def _workspace(spaces: Workspaces, account: Ints, rank: Ints, day: Ints) -> Ints:
    moved = (spaces.second[account] >= 0) & (rank % TEAM == 0)
    moved &= (spaces.second_since[account] <= day) & (day < spaces.second_until[account])
    return np.where(moved, spaces.second[account], spaces.main[account])


def _office_hours(rng: np.random.Generator, count: int) -> Ints:
    """Seconds after midnight UTC, between 6 and 19."""
    return np.rint(np.clip(rng.normal(11.5, 2.4, count), 6, 19) * 3_600 + rng.integers(0, 600, count)).astype(np.int64)


def _with_own_use(world: World, people: Events, rng: np.random.Generator) -> Events:
    """Add our own people in customers' workspaces, and the sandbox that belongs to nobody."""
    visits = people.take(np.sort(rng.choice(len(people), int(len(people) * STAFF), replace=False)))
    sandbox = people.take(rng.integers(0, len(people), world.calendar.days * 2))
    own = {
        "user": np.concatenate([90_000_000 + visits.user % 7, np.full(len(sandbox), 90_000_007)]),
        "workspace": np.concatenate([visits.workspace, np.full(len(sandbox), -1)]),
        "staff": np.concatenate([np.ones(len(visits), dtype=np.bool_), np.zeros(len(sandbox), dtype=np.bool_)]),
    }
    added = {name: np.concatenate([values, vars(sandbox)[name]]) for name, values in vars(visits).items()} | own
    return Events(**{name: np.concatenate([values, added[name]]) for name, values in vars(people).items()})


def _delivered(world: World, events: Events, rng: np.random.Generator) -> Events:
    """What the feed kept: late events, none from the outage, nothing that has not arrived yet, some twice."""
    luck = rng.random(len(events))
    days = np.where(luck < VERY_LATE, rng.uniform(5, 20, len(events)), rng.uniform(1, 4, len(events)))
    delay = np.where(luck < VERY_LATE + LATE, days * DAY, rng.exponential(600, len(events)))
    received = events.at + np.rint(delay).astype(np.int64)
    lost = [world.calendar.number(day) * DAY for day in OUTAGE]
    kept = (events.at < lost[0]) | (events.at >= lost[1] + DAY)
    kept &= received < world.calendar.days * DAY
    arrived = Events(**{**vars(events), "received": received}).take(kept)
    twice = 1 + (rng.random(len(arrived)) < TWICE)
    order = np.argsort(arrived.received, kind="stable")
    return arrived.take(np.repeat(order, twice[order]))
