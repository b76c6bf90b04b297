"""Parquet, JSON lines, SQL tables and selects: the same rules, whatever the rows come in."""

from __future__ import annotations

import gzip
import json
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from keepwell.sources.session import open_session
from keepwell.words.problem import KeepwellError
from tests.sources.conftest import Desk, counts

EVENTS = """
tables:
  - file: events.FORMAT
    facts:
      - kind: usage
        id: id
        account: {system: workspace, column: w}
        since: created
        columns: {used_at: at, person: who, feature: feature, count: {column: n, scale: 1}}
"""
USED = "external_id, ref, used_at, happened_day, feature, count"


def test_parquet_values_are_read_as_text_and_cast_by_the_same_rules(desk: Desk) -> None:
    desk.map(EVENTS.replace("FORMAT", "parquet"))
    table = pa.table(
        {
            "id": pa.array([1, 2, 3, None]),
            "w": ["W", "W", "", "W"],
            "at": pa.array([datetime(2024, 5, 31, 13)] * 4, pa.timestamp("us", tz="Europe/Berlin")),
            "who": ["u", "u", "u", "u"],
            "feature": pa.array(["a", "b", "c", "d"]).dictionary_encode(),
            "n": pa.array([1.0, 2.5, 1.0, 1.0]),
        }
    )
    desk.file("x", "")
    pq.write_table(table, desk.folder / "exports" / "events.parquet")
    assert counts(desk.load()) == [(4, 1, 0, 3)]
    assert desk.one("fact_usage", USED) == ("1", "W", datetime(2024, 5, 31, 13), date(2024, 5, 31), "a", 1)
    assert [(r[1], r[2]) for r in desk.rejects()] == [(2, "n"), (3, "w"), (4, "id")]
    assert json.loads(desk.rejects()[0][4])["n"] == "2.5"


def test_parquet_text_is_lossless(desk: Desk) -> None:
    desk.map("""
        tables:
          - file: i.parquet
            facts:
              - {kind: invoice, id: id, account: a, since: created, columns: {issued_day: d, amount: x, number: tags}}
        """)
    table = pa.table({
        "id": ["1"], "a": ["A"], "d": [date(2024, 5, 31)],
        "x": pa.array([Decimal("1234567890123.45")], pa.decimal128(20, 2)), "tags": [["a", "b"]],
    })  # fmt: skip
    desk.file("x", "")
    pq.write_table(table, desk.folder / "exports" / "i.parquet")
    desk.load()
    assert desk.one("fact_invoice", "amount, number, issued_day") == (123456789012345, '["a","b"]', date(2024, 5, 31))


def test_a_broken_parquet_file_is_one_clear_line(desk: Desk) -> None:
    desk.map(EVENTS.replace("FORMAT", "parquet"))
    desk.file("events.parquet", b"no parquet at all")
    with pytest.raises(KeepwellError, match="not a readable Parquet file") as caught:
        desk.load()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", ["jsonl", "ndjson", "jsonl.gz"])
def test_json_lines_are_read_line_by_line(desk: Desk, suffix: str) -> None:
    desk.map(EVENTS.replace("FORMAT", suffix))
    lines = [
        '{"id": 1, "w": "W", "at": "2024-05-31T13:00:00Z", "who": "u", "feature": {"k": [1, 2.50]}, "n": 2.0}',
        "",
        '{"id": 2, "w": "W", "at": ',
        "[1, 2]",
        '{"id": 3, "w": "W", "at": "2024-05-31T13:00:00Z", "n": 1e3}',
        '{"id": 4, "w": "\\u0000", "at": "2024-05-31T13:00:00Z"}',
        '{"id": 5, "w": "\\ud800", "at": "2024-05-31T13:00:00Z"}',
        '{"id": 6, "w": "W", "at": null, "feature": true}',
    ]
    text = "\n".join(lines).encode()
    desk.file(f"events.{suffix}", gzip.compress(text) if suffix.endswith("gz") else text)
    assert counts(desk.load()) == [(7, 1, 0, 6)]
    assert desk.one("fact_usage", USED)[4:] == ('{"k": [1, 2.5]}', 2)
    assert [r[1] for r in desk.rejects()] == [3, 4, 5, 6, 7, 8]
    assert desk.rejects()[0][3].startswith("not valid JSON: ")
    assert desk.rejects()[1][3] == "not a JSON object but list"
    assert desk.rejects()[2][3] == "count: '1e3' is not a whole number"


def test_json_lines_of_bytes_that_are_no_text_are_rejects(desk: Desk) -> None:
    desk.map(EVENTS.replace("FORMAT", "jsonl"))
    good = b'{"id": 1, "w": "W", "at": "2024-05-31", "who": "u", "feature": "f", "n": 1}\n'
    desk.file("events.jsonl", good + b'{"id": 2, "w": "M\xfcller", "at": "2024-05-31"}\n')
    assert counts(desk.load()) == [(2, 1, 0, 1)]


