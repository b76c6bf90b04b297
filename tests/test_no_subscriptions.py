"""Without contracts nobody is known to have a product: what cannot apply is said, it does not just vanish."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from keepwell import portfolio
from keepwell.project import Project
from keepwell.use_cases import runs
from keepwell.words.report import BookQuery, CheckReport, Finding, Unscored
from tests.book.test_inventory import FILES
from tests.test_first_day import opened

CONTRACTS = FILES["sources/crm.yml"].index("  - file: contracts.csv")
NO_CONTRACTS = FILES | {"sources/crm.yml": FILES["sources/crm.yml"][:CONTRACTS]}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return opened(tmp_path_factory.mktemp("bare"), NO_CONTRACTS)


def found(report: CheckReport, code: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.code == code]


def test_check_says_which_measures_cannot_apply_without_a_source_of_subscriptions(project: Project) -> None:
    (finding,) = found(runs.check(project), "subscription.none")
    assert finding.severity == "warning"
    assert finding.text == "no source has subscriptions: days_since_use cannot apply to 3 accounts"
    assert "subscription" in finding.fix


def test_explain_says_which_measures_do_not_apply_and_why(project: Project) -> None:
    assert any(
        text.startswith("No product is known to be sold to it: days_since_use")
        for text in runs.explain(project, "A").caveats
    )


def test_the_book_counts_why_accounts_are_unscored_and_what_most_of_them_lack(tmp_path: Path) -> None:
    card = FILES["scorecards/small.yml"].replace("form: weighted", "form: weighted\nmin_coverage: 50")
    project = opened(tmp_path, FILES | {"scorecards/small.yml": card})
    runs.score(project)
    unscored = portfolio.book(project, BookQuery()).unscored
    assert unscored == Unscored(2, (("too little evidence", 2),), (("ticket_pressure", 2),))


def test_accounts_without_a_contract_line_are_counted_beside_those_that_have_one(tmp_path: Path) -> None:
    contracts = "".join(line + "\n" for line in FILES["exports/contracts.csv"].splitlines() if ",B," not in line)
    report = runs.check(opened(tmp_path, FILES | {"exports/contracts.csv": contracts}))
    (finding,) = found(report, "subscription.none")
    assert (finding.severity, finding.count, finding.examples) == ("note", 1, ("B",))
    assert finding.text == "accounts without a subscription: 1; days_since_use cannot apply to them"


def test_nothing_is_said_where_every_account_has_a_product(tmp_path: Path) -> None:
    project = opened(tmp_path, FILES)
    assert not found(runs.check(project), "subscription.none")
    assert "No product" not in json.dumps(runs.explain(project, "A").caveats)
