"""What `check` finds in the data as it is known today."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from keepwell.lake import TABLES
from keepwell.timeline.ledger import Ledger
from keepwell.timeline.quality import today
from keepwell.timeline.quality.findings import CHECKS, inspect
from keepwell.timeline.quality.freshness import Inspection
from keepwell.timeline.terms import Feed
from keepwell.words.fact import KINDS, Watermark
from keepwell.words.report import CheckReport, Finding
from tests.company import ARROW, Company, close, day, default_terms, noon

AS_OF = "2026-03-15"
SYSTEMS = {"own": "crm"}


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


def check(company: Company, as_of: str = AS_OF, systems: dict[str, str] | None = None) -> CheckReport:
    company.publish(loaded=as_of)
    ledger = Ledger(company.lake.connect(company.batch), company.terms)
    given = Inspection(day(as_of), close(day(as_of)), systems or SYSTEMS, {"usage": 3, "ticket": 2})
    return inspect(ledger, given)


def found(report: CheckReport, code: str) -> Finding | None:
    return next((finding for finding in report.findings if finding.code == code), None)


def examples(report: CheckReport, code: str) -> tuple[str, ...]:
    finding = found(report, code)
    return finding.examples if finding else ()


def reject(company: Company, *, batch: int, at: str = "2026-02-01", **columns: Any) -> None:
    """A row that an ingest left outside."""
    row = {"source": "own", "kind": "usage", "file": "usage", "reason": "amount: 'x' is not a number",
           "rejected_at": noon(day(at)), "batch": batch}  # fmt: skip
    _append(company, "rejects", [row | columns])


def load(company: Company, *, batch: int, at: str, origin: str = "usage", **columns: Any) -> None:
    """A load of one file."""
    row = {"source": "own", "kind": "usage", "origin": origin, "loaded_at": noon(day(at)), "loaded_day": day(at),
           "batch": batch}  # fmt: skip
    _append(company, "loads", [row | columns])


def _append(company: Company, table: str, rows: Iterable[dict[str, Any]]) -> None:
    fields = [pa.field(name, ARROW[kind]) for name, kind in TABLES[table].items()]
    company.lake.append(table, pa.Table.from_pylist(list(rows), schema=pa.schema(fields)))


def test_every_check_has_a_code_of_its_own() -> None:
    codes = [c.code for c in CHECKS]
    assert len(codes) == len(set(codes))


def test_a_sound_company_has_no_findings(company: Company) -> None:
    company.account("A", name="Acme", owner="ana")
    company.fact("subscription", "s1", "A", start_day=day("2026-01-01"), mrr=10_000, seats=5, currency="EUR")
    company.used("A", "2026-03-14")
    company.fact("ticket", "t1", "A", opened_at=noon(day("2026-02-01")), csat=5)
    assert check(company).findings == ()


def test_an_empty_lake_has_findings_only_about_what_was_never_loaded(company: Company) -> None:
    ledger = Ledger(company.lake.connect(0), company.terms)
    report = inspect(ledger, Inspection(day(AS_OF), close(day(AS_OF)), SYSTEMS, {}))
    assert [f.code for f in report.findings] == ["source.never_loaded"]
    assert report.sources[0].last_load is None


def test_a_kind_of_which_nothing_was_told_reads_as_one_whose_facts_are_all_of_later_days(company: Company) -> None:
    connection = company.lake.connect(0)
    today.prepare(Ledger(connection, company.terms), day(AS_OF), SYSTEMS)
    for name in today.JUDGED:
        described = f"DESCRIBE today_{name}"
        none = connection.execute(described).fetchall()
        connection.execute(today._newest(KINDS[name]))
        assert connection.execute(described).fetchall() == none, name


# --- churn


def test_a_churn_event_without_a_churned_account_is_found(company: Company) -> None:
    company.account("A", lifecycle="customer", owner="ana")
    company.account("B", lifecycle="churned")
    for account in ("A", "B"):
        company.fact("outcome", f"o{account}", account, outcome_day=day("2026-02-01"), type="churned")
    report = check(company)
    assert examples(report, "churn.not_marked") == ("A",)
    assert found(report, "churn.no_event") is None


def test_an_account_won_back_after_its_churn_event_is_no_contradiction(company: Company) -> None:
    company.account("A", lifecycle="customer", owner="ana")
    company.fact("outcome", "o1", "A", outcome_day=day("2026-01-01"), type="churned")
    company.fact("outcome", "o2", "A", outcome_day=day("2026-02-01"), type="renewed")
    assert found(check(company), "churn.not_marked") is None


def test_a_churned_account_without_a_churn_event_is_found_where_such_events_are_kept(company: Company) -> None:
    company.account("A", lifecycle="churned")
    assert found(check(company), "churn.no_event") is None
    company.account("B", lifecycle="churned")
    company.fact("outcome", "o1", "B", outcome_day=day("2026-02-01"), type="churned")
    assert examples(check(company), "churn.no_event") == ("A",)


def test_an_account_marked_churned_with_a_subscription_in_force_is_found(company: Company) -> None:
    company.account("A", lifecycle="churned")
    company.account("B", lifecycle="churned")
    company.fact("subscription", "s1", "A", start_day=day("2026-01-01"))
    company.fact("subscription", "s2", "B", start_day=day("2026-01-01"), cancelled_day=day("2026-02-01"))
    assert examples(check(company), "churn.open_subscription") == ("A",)


def test_a_mark_set_after_the_day_still_counts_because_quality_judges_what_is_known_today(company: Company) -> None:
    company.account("A", lifecycle="customer", owner="ana")
    company.fact("subscription", "s1", "A", start_day=day("2026-01-01"))
    company.publish(loaded="2026-03-01")
    company.fact("account", "A", "A", known="2026-05-01", created_day=day("2024-01-01"), lifecycle="churned")
    assert examples(check(company), "churn.open_subscription") == ("A",)


def test_what_happens_after_the_day_is_not_judged(company: Company) -> None:
    company.account("A", lifecycle="customer", owner="ana")
    company.fact("outcome", "o1", "A", outcome_day=day("2026-03-16"), type="churned")
    assert found(check(company), "churn.not_marked") is None


# --- use and the subscription it belongs to


def test_use_before_its_own_subscription_is_found_where_use_refers_to_subscriptions(company: Company) -> None:
    company.account("A", owner="ana")
    for subscription, start in (("s1", "2026-01-01"), ("s2", "2026-03-01")):
        company.fact("subscription", subscription, "A", start_day=day(start))
        company.fact("identity", subscription, subscription, system="subscription", account="A", known="2024-01-01")
    company.fact("usage", "u1", "s1", system="subscription", used_at=noon(day("2026-02-01")))
    company.fact("usage", "u2", "s2", system="subscription", used_at=noon(day("2026-02-01")))
    assert examples(check(company), "usage.before_start") == ("u2",)


def test_use_before_the_accounts_first_subscription_is_found(company: Company) -> None:
    company.account("A", owner="ana")
    company.fact("subscription", "s1", "A", start_day=day("2026-01-01"), cancelled_day=day("2026-02-01"))
    company.fact("subscription", "s2", "A", start_day=day("2026-03-01"))
    for key, on in (("u1", "2025-12-31"), ("u2", "2026-02-10"), ("u3", "2026-03-10")):
        company.fact("usage", key, "A", used_at=noon(day(on)))
    report = check(company)
    assert examples(report, "usage.before_start") == ("u1",)
    assert found(report, "usage.after_end") is None


def test_use_by_a_child_is_compared_with_the_contract_its_parent_holds(company: Company) -> None:
    company.account("P", owner="ana")
    company.account("C", parent="P", owner="ana")
    company.fact("subscription", "s1", "P", start_day=day("2026-01-01"))
    company.fact("usage", "u1", "C", used_at=noon(day("2025-12-31")))
    assert examples(check(company), "usage.before_start") == ("u1",)


def test_use_after_the_last_subscription_ended_is_found_but_not_on_its_last_day(company: Company) -> None:
    company.account("A", owner="ana")
    company.fact("subscription", "s1", "A", start_day=day("2026-01-01"), cancelled_day=day("2026-02-01"))
    company.fact("usage", "u1", "A", used_at=noon(day("2026-02-01")))
    company.fact("usage", "u2", "A", used_at=noon(day("2026-02-02")))
    assert examples(check(company), "usage.after_end") == ("u2",)


def test_staff_do_not_count_as_use(company: Company) -> None:
    company.account("A", owner="ana")
    company.fact("subscription", "s1", "A", start_day=day("2026-01-01"))
    company.fact("usage", "u1", "A", used_at=noon(day("2025-12-01")), staff=True)
    assert found(check(company), "usage.before_start") is None


def test_a_row_quarantined_for_a_taken_id_still_contradicts(company: Company) -> None:
    company.account("A", owner="ana")
    company.fact("subscription", "s1", "A", start_day=day("2026-01-01"))
    company.fact("usage", "u1", "A", used_at=noon(day("2026-02-01")))
    conflict = "another row of the same batch has the same id and other content"
    reject(
        company, batch=1, reason=conflict, external_id="u1", system="account", ref="A", happened_day=day("2025-12-01")
    )
    report = check(company)
    assert examples(report, "ingest.conflict") == ("u1",)
    assert examples(report, "usage.before_start") == ("u1",)


def test_only_the_newest_version_of_a_fact_is_judged_and_a_deleted_one_is_not(company: Company) -> None:
    company.account("A", owner="ana")
    company.fact("subscription", "s1", "A", start_day=day("2026-02-01"))
    company.fact("subscription", "s1", "A", known="2026-03-01", start_day=day("2025-12-01"))
    company.fact("usage", "u1", "A", used_at=noon(day("2025-12-02")))
    company.fact("usage", "u2", "A", used_at=noon(day("2025-11-01")))
    company.fact("usage", "u2", "A", known="2026-03-01", used_at=noon(day("2025-11-01")), deleted=True)
    assert found(check(company), "usage.before_start") is None


def test_late_use_is_counted_with_its_share(company: Company) -> None:
    company.account("A", owner="ana")
    for key, known in (("u1", "2026-02-01"), ("u2", "2026-02-01"), ("u3", "2026-02-01"), ("u4", "2026-02-03")):
        company.fact("usage", key, "A", used_at=noon(day("2026-02-01")), known=known)
    late = found(check(company), "usage.late")
    assert late is not None
    assert (late.count, late.examples) == (1, ("u4",))
    assert "25.0 %" in late.text


def test_a_later_correction_does_not_make_an_event_late(company: Company) -> None:
    company.account("A", owner="ana")
    company.fact("usage", "u1", "A", used_at=noon(day("2026-02-01")))
    company.fact("usage", "u1", "A", used_at=noon(day("2026-02-01")), count=2, known="2026-02-20")
    assert found(check(company), "usage.late") is None


def test_a_product_that_telemetry_never_saw_is_found_after_two_weeks(tmp_path: Path) -> None:
    company = Company(tmp_path, default_terms(feeds=(Feed("own", "usage", Watermark.DATA),)))
    for account, start in (("A", "2026-01-01"), ("B", "2026-01-01"), ("C", "2026-03-10")):
        company.account(account, owner="ana")
        company.fact("subscription", f"s{account}", account, start_day=day(start))
    company.account("subsidiary", parent="B", owner="ana")  # holds no contract: nothing was sold to it
    company.fact("identity", "w1", "w1", system="workspace", account="A", known="2024-01-01")
    company.fact("usage", "u1", "w1", system="workspace", used_at=noon(day("2026-02-01")))
    assert examples(check(company), "sold_not_seen") == ("B",)


# --- accounts and contracts


def test_cyclic_parents_are_a_finding_and_not_an_error(company: Company) -> None:
    company.account("A", parent="B", owner="ana")
    company.account("B", parent="A", owner="ana")
    company.account("C", parent="Z", owner="ana")
    report = check(company)
    assert examples(report, "account.cyclic_parent") == ("A", "B")
    cycle = found(report, "account.cyclic_parent")
    assert cycle
    assert (cycle.count, cycle.sources) == (2, ("own",))
    assert examples(report, "account.unknown_parent") == ("C under Z",)


def test_accounts_of_one_name_are_found_unless_they_are_one_family(company: Company) -> None:
    for account, name in (("A", "Acme GmbH"), ("B", "ACME, Inc."), ("C", "Bolt Ltd")):
        company.account(account, name=name, owner="ana")
    company.account("D", name="Bolt", parent="C", owner="ana")
    assert examples(check(company), "account.same_name") == ("A, B",)


def test_sources_that_disagree_are_listed_with_the_winner(tmp_path: Path) -> None:
    company = Company(tmp_path, default_terms(precedence={"owner": ("billing", "own")}))
    company.account("A", owner="ana", arr=100, currency="EUR", industry="retail")
    company.fact("account", "A", "A", source="billing", known="2024-01-01", owner="ben", arr=200, currency="EUR")
    report = check(company)
    conflicts = {f.text: f.examples for f in report.findings if f.code == "conflict.attribute"}
    assert list(conflicts.values()) == [("A: billing 200, own 100",), ("A: billing ben, own ana",)]
    assert any("precedence: billing before own" in text for text in conflicts)
    assert any("no precedence named" in text for text in conflicts)


def test_a_product_sold_by_two_sources_is_found_because_it_counts_twice(company: Company) -> None:
    for account in ("A", "B"):
        company.account(account, owner="ana")
        company.fact("subscription", f"s{account}", account, start_day=day("2026-01-01"), mrr=100, product="core")
    company.fact("subscription", "c1", "A", source="crm", start_day=day("2026-01-01"), mrr=100, product="core")
    company.fact("subscription", "c2", "B", source="crm", start_day=day("2026-01-01"), mrr=150, product="core")
    report = check(company)
    assert examples(report, "subscription.two_sources") == ("A: crm 100, own 100",)
    assert examples(report, "conflict.contract") == ("B: crm 150, own 100",)


def test_stated_arr_far_from_twelve_times_the_mrr_is_found(company: Company) -> None:
    for account, arr in (("A", 120_000), ("B", 240_000)):
        company.account(account, owner="ana", arr=arr, currency="EUR")
        company.fact("subscription", f"s{account}", account, start_day=day("2026-01-01"), mrr=10_000, currency="EUR")
    assert examples(check(company), "conflict.arr") == ("B",)


def test_overlapping_subscriptions_of_one_product_are_found_and_successors_are_not(company: Company) -> None:
    company.account("A", owner="ana")
    company.account("B", owner="ana")
    for key, account, start, end in (("s1", "A", "2025-01-01", None), ("s2", "A", "2026-01-01", None),
                                     ("s3", "B", "2025-01-01", "2026-01-01"), ("s4", "B", "2026-01-01", None)):  # fmt: skip
        company.fact("subscription", key, account, start_day=day(start), product="core",
                     cancelled_day=day(end) if end else None)  # fmt: skip
    assert examples(check(company), "subscription.overlap") == ("A core",)


def test_money_without_a_rate_is_found_per_currency_and_kind(company: Company) -> None:
    company.account("A", owner="ana")
    company.fact("subscription", "s1", "A", start_day=day("2026-01-01"), mrr=100, currency="SEK")
    company.fact("invoice", "i1", "A", issued_day=day("2026-01-01"), amount=100, currency="USD")
    company.fact("fx", "f1", "A", rate_day=day("2025-01-01"), currency="USD", rate_ppm=900_000)
    finding = found(check(company), "money.no_rate")
    assert finding is not None
    assert (finding.text, finding.examples) == ("subscription amounts in SEK without an exchange rate: 1", ("s1",))


# --- events


@pytest.mark.parametrize(
    ("code", "kind", "columns"),
    [
        ("ticket.resolved_before_opened", "ticket",
         {"opened_at": datetime(2026, 2, 2, 12), "resolved_at": datetime(2026, 2, 1, 12)}),
        ("invoice.paid_before_issued", "invoice", {"issued_day": day("2026-02-02"), "paid_day": day("2026-02-01")}),
        ("subscription.ended_before_start", "subscription",
         {"start_day": day("2026-02-02"), "end_day": day("2026-02-01")}),
        ("contact.left_before_joined", "contact",
         {"person": "p", "joined_day": day("2026-02-02"), "left_day": day("2026-02-01")}),
    ],
)  # fmt: skip
def test_dates_in_the_wrong_order_are_found(company: Company, code: str, kind: str, columns: dict[str, Any]) -> None:
    company.account("A", owner="ana")
    company.fact(kind, "x1", "A", **columns)
    assert examples(check(company), code) == ("x1",)


def test_a_ticket_resolved_on_its_day_is_in_order_where_one_of_the_dates_has_no_time(company: Company) -> None:
    company.account("A", owner="ana")
    company.fact("ticket", "t1", "A", opened_at=datetime(2026, 2, 2, 12), resolved_at=datetime(2026, 2, 2, 0))
    assert found(check(company), "ticket.resolved_before_opened") is None


def test_tickets_before_signup_negative_counts_and_scores_out_of_range_are_found(company: Company) -> None:
    company.account("A", owner="ana", since="2026-01-01")
    company.fact("ticket", "t1", "A", opened_at=noon(day("2025-12-31")), csat=7)
    company.fact("usage", "u1", "A", used_at=noon(day("2026-02-01")), count=-3)
    company.fact("survey", "n1", "A", answered_at=noon(day("2026-02-01")), type="nps", score=11)
    report = check(company)
    assert examples(report, "ticket.before_signup") == ("t1",)
    assert examples(report, "value.negative") == ("u1",)
    ranges = [f.text for f in report.findings if f.code == "value.out_of_range"]
    assert ranges == ["survey score (0 to 10) out of range: 1", "ticket csat (1 to 5) out of range: 1"]


def test_events_dated_after_the_day_they_became_known_are_found_per_kind(company: Company) -> None:
    """A ticket of next year and a use of tomorrow, loaded today; not what is corrected since, nor the same evening."""
    company.account("A", owner="ana")
    told = noon(day("2026-03-10"))
    company.fact("ticket", "t1", "A", opened_at=noon(day("2027-03-10")), known=told)
    company.fact("ticket", "t2", "A", opened_at=noon(day("2026-03-10")), known=told)
    company.fact("ticket", "t3", "A", opened_at=noon(day("2027-03-10")), known=told)
    company.fact("ticket", "t3", "A", opened_at=noon(day("2026-03-08")), known="2026-03-11")
    company.fact("ticket", "t4", "A", opened_at=noon(day("2027-03-10")), known=told)
    company.fact("ticket", "t4", "A", opened_at=noon(day("2027-03-10")), known="2026-03-11", deleted=True)
    company.fact("usage", "u1", "A", used_at=noon(day("2026-03-11")), known=told)
    company.fact("usage", "u2", "A", used_at=told + timedelta(hours=9), known=told)
    ahead = [f for f in check(company).findings if f.code == "event.ahead"]
    assert [(f.kinds, f.severity, f.count, f.examples) for f in ahead] == [
        (("ticket",), "warning", 1, ("t1 on 2027-03-10",)),
        (("usage",), "warning", 1, ("u1 on 2026-03-11",)),
    ]


def test_a_meeting_that_is_planned_is_a_note_and_no_error(company: Company) -> None:
    company.account("A", owner="ana")
    company.used("A", "2026-03-14")
    company.fact("interaction", "i1", "A", occurred_at=noon(day("2026-04-01")), type="qbr", known="2026-03-10")
    [finding] = check(company).findings
    assert (finding.code, finding.severity, finding.examples) == ("interaction.ahead", "note", ("i1 on 2026-04-01",))


# --- deliveries


def test_references_of_no_account_are_counted_per_source(company: Company) -> None:
    company.account("A", owner="ana")
    company.fact("usage", "u1", "w9", system="workspace", used_at=noon(day("2026-02-01")))
    company.fact("usage", "u2", "w9", system="workspace", used_at=noon(day("2026-02-02")))
    report = check(company)
    finding = found(report, "reference.unmatched")
    assert finding is not None
    assert (finding.count, finding.examples, finding.sources) == (1, ("workspace w9",), ("own",))
    assert report.sources[0].unmatched == 1


def test_a_row_that_was_repaired_since_no_longer_stands_outside(company: Company) -> None:
    company.account("A", owner="ana")
    reject(company, batch=1, external_id="u1")
    reject(company, batch=1, external_id="u2", file="other")
    load(company, batch=1, at="2026-02-01")
    load(company, batch=1, at="2026-02-01", origin="other")
    company.publish(loaded="2026-02-01")
    company.fact("usage", "u2", "A", used_at=noon(day("2026-02-01")))
    load(company, batch=2, at="2026-03-01")
    report = check(company)
    assert found(report, "ingest.quarantined") is None
    assert report.sources[0].quarantined == 0


def test_a_row_still_in_the_newest_load_of_its_file_stands_outside(company: Company) -> None:
    company.account("A", owner="ana")
    load(company, batch=1, at="2026-02-01")
    reject(company, batch=1, external_id="u1", line=7, column="used_at")
    assert examples(check(company), "ingest.quarantined") == ("usage:7 used_at",)


def test_a_week_without_rows_is_a_gap_until_it_is_declared(tmp_path: Path) -> None:
    def gaps(folder: Path, *lost: tuple[str, str]) -> dict[str, Finding]:
        declared = tuple((day(first), day(last)) for first, last in lost)
        company = Company(folder, default_terms(feeds=(Feed("own", "usage", Watermark.DATA, True, None, declared),)))
        company.account("A", owner="ana")
        for number in range(100):
            on = (day("2025-10-06") + timedelta(days=number)).isoformat()
            if not "2025-11-10" <= on <= "2025-11-16":
                for _ in range(3):
                    company.used("A", on)
        return {f.code: f for f in check(company).findings if f.code.startswith("gap.")}

    undeclared = gaps(tmp_path / "a")
    assert undeclared["gap.undeclared"].count == 7
    assert undeclared["gap.undeclared"].examples == ("2025-11-10 to 2025-11-16",)
    assert list(gaps(tmp_path / "b", ("2025-11-10", "2025-11-16"))) == ["gap.declared"]


def test_weekends_are_no_gap_for_a_source_that_rests_then_and_chance_is_none_for_a_sparse_one(company: Company) -> None:
    company.account("A", owner="ana")
    for offset in range(7 * 30):
        on = day("2025-06-02") + timedelta(days=offset)
        if on.weekday() < 5:
            for _ in range(15):
                company.used("A", on.isoformat())
        if offset % 40:  # one ticket on almost every day
            company.fact("ticket", f"t{offset}", "A", opened_at=noon(on))
    assert not [f for f in check(company).findings if f.code.startswith("gap.")]


def test_accounts_that_a_kind_of_system_does_not_know_are_listed(tmp_path: Path) -> None:
    feeds = (Feed("own", "account", Watermark.LOAD), Feed("desk", "ticket", Watermark.LOAD))
    company = Company(tmp_path, default_terms(feeds=feeds))
    company.account("A", owner="ana")
    company.account("B", owner="ana")
    company.fact("ticket", "t1", "A", source="desk", opened_at=noon(day("2026-02-01")))
    report = check(company, systems={"own": "crm", "desk": "support"})
    assert [(f.text, f.examples) for f in report.findings if f.code == "coverage.missing"] == [
        ("accounts that no support source refers to: 1", ("B",))
    ]


# --- freshness


def test_a_source_is_stale_when_its_kind_furthest_over_its_limit_is(tmp_path: Path) -> None:
    feeds = (Feed("own", "account", Watermark.LOAD), Feed("own", "usage", Watermark.DATA))
    company = Company(tmp_path, default_terms(feeds=feeds))
    company.account("A", owner="ana")
    company.used("A", "2026-03-10")
    report = check(company)
    health = report.sources[0]
    assert (health.watermark, health.age_days, health.limit_days, health.fresh) == (day("2026-03-10"), 5, 3, False)
    assert "source.stale" in {f.code for f in report.findings}
    assert report.fresh_systems == ()


def test_a_retired_source_is_never_stale(tmp_path: Path) -> None:
    feeds = (Feed("own", "usage", Watermark.DATA, False, day("2026-03-11")),)
    company = Company(tmp_path, default_terms(feeds=feeds))
    company.account("A", owner="ana")
    company.used("A", "2026-03-10")
    report = check(company)
    assert report.sources[0].fresh is None
    assert "source.stale" not in {f.code for f in report.findings}


def test_freshness_is_judged_as_known_on_the_day(company: Company) -> None:
    company.account("A", owner="ana")
    company.used("A", "2026-03-01")
    company.publish(loaded="2026-03-02")
    company.used("A", "2026-03-15")
    report = check(company, as_of="2026-03-05")
    assert report.sources[0].watermark == day("2026-03-01")
    assert report.sources[0].last_load == noon(day("2026-03-05"))


# --- words that signals compare with


def test_words_that_no_signal_knows_are_found_with_how_often_they_occur(company: Company) -> None:
    company.account("A", owner="ana", lifecycle="Customer")
    company.account("B", owner="ana", lifecycle="vip")
    for n, severity in enumerate(("urgent", "urgent", "P1", "high", None)):
        company.fact("ticket", f"t{n}", "A", opened_at=noon(day("2026-03-01")), severity=severity)
    company.fact("flag", "f", "A", raised_day=day("2026-03-01"), type="whatever")
    report = check(company)
    unknown = {f.text: f.examples for f in report.findings if f.code == "value.unknown_word"}
    assert unknown == {
        "account rows with a lifecycle that no signal knows: 1 (expected prospect, onboarding, customer, churned)": (
            "'vip' (1)",
        ),
        "ticket rows with a severity that no signal knows: 3 (expected critical, high, medium, low)": (
            "'P1' (1)",
            "'urgent' (2)",
        ),
    }


def test_roles_are_known_in_any_spelling(company: Company) -> None:
    company.account("A", owner="ana")
    for n, role in enumerate(("Decision_Maker", "champion", "SPONSOR")):
        company.fact("contact", f"c{n}", "A", person=f"p{n}", role=role, joined_day=day("2026-01-01"))
    assert found(check(company), "value.unknown_word") is None
