"""The helpdesk's exports: organisations with their CRM account, and tickets with nested fields."""

from __future__ import annotations

from typing import Any

import numpy as np

from keepwell.demo.customers import GROUP
from keepwell.demo.sheets import Sheet, dates, moments
from keepwell.demo.support import DAY, SEVERITIES, SUBJECTS, TARGETS, TYPES, Tickets
from keepwell.demo.world import World

AGENTS = ("ben", "lucia", "matteo", "sina", "tariq")
PARTNER = "org-partner"  # a reseller that no account stands for
PARTNER_SHARE = 211  # every so-manieth ticket came through it
TWICE = 401


def organisations(world: World) -> Sheet:
    """One organisation per account, another id than the CRM's; every 29th account has a second one."""
    rows = [n for n in range(len(world.customers)) if world.customers.kind[n] != GROUP]
    more = [n for n in rows if n % 29 == 0]
    return {
        "organization_id": [_organisation(n, 0) for n in rows] + [_organisation(n, 1) for n in more],
        "external_id": [world.customers.ids[n] for n in [*rows, *more]],
        "created": dates(world.calendar, world.customers.start[np.array([*rows, *more])]),
    }


def _organisation(account: int, number: int) -> str:
    return f"org-{(account * 2 + number) * 13 + 20_011}"


def tickets(world: World, cases: Tickets) -> list[dict[str, Any]]:
    """Ticket records; one in four hundred is delivered twice, one has no readable date."""
    records = []
    times = [moments(world.calendar, values) for values in (cases.opened, cases.escalated, cases.solved)]
    for n, (opened, escalated, solved) in enumerate(zip(*times, strict=True)):
        record = _record(world, cases, n)
        record |= {"created_at": opened, "escalated_at": escalated, "solved_at": solved}
        records += [record, record] if n % TWICE == TWICE - 1 else [record]
    records[len(records) // 3] = {**records[len(records) // 3], "created_at": "yesterday"}
    return records


def _record(world: World, cases: Tickets, n: int) -> dict[str, Any]:
    account, severity = int(cases.account[n]), int(cases.severity[n])
    second = int(account % 29 == 0 and n % 3 == 0)
    return {
        "id": 50_001 + n,
        "organization": {"id": PARTNER if n % PARTNER_SHARE == 0 else _organisation(account, second)},
        "requester": {"email": _requester(world, cases, n), "is_bot": bool(cases.requester[n] == -2)},
        "priority": SEVERITIES[severity],
        "type": TYPES[cases.type[n]],
        "subject": SUBJECTS[cases.subject[n]],
        "sla": {"target_hours": int(TARGETS[severity])},
        "assignee": {"name": AGENTS[n % len(AGENTS)]},
    }


def _requester(world: World, cases: Tickets, n: int) -> str:
    who, account = int(cases.requester[n]), int(cases.account[n])
    if who >= 0:
        return world.people.emails[who]
    local = "monitoring" if who == -2 else f"user{n * 37 % max(int(world.customers.seats[account]), 3)}"
    return f"{local}@{world.customers.names[account].lower().replace(' ', '-')}.example"


def satisfaction(world: World, cases: Tickets) -> Sheet:
    """Answers to "was your case solved well?", one to five."""
    chosen = np.flatnonzero((cases.answered <= world.calendar.last) & (cases.solved < world.calendar.days * DAY))
    chosen = chosen[np.argsort(cases.answered[chosen], kind="stable")]
    return {
        "answer_id": [f"CS{n + 1:06d}" for n in range(len(chosen))],
        "ticket_id": [str(50_001 + n) for n in chosen],
        "account": [world.customers.ids[a] for a in cases.account[chosen]],
        "answered_on": dates(world.calendar, cases.answered[chosen]),
        "stars": [str(s) for s in cases.csat[chosen]],
    }
