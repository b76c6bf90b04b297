"""The way to the next tier: the guards that must clear, then what each measure would add if it were healthy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keepwell.scoring import band, sentence
from keepwell.scoring.condition import Compare, names
from keepwell.scoring.evidence import View
from keepwell.scoring.plan import GuardPlan, Leaf, TierPlan
from keepwell.scoring.shape import Absent, Shape, best_value
from keepwell.scoring.truth import FRESH, STALE
from keepwell.words.reading import Clock
from keepwell.words.score import TierStep


def way_up(view: View, gains: Mapping[str, int]) -> tuple[str | None, tuple[TierStep, ...]]:
    """The next tier, what holds the account below it, and the measures that at their healthy edge would lead there.

    Guards and unmet requirements come first, then measures, largest gain first. `gains` are
    milli-points by measure, each brought to its best alone, before guards. Measures without a
    reading are no way up: knowing more is not doing better.
    """
    tiers = view.tiers()
    place = next((n for n, tier in enumerate(tiers) if tier.name == view.scored["tier"]), 0)
    if not view.is_scored or not place:
        return None, ()
    wanted = tiers[place - 1]
    leaves = {leaf.name: leaf for leaf in view.plan.leaves()}
    steps = list(_held(view, wanted))
    left = wanted.start - view.unguarded
    for name, gain in sorted(gains.items(), key=lambda item: -item[1]):
        leaf = leaves[name]
        if gain > 0 and left > 0 and view.status(leaf) in (FRESH, STALE) and _can_be_moved(leaf):
            steps.append(TierStep(leaf.signal.name if leaf.signal else name, gain, goal(leaf, view)))
            left -= gain
    return wanted.name, tuple(steps)


def _can_be_moved(leaf: Leaf) -> bool:
    """Whether anybody can do better: not of a date that comes by itself, nor of what is neither good nor bad, as revenue."""
    it = leaf.signal
    plain = it is not None and not it.counted and it.bands is None and not it.categories
    return it is None or (it.clock is not Clock.CALENDAR and not plain)


def _held(view: View, wanted: TierPlan) -> Iterator[TierStep]:
    """The guards that keep the account below a tier, and what the tier requires and is not met."""
    for row in view.compiled.rows:
        points = view.points(row)
        if points is None:
            continue
        if row.guard is not None and _blocks(row.guard, view, wanted):
            text = f"first clear the guard {row.guard.name} ({_hold(row.guard)}), which holds while {row.guard.text}"
            yield TierStep(row.guard.name, max(-points, 0), text)
        elif row.need is not None and row.name == wanted.name:
            yield TierStep(names(row.need.condition)[0], 0, f"first meet what {row.name} requires: {row.need.text}")


def _blocks(guard: GuardPlan, view: View, wanted: TierPlan) -> bool:
    """Whether a guard that fired leaves the tier out of reach, whatever the measures give."""
    order = [tier.name for tier in view.tiers()]
    forced = guard.tier in order and order.index(guard.tier or "") > order.index(wanted.name)
    return forced or (guard.cap is not None and guard.cap < wanted.start)


def _hold(guard: GuardPlan) -> str:
    if guard.tier is not None:
        return f"tier {guard.tier}"
    return f"not above {sentence.points(guard.cap or 0)}"


def goal(leaf: Leaf, view: View) -> str:
    """What "healthy" means for a measure: "licence use to 65 %"."""
    title = sentence.within(leaf.title)
    shape = _shape(leaf, view)
    edge = best_value(shape) if shape is not None else None
    if view.plan.card.form == "learned" and (row := band.best(leaf, view.segment, view.plan.signals)) is not None:
        return row
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
