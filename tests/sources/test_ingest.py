"""A table into the lake: counts that add up, the same key again, repairs, interruptions."""

from __future__ import annotations

import csv
import hashlib
import io
import random
import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepwell.lake import Lake
from keepwell.sources.ingest import load_source
from keepwell.words.problem import KeepwellError
from tests.company import examples
from tests.sources.conftest import Desk, counts

INVOICES = """
tables:
  - file: invoices*.csv
    facts:
      - kind: invoice
        id: id
        account: {system: billing, column: customer}
        since: created
        columns:
          issued_day: issued
          amount: {column: amount}
          currency: {column: currency, optional: true}
"""


def test_rows_become_facts_with_their_reference_and_fingerprint(desk: Desk) -> None:
    desk.map(INVOICES)
    desk.file("invoices.csv", "id,customer,issued,amount\ni1,C9,2024-05-31,12.50\n")
    assert counts(desk.load()) == [(1, 1, 0, 0)]
    columns = "source, external_id, system, ref, happened_day, amount, currency, deleted, batch"
    assert desk.one("fact_invoice", columns) == (
        "desk",
        "i1",
        "billing",
        "C9",
        date(2024, 5, 31),
        1250,
        "EUR",
        False,
        1,
    )


def test_every_reject_has_file_physical_line_column_reason_and_raw_row(desk: Desk) -> None:
    desk.map(INVOICES)
    desk.file(
        "invoices.csv", 'id,customer,issued,amount\n"i\n1",C9,2024-05-31,1\ni2,C9,31.5.24,1\ni3,C9,2024-05-31,1.005\n'
    )
    report = desk.load()
    assert counts(report) == [(3, 1, 0, 2)]
    assert desk.rejects() == [
        ("invoices.csv", 4, "issued", "issued_day: '31.5.24' is not a date such as 2024-05-31", "i2,C9,31.5.24,1"),
        (
            "invoices.csv", 5, "amount",
            "amount: '1.005' is not an amount of EUR (decimal sign '.', thousands ',', no more decimals than the currency has)",
            "i3,C9,2024-05-31,1.005",
        ),
    ]  # fmt: skip
    assert [(r.file, r.line, r.column) for r in report.rejects] == [
        ("invoices.csv", 4, "issued"),
        ("invoices.csv", 5, "amount"),
    ]


def test_a_thousand_bad_rows_of_ten_thousand_load_nine_thousand(desk: Desk) -> None:
    desk.map(INVOICES)
    lines = [f"i{n},C{n % 7},{'never' if n % 10 == 0 else '2024-05-31'},{n}.25" for n in range(10_000)]
    desk.file("invoices.csv", "id,customer,issued,amount\n" + "\n".join(lines))
    report = desk.load()
    assert counts(report) == [(10_000, 9_000, 0, 1_000)]
    assert report.changed
    assert len(desk.rejects()) == 1_000
    assert len(desk.rows("fact_invoice")) == 9_000
    assert desk.rejects()[1][1] == 12


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",C9,2024-05-31,1", "the id is empty"),
        ("i1,,2024-05-31,1", "the reference to the account is empty"),
        ("i1,C9,,1", "issued_day is empty"),
        ("i1,C9,2024-05-31", "3 fields, the header has 4"),
        ('i1,C9,"2024-05-31"x,1', "malformed quotes: ',' expected after '\"'"),
    ],
)
def test_rows_without_what_they_need_are_rejects(desk: Desk, row: str, reason: str) -> None:
    desk.map(INVOICES)
    desk.file("invoices.csv", f"id,customer,issued,amount\n{row}\n")
    assert counts(desk.load()) == [(1, 0, 0, 1)]
    assert desk.rejects()[0][3] == reason


def test_running_the_same_files_again_changes_nothing(desk: Desk) -> None:
    desk.map(INVOICES)
    desk.file("invoices.csv", "id,customer,issued,amount\ni1,C9,2024-05-31,1\ni2,C9,x,1\n")
    first = desk.load(later=False)
    again = desk.load(later=False)
    assert (first.changed, again.changed) == (True, False)
    assert counts(again) == [(2, 0, 1, 1)]
    assert again.rejects == first.rejects
    assert len(desk.rows("loads", "*", "batch")) == 1


