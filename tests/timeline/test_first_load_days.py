"""What a first load's dates were known to say, day by day (SEMANTICS, rules 2 and 3)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

import pytest

from keepwell.timeline.ledger import Ledger
from keepwell.words.fact import KINDS, Type
from tests.company import Company, close, day, default_terms
from tests.sources.conftest import Desk

DATED = [kind for kind in KINDS if any(column.type is Type.DAY for column in KINDS[kind].columns)]
LOADED = datetime(2026, 11, 20, 3)


def desk_of(folder: Path, kind: str, day_close: str = "06:00", zone: str = "Europe/Berlin", **columns: str) -> Desk:
    """A desk whose one table feeds a kind: the source's columns by the fact's."""
    mapped = "".join(f"\n          {name}: {text}" for name, text in columns.items())
    desk = Desk(folder, time_zone=zone, day_close=day_close, now=LOADED)
    desk.map(f"""
tables:
  - file: rows.csv
    facts:
      - kind: {kind}
        id: id
        account: a
        since: created
        columns:{mapped}
""")
    return desk


def days_of(kind: str) -> list[str]:
    return [column.name for column in KINDS[kind].columns if column.type is Type.DAY]


@pytest.mark.parametrize("kind", DATED)
def test_no_date_of_a_first_load_is_known_before_the_day_before_it_has_closed(tmp_path: Path, kind: str) -> None:
    """And each is known when its own day closes, or the row's, if that is later."""
    chance, names = Random(kind), days_of(kind)  # noqa: S311 - only to vary the dates
    filler = {c.name: "x" for c in KINDS[kind].columns if c.required and c.name not in names}
    filler |= {
        name: value for name, value in (("succeeded", "yes"), ("score", "5"), ("rate_ppm", "1")) if name in filler
    }
    desk = desk_of(tmp_path, kind, **{name: name for name in [*names, *filler]})
    rows = {}
    for number in range(60):
        dates = [date(2026, 1, 1) + timedelta(days=chance.randrange(310)) for _ in names]
        kept = [chance.random() < 0.8 or KINDS[kind].column(name).required for name in names]  # type: ignore[union-attr]
        rows[str(number)] = [on if keep else None for on, keep in zip(dates, kept, strict=True)]
    lines = [",".join([key, "A", *(str(d or "") for d in row), *filler.values()]) for key, row in rows.items()]
    desk.file("rows.csv", "\n".join([",".join(["id", "a", *names, *filler]), *lines]) + "\n")
    desk.load()
    first_told: dict[tuple[str, str], datetime] = {}
    began: dict[str, datetime] = {}
    for key, known_at, *values in desk.rows(f"fact_{kind}", f"external_id, known_at, {', '.join(names)}"):
        began.setdefault(key, known_at)
        for name, value in zip(names, values, strict=True):
            if value is not None:
                assert known_at >= close(value - timedelta(days=1)), (key, name, value, known_at)
                first_told.setdefault((key, name), known_at)
    for (key, name), known_at in first_told.items():
        value = rows[key][names.index(name)]
        assert value is not None
        assert known_at < close(value) or known_at == began[key]


