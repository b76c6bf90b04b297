"""The scorecard file: what it refuses, with line and column, and what it only remarks on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from keepwell import document
from keepwell.project import packaged_scorecards
from keepwell.scoring import scorecard
from keepwell.scoring.planner import plan
from keepwell.words.problem import KeepwellError
from tests.scoring.cards import SIGNALS
from tests.scoring.conftest import card


def problems(text: str) -> str:
    parsed = document.parse(text, Path("cards/a.yml"))
    with pytest.raises(KeepwellError) as error:
        plan(scorecard.read(parsed), SIGNALS, parsed)
    return str(error.value)


HEAD = "scorecard: a\nform: weighted\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("measures:\n  npss: 100\n", "cards/a.yml:4:9: unknown signal 'npss'; did you mean 'nps'?"),
        ("measures:\n  x: {signal: npss}\n", "cards/a.yml:4:15: unknown signal 'npss'; did you mean 'nps'?"),
        ("measurs:\n  nps: 1\n", "cards/a.yml:3:1: unknown key 'measurs'; did you mean 'measures'?"),
        ("measures:\n  nps: {weight: -1}\n", "cards/a.yml:4:17"),
        ("measures:\n  nps: {healthy: 9}\n", "cards/a.yml:4:3: only one edge of 'nps'; expected both healthy and poor"),
        ("measures:\n  nps: {healthy: 9, poor: 9}\n", "the healthy and the poor edge are both 9"),
        ("measures:\n  nps: {healthy: 9, poor: 5, each: 3}\n", "scored in one way, not by edges and each"),
        ("measures:\n  nps: {bands: [{below: 4, points: 1}, {above: 4, points: 2}]}\n", "a value of 4 fits no band"),
        ("measures:\n  nps: {bands: [{at_least: 4, below: 4, points: 1}, {points: 2}]}\n", "no value fits this band"),
        ("measures:\n  nps: {curve: [[3, 1], [2, 5]]}\n", "the corners of the curve do not rise"),
        (
            "measures:\n  champion: {categories: {gon: 3}, otherwise: 1}\n",
            "cards/a.yml:4:32: 'champion' has no category 'gon'; did you mean 'gone'?",
        ),
        (
            "measures:\n  champion: {categories: {gone: 3}}\n",
            "no points for in place, successor not met; expected points for each, or otherwise:",
        ),
        (
            "measures:\n  x: {when: nps > , points: 3}\n",
            "cards/a.yml:4:18: the condition ends too early; expected a number or a word",
        ),
        (
            "measures:\n  x: {when: 'npss > 1', points: 3}\n",
            "cards/a.yml:4:14: unknown signal or attribute 'npss'; did you mean 'nps'?",
        ),
        (
            "measures: {nps: 1}\ncombine: sum\n",
            "a card of form 'weighted' cannot combine by 'sum'; expected mean, min, max, any_poor",
        ),
        ("measures: {nps: 1}\ndimensions: {nps: {measures: {csat: 1}}}\n", "'nps' is used twice"),
        ("measures: {nps: 1}\nmissing: hold\n", "cards/a.yml:4:10: 'hold' does not say what a missing reading does"),
        ("measures: {nps: {points: -3, when: nps > 3}}\n", "'nps' gives points below 0"),
        ("measures: {nps: 1}\ntiers: {low: 0, high: 80}\n", "the tiers are not in order"),
        (
            "measures: {nps: 1}\nguards: [{name: g, when: nps > 3}]\n",
            "guard 'g' has no effect; expected cap, floor, tier or review",
        ),
        (
            "measures: {nps: 1}\ntiers: {good: 50, bad: 0}\nguards: [{name: g, when: nps > 3, cap: god}]\n",
            "unknown tier 'god'; did you mean 'good'?",
        ),
        (
            "measures: {nps: 1}\nsegments: [{name: s, when: segment = E, weights: {npss: 3}}]\n",
            "no measure or dimension 'npss' in this card; did you mean 'nps'?",
        ),
        (
            "dimensions: {d: {combine: min, measures: {nps: }}}\n",
            "dimension 'd' has no weight; expected weight: a number",
        ),
        ("measures: {}\n", "'a' has no measures"),
        ("measures: {nps: 1}\nindicators: {risk: [npss]}\n", "unknown signal 'npss'"),
        ("measures: {nps: 1}\nclamp: [1]\n", "cards/a.yml:4:1"),
        (
            "measures: {nps: {bands: [{points: 1000001}]}}\n",
            "cards/a.yml:3:35: 'measures.nps.bands.0.points': input should be less than or equal to 1000000",
        ),
        ("measures: {nps: 1e30}\n", "'measures.nps.weight': input should be less than or equal to 1000000000000000"),
        ("measures: {nps: 1000000, csat: 0.00000000000001}\n", "the weights differ by more than a score can hold"),
        (
            "measures: {nps: 1}\nguards: [{name: g, when: nps > 1000000000000000000000, cap: 1}]\n",
            "'1000000000000000000000' is too long; expected at most 18 digits",
        ),
    ],
)
def test_a_wrong_line_is_named_with_its_place(body: str, expected: str) -> None:
    assert expected in problems(HEAD + body)


def test_a_points_card_needs_points_and_has_no_weights() -> None:
    text = "scorecard: a\nform: points\nmeasures:\n  nps: {weight: 3, healthy: 9, poor: 5}\n  csat:\n"
    found = problems(text)
    assert "cards/a.yml:4:17: a card of form 'points' has points, not weights" in found
    assert "the edges have no points; expected healthy_points and poor_points" in found
    assert "cards/a.yml:5:3: this measure does not say how it becomes points" in found


def test_strict_weights_that_do_not_add_up_name_both_sums() -> None:
    found = problems("scorecard: a\nform: weighted\nstrict: true\nmeasures: {nps: 40, csat: 55}\n")
    assert "the weights add up to 95; expected 100; change them, or drop 'strict'" in found
    inner = problems(
        "scorecard: a\nform: weighted\nstrict: true\ndimensions:\n  d: {weight: 100, measures: {nps: 40, csat: 55}}\n"
    )
    assert "cards/a.yml:5:3: the weights add up to 95; expected 100, or 100, the weight of the dimension" in inner


def test_strict_covers_the_weights_of_segments() -> None:
    found = problems(
        "scorecard: a\nform: weighted\nstrict: true\nmeasures: {nps: 40, csat: 60}\n"
        "segments: [{name: big, when: segment = E, weights: {nps: 50}}]\n"
    )
    assert "cards/a.yml:5:43: the weights add up to 110" in found


def test_weights_that_need_not_add_up_are_shares_and_the_card_says_so() -> None:
    assert card("form: weighted\nmeasures: {nps: 7, csat: 16}").plan.notes == (
        "the weights add up to 23; they are read as shares of that",
    )


def test_more_than_twelve_measures_are_remarked_on_and_more_than_twenty_refused_in_strict() -> None:
    def many(count: int, strict: str) -> str:
        lines = "\n".join(f"  m{i}: {{signal: nps, weight: {100 / count}}}" for i in range(count))
        return f"scorecard: a\nform: weighted\nstrict: {strict}\ncount_apart: [nps]\nmeasures:\n{lines}\n"

    assert not any("counted measures" in note for note in card(many(12, "false")).plan.notes)
    assert any("13 counted measures" in note for note in card(many(13, "false")).plan.notes)
    assert "25 counted measures; expected at most 20 in a strict card" in problems(many(25, "true"))


def test_a_family_counts_once_or_its_worst_member_does() -> None:
    """Decided, families: the worst of them."""
    text = "form: weighted\nmeasures: {overdue_days: 50, days_to_pay_change: 50}"
    assert "the family 'payment' counts more than once" in card(text).plan.notes[0]
    assert "the family 'payment' counts more than once" in problems(f"scorecard: a\nstrict: true\n{text}\n")
    assert card(text + "\ncount_apart: [payment]").plan.notes == ()
    worst = (
        "form: weighted\ndimensions: {d: {weight: 100, combine: min, measures: {overdue_days: , days_to_pay_change: }}}"
    )
    assert card(worst).plan.notes == ()


@pytest.mark.parametrize("name", packaged_scorecards())
def test_a_shipped_card_is_its_own_text_again(name: str) -> None:
    model = scorecard.read(document.read(packaged_scorecards()[name]))
    assert scorecard.loads(scorecard.dumps(model)) == model
    assert scorecard.canonical(scorecard.loads(scorecard.dumps(model))) == scorecard.canonical(model)


def test_the_canonical_text_ignores_layout_and_keeps_order() -> None:
    """Rule 15: the recipe covers the canonical card; file order decides ties, so it counts."""
    one = scorecard.loads("scorecard: a\nform: weighted\nmeasures: {nps: 1, csat: 2}")
    same = scorecard.loads("# a comment\nscorecard: 'a'\nform: weighted\nmeasures:\n  nps: 1.0\n  csat: {weight: 2}")
    other = scorecard.loads("scorecard: a\nform: weighted\nmeasures: {csat: 2, nps: 1}")
    assert scorecard.canonical(one) == scorecard.canonical(same)
    assert scorecard.canonical(one) != scorecard.canonical(other)


def test_editors_get_a_json_schema() -> None:
    found = json.loads(json.dumps(scorecard.schema()))
    assert found["properties"]["form"]["enum"] == ["points", "weighted", "learned"]
    assert "from" in found["$defs"]["Tier"]["properties"]


def test_no_clamp_is_written_down_too() -> None:
    model = scorecard.loads("scorecard: a\nform: points\nclamp: null\nmeasures: {nps: {each: 1, at_most: 10}}")
    assert scorecard.loads(scorecard.dumps(model)).model_fields_set == model.model_fields_set
    assert "clamp" in scorecard.canonical(model)
