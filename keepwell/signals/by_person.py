"""Aggregates over product use, person by person first: one pass over the largest facts instead of one per distinct count.

What a part asks of the person is asked after that pass, so that parts over the same window share its columns.
"""

from __future__ import annotations

import re
from dataclasses import replace

from sqlglot import exp

from keepwell.signals.expression import parsed
from keepwell.words.reading import Part

DISTINCT = re.compile(r"count\(DISTINCT (.+)\)")
FOLDED = re.compile(r"(min|max|sum)\((\w+)\)")
ASKED = {"person IS NULL": "person IS NULL", "NOT person IS NULL": "person IS NOT NULL"}
USER_DAYS = "usage"
DAYS = "usage_feature_day"


def person_first(part: Part) -> Part:
    """The same aggregate in two steps, where it is over use and can be taken apart.

    >>> person_first(Part("active", "usage", "count(DISTINCT person)")).how
    'count_if(x > 0 AND person IS NOT NULL)'
    >>> person_first(Part("quiet", "usage", "min(age)")).inner
    'min(age)'
    """
    if part.facts not in {USER_DAYS, DAYS}:
        return part
    stepped = part if part.per else _stepped(part)
    return _asked_after(stepped) if stepped.per == "person" else stepped


def _stepped(part: Part) -> Part:
    if part.how == "count(DISTINCT person)":
        return replace(part, per="person", inner="count(*)", how="count_if(x > 0 AND person IS NOT NULL)")
    if (found := DISTINCT.fullmatch(part.how)) and isinstance(parsed(part.how), exp.Count):
        return replace(part, per=found[1], inner=f"count({found[1]})", how="count_if(x > 0)")
    if part.facts == DAYS:
        return part
    if part.how == "count(*)":
        return replace(part, per="person", inner=part.how, how="sum(x)")
    if found := FOLDED.fullmatch(part.how):
        return replace(part, per="person", inner=part.how, how=f"{found[1]}(x)")
    return part


def _asked_after(part: Part) -> Part:
    """A filter by person moves from the rows to the persons."""
    asked, rest = _of_person(part.where)
    folded = FOLDED.fullmatch(part.how)
    if not asked or not folded:
        return part
    return replace(part, where=rest, how=f"{folded[1]}(CASE WHEN {asked} THEN x END)")


def _of_person(where: str) -> tuple[str, str]:
    """What a filter asks of the person and what it asks besides; of a choice by OR nothing can be taken out.

    >>> _of_person("core_uses > 0 AND person IS NOT NULL")
    ('person IS NOT NULL', 'core_uses > 0')
    """
    if "person" not in where:
        return "", where
    tree = parsed(where)
    conditions = (
        [c.sql(dialect="duckdb") for c in tree.flatten(unnest=False)]
        if isinstance(tree, exp.And)
        else [tree.sql(dialect="duckdb")]
    )
    asked = [text for condition in conditions if (text := ASKED.get(condition))]
    rest = [condition for condition in conditions if condition not in ASKED]
    return (asked[0], " AND ".join(rest)) if len(asked) == 1 else ("", where)
