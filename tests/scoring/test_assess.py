"""One account described by a person, scored by the same statement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb
import pytest

from keepwell import document
from keepwell.scoring.assess import Described, described, for_plan, segments_of
from keepwell.words.problem import KeepwellError
from keepwell.words.reading import Signal
from tests.scoring.cards import SIGNALS
from tests.scoring.conftest import card, score, shipped

TODAY = date(2025, 6, 30)
TECHCORP = """
account: TechCorp
attributes: {arr: 120000}
readings:
  usage_change_90d: -40
  feature_adoption: {x: 4, y: 10}
  ticket_pressure: {high: 2, med: 6}
  nps: 6
  overdue_days: 0
  days_to_pay_change: 30
  champion: gone
  exec_touch: 182
"""


def compute(signal: Signal, parts: Mapping[str, Any]) -> int | None:
    if signal.name == "feature_adoption" and {"x", "y"} <= set(parts):
        return int(parts["x"]) * 1_000_000 // int(parts["y"])
    if signal.name == "ticket_pressure" and "high" in parts:
        return int(parts["high"]) * 4_000 + int(parts.get("med", 0)) * 1_000
    return None


def read(text: str) -> Described:
    return described(document.parse(text), SIGNALS, TODAY, compute, ("S", "M", "E"))


def test_techcorp_as_a_user_would_write_it(connection: duckdb.DuckDBPyConnection) -> None:
    found = read(TECHCORP)
    assert (found.name, found.row["a_segment"], found.row["a_mrr_minor"]) == ("TechCorp", "E", 1_000_000)
    assert (found.row["v_feature_adoption"], found.row["d_feature_adoption_x"]) == (400_000, 4)
    compiled = shipped("default-ten")
    result = score(connection, compiled, for_plan(found.row, compiled.plan))
    assert (result["tier"], result["score_milli"], result["coverage_ppm"]) == ("at risk", 46_163, 740_000)


def test_values_are_in_shown_units_and_statuses_can_be_said() -> None:
    found = read(
        "readings:\n  licence_use: 41.3%\n  nps: missing\n  exec_touch: not applicable\n"
        "  csat: {value: 80, status: stale, observed: 2025-03-01, n: 12}\n  champion: Successor not met\n"
    ).row
    assert (found["v_licence_use"], found["q_nps"], found["q_exec_touch"]) == (413_000, "missing", "not_applicable")
    assert (found["v_csat"], found["q_csat"], found["o_csat"], found["d_csat_n"]) == (
        800_000,
        "stale",
        date(2025, 3, 1),
        12,
    )
    assert found["v_champion"] == 1


def test_the_segments_of_a_card_are_those_its_bands_and_conditions_name() -> None:
    assert segments_of(shipped("default-ten").plan) == ("S", "M", "E")
    assert segments_of(card("form: weighted\nmeasures: {nps: 1}").plan) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("readings: {npss: 6}", "unknown signal 'npss'; did you mean 'nps'?"),
        ("reading: {nps: 6}", "unknown key 'reading'; did you mean 'readings'?"),
        ("account: x", "nothing to score; expected readings: by signal name"),
        ("readings: {nps: six}", "'six' is not a number"),
        ("readings: {nps: 1/0}", "'1/0' is not a number"),
        ("readings: {nps: true}", "is not a number"),
        ("readings: {champion: lost}", "'champion' has no category 'lost'"),
        ("readings: {feature_adoption: {z: 4}}", "'feature_adoption' cannot be computed from these"),
        ("readings: {nps: {value: 6, status: old}}", "unknown status 'old'; expected fresh or stale"),
        ("readings: {nps: {value: 6, observed: yesterday}}", "'yesterday' is not a date; expected YYYY-MM-DD"),
        ("attributes: {arrr: 5}\nreadings: {nps: 6}", "unknown attribute 'arrr'; did you mean 'arr'?"),
        ("attributes: {has_product: maybe}\nreadings: {nps: 6}", "'maybe' is neither true nor false"),
        ("as_of: 30/06/2025\nreadings: {nps: 6}", "'30/06/2025' is not a date"),
        ("readings: [nps]", "'readings' holds no names"),
        ("readings: {nps: 70}", "<text>:1:17: 'nps' is 70; expected 0 to 10; it means: one answer"),
        ("readings: {nps: {value: -1}}", "'nps' is -1; expected 0 to 10"),
        ("readings: {feature_adoption: 400%}", "'feature_adoption' is 400 %; expected 0 to 100 %"),
        ("readings: {feature_adoption: {x: 40, y: 10}}", "'feature_adoption' is 400 %; expected 0 to 100 %"),
        ("readings: {usage_change_90d: -101}", "'usage_change_90d' is -101 %; expected -100 or more %"),
        ("readings: {exec_touch: -3}", "'exec_touch' is -3 days; expected 0 or more days"),
        (
            "readings: {nps: {value: 6, observed: 2025-07-01}}",
            "2025-07-01 is after the day of the score; expected 2025-06-30",
        ),
        ("attributes: {seats: -1}\nreadings: {nps: 6}", "'seats' is -1; expected 0 or more"),
        (
            "attributes: {segment: XL}\nreadings: {nps: 6}",
            "<text>:1:23: no measure of the card knows the segment 'XL'; expected S, M, E",
        ),
    ],
)
def test_a_wrong_description_is_one_clear_line(text: str, expected: str) -> None:
    with pytest.raises(KeepwellError) as error:
        read(text)
    assert expected in str(error.value)
    assert "<text>:" in str(error.value)


def test_the_categories_of_a_signal_are_listed_once() -> None:
    with pytest.raises(KeepwellError) as error:
        read("readings: {champion: left}")
    assert str(error.value).endswith("'champion' has no category 'left'; expected in place, successor not met, gone")
