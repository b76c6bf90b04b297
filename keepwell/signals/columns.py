"""Which columns of which facts a signal is read from, for the data inventory."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keepwell.signals.compile import MAIN_FACT
from keepwell.signals.relations import main_kinds
from keepwell.words.fact import KINDS, Kind
from keepwell.words.reading import Part, Signal

WORD = re.compile(r"[a-z_][a-z0-9_]*")
TEXT = re.compile(r"'(?:[^']|'')*'")
SELECTED = re.compile(r"\bknown_([a-z_]+)")
BY_DAY = {"age", "day", "read_day"}  # a relation's columns that come from the date of the fact

# columns of the relations → columns of the facts they are made from
DERIVED: dict[str, dict[str, tuple[str, ...]]] = {
    "usage": {
        "uses": ("count",),
        "core_uses": ("count", "feature"),
        "features": ("feature",),
        "bit": ("feature",),
        "days28": ("feature",),
    },
    "subscription": {
        "in_force": ("start_day", "end_day", "cancelled_day", "auto_renew", "month_to_month"),
        "ends_before": ("end_day", "cancelled_day"),
        "from_day": ("start_day",),
        "to_day": ("end_day", "cancelled_day"),
    },
    "invoice": {
        "paid_rank": ("paid_day",),
        "days_to_pay": ("issued_day", "paid_day"),
        "days_late": ("due_day", "paid_day"),
        "open": ("paid_day", "void_day"),
        "disputed_open": ("disputed_day", "dispute_closed_day"),
    },
    "payment": {"unrecovered": ("succeeded", "invoice")},
    "survey": {"answer_rank": ("answered_at",), "prev_score": ("score", "person"), "prev_day": ("person",)},
    "interaction": {
        "two_way": ("direction", "attended", "automatic"),
        "unanswered": ("direction", "answered_at", "person", "thread", "automatic"),
    },
}
ATTRIBUTES: dict[str, tuple[tuple[str, str], ...]] = {
    "a_seats": (("subscription", "seats"),),
    "a_mrr_minor": (("subscription", "mrr"),),
    "a_contract_mrr_minor": (("subscription", "mrr"),),
    "a_arr_minor": (("account", "arr"), ("subscription", "mrr")),
    "a_start_day": (("subscription", "start_day"), ("account", "created_day")),
    "a_age_days": (("subscription", "start_day"), ("account", "created_day")),
    "a_renewal_day": (("subscription", "end_day"),),
    "a_in_term": (("subscription", "start_day"), ("subscription", "end_day"), ("subscription", "cancelled_day")),
    "a_plan": (("account", "plan"), ("subscription", "plan")),
    "a_plan_features": (("account", "plan"), ("subscription", "plan")),
    "a_plan_feature_count": (("account", "plan"), ("subscription", "plan")),
    **{f"a_{c.name}": (("account", c.name),) for c in KINDS["account"].columns if c.name not in {"arr", "plan"}},
}


def columns_of(signal: Signal) -> tuple[tuple[str, str], ...]:
    """(fact kind, column) that the signal's value depends on, those of its main facts first.

    >>> from keepwell.signals.catalogue import CATALOGUE
    >>> columns_of(CATALOGUE["csm_pulse"])[0]
    ('pulse', 'given_day')
    """
    found = {(kind, column) for part in signal.parts for kind, column in _of_part(part)}
    found |= {pair for kind in SELECTED.findall(signal.sql) for pair in _of_text(kind, signal.sql)}
    details = [detail.how for detail in signal.details]
    text = " ".join(
        [signal.value, signal.needs, signal.applies, *details, *(f"{p.how} {p.where}" for p in signal.parts)]
    )
    found |= {pair for word in _words(text) for pair in ATTRIBUTES.get(word, ())}
    kinds = dict.fromkeys([*kinds_of(signal), *KINDS])
    return tuple((k, column.name) for k in kinds for column in KINDS[k].columns if (k, column.name) in found)


def kinds_of(signal: Signal) -> tuple[str, ...]:
    """The fact kinds that the signal aggregates, its main ones first."""
    kinds = [MAIN_FACT.get(name, name) for name in main_kinds(signal.facts)]
    kinds += [MAIN_FACT.get(part.facts, part.facts) for part in signal.parts]
    kinds += [MAIN_FACT.get(name, name) for name in SELECTED.findall(signal.sql)]
    return tuple(dict.fromkeys(kind for kind in kinds if kind in KINDS))


def _of_part(part: Part) -> Iterator[tuple[str, str]]:
    dated = " day" if part.window else ""
    return _of_text(part.facts, f"{part.how} {part.where} {part.per} {part.inner}{dated}")


def _of_text(facts: str, text: str) -> Iterator[tuple[str, str]]:
    kind = KINDS.get(MAIN_FACT.get(facts, facts))
    if kind is not None:
        yield from ((kind.name, column) for word in _words(text) for column in _of_word(kind, word))


def _of_word(kind: Kind, word: str) -> tuple[str, ...]:
    if word in BY_DAY:
        return (kind.dated_by,)
    if word in DERIVED.get(kind.name, {}):
        return DERIVED[kind.name][word]
    base = word.removesuffix("_rep") if word.endswith("_rep") else word
    base = base if kind.column(base) else base.removesuffix("_day")
    return (base,) if kind.column(base) else ()


def _words(text: str) -> set[str]:
    return set(WORD.findall(TEXT.sub(" ", text)))
