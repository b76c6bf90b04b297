"""The scorecard file: what a card may say, as models that check its form."""

from __future__ import annotations

import json
from decimal import Decimal
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from ruamel.yaml import YAML

from keepwell.document import Document, parse

NAME = r"^[A-Za-z][A-Za-z0-9_-]*$"
Name = Annotated[str, Field(pattern=NAME)]
Form = Literal["points", "weighted", "learned"]
Combine = Literal["mean", "sum", "min", "max", "any_poor"]
Stage = Literal["none", "measure", "dimension", "final"]
NOTED = ("approved_by", "approved_on", "replaces", "withdrawn_by", "withdrawn_on")  # by promotion and rollback
RollUp = Literal["own", "mrr_weighted", "mean", "worst", "share_healthy"]


class Part(BaseModel):
    """Every piece of a card: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _by_segment(given: Any) -> Any:
    return given if isinstance(given, dict) or given is None else {"*": given}


def _policy(given: Any) -> Any:
    if isinstance(given, str):
        return {"do": given}
    return {"do": "points", "points": given} if isinstance(given, (int, float)) else given


def _measure(given: Any) -> Any:
    if given is None:
        return {}
    return {"weight": given} if isinstance(given, (int, float)) else given


def _tiers(given: Any) -> Any:
    return [{"name": name, "from": value} for name, value in given.items()] if isinstance(given, dict) else given


def _listed(given: Any) -> Any:
    return given if isinstance(given, (list, tuple)) or given is None else [given]


def _requirement(given: Any) -> Any:
    return {"when": given} if isinstance(given, str) else given


def _indicators(given: Any) -> Any:
    return {"indicator": given} if isinstance(given, list) else given


# what is larger is a slip of the pen, and would not fit into the engine's integers
Number = Annotated[Decimal, Field(ge=-(10**15), le=10**15)]
Points = Annotated[Decimal, Field(ge=-(10**6), le=10**6)]
EdgeValue = Annotated[dict[str, Number], BeforeValidator(_by_segment)]  # one number, or one per segment


class Band(Part):
    """One interval and its points; a band without edges takes every value left over."""

    below: Number | None = None  # value < below
    up_to: Number | None = None  # value <= up_to
    at_least: Number | None = None  # value >= at_least
    above: Number | None = None  # value > above
    points: Points


class Scale(Part):
    """How a value becomes points: two edges, bands, a curve, categories, a fixed amount per unit, or a flag."""

    healthy: EdgeValue | None = None
    poor: EdgeValue | None = None
    healthy_points: Points | None = None
    poor_points: Points | None = None
    bands: list[Band] | None = None
    curve: list[tuple[Number, Points]] | None = None  # [value, points], straight lines between
    outside: Points | None = None  # points beyond the curve's ends; absent: the end's points
    categories: dict[str, Points] | None = None
    each: Points | None = None  # points per unit
    at_most: Points | None = None  # where `each` stops, in points
    is_true: str | None = Field(None, alias="when")  # a flag: points when the condition holds
    points: Points | None = None
    otherwise: Points | None = None  # flag not true, category not listed
    not_applicable: bool = False


class Case(Scale):
    """A scale for the accounts of which `if` is true; the first that fits counts."""

    test: str | None = Field(None, alias="if")


class Policy(Part):
    """What an absent or stale reading does."""

    do: Literal["redistribute", "neutral", "points", "abstain", "hold", "missing"]
    points: Points | None = None


PolicyValue = Annotated[Policy, BeforeValidator(_policy)]


class Measure(Scale):
    """One line of a card."""

    signal: str | None = None  # absent: the measure's own name
    weight: Number | None = Field(None, ge=0)
    title: str | None = None
    sentence: str | None = None
    next_step: str | None = None
    cases: list[Case] | None = None
    missing: PolicyValue | None = None
    stale: PolicyValue | None = None


class Dimension(Part):
    """A group of measures and dimensions."""

    title: str | None = None
    weight: Number | None = Field(None, ge=0)  # absent: the sum of its members' weights
    combine: Combine | None = None
    measures: dict[Name, Annotated[Measure, BeforeValidator(_measure)]] = {}
    dimensions: dict[Name, Dimension] = {}
    clamp: tuple[Points, Points] | None = None
    levels: Levels | None = None


class Levels(Part):
    """`any_poor`: what counts as good and poor among the members, and the points of each result."""

    good_from: Points | None = None
    poor_to: Points | None = None
    good: Points | None = None
    average: Points | None = None
    poor: Points | None = None


class Requirement(Part):
    """A condition a tier asks for; unknown is not unmet unless the card says so."""

    when: str
    unknown: Literal["met", "unmet"] = "met"
    reason: str | None = None


class Tier(Part):
    """A named score range, from its border up."""

    name: str
    start: Points = Field(alias="from")
    requires: list[Annotated[Requirement, BeforeValidator(_requirement)]] = []


class Guard(Part):
    """A cap, floor, forced tier or review on top of the sum."""

    name: Name
    when: str
    cap: Decimal | str | None = None  # points, or the name of the best tier allowed
    floor: Decimal | str | None = None  # points, or the name of the worst tier allowed
    tier: str | None = None
    review: str | None = None
    reason: str | None = None
    next_step: str | None = None


class Bonus(Part):
    """Points on top of the sum, before the clamp."""

    name: Name
    when: str
    points: Points
    reason: str | None = None


class Segment(Part):
    """Accounts that are scored with other weights, scales or tiers; the first match counts."""

    name: str
    when: str
    weights: dict[str, Number] = {}
    measures: dict[str, Scale] = {}
    tiers: Annotated[list[Tier], BeforeValidator(_tiers)] | None = None


class Input(Part):
    """A signal of the card's own, for data the catalogue does not know."""

    unit: str = "count"
    decimals: int = Field(0, ge=0, le=6)  # of the shown number that are kept
    better: Literal["higher", "lower", "middle", "kind"] = "higher"
    title: str
    sentence: str = ""
    next_step: str = ""
    family: str = ""
    system: str = "other"
    categories: list[str] = []


