"""A scripted clock: one account's scores, day by day, and what is told of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from keepwell.decisions.rules import Rules
from keepwell.decisions.transitions import decide
from keepwell.words.decision import Kind, Owned, Standing, Today, Transition
from keepwell.words.score import State

START = date(2026, 1, 1)
BORDER = 50_000


def today(n: int, points: float | None, **more: Any) -> Today:
    """Day n with a score in points; None: unscored."""
    state = State.UNSCORED if points is None else State.SCORED
    milli = None if points is None else round(points * 1000)
    day = Today("A", START + timedelta(days=n), n, "r1", state, score_milli=milli, border_milli=BORDER)
    return replace(day, **more)


@dataclass
class Story:
    """The days of one account; `lives` adds days, the first of all is the baseline."""

    rules: Rules = field(default_factory=Rules)
    standing: Standing | None = None
    told: list[Transition] = field(default_factory=list)
    n: int = 0

    def lives(self, scores: Iterable[float | None], **more: Any) -> Story:
        """One day for each score."""
        for points in scores:
            self.day(today(self.n, points, **more))
        return self

    def day(self, found: Today) -> Story:
        """One day."""
        self.standing, news = decide(self.rules, found, self.standing, first=self.standing is None)
        self.told += news
        self.n += 1
        return self

    @property
    def kinds(self) -> list[Kind]:
        """What was told, in order."""
        return [t.kind for t in self.told]

    def day_of(self, kind: Kind) -> int:
        """The first day (from 0) on which something of a kind was told."""
        return next((t.as_of - START).days for t in self.told if t.kind is kind)


def renewing(n: int) -> dict[str, Any]:
    """An account whose renewal is n days after the start."""
    return {"owned": Owned(renewal_day=START + timedelta(days=n))}


def keys(told: Sequence[Transition]) -> list[tuple[Kind, date]]:
    """What makes transitions of one account and card unique."""
    return [(t.kind, t.episode) for t in told]
