"""What became of customers, from contracts and from what a source tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from keepwell.learning.samples import outcomes
from keepwell.timeline.ledger import Ledger
from keepwell.timeline.terms import Terms
from tests.company import Company, close, day, default_terms, noon

UNTIL = "2026-06-30"


def without_outcomes() -> Terms:
    """Terms of a company whose outcomes only its contracts tell."""
    terms = default_terms()
    return default_terms(feeds=tuple(feed for feed in terms.feeds if feed.kind != "outcome"))


def line(company: Company, key: str, start: str, end: str | None = None, **columns: Any) -> None:
    """A contract line of account A, told on its first day, that ends before a day."""
    given = {"product": "core", "mrr": 10_000, "currency": "EUR", "auto_renew": False}
    last = day(end) if end else None
    company.fact("subscription", key, "A", known=start, start_day=day(start), end_day=last, **(given | columns))


def found(company: Company) -> tuple[list[tuple[str, str]], list[tuple[str, str]], outcomes.Outcomes]:
    """Events as (day, type), customer stretches as (from, to), and what is known of them."""
    company.account("A")
    company.publish()
    connection = company.lake.connect(company.batch)
    known = Ledger(connection, company.terms).known_of_all([(day(UNTIL), close(day(UNTIL)))])
    for name, sql in known.relations(dict.fromkeys(outcomes.KINDS)).items():
        connection.execute(f"CREATE TEMP TABLE {name} AS {sql}")
    told = outcomes.prepare(connection, day(UNTIL))
    events = connection.execute("SELECT CAST(day AS VARCHAR), type FROM outcome_event ORDER BY 1, 2").fetchall()
    spans = connection.execute("SELECT CAST(from_day AS VARCHAR), CAST(to_day AS VARCHAR) FROM customer ORDER BY 1")
    return events, spans.fetchall(), told


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ("2026-02-01", []),  # the next day
        ("2026-03-03", []),  # thirty days later: renewed late
        ("2026-03-04", [("2026-02-01", "churned")]),
    ],
)
def test_a_contract_that_goes_on_within_thirty_days_was_renewed(
    tmp_path: Path, second: str, expected: list[tuple[str, str]]
) -> None:
    """A gap of up to thirty days between two contracts is no loss."""
    company = Company(tmp_path, without_outcomes())
    line(company, "1", "2025-02-01", "2026-01-31")
    line(company, "2", second)
    events, _, _ = found(company)
    assert events == expected


def test_an_end_younger_than_thirty_days_is_not_yet_an_outcome(tmp_path: Path) -> None:
    """Up to when outcomes are certain is told beside them."""
    company = Company(tmp_path, without_outcomes())
    line(company, "1", "2025-07-01", "2026-06-10")
    events, spans, told = found(company)
    assert events == []
    assert spans == [("2025-07-01", "2026-06-11")]
    assert told.closed == day("2026-05-31")


@pytest.mark.parametrize(
    ("mrr", "expected"),
    [(9_501, []), (9_500, ["contracted"]), (10_499, []), (10_500, ["expanded"]), (None, [])],
)
def test_a_step_of_five_percent_is_an_outcome_and_unknown_money_is_none(
    tmp_path: Path, mrr: int | None, expected: list[str]
) -> None:
    """The second contract follows the first at once, at another price."""
    company = Company(tmp_path, without_outcomes())
    line(company, "1", "2025-02-01", "2026-01-31")
    line(company, "2", "2026-02-01", mrr=mrr)
    events, _, _ = found(company)
    assert [kind for _, kind in events] == expected


def test_trials_and_one_off_work_make_no_customer(tmp_path: Path) -> None:
    """Who only tried is not lost when the trial ends."""
    company = Company(tmp_path, without_outcomes())
    line(company, "1", "2025-02-01", "2025-02-28", trial=True)
    line(company, "2", "2025-06-01", "2025-06-30", one_off=True)
    assert found(company)[:2] == ([], [])


def test_what_a_source_tells_goes_before_what_contracts_show(tmp_path: Path) -> None:
    """A churn that is told ends the customer although the contract was never ended."""
    company = Company(tmp_path)
    line(company, "1", "2025-02-01")
    company.fact("outcome", "o1", "A", outcome_day=day("2026-03-15"), type="churned")
    events, spans, told = found(company)
    assert events == [("2026-03-15", "churned")]
    assert spans == [("2025-02-01", "2026-03-15")]
    assert (told.stated, told.closed) == (True, day(UNTIL))


def test_editing_a_contract_that_ended_moves_no_loss(tmp_path: Path) -> None:
    """Three corrections of a note, four weeks apart, after the end of January."""
    company = Company(tmp_path, without_outcomes())
    line(company, "1", "2025-02-01", "2026-01-31")
    for known, seats in (("2026-02-20", 11), ("2026-03-18", 12), ("2026-04-12", 13)):
        line(company, "1", "2025-02-01", "2026-01-31", seats=seats)
        company.rows["subscription"][-1]["known_at"] = noon(day(known))
    events, spans, _ = found(company)
    assert events == [("2026-02-01", "churned")]
    assert [end for _, end in spans][-1] == "2026-02-01"


@pytest.mark.parametrize(("start", "expected"), [(None, []), ("2026-04-10", ["2026-04-10"])])
def test_only_another_contract_makes_a_customer_of_one_that_was_told_lost(
    tmp_path: Path, start: str | None, expected: list[str]
) -> None:
    """Billing ends an add-on after the loss that was told; that begins nothing."""
    company = Company(tmp_path)
    line(company, "1", "2025-02-01")
    line(company, "addon", "2025-02-01", "2026-03-31")
    if start:
        line(company, "new", start)
    company.fact("outcome", "o1", "A", outcome_day=day("2026-03-15"), type="churned")
    _, spans, _ = found(company)
    assert [begin for begin, _ in spans if begin > "2026-03-15"] == expected


def test_nothing_is_certain_after_the_newest_load_of_what_tells_outcomes(tmp_path: Path) -> None:
    """Loaded last in November: whoever left since is not known to have stayed."""
    company = Company(tmp_path)
    line(company, "1", "2025-02-01")
    company.account("A")
    company.publish(loaded="2025-11-20")
    connection = company.lake.connect(company.batch)
    known = Ledger(connection, company.terms).known_of_all([(day(UNTIL), close(day(UNTIL)))])
    for name, sql in known.relations(dict.fromkeys(outcomes.KINDS)).items():
        connection.execute(f"CREATE TEMP TABLE {name} AS {sql}")
    assert outcomes.prepare(connection, day(UNTIL)).closed == day("2025-11-20")
