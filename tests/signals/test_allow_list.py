"""A project's own select: what is let through, and what is refused, with its place (SEMANTICS, rule 10)."""

import re

import duckdb
import pytest

from keepwell.signals.allow_list import check_select
from keepwell.signals.relations import ATTRIBUTE_COLUMNS, RELATIONS

END = "from ticket group by account_id, as_of"
GOOD = {
    "count of facts": f"select account_id, as_of, count(*) as value {END}",
    "filter and window by age": "select account_id, as_of, count(*) as value from ticket where age < 28"
    " and severity in ('high', 'critical') group by account_id, as_of",
    "filtered aggregate": f"select account_id, as_of, count(*) filter (where csat >= 4) as value {END}",
    "case inside a sum": "select account_id, as_of, sum(case when type = 'qbr' then 2 else 1 end) as value"
    " from interaction group by account_id, as_of",
    "ratio of two counts": f"select account_id, as_of, ratio(count_if(csat >= 4), count(csat)) as value {END}",
    "change between two windows": "select account_id, as_of, change(count_if(age < 28), count_if(age between 28 and 55))"
    f" as value {END}",
    "rounded division": f"select account_id, as_of, div_round(sum(csat), count(csat)) as value {END}",
    "newest value with a tie-break": "select account_id, as_of, arg_max(score, row(day, external_id)) as value"
    " from survey where type = 'nps' group by account_id, as_of",
    "join within account and date": "select t.account_id, t.as_of, count(*) as value from ticket t join interaction i"
    " on i.account_id = t.account_id and i.as_of = t.as_of and i.day = t.day group by t.account_id, t.as_of",
    "left join by using": "select account_id, as_of, count(p.external_id) as value from invoice i"
    " left join payment p using (account_id, as_of) group by account_id, as_of",
    "attributes beside facts": "select account_id, as_of, ratio(count(distinct u.person), max(a.a_seats)) as value"
    " from usage u join attributes a using (account_id, as_of) where u.age < 28 group by account_id, as_of",
    "row number per account": "select account_id, as_of, max(score) as value from (select account_id, as_of, score,"
    " row_number() over (partition by account_id, as_of order by day desc, external_id) as n from survey) s"
    " where n = 1 group by account_id, as_of",
    "two steps": "with per_thread as (select account_id, as_of, thread, count(*) as n from interaction"
    " group by account_id, as_of, thread) select account_id, as_of, max(n) as value from per_thread"
    " group by account_id, as_of",
    "union of two relations": "select account_id, as_of, count(*) as value from (select account_id, as_of, day from ticket"
    " union all select account_id, as_of, day from survey) b group by account_id, as_of",
    "qualify": "select account_id, as_of, max(n) as value from (select account_id, as_of, age as n from ticket"
    " qualify rank() over (partition by account_id, as_of order by age) = 1) f group by account_id, as_of",
    "days between dates": "select account_id, as_of, max(date_diff('day', issued_day, paid_day)) as value from invoice"
    " group by account_id, as_of",
    "running gap": "select account_id, as_of, max(gap) as value from (select account_id, as_of,"
    " day - lag(day) over (partition by account_id, as_of order by day, external_id) as gap from ticket) g"
    " group by account_id, as_of",
    "any order of columns, any case": "SELECT Count(*) AS VALUE, As_Of, ACCOUNT_ID FROM Ticket GROUP BY As_Of, Account_Id",
    "having": f"select account_id, as_of, count(*) as value {END} having count(*) > 1",
    "text of names": "select account_id, as_of, length(string_agg(name, ', ' order by name)) as value from milestone"
    " group by account_id, as_of",
    "json attribute": "select account_id, as_of, max(cast(json_extract_string(a_extra, '$.tier') as bigint)) as value"
    " from attributes group by account_id, as_of",
}
HOSTILE = {
    # the clock
    "now": (f"select account_id, as_of, max(date_diff('day', day, now()::date)) as value {END}", "now"),
    "current_date": (f"select account_id, as_of, max(current_date - day) as value {END}", "CURRENT_DATE"),
    "today": (f"select account_id, as_of, max(today() - day) as value {END}", "CURRENT_DATE"),
    "current_timestamp": (
        f"select account_id, as_of, max(extract(hour from current_timestamp)) as value {END}",
        "CURRENT_TIMESTAMP",
    ),
    "transaction time": (f"select account_id, as_of, max(transaction_timestamp()) as value {END}", "transaction_timest"),
    # chance
    "random": (f"select account_id, as_of, max(random()) as value {END}", "RANDOM()"),
    "uuid": (f"select account_id, as_of, max(uuid()) as value {END}", "UUID()"),
    "any value": (f"select account_id, as_of, any_value(csat) as value {END}", "ANY_VALUE"),
    "first": (f"select account_id, as_of, first(csat) as value {END}", "FIRST"),
    "sample": ("select account_id, as_of, count(*) as value from ticket tablesample 10% group by account_id, as_of", "samp"),
    "using sample": (f"select account_id, as_of, count(*) as value {END} using sample 5", "sample"),
    "tied arg_max": ("select account_id, as_of, arg_max(csat, day) as value from ticket group by account_id, as_of", "ties"),
    "tied row number": (
        ("select account_id, as_of, max(n) as value from (select account_id, as_of, csat as n, row_number() over"
        " (partition by account_id, as_of order by day) as r from ticket) t where r = 1 group by account_id, as_of"),
        "ties",
    ),
    "unordered text": (
        "select account_id, as_of, length(string_agg(name, ',')) as value from milestone group by account_id, as_of",
        "without an order",
    ),
    # files, settings, other tables
    "file by name": ("select account_id, as_of, count(*) as value from '/etc/passwd' group by account_id, as_of", "/etc"),
    "read_csv": ("select account_id, as_of, count(*) as value from read_csv('x.csv') group by account_id, as_of", "READ_CSV"),
    "read_text": (f"select account_id, as_of, max(length(read_text('/etc/passwd'))) as value {END}", "read_text"),
    "glob": ("select account_id, as_of, count(*) as value from glob('*') group by account_id, as_of", "glob"),
    "getenv": (f"select account_id, as_of, max(length(getenv('HOME'))) as value {END}", "getenv"),
    "setting": (f"select account_id, as_of, max(length(current_setting('threads'))) as value {END}", "current_setting"),
    "system catalog": (
        "select account_id, as_of, count(*) as value from duckdb_tables() group by account_id, as_of",
        "'duckdb_tables' is not allowed",
    ),
    "information schema": (
        "select account_id, as_of, count(*) as value from information_schema.tables group by account_id, as_of",
        "'db' is not allowed",
    ),
    "schema prefix": ("select account_id, as_of, count(*) as value from main.ticket group by account_id, as_of", "'db'"),
    "raw facts behind the view": (
        "select account_id, as_of, count(*) as value from fact_ticket group by account_id, as_of",
        "'fact_ticket' cannot be read",
    ),
    "compiler's own tables": (
        "select account_id, as_of, count(*) as value from known_ticket group by account_id, as_of",
        "'known_ticket' cannot be read",
    ),
    "query as text": ("select account_id, as_of, count(*) as value from query('select 1') group by account_id, as_of", "qu"),
    # more than one select
    "second statement": (f"select account_id, as_of, count(*) as value {END}; drop table fact_ticket", "2 statements"),
    "only a drop": ("drop table fact_ticket", "not one SELECT"),
    "copy": ("copy (select 1) to 'x.csv'", "not one SELECT"),
    "attach": ("attach 'x.db'", "not one SELECT"),
    "pragma": ("pragma database_list", "not one SELECT"),
    "insert": ("insert into ticket select 1", "not one SELECT"),
    "set": ("set threads = 1", "not one SELECT"),
    "no select at all": ("ticket", "not one SELECT"),
    "empty": ("", "0 statements"),
    "not SQL": ("select account_id frm ticket where", "not valid SQL"),
    "open quote": ("select 'x", "not valid SQL"),
    # across accounts
    "window over the book": (
        ("select account_id, as_of, max(r) as value from (select account_id, as_of, rank() over (order by age) as r"
        " from ticket) t group by account_id, as_of"),
        "across accounts",
    ),
    "percent rank": (
        ("select account_id, as_of, max(r) as value from (select account_id, as_of, percent_rank() over (order by age) as r"
        " from ticket) t group by account_id, as_of"),
        "not allowed",
    ),
    "window over a segment": (
        ("select account_id, as_of, max(r) as value from (select account_id, as_of, rank() over (partition by a_segment"
        " order by a_seats) as r from attributes) t group by account_id, as_of"),
        "across accounts",
    ),
    "window over all dates": (
        ("select account_id, as_of, max(r) as value from (select account_id, as_of, count(*) over (partition by account_id)"
        " as r from ticket) t group by account_id, as_of"),
        "leaves out as_of",
    ),
    "scalar subquery": (
        f"select account_id, as_of, count(*) - (select max(age) from ticket) as value {END}",
        "query inside an expression",
    ),
    "in subquery": (
        ("select account_id, as_of, count(*) as value from ticket where requester in (select person from contact)"
        " group by account_id, as_of"),
        "IN over a query",
    ),
    "exists": (
        ("select account_id, as_of, count(*) as value from ticket t where exists (select 1 from contact c)"
        " group by account_id, as_of"),
        "not allowed",
    ),
    "cross join": (
        "select t.account_id, t.as_of, count(*) as value from ticket t cross join survey s group by t.account_id, t.as_of",
        "CROSS join",
    ),
    "comma join": (
        ("select t.account_id, t.as_of, count(*) as value from ticket t, survey s where s.account_id = t.account_id"
        " group by t.account_id, t.as_of"),
        "does not equate",
    ),
    "join on person alone": (
        ("select t.account_id, t.as_of, count(*) as value from ticket t join contact c on c.person = t.requester"
        " group by t.account_id, t.as_of"),
        "does not equate account_id",
    ),
    "join across dates": (
        ("select t.account_id, t.as_of, count(*) as value from ticket t join survey s on s.account_id = t.account_id"
        " group by t.account_id, t.as_of"),
        "does not equate as_of",
    ),
    "join key behind an or": (
        ("select t.account_id, t.as_of, count(*) as value from ticket t join survey s on (s.account_id = t.account_id"
        " and s.as_of = t.as_of) or true group by t.account_id, t.as_of"),
        "does not equate",
    ),
    "join with itself only": (
        ("select t.account_id, t.as_of, count(*) as value from ticket t join survey s on s.account_id = s.account_id"
        " and s.as_of = s.as_of group by t.account_id, t.as_of"),
        "does not equate",
    ),
    "full join": (
        ("select account_id, as_of, count(*) as value from ticket full join survey using (account_id, as_of)"
        " group by account_id, as_of"),
        "FULL join",
    ),
    "asof join": (
        ("select t.account_id, t.as_of, count(*) as value from ticket t asof join survey s on t.account_id = s.account_id"
        " and t.as_of = s.as_of and t.day >= s.day group by t.account_id, t.as_of"),
        "'method' is not allowed",
    ),
    "positional join": (
        ("select t.account_id, t.as_of, count(*) as value from ticket t positional join survey s"
        " group by t.account_id, t.as_of"),
        "'method' is not allowed",
    ),
    "lateral": (
        ("select t.account_id, t.as_of, count(*) as value from ticket t, lateral (select 1 as one) l"
        " group by t.account_id, t.as_of"),
        "not allowed",
    ),
    "account of another source": (
        "select requester as account_id, as_of, count(*) as value from ticket group by requester, as_of",
        "grouping leaves out account_id",
    ),
    "constant account": (
        "select 'A' as account_id, as_of, count(*) as value from ticket group by account_id, as_of",
        "'account_id' is made up",
    ),
    "made-up account inside": (
        ("select account_id, as_of, count(*) as value from (select requester as account_id, as_of from ticket) t"
        " group by account_id, as_of"),
        "'account_id' is made up",
    ),
    "made-up date": (
        "select account_id, day as as_of, count(*) as value from ticket group by account_id, day",
        "grouping leaves out as_of",
    ),
    "keys swapped in a union": (
        ("select account_id, as_of, count(*) as value from (select account_id, as_of, requester from ticket union all"
        " select requester, as_of, account_id from ticket) b group by account_id, as_of"),
        "does not pass account_id on|differ",
    ),
    "key of an outer join": (
        ("select s.account_id, s.as_of, count(*) as value from ticket t left join survey s on s.account_id = t.account_id"
        " and s.as_of = t.as_of group by s.account_id, s.as_of"),
        "grouping leaves out account_id",
    ),
    "total over the book": ("select max(account_id) as account_id, as_of, count(*) as value from ticket group by as_of", "gr"),
    "no grouping": ("select account_id, as_of, age as value from ticket", "several rows per account"),
    "finer grouping": (
        "select account_id, as_of, count(*) as value from ticket group by account_id, as_of, severity",
        "several rows per account",
    ),
    "group by all": ("select account_id, as_of, count(*) as value from ticket group by all", "'all' is not allowed"),
    "rollup": ("select account_id, as_of, count(*) as value from ticket group by rollup (account_id, as_of)", "'ROLLUP"),
    "group by position": ("select account_id, as_of, count(*) as value from ticket group by 1, 2", "grouping leaves out"),
    "limit": (f"select account_id, as_of, count(*) as value {END} limit 1", "'limit' is not allowed"),
    "limit inside": (
        ("select account_id, as_of, count(*) as value from (select account_id, as_of from ticket limit 5) t"
        " group by account_id, as_of"),
        "'limit' is not allowed",
    ),
    "order by": (f"select account_id, as_of, count(*) as value {END} order by value", "'order' is not allowed"),
    "distinct on": (
        ("select account_id, as_of, max(age) as value from (select distinct on (account_id) account_id, as_of, age"
        " from ticket) t group by account_id, as_of"),
        "'on' is not allowed",
    ),
    "except": (
        ("select account_id, as_of, count(*) as value from (select account_id, as_of from ticket except"
        " select account_id, as_of from survey) t group by account_id, as_of"),
        "not allowed",
    ),
    "values": (
        "select account_id, as_of, count(*) as value from (values ('A', 1)) v(account_id, as_of) group by account_id, as_of",
        "not allowed|cannot be read",
    ),
    "recursive": (
        ("with recursive r as (select account_id, as_of from ticket union all select account_id, as_of from r)"
        " select account_id, as_of, count(*) as value from r group by account_id, as_of"),
        "'recursive' is not allowed",
    ),
    "part named as the compiler's relation": (
        (
            "with known_survey as (select account_id, as_of from ticket) select account_id, as_of, count(*) as value"
            " from survey group by account_id, as_of"
        ),
        "is taken",
    ),
    "part named as a relation": (
        ("with ticket as (select account_id, as_of from survey) select account_id, as_of, count(*) as value from ticket"
        " group by account_id, as_of"),
        "is taken",
    ),
    # stars and hidden columns
    "star": ("select account_id, as_of, count(*) as value from (select * from ticket) t group by account_id, as_of", r"'\*'"),
    "star exclude": ("select * exclude (day) from ticket", "not allowed"),
    "star replace": ("select * replace (1 as as_of) from ticket", "not allowed"),
    "alias star": ("select t.* from ticket t", "not allowed"),
    "columns()": ("select account_id, as_of, columns('x') from ticket", "not allowed"),
    "from first": ("from ticket", "not allowed"),
    "whole row": ("select account_id, as_of, max(ticket) as value from ticket group by account_id, as_of", "unknown column"),
    "ledger column": (f"select account_id, as_of, max(known_at) as value {END}", "unknown column 'known_at'"),
    "row id": (f"select account_id, as_of, max(rowid) as value {END}", "unknown column 'rowid'"),
    "unnest": (f"select account_id, as_of, unnest([1, 2]) as value {END}", "not allowed"),
    "pivot": ("pivot ticket on severity using count(*)", "not one SELECT"),
    # fractions
    "division": (f"select account_id, as_of, sum(csat) / count(csat) as value {END}", "not allowed"),
    "average": (f"select account_id, as_of, avg(csat) as value {END}", "not allowed"),
    "median": (f"select account_id, as_of, median(csat) as value {END}", "not allowed"),
    "double": (f"select account_id, as_of, sum(csat::double) as value {END}", "a cast to DOUBLE"),
    "decimal number": (f"select account_id, as_of, sum(csat * 0.5) as value {END}", "0.5 is no integer"),
    "exponent number": (f"select account_id, as_of, sum(csat * 1e3) as value {END}", "no integer"),
    "hash": (f"select account_id, as_of, max(hash(requester)) as value {END}", "hash"),
    "try_cast": (f"select account_id, as_of, max(try_cast(requester as bigint)) as value {END}", "not allowed"),
    "lambda": (f"select account_id, as_of, max(list_transform([1], x -> x)[1]) as value {END}", "not allowed"),
    # result
    "no value": (f"select account_id, as_of, count(*) as n {END}", "yields account_id, as_of, n"),
    "no date": ("select account_id, count(*) as value from ticket group by account_id", "leaves out as_of"),
    "no from": ("select 'A' as account_id, 1 as as_of, 1 as value", "without FROM"),
    "macro with too few values": (f"select account_id, as_of, ratio(count(*)) as value {END}", "ratio takes 2"),
    "named window": (
        ("select account_id, as_of, max(n) as value from (select account_id, as_of, rank() over w as n from ticket"
        " window w as (order by age)) t group by account_id, as_of"),
        "not allowed|across accounts",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def empty() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for name, columns in RELATIONS.items():
        names = ", ".join(f'"{c}" {kind}' for c, kind in columns.items())
        connection.execute(f'CREATE TABLE "known_{name}" ({names})')
    names = ", ".join(f"{c} {kind}" for c, kind in ATTRIBUTE_COLUMNS.items())
    connection.execute(f"CREATE TABLE attributes (account_id VARCHAR, as_of DATE, {names})")
    return connection


@pytest.mark.parametrize("sql", GOOD.values(), ids=GOOD.keys())
def test_good_select_is_let_through_and_runs(sql: str, empty: duckdb.DuckDBPyConnection) -> None:
    compiled, faults = check_select(sql)
    assert faults == []
    assert [d[0].lower() for d in empty.execute(compiled).description or []][-3:]


@pytest.mark.parametrize(("sql", "what"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_select_is_refused_with_a_way_out(sql: str, what: str) -> None:
    compiled, faults = check_select(sql)
    assert compiled == ""
    assert any(re.search(what, fault.what) for fault in faults), faults
    assert all(fault.fix for fault in faults)
    assert all(fault.line >= 1 and fault.column >= 1 for fault in faults)
