"""The book's filter: what it admits, what it means, and how it refuses."""

from __future__ import annotations

import duckdb
import pytest

from keepwell.book.book_filter import COLUMNS, condition, order
from keepwell.words.problem import KeepwellError

BOOK = """
    SELECT * FROM (VALUES
        ('a1', 'Acme',  'scored',   39999, 'at risk', -12000, NULL, 740000, 'Ana', 'M', 416667, DATE '2026-09-30'),
        ('b2', 'Bolt',  'scored',   60000, 'stable',   1500,  3000, 900000, 'Ben', 'S', 416666, DATE '2026-08-01'),
        ('c3', 'C''s',  'scored',   85100, 'healthy',  0,     0,    990000, NULL,  'E', 999999, NULL),
        ('d4', 'Dino',  'unscored', NULL,  NULL,       NULL,  NULL, 200000, 'Ana', 'S', NULL,   NULL)
    ) AS book(account_id, name, state, score_milli, tier, delta7_milli, delta30_milli, coverage_ppm,
              owner, segment, mrr_minor, renewal_day)
"""


def accounts(where: str, currency: str = "EUR") -> str:
    rows = (
        duckdb.connect()
        .execute(f"SELECT account_id[1] FROM ({BOOK}) WHERE {condition(where, currency)} ORDER BY 1")
        .fetchall()
    )
    return "".join(row[0] for row in rows)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("mrr > 50000/12 and score < 60", "a"),
        ("mrr > 50000/12", "ac"),
        ("not mrr > 50000/12", "b"),  # unknown is neither more nor less
        ("mrr is null", "d"),
        ("mrr = 4166.66", "b"),
        ("score = 85.1", "c"),
        ("score < 60", "a"),
        ("score <= 60", "ab"),
        ("not score < 60", "bc"),
        ("coverage >= 90", "bc"),
        ("delta7 < -10", "a"),
        ("delta7 < 0 or delta30 > 2", "ab"),
        ("owner in ('Ana', 'Zoe')", "ad"),
        ("owner not in ('Ana')", "b"),
        ("owner is null", "c"),
        ("owner is not null and score is null", "d"),
        ("state = 'unscored'", "d"),
        ("tier <> 'healthy'", "ab"),
        ("name like 'B%'", "b"),
        ("name not like 'B%'", "acd"),
        ("name ilike 'b%'", "b"),
        ("name = 'C''s'", "c"),
        ("renewal between '2026-08-15' and '2026-12-31'", "a"),
        ("renewal not between '2026-08-15' and '2026-12-31'", "b"),
        ("renewal < date '2026-09-01'", "b"),
        ("'2026-09-01' < renewal", "a"),
        ("(score + 10) * 2 - 5 > 100 and segment = 'S'", "b"),
        ("SCORE < 60 AND Owner = 'Ana'", "a"),
    ],
)
def test_filter_means_what_it_says(where: str, found: str) -> None:
    assert accounts(where) == found


def test_mrr_is_in_major_units_of_the_reporting_currency() -> None:
    assert accounts("mrr > 416666", "JPY") == "ac"
    assert accounts("mrr > 416.666", "KWD") == "ac"


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ("scor < 60", "unknown column 'scor'; did you mean 'score'?"),
        ("tier = healthy", "text goes in single quotes: 'healthy'"),
        ('owner = "Ana"', "text goes in single quotes: 'Ana'"),
        ("score < '60'", "compares a number with text"),
        ("score = null", "write 'is null' or 'is not null'"),
        ("renewal < '31/12/2026'", "'31/12/2026' is not a day; expected YYYY-MM-DD"),
        ("renewal < '2026-02-30'", "'2026-02-30' is not a day; expected YYYY-MM-DD"),
        ("renewal < 5", "compares a day with a number"),
        ("score + 1", "'score + 1' is a number; expected a condition"),
        ("1 < score < 60", "compares a condition with a number"),
        ("score <", "cannot be read at character"),
        ("score < 60; drop table book", "cannot be read"),
        ("", "the filter is empty"),
        ("score < 1e3", "'1e3' is not a number"),
        ("x" * 2001, "2001 characters; expected at most 2000"),
    ],
)
def test_what_is_not_understood_is_refused_with_one_line(where: str, sentence: str) -> None:
    with pytest.raises(KeepwellError) as refused:
        condition(where, "EUR")
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "where",
    [
        "exists (select 1)",
        "owner in (select account_id from book)",
        "read_text('/etc/passwd') = 'x'",
        "upper(name) = 'X'",
        "b.score < 3",
        "name like (select 1)",
        "case when score < 3 then true else false end",
        "score < 60 && mrr > 3",
        "cast(name as integer) = 1",
        "score in ()",
        "name like 'a' escape '\\'",
        "score = ?",
        "score = $1",
        "true",
        "name similar to 'a'",
        "name[1] = 'a'",
        "(score, mrr) = (1, 2)",
        "(" * 900 + "score < 1" + ")" * 900,
    ],
)
def test_nothing_but_comparisons_of_columns_gets_through(where: str) -> None:
    with pytest.raises(KeepwellError):
        condition(where, "EUR")


def test_worst_first_is_the_default_order_and_unscored_come_last() -> None:
    rows = duckdb.connect().execute(f"SELECT account_id FROM ({BOOK}) ORDER BY {order(None)}").fetchall()
    assert [row[0] for row in rows] == ["a1", "b2", "c3", "d4"]


def test_minus_sorts_descending() -> None:
    rows = duckdb.connect().execute(f"SELECT account_id FROM ({BOOK}) ORDER BY {order('-mrr')}").fetchall()
    assert [row[0] for row in rows] == ["c3", "a1", "b2", "d4"]


def test_unknown_sort_column_suggests_the_nearest() -> None:
    with pytest.raises(KeepwellError, match="--sort: unknown column 'renewl'; did you mean 'renewal'"):
        order("renewl")


@pytest.mark.parametrize("name", COLUMNS)
def test_every_column_can_be_sorted_and_filtered(name: str) -> None:
    duckdb.connect().execute(
        f"SELECT * FROM ({BOOK}) WHERE {condition(f'{name} is not null', 'EUR')} ORDER BY {order(name)}"
    ).fetchall()
