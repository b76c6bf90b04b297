"""Which account a reference meant on a day, as known as of a date (SEMANTICS, rule 6)."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from keepwell.timeline import identity, profile
from keepwell.timeline.ledger import Ledger
from tests.company import Company, close, day, examples, noon


def tickets(company: Company, as_of: str) -> dict[str, list[str]]:
    """account → ids of its tickets as of the date."""
    connection, known = company.known(as_of)
    rows = connection.execute(
        f"SELECT account_id, external_id FROM ({known.relation('ticket')}) ORDER BY 1, 2"
    ).fetchall()
    return {account: [t for a, t in rows if a == account] for account, _ in rows}


def two_accounts(folder: Path) -> Company:
    """A and B; workspace w belongs to A from the beginning; a ticket on 1 March and one on 1 April."""
    company = Company(folder)
    company.account("A")
    company.account("B")
    company.fact("identity", "w-a", "w", system="workspace", account="A", known="2025-01-01")
    for key, on in (("march", "2026-03-01"), ("april", "2026-04-01")):
        company.fact("ticket", key, "w", system="workspace", opened_at=noon(day(on)), severity="low")
    return company


def test_a_move_takes_the_facts_from_its_day_on(tmp_path: Path) -> None:
    """Rule 6: a move is a row valid from a date."""
    company = two_accounts(tmp_path)
    company.fact(
        "identity", "w-b", "w", system="workspace", account="B", valid_from=day("2026-03-15"), known="2026-03-15"
    )
    company.publish()
    assert tickets(company, "2026-04-10") == {"A": ["march"], "B": ["april"]}


def test_a_correction_rewrites_the_past_only_from_the_day_it_is_known(tmp_path: Path) -> None:
    """Rule 6: a correction is a row valid from the beginning, known now."""
    company = two_accounts(tmp_path)
    company.fact("identity", "w-fixed", "w", system="workspace", account="B", known="2026-04-05")
    company.publish()
    assert tickets(company, "2026-04-04") == {"A": ["april", "march"]}
    assert tickets(company, "2026-04-05") == {"B": ["april", "march"]}


def versioned(company: Company, account: str, since: str, *, known: str | None = None) -> None:
    """One version of workspace v's row, which names its account from a day on."""
    company.fact("identity", "v", "v", system="workspace", account=account, valid_at=noon(day(since)),
                 known=known or since)  # fmt: skip


def test_a_version_of_a_mapping_does_not_count_before_its_day(tmp_path: Path) -> None:
    """A move of April, announced in January."""
    company = two_accounts(tmp_path)
    for key, on in (("feb", "2026-02-01"), ("may", "2026-05-01")):
        company.fact("ticket", key, "v", system="workspace", opened_at=noon(day(on)), severity="low")
    versioned(company, "A", "2026-01-01")
    versioned(company, "B", "2026-04-01", known="2026-01-01")
    company.publish()
    assert "feb" in tickets(company, "2026-03-31")["A"]
    found = tickets(company, "2026-05-10")
    assert "feb" in found["A"]  # the mapping of the fact's day
    assert found["B"] == ["may"]


@settings(deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate,), max_examples=examples(4))
@given(
    moves=st.dictionaries(st.integers(0, 40), st.sampled_from("ABC"), min_size=1, max_size=6),
    early=st.booleans(),
    days=st.lists(st.integers(0, 50), min_size=1, max_size=3, unique=True),
)
def test_history_replays_with_the_mapping_of_each_facts_day(
    moves: dict[int, str], early: bool, days: list[int]
) -> None:
    """Versions of one row, known when they begin or all along; the first holds for what came before it."""
    first = day("2026-01-01")
    with tempfile.TemporaryDirectory() as folder:
        company = Company(Path(folder))
        for account in "ABC":
            company.account(account)
        for n, account in sorted(moves.items()):
            on = (first + timedelta(days=n)).isoformat()
            versioned(company, account, on, known="2026-01-01" if early else on)
        for n in range(0, 50, 7):
            opened = noon(first + timedelta(days=n))
            company.fact("ticket", str(n), "v", system="workspace", opened_at=opened, severity="low")
        company.publish()
        for as_of in days:
            begun = {n: account for n, account in moves.items() if n <= as_of}
            expected: dict[str, list[str]] = {}
            for n in range(0, min(as_of, 49) + 1, 7):
                if begun:
                    version = max((m for m in begun if m <= n), default=min(begun))
                    expected.setdefault(begun[version], []).append(str(n))
            found = tickets(company, (first + timedelta(days=as_of)).isoformat())
            assert found == {account: sorted(keys) for account, keys in expected.items()}


def test_a_merged_account_brings_its_facts(tmp_path: Path) -> None:
    """A redirect of the account's own id is an identity row of the system 'account'."""
    company = two_accounts(tmp_path)
    company.fact("identity", "merge", "A", system="account", account="B", known="2026-04-05")
    company.fact("ticket", "own", "A", opened_at=noon(day("2026-02-01")), severity="low")
    company.publish()
    assert "own" in tickets(company, "2026-04-04")["A"]
    assert "own" in tickets(company, "2026-04-05")["B"]