def test_the_same_files_on_a_later_day_leave_a_load_and_no_facts(desk: Desk) -> None:
    desk.map(INVOICES)
    desk.file("invoices.csv", "id,customer,issued,amount\ni1,C9,2024-05-31,1\ni2,C9,x,1\n")
    desk.load()
    assert desk.load().changed
    loads = desk.rows("loads", "loaded_day, max_day, read, accepted, duplicates, quarantined, first", "batch")
    assert loads == [
        (date(2024, 7, 1), date(2024, 5, 31), 2, 1, 0, 1, True),
        (date(2024, 7, 2), date(2024, 5, 31), 2, 0, 1, 1, False),
    ]
    assert len(desk.rows("fact_invoice")) == 1
    assert [r[0] for r in desk.rows("rejects", "batch", "batch")] == [1, 2]


def test_rule_5_same_content_in_a_batch_is_a_duplicate(desk: Desk) -> None:
    desk.map(INVOICES)
    desk.file("invoices.csv", "id,customer,issued,amount\ni1,C9,2024-05-31,1\ni1,C9,2024-05-31,1.00\n")
    assert counts(desk.load()) == [(2, 1, 1, 0)]


def test_rule_5_other_content_in_the_same_batch_quarantines_all_but_the_first(desk: Desk) -> None:
    desk.map(INVOICES)
    desk.file("invoices.csv", "id,customer,issued,amount\ni1,C9,2024-05-31,1\ni2,C9,2024-05-31,1\ni1,C9,2024-05-31,2\n")
    assert counts(desk.load()) == [(3, 2, 0, 1)]
    assert desk.rows("fact_invoice", "external_id, amount") == [("i1", 100), ("i2", 100)]
    (reject,) = desk.rows("rejects", 'line, "column", reason, external_id, ref', "line")
    assert reject == (4, "id", "another row of the same batch has the same id and other content", "i1", "C9")


def test_rule_5_other_content_in_a_later_batch_is_a_revision_known_from_then(desk: Desk) -> None:
    desk.map(INVOICES)
    desk.file("invoices.csv", "id,customer,issued,amount\ni1,C9,2024-05-31,1\ni2,C9,2024-05-31,1\n")
    desk.load()
    desk.file("invoices.csv", "id,customer,issued,amount\ni1,C9,2024-05-31,2\ni2,C9,2024-05-31,1\n")
    assert counts(desk.load()) == [(2, 1, 1, 0)]
    rows = desk.rows("fact_invoice", "external_id, amount, known_at, known_basis")
    assert rows == [
        ("i1", 100, datetime(2024, 5, 31, 6), "assumed"),
        ("i1", 200, datetime(2024, 7, 2, 4), "recorded"),
        ("i2", 100, datetime(2024, 5, 31, 6), "assumed"),
    ]


def test_a_value_that_returns_is_a_revision_again(desk: Desk) -> None:
    desk.map(INVOICES)
    for amount in (1, 2, 1):
        desk.file("invoices.csv", f"id,customer,issued,amount\ni1,C9,2024-05-31,{amount}\n")
        assert counts(desk.load()) == [(1, 1, 0, 0)]
    assert [r[0] for r in desk.rows("fact_invoice", "amount")] == [100, 200, 100]


def test_a_new_file_beside_a_loaded_one_revises_without_reading_the_old_again(desk: Desk) -> None:
    desk.map(INVOICES)
    desk.file("invoices-1.csv", "id,customer,issued,amount\ni1,C9,2024-05-31,1\n")
    desk.load()
    desk.file("invoices-2.csv", "id,customer,issued,amount\ni1,C9,2024-05-31,2\n")
    assert counts(desk.load()) == [(1, 0, 1, 0), (1, 1, 0, 0)]
    assert counts(desk.load()) == [(1, 0, 1, 0), (1, 0, 1, 0)]
    assert len(desk.rows("fact_invoice")) == 2


def test_a_repaired_row_is_taken_in_later_and_the_rest_are_duplicates(desk: Desk) -> None:
    desk.map(INVOICES)
    desk.file("invoices.csv", "id,customer,issued,amount\ni1,C9,2024-05-31,1\ni2,C9,31/5,1\n")
    assert counts(desk.load()) == [(2, 1, 0, 1)]
    desk.file("invoices.csv", "id,customer,issued,amount\ni1,C9,2024-05-31,1\ni2,C9,2024-05-31,1\n")
    assert counts(desk.load()) == [(2, 1, 1, 0)]
    assert [r[0] for r in desk.rows("fact_invoice", "external_id")] == ["i1", "i2"]


