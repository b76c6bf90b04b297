"""When rows became known: the first batch told apart by its dates, later ones by their load."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from tests.sources.conftest import FIRST_LOAD, Desk, counts

TICKETS = """
tables:
  - file: t.csv
    facts:
      - kind: ticket
        id: id
        account: a
        columns:
          opened_at: opened
          resolved_at: resolved
          severity: {column: severity, since: created}
          assignee: agent
"""
TICKET_ROWS = "id,a,opened,resolved,severity,agent\nT1,A,2024-04-03 09:00,2024-05-06 10:00,high,Kim\n"
SUBSCRIPTIONS = """
tables:
  - file: s.csv
    facts:
      - kind: subscription
        id: id
        account: a
        since: created
        columns:
          start_day: start
          end_day: END
          seats: seats
"""
SUBSCRIPTION_ROWS = "id,a,start,end,seats\nS1,A,2024-01-10,2024-05-20,5\nS2,A,2024-02-01,,7\n"


def as_of(desk: Desk, table: str, columns: str, day: str) -> list[tuple[Any, ...]]:
    """The newest known version of each row at the end of a day."""
    newest = (
        f"(SELECT * FROM {table} WHERE happened_day <= DATE '{day}' AND known_at < TIMESTAMP '{day}' + INTERVAL 1 DAY"
        " QUALIFY row_number() OVER (PARTITION BY external_id"
        " ORDER BY valid_at DESC NULLS LAST, known_at DESC, batch DESC, seq DESC) = 1)"
    )
    return desk.rows(newest, columns)


def test_rule_4_a_ticket_resolved_in_may_is_open_as_of_april(desk: Desk) -> None:
    desk.map(TICKETS)
    desk.file("t.csv", TICKET_ROWS)
    assert counts(desk.load()) == [(1, 1, 0, 0)]
    columns = "resolved_at, severity, assignee IS NOT NULL, known_basis"
    assert as_of(desk, "fact_ticket", columns, "2024-04-02") == []
    assert as_of(desk, "fact_ticket", columns, "2024-04-30") == [(None, "high", False, "assumed")]
    assert as_of(desk, "fact_ticket", columns, "2024-05-31") == [(datetime(2024, 5, 6, 10), "high", False, "assumed")]
    assert as_of(desk, "fact_ticket", columns, "2024-07-31") == [(datetime(2024, 5, 6, 10), "high", True, "recorded")]


def test_rule_3_undated_columns_are_known_from_import_and_a_note_says_so(desk: Desk) -> None:
    desk.map(TICKETS)
    desk.file("t.csv", TICKET_ROWS)
    (note,) = desk.load().notes
    assert "assignee of ticket" in note
    assert "since: created" in note


def test_all_versions_of_a_row_share_one_fingerprint(desk: Desk) -> None:
    desk.map(TICKETS)
    desk.file("t.csv", TICKET_ROWS)
    desk.load()
    assert len({r[0] for r in desk.rows("fact_ticket", "content")}) == 1
    assert len(desk.rows("fact_ticket")) == 3


def test_a_row_whose_dates_tell_all_has_no_version_of_the_load(desk: Desk) -> None:
    desk.map(TICKETS.replace("assignee: agent", "type: {constant: problem}"))
    desk.file("t.csv", TICKET_ROWS)
    desk.load()
    assert desk.rows("fact_ticket", "known_at, known_basis, type") == [
        (datetime(2024, 4, 3, 9), "assumed", "problem"),
        (datetime(2024, 5, 6, 10), "assumed", "problem"),
    ]


def test_rule_3_an_end_that_is_a_churn_date_is_not_known_before_it(desk: Desk) -> None:
    desk.map(SUBSCRIPTIONS.replace("END", "end"))
    desk.file("s.csv", SUBSCRIPTION_ROWS)
    desk.load()
    assert as_of(desk, "fact_subscription", "external_id, end_day", "2024-04-30") == [("S1", None), ("S2", None)]
    assert as_of(desk, "fact_subscription", "external_id, end_day", "2024-05-20") == [
        ("S1", date(2024, 5, 20)),
        ("S2", None),
    ]


def test_rule_3_an_end_that_is_a_term_is_known_at_its_start(desk: Desk) -> None:
    desk.map(SUBSCRIPTIONS.replace("END", "{column: end, known: at_start}"))
    desk.file("s.csv", SUBSCRIPTION_ROWS)
    desk.load()
    assert as_of(desk, "fact_subscription", "external_id, end_day", "2024-01-31") == [("S1", date(2024, 5, 20))]


def test_a_date_after_the_load_is_known_at_the_load(desk: Desk) -> None:
    desk.map(SUBSCRIPTIONS.replace("END", "end"))
    desk.file("s.csv", "id,a,start,end,seats\nS1,A,2024-01-10,2025-01-10,5\nS2,A,2025-01-01,,5\n")
    desk.load()
    assert desk.rows("fact_subscription", "external_id, known_at, known_basis, end_day, happened_day") == [
        ("S1", datetime(2024, 1, 10, 6), "assumed", None, date(2024, 1, 10)),
        ("S1", FIRST_LOAD, "recorded", date(2025, 1, 10), date(2024, 1, 10)),
        ("S2", FIRST_LOAD, "recorded", None, date(2024, 6, 30)),  # at 04:00 the 30th has not closed
    ]


def test_a_date_before_the_row_began_is_known_with_the_row(desk: Desk) -> None:
    desk.map(TICKETS)
    desk.file("t.csv", "id,a,opened,resolved,severity,agent\nT1,A,2024-04-03 09:00,2024-04-01 09:00,high,\n")
    desk.load()
    assert desk.rows("fact_ticket", "known_at, resolved_at") == [(datetime(2024, 4, 3, 9), datetime(2024, 4, 1, 9))]


def test_later_batches_are_known_when_loaded(desk: Desk) -> None:
    desk.map(TICKETS)
    desk.file("t.csv", TICKET_ROWS)
    desk.load()
    desk.file("t.csv", TICKET_ROWS + "T2,A,2024-04-03 09:00,2024-05-06 10:00,low,Kim\n")
    assert counts(desk.load()) == [(2, 1, 1, 0)]
    rows = desk.rows("fact_ticket", "external_id, known_at, known_basis, happened_day")
    assert rows[-1] == ("T2", datetime(2024, 7, 2, 4), "recorded", date(2024, 4, 3))


def test_rule_3_a_trusted_timestamp_is_recorded_knowledge_from_the_first_batch_on(desk: Desk) -> None:
    desk.map("source: desk\nsystem: other\nfolder: exports\nknown_at: seen\n" + TICKETS)
    desk.file(
        "t.csv",
        "id,a,opened,resolved,severity,agent,seen\n"
        "T1,A,2024-04-03 09:00,,high,Kim,2024-04-03 12:00\n"
        "T1,A,2024-04-03 09:00,2024-05-06 10:00,high,Kim,2024-05-07 12:00\n"
        "T1,A,2024-04-03 09:00,2024-05-06 10:00,high,Kim,2024-05-08 12:00\n"
        "T2,A,2024-04-03 09:00,,high,Kim,\n"
        "T3,A,2024-04-03 09:00,,high,Kim,2031-01-01\n",
    )
    assert counts(desk.load()) == [(5, 3, 1, 1)]
    assert desk.rows("fact_ticket", "external_id, known_at, known_basis, resolved_at") == [
        ("T1", datetime(2024, 4, 3, 12), "recorded", None),
        ("T1", datetime(2024, 5, 7, 12), "recorded", datetime(2024, 5, 6, 10)),
        ("T3", FIRST_LOAD, "recorded", None),
    ]
    assert desk.rejects()[0][2:4] == ("seen", "known_at is empty")


def test_history_rows_are_known_from_their_own_dates(desk: Desk) -> None:
    desk.map("""
        tables:
          - file: h.csv
            facts:
              - kind: account
                id: id
                version: valid_from
                columns: {name: name, owner: owner, created_day: created}
        """)
    desk.file(
        "h.csv",
        "id,valid_from,name,owner,created\n"
        "A,2024-01-05,Acme,Kim,2024-01-05\nA,2024-03-01,Acme,Lee,2024-01-05\nA,2024-09-01,Acme,Max,2024-01-05\n",
    )
    assert counts(desk.load()) == [(3, 3, 0, 0)]
    assert as_of(desk, "fact_account", "owner", "2024-02-29") == [("Kim",)]
    assert as_of(desk, "fact_account", "owner", "2024-03-01") == [("Lee",)]
    assert as_of(desk, "fact_account", "owner", "2024-08-31") == [("Lee",)]
    assert as_of(desk, "fact_account", "owner", "2024-09-01") == [("Max",)]
    assert desk.load().changed
    assert len(desk.rows("fact_account")) == 3


def test_identity_without_dates_holds_since_ever(desk: Desk) -> None:
    desk.map(
        "tables: [{file: w.csv, facts: [{kind: identity, id: w, account: {system: workspace, column: w}, columns: {account: a}}]}]"
    )
    desk.file("w.csv", "w,a\nW1,A\n")
    desk.load()
    columns = "system, ref, account, known_at, happened_day, valid_from"
    assert desk.one("fact_identity", columns) == (
        "workspace",
        "W1",
        "A",
        datetime(1970, 1, 1),
        date(1969, 12, 31),
        None,
    )


def test_required_columns_are_known_with_the_row(desk: Desk) -> None:
    desk.map(
        "tables: [{file: n.csv, facts: [{kind: survey, id: id, account: a, columns: {answered_at: d, score: s, role: r}}]}]"
    )
    desk.file("n.csv", "id,a,d,s,r\n1,A,2024-05-01,9,champion\n")
    desk.load()
    assert desk.rows("fact_survey", "known_at, score, role") == [
        (datetime(2024, 5, 1), 9, None),
        (FIRST_LOAD, 9, "champion"),
    ]


@pytest.mark.parametrize(
    ("zone", "text", "known", "day"),
    [
        ("Europe/Berlin", "2024-03-31", datetime(2024, 3, 31, 4), date(2024, 3, 31)),
        ("Europe/Berlin", "2024-04-01", datetime(2024, 4, 1, 4), date(2024, 4, 1)),
        ("America/New_York", "2024-03-10", datetime(2024, 3, 10, 10), date(2024, 3, 10)),
        ("Asia/Kolkata", "2024-03-10", datetime(2024, 3, 10, 0, 30), date(2024, 3, 10)),
    ],
)
def test_a_day_is_known_once_the_day_before_has_closed(
    desk: Desk, zone: str, text: str, known: datetime, day: date
) -> None:
    desk.time_zone = zone
    desk.map(
        "tables: [{file: f.csv, facts: [{kind: outcome, id: id, account: a, columns: {outcome_day: d, type: {constant: churned}}}]}]"
    )
    desk.file("f.csv", f"id,a,d\n1,A,{text}\n")
    desk.load()
    assert desk.one("fact_outcome", "known_at, happened_day") == (known, day)


@pytest.mark.parametrize(
    ("source_zone", "text", "happened", "day"),
    [
        ("UTC", "2024-05-31 22:30", datetime(2024, 5, 31, 22, 30), date(2024, 6, 1)),
        ("Europe/Berlin", "2024-05-31 23:30", datetime(2024, 5, 31, 21, 30), date(2024, 5, 31)),
        ("America/New_York", "2024-05-31 18:30", datetime(2024, 5, 31, 22, 30), date(2024, 6, 1)),
        ("UTC", "2024-05-31 22:30+09:00", datetime(2024, 5, 31, 13, 30), date(2024, 5, 31)),
    ],
)
def test_rule_2_the_projects_zone_decides_the_day(
    desk: Desk, source_zone: str, text: str, happened: datetime, day: date
) -> None:
    desk.time_zone = "Europe/Berlin"
    desk.map(f"source: desk\nsystem: other\nfolder: exports\ntime_zone: {source_zone}\n" + TICKETS)
    desk.file("t.csv", f"id,a,opened,resolved,severity,agent\nT1,A,{text},,high,\n")
    desk.load()
    assert desk.one("fact_ticket", "happened_at, happened_day") == (happened, day)


def test_a_soft_deleted_row_is_gone_from_the_load_on(desk: Desk) -> None:
    desk.map(TICKETS.replace("id: id", "id: id\n        deleted: {column: gone, values: [true, 1]}"))
    desk.file(
        "t.csv", "id,a,opened,resolved,severity,agent,gone\nT1,A,2024-04-03,,high,,True\nT2,A,2024-04-03,,high,,0\n"
    )
    desk.load()
    columns = "external_id, deleted"
    assert as_of(desk, "fact_ticket", columns, "2024-05-01") == [("T1", False), ("T2", False)]
    assert as_of(desk, "fact_ticket", columns, "2024-07-01") == [("T1", True), ("T2", False)]
    desk.file("t.csv", "id,a,opened,resolved,severity,agent,gone\nT1,A,2024-04-03,,high,,\nT2,A,2024-04-03,,high,,1\n")
    assert counts(desk.load()) == [(2, 2, 0, 0)]
    assert as_of(desk, "fact_ticket", columns, "2024-07-02") == [("T1", False), ("T2", True)]
