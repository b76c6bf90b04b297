"""A project's own signals in YAML: every aggregate, and errors with place and way out."""

from pathlib import Path

import pytest

from keepwell.signals.catalogue import CATALOGUE
from keepwell.signals.project_yaml import parse_signal, read_signals
from keepwell.words.problem import KeepwellError
from keepwell.words.reading import PERCENT, Band, Better, Unit, Window

HEAD = """\
signal: mine
unit: count
better: lower
sentence: "{v} of mine"
next_step: Look at it.
"""
RATIO = HEAD.replace("unit: count", 'unit: "%"')


def problems(text: str) -> list[str]:
    with pytest.raises(KeepwellError) as error:
        parse_signal(text, Path("signals/mine.yml"))
    return [str(problem) for problem in error.value.problems]


def test_count_with_filter_and_window() -> None:
    signal = parse_signal(HEAD + "facts: ticket\nwhere: csat <= 2\nwindow: 90\naggregate: count\nfresh: 2\n")
    (part,) = signal.parts
    assert (part.facts, part.how, part.where, part.window) == ("ticket", "count(*)", "(csat <= 2)", Window(90))
    assert (signal.value, signal.system, signal.feed_days, signal.title) == ("n", "support", 2, "Mine")


@pytest.mark.parametrize(
    ("aggregate", "value", "hows"),
    [
        ("{sum: amount_rep}", "total", ["sum(amount_rep)", "count(*)"]),
        ("{distinct: number}", "different", ["count(DISTINCT number)", "count(*)"]),
        ("{mean: days_to_pay}", "div_round(total * 1, n)", ["sum(days_to_pay)", "count(days_to_pay)"]),
        ("days_since", None, ["min(age)", "max(day)", "count(*)"]),
        ("{days_since: paid_day}", None, ["min(date_diff('day', paid_day, read_day))"]),
        ("{days_until: due_day}", "date_diff('day', as_of, next_day)", ["min(CAST(due_day AS DATE))", "count(*)"]),
    ],
)
def test_aggregate_becomes_parts_and_value(aggregate: str, value: str | None, hows: list[str]) -> None:
    signal = parse_signal(HEAD + f"facts: invoice\naggregate: {aggregate}\n")
    assert value is None or signal.value == value
    assert [part.how for part in signal.parts][: len(hows)] == hows


def test_last_takes_the_newest_fact_with_ties_decided() -> None:
    signal = parse_signal(HEAD + "facts: pulse\naggregate: {last: score}\n")
    assert signal.parts[0].how == "arg_max(score, {'day': day, 'source': source, 'id': external_id})"
    assert signal.value == "newest"


def test_ratio_counts_both_sides_and_asks_for_a_minimum_of_the_base() -> None:
    text = "facts: ticket\naggregate: {ratio: {part: csat >= 4, of: csat IS NOT NULL}}\nat_least: 3\n"
    signal = parse_signal(RATIO + text)
    assert [p.where for p in signal.parts] == ["((csat IS NOT NULL) AND (csat >= 4))", "(csat IS NOT NULL)"]
    assert (signal.value, signal.needs, signal.unit) == ("ratio(x, y)", "(y >= 3)", PERCENT)


def test_change_asks_for_a_minimum_over_both_windows() -> None:
    signal = parse_signal(RATIO + "facts: ticket\nwindow: 28\naggregate: change\nat_least: 6\n")
    assert [p.window for p in signal.parts] == [Window(28), Window(56, 28)]
    assert (signal.value, signal.needs) == ("change(now, prev)", "(now + prev >= 6)")


def test_change_between_unequal_windows_compares_rates() -> None:
    signal = parse_signal(RATIO + "facts: ticket\nwindow: 28\naggregate: {change: {of: count, before: [112, 28]}}\n")
    assert signal.value == "change(now * 84, prev * 28)"


@pytest.mark.parametrize(
    ("per", "value"),
    [
        ("week", "div_round(n * 7, 28)"),
        ("day", "div_round(n * 1, 28)"),
        ("month", "div_round(n * 30, 28)"),
        ("seat", "div_round(n, a_seats)"),
    ],
)
def test_per_makes_a_rate(per: str, value: str) -> None:
    assert parse_signal(HEAD + f"facts: ticket\nwindow: 28\naggregate: count\nper: {per}\n").value == value


