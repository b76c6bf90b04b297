"""The whole way on a simulated company: ingest, score, book, explain, diff, check, signals."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from keepwell import portfolio
from keepwell.book import shelf
from keepwell.book.scorer import Scorer, rows_of
from keepwell.lake import Lake
from keepwell.project import Project
from keepwell.scoring.explain import explain_many
from keepwell.show import as_json
from keepwell.use_cases import runs
from keepwell.words.problem import KeepwellError
from keepwell.words.report import BookQuery
from keepwell.words.score import State

Command = Callable[..., tuple[int, str, str]]
LAST = date(2026, 6, 30)
EVIDENCE = {
    "kind", "signal", "dimension", "value", "unit", "status", "observed_at", "points", "points_milli", "max_points",
    "min_points", "reason", "next_step",
}  # fmt: skip


def kept(project: Project, day: date) -> list[dict[str, Any]]:
    """The kept scores of the headline card on a day."""
    scorer = Scorer(project)
    rows = shelf.kept(scorer, scorer.lake.connect(0), scorer.headline(), [day])
    return sorted(({k: v for k, v in row.items() if k != "batch"} for row in rows), key=lambda r: r["account_id"])


def computed(project: Project, day: date, account: str | None = None) -> list[dict[str, Any]]:
    """The same rows, computed afresh; for one account, by its own pair alone."""
    scorer = Scorer(project)
    connection, card = scorer.connect(), scorer.headline()
    if account:
        scorer.read(connection, [scorer.pair(account, day)], card.signals)
    else:
        scorer.read_all(connection, [day], card.signals)
    return sorted(scorer.score(connection, card), key=lambda r: r["account_id"])


def test_ingesting_again_changes_nothing(company: Project) -> None:
    before = (Scorer(company).batch, Lake(company.lake_folder).tables())
    report = runs.ingest(company)
    assert (report.changed, report.batch) == (False, None)
    assert (Scorer(company).batch, Lake(company.lake_folder).tables()) == before


def test_everything_read_is_accepted_or_duplicate_or_quarantined(company: Project) -> None:
    tables = runs.ingest(company).tables
    assert all(t.read == t.accepted + t.duplicates + t.quarantined for t in tables)
    assert sum(t.duplicates for t in tables) > 0


def test_scoring_again_writes_nothing(company: Project) -> None:
    runs.score(company)  # another test may have ingested since
    assert runs.score(company).batch is None


def test_rescoring_a_past_date_reproduces_the_stored_scores_to_the_bit(company: Project) -> None:
    for weeks in (0, 7):
        day = LAST - timedelta(weeks=weeks)
        assert computed(company, day) == kept(company, day)


def test_one_account_alone_is_the_batchs_row(company: Project) -> None:
    batch = {row["account_id"]: row for row in kept(company, LAST)}
    for account in sorted(batch)[::30]:
        alone = {row["account_id"]: row for row in computed(company, LAST, account)}
        assert alone[account] == batch[account]


def test_every_account_is_scored_with_evidence_that_adds_up_or_unscored_with_a_reason(company: Project) -> None:
    ids = [row["account_id"] for row in kept(company, LAST)]
    assert len(ids) > 40
    for account in ids[::30]:
        found = runs.explain(company, account)
        if found.score.state is State.SCORED:
            assert sum(e.points_milli for e in found.score.evidence) == found.score.score_milli
        else:
            assert found.score.missing
            assert found.caveats
        assert found.next_action


def test_the_json_of_every_account_and_card_adds_up_to_the_milli_point_and_has_the_fields_of_the_contract(
    company: Project,
) -> None:
    scorer = Scorer(company)
    connection = scorer.connect()
    rows = rows_of(connection, f"SELECT * FROM ({shelf.kept_readings_sql(scorer, connection)}) WHERE as_of = ?", [LAST])
    assert len(rows) > 40
    for card in scorer.cards.values():
        stored = {row["account_id"]: row["score_milli"] for row in shelf.kept(scorer, connection, card, [LAST])}
        for one in explain_many(connection, card.compiled, [(row, None) for row in rows], recipe=card.recipe.hash):
            found = as_json.score(one)
            assert found["score_milli"] == stored[found["account_id"]]
            if found["score_milli"] is not None:
                assert sum(e["points_milli"] for e in found["evidence"]) == found["score_milli"]
            for e in found["evidence"]:
                assert set(e) >= EVIDENCE
                assert e["kind"] != "guard" or e["observed_at"] or "no date" in e["note"]


def test_no_account_is_on_the_book_for_something_that_is_well(company: Project) -> None:
    rows = portfolio.book(company, BookQuery()).rows
    well = ("No message of ours is unanswered", "No invoice overdue", "No milestone overdue", "Champion: in place")
    assert not [row.account_id for row in rows if row.reason in well]


def test_a_sentence_about_features_counts_them_and_names_the_unused(company: Project) -> None:
    told = [row.reason for row in portfolio.book(company, BookQuery(where="state = 'scored'")).rows]
    told += [
        e.reason for row in kept(company, LAST)[:1] for e in runs.explain(company, row["account_id"]).score.evidence
    ]
    adoption = [text for text in told if "key features in use" in text]
    assert adoption
    assert all(re.search(r"\d+ of \d+ key features in use; unused: \w+", text) for text in adoption)


@pytest.mark.slow
def test_an_interrupted_ingest_leaves_the_previous_version(company: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    file = company.folder / "exports" / "crm" / "accounts.csv"
    before, rows = Scorer(company).batch, file.read_bytes()
    original = kept(company, LAST)

    def dies(*_: object) -> None:
        raise RuntimeError("power cut")

    try:
        file.write_bytes(rows.replace(b"\n", b"\n", 1) + b"\n")
        monkeypatch.setattr(runs, "_index", dies)
        text = file.read_text(encoding="utf-8").splitlines()
        text[1] = text[1].replace(text[1].split(",")[1], "Renamed Ltd", 1)
        file.write_text("\n".join(text) + "\n", encoding="utf-8")
        with pytest.raises(RuntimeError, match="power cut"):
            runs.ingest(company)
    finally:
        file.write_bytes(rows)
        monkeypatch.undo()
    assert Scorer(company).batch == before
    assert computed(company, LAST) == original
    runs.ingest(company)


def test_the_book_lists_the_worst_first_and_filters_in_words_people_use(keepwell: Command) -> None:
    code, out, _ = keepwell("book", "--json")
    rows = json.loads(out)["accounts"]
    scores = [row["score"] for row in rows if row["score"] is not None]
    assert code == 0
    assert scores == sorted(scores)
    assert all(row["reason"] and row["next_step"] for row in rows)
    _, out, _ = keepwell("book", "--json", "--where", "score < 60 and mrr > 12000/12")
    assert all(row["score"] < 60 and row["mrr"] > 1000 for row in json.loads(out)["accounts"])


def test_explain_gives_the_documented_object(keepwell: Command, company: Project) -> None:
    account = kept(company, LAST)[3]["account_id"]
    code, out, _ = keepwell("explain", account, "--json", "--since", "2026-05-01")
    found = json.loads(out)
    assert code == 0
    assert {
        "account_id", "as_of", "state", "score", "tier", "coverage", "range", "trend", "scorecard", "evidence", "guards",
        "missing", "owner", "caveats", "trend_note", "next_action", "path_to_next_tier",
    } <= set(found)  # fmt: skip
    if found["score"] is not None:
        assert sum(e["points_milli"] for e in found["evidence"]) == found["score_milli"]


def test_the_change_between_two_days_splits_exactly_into_its_causes(company: Project) -> None:
    moved = 0
    for row in kept(company, LAST)[::30]:
        change = runs.explain(company, row["account_id"], since=date(2026, 4, 30)).change
        if change and change.before_milli is not None and change.after_milli is not None:
            assert sum(c.points_milli for c in change.causes) == change.after_milli - change.before_milli
            moved += 1
    assert moved


@pytest.mark.slow
def test_a_correction_that_arrives_later_changes_no_past_score(company: Project) -> None:
    """A new load after the clock: every stored day reads as before (SEMANTICS, rules 2 and 5)."""
    days = [LAST - timedelta(weeks=n) for n in (0, 4)]
    before = [computed(company, day) for day in days]
    file = company.folder / "exports" / "helpdesk" / "tickets.jsonl"
    original = file.read_bytes()
    try:
        lines = original.decode("utf-8").splitlines()
        file.write_text(
            "\n".join(lines[: len(lines) // 2]) + "\n" + lines[-1].replace("T-", "X-") + "\n", encoding="utf-8"
        )
        runs.ingest(company)
        assert [computed(company, day) for day in days] == before
    finally:
        file.write_bytes(original)
        runs.ingest(company)


def test_diff_shows_who_changes_tier_on_the_last_twelve_month_ends(keepwell: Command) -> None:
    code, out, _ = keepwell("diff", "default-ten", "starter-five", "--json")
    found = json.loads(out)
    assert code == 0
    assert len(found["month_ends"]) == 12
    assert found["moves"]


@pytest.mark.slow
def test_the_inventory_is_a_workbook(keepwell: Command, tmp_path: Path) -> None:
    file = tmp_path / "inventory.xlsx"
    code, _, _ = keepwell("signals", "--format", "xlsx", "-o", file)
    assert code == 0
    assert file.stat().st_size > 5_000


def test_check_says_which_kinds_of_sources_are_fresh(keepwell: Command) -> None:
    code, out, _ = keepwell("check", "--json")
    found = json.loads(out)
    assert code == 1
    assert {"crm", "product", "support", "billing", "survey", "meetings"} <= set(found["fresh_systems"])


def test_a_day_before_any_data_is_one_clear_line(company: Project) -> None:
    with pytest.raises(KeepwellError, match="the first account is known on"):
        runs.score(company, as_of=date(2019, 1, 1))
    with pytest.raises(KeepwellError, match="before any data"):
        runs.explain(company, "A-0001", as_of=date(2019, 1, 1))


def test_an_unknown_account_suggests_the_nearest(company: Project) -> None:
    account = kept(company, LAST)[0]["account_id"]
    with pytest.raises(KeepwellError, match=f"did you mean '{account}'"):
        runs.explain(company, account.lower())


def test_an_account_that_churned_is_not_scored_after_and_was_scored_before(company: Project) -> None:
    scorer = Scorer(company)
    connection = scorer.connect()
    readings = shelf.kept_readings_sql(scorer, connection)
    sql = f"SELECT account_id, a_lifecycle = 'churned' FROM ({readings}) WHERE as_of = ?"
    gone = [account for account, churned in connection.execute(sql, [LAST]).fetchall() if churned]
    now = {row["account_id"]: row["unscored_why"] for row in kept(company, LAST)}
    assert gone
    assert {now[account] for account in gone} == {"not for this account"}
    year_ago = {row["account_id"]: row["state"] for row in computed(company, date(2025, 1, 31))}
    assert any(year_ago.get(account) == "scored" for account in gone)
