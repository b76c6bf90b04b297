"""Aggregates over product use, person by person first: one pass over the largest facts instead of one per distinct count."""

from __future__ import annotations

import re
from dataclasses import replace

from keepwell.words.reading import Part

DISTINCT = re.compile(r"count\(DISTINCT (.+)\)")
FOLDED = re.compile(r"(min|max|sum)\((\w+)\)")
USER_DAYS = "usage"
DAYS = "usage_feature_day"


def person_first(part: Part) -> Part:
    """The same aggregate in two steps, where it is over use and can be taken apart.

    >>> person_first(Part("active", "usage", "count(DISTINCT person)")).how
    'count_if(x > 0)'
    >>> person_first(Part("quiet", "usage", "min(age)")).inner
    'min(age)'
    """
    if part.per or part.facts not in {USER_DAYS, DAYS}:
        return part
    if found := DISTINCT.fullmatch(part.how):
        return replace(part, per=found[1], inner=f"count({found[1]})", how="count_if(x > 0)")
    if part.facts == DAYS:
        return part
    if part.how == "count(*)":
        return replace(part, per="person", inner=part.how, how="sum(x)")
    if found := FOLDED.fullmatch(part.how):
        return replace(part, per="person", inner=part.how, how=f"{found[1]}(x)")
    return part
