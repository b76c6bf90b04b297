"""SQL phrases that several signals share."""

from __future__ import annotations

from keepwell.words.reading import Band

PRODUCT = "a_has_product"  # usage means nothing for a services client
EVERYONE = "*"
OPEN_MILESTONE = "achieved_day IS NULL"
SUCCESS_PLAN = "coalesce(plan, 'success') = 'success'"
PROBLEM = "coalesce(type, 'problem') = 'problem' AND bot IS NOT TRUE"
SERIOUS = "severity IN ('critical', 'high')"
MEETING = "type IN ('meeting', 'qbr')"
VALID_INVOICE = "void_day IS NULL"
RECURRING = "one_off IS NOT TRUE AND trial IS NOT TRUE"


def newest(column: str) -> str:
    """The column's value in the newest fact, ties by source and key; NULLs are passed over."""
    return _extreme("arg_max", column, "day")


def oldest(column: str, by: str = "day") -> str:
    """The column's value in the oldest fact by `by`, ties by source and key."""
    return _extreme("arg_min", column, by)


def _extreme(aggregate: str, column: str, by: str) -> str:
    order = "{'day': " + by + ", 'source': source, 'id': external_id}"
    return f"{aggregate}({column}, {order})"


def within(column: str, days: int) -> str:
    """`column`, a DAY, lies in the last `days` days up to the day the source is read."""
    return f"date_diff('day', {column}, read_day) BETWEEN 0 AND {days - 1}"


ROLE = "lower(replace(role, '_', ' '))"


def has_role(*roles: str) -> str:
    """The fact's person has one of the roles, whichever way the source spells them."""
    names = ", ".join(f"'{role}'" for role in roles)
    return f"{ROLE} IN ({names})"


CHAMPION = has_role("champion")
EXECUTIVE = has_role("decision maker", "sponsor", "executive")


# silence without any event counts from the contract's start (SEMANTICS, rule 8); unknown start: unknown
SINCE_START = "CASE WHEN a_start_day > read_day THEN 0 ELSE date_diff('day', a_start_day, read_day) END"
# its date: one that stands still, so that a day more without any event is silence (rule 14)
START_DAY = "CASE WHEN a_start_day <= read_day THEN a_start_day ELSE read_day END"


def by_size(small: Band | None, middle: Band | None, large: Band | None) -> dict[str, Band | None]:
    """Default bands for the segments S, M and E; None: not applicable there."""
    return {"S": small, "M": middle, "E": large}


def for_all(healthy: float, poor: float) -> dict[str, Band | None]:
    """One default band for every segment."""
    return {EVERYONE: Band(healthy, poor)}
