"""A person's own view of an account is a fact like any other: known from the moment it was recorded, once."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from keepwell.book.scorer import Scorer
from keepwell.cli import run
from keepwell.feedback import audit
from keepwell.sources.recording import PEOPLE
from keepwell.use_cases import remarks, runs
from keepwell.use_cases.remarks import PulseRequest
from keepwell.words.remark import PulseReport
from keepwell.words.score import Evidence, State
from tests.small_project import SmallProject

CARD = """scorecard: small
form: weighted
min_coverage: 0
tiers: {good: 50, bad: 0}
measures: {csm_pulse: 1, ticket_pressure: 1}
"""
COUNT = f"SELECT count(*) FROM fact_pulse WHERE source = '{PEOPLE}'"


@pytest.fixture
def small(tmp_path: Path) -> SmallProject:
    """Its first days are scored by a card that counts pulses."""
    made = SmallProject(tmp_path / "project")
    made.write("scorecards/small.yml", CARD)
    made.ingest()
    made.score()
    return made


def given(
    small: SmallProject, score: int, day: date | None = None, by: str = "Olga", note: str = "they said so"
) -> PulseReport:
    return remarks.pulse(small.project, PulseRequest("Alpha", score, by, note, day))


def shown(small: SmallProject, day: str | None = None, account: str = "A") -> Evidence | None:
    found = runs.explain(small.project, account, as_of=date.fromisoformat(day) if day else None)
    return next((row for row in found.score.evidence if row.signal == "csm_pulse" and row.status == "fresh"), None)


def test_a_pulse_counts_from_the_day_it_was_recorded_and_leaves_earlier_days_as_they_were(small: SmallProject) -> None:
    """Recorded on 1 April about 20 March: as of 31 March nobody knew it."""
    before = small.kept("2026-03-31")
    report = given(small, 2, date(2026, 3, 20), note="")
    assert (report.account_id, report.since) == ("A", date(2026, 4, 1))
    assert small.score().batch is None, "what was kept is still all that was known"
    assert small.kept("2026-03-31") == before
    assert shown(small) is None
    small.today = "2026-04-01"
    given(small, 5)
    assert small.score().warnings == (), "a note that came too late for the day is nothing to map"
    row = shown(small)
    assert row is not None
    assert (row.value, row.observed_at, row.basis) == ("2", date(2026, 3, 20), "recorded")
    assert shown(small, "2026-03-31") is None
    assert shown(small, account="B") is None
    small.today = "2026-06-20"
    assert shown(small) is None, "after 75 days it says nothing any more"


def test_the_same_word_of_the_same_day_is_recorded_once_and_another_is_a_revision(
    small: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    assert given(small, 2).recorded
    again = given(small, 2)
    assert (again.recorded, again.batch, small.count(COUNT)) == (False, None, 1)
    assert given(small, 4).recorded
    assert given(small, 2, by="Max").recorded
    assert (small.count(COUNT), small.count("SELECT count(DISTINCT external_id) FROM fact_pulse")) == (3, 2)
    words = ["pulse", "A", "2", "--by", "Max", "--note", "they said so", "--project", str(small.folder)]
    assert run(words) == 0
    told = capsys.readouterr()
    assert "A: a pulse of 2 for 2026-04-01, by Max" in told.out
    assert "recorded already: nothing is written" in told.err
    assert run([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["recorded"] is False
    with Scorer(small.project).state.engine.connect() as connection:
        assert audit.count(connection) == 3


def test_the_words_of_a_pulse_lie_apart_under_a_pseudonym(small: SmallProject) -> None:
    given(small, 2)
    assert small.count("SELECT count(*) FROM fact_pulse WHERE author = 'Olga' OR note = 'they said so'") == 0
    found = "SELECT p.words || ' ' || n.words FROM fact_pulse f JOIN personal p ON p.token = f.author"
    assert small.count(f"{found} JOIN personal n ON n.token = f.note") == "Olga they said so"


def test_a_run_that_dies_before_it_is_published_leaves_no_pulse_and_no_entry(
    small: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(audit, "note", dies)
    with pytest.raises(RuntimeError, match="power cut"):
        given(small, 2)
    monkeypatch.undo()
    assert small.count(COUNT) == 0
    assert given(small, 2).recorded
    assert small.count(COUNT) == 1


def test_a_card_that_does_not_count_pulses_shows_them_beside_its_rows(small: SmallProject) -> None:
    small.write("scorecards/small.yml", CARD.replace("csm_pulse: 1, ", ""))
    small.today = "2026-04-01"
    small.score()
    given(small, 1, date(2026, 4, 1))
    small.today = "2026-04-02"
    score = runs.explain(small.project, "A").score
    row = next(row for row in score.evidence if row.signal == "csm_pulse")
    assert (row.value, row.counted, row.points_milli, row.note) == ("1", False, 0, "shown, not counted")
    assert score.state is State.SCORED
    assert sum(row.points_milli for row in score.evidence) == score.score_milli


def test_a_pulse_of_today_waits_for_no_other_source(small: SmallProject) -> None:
    """The CRM, which tells pulses too, was last loaded on 1 April."""
    small.write("exports/pulses.csv", "id,account,day,score\n1,A,2026-03-30,5\n2,B,2026-03-30,5\n")
    fact = "{kind: pulse, id: id, account: account, columns: {given_day: day, score: score}}"
    small.write(
        "sources/notes.yml",
        f"source: notes\nsystem: crm\nfolder: exports\ntables: [{{file: pulses.csv, facts: [{fact}]}}]\n",
    )
    small.ingest()
    small.today = "2026-04-20"
    given(small, 1)
    small.today = "2026-04-21"
    small.score()
    row = shown(small)
    assert row is not None
    assert (row.value, row.observed_at) == ("1", date(2026, 4, 21))


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["Alpha", "6"], "a pulse of 6; expected 1 (expects to lose it) to 5 (thriving)"),
        (["Alpha", "3", "--on", "2026-04-02"], "--on: 2026-04-02 lies ahead; today is 2026-04-01"),
        (["Alfa", "3"], "no account 'Alfa' as of 2026-04-01; 'keepwell book' lists the accounts"),
    ],
)
def test_a_pulse_that_cannot_be_recorded_is_told_in_one_line(
    small: SmallProject, capsys: pytest.CaptureFixture[str], words: list[str], line: str
) -> None:
    assert run(["pulse", *words, "--by", "Olga", "--project", str(small.folder)]) == 2
    assert line in capsys.readouterr().err