def test_a_repaired_map_takes_the_rows_in_too(desk: Desk) -> None:
    desk.map(INVOICES)
    desk.file("invoices.csv", "id,customer,issued,amount\ni1,C9,31.5.2024,1\n")
    desk.load()
    desk.map(INVOICES.replace("issued_day: issued", "issued_day: {column: issued, format: '%d.%m.%Y'}"))
    assert counts(desk.load()) == [(1, 1, 0, 0)]


def test_two_tables_of_one_kind_share_their_ids(desk: Desk) -> None:
    second = INVOICES.split("tables:\n")[1].replace("invoices*.csv", "more.csv")
    desk.map(INVOICES + second)
    desk.file("invoices.csv", "id,customer,issued,amount\ni1,C9,2024-05-31,1\ni2,C9,2024-05-31,1\n")
    desk.file("more.csv", "id,customer,issued,amount\ni1,C9,2024-05-31,1\ni2,C9,2024-05-31,7\ni3,C9,2024-05-31,1\n")
    assert counts(desk.load()) == [(2, 2, 0, 0), (3, 1, 1, 1)]


def test_one_table_feeds_several_facts(desk: Desk) -> None:
    desk.map("""
        tables:
          - file: orders.csv
            facts:
              - {kind: invoice, id: id, account: customer, columns: {issued_day: day, amount: amount}}
              - kind: payment
                id: {template: "pay-{id}"}
                account: customer
                where: "paid <> ''"
                columns: {attempted_day: paid, succeeded: {constant: true}, invoice: id}
        """)
    desk.file("orders.csv", "id,customer,day,amount,paid\n1,C,2024-05-01,9,2024-05-09\n2,C,2024-05-01,9,\n")
    assert counts(desk.load()) == [(2, 2, 0, 0), (1, 1, 0, 0)]
    assert desk.rows("fact_payment", "external_id, invoice, succeeded, happened_day") == [
        ("pay-1", None, True, date(2024, 5, 9)),
        ("pay-1", "1", True, date(2024, 5, 9)),
    ]


def test_ids_of_several_columns_are_joined(desk: Desk) -> None:
    desk.map(INVOICES.replace("id: id", "id: [customer, id]"))
    desk.file("invoices.csv", "id,customer,issued,amount\n1,A,2024-05-31,1\n1,B,2024-05-31,1\n,B,2024-05-31,1\n")
    assert counts(desk.load()) == [(3, 2, 0, 1)]
    assert [r[0] for r in desk.rows("fact_invoice", "external_id")] == ["A|1", "B|1"]


def test_an_unlisted_value_of_a_lookup_is_a_reject(desk: Desk) -> None:
    desk.map("""
        tables:
          - file: t.csv
            facts:
              - kind: ticket
                id: id
                account: a
                columns: {opened_at: o, severity: {column: p, lookup: {urgent: critical}}}
        """)
    desk.file("t.csv", "id,a,o,p\n1,A,2024-05-31,urgent\n2,A,2024-05-31,strange\n")
    assert counts(desk.load()) == [(2, 1, 0, 1)]
    assert desk.rejects()[0][2:4] == ("p", "severity: 'strange' is not in the lookup")


def test_currencies_decide_the_minor_unit_and_must_be_iso_codes(desk: Desk) -> None:
    desk.map(INVOICES)
    rows = "i1,C,2024-05-31,1200,jpy\ni2,C,2024-05-31,1.234,KWD\ni3,C,2024-05-31,1.5,JPY\ni4,C,2024-05-31,1,Euro\ni5,C,2024-05-31,2,\n"
    desk.file("invoices.csv", "id,customer,issued,amount,currency\n" + rows)
    assert counts(desk.load()) == [(5, 3, 0, 2)]
    found = desk.rows("fact_invoice", "external_id, amount, currency")
    assert found == [("i1", 1200, "JPY"), ("i2", 1234, "KWD"), ("i5", 200, "EUR")]


