"""What is watched of a score in use, against answers that are known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit, logit

from keepwell.book import snapshot
from keepwell.book.scorer import Scorer, rows_of
from keepwell.cli import run
from keepwell.learning.judging import metrics
from keepwell.learning.watching import stability
from keepwell.learning.watching.expected import expected_auc, tempered
from keepwell.learning.watching.measured import main_reasons, measured
from keepwell.learning.watching.monitoring import false_alarms, level_of, slope_of
from keepwell.learning.watching.stability import binned, chance_level, index_of, shift
from keepwell.learning.watching.watched import Acts, Watched, watch
from keepwell.scoring.explain import explain_many
from keepwell.scoring.planner import plan
from keepwell.scoring.scorecard import loads
from keepwell.signals.catalogue import CATALOGUE
from keepwell.words.score import RowKind
from tests.learning.test_history import BILLING
from tests.small_project import DESK, SmallProject

RANDOM = np.random.default_rng(4)
SHARES = np.array([0.1, 0.2, 0.4, 0.2, 0.1])


def test_equal_populations_stay_under_the_chance_level_nineteen_times_of_twenty_and_a_shifted_one_does_not() -> None:
    level = chance_level(5, (1000, 300))
    draws = [(RANDOM.multinomial(1000, SHARES), RANDOM.multinomial(300, SHARES)) for _ in range(1000)]
    assert 0.02 < np.mean([index_of(*draw) > level for draw in draws]) < 0.08
    moved = RANDOM.multinomial(300, [0.2, 0.25, 0.35, 0.15, 0.05])
    assert index_of(RANDOM.multinomial(1000, SHARES), moved) > level
    assert index_of(1000 * SHARES, 300 * SHARES) < 0.001


def test_the_chance_level_falls_with_the_accounts_and_rises_with_the_bins_and_the_checks() -> None:
    assert chance_level(5, (100, 100)) == pytest.approx(10 * chance_level(5, (1000, 1000)))
    assert chance_level(5, (100, 100)) < chance_level(9, (100, 100))
    assert chance_level(5, (100, 100)) < chance_level(5, (100, 100), checks=10)
    assert chance_level(1, (100, 100)) == 0


def test_bins_are_the_cards_own_rows_with_absent_readings_apart() -> None:
    text = "scorecard: a\nform: weighted\nmeasures: {licence_use: 1, nps: {bands: [{at_least: 9, points: 100}, {points: 0}]}}"
    line, steps = plan(loads(text), CATALOGUE).leaves()
    status = np.array([0, 0, 0, 1, 2, 3])
    words, places = binned(line, status, np.array([100e9, 20e9, 60e9, 100e9, np.nan, np.nan]))
    assert [words[at] for at in places] == [
        "at its best",
        "at its worst",
        "between",
        "stale",
        "missing",
        "not applicable",
    ]
    words, places = binned(steps, status, np.array([100e9, 0, 100e9, 100e9, np.nan, np.nan]))
    assert [words[at] for at in places[:3]] == ["+100 points", "+0 points", "+100 points"]


def test_bins_too_small_for_chance_to_be_known_are_one_with_their_neighbour() -> None:
    """Two of forty accounts read the worst: with under five expected, that row is joined with the next."""
    places = np.array([0] * 2 + [1] * 18 + [2] * 20 + [0] * 2 + [1] * 18 + [2] * 20)
    rows = (np.arange(40), np.arange(40, 80))
    found = shift((["worst", "between", "best"], places), rows, (40, 40), checks=1)
    assert (found.bins, round(found.index, 6)) == (2, 0)
    last = shift((["worst", "between", "best"], 2 - places), rows, (40, 40), checks=1)
    assert (last.bins, round(last.index, 6)) == (2, 0)  # also where it is the last
    assert stability.accounts_in(np.repeat(np.arange(8), 10), rows) == (4, 4)


@pytest.fixture(scope="module")
def risks() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Five thousand accounts: the probability of the outcome, whether it came, and who they are."""
    random = np.random.default_rng(0)
    risk = expit(random.normal(-2, 1.2, 5_000))
    return risk, random.random(5_000) < risk, np.arange(5_000)


