"""Falls that no score shows: one reason fell hard, and others rose by as much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from keepwell.book import snapshot
from keepwell.deciding import telling
from keepwell.deciding.ahead import WEEK, Ahead
from keepwell.deciding.changes import ClosedDay
from keepwell.words.score import Evidence

HARD = 2  # times what is noise for a whole score
# accounts of which a row lost so much and the score did not, whatever moved them
FALLEN = """
WITH both_days AS ({rows})
SELECT n.account_id FROM both_days n JOIN both_days w ON w.account_id = n.account_id AND w.as_of = n.as_of - {week}
WHERE n.as_of = $day AND n.score_milli - w.score_milli > $told AND least({moved}) <= $hard ORDER BY n.account_id
"""
TWO = """
CREATE OR REPLACE TEMP TABLE two_days AS SELECT *, CAST(NULL AS VARCHAR) AS force FROM ({readings})
WHERE as_of IN (DATE '{day}', DATE '{before}')
"""


@dataclass(frozen=True)
class Masked:
    """What one reason of an account cost in a week, in milli-points, and what the others gave."""

    account_id: str
    row: Evidence
    lost_milli: int
    gained_milli: int


def masked(closed: ClosedDay) -> Iterator[Masked]:
    """The accounts whose customer's doing took much by one reason in a week and gave it by others, so that nothing was told."""
    rules, parents = closed.rules, {row["parent"] for row in closed.rows} if closed.card.rolls_up else set()
    hard = -HARD * rules.noise_milli
    questions = [(account, WEEK) for account in _fallen(closed, hard) if account not in parents]
    if not questions:
        return
    ahead = Ahead.of(closed.scorer, closed.card, [closed.day], rules, closed.policy.stop_rules)
    ahead.find(closed.day, questions, ())
    changes = {account: telling.moved(change) for (account, _), change in ahead.why(closed.day, questions).items()}
    scores = closed.reasons.evidence_of(sorted(changes))
    for account, moved in changes.items():
        net: dict[str, int] = {}
        for name, by in moved:
            net[name] = net.get(name, 0) + by
        name, lost = min(net.items(), key=lambda row: row[1], default=("", 0))
        row = next((row for row in scores[account].evidence if row.name == name), None) if account in scores else None
        steady = -sum(net.values()) < rules.weekly_drop_milli
        if row is not None and lost <= hard and snapshot.loss(row) >= -hard and steady:  # else only its weight moved
            yield Masked(account, row, -lost, sum(by for by in net.values() if by > 0))


def _fallen(closed: ClosedDay, hard: int) -> list[str]:
    """By the kept readings of both days, in one statement over the book."""
    before, compiled = closed.day - timedelta(days=WEEK), closed.card.compiled
    closed.connection.execute(TWO.format(readings=closed.readings, day=closed.day, before=before))
    moved = ", ".join(f"n.{row.column} - w.{row.column}" for row in compiled.rows if not row.guard)
    sql = FALLEN.format(rows=compiled.detail_sql("two_days", ranges=False), week=WEEK, moved=f"0, {moved}")
    values = {"day": closed.day, "told": -closed.rules.weekly_drop_milli, "hard": hard}
    return [account for (account,) in closed.connection.execute(sql, values).fetchall()]