class Scorecard(Part):
    """A whole card as its file says it; `keepwell.scoring.check` gives it meaning."""

    scorecard: Name
    version: int = 1
    title: str = ""
    predicts: str | None = None
    horizon_days: int | None = None
    decision: str | None = None
    owner: str | None = None
    approved_by: str | None = None
    approved_on: str | None = None
    replaces: str | None = None  # the project's headline card before this one, or the file where it is kept
    withdrawn_by: str | None = None
    withdrawn_on: str | None = None
    source: str | None = None
    notes: str | None = None
    trained: dict[str, str | int | float] = {}
    form: Form
    applies: str | None = None
    strict: bool = False
    scale: Points = Decimal(100)
    combine: Combine | None = None
    levels: Levels | None = None
    baseline: Points | None = None
    clamp: tuple[Points, Points] | None = None
    rounding: Annotated[list[Stage], BeforeValidator(_listed)] = []
    digits: int = Field(0, ge=0, le=2)
    min_coverage: Decimal = Field(Decimal(0), ge=0, le=100)
    missing: PolicyValue = Policy(do="redistribute")
    stale: PolicyValue = Policy(do="hold")
    neutral: Points | None = None
    inputs: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Input] = {}
    dimensions: dict[Name, Dimension] = {}
    measures: dict[Name, Annotated[Measure, BeforeValidator(_measure)]] = {}
    bonuses: list[Bonus] = []
    guards: list[Guard] = []
    segments: list[Segment] = []
    tiers: Annotated[list[Tier], BeforeValidator(_tiers)] = []
    roll_up: RollUp = "own"
    indicators: Annotated[dict[str, list[str]], BeforeValidator(_indicators)] = {}
    count_apart: list[str] = []  # families counted more than once on purpose


Dimension.model_rebuild()
SAID_NULL = {(Scorecard, "clamp")}  # null says something else there than silence


def read(document: Document) -> Scorecard:
    """The card in a parsed file; KeepwellError names every line that does not fit the language."""
    return document.check(Scorecard)


def loads(text: str, file: Path = Path("<scorecard>")) -> Scorecard:
    """The card in a YAML text."""
    return read(parse(text, file))


def dumps(card: Scorecard) -> str:
    """The card as YAML: `loads(dumps(card)) == card`."""
    stream = StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 120
    yaml.dump(_shown(card), stream)
    return stream.getvalue()


def canonical(card: Scorecard) -> str:
    """One line of JSON that is equal for equal cards, whatever their layout: the text behind a recipe hash."""
    return json.dumps(_shown(card), ensure_ascii=False, separators=(",", ":"), sort_keys=False)


def fingerprint(card: Scorecard) -> str:
    """What makes a card itself, wherever it lies: its hash without what promotion and rollback note in it."""
    return sha256(canonical(card.model_copy(update=dict.fromkeys(NOTED))).encode()).hexdigest()


def schema() -> dict[str, Any]:
    """The JSON Schema of a card, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Scorecard.model_json_schema(by_alias=True)}


def _shown(part: Any) -> Any:
    """Plain data in the file's own words, without defaults; the order of measures is part of a card."""
    if isinstance(part, BaseModel):
        fields = type(part).model_fields
        given = {
            (f.alias or name): _shown(getattr(part, name))
            for name, f in fields.items()
            if name in part.model_fields_set and (getattr(part, name) is not None or (type(part), name) in SAID_NULL)
        }
        return given.get("do") if set(given) == {"do"} else given
    if isinstance(part, dict):
        return {key: _shown(value) for key, value in part.items()}
    if isinstance(part, (list, tuple)):
        return [_shown(value) for value in part]
    if isinstance(part, Decimal):
        return int(part) if part == part.to_integral_value() else float(part)
    return part
