"""Nothing known at or after a day's close changes a reading as of that day (SEMANTICS, rules 2-7, 9)."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from keepwell.signals.catalogue import CATALOGUE
from keepwell.words.reading import Signal
from tests.company import Company, close, day, default_terms, examples, noon

FIRST = day("2026-01-01")
AS_OF = day("2026-03-15")
ACCOUNTS = ("A", "B", "C")
# an example reads every fifth signal of the catalogue, from one of the first five on: reading costs what is read
SHARE = st.sampled_from([list(CATALOGUE.values())[first::5] for first in range(5)])
# each example writes and reads a lake, so that shrinking a failure would take minutes
QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate))


@dataclass(frozen=True)
class Row:
    """A fact to write: its kind, key, reference, day and when it becomes known."""

    kind: str
    key: int
    ref: str
    on: int
    delay: int
    spice: int


ROWS = st.lists(
    st.builds(
        Row,
        kind=st.sampled_from(
            [
                "usage",
                "usage",
                "ticket",
                "invoice",
                "interaction",
                "survey",
                "contact",
                "milestone",
                "subscription",
                "pulse",
                "flag",
            ]
        ),
        key=st.integers(0, 12),
        ref=st.sampled_from([*ACCOUNTS, "w1", "w2"]),
        on=st.integers(0, 80),
        delay=st.integers(0, 20),
        spice=st.integers(0, 7),
    ),
    min_size=4,
    max_size=30,
)


def columns(row: Row) -> dict[str, Any]:
    """The kind's own columns, varied by `spice`."""
    on, s = FIRST + timedelta(days=row.on), row.spice
    later = on + timedelta(days=s * 3)
    match row.kind:
        case "usage":
            return {"used_at": noon(on), "person": f"p{s % 3}", "feature": ["reports", "api", "x"][s % 3], "count": s}
        case "ticket":
            return {
                "opened_at": noon(on),
                "severity": ["critical", "high", "low"][s % 3],
                "resolved_at": noon(later) if s % 2 else None,
                "csat": s % 5 + 1,
            }
        case "invoice":
            return {
                "issued_day": on,
                "due_day": later,
                "paid_day": later + timedelta(days=s) if s % 2 else None,
                "amount": 1000 * s,
                "currency": "EUR",
            }
        case "interaction":
            return {
                "occurred_at": noon(on),
                "type": ["email", "meeting"][s % 2],
                "person": f"p{s % 3}",
                "direction": ["inbound", "outbound"][s % 2],
                "attended": s % 3 == 0,
                "role": "champion",
            }
        case "survey":
            return {"answered_at": noon(on), "type": ["nps", "csat"][s % 2], "score": s, "person": "p1"}
        case "contact":
            return {
                "person": f"p{s % 3}",
                "role": ["champion", "sponsor"][s % 2],
                "joined_day": on,
                "left_day": later if s % 2 else None,
            }
        case "milestone":
            return {
                "name": "m",
                "plan": "success",
                "created_day": on,
                "due_day": later,
                "achieved_day": later if s % 2 else None,
            }
        case "subscription":
            return {
                "product": "core",
                "seats": s * 5,
                "mrr": s * 10000,
                "currency": "EUR",
                "start_day": on,
                "end_day": on + timedelta(days=300),
                "cancelled_day": later if s == 1 else None,
            }
        case "pulse":
            return {"given_day": on, "score": s % 5 + 1}
        case _:
            return {"raised_day": on, "type": "competitor", "expires_day": later}


def write(company: Company, rows: list[Row], not_before: datetime | None = None) -> None:
    """Write the rows; with `not_before` none of them is known earlier."""
    for row in rows:
        known = noon(FIRST + timedelta(days=row.on + row.delay))
        known = max(known, not_before) if not_before else min(known, close(AS_OF) - timedelta(seconds=1))
        system = "workspace" if row.ref.startswith("w") else "account"
        company.fact(row.kind, f"{row.kind}{row.key}", row.ref, known=known, system=system, **columns(row))


def start(folder: Path) -> Company:
    """Three accounts, one the parent of another, with two workspaces."""
    company = Company(folder)
    company.account("A")
    company.account("B", parent="A")
    company.account("C")
    for workspace, account in (("w1", "A"), ("w2", "B")):
        company.fact("identity", workspace, workspace, system="workspace", account=account, known="2024-01-01")
    company.fact(
        "subscription",
        "s",
        "A",
        product="core",
        seats=10,
        mrr=100_000,
        currency="EUR",
        start_day=day("2025-01-01"),
        auto_renew=True,
    )
    return company


