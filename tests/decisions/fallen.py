"""A small project in which account A falls on 20 March."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import sqlalchemy as sa

from keepwell.book.scorer import Scorer
from keepwell.deciding import alerts
from keepwell.words.alert import Handling
from tests.small_project import CRM, SmallProject

BASELINE, FELL, LAST = date(2026, 3, 19), date(2026, 3, 20), date(2026, 3, 21)
POLICY = "policy: ours\ndecision: whom to call\nowners: {owner: Olga}\n"
LIVE = f"{POLICY}rehearsal_days: 0\n"


def prepared(folder: Path, *, rise: bool = True) -> SmallProject:
    """A gets a critical ticket on 20 March, unless it is still to come."""
    small = SmallProject(folder)
    small.write("policy/ours.yml", LIVE)
    small.write("sources/crm.yml", CRM.replace("created_day", "owner: {column: owner, optional: true}, created_day"))
    small.write("exports/accounts.csv", "id,name,created,owner\nA,Alpha,2025-01-01,Olaf\nB,Beta,2025-01-01,Olaf\n")
    tickets = "1,A,2026-01-20,high\n2,B,2026-01-05,low\n" + ("3,A,2026-03-20,critical\n" if rise else "")
    small.today = "2026-03-31" if rise else str(BASELINE)
    small.write("exports/tickets.csv", f"id,account,opened,severity\n{tickets}")
    small.ingest()
    return small


def apart(small: SmallProject) -> SmallProject:
    """With A's drop as an alert of its own, as if another day had told it."""
    own = {"told_with": None, "handling": Handling.OPEN.value}
    with Scorer(small.project).state.engine.begin() as connection:
        connection.execute(sa.update(alerts.ALERT).where(alerts.ALERT.c.told_with.is_not(None)).values(own))
    return small
