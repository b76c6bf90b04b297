"""A reason that fell hard while another rose is told in the week's brief, though the score is steady."""

from __future__ import annotations

from datetime import date

import pytest

from keepwell.book.scorer import Scorer
from keepwell.briefing.masked import masked
from keepwell.deciding import agreements
from keepwell.deciding.changes import ClosedDay
from keepwell.use_cases import runs
from tests.decisions.fallen import LIVE
from tests.small_project import DESK, SmallProject

VOICE = """source: voice
system: survey
folder: exports
covers: all
tables:
  - file: answers.csv
    facts: [{kind: survey, id: id, since: created, account: {system: account, column: account}, columns: {answered_at: at, type: type, score: score}}]
"""
CARD = """scorecard: small
form: weighted
min_coverage: 0
tiers: {good: 50, bad: 0}
measures: {ticket_pressure: 1, nps: 1}
"""
DAY = date(2026, 3, 20)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> ClosedDay:
    """A is happier and has a critical ticket, B only the ticket, C only the joy."""
    small = SmallProject(tmp_path_factory.mktemp("masked") / "project", today=str(DAY))
    small.write("policy/ours.yml", LIVE)
    small.write("scorecards/small.yml", CARD)
    small.write("sources/voice.yml", VOICE)
    small.write("sources/desk.yml", DESK.replace("folder: exports", "folder: exports\ncovers: all"))
    small.write("exports/accounts.csv", "id,name,created\n" + "".join(f"{key},{key},2025-01-01\n" for key in "ABC"))
    joy = "".join(f"{key}{n},{key},2026-03-{day},nps,{score}\n" for key in "AC" for n, (day, score) in enumerate(SAID))
    calm = "".join(f"B{n},B,2026-03-0{n + 1},nps,7\n" for n in range(3))
    small.write("exports/answers.csv", f"id,account,at,type,score\n{joy}{calm}")
    tickets = "".join(f"{key},{key},2026-03-19,critical\n" for key in "AB")
    small.write("exports/tickets.csv", f"id,account,opened,severity\n0,C,2026-01-05,low\n{tickets}")
    small.ingest()
    for day in (date(2026, 3, 13), DAY):
        runs.backfill(small.project, day, day)
    scorer = Scorer(small.project)
    return ClosedDay(scorer, scorer.headline(), DAY, agreements.policies(small.project, scorer.cards)["small"])


SAID = [("02", 1), ("03", 1), ("04", 1), *((f"{day}", 10) for day in range(14, 20))]


def test_a_fall_that_gains_hide_is_found_with_what_hid_it_and_a_plain_fall_or_rise_is_not(closed: ClosedDay) -> None:
    [one] = masked(closed)
    assert (one.account_id, one.row.signal) == ("A", "ticket_pressure")
    assert one.lost_milli >= 10_000
    assert one.lost_milli - one.gained_milli < 15_000
