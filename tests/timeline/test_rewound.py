"""A day read with later knowledge: news of the days since are not knowledge about that day (SEMANTICS, rule 14)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from keepwell.scoring.change import decompose
from keepwell.signals.catalogue import CATALOGUE
from tests.company import Company, close, day, examples, noon
from tests.scoring.conftest import card

D1, D2 = "2026-03-31", "2026-04-30"
BEFORE, BETWEEN = "2026-02-10", "2026-04-15"
CARD = """
form: weighted
measures:
  mrr: {weight: 30, healthy: 1200, poor: 100}
  seats: {weight: 30, healthy: 40, poor: 1}
  licence_use: 20
  nps: 20
segments:
  - {name: big, when: segment = E, weights: {nps: 60}}
"""
SIGNALS = {name: CATALOGUE[name] for name in ("mrr", "seats", "licence_use", "nps", "mrr_change", "lifecycle")}
COUNTED_FROM_THE_START = ("exec_touch", "two_way_contact", "days_since_use", "first_value_delay")
Row = dict[str, Any]


def line(company: Company, account: str, known: str, /, key: str = "", **columns: Any) -> None:
    """One version of a contract line; by default 20 seats for 1,000 EUR a month since 2025."""
    given_ = {"product": "core", "seats": 20, "mrr": 100_000, "currency": "EUR", "start_day": day("2025-01-01"),
              "auto_renew": True}  # fmt: skip
    company.fact("subscription", f"s-{account}{key}", account, known=known, **(given_ | columns))


def customer(company: Company, account: str, **columns: Any) -> None:
    """A small account with a contract, ten users and a good NPS."""
    company.account(account, **({"segment": "S", "owner": "Ana"} | columns))
    line(company, account, "2025-01-01")
    company.fact("survey", f"n-{account}", account, answered_at=noon(day("2026-03-01")), type="nps", score=9)
    for person in range(10):
        for month in ("2026-03-20", "2026-04-20"):
            company.used(account, month, person=f"p{person}")


def readings(company: Company, *names: str, of: Sequence[str] = tuple(SIGNALS)) -> dict[str, tuple[Row, Row, Row]]:
    """account → D1 as known then, D1 as known on D2, D2."""
    signals = [CATALOGUE[name] for name in of]
    wanted = list(names)
    rows = [
        company.readings(D1, signals, wanted),
        company.readings(D1, signals, wanted, close_at=close(day(D2))),
        company.readings(D2, signals, wanted),
    ]
    return {name: (rows[0][name], rows[1][name], rows[2][name]) for name in wanted}


Rows = dict[str, tuple[Row, Row, Row]]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """Accounts to each of which one thing happened, or became known, between D1 and D2."""
    company = Company(tmp_path_factory.mktemp("rewound"))
    names = ("downgraded", "moved", "signed", "cancelled", "overlooked", "dated", "vanished", "backdated", "forgotten")
    for name in names:
        customer(company, name)
    line(company, "downgraded", BETWEEN, seats=10, mrr=50_000)
    company.account("moved", since=BETWEEN, segment="E", owner="Ben", lifecycle="churned")
    line(company, "signed", BETWEEN, "-b", seats=5, start_day=day("2026-06-01"))
    line(company, "cancelled", BETWEEN, cancelled_day=day(BETWEEN))
    line(company, "vanished", BETWEEN, deleted=True)
    line(company, "overlooked", BETWEEN, "-b", seats=5, mrr=20_000, start_day=day("2026-01-01"))
    line(company, "dated", BETWEEN, seats=10, valid_at=noon(day(BETWEEN)))
    line(company, "backdated", BETWEEN, seats=10, valid_at=noon(day(BEFORE)))
    company.fact("account", "forgotten", "forgotten", known=BETWEEN, source="crm", industry="bank",
                 created_day=day("2024-01-01"))  # fmt: skip
    company.publish()
    return readings(company, *names)


@pytest.mark.parametrize("account", ["downgraded", "moved", "signed", "cancelled", "dated", "vanished"])
def test_what_happened_since_leaves_the_day_as_it_was(rows: Rows, account: str) -> None:
    then, rewound, now = rows[account]
    assert rewound == then
    assert now != then


def test_a_line_overlooked_then_counts_when_the_day_is_read_again(rows: Rows) -> None:
    then, rewound, now = rows["overlooked"]
    assert [row["a_seats"] for row in (then, rewound, now)] == [20, 25, 25]


def test_a_version_valid_before_the_day_counts_when_it_is_read_again(rows: Rows) -> None:
    assert [row["a_seats"] for row in rows["backdated"]] == [20, 10, 10]


def test_an_attribute_of_a_row_unheard_of_then_counts_when_the_day_is_read_again(rows: Rows) -> None:
    assert [row["a_industry"] for row in rows["forgotten"]] == [None, "bank", "bank"]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as opened:
        yield opened


def causes(connection: duckdb.DuckDBPyConnection, rows: tuple[Row, Row, Row], words: str = CARD) -> dict[str, int]:
    """What each cause moved; they sum to the difference."""
    compiled = card(words, CATALOGUE)
    change = decompose(connection, (compiled, compiled), rows)
    assert change.before_milli is not None
    assert change.after_milli is not None
    assert sum(c.points_milli for c in change.causes) == change.after_milli - change.before_milli
    return {c.name: c.points_milli for c in change.causes if c.points_milli}


def test_a_downgrade_is_behaviour_and_a_late_contract_line_is_data(
    connection: duckdb.DuckDBPyConnection, rows: Rows
) -> None:
    assert causes(connection, rows["downgraded"]).keys() == {"behaviour"}
    assert causes(connection, rows["overlooked"]).keys() == {"data"}


def test_another_segment_is_profile(connection: duckdb.DuckDBPyConnection, rows: Rows) -> None:
    then, rewound, now = rows["moved"]
    answer = {"v_nps": 5}
    moved = causes(connection, (then | answer, rewound | answer, now | answer))
    assert moved.keys() == {"profile"}


def test_a_segment_learned_late_is_data(connection: duckdb.DuckDBPyConnection, rows: Rows) -> None:
    then, rewound, now = rows["moved"]
    late = {"a_segment": now["a_segment"]}
    found = causes(connection, (then | {"v_nps": 5}, rewound | late | {"v_nps": 5}, now | {"v_nps": 5}))
    assert found.keys() == {"data"}


@pytest.mark.parametrize("signal", COUNTED_FROM_THE_START)
def test_days_since_the_contract_began_are_silence_until_something_happens(
    connection: duckdb.DuckDBPyConnection, never_yet: Rows, signal: str
) -> None:
    words = f"form: weighted\nmeasures: {{{signal}: {{weight: 100, healthy: 0, poor: 100}}}}"
    assert causes(connection, never_yet["quiet"], words).keys() == {"silence"}
    assert causes(connection, never_yet["heard"], words).keys() == {"behaviour"}


@pytest.fixture(scope="module")
def never_yet(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """Two accounts of which nothing was heard by D1, and of one of them by D2 neither."""
    company = Company(tmp_path_factory.mktemp("never_yet"))
    step = {"plan": "first_value", "name": "first report"}
    for account in ("quiet", "heard", "other"):
        company.account(account, segment="M")
        line(company, account, "2026-02-01", start_day=day("2026-02-01"))
        company.fact("milestone", f"m-{account}", account, known="2026-02-01", **step)
    for account, at in (("other", BEFORE), ("heard", BETWEEN)):
        company.used(account, at, person="p")
        company.fact("interaction", f"i-{account}", account, occurred_at=noon(day(at)), type="meeting", attended=True,
                     person="p", role="sponsor")  # fmt: skip
    company.fact("milestone", "m-heard", "heard", known=BETWEEN, achieved_day=day(BETWEEN), **step)
    company.publish()
    return readings(company, "quiet", "heard", of=COUNTED_FROM_THE_START)


QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate))
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["seats", "mrr", "both", "line", "segment", "owner"]),
        st.integers(1, 29),
        st.integers(5, 40),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


@settings(QUICK, max_examples=examples(3))
@given(changes=CHANGES)
def test_whatever_is_done_after_the_day_is_never_booked_as_data(
    connection: duckdb.DuckDBPyConnection, changes: list[tuple[str, int, int, bool]]
) -> None:
    """Contract and profile changes made and known between the two days, none of which changes a status."""
    with tempfile.TemporaryDirectory() as folder:
        company = Company(Path(folder))
        customer(company, "A")
        for n, (what, after, size, dated) in enumerate(changes):
            on = f"2026-04-{after:02}"
            version: Row = {"valid_at": noon(day(on))} if dated else {}
            if what in ("segment", "owner"):
                company.account("A", since=on, segment="E" if what == "segment" else "S", owner=f"o{n}", **version)
            elif what == "line":
                line(company, "A", on, f"-{n}", seats=size, start_day=day(on))
            else:
                line(company, "A", on, seats=size if what != "mrr" else 20, mrr=size * 5_000, **version)
        company.publish()
        assert "data" not in causes(connection, readings(company, "A")["A"])