@pytest.mark.parametrize("day_close", ["00:00", "02:30", "06:00", "23:59"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland"])
def test_a_dated_fact_counts_from_its_own_day_whatever_the_zone_and_the_time_of_close(
    tmp_path: Path, zone: str, day_close: str
) -> None:
    """Every day of a year in which the clocks change twice: not known as of the day before, known as of the day."""
    desk = desk_of(tmp_path, "outcome", day_close, zone, outcome_day="d", type="{constant: churned}")
    dates = [date(2025, 11, 1) + timedelta(days=n) for n in range(365)]
    desk.file("rows.csv", "id,a,d\n" + "".join(f"{d},A,{d}\n" for d in dates))
    desk.load()
    at = time.fromisoformat(day_close)
    for _, known_at, on in desk.rows("fact_outcome", "external_id, known_at, happened_day"):
        assert close(on - timedelta(days=1), zone, at) <= known_at < close(on, zone, at)


def ledger(desk: Desk, zone: str = "Europe/Berlin") -> Ledger:
    return Ledger(desk.lake.connect(desk.published), default_terms(time_zone=zone, day_close=desk.day_close))


def test_a_cancellation_of_a_first_load_is_not_seen_as_of_the_day_before(tmp_path: Path) -> None:
    """A planned date is not masked when it is read: only its knowledge keeps it from the day before."""
    desk = desk_of(tmp_path, "subscription", start_day="s", cancelled_day="c")
    desk.file("rows.csv", "id,a,s,c\nS,A,2026-01-10,2026-03-15\n")
    desk.load()
    seen = {}
    for as_of in ("2026-01-09", "2026-01-10", "2026-03-14", "2026-03-15"):
        connection = ledger(desk).connection
        connection.execute("CREATE OR REPLACE TEMP TABLE days AS SELECT ?::DATE AS as_of, ?::TIMESTAMP AS close_at",
                           [day(as_of), close(day(as_of))])  # fmt: skip
        seen[as_of] = connection.execute(
            "SELECT cancelled_day FROM fact_subscription JOIN days ON known_at < close_at ORDER BY known_at DESC LIMIT 1"
        ).fetchall()
    assert seen == {"2026-01-09": [], "2026-01-10": [(None,)], "2026-03-14": [(None,)],
                    "2026-03-15": [(day("2026-03-15"),)]}  # fmt: skip


def test_an_account_of_a_first_load_is_there_from_the_day_it_was_created(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "account", created_day="created", name="a")
    desk.file("rows.csv", "id,a,created\nA,A,2026-03-15\n")
    desk.load()
    assert ledger(desk).accounts(day("2026-03-14"), close(day("2026-03-14"))) == []
    assert ledger(desk).accounts(day("2026-03-15"), close(day("2026-03-15"))) == ["A"]


def test_an_account_created_tomorrow_is_not_there_today(tmp_path: Path) -> None:
    """Told in a later load, before its day: it waits for its day."""
    company = Company(tmp_path)
    company.account("A")
    company.fact("account", "B", "B", known="2026-03-10", created_day=day("2026-03-15"), name="Soon")
    company.publish()
    connection = company.lake.connect(1)
    seen = [Ledger(connection, company.terms).accounts(day(d), close(day(d))) for d in ("2026-03-14", "2026-03-15")]
    assert seen == [["A"], ["A", "B"]]


@pytest.mark.parametrize(
    ("kind", "dated_by", "columns"),
    [
        ("contact", "joined_day", {"person": "p1", "role": "champion"}),
        ("milestone", "created_day", {"name": "go live"}),
        ("goal", "created_day", {"name": "faster"}),
        ("opportunity", "opened_day", {"type": "upsell"}),
    ],
)
@pytest.mark.parametrize("batch", [True, False])
def test_a_state_dated_tomorrow_is_not_there_today(
    tmp_path: Path, kind: str, dated_by: str, columns: dict[str, str], batch: bool
) -> None:
    """Nor is what it replaced: the newest row says how things stand. The same for one account as for all."""
    company = Company(tmp_path)
    company.account("A")
    company.fact(kind, "k", "A", known="2026-03-01", **{dated_by: day("2026-03-01")}, **columns)
    company.fact(kind, "k", "A", known="2026-03-10", **{dated_by: day("2026-03-15")}, **columns)
    company.publish()
    seen = {}
    for as_of in ("2026-03-09", "2026-03-14", "2026-03-15"):
        connection = company.lake.connect(1)
        whole = Ledger(connection, company.terms)
        if batch:
            known = whole.known_of_all([(day(as_of), close(day(as_of)))])
        else:
            connection, known = company.known(as_of, ["A"])
        [(seen[as_of],)] = connection.execute(f"SELECT count(*) FROM ({known.relation(kind)})").fetchall()
    assert seen == {"2026-03-09": 1, "2026-03-14": 0, "2026-03-15": 1}


def test_a_successor_that_is_signed_and_has_not_begun_is_known(tmp_path: Path) -> None:
    """A contract's start is agreed, not awaited: it is there from the day it is told, and not in force."""
    company = Company(tmp_path)
    company.account("A")
    company.fact("subscription", "S", "A", known="2026-03-10", start_day=day("2026-05-01"), product="core", mrr=100)
    company.publish()
    seen = {}
    for as_of in ("2026-03-09", "2026-03-10", "2026-05-01"):
        connection, known = company.known(as_of)
        seen[as_of] = connection.execute(f"SELECT in_force FROM ({known.relation('subscription')})").fetchall()
    assert seen == {"2026-03-09": [], "2026-03-10": [(False,)], "2026-05-01": [(True,)]}


def test_a_state_without_a_date_that_is_loaded_at_night_counts_for_the_day_that_has_not_closed(tmp_path: Path) -> None:
    """02:00 on the 21st is before the close of the 20th: the row is there as of the 20th, not a day later."""
    desk = desk_of(tmp_path, "contact", person="person", role="role")
    desk.now = datetime(2026, 3, 21, 1)
    desk.file("rows.csv", "id,a,person,role\nC,A,p1,champion\n")
    desk.load()
    assert desk.one("fact_contact", "happened_day, known_at") == (date(2026, 3, 20), datetime(2026, 3, 21, 1))


def test_a_version_that_begins_at_midnight_is_not_seen_as_of_the_day_before(tmp_path: Path) -> None:
    """Of events too, whose versions hold by what is known alone."""
    desk = desk_of(tmp_path, "ticket", opened_at="opened", severity="severity")
    desk.map((tmp_path / "sources" / "desk.yml").read_text().replace("since: created", "version: changed"))
    desk.file(
        "rows.csv", "id,a,opened,severity,changed\nT,A,2026-03-01,low,2026-03-01\nT,A,2026-03-01,high,2026-03-15\n"
    )
    desk.load()
    [known_at] = [known for severity, known in desk.rows("fact_ticket", "severity, known_at") if severity == "high"]
    assert close(date(2026, 3, 14)) <= known_at < close(date(2026, 3, 15))
