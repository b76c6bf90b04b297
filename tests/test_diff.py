"""Two cards on history: every account is scored as `score` does it, parents from their children."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepwell.project import Project
from keepwell.use_cases import runs

CARD = """
scorecard: {name}
form: weighted
roll_up: {roll_up}
tiers: {{good: 60, poor: 0}}
measures: {{csm_pulse: 1}}
"""
FILES = {
    "keepwell.yml": "version: 1\nname: Small\ncurrency: EUR\nclock: 2026-03-16T07:00:00Z\nscorecard: worst\n",
    "scorecards/worst.yml": CARD.format(name="worst", roll_up="worst"),
    "scorecards/mean.yml": CARD.format(name="mean", roll_up="mean"),
    "scorecards/own.yml": CARD.format(name="own", roll_up="own"),
    "sources/crm.yml": """
source: crm
system: crm
folder: exports
tables:
  - file: accounts.csv
    facts:
      - kind: account
        id: id
        since: created
        columns: {name: name, parent: parent, created_day: created}
  - file: pulses.csv
    facts:
      - kind: pulse
        id: id
        account: account
        since: created
        columns: {given_day: given, score: score}
""",
    "exports/accounts.csv": "id,name,parent,created\nP,Parent,,2025-01-01\nA,Ann,P,2025-01-01\nB,Bob,P,2025-01-01\n",
    "exports/pulses.csv": "id,account,given,score\n1,P,2026-02-10,5\n2,A,2026-02-10,5\n3,B,2026-02-10,1\n",
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A parent that its owner thinks well of, with one good and one poor child."""
    folder: Path = tmp_path_factory.mktemp("family")
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    project = runs.open_project(folder)
    runs.ingest(project)
    return project


def test_a_parent_is_compared_by_its_roll_up(small: Project) -> None:
    report = runs.diff(small, "worst", "own")
    newest = [move for move in report.moves if move.month_end == report.month_ends[-1]]
    assert [(m.account_id, m.tier_a, m.tier_b) for m in newest] == [("P", "poor", "good")]
    assert [(m.score_a_milli, m.score_b_milli) for m in newest] == [(20_000, 100_000)]


def test_the_tiers_of_a_diff_are_those_of_a_score(small: Project) -> None:
    report = runs.diff(small, "mean", "worst")
    day = report.month_ends[-1]
    [scored] = [s for s in runs.score(small, as_of=day, accounts=["P"]).scores if s.scorecard == "mean"]
    [move] = [m for m in report.moves if m.month_end == day]
    assert (move.account_id, move.score_a_milli, move.tier_a) == ("P", scored.score_milli, scored.tier)
