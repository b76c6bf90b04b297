"""A score that a person set: what it alone tells is told as the person's doing, what the customer did is not lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from keepwell.decisions.overridden import decide_both
from keepwell.decisions.rules import Rules
from keepwell.words.decision import Kind, Mode, Standing, Transition
from tests.decisions.days import START, today


@dataclass
class Pinned:
    """The days of one account, each with the card's score and what a person set over it, if anything."""

    rules: Rules = field(default_factory=lambda: Rules(recover_days=3, settle_days=3))
    standing: Standing | None = None
    told: list[Transition] = field(default_factory=list)
    n: int = 0

    def lives(self, cards: Iterable[float | None], over: float | None = None) -> Pinned:
        for points in cards:
            day = today(self.n, points)
            if over is not None:
                day = replace(today(self.n, over), override="7", by_card=day)
            self.standing, news = decide_both(self.rules, day, self.standing, first=self.standing is None)
            self.told += news
            self.n += 1
        return self

    @property
    def said(self) -> list[tuple[Kind, Mode]]:
        return [(one.kind, one.mode) for one in self.told]


def test_a_risk_that_only_a_person_set_is_told_as_theirs_and_so_is_its_end() -> None:
    story = Pinned().lives([80] * 3).lives([80] * 3, over=30).lives([80] * 4)
    assert story.said == [(Kind.AT_RISK, Mode.OVERRIDE), (Kind.RECOVERED, Mode.OVERRIDE)]
    at_risk = story.told[0]
    assert (at_risk.new_milli, at_risk.model_milli, at_risk.override) == (30_000, 80_000, "7")
    assert story.standing is not None
    assert story.standing.by_card is None, "once both say the same, nothing is kept beside"


def test_while_it_counts_the_standing_keeps_what_the_card_alone_says() -> None:
    standing = Pinned().lives([80] * 3).lives([80, 78], over=30).standing
    assert standing is not None
    assert standing.by_card is not None
    assert (standing.score_milli, standing.by_card.score_milli, standing.by_card.in_force) == (30_000, 78_000, True)
    assert standing.by_card.opened == (Kind.AT_RISK,)


def test_an_account_at_risk_that_a_person_lifts_and_lets_fall_again_alerts_nobody_twice() -> None:
    """The card says 30 all the time; its own episode was told before."""
    story = Pinned().lives([80, 30, 30]).lives([30] * 4, over=75).lives([30] * 3)
    assert story.said == [
        (Kind.AT_RISK, Mode.LIVE),
        (Kind.RECOVERED, Mode.OVERRIDE),
        (Kind.AT_RISK, Mode.OVERRIDE),
    ]


def test_what_a_customer_did_under_a_set_score_is_told_when_it_ends() -> None:
    story = Pinned().lives([80] * 3).lives([80, 30, 30], over=80).lives([30] * 2)
    assert story.said == [(Kind.AT_RISK, Mode.LIVE)]
    assert story.told[0].as_of == START + timedelta(days=6)


def test_a_customer_who_recovers_under_a_set_score_has_recovered_when_it_ends() -> None:
    story = Pinned().lives([80, 30, 30]).lives([75] * 4, over=30).lives([75] * 4)
    assert story.said == [(Kind.AT_RISK, Mode.LIVE), (Kind.RECOVERED, Mode.LIVE)]


def test_a_score_set_for_an_account_without_one_is_no_recovery_and_its_end_no_loss() -> None:
    story = Pinned().lives([80, None]).lives([None] * 9, over=80).lives([None])
    assert story.said == [(Kind.UNSCORED, Mode.LIVE), (Kind.UNSCORED, Mode.OVERRIDE)]


def test_a_drop_is_the_customers_whatever_a_person_set_and_shows_the_cards_scores() -> None:
    story = Pinned().lives([80, 80])
    card = replace(today(2, 55), delta30_milli=-25_000, fall30_milli=25_000)
    shown = replace(card, score_milli=90_000, delta30_milli=10_000, override="7", by_card=card)
    _, told = decide_both(story.rules, shown, story.standing)
    [drop] = told
    assert (drop.kind, drop.mode, drop.old_milli, drop.new_milli) == (Kind.DROP, Mode.LIVE, 80_000, 55_000)


def test_without_a_persons_word_nothing_is_different() -> None:
    story = Pinned().lives([80, 30])
    assert story.said == [(Kind.AT_RISK, Mode.LIVE)]
    assert (story.told[0].model_milli, story.standing and story.standing.by_card) == (None, None)


def test_a_risk_that_was_set_before_the_first_decided_day_ends_as_the_persons_too() -> None:
    story = Pinned().lives([80] * 3, over=30).lives([80] * 4)
    assert story.said == [(Kind.RECOVERED, Mode.OVERRIDE)]
