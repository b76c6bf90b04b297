"""The company that is measured: its settings, its lake, its card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from keepwell import document
from keepwell.demo.scale import Scale
from keepwell.demo.scale_facts import FEATURES
from keepwell.lake import Lake
from keepwell.scoring import scorecard
from keepwell.scoring.compile import Compiled, compile_plan
from keepwell.scoring.planner import plan
from keepwell.settings import from_environment
from keepwell.signals.catalogue import CATALOGUE
from keepwell.timeline.terms import Feed, Terms
from keepwell.words.fact import KINDS

HERE = Path(__file__).parent
AS_OF = Scale().until
CLOSE_AT = datetime(2026, 7, 1, 4)  # 06:00 in Berlin
BATCH = 1
SOURCES = {
    "billing": ("subscription", "invoice", "payment"),
    "crm": ("account", "identity", "contact", "pulse", "flag"),
    "helpdesk": ("ticket",),
    "meetings": ("interaction",),
    "plans": ("milestone", "goal"),
    "product": ("usage",),
    "surveys": ("survey",),
}
TERMS = Terms(
    time_zone="Europe/Berlin",
    day_close="06:00",
    currency="EUR",
    feeds=tuple(
        Feed(source, kind, KINDS[kind].watermark, covers_all=source != "product")
        for source, kinds in SOURCES.items()
        for kind in kinds
    ),
    segments={"S": 0, "M": 25_000, "E": 100_000},
    key_features=FEATURES,
)


@dataclass(frozen=True)
class Place:
    """Where a run works, and how large its company is."""

    folder: Path
    accounts: int
    events: int

    @property
    def lake(self) -> Lake:
        """The company's lake."""
        return Lake(self.folder / "lake")

    @property
    def engine(self) -> dict[str, str | int]:
        """Settings of the engine, as the environment gives them to the product."""
        return from_environment().engine.duckdb(self.folder / "spill")

    @property
    def scale(self) -> Scale:
        """The company as the generator wants it."""
        return Scale(self.accounts, self.events)


def card() -> Compiled:
    """The card of eighteen measures."""
    file = document.read(HERE / "card.yml")
    return compile_plan(plan(scorecard.read(file), CATALOGUE, file))


def day() -> tuple[date, datetime]:
    """The measured day with its close."""
    return AS_OF, CLOSE_AT
