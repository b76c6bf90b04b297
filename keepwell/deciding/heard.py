"""What sources had told by the close of days that are decided together: through which day they can be read, and which are silent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from keepwell.book import inventory
from keepwell.book.scorer import Scorer
from keepwell.timeline.ledger import Ledger
from keepwell.timeline.quality import freshness
from keepwell.timeline.quality.freshness import Silent

OLDEST = "SELECT as_of, kind, min(read_day) FROM source_at GROUP BY as_of, kind"


class Heard:
    """Read once for all of the days, each as known when it closed."""

    def __init__(self, scorer: Scorer, days: Sequence[date]) -> None:
        connection = scorer.connect()
        Ledger(connection, scorer.terms).watermarks(map(scorer.day, days))
        self._silent = freshness.silent(connection, inventory.inspection(scorer, days[0]).limits)
        rows = connection.execute(OLDEST).fetchall()
        self._read = {(day, kind): oldest for day, kind, oldest in rows}

    def silent(self, day: date) -> list[Silent]:
        """The sources that delivered before and lag behind their limit as of a day."""
        return self._silent.get(day, [])

    def fresh_through(self, day: date, kinds: Collection[str]) -> date | None:
        """The oldest of the days through which kinds of facts can be read: what was loaded since may hold nothing new."""
        return min((self._read[day, kind] for kind in kinds if (day, kind) in self._read), default=None)
