"""The data inventory: origin, interval, coverage, issues and gaps of every signal, from a project of four files."""

from __future__ import annotations

from datetime import date

import pytest

from keepwell.use_cases import runs
from keepwell.words.problem import KeepwellError
from keepwell.words.report import Inventory, InventoryRow
from tests.small_project import SmallProject

AS_OF = date(2026, 3, 15)

FILES = {
    "keepwell.yml": """
version: 1
name: Small
currency: EUR
clock: 2026-03-16T07:00:00Z
scorecard: small
""",
    "scorecards/small.yml": """
scorecard: small
form: weighted
tiers: {good: 50, bad: 0}
measures: {ticket_pressure: 60, days_since_use: 40}
""",
    "sources/crm.yml": """
source: crm
system: crm
owner: Revenue operations
folder: exports
tables:
  - file: accounts.csv
    facts:
      - kind: account
        id: id
        columns: {name: name, created_day: created, owner: csm}
  - file: contracts.csv
    facts:
      - kind: subscription
        id: id
        account: account
        since: created
        columns: {start_day: starts, seats: seats, mrr: mrr, product: {constant: core}}
""",
    "sources/desk.yml": """
source: desk
system: support
owner: Support desk
folder: exports
gaps: [{from: 2026-02-02, to: 2026-02-03}]
tables:
  - file: tickets.csv
    facts:
      - kind: ticket
        id: id
        account: account
        columns: {opened_at: opened, resolved_at: solved, severity: {column: priority, since: created}}
""",
    "sources/product.yml": """
source: product
system: product
folder: exports
tables:
  - file: events.csv
    facts:
      - kind: usage
        id: id
        account: account
        since: created
        columns: {used_at: at, person: user}
""",
    "exports/accounts.csv": "id,name,created,csm\nA,Acme,2025-01-01,ana\nB,Bolt,2025-01-01,ben\nC,Cord,2025-01-01,ana\n",
    "exports/contracts.csv": "id,account,starts,seats,mrr\n"
    + "".join(f"s{a},{a},2025-01-01,10,100.00\n" for a in "ABC"),
    "exports/tickets.csv": "id,account,opened,solved,priority\n"
    "t1,A,2026-03-01T10:00:00,2026-02-01T10:00:00,high\nt2,A,2026-03-08T10:00:00,,low\nt3,B,when,,low\n",
    "exports/events.csv": "id,account,at,user\n"
    + "".join(f"u{a}{d},{a},2026-03-{d:02}T09:00:00,u1\n" for a in "AB" for d in range(1, 16)),
}


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    small = SmallProject(tmp_path_factory.mktemp("small"), str(AS_OF))
    for name, text in FILES.items():
        small.write(name, text)
    small.ingest()
    with pytest.raises(KeepwellError, match="before any data"):
        runs.signals(small.project, date(2020, 1, 1))
    return runs.signals(small.project, AS_OF)


def row(inventory: Inventory, signal: str) -> InventoryRow:
    return next(row for row in inventory.rows if row.signal == signal)


def test_a_signal_is_traced_to_the_columns_of_its_source(inventory: Inventory) -> None:
    found = row(inventory, "ticket_pressure")
    assert (found.source, found.system, found.owner) == ("desk", "support", "Support desk")
    assert found.column == "tickets.csv: opened, priority"
    assert found.last_load is not None
    assert found.last_load.date() == date(2026, 3, 16)


def test_a_signal_over_contracts_names_the_table_and_owner_it_shares_with_accounts(inventory: Inventory) -> None:
    found = row(inventory, "seats")
    assert (found.source, found.owner, found.column) == ("crm", "Revenue operations", "contracts.csv: seats")


def test_the_update_interval_is_observed_between_days_with_data(inventory: Inventory) -> None:
    assert row(inventory, "days_since_use").update_interval_days == 1
    assert row(inventory, "ticket_pressure").update_interval_days == 7


def test_coverage_is_the_share_of_accounts_with_a_fresh_reading(inventory: Inventory) -> None:
    assert row(inventory, "seats").coverage_ppm == 1_000_000
    assert row(inventory, "ticket_pressure").coverage_ppm == 333_333  # the desk refers to A only: B's row is outside


def test_issues_are_what_check_found_about_the_same_facts(inventory: Inventory) -> None:
    issues = row(inventory, "ticket_pressure").issues
    assert "ticket rows of desk that could not be taken in: 1" in issues
    assert "ticket rows resolved before opened: 1" in issues
    assert not [text for text in row(inventory, "seats").issues if "ticket" in text]


def test_gaps_are_lost_days_columns_not_mapped_and_kinds_without_a_source(inventory: Inventory) -> None:
    gaps = row(inventory, "ticket_pressure").gaps
    assert "desk lost 2026-02-02 to 2026-02-03" in gaps
    assert any(text.startswith("not mapped: ticket type") for text in gaps)
    assert row(inventory, "nps").gaps == ("no source has survey facts",)
    assert row(inventory, "nps").source is None


def test_the_cards_that_count_a_signal_are_named(inventory: Inventory) -> None:
    assert row(inventory, "ticket_pressure").scorecards == ("small",)
    assert row(inventory, "seats").scorecards == ()
