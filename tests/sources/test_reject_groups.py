"""Many rows that fail for one reason are told once: where the map says it, how many, and what would fit."""

from __future__ import annotations

from keepwell.words.report import RejectGroup
from tests.sources.conftest import Desk

TICKETS = """
tables:
  - file: tickets*.csv
    facts:
      - kind: ticket
        id: id
        account: account
        columns:
          opened_at: opened
          severity: {column: prio, lookup: {P1: critical}, optional: true}
"""


def only(groups: tuple[RejectGroup, ...]) -> RejectGroup:
    (group,) = groups
    return group


def test_a_wrong_date_format_is_told_once_with_its_place_and_the_format_that_fits(desk: Desk) -> None:
    desk.map(TICKETS)
    rows = "".join(f"t{n},C,{n % 28 + 1:02d}.05.2024\n" for n in range(300))
    desk.file("tickets.csv", f"id,account,opened\n{rows}ok,C,2024-05-31\n,C,2024-05-31\n")
    report = desk.load(later=False)
    group = only(report.reject_groups)
    assert group.place.endswith("sources/desk.yml:11:22")
    assert (group.source, group.kind, group.column, group.rows, group.read) == ("desk", "ticket", "opened", 300, 302)
    assert group.reason == "opened_at is not a moment such as 2024-05-31T13:00:00Z"
    assert group.values[0] == "01.05.2024"
    assert group.examples == ("tickets.csv:2", "tickets.csv:3", "tickets.csv:4")
    assert group.fix == 'write format: "%d.%m.%Y"'
    assert [(r.line, r.reason) for r in report.rejects] == [(303, "the id is empty")]


def test_a_file_that_is_not_read_again_says_the_same_again(desk: Desk) -> None:
    desk.map(TICKETS)
    for name in ("tickets_a.csv", "tickets_b.csv"):
        rows = "".join(f"{name}{n},C,05/{n + 10}/24\n" for n in range(10))
        desk.file(name, f"id,account,opened\n{rows}")
    first = desk.load(later=False)
    again = desk.load(later=False)
    assert not again.changed
    assert again.reject_groups == first.reject_groups
    assert (only(first.reject_groups).rows, only(first.reject_groups).fix) == (20, 'write format: "%m/%d/%y"')


def test_two_formats_that_fit_are_both_named(desk: Desk) -> None:
    desk.map(TICKETS)
    desk.file("tickets.csv", "id,account,opened\n" + "".join(f"t{n},C,0{n}/0{n + 1}/2024\n" for n in range(1, 8)))
    fix = only(desk.load().reject_groups).fix
    assert fix == 'write format: "%d/%m/%Y" or "%m/%d/%Y", whichever is meant: both fit'


def test_seconds_since_1970_are_recognised(desk: Desk) -> None:
    desk.map(TICKETS)
    desk.file("tickets.csv", "id,account,opened\n" + "".join(f"t{n},C,171711360{n}\n" for n in range(8)))
    assert only(desk.load().reject_groups).fix == 'write format: "epoch"'


def test_no_format_is_suggested_where_none_of_the_usual_ones_fits(desk: Desk) -> None:
    desk.map(TICKETS)
    desk.file("tickets.csv", "id,account,opened\n" + "".join(f"t{n},C,yesterday\n" for n in range(8)))
    assert only(desk.load().reject_groups).fix == "write the 'format:' that its values have"


def test_words_that_a_lookup_lacks_are_told_once_the_most_frequent_first(desk: Desk) -> None:
    desk.map(TICKETS)
    words = ["P2"] * 5 + ["P3"] * 7 + ["P1"]
    rows = "".join(f"t{n},C,2024-05-31,{word}\n" for n, word in enumerate(words))
    desk.file("tickets.csv", f"id,account,opened,prio\n{rows}")
    group = only(desk.load().reject_groups)
    assert (group.rows, group.read, group.values) == (12, 13, ("P3", "P2"))
    assert group.place.endswith("desk.yml:12:11")
    assert group.fix == "list them under 'lookup:', or give a 'default:'"


def test_a_few_bad_rows_are_named_one_by_one(desk: Desk) -> None:
    desk.map(TICKETS)
    desk.file("tickets.csv", "id,account,opened\nt1,C,x\nt2,C,x\nt3,C,x\nt4,C,2024-05-31\n")
    report = desk.load()
    assert report.reject_groups == ()
    assert [r.line for r in report.rejects] == [2, 3, 4]


def test_a_few_bad_rows_are_named_with_what_mends_each_of_them(desk: Desk) -> None:
    desk.map(TICKETS)
    desk.file("tickets.csv", "id,account,opened,prio\nt1,C,31.05.2024,P1\nt2,C,2024-05-31,P2\nt3,C,never,P1\n")
    assert [reject.fix for reject in desk.load().rejects] == [
        'write format: "%d.%m.%Y"',
        "list them under 'lookup:', or give a 'default:'",
        "",
    ]


def test_dates_taken_in_with_day_and_month_exchanged_are_an_error_with_the_maps_line(desk: Desk) -> None:
    desk.map(TICKETS.replace("opened_at: opened", 'opened_at: {column: opened, format: "%m.%d.%Y"}'))
    days = (1, 2, 12, 13, 31)
    desk.file("tickets.csv", "id,account,opened\n" + "".join(f"t{day},C,{day:02}.05.2024\n" for day in days))
    report = desk.load()
    assert {reject.fix for reject in report.rejects} == {'write format: "%d.%m.%Y"'}
    (note,) = [note for note in report.notes if note.startswith("error: ")]
    assert note.endswith(
        "sources/desk.yml:11:47: opened_at: 2 of 5 ticket rows are no date in the format %m.%d.%Y, and all are one in the"
        ' format %d.%m.%Y: 3 others were taken in with day and month exchanged; write format: "%d.%m.%Y"'
    )
    desk.file("tickets.csv", "id,account,opened\nt1,C,05.31.2024\nt2,C,05.01.2024\nt3,C,01.31.24\n")
    assert not [note for note in desk.load().notes if note.startswith("error: ")]


INVOICES = """
tables:
  - file: bills.csv
    facts:
      - {kind: invoice, id: id, account: account, columns: {issued_day: issued, amount: total}}
"""


def test_amounts_with_a_currency_sign_or_another_decimal_sign_come_with_advice(desk: Desk) -> None:
    desk.map(INVOICES)
    for text, fix in {
        "1031,50": 'write decimal: ","',
        "1.031,50": 'write decimal: ","',
        "€ 1.031,50": "write decimal: \",\" and take '€' off in a 'select:', as by regexp_replace(total, '[^0-9.,-]', '', 'g')",
        "$10.50": "take '$' off in a 'select:', as by regexp_replace(total, '[^0-9.,-]', '', 'g')",
        "2.100": 'write decimal: "," where 2.100 means thousands, round: true where it means decimals',
        "n/a": "",
    }.items():
        desk.file("bills.csv", f'id,account,issued,total\nb1,C,2024-05-31,"{text}"\n')
        assert [reject.fix for reject in desk.load().rejects] == [fix]
