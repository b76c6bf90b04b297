"""Writes the simulated company as a project folder: exports, column maps, settings, and the truth apart."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from keepwell.demo.billing import billing
from keepwell.demo.meetings import meetings
from keepwell.demo.outcomes import HORIZONS, true_chances
from keepwell.demo.sheets import Sheet, dates, write_csv, write_lines
from keepwell.demo.support import support
from keepwell.demo.surveys import surveys
from keepwell.demo.usage import usage
from keepwell.demo.vendors.crm import crm
from keepwell.demo.vendors.helpdesk import organisations, satisfaction, tickets
from keepwell.demo.vendors.ledger import ledger
from keepwell.demo.vendors.outreach import interactions, recommendations
from keepwell.demo.vendors.product import workspace_sheet, write_events
from keepwell.demo.workspaces import workspaces
from keepwell.demo.world import World
from keepwell.words.problem import KeepwellError, Problem

SMALLEST = (20, 6)  # accounts and months below which the company has no groups, no renewals and no mess


@dataclass(frozen=True)
class CompanySummary:
    """What was written: rows by file, relative to the project folder."""

    folder: Path
    accounts: int
    months: int
    rows: Mapping[str, int]

    @property
    def total(self) -> int:
        """Rows in all exports."""
        return sum(count for file, count in self.rows.items() if file.startswith("exports/"))


def write_company(folder: Path, accounts: int = 400, months: int = 24, seed: int = 7) -> CompanySummary:
    """Write a project with `accounts` accounts and `months` months of history that end with 2026-06-30.

    The same arguments give the same bytes. Files of the same names are overwritten.
    """
    if accounts < SMALLEST[0] or months < SMALLEST[1]:
        raise KeepwellError(
            Problem(
                "the simulated company is too small", fix=f"at least {SMALLEST[0]} accounts and {SMALLEST[1]} months"
            )
        )
    world = World.simulate(accounts, months, seed)
    exports = folder / "exports"
    rows = _write_product(exports / "product", world) | _write_sheets(exports, world)
    rows["truth/churn_probability.csv"] = write_csv(folder / "truth" / "churn_probability.csv", _truth(world))
    _write_project(folder)
    return CompanySummary(folder, accounts, months, dict(sorted(rows.items())))


def _write_product(folder: Path, world: World) -> dict[str, int]:
    spaces = workspaces(world)
    events = write_events(folder, world, spaces, usage(world, spaces))
    count = write_csv(folder / "workspaces.csv", workspace_sheet(world, spaces))
    return {"exports/product/events_*.parquet": events, "exports/product/workspaces.csv": count}


def _write_sheets(exports: Path, world: World) -> dict[str, int]:
    cases = support(world)
    rows = {
        "exports/helpdesk/tickets.jsonl": write_lines(exports / "helpdesk" / "tickets.jsonl", tickets(world, cases))
    }
    commas = {f"crm/{name}": sheet for name, sheet in crm(world).items()} | {
        "helpdesk/organizations.csv": organisations(world),
        "surveys/nps.csv": recommendations(world, surveys(world)),
        "surveys/csat.csv": satisfaction(world, cases),
        "meetings/interactions.csv": interactions(world, meetings(world)),
    }
    semicolons = {f"billing/{name}": sheet for name, sheet in ledger(world, billing(world)).items()}
    for sheets, delimiter in ((commas, ","), (semicolons, ";")):
        rows |= {f"exports/{name}": write_csv(exports / name, sheet, delimiter) for name, sheet in sheets.items()}
    return rows


def _truth(world: World) -> Sheet:
    accounts, days, chances = true_chances(world.calendar, world.customers, world.outcomes)
    sheet: Sheet = {
        "account_id": [world.customers.ids[a] for a in accounts],
        "month_end": dates(world.calendar, days),
        "condition": [f"{c:.4f}" for c in world.mood[accounts, days]],
    }
    for number, horizon in enumerate(HORIZONS):
        sheet[f"churn_probability_{horizon}d"] = [f"{p:.6f}" for p in chances[:, number]]
    return sheet


def _write_project(folder: Path) -> None:
    """Copy the settings and column maps, which do not depend on the numbers."""
    with as_file(files("keepwell.demo") / "project") as project:
        shutil.copytree(project, folder, dirs_exist_ok=True)