def test_people_and_texts_become_pseudonyms_with_their_words_apart(desk: Desk) -> None:
    desk.map("""
        tables:
          - file: t.csv
            facts:
              - {kind: ticket, id: id, account: a, since: created, columns: {opened_at: o, requester: who, subject: s}}
        """)
    desk.file("t.csv", "id,a,o,who,s\n1,A,2024-05-31,Ann@X.com,Help\n2,A,2024-05-31,ann@x.com,Help\n3,A,2024-05-31,,\n")
    desk.load()
    people = [r[0] for r in desk.rows("fact_ticket", "requester")]
    assert people[0] == people[1]
    assert people[0].startswith("p_")
    assert len(people[0]) == 22
    assert people[2] is None
    words = desk.rows("personal", "what, words, batch", "what")
    assert words == [("note", "Help", 1), ("person", "ann@x.com", 1)]
    desk.file("t.csv", "id,a,o,who,s\n1,A,2024-05-31,Ann@X.com,Help\n4,A,2024-05-31,ann@x.com,New\n")
    desk.load()
    assert desk.rows("personal", "what, words, batch", "batch, what")[2:] == [("note", "New", 2)]


def test_the_salt_decides_the_pseudonym(desk: Desk) -> None:
    desk.map("tables: [{file: t.csv, facts: [{kind: contact, id: id, account: a, columns: {person: who}}]}]")
    desk.file("t.csv", "id,a,who\n1,A,u-7\n")
    desk.options = {"salt": "it's"}
    desk.load()
    assert desk.one("fact_contact", "person") == ("p_" + hashlib.sha256(b"it'su-7").hexdigest()[:20],)


