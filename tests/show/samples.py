"""Reports made by hand, with the awkward cases that real ones have."""

from __future__ import annotations

from datetime import date, datetime
from io import StringIO
from typing import Any

from rich.console import Console

from keepwell.show.screen import screen
from keepwell.words.report import (
    Book,
    BookRow,
    CheckReport,
    DiffReport,
    Explanation,
    Finding,
    IngestReport,
    Inventory,
    InventoryRow,
    SourceHealth,
    TableReport,
    TierMove,
    Unscored,
)
from keepwell.words.score import Cause, Change, Evidence, RowKind, Score, State, TierStep, Trend

DAY = date(2026, 6, 30)
TIERS = ("healthy", "stable", "at risk", "critical")


def paper(width: int = 120) -> tuple[Console, StringIO]:
    """A console that is no terminal, and what is written on it."""
    sheet = StringIO()
    return screen(sheet, width), sheet


def row(account_id: str, name: str, **changes: Any) -> BookRow:
    facts: dict[str, Any] = {
        "state": State.SCORED,
        "score_milli": 46_249,
        "tier": "at risk",
        "delta7_milli": 0,
        "delta30_milli": -6_000,
        "coverage_ppm": 740_000,
        "reason": "Active people 42 → 19 (−55 %)",
        "next_step": "See who stopped and which feature; rule out outage and holidays",
        "owner": "Ana",
        "segment": "S",
        "mrr_minor": 41_650,
        "renewal_day": date(2026, 12, 31),
    }
    return BookRow(account_id, name, **{**facts, **changes})


UNSCORED = row(
    "A-3",
    "A-3",
    state=State.UNSCORED,
    score_milli=None,
    tier=None,
    delta7_milli=None,
    delta30_milli=None,
    coverage_ppm=310_000,
    reason="Too little is known: no usage, no tickets",
    next_step="",
    owner=None,
    mrr_minor=None,
    renewal_day=None,
)
BOOK = Book(
    DAY, "default-ten", "EUR", TIERS, (row("A-1", "Hansen [red]Logistik[/red]"), UNSCORED), 400, ("crm is stale",)
)


def evidence(name: str, points: int, most: int, reason: str, **changes: Any) -> Evidence:
    facts: dict[str, Any] = {
        "kind": RowKind.MEASURE,
        "signal": name,
        "dimension": "usage",
        "value": "55",
        "unit": "%",
        "status": "fresh",
        "observed_at": date(2026, 6, 29),
        "min_points_milli": 0,
        "reason_code": f"{name}.poor",
        "next_step": "Offer a session",
    }
    facts.update(changes)
    return Evidence(name=name, points_milli=points, max_points_milli=most, reason=reason, **facts)


