"""What a large lake holds besides product use, as SQL over the accounts: one entry per fact kind.

Expressions see the account (`a, size, seats, start_day, trend`), the row's number `j`, the
last day `until`, the day that dates the row (`day`), and `then_day`: NULL in the first version
of a row, in a second one the day on which the rest of it came to be known.
"""

from __future__ import annotations

from dataclasses import dataclass, field

FEATURES = (
    "reports", "dashboards", "exports", "sharing", "alerts", "scheduling", "segments", "api", "forecasts", "audit"
)  # fmt: skip

COMMON_VALUES = {
    "external_id": "a || '-' || j",
    "system": "'account'",
    "ref": "'A' || a",
    "happened_at": "CAST(day AS TIMESTAMP)",
    "happened_day": "day",
    "known_at": "CAST(coalesce(then_day, day) AS TIMESTAMP) + INTERVAL 1 HOUR",
    "known_basis": "'recorded'",
    "deleted": "false",
    "content": "a || '-' || j",
    "seq": "a * 1000 + j",
    "batch": "1",
}


@dataclass(frozen=True)
class ScaleFact:
    """`each` rows an account, dated `day`; `later`: the day of a second version of the row."""

    kind: str
    source: str
    each: int
    day: str
    columns: dict[str, str] = field(default_factory=dict)
    later: str = ""
    where: str = "true"


AGO = "CAST(until - CAST(dice(a * 100 + j, {salt}, {span}) AS INTEGER) AS DATE)"


def _ago(salt: int, span: int) -> str:
    """A day within the last `span` days."""
    return AGO.format(salt=salt, span=span)


def _after(salt: int, least: int, span: int) -> str:
    """A day `least` to `least + span` days after the row's day."""
    return f"day + CAST({least} + dice(a * 100 + j, {salt}, {span}) AS INTEGER)"


def _moment(day: str, salt: int) -> str:
    return f"CAST({day} AS TIMESTAMP) + to_seconds(25200 + dice(a * 100 + j, {salt}, 32400))"


PERSON = "'p' || a || '-' || dice(a * 100 + j, 40, 5)"
ROLE = "['champion', 'decision maker', 'sponsor', 'billing', 'user'][1 + dice(a * 100 + j, 40, 5)]"

