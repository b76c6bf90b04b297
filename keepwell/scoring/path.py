"""The way to the next tier: what each measure would add if it were healthy."""

from __future__ import annotations

from collections.abc import Mapping

from keepwell.scoring import sentence
from keepwell.scoring.condition import Compare
from keepwell.scoring.evidence import View
from keepwell.scoring.plan import Leaf
from keepwell.scoring.shape import Absent, Shape, best_value
from keepwell.scoring.truth import FRESH, STALE
from keepwell.words.score import TierStep


def way_up(view: View, gains: Mapping[str, int]) -> tuple[str | None, tuple[TierStep, ...]]:
    """The next tier, and the measures that at their healthy edge would lead there, largest gain first.

    `gains` are milli-points by measure, each brought to its best alone. Measures without a
    reading are no way up: knowing more is not doing better.
    """
    score = view.scored["score_milli"]
    above = [tier for tier in view.tiers() if score is not None and tier.start > score]
    if not above:
        return None, ()
    leaves = {leaf.name: leaf for leaf in view.plan.leaves()}
    steps: list[TierStep] = []
    left = above[-1].start - score
    for name, gain in sorted(gains.items(), key=lambda item: -item[1]):
        leaf = leaves[name]
        if gain > 0 and left > 0 and view.status(leaf) in (FRESH, STALE):
            steps.append(TierStep(leaf.signal.name if leaf.signal else name, gain, goal(leaf, view)))
            left -= gain
    return above[-1].name, tuple(steps)


def goal(leaf: Leaf, view: View) -> str:
    """What "healthy" means for a measure: "licence use to 65 %"."""
    title = leaf.title[:1].lower() + leaf.title[1:]
    shape = _shape(leaf, view)
    edge = best_value(shape) if shape is not None else None
    if leaf.signal is None or edge is None:
        return title
    unit = sentence.unit_name(leaf.signal)
    healthy = sentence.shown(leaf.signal, round(edge)) or ""
    healthy = f"−{healthy[1:]}" if healthy.startswith("-") else healthy
    return f"{title} to {healthy}{' ' + unit if unit else ''}"


def _shape(leaf: Leaf, view: View) -> Shape | None:
    """The shape that scores this account, as far as its segment alone tells."""
    segment = view.readings.get("a_segment")
    for case in leaf.shapes[view.segment]:
        match case.test:
            case Compare("segment", "=", wanted, _) if wanted != segment:
                continue
            case None | Compare("segment", "=", _, _):
                return None if isinstance(case.shape, Absent) else case.shape
            case _:
                return None
    return None
