"""The CRM's exports: accounts, their history, contacts, deals, plans, goals and notes."""

from __future__ import annotations

import numpy as np

from keepwell.demo.calendar import NEVER
from keepwell.demo.chance import Ints
from keepwell.demo.customers import GROUP, INDUSTRIES, SERVICES
from keepwell.demo.people import TITLES
from keepwell.demo.plans import GOALS, goals, milestones, notes
from keepwell.demo.sheets import Sheet, dates, flags, happened, pick
from keepwell.demo.vendors.deals import opportunities
from keepwell.demo.world import World

ONBOARDING = 90  # days
SIZE_NAMES = ("SMB", "Mid-Market", "Enterprise")
STAGES = ("Onboarding", "Customer", "Former Customer")


def crm(world: World) -> dict[str, Sheet]:
    """All CRM files by name."""
    return {
        "accounts.csv": _accounts(world),
        "account_history.csv": _history(world),
        "contacts.csv": _contacts(world),
        "opportunity_history.csv": opportunities(world),
        "milestones.csv": _milestones(world),
        "goal_updates.csv": _goals(world),
        "notes.csv": _notes(world),
    }


def created(world: World) -> Ints:
    """The day each account was entered: a month before its contract; a group with its first child."""
    start = world.customers.start.copy()
    for head in np.flatnonzero(world.customers.kind == GROUP):
        start[head] = start[world.customers.parent == head].min()
    for head in np.unique(world.customers.parent[world.customers.parent >= 0]):
        start[head] = min(start[head], start[world.customers.parent == head].min())
    return np.asarray(start - 30)


def _accounts(world: World) -> Sheet:
    base = world.customers
    return {
        "AccountId": list(base.ids),
        "Name": list(base.names),
        "ParentId": pick(base.ids, base.parent),
        "Industry": pick(INDUSTRIES, base.industry),
        "BillingCountry": [base.country(n) for n in range(len(base))],
        "RecordType": ["Services" if k == SERVICES else "Software" for k in base.kind],
        "CreatedDate": dates(world.calendar, created(world)),
    }


def _history(world: World) -> Sheet:
    """One row per account and stretch of days with the same owner and stage."""
    entered = created(world)
    own = world.owners
    held = np.split(np.arange(len(own.account)), np.searchsorted(own.account, np.arange(1, len(world.customers))))
    rows: list[tuple[int, int, int, int, int]] = []
    for account, places in enumerate(held):
        stages = _stages(world, account, int(entered[account]))
        since = own.since[places]
        for day in sorted({d for d, _ in stages} | {int(d) for d in since[1:] if d > entered[account]}):
            stage = [s for d, s in stages if d <= day][-1]
            place = places[max(int(np.searchsorted(since, day, side="right")) - 1, 0)]
            rows.append((account, day, int(own.manager[place]), int(own.seller[place]), stage))
    account_, first, manager, seller, stage_ = np.array(rows).T
    until = np.where(np.append(account_[1:], -1) == account_, np.append(first[1:], 0) - 1, NEVER)
    return {
        "AccountId": pick(world.customers.ids, account_),
        "ValidFrom": dates(world.calendar, first),
        "ValidTo": dates(world.calendar, until),
        "SuccessManager": pick(own.managers, manager),
        "Seller": pick(own.sellers, seller),
        "Segment": pick(SIZE_NAMES, world.customers.size[account_]),
        "Stage": pick(STAGES, stage_),
    }


def _stages(world: World, account: int, entered: int) -> list[tuple[int, int]]:
    """Day and position into STAGES of each stage the account reached."""
    if world.customers.kind[account] == GROUP:
        return [(entered, 1)]
    start, churned = int(world.customers.start[account]), int(world.outcomes.churned[account])
    stages = [(entered, 0), (start + ONBOARDING, 1), (churned, 2)]
    return [s for s in stages if s[0] <= min(world.calendar.last, churned)]


def _contacts(world: World) -> Sheet:
    people = world.people
    return {
        "ContactId": [f"C-{n + 1:05d}" for n in range(len(people.account))],
        "AccountId": pick(world.customers.ids, people.account),
        "FullName": list(people.names),
        "Email": list(people.emails),
        "Role": pick(TITLES, people.role),
        "IsPrimary": flags(people.primary),
        "Since": dates(world.calendar, people.joined),
        "LeftOn": dates(world.calendar, happened(world.calendar, people.left)),
        "BouncedOn": dates(world.calendar, happened(world.calendar, people.bounced)),
    }


def _milestones(world: World) -> Sheet:
    steps = milestones(world)
    days = {name: np.array([getattr(s, name) for s in steps]) for name in ("created", "due", "achieved")}
    return {
        "MilestoneId": [f"M-{n + 1:06d}" for n in range(len(steps))],
        "AccountId": [world.customers.ids[s.account] for s in steps],
        "Plan": [s.plan for s in steps],
        "Title": [s.name for s in steps],
        "CreatedOn": dates(world.calendar, days["created"]),
        "DueOn": dates(world.calendar, days["due"]),
        "DoneOn": dates(world.calendar, happened(world.calendar, days["achieved"])),
        "Quantity": [str(s.quantity) for s in steps],
    }


def _goals(world: World) -> Sheet:
    found = goals(world)
    return {
        "GoalId": [f"G-{g.account + 1:04d}-{g.goal + 1}" for g in found],
        "AccountId": [world.customers.ids[g.account] for g in found],
        "Goal": [GOALS[(g.account + g.goal) % len(GOALS)][0] for g in found],
        "Metric": [GOALS[(g.account + g.goal) % len(GOALS)][1] for g in found],
        "CreatedOn": dates(world.calendar, [g.created for g in found]),
        "TargetDate": dates(world.calendar, [g.due for g in found]),
        "UpdatedOn": dates(world.calendar, [g.day for g in found]),
        "Target": [str(g.target) for g in found],
        "Current": [str(g.current) for g in found],
        "OnTrack": flags(g.on_track for g in found),
    }


def _notes(world: World) -> Sheet:
    found = notes(world)
    return {
        "NoteId": [f"N-{n + 1:05d}" for n in range(len(found))],
        "AccountId": [world.customers.ids[n.account] for n in found],
        "NotedOn": dates(world.calendar, [n.day for n in found]),
        "Type": [n.type for n in found],
        "Pulse": [str(n.score) if n.score else None for n in found],
        "ValidUntil": dates(world.calendar, [n.expires for n in found]),
        "Author": _authors(world, [(n.account, n.day) for n in found]),
        "Text": [n.text or None for n in found],
    }


def _authors(world: World, noted: list[tuple[int, int]]) -> list[str | None]:
    """The success manager on each day."""
    accounts, days = np.array(noted, dtype=np.int64).reshape(-1, 2).T
    big = np.int64(10_000_000)
    place = np.searchsorted(world.owners.account * big + world.owners.since, accounts * big + days, side="right") - 1
    return pick(world.owners.managers, world.owners.manager[place])