def test_own_unit_scales_what_is_stored() -> None:
    text = HEAD.replace("unit: count", "unit: {name: logins a week, scale: 100}")
    signal = parse_signal(
        text + "facts: usage_event\nwhere: feature = 'login'\nwindow: 28\naggregate: count\nper: week\n"
    )
    assert (signal.unit, signal.value) == (Unit("logins a week", 100), "div_round(n * 700, 28)")


def test_bands_by_segment_and_two_sided() -> None:
    text = "facts: ticket\naggregate: count\nbands: {S: {healthy: 1, poor: 5}, M: {healthy: 2, poor: 9}, E: null}\n"
    assert parse_signal(HEAD + text).bands == {"S": Band(1, 5), "M": Band(2, 9), "E": None}
    middle = HEAD.replace("lower", "middle") + "facts: ticket\naggregate: count\n"
    signal = parse_signal(middle + "bands: {healthy: 85, poor: 60, upper: [115, 140]}\n")
    assert (signal.better, signal.bands) == (Better.MIDDLE, {"*": Band(85, 60, (115, 140))})


def test_signal_without_bands_is_shown_and_not_counted() -> None:
    assert not parse_signal(HEAD + "facts: ticket\naggregate: count\n").counted
    assert parse_signal(HEAD + "facts: ticket\naggregate: count\nbands: {healthy: 0, poor: 3}\n").counted


def test_select_is_compiled_over_known_relations() -> None:
    text = "select: |\n  select account_id, as_of, count(*) as value\n  from ticket t group by account_id, as_of\n"
    signal = parse_signal(HEAD + text)
    assert signal.sql == "SELECT account_id, as_of, COUNT(*) AS value FROM known_ticket AS t GROUP BY account_id, as_of"
    assert (signal.facts, signal.system, signal.parts) == ("ticket", "support", ())


def test_needs_and_applies_may_name_parts_and_attributes() -> None:
    text = "facts: ticket\naggregate: count\nneeds: a_age_days >= 30 and n < 1000\napplies: a_has_product\n"
    signal = parse_signal(HEAD + text)
    assert (signal.needs, signal.applies) == ("(a_age_days >= 30 and n < 1000)", "a_has_product")