@settings(QUICK, max_examples=examples(3, often=2))
@given(past=ROWS, future=ROWS, seconds=st.integers(0, 10**6), signals=SHARE)
def test_facts_corrections_and_deletions_known_after_the_close_change_no_reading(
    past: list[Row], future: list[Row], seconds: int, signals: list[Signal]
) -> None:
    """Late, duplicate, corrected and deleted rows, usage included."""
    with tempfile.TemporaryDirectory() as folder:
        company = start(Path(folder))
        write(company, past)
        company.publish(loaded=close(AS_OF) - timedelta(hours=1))
        before = company.readings(AS_OF.isoformat(), signals)
        write(company, future, not_before=close(AS_OF) + timedelta(seconds=seconds))
        for row in past[:5]:
            system = "workspace" if row.ref.startswith("w") else "account"
            company.fact(
                row.kind,
                f"{row.kind}{row.key}",
                row.ref,
                known=close(AS_OF),
                system=system,
                **columns(row),
                deleted=True,
            )
        company.publish(loaded=close(AS_OF))
        assert company.readings(AS_OF.isoformat(), signals) == before


AGREED = {"subscription"}  # a contract is known before it starts


@settings(QUICK, max_examples=examples(2, often=2))
@given(past=ROWS, ahead=ROWS, signals=SHARE)
def test_facts_dated_after_the_day_change_no_reading_however_early_they_are_told(
    past: list[Row], ahead: list[Row], signals: list[Signal]
) -> None:
    """A ticket of next year, a use of tomorrow, a champion who joins next week: told before the day closes."""
    with tempfile.TemporaryDirectory() as folder:
        company = start(Path(folder))
        write(company, past)
        company.publish(loaded=close(AS_OF) - timedelta(hours=1))
        before = company.readings(AS_OF.isoformat(), signals)
        for number, row in enumerate(ahead):
            if row.kind not in AGREED:
                later = replace(row, on=(AS_OF - FIRST).days + 1 + row.on * 5)
                system = "workspace" if row.ref.startswith("w") else "account"
                known = close(AS_OF) - timedelta(hours=1 + row.delay * 24)
                company.fact(row.kind, f"ahead{number}", row.ref, known=known, system=system, **columns(later))
        company.publish(loaded=close(AS_OF) - timedelta(hours=1))
        assert company.readings(AS_OF.isoformat(), signals) == before


@settings(QUICK, max_examples=examples(2, often=2))
@given(past=ROWS, valid=st.one_of(st.none(), st.dates(FIRST, AS_OF)), signals=SHARE)
def test_a_remapping_known_after_the_close_changes_no_reading(
    past: list[Row], valid: date | None, signals: list[Signal]
) -> None:
    """A merge or move of a workspace entered later leaves the day as it was."""
    with tempfile.TemporaryDirectory() as folder:
        company = start(Path(folder))
        write(company, past)
        company.publish(loaded=close(AS_OF) - timedelta(hours=1))
        before = company.readings(AS_OF.isoformat(), signals)
        company.fact(
            "identity", "w1-moved", "w1", system="workspace", account="C", valid_from=valid, known=close(AS_OF)
        )
        company.fact("account", "B", "B", known=close(AS_OF), created_day=FIRST, parent="C", name="renamed")
        company.publish(loaded=close(AS_OF))
        assert company.readings(AS_OF.isoformat(), signals) == before


@settings(QUICK, max_examples=examples(2, often=2))
@given(rows=ROWS, account=st.sampled_from(ACCOUNTS), back=st.integers(0, 60), signals=SHARE)
def test_one_account_alone_reads_like_the_batch(
    rows: list[Row], account: str, back: int, signals: list[Signal]
) -> None:
    """Single = batch, bitwise, for random accounts and dates (rule 9)."""
    with tempfile.TemporaryDirectory() as folder:
        company = start(Path(folder))
        write(company, rows)
        company.publish(loaded=close(AS_OF))
        as_of = (AS_OF - timedelta(days=back)).isoformat()
        assert company.readings(as_of, signals, [account])[account] == company.readings(as_of, signals)[account]


def test_a_fact_known_one_second_before_the_close_counts_and_at_the_close_does_not(tmp_path: Path) -> None:
    """The border of rule 2, to the second, on a day whose close is at 04:00 or 05:00 UTC."""
    for name, as_of in (("winter", day("2026-01-20")), ("dst", day("2026-03-28"))):
        company = Company(tmp_path / name, default_terms())
        company.account("A")
        for key, known in (("in", close(as_of) - timedelta(seconds=1)), ("out", close(as_of))):
            company.fact("ticket", key, "A", opened_at=noon(as_of), severity="high", known=known)
        company.publish(loaded=close(as_of) - timedelta(hours=1))
        reading = company.readings(as_of.isoformat(), [CATALOGUE["ticket_pressure"]])["A"]
        assert reading["v_ticket_pressure"] == 4_000
