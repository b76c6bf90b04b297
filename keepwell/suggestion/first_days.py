"""The first days of a customer: from which score sales may hand over, and what warns early afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from keepwell.scoring.plan import Plan
from keepwell.suggestion import packaged
from keepwell.words.reading import Signal
from keepwell.words.report import Inventory
from keepwell.words.suggestion import EarlyWarning, HandoffGate

WARNINGS = 3
DAYS = 90  # after handoff, counted from the contract's start
WARNS_AT = {"early_drop": "early_drop <= -30"}  # percent; a fall that no holiday explains


def early_warnings(stock: Inventory, signals: Mapping[str, Signal]) -> tuple[EarlyWarning, ...]:
    """The onboarding card's three indicators; for one that no source can tell, its next measure that one can."""
    made = packaged.planned(packaged.ONBOARDING, signals)
    indicators = [name for _, name in made.indicators]
    readable = _readable(stock)
    ranked = sorted(packaged.shares(made).items(), key=lambda one: -one[1])
    wanted = [*indicators, *(name for name, _ in ranked)]
    able = [name for name in wanted if name in readable][:WARNINGS]
    unable = [name for name in indicators if name not in able][: WARNINGS - len(able)]
    return tuple(_warning(signals[name], stock, readable=name in able) for name in [*able, *unable])


def _warning(signal: Signal, stock: Inventory, *, readable: bool) -> EarlyWarning:
    window = signal.window_note[:1].lower() + signal.window_note[1:]
    when = f"age_days <= {DAYS} and {_bad(signal)}"
    if readable:
        return EarlyWarning(signal.name, signal.title, when, readable, f"{window}. {signal.next_step}")
    [row] = [row for row in stock.rows if row.signal == signal.name]
    gap = next(iter(row.gaps), f"no {row.system} source")
    return EarlyWarning(signal.name, signal.title, when, readable, f"waits for data, {gap}; then: {window}")


def _bad(signal: Signal) -> str:
    """When a reading is a warning: the catalogue's poor edge, the worst of its words, or a border of its own."""
    if signal.bands:
        return f"{signal.name} is poor"
    return WARNS_AT.get(signal.name) or f"{signal.name} = '{signal.categories[-1]}'"


def reviews(given: Iterable[EarlyWarning], signals: Mapping[str, Signal]) -> list[dict[str, Any]]:
    """Guards that ask the owner, of the warnings that can be read; they take no points."""
    return [
        {
            "name": f"first_days_{one.signal}",
            "when": one.when,
            "review": "owner",
            "reason": f"{one.title} in the first {DAYS} days",
            "next_step": signals[one.signal].next_step,
        }
        for one in given
        if one.readable
    ]


def handoff_gate(stock: Inventory, signals: Mapping[str, Signal]) -> HandoffGate:
    """The handoff card's gate, and what the sources there are can reach of it: what nobody wrote down counts 0."""
    made = packaged.planned(packaged.HANDOFF, signals)
    threshold, readable = made.tiers[-1][0].start / 1000, _readable(stock)
    shares = packaged.shares(made)
    reachable = round(sum(share for name, share in shares.items() if name in readable or _excused(made, name)), 1)
    lacking = sorted((name for name in shares if name not in readable), key=lambda name: -shares[name])
    told = f"{len(shares) - len(lacking)} of its {len(shares)} questions can be read here"
    after = f"of its 100 points {threshold:g} must be there, and what nobody wrote down counts 0"
    if lacking:
        named = ", ".join(signals[name].title.lower() for name in lacking)
        reach = "enough" if reachable >= threshold else "out of reach until more is recorded"
        told += f", which reaches {reachable:g}: {reach}; nobody records {named}"
    return HandoffGate(packaged.HANDOFF, threshold, reachable, f"{after}; {told}")


def _excused(made: Plan, name: str) -> bool:
    """Whether a missing answer costs nothing."""
    return any(leaf.name == name and leaf.missing.do == "redistribute" for leaf in made.leaves())


def _readable(stock: Inventory) -> set[str]:
    return {row.signal for row in stock.rows if row.source is not None}
