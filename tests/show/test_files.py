"""What programs and spreadsheets read: JSON contracts, CSV, XLSX."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import datetime
from io import BytesIO, StringIO

import openpyxl

from keepwell.show import as_json
from keepwell.show.inventory import HEADINGS, inventory_csv, inventory_xlsx
from keepwell.words.report import CardReport, DemoReport, IngestReport, Reject, ScoreReport, TableReport
from keepwell.words.score import State
from tests.show.samples import BOOK, CHECK, DAY, DIFF, EXPLANATION, INVENTORY, SCORE

PROMISED = {
    "account_id", "as_of", "state", "score", "tier", "coverage", "range", "trend", "scorecard", "evidence", "guards",
    "missing", "owner", "caveats", "trend_note", "next_action", "path_to_next_tier",
}  # fmt: skip
PROMISED_EVIDENCE = {
    "kind", "signal", "dimension", "value", "unit", "status", "observed_at", "points", "points_milli", "max_points",
    "min_points", "reason", "next_step",
}  # fmt: skip


def test_explain_json_holds_every_promised_field() -> None:
    found = json.loads(json.dumps(as_json.explanation(EXPLANATION)))
    assert found.keys() >= PROMISED
    assert found["scorecard"] == {"name": "default-ten", "hash": "5eed"}
    assert found["coverage"] == 0.74
    assert found["range"] == {"low": 39.7, "high": 84.5}
    assert found["path_to_next_tier"][0] == {"signal": "licence_use", "points": 6.0, "text": "seats in use to 65 %"}
    assert all(row.keys() >= PROMISED_EVIDENCE for row in found["evidence"])
    assert [row["name"] for row in found["guards"]] == ["outcome_and_silence"]


def test_rule_11_evidence_in_json_sums_to_the_score_exactly() -> None:
    found = as_json.explanation(EXPLANATION)
    assert sum(row["points_milli"] for row in found["evidence"]) == found["score_milli"] == 79_000
    assert found["score"] == 79.0


def test_rule_14_causes_in_json_sum_to_the_change_exactly() -> None:
    change = as_json.explanation(EXPLANATION)["change"]
    assert sum(cause["points_milli"] for cause in change["causes"]) == change["after_milli"] - change["before_milli"]


def test_unscored_json_has_null_score_tier_and_range() -> None:
    found = as_json.score(
        replace(SCORE, state=State.UNSCORED, score_milli=None, tier=None, low_milli=None, high_milli=None)
    )
    assert (found["state"], found["score"], found["tier"], found["range"]) == ("unscored", None, None, None)


def test_book_json_has_money_in_major_and_minor_units() -> None:
    first, second = as_json.book(BOOK)["accounts"]
    assert (first["mrr"], first["mrr_minor"], first["delta30"], first["renewal"]) == (416.5, 41_650, -6.0, "2026-12-31")
    assert (second["state"], second["score"], second["mrr"]) == ("unscored", None, None)


def test_money_in_json_follows_the_currencys_minor_units() -> None:
    assert as_json.book(replace(BOOK, currency="JPY"))["accounts"][0]["mrr"] == 41_650


def test_check_json_has_findings_sources_and_whether_they_are_enough() -> None:
    found = json.loads(json.dumps(as_json.check(CHECK)))
    assert found["findings"][1]["count"] == 19_142
    assert found["sources"][0]["last_load"] == "2026-06-30T03:00:00Z"
    assert (found["fresh_systems"], found["enough_systems"], found["clean"]) == (["crm"], False, False)


def test_diff_json_has_every_move_and_its_direction() -> None:
    found = json.loads(json.dumps(as_json.diff(DIFF)))
    assert [move["direction"] for move in found["moves"]] == ["worse", "worse", "better", "other"]
    assert found["month_ends"][1] == {"month_end": "2026-05-31", "accounts": 400, "moves": 3}


def test_run_reports_are_json_objects() -> None:
    tables = (TableReport("crm", "account", "a.csv", 10, 8, 1, 1),)
    ingest = IngestReport(3, tables, (Reject("a.csv", 3, None, "too short"),), changed=True)
    score = ScoreReport(DAY, None, (CardReport("default-ten", "5eed", 1, 0, (("healthy", 1),)),), (SCORE,))
    found = json.loads(json.dumps(as_json.demo(DemoReport("demo", ingest, score, BOOK))))
    assert found["ingest"]["quarantined"] == 1
    assert found["score"]["cards"][0]["tiers"] == [["healthy", 1]]
    assert found["score"]["scores"][0]["score_milli"] == 79_000


def test_inventory_as_csv_disarms_texts_that_a_spreadsheet_would_run() -> None:
    rows = list(csv.reader(StringIO(inventory_csv(INVENTORY))))
    assert tuple(rows[0]) == HEADINGS
    assert rows[1][:8] == [
        "nps",
        "Net promoter score",
        "survey",
        "surveys",
        "answers.csv: score",
        "Ana",
        "30",
        "2026-06-30 03:00",
    ]
    assert rows[2][1] == "'=HYPERLINK(1)"


def test_inventory_as_xlsx_opens_with_numbers_as_numbers_and_no_formulas() -> None:
    sheet = openpyxl.load_workbook(BytesIO(inventory_xlsx(INVENTORY))).active
    assert sheet is not None
    headings, first, second = sheet.iter_rows(values_only=True)
    assert headings == HEADINGS
    assert first[6] == 30
    assert first[8] == 0.41
    assert second[1] == "=HYPERLINK(1)"
    assert sheet["B3"].data_type == "s"
    assert sheet.freeze_panes == "B2"


def test_inventory_json_has_coverage_as_a_share() -> None:
    found = as_json.inventory(INVENTORY)
    assert found["signals"][0]["coverage"] == 0.41
    assert found["signals"][1]["last_load"] is None


def test_moments_in_json_are_utc() -> None:
    assert as_json.plain(datetime(2026, 6, 30, 3)) == "2026-06-30T03:00:00Z"
