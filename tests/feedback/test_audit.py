"""The audit log: append-only, one chain whoever writes, and what breaks it is named."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from threading import Barrier

import pytest
import sqlalchemy as sa

from keepwell.feedback import audit
from keepwell.feedback.audit import AUDIT, HEAD, Entry
from keepwell.state import State
from keepwell.words.problem import KeepwellError
from keepwell.words.review import AuditCheck

AT = datetime(2026, 3, 20, 9, 30, 0, 250)
ENTRY = Entry(AT, "Ädam", "suppress.write", "suppression 1", "A", {"until": date(2026, 4, 1), "note": 'a "dispute"'})


@pytest.fixture
def state(state_url: str) -> State:
    return State(state_url)


def note(state: State, *entries: Entry) -> None:
    for entry in entries:
        with state.engine.begin() as connection:
            audit.note(connection, entry)


def verify(state: State, kept: tuple[int, str] | None = None) -> AuditCheck:
    with state.engine.connect() as connection:
        return audit.verify(connection, kept)


def tampered(state: State, statement: sa.Executable) -> AuditCheck:
    """The check after somebody took the triggers out and changed something, which is put back."""
    connection = state.engine.connect()
    with connection, connection.begin() as transaction:
        if state.engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
            for name in ("audit_update", "audit_delete", "audit_head_delete", "audit_head_back"):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            for table in ("audit", "audit_head"):
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        connection.execute(statement)
        found = audit.verify(connection)
        transaction.rollback()
    return found


def test_a_log_is_whole_and_reads_back_what_was_noted(state: State) -> None:
    assert verify(state) == AuditCheck(0, audit.NOTHING)
    note(state, ENTRY, ENTRY, ENTRY)
    whole = verify(state)
    assert (whole.number, whole.broken) == (3, None)
    with state.engine.connect() as connection:
        newest, *_ = rows = list(audit.newest(connection, "A", 2))
        assert list(audit.newest(connection, "B", 2)) == []
    assert [row.number for row in rows] == [3, 2]
    assert (newest.at, newest.author, newest.hash) == (AT, "Ädam", whole.hash)
    assert newest.details == {"until": "2026-04-01", "note": 'a "dispute"'}


CHANGES = (
    sa.update(AUDIT).values(author="nobody"),
    sa.delete(AUDIT),
    sa.delete(HEAD),
    sa.update(HEAD).values(number=0),
)


def test_the_database_itself_refuses_to_change_or_delete(state: State) -> None:
    note(state, ENTRY)
    for change in CHANGES:
        with pytest.raises(sa.exc.DBAPIError, match="the audit log is append-only"), state.engine.begin() as connection:
            connection.execute(change)
    assert verify(state).broken is None


def test_what_somebody_changed_behind_its_back_is_named(state: State) -> None:
    note(state, *[ENTRY] * 5)
    third = AUDIT.c.number == 3
    rehashed = audit.hash_of(
        {**ENTRY.__dict__, "number": 3, "author": "Eve", "details": audit.canonical(ENTRY.details), "before": "0"}
    )
    found = {
        tampered(state, sa.update(AUDIT).where(third).values(author="Eve")).broken,
        tampered(state, sa.update(AUDIT).where(third).values(author="Eve", hash=rehashed, before="0")).broken,
        tampered(state, sa.delete(AUDIT).where(third)).broken,
        tampered(state, sa.delete(AUDIT).where(AUDIT.c.number > 3)).broken,
        tampered(state, sa.delete(HEAD)).broken,
        tampered(state, sa.update(HEAD).values(hash="0")).broken,
        tampered(state, sa.text("UPDATE audit SET at = '2026-03-20 09:31:00' WHERE number = 3")).broken,
    }
    assert found == {
        "row 3 was changed: it does not have the hash it was written with",
        "row 3 does not hold the hash of the row before it",
        "row 3 is missing",
        "rows 4 to 5 are missing: the end was cut",
        "the head of the log is missing: rows after 5 may have been cut",
        "the head of the log names row 5, the last row is 5 with another hash",
    }
    assert tampered(state, sa.delete(AUDIT).where(third)).broken_at == 3
    if state.engine.dialect.name == "sqlite":  # which keeps any text in any column
        no_moment = sa.text("UPDATE audit SET at = 'soon' WHERE number = 3")
        assert tampered(state, no_moment).broken == "row 3 was changed: it does not have the hash it was written with"


def test_a_head_that_was_kept_outside_tells_of_a_log_that_was_written_anew(state: State) -> None:
    note(state, ENTRY, ENTRY)
    head = verify(state)
    note(state, ENTRY)
    assert verify(state, (head.number, head.hash)).broken is None
    assert verify(state, (2, "0")).broken == "row 2 is not the one that was kept: its hash was 0"
    assert verify(state, (5, "0")).broken == "rows 4 to 5 are missing: row 5 was kept, the last one is 3"


def test_writers_at_once_get_different_numbers_and_one_chain(state: State) -> None:
    both = Barrier(2)

    def writer(_: int) -> None:
        both.wait(10)
        note(state, *[ENTRY] * 10)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(writer, range(2)))
    assert (verify(state).number, verify(state).broken) == (20, None)


def test_what_nobody_says_is_not_on_record(state: State) -> None:
    with pytest.raises(KeepwellError, match="nobody says so"):
        note(state, replace(ENTRY, author=" "))
    assert verify(state).number == 0


def test_what_is_noted_while_the_log_is_verified_is_no_cut_end(state: State) -> None:
    """Somebody writes after the rows are read and before the head is."""
    note(state, ENTRY)
    waiting = [ENTRY]

    def meanwhile(_: sa.Connection, __: object, statement: str, *___: object) -> None:
        if statement.startswith("SELECT audit_head") and waiting:
            note(state, waiting.pop())

    sa.event.listen(state.engine, "before_cursor_execute", meanwhile)
    assert (verify(state).number, verify(state).broken) == (2, None)


def test_an_entry_of_a_transaction_that_fails_leaves_no_gap(state: State) -> None:
    with state.engine.connect() as connection:
        audit.note(connection, ENTRY)
        connection.rollback()
    note(state, ENTRY)
    assert (verify(state).number, verify(state).broken) == (1, None)
