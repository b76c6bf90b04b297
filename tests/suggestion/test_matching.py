"""A card described in words: percentages of phrases, what they mean, and what must be asked."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from keepwell.scoring import scorecard
from keepwell.scoring.scorecard import Scorecard
from keepwell.signals.catalogue import CATALOGUE
from keepwell.suggestion import card_file, packaged
from keepwell.suggestion.matching import described
from keepwell.suggestion.phrases import parse
from keepwell.use_cases import runs

COMMON = "40% product usage, 30% support satisfaction, 20% payment timeliness, 10% stakeholder engagement"


def card_of(text: str) -> Scorecard:
    card, found = described("mine", text, CATALOGUE, {})
    assert card is not None, found.questions
    return card


def asked(text: str, **answers: str) -> list[str]:
    """The questions, one line each."""
    card, found = described("mine", text, CATALOGUE, answers)
    assert (card is None) == bool(found.questions)
    return [question.text for question in found.questions]


def test_the_common_model_in_words_is_the_packaged_card(tmp_path: Path) -> None:
    card, packed = card_of(COMMON), packaged.card(packaged.WEIGHTED)
    assert card.dimensions == packed.dimensions
    assert (card.tiers, card.count_apart, card.min_coverage) == (packed.tiers, packed.count_apart, packed.min_coverage)
    file = tmp_path / "mine.yml"
    file.write_text(scorecard.dumps(card), encoding="utf-8")
    techcorp = Path(__file__).parents[2] / "examples" / "techcorp.yml"
    scores = [runs.assess(techcorp, card).score.score_milli for card in (str(file), packaged.WEIGHTED)]
    assert scores[0] == scores[1] is not None


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("40% usage, 60% support", {"usage": 40, "support": 60}),
        ("usage 40 %; support: 60 percent", {"usage": 40, "support": 60}),
        ("40 % for usage and logins and 60% on support", {"usage and logins": 40, "support": 60}),
        ("logins and usage 40%, support (60%)", {"logins and usage": 40, "support": 60}),
        ("12,5% nps,87.5% usage", {"nps": Decimal("12.5"), "usage": Decimal("87.5")}),
        ("usage is 40%\nsupport is 60%", {"usage": 40, "support": 60}),
    ],
)
def test_weights_stand_before_or_after_their_phrase(text: str, phrases: dict[str, int]) -> None:
    assert {one.text: one.weight for one in parse(text)} == phrases


@pytest.mark.parametrize(
    ("phrase", "signals"),
    [
        ("licence use", ["licence_use"]),
        ("customer satisfaction", ["csat"]),
        ("NPS score", ["nps"]),
        ("days overdue", ["overdue_days"]),
        ("the champion", ["champion"]),
        ("logins and licences", ["licence_use", "usage_change_90d", "feature_adoption"]),
        ("support tickets", ["ticket_pressure", "csat"]),
        ("invoices paid", ["overdue_days", "days_to_pay_change"]),
        ("relationship with executives", ["champion", "exec_touch", "two_way_contact"]),
        ("success plan milestones", ["milestones_missed", "goals_on_track"]),
    ],
)
def test_a_phrase_is_a_signal_by_name_or_title_else_what_most_of_its_words_speak_of(
    phrase: str, signals: list[str]
) -> None:
    _, found = described("mine", f"100% {phrase}", CATALOGUE, {})
    assert [one.signal for one in found.signals] == signals


def test_what_matches_nothing_or_two_things_is_asked_in_one_line_and_an_answer_settles_it() -> None:
    text = "50% engagement, 50% moon phase"
    engagement, moon = asked(text)
    assert engagement == "'engagement' (50 %) may mean product usage or stakeholder engagement; say which"
    assert moon.startswith("'moon phase' (50 %) matches nothing that is measured; name a signal ('keepwell signals'")
    assert asked(text, engagement="product usage", **{"moon phase": "nps"}) == []


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("50% usage, 40% support", "the weights add up to 90, 10 too few; which of them changes?"),
        ("62.5% usage, 40% support", "the weights add up to 102.5, 2.5 too many; which of them changes?"),
        (
            "usage, support",
            "'usage' has no weight, or more than one; write it as in '20% usage'",
        ),
        ("", 'nothing is described; write it as in "40% product usage, 60% support satisfaction"'),
        (
            "50% invoices, 50% billing",
            "'billing' counts nothing that 'invoices' do not count already; merge them or name",
        ),
    ],
)
def test_weights_that_do_not_add_up_and_phrases_that_say_the_same_are_questions(text: str, question: str) -> None:
    assert asked(text)[0].startswith(question)


def test_a_narrower_phrase_takes_its_signal_out_of_the_wider_one() -> None:
    card = card_of("60% product usage, 20% feature adoption, 20% csat")
    assert list(card.dimensions["product_usage"].measures) == ["licence_use", "usage_change_90d"]
    assert {name: measure.weight for name, measure in card.measures.items()} == {"feature_adoption": 20, "csat": 20}


def test_a_file_says_where_the_card_comes_from() -> None:
    card, found = described("mine", COMMON, CATALOGUE, {})
    assert card is not None
    text = card_file.text_of(card, found)
    assert text.startswith("# Proposed from a description.")
    assert "# overdue_days: 'payment timeliness', 20 %" in text
