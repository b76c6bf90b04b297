"""The map: what it says, and one clear line with its place for what it says wrong."""

from __future__ import annotations

import pytest

from keepwell.sources.inventory import describe
from keepwell.sources.variables import fill
from keepwell.words.fact import Load, Watermark
from keepwell.words.problem import KeepwellError
from tests.sources.conftest import Desk

TICKETS = """
tables:
  - file: tickets.csv
    facts:
      - kind: ticket
        id: id
        account: account
        columns: {opened_at: opened}
"""


def fault(desk: Desk, old: str, new: str) -> str:
    with pytest.raises(KeepwellError) as caught:
        desk.map(TICKETS.replace(old, new))
    return str(caught.value)


def test_short_forms_mean_the_long_ones(desk: Desk) -> None:
    fact = desk.map(TICKETS).tables[0].facts[0]
    assert (fact.id.columns, fact.account.system if fact.account else "") == (("id",), "account")
    assert fact.columns["opened_at"].column == "opened"
    assert (fact.loading, fact.watermark_by) == (Load.APPEND, Watermark.LOAD)


def test_scalars_need_no_quotes(desk: Desk) -> None:
    more = "{opened_at: opened, bot: {constant: false}, csat: {column: c, lookup: {1: 5, yes: 4}, default: 3}}"
    columns = desk.map(TICKETS.replace("{opened_at: opened}", more)).tables[0].facts[0].columns
    assert columns["bot"].constant == "false"
    assert columns["csat"].default == "3"
    assert (columns["csat"].lookup or {})["1"] == "5"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("kind: ticket", "kind: tiket", "desk.yml:7:15: unknown fact kind 'tiket'; did you mean 'ticket'?"),
        ("opened_at: opened", "opend_at: opened", "unknown column 'opend_at' of ticket; did you mean 'opened_at'?"),
        ("opened_at: opened", "subject: s", "ticket needs the column 'opened_at'; map it under 'columns:'"),
        ("account: account", "where: a = 1", "'account' is missing"),
        (
            "{opened_at: opened}",
            "{opened_at: {column: o, format: '%Q'}}",
            "'%Q' is not a date format; expected such as",
        ),
        ("{opened_at: opened}", "{opened_at: {column: o, format: 'yyyy'}}", "'yyyy' is not a date format"),
        ("{opened_at: opened}", "{opened_at: {column: o, format: '%z %Y'}}", "has its time zone before the end"),
        ("{opened_at: opened}", "{opened_at: {column: o, known: at_start}}", "it cannot be known at its start"),
        ("{opened_at: opened}", "{opened_at: {column: o, since: created}}", "it says 'known', not 'since'"),
        ("{opened_at: opened}", "{opened_at: o, type: {column: t, scale: 2}}", "'scale' does not fit 'type'"),
        ("{opened_at: opened}", "{opened_at: {column: o, constant: x}}", "needs either 'column' or 'constant'"),
        ("id: id", "id: {template: x}", "the template 'x' names no column"),
        ("id: id", 'id: "{a}-{b}"', """is a template, not the name of a column; write {template: "{a}-{b}"}"""),
        ("id: id", "id: []", "an id is a column, a list of columns"),
        ("id: id", "id: id\n        where: 'a = '", "desk.yml:9:16: not valid SQL"),
        ("file: tickets.csv", "file: tickets.xlsx", "'tickets.xlsx' is of no known format; expected .csv"),
        ("file: tickets.csv", "file: tickets.csv\n    url: x", "a table needs one origin"),
        ("file: tickets.csv", "url: x", "'url' and 'table' belong together"),
        ("file: tickets.csv", "file: tickets.csv\n    encoding: utf-9", "unknown encoding 'utf-9'"),
        ("file: tickets.csv", "file: tickets.csv\n    delimiter: ';;'", "the delimiter is not one character"),
        ("file: tickets.csv", "fil: tickets.csv", "unknown key 'fil'; did you mean 'file'?"),
        (
            "tables:",
            "time_zone: Europe/Berln\ntables:",
            "unknown time zone 'Europe/Berln'; did you mean 'Europe/Berlin'?",
        ),
        ("tables:", "time_zone: localtime\ntables:", "unknown time zone 'localtime'"),
        ("tables:", "system_: x\ntables:", "unknown key 'system_'; did you mean 'system'?"),
        ("tables:", "gaps: [{from: 2024-02-01, to: 2024-01-01}]\ntables:", "the gap ends before it begins"),
    ],
)
def test_a_wrong_map_is_one_clear_line_with_its_place(desk: Desk, old: str, new: str, expected: str) -> None:
    found = fault(desk, old, new)
    assert expected in found
    assert "desk.yml:" in found


def test_one_kind_is_loaded_one_way(desk: Desk) -> None:
    twice = TICKETS + TICKETS.split("tables:\n")[1].replace("kind: ticket", "kind: ticket\n        load: snapshot")
    with pytest.raises(KeepwellError, match="both as snapshot and as append"):
        desk.map(twice)


def test_all_problems_are_told_at_once(desk: Desk) -> None:
    assert len(fault(desk, "{opened_at: opened}", "{opend_at: o, subjct: s}").splitlines()) == 3


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("kind: ticket", "kindd: ticket", "desk.yml:7:16: unknown key 'kindd'; did you mean 'kind'?"),
        ("facts:", "fact:", "desk.yml:6:5: unknown key 'fact'; did you mean 'facts'?"),
        ("tables:", "tabels:", "desk.yml:4:1: unknown key 'tabels'; did you mean 'tables'?"),
        ("        id: id\n", "", "desk.yml:7:9: 'id' is missing; add 'id:'"),
        (
            "    facts:",
            "\tfacts:",
            "desk.yml:6:1: not valid YAML: found character '\\t' that cannot start any token; indent with spaces",
        ),
    ],
)
def test_a_slip_is_told_once_without_what_follows_from_it(desk: Desk, old: str, new: str, expected: str) -> None:
    assert fault(desk, old, new).endswith(expected)
    assert len(fault(desk, old, new).splitlines()) == 1


def test_variables_come_from_the_environment() -> None:
    assert fill("${A}/${B:-b}/${C:-}", {"A": "x"}) == "x/b/"
    with pytest.raises(ValueError, match="the environment variable A is not set"):
        fill("${A}", {})


def test_an_unset_variable_is_told_with_its_place(desk: Desk) -> None:
    desk.map("source: desk\nsystem: other\nfolder: ${NOWHERE}\n" + TICKETS)
    with pytest.raises(KeepwellError, match=r"desk.yml:3:9: the environment variable NOWHERE is not set"):
        desk.load()


def test_inventory_says_which_column_feeds_what(desk: Desk) -> None:
    feeds = describe(desk.map(TICKETS))
    assert [(f.kind, f.column, f.origin, f.read_from) for f in feeds] == [
        ("ticket", None, "tickets.csv", "id"),
        ("ticket", "opened_at", "tickets.csv", "opened"),
    ]
