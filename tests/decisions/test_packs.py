"""The pack of a business review: what the customer may read never says what we think of them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell import document
from keepwell.briefing.losses import Loss
from keepwell.briefing.postmortem import Remembered, pack, text_of
from keepwell.briefing.qbr import Inside, for_the_customer, for_us
from keepwell.briefing.quarter import TOGETHER, Goal, Quarter, Step, Use
from keepwell.deciding import alerts
from keepwell.project import packaged_scorecards
from keepwell.scoring import scorecard
from keepwell.use_cases import briefs
from keepwell.words.alert import AlertRow, Handling
from keepwell.words.briefing import Pack
from keepwell.words.decision import Kind, Transition
from keepwell.words.discreet import indiscreet
from tests.show.samples import EXPLANATION

DAY = date(2026, 3, 31)
TIERS = ("healthy", "stable", "at risk", "critical")
NAME = "Ädams & Söhne"
OURS = (
    *("health score 41", "tier", "At-Risk", "churn", "champion.poor", "guard.notice_given", "usage_change_90d"),
    *("s\u200bcore", "ＲＩＳＫ", "sc\x00ore", "ri\nsk", "stable", "critical", "escalated", "retention"),
    *("Tier1", "score2", "3risk", "riskScore", "highRisk", "attrition"),
)
WORDS = st.one_of(
    st.sampled_from(OURS), st.sampled_from(("Invoices in a day", "Riskmann AG", "Report #1")), st.text(max_size=40)
)
TEXTS = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
DAYS = st.integers(-200, 200).map(lambda n: DAY + timedelta(days=n))
FEW = st.integers(0, 5_000)
QUARTERS = st.builds(
    Quarter,
    account_id=st.just("A-1"),
    name=st.just(NAME),
    since=st.just(DAY - timedelta(days=89)),
    until=st.just(DAY),
    goals=st.lists(
        st.builds(Goal, TEXTS, TEXTS, st.none() | DAYS, st.none() | FEW, st.none() | FEW, st.none() | st.booleans()),
        max_size=3,
    ).map(tuple),
    steps=st.lists(st.builds(Step, TEXTS, st.none() | DAYS, st.none() | DAYS), max_size=3).map(tuple),
    use=st.just(()) | st.tuples(*[st.builds(Use, FEW, FEW, FEW)] * 3),
    before=st.none() | st.builds(Use, FEW, FEW, FEW),
    features=st.lists(st.tuples(TEXTS, FEW), max_size=3).map(tuple),
    opened=FEW,
    solved=FEW,
    still_open=FEW,
    seconds=st.none() | st.integers(0, 10**7),
    together=st.lists(st.tuples(st.sampled_from(sorted(TOGETHER)), FEW), max_size=4).map(tuple),
)


def read(pack: Pack, form: briefs.Form) -> str:
    """What a person sees of a document, without the customer's own name."""
    written = briefs.written(pack.note, form)
    if form is briefs.Form.HTML:
        written = unescape(re.sub(r"<[^>]*>", " ", written))
    if form is briefs.Form.MARKDOWN:
        written = written.replace("\\", "")
    return written.replace(NAME, "")


@given(QUARTERS)
def test_the_customers_edition_holds_no_score_no_tier_no_reason_code_and_no_word_of_risk(it: Quarter) -> None:
    pack = for_the_customer(it, TIERS)
    for form in briefs.Form:
        assert indiscreet(read(pack, form), TIERS) is None


