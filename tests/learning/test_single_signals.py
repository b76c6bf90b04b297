"""What one signal alone foretells: in the direction of its bands, and only where enough outcomes were read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from keepwell.book.scorer import Scorer
from keepwell.learning.judging.single_signals import NOTHING, foretold_alone, of_company
from keepwell.learning.samples.examples import Column, Examples
from keepwell.words.reading import Better
from tests.learning.companies import signal
from tests.learning.test_monitoring import company
from tests.small_project import SmallProject

UNTIL = date(2026, 3, 29)
OUTCOME = np.arange(400) % 4 == 0
BAD = np.where(OUTCOME, 10.0, 0.0) + np.arange(400) % 7  # higher where the outcome followed, with overlap


def column(name: str, better: Better, values: np.ndarray) -> Column:
    return Column(replace(signal(name), better=better), values)


def test_worse_readings_are_the_higher_risk_whatever_the_direction_of_the_signal() -> None:
    sparse = np.where(np.arange(400) < 76, BAD, np.nan)  # 19 outcomes among its readings
    columns = (
        column("tickets", Better.LOWER, BAD - np.arange(400) % 29),
        column("use", Better.HIGHER, -BAD + np.arange(400) % 29),
        column("upside_down", Better.HIGHER, BAD),
        column("two_sided", Better.MIDDLE, BAD),
        column("seldom", Better.LOWER, sparse),
    )
    found = foretold_alone(Examples(columns, OUTCOME, tuple(map(str, range(400)))))
    assert set(found) == {"tickets", "use", "upside_down"}
    assert found["tickets"].auc == found["use"].auc
    assert 0.7 < found["tickets"].auc.low < found["tickets"].auc.value < 0.95
    assert found["upside_down"].auc.high < 0.5
    assert not found["tickets"].implausible
    assert found["tickets"].events == 100


def test_what_tells_as_much_as_a_record_of_the_outcome_is_marked() -> None:
    found = foretold_alone(Examples((column("closed", Better.LOWER, BAD),), OUTCOME, tuple(map(str, range(400)))))
    assert found["closed"].implausible


def test_a_companys_own_history_tells_where_outcomes_are_known_and_nothing_where_none_are(tmp_path: Path) -> None:
    """Serious tickets of half the customers in March and from August to October, of whom 22 are lost up to the end of the year."""
    small = company(tmp_path / "known", ["2025-03", "2025-08", "2025-09", "2025-10"], lost=22)
    asked = ("ticket_pressure", "open_ticket_age")
    told = of_company(Scorer(small.project), UNTIL, asked)
    assert set(told.alone) <= set(asked)
    assert told.span == {"from": "2025-02-28", "until": "2025-10-31", "gap_days": 30, "outcome_days": 60}
    found = told.alone["ticket_pressure"]
    assert found.auc.low > 0.5
    assert found.events >= 20
    silent = SmallProject(tmp_path / "silent")
    silent.ingest()
    assert of_company(Scorer(silent.project), UNTIL, asked) == NOTHING
