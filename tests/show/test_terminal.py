"""What a person sees: complete, in order, never wider than the terminal, safe from names."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from rich.console import Console

from keepwell.show.book import show_book
from keepwell.show.change import show_change
from keepwell.show.check import show_check
from keepwell.show.diff import show_diff
from keepwell.show.explain import show_explanation
from keepwell.show.inventory import show_inventory
from keepwell.show.runs import show_backfill, show_ingest, show_score
from keepwell.show.screen import words
from keepwell.words.report import (
    BackfillReport,
    CardReport,
    IngestReport,
    Reject,
    RejectGroup,
    ScoreReport,
    TableReport,
)
from keepwell.words.score import Cause, Evidence, RowKind, State, Trend
from tests.show.samples import (
    BOOK,
    CHANGE,
    CHECK,
    DAY,
    DIFF,
    EXPLANATION,
    INGEST,
    INVENTORY,
    SCORE,
    UNSCORED,
    UNSCORED_400,
    WIDE_INVENTORY,
    paper,
    row,
)


def shown(show: Callable[[Console], None], width: int = 120) -> str:
    console, sheet = paper(width)
    show(console)
    return sheet.getvalue()


def flat(text: str) -> str:
    return " ".join(text.split())


def by_table(one: Evidence) -> Evidence:
    """The same row by a learned card."""
    return replace(one, points_milli=-24_000, max_points_milli=50_000, band="3,660 to 9,616")


LEARNED = replace(
    EXPLANATION,
    score=replace(SCORE, evidence=tuple(by_table(e) if e.kind is RowKind.MEASURE else e for e in SCORE.evidence)),
)
PAGES: dict[str, Callable[[Console], None]] = {
    "book": lambda console: show_book(BOOK, console),
    "explain": lambda console: show_explanation(EXPLANATION, console),
    "learned": lambda console: show_explanation(LEARNED, console),
    "change": lambda console: show_change(CHANGE, console),
    "check": lambda console: show_check(CHECK, console),
    "diff": lambda console: show_diff(DIFF, console),
    "signals": lambda console: show_inventory(INVENTORY, console),
    "ingest": lambda console: show_ingest(INGEST, console),
}


@pytest.mark.parametrize("width", [80, 100, 120, 160])
@pytest.mark.parametrize("page", PAGES)
def test_pages_fit_the_terminal_without_cutting_a_word(page: str, width: int) -> None:
    text = shown(PAGES[page], width)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width
    assert "…" not in text


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_plain_text_where_there_is_no_terminal(page: str) -> None:
    assert "\x1b" not in shown(PAGES[page])


def test_book_keeps_its_order_and_says_score_tier_change_reason_and_next_step() -> None:
    text = shown(lambda console: show_book(BOOK, console), 160)
    assert "As of 2026-06-30 by default-ten, worst first: 400 accounts, the first 2 shown" in text
    assert text.index("A-1") < text.index("A-3")
    for part in ("46.2", "at risk", "▼ 6.0", "Active people 42", "See who stopped", "Ana", "417", "2026-12-31"):
        assert part in text
    assert "Note: crm is stale" in text


def test_book_names_unscored_accounts_with_their_reason() -> None:
    line = next(line for line in shown(lambda c: show_book(BOOK, c), 160).splitlines() if "A-3" in line)
    assert "unscored" in line
    assert "Too little is known" in line


def test_book_without_a_match_says_so() -> None:
    text = shown(lambda console: show_book(replace(BOOK, rows=(), total=0), console))
    assert "0 accounts" in text
    assert "No account matches." in text


def test_names_are_never_read_as_markup_and_cannot_steer_the_terminal() -> None:
    book = replace(BOOK, rows=(row("A-1", "[red]x[/red] \x1b[2J\x07 \u202eabc"),))
    text = shown(lambda console: show_book(book, console), 160)
    assert "[red]x[/red]" in text
    assert "[2J" in text
    assert not set("\x1b\x07\u202e") & set(text)


def test_tier_is_never_told_by_colour_alone() -> None:
    console = Console(force_terminal=True, width=140, color_system="standard")
    with console.capture() as captured:
        show_book(BOOK, console)
    assert "at risk" in captured.get()
    assert "\x1b[" in captured.get()


def test_explain_shows_evidence_by_points_lost_then_guards_then_the_sum() -> None:
    text = shown(lambda console: show_explanation(EXPLANATION, console), 140)
    places = [text.index(name) for name in ("3 a week, was 5", "22 of 40", "Invoice past due", "Two milestones")]
    assert places == sorted(places)
    assert text.index("Two milestones missed and no reply") < text.index("the score, sum of all rows")


def test_explain_by_a_learned_card_shows_points_with_their_sign_and_the_row_of_its_table() -> None:
    text = shown(PAGES["learned"])
    assert re.search(r"Points +best +Why +Value +Row of the table", text)
    assert re.search(r"-24.0 +\+50.0 .* 3,660 to 9,616", text)


def test_explain_shows_headline_caveats_action_path_and_change() -> None:
    text = flat(shown(lambda console: show_explanation(EXPLANATION, console), 140))
    for part in (
        "79.0 stable · range 39.7 to 84.5 · coverage 74 %",
        "owner Ana · segment S · MRR 417 EUR · renewal 2026-12-31 · newest fact 2026-06-29",
        "Trend: falling by 2.1 points a week since 2026-05-10",
        "3 a week, was 5",
        "120.5 EUR 2026-06-29 (stale)",
        "Shown, not counted - nps: missing. No answer",
        "Review asked for - owner: two milestones missed",
        "Caveats - No tickets, but nobody is using it",
        "Further data would sharpen this - nps: no answer in 180 days",
        "Next action: See who stopped and which feature",
        "Path to healthy: seats in use to 65 %: +6 points; exec_touch: +5.5 points",
        "Since 2026-03-31: 85.0 to 79.0 (-6.0)",
    ):
        assert part in text


def test_the_cause_data_covers_a_first_answer_and_one_that_ran_out() -> None:
    change = replace(CHANGE, causes=(Cause("data", -6_000, (("nps", -6_000),)),))
    text = flat(shown(lambda console: show_change(change, console), 140))
    assert "-6.0 readings that came, went or were corrected; weight moves with them nps -6.0" in text


def test_what_a_person_described_has_no_owner_trend_or_dates() -> None:
    undated = tuple(replace(e, observed_at=None) for e in SCORE.evidence)
    described = replace(
        EXPLANATION,
        score=replace(SCORE, evidence=undated),
        owner=None,
        trend=Trend(None, None, ""),
        described=True,
        change=None,
    )
    text = shown(lambda console: show_explanation(described, console))
    for part in ("owner", "Trend", "As of", "None"):
        assert part not in text.replace("Review asked for\n- owner: two milestones missed", "")


def test_an_aside_does_not_say_its_value_twice() -> None:
    twice = replace(SCORE.evidence[0], counted=False, value="0", unit="days", reason="Days overdue: 0 days", note="")
    shown_once = replace(EXPLANATION, score=replace(SCORE, evidence=(*SCORE.evidence, twice)))
    assert "- licence_use. Days overdue: 0 days" in shown(lambda console: show_explanation(shown_once, console))


def test_explain_leaves_out_what_the_card_could_have_done_and_did_not() -> None:
    assert "held within the scale" not in shown(lambda console: show_explanation(EXPLANATION, console))


def test_explain_of_an_unscored_account_shows_no_number() -> None:
    score = replace(SCORE, state=State.UNSCORED, score_milli=None, tier=None, low_milli=None, high_milli=None, path=())
    text = shown(lambda console: show_explanation(replace(EXPLANATION, score=score, change=None), console))
    assert "unscored · coverage 74 %" in text
    assert "range" not in text
    assert "sum of all rows" not in text


def test_explain_of_an_unscored_account_parts_what_is_known_from_what_a_score_needs() -> None:
    known = replace(SCORE.evidence[0], counted=False, note="not scored")
    score = replace(
        SCORE, state=State.UNSCORED, score_milli=None, tier=None, path=(), evidence=(known, SCORE.evidence[1])
    )
    text = flat(shown(lambda console: show_explanation(replace(EXPLANATION, score=score, change=None), console)))
    assert "Known so far - licence_use. 22 of 40 paid seats active in 28 days (55 %)" in text
    assert "Needed for a score - nps: no answer in 180 days" in text
    assert "[not scored]" not in text
    assert "nps: missing" not in text


def test_change_lists_causes_by_size_and_adds_up() -> None:
    text = flat(shown(lambda console: show_change(CHANGE, console)))
    assert text.index("what people did") < text.index("silence, the customer's") < text.index("time alone")
    assert "signal_3 -1.0, others -6.0" in text
    assert "late or were corrected" not in text  # no points, no rows


def test_change_without_a_score_on_one_day_says_so() -> None:
    text = shown(lambda console: show_change(replace(CHANGE, before_milli=None), console))
    assert "a change needs a score on both days" in text


def test_check_shows_gravest_first_and_counts_kinds_of_fresh_sources() -> None:
    text = flat(shown(lambda console: show_check(CHECK, console)))
    assert (
        text.index("error account.cycle") < text.index("warning usage.before_start") < text.index("note survey.sparse")
    )
    assert "(for example A-1, A-2); ask the team" in text
    assert "1 kind of fresh sources (crm); expected at least 4" in text
    for state in ("stale, 4 days old, limit 2", "fresh", "retired", "never loaded"):
        assert state in text


def test_diff_shows_the_newest_month_with_sums_per_segment_and_owner() -> None:
    text = flat(shown(lambda console: show_diff(DIFF, console)))
    assert "mine instead of default-ten, as of 2026-05-31: 3 of 400 accounts change tier" in text
    assert "Account 3 (3) unscored – red 59.0" in text
    assert "S 1 1 0 1,000 EUR" in text
    assert "M 0 0 1 1,000 EUR" in text
    assert "none 1 0 0 1 unknown" in text
    assert "2026-05-31 400 3 1 1 2,000 EUR + 1 unknown" in text
    assert "2026-04-30 390 1 0 1 1,000 EUR" in text


def test_ingest_names_rejects_with_file_line_column_and_reason() -> None:
    tables = (TableReport("helpdesk", "ticket", "tickets.csv", 10_000, 9_000, 12, 988),)
    reject = Reject("tickets.csv", 17, "opened_at", "'31/02/2026' is not a moment")
    text = shown(lambda console: show_ingest(IngestReport(3, tables, (reject,), changed=True), console))
    assert "10,000      9,000           12           988" in text
    assert "- tickets.csv:17: opened_at: '31/02/2026' is not a moment" in text
    assert "- and 987 more" in text
    assert "Batch 3 is published." in text


def test_ingest_tells_many_rejects_for_one_reason_once() -> None:
    tables = (TableReport("helpdesk", "ticket", "tickets.csv", 10_000, 12, 0, 9_988),)
    group = RejectGroup(
        "helpdesk", "ticket", "sources/helpdesk.yml:14:22", "opened", 9_987, 10_000, "opened_at is not a moment",
        ("31.05.2024",), ("tickets.csv:2", "tickets.csv:3"), 'write format: "%d.%m.%Y"',
    )  # fmt: skip
    reject = Reject("tickets.csv", 17, "id", "the id is empty")
    report = IngestReport(3, tables, (reject,), changed=True, reject_groups=(group,))
    text = flat(shown(lambda console: show_ingest(report, console)))
    assert (
        "- sources/helpdesk.yml:14:22: opened: 9,987 of 10,000 ticket rows: opened_at is not a moment, as '31.05.2024'"
        ' (tickets.csv:2, tickets.csv:3); write format: "%d.%m.%Y"'
    ) in text
    assert "- tickets.csv:17: id: the id is empty" in text
    assert "more" not in text


@pytest.mark.parametrize("width", [80, 100])
def test_ingest_names_every_file_in_one_piece_on_a_narrow_terminal(width: int) -> None:
    text = shown(lambda console: show_ingest(INGEST, console), width)
    assert "events_2024_q3.parquet" in text
    assert "Accepted" in text
    assert "Quarantined" in text


def test_ingest_shows_vanished_rows_at_any_width_and_no_column_of_zeros_on_a_narrow_one() -> None:
    gone = replace(INGEST, tables=(replace(INGEST.tables[0], vanished=7), *INGEST.tables[1:]))
    assert "Vanished" in shown(lambda console: show_ingest(gone, console), 80)
    assert "Vanished" not in shown(lambda console: show_ingest(INGEST, console), 80)
    assert "Vanished" in shown(lambda console: show_ingest(INGEST, console), 160)


@pytest.mark.parametrize("width", [80, 100, 160])
def test_check_shows_every_source_with_its_state_and_what_is_unmatched(width: int) -> None:
    text = shown(lambda console: show_check(CHECK, console), width)
    for part in ("helpdesk", "Through", "2026-06-26", "Unmatched"):
        assert part in text
    assert all(word in text for word in "stale, 4 days old, limit".split())


@pytest.mark.parametrize("width", [80, 100, 160])
def test_signals_are_one_line_each_and_an_issue_that_many_share_is_told_once(width: int) -> None:
    text = shown(lambda console: show_inventory(WIDE_INVENTORY, console), width)
    lines = text.splitlines()
    assert len([line for line in lines if line.startswith("sponsor_and_decision_maker_named")]) == 1
    assert flat(text).count(WIDE_INVENTORY.rows[0].issues[0]) == 1
    (numbered,) = [line for line in lines if line.startswith("1. ")]
    assert WIDE_INVENTORY.rows[0].issues[0][:40] in numbered


def test_book_of_unscored_accounts_says_once_why_and_lists_few() -> None:
    rows = tuple(replace(UNSCORED, account_id=f"A-{n}", name=f"A-{n}") for n in range(20))
    text = flat(shown(lambda console: show_book(replace(BOOK, rows=rows, total=400, unscored=UNSCORED_400), console)))
    assert "400 accounts unscored: too little evidence (388), not for this account (12)" in text
    assert "missing most: licence_use (388), nps (300)" in text
    assert text.count("Too little is known") <= 3
    assert "the first 3 shown" in text


def test_book_lists_every_unscored_account_that_was_asked_for() -> None:
    rows = tuple(replace(UNSCORED, account_id=f"A-{n}", name=f"A-{n}") for n in range(20))
    text = flat(shown(lambda console: show_book(replace(BOOK, rows=rows, total=20), console, every=True)))
    assert text.count("Too little is known") == 20


def test_book_with_scores_says_at_the_end_how_many_are_unscored() -> None:
    text = flat(shown(lambda console: show_book(replace(BOOK, unscored=replace(UNSCORED_400, accounts=12)), console)))
    assert "12 accounts unscored" in text


def test_ingest_again_says_that_nothing_changed() -> None:
    assert "Nothing new" in shown(lambda console: show_ingest(IngestReport(None, (), (), changed=False), console))


def test_score_and_backfill_say_what_they_wrote() -> None:
    cards = (CardReport("default-ten", "5eed", 391, 9, (("healthy", 200), ("at risk", 191))),)
    assert "healthy 200 · at risk 191" in shown(lambda console: show_score(ScoreReport(DAY, 4, cards), console))
    report = BackfillReport(date(2026, 6, 1), DAY, 5, (DAY,), 29, ("default-ten",), 400)
    assert "1 day scored by default-ten, 400 scores; 29 days had" in flat(shown(lambda c: show_backfill(report, c)))


def test_a_cell_without_text_is_a_dash() -> None:
    assert words(None).plain == words("").plain == "–"