def quarter(**more: object) -> Quarter:
    return Quarter("A-1", NAME, DAY - timedelta(days=89), DAY, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("word", [one for one in OURS if "\n" not in one])
def test_a_word_of_ours_is_found_however_it_is_written(word: str) -> None:
    assert indiscreet(f"Raise {word} soon", TIERS) is not None


def test_what_is_kept_from_the_customer_is_told_to_us_with_the_word() -> None:
    goals = (Goal("Reduce churn by 5 %", ""), Goal("Invoices in a day", "hours", DAY, 24, 30, on_track=True))
    pack = for_the_customer(quarter(goals=goals), TIERS)
    assert pack.left_out == ("it says 'churn': Reduce churn by 5 %",)
    assert [part.lines for part in pack.note.sections] == [
        ("Invoices in a day (hours): 30 of 24, by 2026-03-31; reached",)
    ]


def test_the_customers_edition_tells_goals_use_what_was_solved_and_what_comes_next() -> None:
    it = quarter(
        use=(Use(9, 20, 300), Use(10, 21, 310), Use(1, 1, 1)),
        before=Use(8, 50, 900),
        features=(("reports", 40),),
        solved=3,
        seconds=7_200,
        still_open=1,
        together=(("meeting", 2), ("training", 1)),
        steps=(
            Step("Rollout", date(2026, 2, 1), date(2026, 2, 3)),
            Step("Old", date(2025, 12, 31)),
            Step("Second team", date(2026, 1, 1)),
            Step("API"),
        ),
    )
    pack = for_the_customer(it, TIERS)
    old = "it was to be done over 90 days ago: Old, was planned for 2025-12-31: which date holds?"
    assert pack.left_out == (old,), "no plan for the customer's eyes, but we are told"
    assert {part.heading: list(part.lines) for part in pack.note.sections} == {
        "Your team at work": [
            "First thirty days: 9 people on 20 days",
            "Second thirty days: 10 people on 21 days",
            "Third thirty days: 1 person on 1 day",
            "The ninety days before: 8 people on 50 days",
            "Used most: reports on 40 days",
        ],
        "What was solved": ["3 tickets solved; half of them within 2 hours", "1 ticket still open"],
        "What we did together": ["2 meetings, 1 training", "Rollout: reached on 2026-02-03"],
        "What comes next": ["Second team, was planned for 2026-01-01: which date holds?", "API"],
    }


def test_our_edition_says_how_the_account_stands_and_why() -> None:
    said = briefs.written(for_us(quarter(), Inside(EXPLANATION, ["7: at risk"], ["Upsell"])).note, briefs.Form.TEXT)
    for part in ("for us only", "What costs points", "Open alerts\n7: at risk", "Open deals\nUpsell", "Next: "):
        assert part in said


@pytest.mark.parametrize("card", packaged_scorecards())
def test_our_own_sentences_to_the_customer_hold_no_tier_of_any_shipped_card(card: str) -> None:
    """Only what comes from data can be left out."""
    tiers = [tier.name for tier in scorecard.read(document.read(packaged_scorecards()[card])).tiers]
    it = quarter(
        goals=(Goal("x", "y", DAY, 2, 1, on_track=False), Goal("x", "y", DAY, 2, 1, on_track=True)),
        use=(Use(9, 20, 300),) * 3,
        before=Use(8, 50, 900),
        features=(("x", 40),),
        solved=3,
        seconds=90_000,
        still_open=1,
        together=tuple((kind, 2) for kind in TOGETHER),
        steps=(Step("x", DAY, DAY), Step("x", date(2026, 1, 1)), Step("x", date(2027, 1, 1))),
    )
    assert for_the_customer(it, [tier for tier in tiers if len(tier) > 1]).left_out == ()


def test_of_an_account_at_risk_from_the_start_it_is_said_that_nobody_was_ever_told() -> None:
    it = Remembered(Loss("A", DAY), NAME, "Olga", (), (), [], None, Quarter("A", NAME, DAY, DAY), at_risk_since=DAY)
    assert it.is_missed
    assert text_of(it).startswith(f"It was at risk already on {DAY}, the first decided day.")


def test_a_loss_is_missed_where_all_that_was_told_is_that_more_could_be_sold() -> None:
    """Held out on purpose is not missed, though nobody was told."""
    ready = AlertRow(1, "small", "A", Kind.EXPANSION_READY, DAY, DAY, DAY, "Olga", alerts.TOLD)
    quiet = replace(ready, kind=Kind.AT_RISK, told=alerts.HELD_OUT, handling=Handling.OVER)
    news = Transition("A", Kind.AT_RISK, DAY, DAY, "steady", "at_risk")
    done = Quarter("A", NAME, DAY, DAY)
    held = "chance held it out, nobody was told"
    for rows, missed, first in ([ready], True, "nobody was told"), ([ready, quiet], False, "chance held it out"):
        it = Remembered(Loss("A", DAY), NAME, "Olga", (), (news,), rows, None, done)
        said = briefs.written(pack(it, "EUR").note, briefs.Form.TEXT)
        assert (it.is_missed, it.first_alert) == (missed, None)
        assert f"First alert: none: {first}" in said
        assert (held in said) is not missed
