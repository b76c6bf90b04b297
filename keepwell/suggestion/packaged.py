"""The packaged cards as models to take measures, borders and guards from: what a default card says is said once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from keepwell import document
from keepwell.project import packaged_scorecards
from keepwell.scoring import scorecard
from keepwell.scoring.plan import Plan
from keepwell.scoring.planner import plan
from keepwell.scoring.scorecard import Scorecard
from keepwell.words.reading import Signal

DEFAULT = "default-ten"
WEIGHTED = "weighted-40-30-20-10"
THREE_TIERS = "points-model"
ONBOARDING = "onboarding"
HANDOFF = "handoff-readiness"


@lru_cache
def card(name: str) -> Scorecard:
    """A packaged card."""
    return scorecard.read(document.read(packaged_scorecards()[name]))


def planned(name: str, signals: Mapping[str, Signal]) -> Plan:
    """A packaged card, resolved against signals."""
    return plan(card(name), signals)


def shares(made: Plan) -> dict[str, float]:
    """Signal → its share of a card, in percent."""
    given = made.shares()[-1]
    found: dict[str, float] = {}
    for leaf, share in zip(made.leaves(), given, strict=True):
        if leaf.signal is not None and leaf.counted:
            found[leaf.signal.name] = found.get(leaf.signal.name, 0.0) + 100 * share / sum(given)
    return found


def importance(made: Plan) -> dict[str, float]:
    """Signal → what it would weigh in a card, in percent: where the worst of several counts, each may be that one."""
    found = shares(made)
    for node in made.root.nodes():
        names = [leaf.signal.name for leaf in node.leaves() if leaf.signal is not None and leaf.counted]
        if node.combine == "min":
            found |= dict.fromkeys(names, sum(found[name] for name in dict.fromkeys(names)))
    return found


def words(part: scorecard.Part) -> dict[str, Any]:
    """A piece of a card as its file says it."""
    return part.model_dump(by_alias=True, exclude_unset=True)


def families_apart(counted: list[set[str]]) -> list[str]:
    """Families that several measures of a card count; each entry is the families of one thing that counts."""
    every = [family for families in counted for family in families]
    return sorted({family for family in every if every.count(family) > 1})