def test_an_interrupted_ingest_leaves_the_published_rows_as_they_were(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.map(INVOICES)
    desk.file("invoices.csv", "id,customer,issued,amount\ni1,C9,2024-05-31,1\n")
    desk.load()
    before = desk.rows("fact_invoice")
    desk.file("invoices.csv", "id,customer,issued,amount\ni1,C9,2024-05-31,5\ni2,C9,x,1\n")
    append = Lake.append

    def fails_late(lake: Lake, table: str, rows: Any) -> None:
        if table == "loads":
            raise OSError("the disk is full")
        append(lake, table, rows)

    monkeypatch.setattr(Lake, "append", fails_late)
    with pytest.raises(OSError, match="full"):
        desk.load()
    assert desk.rows("fact_invoice") == before
    assert desk.rejects() == []
    monkeypatch.undo()
    assert counts(desk.load()) == [(2, 1, 0, 1)]
    assert [r[0] for r in desk.rows("fact_invoice", "amount")] == [100, 500]


def test_rows_of_a_batch_that_failed_do_not_count_as_known(desk: Desk) -> None:
    desk.map(INVOICES)
    desk.file("invoices.csv", "id,customer,issued,amount\ni1,C9,2024-05-31,1\n")
    load_source(desk.source(), desk.context())
    desk.options = {"batch": 2}
    assert counts(load_source(desk.source(), desk.context())) == [(1, 1, 0, 0)]


def test_two_sources_with_the_same_ids_do_not_meet(desk: Desk) -> None:
    desk.map(INVOICES)
    desk.file("invoices.csv", "id,customer,issued,amount\ni1,C9,2024-05-31,1\n")
    desk.load()
    desk.map("source: other\nsystem: other\nfolder: exports\n" + INVOICES.lstrip())
    assert counts(desk.load()) == [(1, 1, 0, 0)]


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("invoices.csv", "id,customer,isued,amount\n", "has no column 'issued'; did you mean 'isued'?"),
        (
            "invoices.csv",
            "id,customer,issued,amount\n",
            "invoices.csv has no rows; export it again, or say 'may_be_absent: true'",
        ),
        ("invoices.csv", "", "the file is empty"),
        ("other.csv", "id\n", "no file matches 'invoices*.csv'; check the name and 'folder:'"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_line(desk: Desk, file: str, text: str, expected: str) -> None:
    desk.map(INVOICES)
    if "isued" in text:
        text += "1,2,3,4\n"
    desk.file(file, text)
    with pytest.raises(KeepwellError) as caught:
        desk.load()
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_folder_is_one_clear_line(desk: Desk) -> None:
    desk.map(INVOICES)
    with pytest.raises(KeepwellError, match=r"desk.yml:3:9: the folder .*exports does not exist; check 'folder:'"):
        desk.load()


def test_one_file_of_many_that_lacks_a_column_is_named(desk: Desk) -> None:
    desk.map(INVOICES)
    desk.file("invoices-1.csv", "id,customer,issued,amount\ni1,C9,2024-05-31,1\n")
    desk.file("invoices-2.csv", "id,customer,issued\ni1,C9,2024-05-31\n")
    with pytest.raises(KeepwellError, match=r"invoices-2.csv has no column 'amount'"):
        desk.load()


def test_a_table_that_may_be_absent_is_passed_over(desk: Desk) -> None:
    desk.map(INVOICES.replace("file: invoices*.csv", "file: invoices*.csv\n    may_be_absent: true"))
    (desk.folder / "exports").mkdir()
    assert not desk.load().changed


def test_a_retired_source_needs_no_files(desk: Desk) -> None:
    desk.map("source: desk\nsystem: other\nfolder: exports\nretired: 2024-06-01\n" + INVOICES)
    (desk.folder / "exports").mkdir()
    assert not desk.load().changed


def test_a_condition_on_an_unknown_column_is_one_clear_line(desk: Desk) -> None:
    desk.map(INVOICES.replace("id: id", "id: id\n        where: \"stauts = 'open'\""))
    desk.file("invoices.csv", "id,customer,issued,amount,status\ni1,C9,2024-05-31,1,open\n")
    with pytest.raises(
        KeepwellError, match=r"desk.yml:9:16: where names an unknown column 'stauts'; did you mean 'status'\?"
    ):
        desk.load()


def test_a_condition_that_fails_on_the_data_is_one_clear_line(desk: Desk) -> None:
    desk.map(INVOICES.replace("id: id", 'id: id\n        where: "amount::INTEGER > 3"'))
    desk.file("invoices.csv", "id,customer,issued,amount\ni1,C9,2024-05-31,many\n")
    with pytest.raises(KeepwellError, match=r"desk.yml:9:16: cannot be read: Conversion Error"):
        desk.load()


CELLS = st.sampled_from(
    ["1", "2", "3", "x", "", "2024-05-31", "2024-06-01", "31.5.24", "12.50", "1.005", 'a"b', "a\nb", "ü", "-1"]
)


@settings(max_examples=examples(9), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CELLS, max_size=6), max_size=25), st.integers(0, 2**32))
def test_rule_5_accepted_and_duplicates_and_quarantined_are_what_was_read(records: list[list[str]], seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["id", "customer", "issued", "amount"])
    writer.writerow(["0", "C", "2024-05-31", "1"])
    for record in records:
        if chance.random() < 0.1:
            out.write('7,"open quote,2024\n')
        writer.writerow(record if chance.random() < 0.5 else ([*record, "1", "2", "2024-05-31", "3"])[:4])
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        desk.map(INVOICES)
        desk.file("invoices.csv", out.getvalue().encode())
        ((read, accepted, duplicates, quarantined),) = counts(desk.load())
        assert accepted + duplicates + quarantined == read
        assert counts(desk.load()) == [(read, 0, accepted + duplicates, quarantined)]
        facts = desk.rows("fact_invoice", "external_id")
        assert len(facts) == len(set(facts))
        assert len(desk.rows("rejects", "line", "line")) == 2 * quarantined


def test_words_that_no_signal_knows_are_one_line_per_column_the_most_frequent_first(desk: Desk) -> None:
    desk.map("""
        tables:
          - file: tickets.csv
            facts:
              - kind: ticket
                id: id
                account: account
                columns: {opened_at: opened, severity: prio}
        """)
    words = ["urgent", "P1", "urgent", "high", ""]
    rows = "".join(f"{n},C,2024-05-31,{word}\n" for n, word in enumerate(words))
    desk.file("tickets.csv", f"id,account,opened,prio\n{rows}")
    (note,) = [note for note in desk.load().notes if "no signal" in note]
    assert note.partition("sources/")[2] == (
        "desk.yml:10:48: no signal knows these words of ticket severity: 'urgent' (2), 'P1' (1);"
        " expected critical, high, medium, low; say what they mean with a 'lookup:'"
    )
