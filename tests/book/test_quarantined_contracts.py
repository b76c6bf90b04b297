"""A contract line that could not be taken in: its account is read without it, and whoever reads the account is told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pytest

from keepwell import portfolio
from keepwell.book import quarantine
from keepwell.book.scorer import Scorer
from keepwell.project import Project
from keepwell.use_cases import runs
from keepwell.words.report import BookQuery
from tests.book.test_inventory import FILES
from tests.test_first_day import opened

# B's line has letters for digits, C's names no account
CONTRACTS = (
    FILES["exports/contracts.csv"]
    .replace("sB,B,2025-01-01,10,100.00", "sB,B,2026-03-14,10,1OO.00")
    .replace("sC,C,", "sC,,")
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return opened(tmp_path_factory.mktemp("broken"), FILES | {"exports/contracts.csv": CONTRACTS})


def quarantined(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if "quarantined" in text]


def test_explain_of_the_account_that_a_quarantined_contract_line_names_says_what_is_read_without_it(
    project: Project,
) -> None:
    ticket = "1 ticket row of desk is quarantined (tickets.csv:4): its signals are read without it"
    contract = "1 subscription row of crm is quarantined (contracts.csv:3): MRR, seats, product and renewal are read without it"
    assert quarantined(runs.explain(project, "B").caveats) == [contract, ticket]
    assert quarantined(runs.explain(project, "B", as_of=date(2026, 3, 13)).caveats) == [ticket]  # the line begins later
    assert quarantined(runs.explain(project, "A").caveats) == []


def test_score_and_book_and_check_name_the_accounts_whose_revenue_lacks_a_quarantined_line(project: Project) -> None:
    told = (
        "2 subscription rows of crm are quarantined; MRR, seats, product and renewal of B are read without them;"
        " correct them in the source and ingest again"
    )
    assert told in runs.score(project).warnings
    assert told.rpartition("; ")[0] in portfolio.book(project, BookQuery()).notes
    (found,) = [f for f in runs.check(project).findings if f.code == "subscription.quarantined"]
    assert (found.severity, found.count, found.examples) == ("error", 1, ("B",))


def test_a_quarantined_line_that_names_nobody_is_counted_all_the_same(project: Project) -> None:
    (told,) = quarantine.of_contracts(Scorer(project), date(2026, 3, 13), advice=False)
    assert told == "1 subscription row of crm is quarantined; no known account is named in it"