def test_the_slope_is_1_where_probabilities_are_true_and_half_where_they_are_spread_twice_too_far(
    risks: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    risk, outcome, blocks = risks
    true, spread = (slope_of(it, outcome, blocks, draws=40) for it in (risk, expit(2 * logit(risk))))
    assert true.low < 1 < true.high
    assert spread.high < 0.9
    assert spread.value == pytest.approx(true.value / 2, abs=0.01)


def test_the_level_is_how_many_came_for_each_one_foretold(risks: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    risk, outcome, blocks = risks
    assert level_of(risk, outcome, blocks).low < 1 < level_of(risk, outcome, blocks).high
    assert level_of(risk / 2, outcome, blocks).low > 1.8


def test_the_expected_auc_is_near_the_one_that_comes(risks: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    risk, outcome, blocks = risks
    expected, came = expected_auc(risk, blocks), metrics.auc(outcome, risk, blocks)
    assert came.low < expected.value < came.high
    assert expected.low < expected.value < expected.high
    few = risk[:300]
    pairs = few[:, None] * (1 - few[None, :]) * ((few[:, None] > few) + 0.5 * (few[:, None] == few))
    np.fill_diagonal(pairs, 0)
    weights = few[:, None] * (1 - few[None, :])
    np.fill_diagonal(weights, 0)
    assert expected_auc(few, blocks[:300], draws=5).value == pytest.approx(pairs.sum() / weights.sum())


def test_probabilities_that_promise_too_much_are_drawn_together_to_what_was_examined(
    risks: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    risk, _, blocks = risks
    drawn = tempered(risk, np.arange(5_000), 0.70)
    assert expected_auc(drawn, blocks, draws=5).value == pytest.approx(0.70, abs=0.002)
    assert drawn.mean() == pytest.approx(risk.mean(), abs=1e-4)
    assert np.array_equal(np.argsort(drawn), np.argsort(risk))


# --- a project


ACCOUNTS = [f"A{n:02}" for n in range(60)]


CARD = """scorecard: small
form: weighted
min_coverage: 0
tiers: {good: 80, bad: 0}
measures:
  ticket_pressure: 60  # the desk
  contract_state: 40
"""


def company(folder: Path, months: Sequence[str] = (), *, lost: int = 0, desk_until: str = "2026-03-28") -> SmallProject:
    """Sixty customers since 2025, of whom the first are lost one after the other, every second day from 20 November on.

    The first half have five serious tickets in each of some months, the others small ones until `desk_until`: the desk's
    newest day.
    """
    small = SmallProject(folder, today="2026-03-29")
    small.write("sources/billing.yml", BILLING)
    small.write("sources/desk.yml", f"{DESK}        watermark: data\n")
    small.write("scorecards/small.yml", CARD)
    names = "".join(f"{a},{a} Ltd,2024-06-01\n" for a in ACCOUNTS)
    small.write("exports/accounts.csv", "id,name,created\n" + names)
    ends = [str(date(2025, 11, 19) + timedelta(days=2 * n)) if n < lost else "" for n in range(len(ACCOUNTS))]
    lines = [f"c{a},{a},core,100,EUR,2025-01-01,{end}\n" for a, end in zip(ACCOUNTS, ends, strict=True)]
    small.write("exports/contracts.csv", "id,account,product,mrr,currency,start,end\n" + "".join(lines))
    serious = [f"t{m}{a}{n},{a},{m}-1{n},high\n" for m in months for a in ACCOUNTS[:30] for n in range(5)]
    days = (date.fromisoformat(desk_until) - date(2025, 1, 1)).days
    small_ones = [f"{n},A{30 + n % 30},{date(2025, 1, 2) + timedelta(days=n)},low\n" for n in range(days)]
    small.write("exports/tickets.csv", f"id,account,opened,severity\n{''.join(small_ones + serious)}")
    small.ingest()
    return small


def test_readings_that_moved_take_authority_back_and_say_where_to_look(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("--project", str(company(tmp_path / "calm").project.folder))
    assert run(["monitor", "--json", *where]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["authority"] == "nothing measured here takes anything from it"
    met = {(check["condition"], check["subject"]): check["met"] for check in found["checks"]}
    assert met["stability", "ticket_pressure"] is True
    assert met["calibration", None] is None  # nobody was lost
    where = ("--project", str(company(tmp_path / "moved", ["2026-02"]).project.folder))
    assert run(["monitor", *where]) == 1
    lines = " ".join(capsys.readouterr().out.split())
    assert "small: may only diagnose until stability holds again" in lines
    assert "NOT MET" in lines
    assert "look at who joined or left and at what changed for ticket_pressure" in lines


def test_a_shift_is_told_by_the_row_that_moved_most() -> None:
    places = np.array([0] * 10 + [1] * 40 + [0] * 30 + [1] * 20)
    found = shift((["at its worst", "at its best"], places), (np.arange(50), np.arange(50, 100)), (50, 50), checks=1)
    assert found.moved == "at its worst: 20 % then, 60 % now"
    assert found.index > found.chance


def watched(small: SmallProject, acts: Acts | None = None) -> Watched:
    scorer = Scorer(small.project)
    return watch(scorer, scorer.headline(), date(2026, 2, 28), acts or {})


def test_months_are_parted_into_reference_certain_and_open_ones_and_the_main_reason_costs_most(tmp_path: Path) -> None:
    """Contracts tell outcomes 30 days late, 90 days ahead: by 28 February those up to October are certain."""
    it = watched(company(tmp_path, ["2025-10", "2025-11"], lost=15))
    assert [it.span(rows)[0] for rows in (it.reference, it.matured, it.still_open)] == [
        date(2025, 2, 28),
        date(2025, 9, 30),
        date(2025, 11, 30),
    ]
    assert it.span(it.newest) == (date(2026, 2, 28), date(2026, 2, 28))
    october = [at for at in it.matured if it.examples.keys[at] == "A20 on 2025-10-31"]
    assert main_reasons(it.measured)[october].tolist() == ["ticket_pressure"]
    costs = measured(it.examples, it.card.compiled).costs
    assert costs["ticket_pressure"][october] + it.score[october] == pytest.approx(100)


LEARNED = """trained: {from: "2025-02-28", until: "2025-07-31", gap_days: %d, outcome_days: %d}
"""


def test_a_learned_card_is_watched_by_its_own_window_and_not_on_outcomes_it_had_learned_from(tmp_path: Path) -> None:
    """Outcomes 11 to 30 days ahead, taught until July: its outcomes reach to 4 September, August's begin after 10 September.

    With no gap, August's own would begin within what it had learned from. Certain are those up to November.
    """
    small = company(tmp_path, lost=15)
    for window, first in (((10, 25), date(2025, 8, 31)), ((0, 35), date(2025, 9, 30))):
        small.write("scorecards/small.yml", CARD + LEARNED % window)
        it = watched(small)
        assert it.examples.ahead_days == 35
        assert it.span(it.reference) == (date(2025, 2, 28), date(2025, 7, 31))
        assert it.span(it.matured) == (first, date(2025, 11, 30))


def test_months_before_a_source_began_are_no_instability(tmp_path: Path) -> None:
    small = company(tmp_path)
    it = watched(small)
    assert it.examples.day is not None
    status = np.where(it.examples.day < it.examples.day[it.newest[0]] - 200, 2, 0)
    kept = it.since_read(it.reference, status)
    assert 0 < len(kept) < len(it.reference)
    assert not (status[kept] == 2).any()
    assert len(it.since_read(it.reference, np.full(it.examples.size, 2))) == len(it.reference)


def test_who_stayed_after_somebody_acted_is_no_false_alarm(tmp_path: Path) -> None:
    """Five serious tickets in October warn of A20 and A21 too; of the second somebody took an alert up in November."""
    small = company(tmp_path, ["2025-10", "2025-11"], lost=15)
    [alone], [after] = (
        [one for one in false_alarms(it, it.matured) if one.reason == "ticket_pressure"]
        for it in (watched(small), watched(small, {"A21": [date(2025, 11, 12)], "A22": [date(2026, 2, 27)]}))
    )
    assert (alone.acted, after.acted) == (0, 1), "the act of February came after the window that decides"
    assert after.warned == alone.warned
    assert alone.false_rate == pytest.approx((alone.warned - alone.came) / alone.warned)
    assert after.false_rate == pytest.approx((after.warned - after.came - 1) / (after.warned - 1))


OTHER = """scorecard: other
form: weighted
min_coverage: 0
tiers: {good: 80, bad: 0}
measures: {ticket_pressure: 50, csat: 20}
dimensions:
  contract: {weight: 30, combine: min, measures: {days_to_decision: , contract_state: }}
guards: [{name: many, when: ticket_pressure >= 15, cap: 0}]
"""


def test_the_main_reason_of_a_warning_is_the_one_that_explain_gives(tmp_path: Path) -> None:
    small = company(tmp_path, ["2026-02"], lost=15)
    small.write("scorecards/other.yml", OTHER)
    scorer = Scorer(small.project)
    card, connection = scorer.headline("other"), scorer.connect()
    it = watch(scorer, card, date(2026, 3, 29), {})
    scorer.read_all(connection, [date(2026, 2, 28)], card.signals)
    rows = {row["account_id"]: row for row in rows_of(connection, "SELECT * FROM readings")}
    accounts = [it.examples.keys[at].partition(" ")[0] for at in it.newest]
    explained = explain_many(connection, card.compiled, [(rows[account], None) for account in accounts])
    dearest = [next(iter(snapshot.by_loss(score)), None) for score in explained]
    guard = {RowKind.GUARD: "guard."}
    expected = [guard.get(row.kind, "") + row.name if row else "" for row in dearest]
    assert main_reasons(it.measured)[it.newest].tolist() == expected
    assert set(expected) == {"", "guard.many"}  # as dear as the tickets: guards come first
