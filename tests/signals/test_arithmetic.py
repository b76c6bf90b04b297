"""The macros of signals' formulas: exact at any size, unknown where a figure is."""

from __future__ import annotations

from fractions import Fraction

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.signals.expression import CHANGE_CAP, PPM, SMALL, formula

MOST = 2**63 - 1
FIGURE = st.one_of(
    st.integers(-20, 20),
    st.sampled_from([SMALL - 1, 1 - SMALL, SMALL, 4 * 10**12, MOST, -MOST]),
    st.integers(-MOST, MOST),
)


def evaluate(connection: duckdb.DuckDBPyConnection, macro: str, *figures: int | None) -> int | None:
    row = ", ".join(f"CAST(${n} AS BIGINT) AS f{n}" for n in (1, 2))
    query = f"SELECT CAST({formula(f'{macro}(f1, f2)', {})} AS BIGINT) FROM (SELECT {row})"
    value: int | None = connection.execute(query, list(figures)).fetchall()[0][0]
    return value


def away(value: Fraction) -> int:
    """Rounded half away from zero."""
    whole = int(abs(value) + Fraction(1, 2))
    return whole if value >= 0 else -whole


def fits(value: int) -> int | None:
    return value if abs(value) <= MOST else None


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@settings(deadline=None, max_examples=60)
@given(FIGURE, FIGURE)
def test_division_ratio_and_change_are_exact_at_any_size(
    connection: duckdb.DuckDBPyConnection, figure: int, base: int
) -> None:
    share = away(Fraction(figure * PPM, base)) if base else None
    assert evaluate(connection, "ratio", figure, base) == (None if share is None else fits(share))
    if base and max(abs(figure), abs(base)) < MOST // 3:
        assert evaluate(connection, "div_round", figure, base) == away(Fraction(figure, base))
    if base:
        moved = fits(min(away(Fraction((figure - base) * PPM, base)), CHANGE_CAP))
        assert evaluate(connection, "change", figure, base) == moved


@pytest.mark.parametrize("figures", [(None, 5), (5, None), (None, None), (None, 0)])
@pytest.mark.parametrize("macro", ["ratio", "change", "div_round"])
def test_a_figure_that_is_unknown_makes_no_change_known(
    connection: duckdb.DuckDBPyConnection, macro: str, figures: tuple[int | None, int | None]
) -> None:
    assert evaluate(connection, macro, *figures) is None


def test_from_nothing_to_something_is_doubled(connection: duckdb.DuckDBPyConnection) -> None:
    assert [evaluate(connection, "change", now, 0) for now in (3, 0)] == [PPM, None]
