"""The simulated company as files: the same each time, whole, messy on purpose, with the truth apart."""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
from pathlib import Path

import duckdb
import pytest

from keepwell.demo import CompanySummary, write_company
from keepwell.words.problem import KeepwellError

ACCOUNTS, MONTHS = 60, 12


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> CompanySummary:
    return write_company(tmp_path_factory.mktemp("company"), ACCOUNTS, MONTHS)


def fingerprints(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def table(company: CompanySummary, name: str, delimiter: str = ",") -> list[dict[str, str]]:
    with (company.folder / "exports" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def events(company: CompanySummary, sql: str) -> list[tuple[object, ...]]:
    files = company.folder / "exports" / "product" / "events_*.parquet"
    return duckdb.execute(sql.replace("FROM events", f"FROM read_parquet('{files}')")).fetchall()


def test_same_arguments_give_the_same_bytes(company: CompanySummary, tmp_path: Path) -> None:
    write_company(tmp_path, ACCOUNTS, MONTHS)
    assert fingerprints(tmp_path) == fingerprints(company.folder)


def test_another_seed_gives_another_company(company: CompanySummary, tmp_path: Path) -> None:
    other = write_company(tmp_path, ACCOUNTS, MONTHS, seed=8)
    names = "exports/crm/accounts.csv"
    assert (other.folder / names).read_bytes() != (company.folder / names).read_bytes()


def test_summary_counts_the_rows_of_every_export(company: CompanySummary) -> None:
    for file, count in company.rows.items():
        if file.endswith(".csv") and file.startswith("exports/"):
            delimiter = ";" if "billing" in file else ","
            assert len(table(company, file.removeprefix("exports/"), delimiter)) == count
    ((found,),) = events(company, "SELECT count(*) FROM events")
    assert company.rows["exports/product/events_*.parquet"] == found
    assert company.total > 50_000


def test_tickets_are_nested_json_lines(company: CompanySummary) -> None:
    lines = (company.folder / "exports/helpdesk/tickets.jsonl").read_text(encoding="utf-8").splitlines()
    tickets = [json.loads(line) for line in lines]
    assert {"id", "organization", "requester", "sla"} <= set(tickets[0])
    assert isinstance(tickets[0]["requester"]["email"], str)


def test_truth_lies_apart_and_no_source_names_it(company: CompanySummary) -> None:
    assert (company.folder / "truth" / "churn_probability.csv").is_file()
    assert not list((company.folder / "exports").rglob("*truth*"))
    for source in (company.folder / "sources").glob("*.yml"):
        assert "truth" not in source.read_text(encoding="utf-8")
    for file in (company.folder / "exports").rglob("*.csv"):
        assert "condition" not in file.read_text(encoding="utf-8").partition("\n")[0].lower()


def test_some_events_arrive_days_late(company: CompanySummary) -> None:
    ((late, every),) = events(
        company, "SELECT count(*) FILTER (received_at > occurred_at + INTERVAL 1 DAY), count(*) FROM events"
    )
    assert isinstance(late, int)
    assert isinstance(every, int)
    assert 0.005 < late / every < 0.05


def test_some_rows_are_delivered_twice(company: CompanySummary) -> None:
    ((rows, ids),) = events(company, "SELECT count(*), count(DISTINCT event_id) FROM events")
    assert isinstance(rows, int)
    assert isinstance(ids, int)
    assert 0 < rows - ids < 0.01 * rows
    numbers = [row["invoice_no"] for row in table(company, "billing/invoices.csv", ";")]
    assert len(numbers) > len(set(numbers))


def test_an_outage_left_a_week_without_events(company: CompanySummary) -> None:
    during = "SELECT count(*) FROM events WHERE occurred_at BETWEEN '2025-11-10' AND '2025-11-16 23:59:59'"
    assert events(company, during) == [(0,)]
    assert "from: 2025-11-10, to: 2025-11-16" in (company.folder / "sources/product.yml").read_text(encoding="utf-8")


def test_own_people_and_a_sandbox_are_among_the_events(company: CompanySummary) -> None:
    ((staff,),) = events(company, "SELECT count(*) FROM events WHERE user_type = 'staff'")
    ((sandbox,),) = events(company, "SELECT count(*) FROM events WHERE workspace_id = 'ws_sandbox'")
    assert isinstance(staff, int)
    assert isinstance(sandbox, int)
    assert staff > 0
    assert sandbox > 0
    assert "ws_sandbox" not in {row["workspace_id"] for row in table(company, "product/workspaces.csv")}


def test_some_accounts_have_two_workspaces_and_one_workspace_moved(company: CompanySummary) -> None:
    rows = table(company, "product/workspaces.csv")
    accounts = [row["crm_account"] for row in rows]
    spaces = [row["workspace_id"] for row in rows]
    assert len(accounts) > len(set(accounts))
    (moved,) = {space for space in spaces if spaces.count(space) == 2}
    first, second = (row for row in rows if row["workspace_id"] == moved)
    assert first["to_date"] < second["from_date"] <= "2026-06-30"
    assert max(row["from_date"] for row in rows) <= "2026-06-30"
    assert first["crm_account"] != second["crm_account"]


def test_bad_cells_are_fewer_than_one_in_a_thousand(company: CompanySummary) -> None:
    bad = [row for row in table(company, "billing/invoices.csv", ";") if row["amount"] == "see contract"]
    bad += [row for row in table(company, "surveys/nps.csv") if row["rating"] == "ten"]
    assert len(bad) == 2
    assert 5 / company.total < 0.001


def test_a_bill_is_disputed(company: CompanySummary) -> None:
    assert any(row["dispute_opened"] for row in table(company, "billing/invoices.csv", ";"))


def test_nothing_in_the_exports_happened_after_the_window(company: CompanySummary) -> None:
    def iso(german: str) -> str:
        return f"{german[6:]}-{german[3:5]}-{german[:2]}"

    last = "2026-06-30"
    for row in table(company, "billing/invoices.csv", ";"):
        assert all(
            iso(row[c]) <= last for c in ("issued", "paid", "dispute_opened") if row[c] and "31.02" not in row[c]
        )
    for row in table(company, "crm/contacts.csv"):
        assert row["Since"] <= last
        assert row["LeftOn"] <= last
    for row in table(company, "crm/milestones.csv"):
        assert row["DoneOn"] <= last
        assert row["CreatedOn"] <= last
    assert events(company, "SELECT max(received_at) < TIMESTAMP '2026-07-01 00:00:00' FROM events") == [(True,)]


def test_history_of_an_account_has_no_holes(company: CompanySummary) -> None:
    rows = table(company, "crm/account_history.csv")
    for before, after in itertools.pairwise(rows):
        if before["AccountId"] == after["AccountId"]:
            assert before["ValidFrom"] <= before["ValidTo"] < after["ValidFrom"]
        else:
            assert before["ValidTo"] == ""


def test_a_company_too_small_for_its_mess_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeepwellError, match="too small"):
        write_company(tmp_path, accounts=3)
