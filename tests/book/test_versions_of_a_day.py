"""Whole book or one account, old placeholders or ties: each row counts once, and a book says when it cannot be shown."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from keepwell import portfolio
from keepwell.book.scorer import Scorer
from keepwell.words.problem import KeepwellError
from keepwell.words.report import BookQuery
from tests.small_project import CARD, DESK, SmallProject

DAY = date(2026, 3, 31)
TRUSTED = DESK.replace("tables:", "known_at: seen\ntables:") + DESK[DESK.index("  - file") :].replace("tickets", "more")
HEAD = "id,account,opened,severity"


@pytest.fixture
def small(tmp_path: Path) -> SmallProject:
    return SmallProject(tmp_path)


def pressure(small: SmallProject, accounts: list[str] | None = None) -> dict[str, Any]:
    scorer = Scorer(small.project)
    connection, signals = scorer.connect(), scorer.signals_of(scorer.cards.values())
    if accounts:
        scorer.read(connection, [scorer.pair(account, DAY) for account in accounts], signals)
    else:
        scorer.read_all(connection, [DAY], signals)
    return dict(connection.execute("SELECT account_id, v_ticket_pressure FROM readings").fetchall())


def test_an_id_told_by_two_tables_at_one_trusted_moment_counts_once_in_the_book_as_alone(small: SmallProject) -> None:
    """Which of two contents is right nobody can tell: the second is set aside (SEMANTICS, rule 5)."""
    small.write("sources/desk.yml", TRUSTED)
    small.write("exports/tickets.csv", f"{HEAD},seen\n1,A,2026-02-20,high,2026-02-21T00:00:00\n")
    small.write("exports/more.csv", f"{HEAD},seen\n1,A,2026-02-20,critical,2026-02-21T00:00:00\n")
    assert [table.quarantined for table in small.ingest().tables if table.kind == "ticket"] == [0, 1]
    assert pressure(small)["A"] == pressure(small, ["A"])["A"] == 4_000


def test_a_placeholder_date_of_1601_stops_no_book(small: SmallProject) -> None:
    small.write("exports/tickets.csv", f"{HEAD}\n1,A,2026-02-20,high\n2,B,1601-01-01,low\n")
    small.ingest()
    assert pressure(small) == {"A": 4_000, "B": 0}


def test_a_book_whose_cards_read_other_signals_than_when_it_was_scored_says_what_to_run(small: SmallProject) -> None:
    small.ingest()
    small.score()
    small.write(
        "scorecards/other.yml", CARD.replace("scorecard: small", "scorecard: other").replace("feature_adoption", "nps")
    )
    with pytest.raises(KeepwellError, match="read other signals than when 2026-03-31 was scored; run 'keepwell score'"):
        portfolio.book(small.project, BookQuery())
    small.score()
    assert portfolio.book(small.project, BookQuery()).total == 2


def test_what_a_billing_map_covers_is_in_the_recipe_of_a_card_that_reads_tickets_only(small: SmallProject) -> None:
    billing = DESK.replace("desk", "bill").replace("support", "billing").replace("tickets", "subscriptions")
    billing = billing.replace("kind: ticket", "kind: subscription")
    billing = billing.replace("{opened_at: opened, severity: severity}", "{start_day: start, mrr: mrr}")
    small.write("scorecards/small.yml", CARD.replace(", days_since_use: 1, feature_adoption: 1", ""))
    small.write("sources/bill.yml", billing)
    small.write("exports/subscriptions.csv", "id,account,start,mrr\n1,A,2025-01-01,500\n")
    small.ingest()
    before = small.hash()
    small.write("sources/bill.yml", billing + "covers: all\n")
    assert small.hash() != before
