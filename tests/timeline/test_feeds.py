"""Fresh, stale, missing, not applicable: what silence means (SEMANTICS, rules 3 and 8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from keepwell.signals.catalogue import CATALOGUE
from keepwell.timeline.terms import Feed
from keepwell.words.fact import KINDS
from tests.company import Company, day, default_terms, noon

USE = CATALOGUE["active_people"]
LICENCES = CATALOGUE["licence_use"]
TICKETS = CATALOGUE["ticket_pressure"]
QUIET = CATALOGUE["days_since_use"]


def feeds(**changes: Any) -> tuple[Feed, ...]:
    """One source for everything, covering only the accounts that it refers to."""
    return tuple(replace(Feed("own", k.name, k.watermark), **changes) for k in KINDS.values())


def customer(folder: Path, **terms: Any) -> Company:
    """A with ten seats since 2025, B without a contract."""
    company = Company(folder, default_terms(**terms))
    company.account("A")
    company.account("B")
    company.fact(
        "subscription",
        "s",
        "A",
        product="core",
        seats=10,
        mrr=10_000,
        currency="EUR",
        start_day=day("2025-01-01"),
        auto_renew=True,
    )
    return company


def test_an_outage_makes_readings_stale_and_leaves_their_values(tmp_path: Path) -> None:
    """Rule 8: read as of the watermark; stale once D - watermark exceeds the limit; never lower."""
    company = customer(tmp_path)
    for on in range(1, 29):
        company.used("A", f"2026-02-{on:02d}", person=f"p{on % 6}")
    company.publish()
    last = company.readings("2026-02-28", [LICENCES, QUIET])["A"]
    for as_of, status in (
        ("2026-03-02", "fresh"),
        ("2026-03-03", "fresh"),
        ("2026-03-04", "stale"),
        ("2026-06-30", "stale"),
    ):
        row = company.readings(as_of, [LICENCES, QUIET])["A"]
        assert row["q_licence_use"] == status
        assert row["v_licence_use"] == last["v_licence_use"] == 600_000
        assert row["v_days_since_use"] == last["v_days_since_use"]


def test_one_accounts_silence_is_a_value_and_never_staleness(tmp_path: Path) -> None:
    """The source is alive because others use the product."""
    company = customer(tmp_path)
    company.used("A", "2026-01-10")
    for on in range(1, 29):
        company.used("B", f"2026-02-{on:02d}")
    company.publish()
    row = company.readings("2026-02-28", [QUIET, LICENCES])["A"]
    assert (row["q_days_since_use"], row["v_days_since_use"]) == ("fresh", 49)
    assert (row["q_licence_use"], row["v_licence_use"]) == ("fresh", 0)


def test_covered_without_rows_counts_zero_and_uncovered_is_missing(tmp_path: Path) -> None:
    """A has a reference in the source; B has none."""
    company = customer(tmp_path, feeds=feeds())
    company.terms = default_terms(
        feeds=(*[f for f in feeds() if f.kind != "ticket"], Feed("desk", "ticket", KINDS["ticket"].watermark))
    )
    company.fact("identity", "org", "org-a", source="desk", system="org", account="A", known="2025-01-01")
    company.fact("ticket", "t", "org-x", source="desk", system="org", opened_at=noon(day("2026-01-01")))
    company.publish()
    rows = company.readings("2026-03-01", [TICKETS])
    assert (rows["A"]["q_ticket_pressure"], rows["A"]["v_ticket_pressure"]) == ("fresh", 0)
    assert (rows["B"]["q_ticket_pressure"], rows["B"]["v_ticket_pressure"]) == ("missing", None)


def test_sold_and_never_seen_reads_zero_after_two_weeks(tmp_path: Path) -> None:
    """A customer who never activated must not look healthy; nothing was sold to a subsidiary without a contract."""
    others = [f for f in feeds() if f.kind != "usage"]
    company = Company(tmp_path, default_terms(feeds=(*others, Feed("app", "usage", KINDS["usage"].watermark))))
    for name in ("A", "B"):
        company.account(name)
    company.account("subsidiary", parent="A")
    company.fact(
        "subscription",
        "s",
        "A",
        product="core",
        seats=10,
        mrr=10_000,
        currency="EUR",
        start_day=day("2026-01-01"),
        auto_renew=True,
    )
    for on in range(1, 32):
        company.used("B", f"2026-01-{on:02d}", source="app")
    company.publish()
    early, late = (company.readings(d, [USE]) for d in ("2026-01-14", "2026-01-15"))
    assert early["A"]["q_active_people"] == "missing"
    assert (late["A"]["q_active_people"], late["A"]["v_active_people"]) == ("fresh", 0)
    assert late["subsidiary"]["a_has_product"]
    assert (late["subsidiary"]["q_active_people"], late["subsidiary"]["v_active_people"]) == ("missing", None)


def test_days_lost_for_good_lengthen_the_window(tmp_path: Path) -> None:
    """Seven lost days in a window of 28: the 28 days with data count."""
    company = customer(tmp_path)
    for on in (*range(1, 8), *range(15, 29)):
        company.used("A", f"2026-02-{on:02d}", person=f"p{on}")
    company.publish()
    plain = company.readings("2026-02-28", [USE])["A"]["v_active_people"]
    company.used("A", "2026-01-28", person="before")
    company.publish()
    assert company.readings("2026-02-28", [USE])["A"]["v_active_people"] == plain == 21
    lost = ((day("2026-02-08"), day("2026-02-14")),)
    company.terms = default_terms(
        feeds=tuple(replace(f, gaps=lost if f.kind == "usage" else ()) for f in default_terms().feeds)
    )
    assert company.readings("2026-02-28", [USE])["A"]["v_active_people"] == 22


def test_days_since_with_no_event_ever_count_from_the_contracts_start(tmp_path: Path) -> None:
    """Not missing: nobody has used it since it was bought."""
    company = Company(tmp_path)
    company.account("A")
    company.fact(
        "subscription",
        "s",
        "A",
        product="core",
        seats=10,
        mrr=10_000,
        currency="EUR",
        start_day=day("2025-12-01"),
        auto_renew=True,
    )
    for on in range(1, 29):
        company.used("B", f"2026-02-{on:02d}")
    company.publish()
    row = company.readings("2026-02-28", [QUIET])["A"]
    assert row["v_days_since_use"] == (day("2026-02-28") - day("2025-12-01")).days


def test_a_first_load_at_night_is_complete_through_the_day_that_has_not_closed(tmp_path: Path) -> None:
    """03:00 on 1 April is before the close of 31 March: of 1 April it knows three hours, as every later load would."""
    company = customer(tmp_path)
    company.fact("ticket", "t", "A", opened_at=noon(day("2026-03-01")))
    company.publish(loaded=datetime(2026, 4, 1, 1))
    seen = {}
    for as_of in ("2026-03-01", "2026-03-31", "2026-04-01", "2026-04-02"):
        connection, _ = company.known(as_of, ["A"])
        [(seen[as_of],)] = connection.execute("SELECT lag FROM feed_at WHERE kind = 'ticket'").fetchall()
    assert seen == {"2026-03-01": 0, "2026-03-31": 0, "2026-04-01": 1, "2026-04-02": 2}


def test_a_retired_source_is_never_stale(tmp_path: Path) -> None:
    """It stopped on purpose."""
    company = customer(tmp_path)
    company.used("A", "2026-02-01")
    company.publish()
    assert company.readings("2026-03-01", [USE])["A"]["q_active_people"] == "stale"
    company.terms = default_terms(feeds=tuple(replace(f, retired=day("2026-02-10")) for f in default_terms().feeds))
    assert company.readings("2026-03-01", [USE])["A"]["q_active_people"] == "fresh"


def test_without_a_billing_source_paying_is_missing_and_not_not_applicable(tmp_path: Path) -> None:
    """Facts that nobody delivers cannot say that a signal does not apply."""
    company = customer(tmp_path, feeds=tuple(f for f in feeds() if f.kind not in ("invoice", "interaction")))
    company.publish()
    row = company.readings("2026-03-01", [CATALOGUE["overdue_days"], CATALOGUE["awaiting_reply"]])["A"]
    assert (row["q_overdue_days"], row["q_awaiting_reply"]) == ("missing", "missing")
