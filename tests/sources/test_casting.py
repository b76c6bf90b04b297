"""Text → values: exact, offsets honoured, a reason for what does not fit."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.sources.casting import TOO_LONG, Zones, cast, cleaned, looked_up
from keepwell.sources.column_map import ColumnMap
from keepwell.words.fact import Column, Type

UTC = Zones("UTC", "UTC")
BERLIN = Zones("Europe/Berlin", "Europe/Berlin")
CONNECTION = duckdb.connect()
CONNECTION.execute("SET TimeZone = 'UTC'")


def value(text: str | None, kind: Type, zones: Zones = UTC, currency: str = "EUR", **options: Any) -> Any:
    mapped = ColumnMap(column="c", **options)
    sql = cast("t", Column("c", kind), mapped, zones, "cur").value
    query = f"SELECT {sql} FROM (SELECT $1::VARCHAR AS t, $2::VARCHAR AS cur)"
    return CONNECTION.execute(query, [text, currency]).fetchall()[0][0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-31T13:00:00Z", datetime(2024, 5, 31, 13)),
        ("2024-05-31 13:00:00+02", datetime(2024, 5, 31, 11)),
        ("2024-05-31 13:00:00+0200", datetime(2024, 5, 31, 11)),
        ("2024-05-31T13:00:00.250+02:00", datetime(2024, 5, 31, 11, 0, 0, 250_000)),
        ("2024-05-31 13:00 -05:30", datetime(2024, 5, 31, 18, 30)),
        ("2024-05-31 13:00:00.123456789", datetime(2024, 5, 31, 13, 0, 0, 123_456)),
        ("2024-05-31", datetime(2024, 5, 31)),
        ("2024-02-30", None),
        ("31.05.2024", None),
        ("2024-05-31 25:00", None),
        ("2024-05-31T13:00:00+99:00", None),
        ("0024-05-31", None),
        ("", None),
    ],
)
def test_moments_without_a_format_are_iso_and_honour_offsets(text: str, expected: datetime | None) -> None:
    assert value(text, Type.MOMENT) == expected


@pytest.mark.parametrize(
    ("text", "shape", "expected"),
    [
        ("31.05.2024 13:00", "%d.%m.%Y %H:%M", datetime(2024, 5, 31, 13)),
        ("31.05.2024 13:00+02:00", "%d.%m.%Y %H:%M%z", datetime(2024, 5, 31, 11)),
        ("31.05.2024 13:00 +0200", "%d.%m.%Y %H:%M %z", datetime(2024, 5, 31, 11)),
        ("31.05.2024 13:00", "%d.%m.%Y %H:%M%z", None),
        ("31.05.2024 13:00:00+02", "%d.%m.%Y %H:%M:%S", datetime(2024, 5, 31, 11)),
        ("05/31/2024 1:00 PM", "%m/%d/%Y %I:%M %p", datetime(2024, 5, 31, 13)),
        ("31/05/2024", "%m/%d/%Y", None),
        ("2024-05-31", "%Y-%m-%d", datetime(2024, 5, 31)),
        ("24-05-31", "%Y-%m-%d", None),
        ("1717160400", "epoch", datetime(2024, 5, 31, 13)),
        ("1717160400250", "epoch_ms", datetime(2024, 5, 31, 13, 0, 0, 250_000)),
        ("soon", "epoch", None),
    ],
)
def test_moments_with_a_format_follow_it(text: str, shape: str, expected: datetime | None) -> None:
    assert value(text, Type.MOMENT, format=shape) == expected


def test_several_formats_are_tried_in_order() -> None:
    shapes = ["%d.%m.%Y", "%Y-%m-%d"]
    assert [value(t, Type.DAY, format=shapes) for t in ("01.02.2024", "2024-02-01")] == [date(2024, 2, 1)] * 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-30 12:00", datetime(2024, 3, 30, 11)),
        ("2024-03-31 12:00", datetime(2024, 3, 31, 10)),
        ("2024-03-31 02:30", datetime(2024, 3, 31, 1, 30)),
        ("2024-10-27 02:30", datetime(2024, 10, 27, 1, 30)),
        ("2024-10-27 02:30+02:00", datetime(2024, 10, 27, 0, 30)),
    ],
)
def test_naive_moments_are_in_the_source_time_zone_across_clock_changes(text: str, expected: datetime) -> None:
    assert value(text, Type.MOMENT, BERLIN) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-31", date(2024, 5, 31)),
        ("2024-05-31 23:30:00", date(2024, 5, 31)),
        ("2024-05-31T23:30:00Z", date(2024, 6, 1)),
        ("2024-06-01T00:30:00+09:00", date(2024, 5, 31)),
    ],
)
def test_a_day_is_as_written_unless_an_offset_makes_it_a_moment(text: str, expected: date) -> None:
    assert value(text, Type.DAY, BERLIN) == expected


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("12", {}, 12),
        ("-7", {}, -7),
        ("+7", {}, 7),
        ("12.0", {}, None),
        ("1e3", {}, None),
        ("1,234", {}, None),
        ("99999999999999999999", {}, None),
        ("12.0", {"scale": 1}, 12),
        ("12.5", {"scale": 1}, None),
        ("12.5", {"round": True}, 13),
        ("-12.5", {"round": True}, -13),
        ("1.5", {"scale": 3600}, 5400),
        ("1.0832", {"scale": 1_000_000}, 1_083_200),
        ("1,5", {"scale": 3600, "decimal": ","}, 5400),
        ("1,234.0", {"scale": 1}, 1234),
        ("999999999999999", {"scale": 1}, 999_999_999_999_999),
        ("9999999999999999999999", {"scale": 1}, None),
    ],
)
def test_integers_are_exact_and_scaled_only_when_told(text: str, options: dict[str, Any], expected: int | None) -> None:
    assert value(text, Type.INTEGER, **options) == expected


@pytest.mark.parametrize(
    ("text", "currency", "options", "expected"),
    [
        ("12.50", "EUR", {}, 1250),
        ("12.5", "EUR", {}, 1250),
        ("12", "EUR", {}, 1200),
        ("12.500", "EUR", {}, None),
        ("12.500", "EUR", {"round": True}, 1250),
        ("-2.100", "EUR", {}, None),
        ("2,100", "EUR", {"decimal": ","}, None),
        ("2.100", "EUR", {"decimal": ","}, 210_000),
        ("2,100", "EUR", {}, 210_000),
        ("2.100", "JPY", {}, None),
        ("2.100", "EUR", {"minor": True}, None),
        ("2.100", "EUR", {"scale": 1000}, 210_000),
        ("2.1000", "EUR", {}, 210),
        ("100.0000", "EUR", {}, 10_000),
        ("0.000", "EUR", {}, 0),
        ("1234.500", "EUR", {}, 123_450),
        ("12.505", "EUR", {}, None),
        ("12.505", "EUR", {"round": True}, 1251),
        ("-12.505", "EUR", {"round": True}, -1251),
        (".5", "EUR", {}, 50),
        ("-0.01", "EUR", {}, -1),
        ("1200", "JPY", {}, 1200),
        ("1200.5", "JPY", {}, None),
        ("1.234", "KWD", {}, 1234),
        ("1.2345", "KWD", {}, None),
        ("1,234,567.89", "EUR", {}, 123_456_789),
        ("1,23.4", "EUR", {}, None),
        ("12,50", "EUR", {}, None),
        ("12,50", "EUR", {"decimal": ","}, 1250),
        ("1.234,50", "EUR", {"decimal": ","}, 123_450),
        ("1 234,50", "EUR", {"decimal": ","}, 123_450),
        ("12.50", "EUR", {"decimal": ","}, None),
        ("1250", "EUR", {"minor": True}, 1250),
        ("12.5", "EUR", {"minor": True}, None),
        ("12.5", "EUR", {"scale": 1000}, 1_250_000),
        ("12.50 EUR", "EUR", {}, None),
        ("NaN", "EUR", {}, None),
        ("1e3", "EUR", {}, None),
        ("0.1", "EUR", {}, 10),
        ("99999999999999999999", "EUR", {}, None),
    ],
)
def test_money_is_minor_units_by_the_iso_exponent(
    text: str, currency: str, options: dict[str, Any], expected: int | None
) -> None:
    assert value(text, Type.MONEY, currency=currency, **options) == expected


@settings(deadline=None, max_examples=40)
@given(st.decimals(min_value=-(10**12), max_value=10**12, places=4))
def test_money_never_differs_from_decimal_arithmetic(amount: Decimal) -> None:
    cents = amount * 100
    assert value(f"{amount:f}", Type.MONEY) == (int(cents) if cents == cents.to_integral_value() else None)
    assert value(f"{amount:f}", Type.MONEY, round=True) == int(cents.quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("text", "kind", "options", "expected", "reason"),
    [
        ("999999999999999", Type.INTEGER, {}, 999_999_999_999_999, ""),
        ("+000000000000000000000012", Type.INTEGER, {}, 12, ""),
        ("-9000000000000000000", Type.INTEGER, {}, None, TOO_LONG),
        ("99999999999999999999", Type.INTEGER, {}, None, TOO_LONG),
        ("12x", Type.INTEGER, {}, None, "is not a whole number"),
        ("1000000000", Type.INTEGER, {"scale": 999_999}, 999_999_000_000_000, ""),
        ("1000000000", Type.INTEGER, {"scale": 1_000_000}, None, TOO_LONG),
        ("9999999999999.99", Type.MONEY, {}, 999_999_999_999_999, ""),
        ("-10000000000000", Type.MONEY, {}, None, TOO_LONG),
        ("1e15", Type.MONEY, {"minor": True}, None, "is not a whole number of minor units"),
    ],
)
def test_a_number_too_long_to_be_one_is_set_aside_and_says_so(
    text: str, kind: Type, options: dict[str, Any], expected: int | None, reason: str
) -> None:
    assert value(text, kind, **options) == expected
    if reason:
        found = cast("t", Column("c", kind), ColumnMap(column="c", **options), UTC, "'EUR'").expected
        assert CONNECTION.execute(f"SELECT {found} FROM (SELECT $1::VARCHAR AS t)", [text]).fetchall() == [(reason,)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True),
        ("T", True),
        ("Yes", True),
        ("1", True),
        ("FALSE", False),
        ("n", False),
        ("0", False),
        ("maybe", None),
    ],
)
def test_flags(text: str, expected: bool | None) -> None:
    assert value(text, Type.FLAG) is expected


@pytest.mark.parametrize("text", [" a\t", "\u00a0a\r", "\ufeffa", "a", "a\n"])
def test_blanks_around_a_text_are_dropped(text: str) -> None:
    assert CONNECTION.execute(f"SELECT {cleaned('t', ())} FROM (SELECT $1 AS t)", [text]).fetchall() == [("a",)]


@pytest.mark.parametrize("text", ["", "  ", "NULL", " n/a ", "\u00a0"])
def test_empty_and_null_words_read_as_no_value(text: str) -> None:
    sql = cleaned("t", ("NULL", "n/a"))
    assert CONNECTION.execute(f"SELECT {sql} FROM (SELECT $1 AS t)", [text]).fetchall() == [(None,)]


@pytest.mark.parametrize(
    ("text", "lookup", "default", "expected"),
    [
        ("urgent", {"urgent": "critical"}, None, ("critical", False)),
        ("Urgent", {"urgent": "critical"}, None, ("critical", False)),
        ("Urgent", {"urgent": "critical", "URGENT": "high"}, None, (None, True)),
        ("other", {"urgent": "critical"}, None, (None, True)),
        ("other", {"urgent": "critical"}, "low", ("low", False)),
        (None, {"urgent": "critical"}, "low", ("low", False)),
        (None, {"urgent": "critical"}, None, (None, False)),
        ("none", {"none": None}, "low", (None, False)),
        (None, None, "low", ("low", False)),
        ("it's", {"it's": "o'k"}, None, ("o'k", False)),
    ],
)
def test_lookup_translates_defaults_or_marks_unlisted(
    text: str | None, lookup: dict[str, str | None] | None, default: str | None, expected: tuple[str | None, bool]
) -> None:
    found, unlisted = looked_up("t", ColumnMap(column="c", lookup=lookup, default=default))
    query = f"SELECT {found}, coalesce({unlisted}, false) FROM (SELECT $1::VARCHAR AS t)"
    assert CONNECTION.execute(query, [text]).fetchall() == [expected]
