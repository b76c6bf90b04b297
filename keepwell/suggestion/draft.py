"""The draft: chosen signals as a scorecard with green, yellow and red, in the words of the packaged cards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from keepwell.scoring import meaning, scorecard
from keepwell.scoring.plan import Plan
from keepwell.scoring.planner import plan
from keepwell.scoring.scorecard import Scorecard
from keepwell.suggestion import packaged
from keepwell.suggestion.choice import Candidate, weights
from keepwell.suggestion.first_days import reviews
from keepwell.words.reading import Signal
from keepwell.words.report import Inventory
from keepwell.words.suggestion import EarlyWarning, SuggestedSignal, TierMeaning

COLOURS = ("green", "yellow", "red")
HEADER = ("predicts", "horizon_days", "decision", "owner", "applies", "min_coverage")
HEALTHY, POOR = 100, 20  # points at the two edges of a signal


def card_of(
    name: str,
    found: Sequence[Candidate],
    early: Sequence[EarlyWarning],
    stock: Inventory,
    signals: Mapping[str, Signal],
) -> Scorecard:
    """A strict weighted card of the chosen signals; `early` are shown beside the score and ask for a review."""
    shown = [one.signal for one in early if one.readable]
    model = packaged.card(packaged.DEFAULT)
    header = {key: value for key, value in packaged.words(model).items() if key in HEADER}
    return Scorecard.model_validate(
        {
            "scorecard": name,
            "title": "Customer health",
            **header,
            "form": "weighted",
            "strict": True,
            "tiers": dict(zip(COLOURS, _borders(), strict=True)),
            "dimensions": _dimensions(found, model),
            "guards": [*map(packaged.words, _guards(stock, signals)), *reviews(early, signals)],
            **({"indicators": {"risk": shown}} if shown else {}),
        }
    )


def _borders() -> list[int]:
    """Of the packaged card that has three tiers."""
    return [int(tier.start) for tier in packaged.card(packaged.THREE_TIERS).tiers]


def _dimensions(found: Sequence[Candidate], model: Scorecard) -> dict[str, Any]:
    """By dimension the measures with their weights; of one family the worst counts."""
    given, made = weights(found), {}
    for dimension in dict.fromkeys(one.dimension for one in found):
        inside = [one for one in found if one.dimension == dimension]
        part: dict[str, Any] = {"title": _titles(model).get(dimension, dimension.capitalize())}
        for family in dict.fromkeys(one.signal.family for one in inside):
            names = [one.signal.name for one in inside if one.signal.family == family]
            measures = {name: _scaling(model, name) for name in names}
            if len(names) == 1:
                part.setdefault("measures", {})[names[0]] = {"weight": given[family], **measures[names[0]]}
            else:
                worst = {"weight": given[family], "combine": "min", "measures": measures}
                part.setdefault("dimensions", {})[f"{family.replace(' ', '_')}_family"] = worst
        made[dimension] = part
    return made


def _titles(model: Scorecard) -> dict[str, str]:
    return {name: words.title for name, words in model.dimensions.items() if words.title}


def _scaling(model: Scorecard, name: str) -> dict[str, Any]:
    """How the default card scales a signal, where it says more than the catalogue."""
    measures = [dimension.measures[name] for dimension in model.dimensions.values() if name in dimension.measures]
    return {key: value for one in measures for key, value in packaged.words(one).items() if key != "weight"}


def _guards(stock: Inventory, signals: Mapping[str, Signal]) -> Iterable[scorecard.Guard]:
    """The default card's guards whose signals a source has."""
    readable = {row.signal for row in stock.rows if row.source is not None}
    model = packaged.card(packaged.DEFAULT)
    made = packaged.planned(packaged.DEFAULT, signals)
    for words, guard in zip(model.guards, made.guards, strict=True):
        if set(meaning.signals_in(guard.condition, made.signals)) <= readable:
            yield words


def tiers_of(made: Plan) -> tuple[TierMeaning, ...]:
    """What each tier of a weighted card means on the way from every signal's healthy edge to its poor one."""
    found, above = [], None
    for tier in made.tiers[-1]:
        border = tier.start / 1000
        span = f"from {border:g}" + (f" to under {above:g}" if above is not None else " on")
        way = f"on average at most {_way(border)} % of the way from the healthy to the poor edge" if border > 0 else ""
        caps = [g.name for g in made.guards if g.cap is not None and _holds(g.cap, border, above)]
        held = f"not above it with {', '.join(caps)}" if caps else ""
        definition = "; ".join(part for part in (span, way, held) if part)
        found.append(TierMeaning(tier.name, border, definition))
        above = border
    return tuple(found)


def _holds(cap: int, border: float, above: float | None) -> bool:
    return border <= cap / 1000 < (above if above is not None else float("inf"))


def _way(border: float) -> str:
    return f"{100 * (HEALTHY - border) / (HEALTHY - POOR):.0f}"


def checked(card: Scorecard, signals: Mapping[str, Signal]) -> Plan:
    """The card as it will be computed; KeepwellError where it does not hold together."""
    return plan(card, signals)


def measured(made: Plan, reasons: Mapping[str, str], known: Mapping[str, Candidate]) -> tuple[SuggestedSignal, ...]:
    """The card's measures with their shares, in file order."""
    shares = packaged.shares(made)
    return tuple(
        SuggestedSignal(
            signal=leaf.signal.name,
            title=leaf.title,
            dimension=leaf.path[0] if leaf.path else leaf.name,
            weight=round(shares[leaf.signal.name], 1),
            coverage_ppm=one.row.coverage_ppm if (one := known.get(leaf.signal.name)) else None,
            auc=one.alone.auc if one and one.alone else None,
            reason=reasons[leaf.signal.name],
        )
        for leaf in made.leaves()
        if leaf.signal is not None and leaf.counted
    )