def sql_desk(desk: Desk) -> sa.Engine:
    desk.map("""
        tables:
          - url: ${DB_URL}
            table: main.tickets
            facts:
              - kind: ticket
                id: id
                account: account
                since: created
                columns: {opened_at: opened, target_seconds: hours, bot: bot, subject: "select"}
        """)
    url = f"sqlite:///{desk.folder / 'help.db'}"
    desk.options = {"environment": {"DB_URL": url}}
    return sa.create_engine(url)


def test_an_sql_table_is_read_by_its_url(desk: Desk) -> None:
    engine = sql_desk(desk)
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                'CREATE TABLE tickets (id INTEGER, account TEXT, opened TIMESTAMP, hours INTEGER, bot BOOLEAN, "select" TEXT)'
            )
        )
        connection.execute(
            sa.text(
                "INSERT INTO tickets VALUES (1, 'A', '2024-05-31 13:00:00', 4, 1, 'x'), (2, 'A', 'soon', 4, 0, NULL)"
            )
        )
    first = desk.load(later=False)
    assert counts(first) == [(2, 1, 0, 1)]
    assert first.tables[0].origin == "main.tickets"
    assert desk.one("fact_ticket", "external_id, opened_at, target_seconds, bot") == (
        "1",
        datetime(2024, 5, 31, 13),
        4,
        True,
    )
    assert desk.rejects()[0][:3] == ("main.tickets", 2, "opened")
    assert not desk.load(later=False).changed
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE tickets SET opened = '2024-06-01 00:00:00' WHERE id = 2"))
    assert counts(desk.load()) == [(2, 1, 1, 0)]


def test_a_missing_sql_table_is_one_clear_line_without_the_password(desk: Desk) -> None:
    sql_desk(desk)
    with pytest.raises(KeepwellError, match=r"table main.tickets of sqlite:.* cannot be read: no such table") as caught:
        desk.load()
    assert "\n" not in str(caught.value)
    desk.options = {"environment": {"DB_URL": "nonsense://user:secret@host/db"}}
    with pytest.raises(KeepwellError, match="expected an SQLAlchemy URL of an installed driver") as caught:
        desk.load()
    assert "secret" not in str(caught.value)


PROPERTIES = """
tables:
  - select: |
      SELECT object_id AS id, since, max(value) FILTER (property = 'owner') AS owner,
             max(value) FILTER (property = 'name') AS name, min(_line) AS _line, any_value(_file) AS _file
      FROM props GROUP BY ALL ORDER BY 1, 2
    files: {props: properties.csv}
    facts:
      - {kind: account, id: id, version: since, columns: {name: name, owner: owner}}
"""


def test_a_select_turns_key_value_history_into_facts(desk: Desk) -> None:
    desk.map(PROPERTIES)
    desk.file(
        "properties.csv",
        "object_id,property,value,since\nA,name,Acme,2024-01-01\nA,owner,Kim,2024-01-01\nA,owner,Lee,2024-03-01\n"
        "ragged\nB,owner,Kim,soon\n",
    )
    report = desk.load()
    assert counts(report) == [(4, 2, 0, 2)]
    assert desk.rows("fact_account", "external_id, name, owner, known_at") == [
        ("A", "Acme", "Kim", datetime(2024, 1, 1, 6)),  # a version counts once its day is open
        ("A", None, "Lee", datetime(2024, 3, 1, 6)),
    ]
    assert [(r[0], r[1], r[2]) for r in desk.rejects()] == [("properties.csv", 5, None), ("properties.csv", 6, "since")]
    assert not desk.load(later=False).changed or desk.published == 2


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * FROM prop", "select reads an unknown table 'prop'; did you mean 'props'?"),
        ("SELECT * FROM read_csv('/etc/passwd')", "which is not one of its files"),
        ("SELECT * FROM '/etc/passwd'", "unknown table '/etc/passwd'"),
        ("SELECT read_text('/etc/passwd')", "the function 'read_text' is not allowed"),
        ("SELECT getenv('HOME') FROM props", "the function 'getenv' is not allowed"),
        ("SELECT now() FROM props", "is not allowed: it would give another result each run"),
        ("SELECT random() FROM props", "is not allowed: it would give another result each run"),
        ("SELECT 1; SELECT 2", "more than one SQL statement"),
        ("DROP TABLE props", "select does more than select"),
        ("COPY props TO 'x'", "select does more than select"),
        ("ATTACH 'x'", "select does more than select"),
        ("INSERT INTO props SELECT 1", "select does more than select"),
        ("SELECT * FROM other.props", "which is not one of its files"),
    ],
)
def test_a_select_beyond_its_files_is_refused(desk: Desk, query: str, expected: str) -> None:
    with pytest.raises(KeepwellError, match=r"desk.yml:\d+:\d+: ") as caught:
        desk.map(
            f"tables: [{{select: {json.dumps(query)}, files: {{props: p.csv}}, facts: [{{kind: account, id: id}}]}}]"
        )
    assert expected in str(caught.value)


