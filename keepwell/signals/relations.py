"""What signals can read: the relations of known facts and their columns.

Every relation has one row per fact known as of a pair's date; money columns also come
as `<name>_rep`, in the reporting currency at the date's rate, and moments as `<name>_day`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from keepwell.words.account import ATTRIBUTES
from keepwell.words.fact import KINDS, Kind, Type

KEYS: dict[str, str] = {"account_id": "VARCHAR", "as_of": "DATE", "read_day": "DATE", "day": "DATE", "age": "BIGINT"}
FACT: dict[str, str] = {"source": "VARCHAR", "external_id": "VARCHAR"}

ADDED: dict[str, dict[str, str]] = {
    "invoice": {
        "paid_rank": "BIGINT",  # 1: most recently paid
        "days_to_pay": "BIGINT",  # from issue to payment
        "days_late": "BIGINT",  # of the payment, or so far
        "open": "BOOLEAN",
        "disputed_open": "BOOLEAN",
    },
    "payment": {"unrecovered": "BOOLEAN"},  # failed, and the open invoice not collected since
    "subscription": {"in_force": "BOOLEAN"},
    "survey": {
        "answer_rank": "BIGINT",  # 1: latest of its type
        "prev_score": "BIGINT",  # the same person's answer at least 60 days before
        "prev_day": "DATE",
    },
    "interaction": {
        "two_way": "BOOLEAN",  # they wrote or came
        "unanswered": "BOOLEAN",  # our personal message that nobody answered
    },
}
NOT_READ = frozenset({"identity", "fx", "account", "usage"})  # joined or rolled up before signals see them


def _stored(kind: Kind) -> dict[str, str]:
    columns: dict[str, str] = {}
    for column in kind.columns:
        columns[column.name] = column.stored
        if column.type is Type.MOMENT:
            columns[f"{column.name}_day"] = "DATE"
        if column.type is Type.MONEY:
            columns[f"{column.name}_rep"] = "BIGINT"
    return columns


def _facts(kind: Kind) -> dict[str, str]:
    known = {"known_day": "DATE"} if kind.name != "subscription" else {}  # a contract line is made of several versions
    return {**KEYS, **FACT, **known, **_stored(kind), **ADDED.get(kind.name, {})}


RELATIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        **{name: _facts(kind) for name, kind in KINDS.items() if name not in NOT_READ},
        # one row per person and day; staff left out; `features` masks the project's key features
        "usage": {
            **KEYS,
            "source": "VARCHAR",
            "person": "VARCHAR",
            "uses": "BIGINT",
            "core_uses": "BIGINT",
            "features": "BIGINT",
        },
        # one row per day
        "usage_feature_day": {
            **KEYS,
            "uses": "BIGINT",
            "core_uses": "BIGINT",
            "features": "BIGINT",
        },
        # one row per key feature; days of use among the last 28
        "usage_feature": {**KEYS, "bit": "BIGINT", "days28": "BIGINT"},
        # the events themselves, staff left out: slower, but they know the feature
        "usage_event": {**KEYS, **FACT, "known_day": "DATE", **_stored(KINDS["usage"])},
        # one row per contract line and stretch of days with one price and number of seats; to_day is exclusive
        "subscription_history": {
            **KEYS,
            **FACT,
            "product": "VARCHAR",
            "seats": "BIGINT",
            "trial": "BOOLEAN",
            "one_off": "BOOLEAN",
            "start_day": "DATE",
            "from_day": "DATE",
            "to_day": "DATE",
            "mrr_rep": "BIGINT",
        },
    }
)

ATTRIBUTE_COLUMNS: Mapping[str, str] = MappingProxyType({f"a_{name}": kind for name, kind in ATTRIBUTES.items()})
SCALAR_NAMES = frozenset(
    {"account_id", "as_of", "read_day", *ATTRIBUTE_COLUMNS}
)  # what `value`, `needs`, `applies` know besides parts


def main_kinds(facts: str) -> tuple[str, ...]:
    """The fact kinds a signal's `facts` names; alternatives stand beside a bar."""
    return tuple(facts.split("|"))