ERRORS = {
    "unknown key": ("facts: ticket\naggregate: count\nwindov: 28\n", "8:9: unknown key 'windov'; did you mean 'window'?"),
    "unknown facts": ("facts: tikcet\naggregate: count\n", "6:8: unknown facts 'tikcet'; did you mean 'ticket'?"),
    "raw usage": ("facts: usagee\naggregate: count\n", "did you mean 'usage'?"),
    "unknown aggregate": ("facts: ticket\naggregate: cuont\n", "unknown aggregate 'cuont'; did you mean 'count'?"),
    "aggregate without column": ("facts: ticket\naggregate: sum\n", "'sum' needs a column: {sum: ..}"),
    "two aggregates": ("facts: ticket\naggregate: {sum: csat, mean: csat}\n", "found 2"),
    "neither facts nor select": ("", "either facts and an aggregate, or a select"),
    "both": ("facts: ticket\naggregate: count\nselect: select 1\n", "either facts and an aggregate, or a select"),
    "aggregate without facts": ("aggregate: count\n", "an aggregate needs facts"),
    "empty window": ("facts: ticket\naggregate: count\nwindow: [28, 28]\n", "the window [28, 28] holds no day"),
    "window of words": ("facts: ticket\naggregate: count\nwindow: a month\n", "expected 28 or [56, 28]"),
    "rate without window": ("facts: ticket\naggregate: count\nper: week\n", "a rate per week has no window; add 'window: 28'"),
    "rate of a last value": ("facts: pulse\naggregate: {last: score}\nper: seat\n", "last has no rate"),
    "last of days": ("facts: usage\naggregate: {last: uses}\n", "'usage' holds days"),
    "unknown column": ("facts: ticket\nwhere: csta <= 2\naggregate: count\n", "7:8: unknown column 'csta'; did you mean 'csat'?"),
    "unknown column later in the line": (
        "facts: ticket\nwhere: csat <= 2 and sevrity = 'high'\naggregate: count\n",
        "7:22: unknown column 'sevrity'; did you mean 'severity'?",
    ),
    "not SQL": ("facts: ticket\nwhere: csat <=\naggregate: count\n", "7:"),
    "no condition": ("facts: ticket\nwhere: csat\naggregate: count\n", "'csat' is no condition; write a comparison"),
    "wrong types": ("facts: ticket\nwhere: csat = 'high' and day > 5\naggregate: count\n", "cannot run"),
    "sum of text": ("facts: ticket\naggregate: {sum: severity}\n", "VARCHAR, not an integer"),
    "days since a text": ("facts: ticket\naggregate: {days_since: severity}\n", "is no day"),
    "clock in a filter": ("facts: ticket\nwhere: day > current_date\naggregate: count\n", "use as_of or read_day"),
    "query in a filter": (
        "facts: ticket\nwhere: requester in (select person from contact)\naggregate: count\n",
        "join the relation",
    ),
    "aggregate in a filter": ("facts: ticket\nwhere: count(*) > 2\naggregate: count\n", "an aggregate in an expression"),
    "window in an aggregate": ("facts: ticket\naggregate: {sum: sum(csat) over ()}\n", "a window function in an expression"),
    "a key twice": (
        'facts: ticket\naggregate: count\nsentence: "{v} and {foo}"\n',
        "found duplicate key",
    ),
    "unknown part": ("facts: ticket\naggregate: count\nneeds: m > 3\n", "8:8: unknown column 'm'"),
    "needs that is no condition": ("facts: ticket\naggregate: count\nneeds: n\n", "'n' is no condition"),
    "bands the wrong way": ("facts: ticket\naggregate: count\nbands: {healthy: 5, poor: 1}\n", "contradict 'better: lower'"),
    "categories without the unit": ("facts: ticket\naggregate: count\ncategories: [a, b]\n", "go together"),
    "select and window": ("window: 28\nselect: select 1\n", "write them into the select"),
    "value is text": (
        "select: select account_id, as_of, max(severity) as value from ticket group by account_id, as_of\n",
        "value is VARCHAR; yield an integer",
    ),
    "select that cannot run": (
        "select: select account_id, as_of, severity + 1 as value from ticket group by account_id, as_of\n",
        "the select cannot run",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_error_says_where_what_and_the_way_out(text: str, message: str) -> None:
    found = problems(HEAD + text)
    assert any(message in line for line in found), found
    assert all(line.startswith("signals/mine.yml:") for line in found)


def test_sentence_names_only_what_the_aggregate_gives() -> None:
    text = HEAD.replace("{v} of mine", "{v} and {foo}") + "facts: ticket\naggregate: count\n"
    assert problems(text) == ["signals/mine.yml:4:11: the sentence names {foo}; it may name {n}, {v}"]


def test_error_in_a_select_points_into_the_block() -> None:
    text = "select: |\n    select account_id, as_of,\n      count(requestor) as value\n    from ticket group by account_id, as_of\n"
    assert problems(HEAD + text) == [
        "signals/mine.yml:8:13: unknown column 'requestor'; did you mean 'requester'?",
    ]


def test_unknown_unit_and_name_are_told_together() -> None:
    found = problems(HEAD.replace("mine\n", "Mine!\n").replace("unit: count", "unit: cuont"))
    assert any("'Mine!' is no signal name" in line for line in found)
    assert any("unknown unit 'cuont'; did you mean 'count'?" in line for line in found)


def test_share_and_change_are_percentages() -> None:
    assert 'write unit: "%"' in problems(HEAD + "facts: ticket\nwindow: 28\naggregate: change\n")[0]


def test_names_of_the_catalogue_and_of_each_other_are_taken(tmp_path: Path) -> None:
    for file, name in (("a.yml", "nps"), ("b.yml", "mine"), ("c.yml", "mine")):
        (tmp_path / file).write_text(HEAD.replace("mine\n", f"{name}\n") + "facts: ticket\naggregate: count\n")
    with pytest.raises(KeepwellError) as error:
        read_signals(sorted(tmp_path.glob("*.yml")), CATALOGUE)
    assert [p.what for p in error.value.problems] == [
        "the signal 'nps' exists in the catalogue",
        f"the signal 'mine' exists in {tmp_path / 'b.yml'}",
    ]


def test_good_files_become_signals_by_name(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text(HEAD + "facts: ticket\naggregate: count\n")
    assert list(read_signals([tmp_path / "mine.yml"], CATALOGUE)) == ["mine"]
