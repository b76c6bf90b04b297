"""The review of a period: who was missed, who was warned about for nothing, and the change that is proposed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from keepwell.book.scorer import Card
from keepwell.cli import run
from keepwell.learning.samples.examples import CardScores, Examples
from keepwell.learning.watching.amended import diff_of, with_baseline, without_measure
from keepwell.learning.watching.review import _baseline_shift, period_before
from keepwell.learning.watching.watched import Watched, _risk
from keepwell.scoring import scorecard
from keepwell.show.review import review_page
from keepwell.signals.catalogue import CATALOGUE
from keepwell.use_cases import lessons
from keepwell.words.monitoring import Period
from tests.learning.test_monitoring import company

CARD = """# ours
scorecard: ours
form: weighted
strict: true  # by hand
measures:
  # what they say
  nps: 40
  licence_use:
    weight: 35
    healthy: 60
    poor: 30
  ticket_pressure: 25
"""


@pytest.mark.parametrize(
    ("period", "closed", "expected"),
    [
        (Period.MONTH, date(2026, 1, 30), (date(2025, 12, 1), date(2025, 12, 31))),
        (Period.MONTH, date(2026, 1, 31), (date(2026, 1, 1), date(2026, 1, 31))),
        (Period.QUARTER, date(2026, 3, 30), (date(2025, 10, 1), date(2025, 12, 31))),
        (Period.QUARTER, date(2025, 12, 31), (date(2025, 10, 1), date(2025, 12, 31))),
    ],
)
def test_a_period_is_the_newest_whole_one(period: Period, closed: date, expected: tuple[date, date]) -> None:
    assert period_before(period, closed) == expected


def test_a_dropped_measure_takes_its_own_lines_and_leaves_all_others_alone() -> None:
    after = without_measure(CARD, "licence_use")
    assert after == CARD.replace("  licence_use:\n    weight: 35\n    healthy: 60\n    poor: 30\n", "").replace(
        "true", "false"
    )
    assert list(scorecard.loads(after).measures) == ["nps", "ticket_pressure"]
    diff = diff_of(Path("cards/ours.yml"), CARD, after, CATALOGUE)
    assert diff.startswith("--- a/ours.yml\n+++ b/ours.yml\n")
    assert "-    weight: 35\n" in diff


def test_a_dropped_measure_is_found_under_measures_where_its_name_stands_elsewhere_too() -> None:
    inputs = "scorecard: a\nform: points\nbaseline: 1\ninputs:\n  use:\n    title: Use\n"
    measures = "measures:\n  nps:\n    points: 1\n"
    assert without_measure(f"{inputs}{measures}  use:\n    points: 1\n", "use") == inputs + measures


def test_what_cannot_be_dropped_line_by_line_or_leaves_no_card_is_no_diff() -> None:
    flow = "scorecard: a\nform: weighted\nmeasures: {nps: 1, csat: 1}\n"
    assert without_measure(flow, "nps") == flow
    assert without_measure(CARD, "title") == CARD
    single = "scorecard: a\nform: weighted\ndimensions:\n  voice:\n    measures:\n      nps: 1\n"
    assert diff_of(Path("a.yml"), single, without_measure(single, "nps"), CATALOGUE) == ""


def test_a_baseline_moves_by_whole_points() -> None:
    text = "scorecard: a\nform: points\nbaseline: 70  # the average\nmeasures: {nps: {each: 1, at_most: 10}}\n"
    assert "baseline: 65  # the average\n" in with_baseline(text, -5)


@pytest.mark.parametrize(("trained", "points"), [({}, -20), ({"calibration_slope": 0.5}, -40)])
def test_a_level_that_is_off_is_brought_back_by_points_for_everyone(trained: dict[str, float], points: int) -> None:
    """The odds are twice what was foretold, and 20 points halve them; where a point counts half it takes twice as many."""
    outcome = np.arange(300) % 3 == 0
    examples = SimpleNamespace(outcome=outcome)
    card = SimpleNamespace(compiled=SimpleNamespace(plan=SimpleNamespace(card=SimpleNamespace(trained=trained))))
    it = SimpleNamespace(
        risk=np.full(300, 0.2), matured=np.arange(300), examples=examples, scored=lambda rows: rows, card=card
    )
    assert _baseline_shift(cast("Watched", it)) == points


@pytest.mark.parametrize("slope", [1.0, 0.7])
def test_the_baseline_that_a_review_proposes_mends_the_check_that_asked_for_it(slope: float) -> None:
    """A sixth were lost when the card was learned, twice the odds since; the points are right."""
    scores = np.tile([50.0, 70.0, 90.0], 800)
    odds = np.where(np.arange(2_400) < 1_200, 0.2, 0.4) * 2 ** (slope * (70 - scores) / 20)
    outcome = np.random.default_rng(0).random(2_400) < odds / (1 + odds)

    def level(by: float) -> tuple[Watched, float]:
        trained = {"calibration_slope": slope, "baseline": 70.0}
        model = SimpleNamespace(trained=trained, baseline=70 + by)
        card = SimpleNamespace(name="c", compiled=SimpleNamespace(plan=SimpleNamespace(card=model)))
        every = Examples((), outcome, ("",) * 2_400, by_card={"c": CardScores(scores + by, (None,) * 2_400)})
        past, newer = np.arange(1_200), np.arange(1_200, 2_400)
        risk = _risk(cast("Card", card), every.take(past), every)
        it = SimpleNamespace(risk=risk, matured=newer, examples=every, scored=lambda rows: rows, card=card)
        return cast("Watched", it), float(outcome[newer].sum() / risk[newer].sum())

    it, before = level(0)
    by = _baseline_shift(it)
    assert before > 1.3
    assert by < 0
    assert level(by)[1] == pytest.approx(1, abs=0.03)


def test_a_quarter_is_reviewed_by_reason_and_revenue_with_a_diff_for_the_desk_that_fell_silent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Serious tickets in July: warned about until the end of September, 90 days on. Lost from 20 November to 18 December.

    Whoever left in November was last readable in time at the end of September: in time. In December it was October:
    missed. The other half of those with tickets stayed: false alarms.
    """
    small = company(tmp_path, ["2025-07"], lost=15, desk_until="2026-02-10")
    found = lessons.review(small.project, None, Period.QUARTER)
    assert (found.since, found.until) == (date(2025, 10, 1), date(2025, 12, 31))
    warned, missed, false = (
        {one.reason: (one.accounts, one.mrr_minor) for one in judged}
        for judged in (found.warned, found.missed, found.false_alarms)
    )
    assert warned == {"ticket_pressure": (6, 60_000)}
    assert missed == {"nothing costs points": (9, 90_000)}
    assert false == {"ticket_pressure": (15, 150_000)}
    [proposal] = found.proposals
    assert "0 % now; stale 0 % then, 100 % now: until its source is mended, drop it" in proposal.why
    assert "-  ticket_pressure: 60  # the desk\n" in proposal.diff
    page = review_page(found)
    assert "9 accounts (900 EUR a month) missed." in page
    assert "| Ticket pressure | 15 | 1,500 EUR |" in page, "what the people who decide call it"
    assert "15 warnings for ticket pressure came to nothing" in page
    assert "```diff\n--- a/small.yml" in page
    assert "- [ ] take proposed change 1, or leave the card as it is" in page
    where = ("--project", str(small.folder))
    assert run(["monitor", "--out", str(tmp_path / "review.md"), *where]) == 2
    assert "--out needs a review; add --period month or --period quarter" in capsys.readouterr().err
    assert run(["monitor", "--period", "quarter", "--out", str(tmp_path / "review.md"), *where]) == 1
    assert (tmp_path / "review.md").read_text(encoding="utf-8") == page
