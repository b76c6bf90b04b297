"""What a map says of when things are known, kept with each load: a later change holds for nothing already loaded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from keepwell.sources.cast_statement import Place
from keepwell.words.fact import Column, Type

TIMESTAMP = "known_at"  # the name, among the columns, of the source's trusted load timestamp
FIX = "to let it hold for them too, remove the project's .keepwell folder and ingest again"


def told(place: Place) -> str:
    """For each mapped column, and the trusted timestamp, what decides when it is known; as JSON."""
    fact, trusted = place.fact_map, place.source.known_at
    rules = {c.name: _rule(place, c) for c in fact.of.columns if c.name in fact.columns and not c.required}
    return json.dumps({TIMESTAMP: trusted.column or "" if trusted else "", **rules}, sort_keys=True)


def _rule(place: Place, column: Column) -> str:
    fact, mapped = place.fact_map, place.fact_map.columns[column.name]
    if column.type in (Type.DAY, Type.MOMENT):
        return mapped.known
    return "constant" if mapped.constant is not None else mapped.since or fact.since or ""


def changed(place: Place, before: Iterable[str]) -> Iterator[str]:
    """A warning where the map now says otherwise than in every text of the last load."""
    now, earlier = json.loads(told(place)), [json.loads(text) for text in before]
    values = {name: {rules[name] for rules in earlier if name in rules} for name in now}
    names = [name for name, rule in now.items() if values[name] and rule not in values[name]]
    if names:
        what = f"when {', '.join(names)} of {place.fact_map.kind} is known was changed: rows already loaded stay as they were"
        yield str(place.source.problem(_place_of(place, names[0]), what, fix=FIX))


def _place_of(place: Place, name: str) -> tuple[str | int, ...]:
    return (TIMESTAMP,) if name == TIMESTAMP else place.path("columns", name)
