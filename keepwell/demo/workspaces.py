"""Workspaces of the product and whose they are: a few accounts have two, one moved, some never got one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keepwell.demo.calendar import NEVER
from keepwell.demo.chance import Flags, Ints
from keepwell.demo.customers import GROUP, HOLDER, SERVICES, Customers
from keepwell.demo.world import World

SECOND = 0.05  # share of accounts with a second workspace
UNSEEN = 0.012  # share of new customers that never activated the product they pay for
SANDBOX = "ws_sandbox"  # our own, belongs to no account
SETTLED = 40  # days an account is there before a workspace comes to it
TEAM = 3  # every third person works in the second workspace


@dataclass(frozen=True)
class Workspaces:
    """`account`, `since` and `until` say whose a workspace is; `main` and `second` are positions or −1 by account."""

    ids: list[str]
    workspace: Ints
    account: Ints
    since: Ints
    until: Ints
    main: Ints
    second: Ints
    second_since: Ints
    second_until: Ints


def workspaces(world: World) -> Workspaces:
    """Draw the workspaces of every account that has the product."""
    rng = world.stream("workspaces")
    base = world.customers
    count = len(base)
    has = (base.kind != GROUP) & (base.kind != SERVICES)
    has &= ~((base.start > 0) & (rng.random(count) < UNSEEN))
    main = np.where(has, np.cumsum(has) - 1, -1)
    two = has & (rng.random(count) < SECOND)
    since = np.maximum(base.start, 0) + rng.integers(30, 300, count)
    two &= since < np.minimum(world.outcomes.churned, world.calendar.days) - SETTLED
    move = _move(base, has, world.calendar.days)
    if move:
        two[move[0]], two[move[1]] = True, False
        since[move[0]] = max(int(base.start[move[0]]), 0) + 20
    second = np.where(two, has.sum() + np.cumsum(two) - 1, -1)
    until = np.full(count, NEVER)
    ids = [f"ws_{(n * 7_919 + 4_021) % 100_003:05d}" for n in range(int(has.sum() + two.sum()))]
    rows = [(int(main[a]), int(a), int(base.start[a]), NEVER) for a in np.flatnonzero(has)]
    rows += [(int(second[a]), int(a), int(since[a]), NEVER) for a in np.flatnonzero(two)]
    if move:
        giver, taker, day = move
        rows = [(w, a, s, day - 1) if w == second[giver] else (w, a, s, u) for w, a, s, u in rows]
        rows.append((int(second[giver]), taker, day, NEVER))
        second[taker], since[taker], until[giver] = second[giver], day, day
    workspace, account, first, last = np.array(rows, dtype=np.int64).T
    return Workspaces(ids, workspace, account, first, last, main, second, since, until)


def _move(base: Customers, has: Flags, days: int) -> tuple[int, int, int] | None:
    """Two accounts of one group and the day on which a workspace went from the first to the second."""
    for head in [*np.flatnonzero(base.kind == GROUP), *np.flatnonzero(base.kind == HOLDER)]:
        members = np.flatnonzero((base.parent == head) & has)
        early = members[np.argsort(base.start[members], kind="stable")][:2]
        day = max(days * 3 // 5, int(base.start[early].max(initial=0)) + SETTLED)
        if len(early) == 2 and day < days - SETTLED:
            return int(early[0]), int(early[1]), day
    return None
