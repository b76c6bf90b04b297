"""What the engine cannot compute is one line that names the file to mend, not a stack of calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepwell.words.problem import KeepwellError
from tests.small_project import CARD, SmallProject

HUGE = """signal: huge
unit: count
better: lower
bands: {healthy: 1, poor: 9}
sentence: "{v}"
next_step: Look at it.
select: |
  select account_id, as_of, max(9000000000000000000 + age * 1000000000000000000) as value from ticket
  group by account_id, as_of
"""


def test_a_signal_that_overflows_is_named_with_its_file_and_nothing_is_written(tmp_path: Path) -> None:
    small = SmallProject(tmp_path)
    small.write("signals/own.yml", HUGE)
    small.write("scorecards/small.yml", CARD.replace("days_since_use: 1", "days_since_use: 1, huge: 1"))
    small.ingest()
    with pytest.raises(KeepwellError) as error:
        small.score()
    (line,) = str(error.value).splitlines()
    file = tmp_path / "signals" / "own.yml"
    assert line.startswith(f"{file}: the signal 'huge' cannot be computed: Out of Range Error: Overflow in ")
    assert line.endswith("; let it bear every value of the facts it reads (ticket)")
    assert small.count("SELECT count(*) FROM recipes") == 0