FACTS = (
    ScaleFact(
        "account", "crm", 1, "start_day",
        {
            "external_id": "'A' || a",
            "name": "'Account ' || a",
            "segment": "size",
            "owner": "'csm' || a % 97",
            "seller": "'seller' || a % 41",
            "currency": "'EUR'",
            "created_day": "day",
            "lifecycle": "'customer'",
        },
    ),
    ScaleFact(
        "identity", "crm", 1, "start_day",
        {"external_id": "'w' || a", "system": "'workspace'", "ref": "'w' || a", "account": "'A' || a"},
    ),
    ScaleFact(
        "contact", "crm", 5, "start_day",
        {
            "person": "'p' || a || '-' || j",
            "role": "['champion', 'decision maker', 'sponsor', 'billing', 'user'][1 + j]",
            "primary_contact": "j = 0",
            "joined_day": "day",
            "left_day": "then_day",
        },
        later="CASE WHEN dice(a * 100 + j, 20, 100) < 12 THEN " + _ago(21, 400) + " END",
    ),
    ScaleFact(
        "subscription", "billing", 2, "start_day",
        {
            "external_id": "'S' || a || '-' || j",
            "valid_at": "CAST(coalesce(then_day, day) AS TIMESTAMP)",
            "product": "CASE WHEN j = 0 THEN 'platform' ELSE 'forecast' END",
            "plan": "CASE size WHEN 'E' THEN 'enterprise' WHEN 'M' THEN 'pro' ELSE 'basic' END",
            "seats": "CASE WHEN j = 0 THEN seats + CASE WHEN then_day IS NULL THEN 0 ELSE seats * trend // 200 END END",
            "mrr": "seats * (CASE WHEN j = 0 THEN 7000 ELSE 1200 END)"
            " * (200 + CASE WHEN then_day IS NULL THEN 0 ELSE trend END) // 200",
            "currency": "'EUR'",
            "start_day": "day",
            "end_day": "until + CAST(dice(a, 22, 365) AS INTEGER)",
            "notice_day": "until + CAST(dice(a, 22, 365) AS INTEGER) - 30",
            "auto_renew": "true",
        },
        later="CASE WHEN dice(a * 100 + j, 23, 100) < 30 THEN " + _ago(24, 150) + " END",
        where="j = 0 OR dice(a, 25, 100) < 30",
    ),
    ScaleFact(
        "invoice", "billing", 13, "CAST(until - 30 * j - CAST(dice(a, 26, 28) AS INTEGER) AS DATE)",
        {
            "number": "'R' || a || '-' || j",
            "issued_day": "day",
            "due_day": "day + 30",
            "paid_day": "then_day",
            "amount": "seats * 7000",
            "currency": "'EUR'",
        },
        later=_after(27, 4, 45),
    ),
    ScaleFact(
        "payment", "billing", 13, "CAST(until - 30 * j - CAST(dice(a, 26, 28) AS INTEGER) + 2 AS DATE)",
        {
            "invoice": "a || '-' || j",
            "attempted_day": "day",
            "succeeded": "dice(a * 100 + j, 28, 100) < 96",
            "method": "'card'",
        },
        where="size = 'S'",
    ),
    ScaleFact(
        "ticket", "helpdesk", 24, _ago(29, 365),
        {
            "opened_at": _moment("day", 30),
            "happened_at": _moment("day", 30),
            "known_at": "CASE WHEN then_day IS NULL THEN " + _moment("day", 30) + " ELSE "
            "CAST(then_day AS TIMESTAMP) + INTERVAL 20 HOUR END",
            "severity": "['critical', 'high', 'high', 'medium', 'medium', 'medium', 'medium', 'low', 'low', 'low']"
            "[1 + dice(a * 100 + j, 31, 10)]",
            "type": "['problem', 'problem', 'problem', 'question', 'wish'][1 + dice(a * 100 + j, 32, 5)]",
            "resolved_at": "CAST(then_day AS TIMESTAMP) + INTERVAL 20 HOUR",
            "target_seconds": "172800",
            "bot": "false",
        },
        later=_after(33, 0, 9),
        where="j < CASE size WHEN 'E' THEN 24 WHEN 'M' THEN 12 ELSE 5 END",
    ),
    ScaleFact(
        "interaction", "meetings", 80, _ago(34, 365),
        {
            "occurred_at": _moment("day", 35),
            "happened_at": _moment("day", 35),
            "known_at": "CASE WHEN then_day IS NULL THEN " + _moment("day", 35) + " ELSE "
            "CAST(then_day AS TIMESTAMP) + INTERVAL 20 HOUR END",
            "type": "CASE WHEN j % 4 = 0 THEN 'meeting' WHEN j % 20 = 1 THEN 'qbr' ELSE 'email' END",
            "direction": "CASE WHEN j % 3 = 0 THEN 'inbound' ELSE 'outbound' END",
            "person": PERSON,
            "role": ROLE,
            "thread": "a || '-' || j",
            "attended": "CASE WHEN j % 4 = 0 OR j % 20 = 1 THEN dice(a * 100 + j, 36, 100) < 75 END",
            "automatic": "false",
            "answered_at": "CAST(then_day AS TIMESTAMP) + INTERVAL 20 HOUR",
        },
        later="CASE WHEN j % 3 <> 0 AND j % 4 <> 0 THEN " + _after(37, 0, 4) + " END",
        where="j < CASE size WHEN 'E' THEN 80 WHEN 'M' THEN 40 ELSE 12 END",
    ),
    ScaleFact(
        "survey", "surveys", 4, _ago(38, 365),
        {
            "answered_at": "CAST(day AS TIMESTAMP) + INTERVAL 10 HOUR",
            "type": "CASE WHEN j % 2 = 0 THEN 'nps' ELSE 'csat' END",
            "score": "CASE WHEN j % 2 = 0 THEN 4 + dice(a * 100 + j, 39, 7) ELSE 2 + dice(a * 100 + j, 39, 4) END",
            "person": PERSON,
            "role": ROLE,
        },
        where="dice(a * 100 + j, 41, 100) < 60",
    ),
    ScaleFact(
        "milestone", "plans", 5, "CAST(until - 40 - CAST(dice(a * 100 + j, 42, 300) AS INTEGER) AS DATE)",
        {
            "name": "'Step ' || j",
            "plan": "'success'",
            "created_day": "day",
            "due_day": "day + 60",
            "achieved_day": "then_day",
        },
        later="CASE WHEN dice(a * 100 + j, 43, 100) < 80 THEN " + _after(44, 40, 35) + " END",
    ),
    ScaleFact(
        "goal", "plans", 1, "start_day",
        {
            "name": "'Goal'",
            "metric": "'hours'",
            "created_day": "day",
            "due_day": "until + 90",
            "target": "100",
            "current": "dice(a, 45, 100)",
        },
    ),
    ScaleFact(
        "pulse", "crm", 3, _ago(46, 200),
        {"given_day": "day", "score": "1 + dice(a * 100 + j, 47, 5)", "author": "'csm' || a % 97"},
        where="size <> 'S'",
    ),
    ScaleFact(
        "flag", "crm", 1, _ago(48, 200),
        {"raised_day": "day", "type": "'competitor'", "expires_day": "day + 90"},
        where="dice(a, 49, 100) < 8",
    ),
)  # fmt: skip