def test_overlapping_mappings_count_each_fact_once(tmp_path: Path) -> None:
    """Three overlapping rows for one workspace: every ticket lands in exactly one account."""
    company = two_accounts(tmp_path)
    for key, since, until in (("x", "2026-02-20", "2026-03-20"), ("y", "2026-02-01", "2026-04-20")):
        company.fact(
            "identity",
            key,
            "w",
            system="workspace",
            account="B",
            valid_from=day(since),
            valid_to=day(until),
            known="2026-02-25",
        )
    company.publish()
    found = tickets(company, "2026-05-01")
    assert sorted(t for ids in found.values() for t in ids) == ["april", "march"]


def test_unmatched_references_are_listed_and_never_dropped(tmp_path: Path) -> None:
    """A fact of an unknown workspace stays, counted, and is found once its mapping arrives."""
    company = two_accounts(tmp_path)
    company.fact("ticket", "lost", "w-unknown", system="workspace", opened_at=noon(day("2026-03-01")), severity="low")
    company.publish()
    _, known = company.known("2026-04-10")
    assert known.unmatched(day("2026-04-10")) == [("own", "workspace", "w-unknown")]
    company.fact("identity", "late", "w-unknown", system="workspace", account="A", known="2026-04-01")
    company.publish()
    assert "lost" in tickets(company, "2026-04-10")["A"]


def test_accounts_in_a_cycle_of_parents_stand_without_one_and_what_is_below_them_stays(tmp_path: Path) -> None:
    """A under B under A; C below A; D under itself. Two wrong rows must not stop the other accounts."""
    company = Company(tmp_path)
    company.account("A", parent="B")
    company.account("B", parent="A")
    company.account("C", parent="A")
    company.account("D", parent="D")
    company.publish()
    connection, _ = company.known("2026-01-01")
    assert connection.execute("SELECT account_id, a_parent FROM attributes ORDER BY 1").fetchall() == [
        ("A", None),
        ("B", None),
        ("C", "A"),
        ("D", None),
    ]
    lineage = connection.execute("SELECT account_id, ancestor FROM lineage WHERE distance > 0").fetchall()
    assert lineage == [("C", "A")]


def test_a_cycle_of_parents_is_named_with_the_source_that_says_so(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.account("A", parent="B", source="erp")
    company.account("B", parent="A")
    company.account("C", parent="A")
    company.publish()
    ledger = Ledger(company.lake.connect(company.batch), company.terms)
    on = day("2026-01-01")
    assert ledger.cycles(on, close(on)) == [("A", "B", "erp"), ("B", "A", "own")]


def test_a_long_chain_of_parents_is_no_cycle(tmp_path: Path) -> None:
    company = Company(tmp_path)
    for level in range(20):
        company.account(f"a{level}", parent=f"a{level + 1}" if level < 19 else None)
    company.publish()
    connection, _ = company.known("2026-01-01")
    [(most,)] = connection.execute("SELECT max(distance) FROM lineage").fetchall()
    assert most == 19


def test_a_child_reads_the_contract_of_its_nearest_ancestor(tmp_path: Path) -> None:
    """Billing, commercial and people rows are inherited from the contract-holding ancestor."""
    company = Company(tmp_path)
    company.account("top")
    company.account("middle", parent="top")
    company.account("leaf", parent="middle")
    company.fact(
        "subscription",
        "s",
        "top",
        product="core",
        mrr=5000,
        currency="EUR",
        start_day=day("2025-01-01"),
        auto_renew=True,
    )
    company.publish()
    connection, _ = company.known("2026-01-01", ["leaf"], close_at=close(day("2026-01-01")))
    rows = connection.execute("SELECT account_id, a_holder, a_mrr_minor FROM attributes ORDER BY 1").fetchall()
    assert rows == [("leaf", "top", 0), ("middle", "top", 0), ("top", "top", 5000)]


def test_without_mappings_rates_parents_and_contracts_the_short_statements_make_what_the_whole_ones_make(
    tmp_path: Path,
) -> None:
    company = Company(tmp_path)
    for account, known in (("A", "2026-01-01"), ("A", "2026-02-01"), ("B", "2026-03-01"), ("late", "2026-03-20")):
        company.account(account, since=known, name=known)
    company.fact("account", "x", "y", created_day=day("2026-01-01"), known="2026-01-01")
    company.publish()
    connection, _ = company.known("2026-03-15")
    tables = ("identity_at", "fx_at", "cyclic", "lineage", "contract")
    short = [connection.execute(f"FROM {table} ORDER BY ALL").fetchall() for table in tables]
    kinds = [connection.execute(f"DESCRIBE {table}").fetchall() for table in tables]
    assert [len(rows) for rows in short] == [2, 2, 0, 2, 0]
    for statement in (identity.IDENTITY_AT, identity.CYCLIC, identity.LINEAGE, profile.contracts_sql()):
        connection.execute(statement)
    Ledger(connection, company.terms)._rates(rewound=False)
    assert [connection.execute(f"FROM {table} ORDER BY ALL").fetchall() for table in tables] == short
    assert [connection.execute(f"DESCRIBE {table}").fetchall() for table in tables] == kinds