SCORE = Score(
    "A-1",
    DAY,
    "default-ten",
    "5eed",
    State.SCORED,
    79_000,
    "stable",
    740_000,
    39_700,
    84_500,
    "S",
    (
        evidence("licence_use", 9_000, 12_000, "22 of 40 paid seats active in 28 days (55 %)"),
        evidence("nps", 0, 10_000, "No answer", value=None, unit=None, status="missing", counted=False, note="missing"),
        evidence("usage_change_90d", 2_600, 13_000, "3 a week, was 5", value="-40", basis="assumed"),
        evidence("overdue_days", 74_250, 75_000, "Invoice past due", value="120.5", unit="money", status="stale"),
        evidence(
            "clamp", 0, 0, "", kind=RowKind.CLAMP, signal=None, value=None, unit=None, status=None, observed_at=None
        ),
        evidence(
            "outcome_and_silence",
            -6_850,
            0,
            "Two milestones missed and no reply for 20 days: not above 79",
            kind=RowKind.GUARD,
            signal=None,
            value=None,
            unit=None,
            status=None,
            observed_at=None,
        ),
    ),
    ("nps",),
    (TierStep("licence_use", 6_000, "seats in use to 65 %"), TierStep("exec_touch", 5_500, "")),
    "healthy",
    ("owner: two milestones missed",),
)
CHANGE = Change(
    "A-1",
    date(2026, 3, 31),
    DAY,
    85_000,
    79_000,
    (
        Cause("data", 0),
        Cause("calendar", -251, (("days_to_decision", -251),)),
        Cause("silence", 4_251, (("exec_touch", 4_251),)),
        Cause("behaviour", -10_000, tuple((f"signal_{n}", -1_000) for n in range(10))),
    ),
)
EXPLANATION = Explanation(
    SCORE,
    "Hansen [red]Logistik[/red]\x1b[31m",
    "Ana",
    Trend(
        -2_100,
        date(2026, 5, 10),
        "falling by 2.1 points a week since 2026-05-10",
        ((DAY, 79_000), (date(2026, 6, 23), None)),
    ),
    ("No tickets, but nobody is using it",),
    "See who stopped and which feature",
    CHANGE,
    "S",
    "EUR",
    41_650,
    date(2026, 12, 31),
    date(2026, 6, 29),
    ("nps: no answer in 180 days",),
    TIERS,
)
CHECK = CheckReport(
    DAY,
    (
        Finding("survey.sparse", "note", 3, "3 accounts have no survey"),
        Finding(
            "usage.before_start",
            "warning",
            19_142,
            "19,142 usage rows before the start",
            ("A-1", "A-2"),
            "ask the team",
        ),
        Finding("account.cycle", "error", 1, "A-7 is its own grandparent"),
    ),
    (
        SourceHealth(
            "helpdesk", "support", ("ticket",), datetime(2026, 6, 30, 3), date(2026, 6, 26), 4, 2, False, 10_000
        ),
        SourceHealth("crm", "crm", ("account",), datetime(2026, 6, 30, 3), DAY, 0, 7, True, 400, 400),
        SourceHealth("old", "billing", ("invoice",), datetime(2025, 1, 1), date(2025, 1, 1), 545, 2, None),
        SourceHealth("new", "survey", ("survey",), None, None, None, 180, False),
    ),
)
INVENTORY = Inventory(
    DAY,
    (
        InventoryRow(
            "nps",
            "Net promoter score",
            "survey",
            "surveys",
            "answers.csv: score",
            "Ana",
            30,
            datetime(2026, 6, 30, 3),
            410_000,
            ("12 rejected rows",),
            ("2025-08-04 to 2025-08-10",),
            ("default-ten",),
        ),
        InventoryRow("sentiment", "=HYPERLINK(1)", "support", None, "", None, None, None, None, ("no source maps it",)),
    ),
)

WIDE_INVENTORY = Inventory(
    DAY,
    tuple(
        InventoryRow(
            name,
            "A signal",
            "meetings",
            source,
            "interactions.csv: start_utc, kind, invited, came",
            "Ana",
            1,
            datetime(2026, 6, 30, 3),
            1_000_000,
            ("accounts with a product in force that telemetry has never seen: 2",),
            ("product lost 2025-11-10 to 2025-11-16", f"not mapped: {name} type"),
            ("default-ten",),
        )
        for name, source in (
            ("sponsor_and_decision_maker_named", "helpdesk, meetings, billing"),
            ("licence_use", "product"),
        )
    ),
)
INGEST = IngestReport(
    3,
    (
        TableReport("workspaces", "identity", "workspaces.csv", 399, 399, 0, 0),
        TableReport("product", "usage", "events_2024_q3.parquet", 10_078_266, 10_078_115, 151, 12),
        TableReport("billing", "subscription", "contract_lines.csv", 1_362, 1_362, 0, 0),
    ),
    (),
    changed=True,
)
UNSCORED_400 = Unscored(
    400, (("too little evidence", 388), ("not for this account", 12)), (("licence_use", 388), ("nps", 300))
)


def move(account_id: str, tier_a: str | None, tier_b: str | None, **changes: Any) -> TierMove:
    facts: dict[str, Any] = {
        "month_end": date(2026, 5, 31),
        "name": f"Account {account_id}",
        "owner": "Ana",
        "segment": "S",
        "mrr_minor": 100_000,
        "score_a_milli": 61_000,
        "score_b_milli": 59_000,
    }
    return TierMove(account_id=account_id, tier_a=tier_a, tier_b=tier_b, **{**facts, **changes})


DIFF = DiffReport(
    "default-ten",
    "mine",
    "EUR",
    (date(2026, 4, 30), date(2026, 5, 31)),
    (390, 400),
    (
        move("1", "stable", "red", month_end=date(2026, 4, 30)),
        move("1", "stable", "red"),
        move("2", "at risk", "green", owner=None, mrr_minor=None),
        move("3", None, "red", segment="M", score_a_milli=None),
    ),
    TIERS,
    ("green", "red"),
)
