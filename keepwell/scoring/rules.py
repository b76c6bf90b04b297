"""What a whole card must keep to: weights that add up, few measures, families counted once."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from keepwell.scoring.plan import Leaf, Node, Plan
from keepwell.scoring.report import Path, Report
from keepwell.scoring.scorecard import Dimension

FEW = 12  # counted measures; more explain less, so `check` warns
MANY = 20  # a strict card refuses more
DECIDED = ("min", "max", "any_poor")  # one member of such a dimension counts


def check_rules(plan: Plan, report: Report) -> None:
    """Add problems and notes about the card as a whole."""
    _weights(plan, report)
    _count(plan, report)
    _families(plan, report)
    _signs(plan, report)


def _weights(plan: Plan, report: Report) -> None:
    if plan.card.form != "weighted":
        return
    card = plan.card
    words = Dimension.model_construct(measures=card.measures, dimensions=card.dimensions, combine=card.combine)
    for segment in [None, *range(len(card.segments))]:
        over = {} if segment is None else {n: Fraction(w) for n, w in card.segments[segment].weights.items()}
        if segment is None or over:
            where: Path = () if segment is None else ("segments", segment, "weights")
            _weights_of(words, over, where, report, card.strict)


def _weights_of(words: Dimension, over: dict[str, Fraction], at: Path, report: Report, strict: bool) -> None:
    if words.combine in (None, "mean"):
        total = sum(
            [over.get(n, _weight(d)) for n, d in words.dimensions.items()]
            + [over.get(n, Fraction(m.weight if m.weight is not None else 1)) for n, m in words.measures.items()],
            Fraction(0),
        )
        own = Fraction(words.weight) if words.weight is not None else None
        alike = not words.dimensions and all(m.weight is None for m in words.measures.values())
        if strict and total not in (100, own) and not alike:
            wanted = "100" if own is None else f"100, or {_shown(own)}, the weight of the dimension"
            report.add(at, f"the weights add up to {_shown(total)}", wanted, "change them, or drop 'strict'")
        elif total != 100 and not at:
            report.notes.append(f"the weights add up to {_shown(total)}; they are read as shares of that")
    for name, inner in words.dimensions.items():
        place = at if at and at[0] == "segments" else (*at, "dimensions", name)
        if inner.weight is not None:
            _weights_of(inner, over, place, report, strict)


def _weight(words: Dimension) -> Fraction:
    if words.weight is not None:
        return Fraction(words.weight)
    own = [Fraction(m.weight if m.weight is not None else 1) for m in words.measures.values()]
    return sum([*own, *(_weight(d) for d in words.dimensions.values())], Fraction(0))


def _count(plan: Plan, report: Report) -> None:
    counted = len(list(_counted(plan.root)))
    if counted > MANY and plan.card.strict:
        report.add((), f"{counted} counted measures", f"at most {MANY} in a strict card")
    elif counted > FEW:
        report.notes.append(f"{counted} counted measures; above {FEW} a person can no longer tell why a score moved")


def _counted(node: Node) -> Iterator[tuple[str, ...]]:
    """The families of each thing that counts: a measure, or a dimension of which one member decides."""
    if node.combine in DECIDED:
        families = tuple(dict.fromkeys(f for leaf in node.leaves() if leaf.counted and (f := _family(leaf))))
        yield families
        return
    for child in node.children:
        if isinstance(child, Node):
            yield from _counted(child)
        elif child.counted:
            yield (_family(child),) if _family(child) else ()


def _family(leaf: Leaf) -> str:
    return leaf.signal.family if leaf.signal is not None else ""


def _families(plan: Plan, report: Report) -> None:
    seen: set[str] = set()
    for families in _counted(plan.root):
        for family in families:
            if family in seen and family not in plan.card.count_apart:
                names = [leaf.name for leaf in plan.leaves() if leaf.counted and _family(leaf) == family]
                what = f"the family '{family}' counts more than once: {', '.join(names)}"
                fix = f"put them under a dimension with 'combine: min', or write 'count_apart: [{family}]'"
                if plan.card.strict:
                    report.add((), what, "one measure per family, or the worst of them", fix)
                else:
                    report.notes.append(f"{what}; {fix}")
            seen.add(family)


def _signs(plan: Plan, report: Report) -> None:
    if plan.card.form != "weighted":
        return
    for leaf in plan.leaves():
        if leaf.counted and min(leaf.extremes(s)[0] for s in range(len(leaf.shapes))) < 0:
            report.add(
                (*_place(leaf), leaf.name), f"'{leaf.name}' gives points below 0", "0 or more in a weighted card"
            )


def _place(leaf: Leaf) -> Path:
    path: Path = ()
    for name in leaf.path:
        path = (*path, "dimensions", name)
    return (*path, "measures")


def _shown(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"