def test_a_select_that_fails_is_one_clear_line(desk: Desk) -> None:
    desk.map(PROPERTIES.replace("object_id AS id", "objekt_id AS id"))
    desk.file("properties.csv", "object_id,property,value,since\nA,name,Acme,2024-01-01\n")
    with pytest.raises(KeepwellError, match=r"desk.yml:5:13: the select fails: Binder Error") as caught:
        desk.load()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "condition",
    [
        "id = 1) OR (1 = 1",
        "id IN (SELECT 1)",
        "EXISTS (SELECT 1)",
        "id = 1; DROP TABLE x",
        "id = getvariable('salt')",
        "id = (FROM read_text('/etc/passwd'))",
        "row_number() OVER () = 1",
        "id = 1 ORDER BY 1",
        "id = 1 --",
        "read_text('/etc/passwd') IS NULL",
    ],
)
def test_a_condition_beyond_its_row_is_refused(desk: Desk, condition: str) -> None:
    desk.file("events.csv", "id,w,at,who,feature,n\n1,W,2024-05-31,u,f,1\n")
    text = EVENTS.replace("FORMAT", "csv").replace("id: id", f"id: id\n        where: {json.dumps(condition)}")
    if condition.endswith("--"):
        desk.map(text)
        assert counts(desk.load()) == [(1, 1, 0, 0)]
        return
    with pytest.raises(KeepwellError, match=r"desk.yml:9:16: "):
        desk.map(text)


def test_the_connection_reaches_nothing_beyond_the_load_even_where_a_check_has_a_hole(desk: Desk) -> None:
    source = desk.map(EVENTS.replace("FORMAT", "csv"))
    secret = desk.file("secret.csv", "a\n1\n")
    with open_session(source, desk.context(), []) as session:
        for query in (
            f"FROM read_csv('{secret}')",
            "FROM read_text('/etc/hostname')",
            "SET enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                session.connection.execute(query)


def test_hostile_names_and_values_are_only_text(desk: Desk) -> None:
    desk.map("""
        tables:
          - file: "it's [a] \\"b\\"; DROP TABLE x*.csv"
            facts:
              - kind: account
                id: select
                since: created
                where: "\\"na'me;--\\" <> 'skip'"
                columns:
                  name: "na'me;--"
                  owner: "group"
                  region: "Ünïcode \\"q\\""
                  segment: {column: from, lookup: {"x'); DROP TABLE y; --": "o'k"}}
        """)
    hostile = "'; DROP TABLE fact_account; --"
    desk.file(
        'it\'s [a] "b"; DROP TABLE x*.csv',
        f'select,na\'me;--,group,"Ünïcode ""q""",from\n"{hostile}","{hostile}",$1 {{x}},%s,x\'); DROP TABLE y; --\nb,skip,,,\n',
    )
    assert counts(desk.load()) == [(1, 1, 0, 0)]
    columns = "external_id, name, owner, region, segment"
    assert desk.one("fact_account", columns) == (hostile, hostile, "$1 {x}", "%s", "o'k")


def test_hostile_paths_of_parquet_are_only_paths(desk: Desk) -> None:
    desk.map(EVENTS.replace("events.FORMAT", '"it\'s [ab] ?.parquet"'))
    desk.file("x", "")
    row = {"id": ["1"], "w": ["W"], "at": ["2024-05-31"], "who": ["u"], "feature": ["f"], "n": ["1"]}
    pq.write_table(pa.table(row), desk.folder / "exports" / "it's [ab] ?.parquet")
    assert counts(desk.load()) == [(1, 1, 0, 0)]


def test_column_names_that_differ_by_case_are_told_apart(desk: Desk) -> None:
    desk.map(
        "tables: [{file: a.csv, facts: [{kind: account, id: ID, since: created, columns: {name: Name, owner: name}}]}]"
    )
    desk.file("a.csv", "ID,Name,name,_row,_file\nA,Acme,Kim,1,2\n")
    desk.load()
    assert desk.one("fact_account", "name, owner") == ("Acme", "Kim")


def test_delimiters_and_null_words_are_the_tables_own(desk: Desk) -> None:
    desk.map("""
        tables:
          - {file: a.csv, delimiter: ";", nulls: ["-", "NULL"], facts: [{kind: account, id: id, since: created, columns: {name: n, arr: {column: arr, decimal: ","}}}]}
          - {file: b.tsv, facts: [{kind: account, id: id, since: created, columns: {name: n}}]}
        """)
    desk.file("a.csv", "id;n;arr\nA;-;1.234,50\nB;NULL;\n")
    desk.file("b.tsv", "id\tn\nC\tc,d\n")
    desk.load()
    assert desk.rows("fact_account", "external_id, name, arr") == [
        ("A", None, 123450),
        ("B", None, None),
        ("C", "c,d", None),
    ]
