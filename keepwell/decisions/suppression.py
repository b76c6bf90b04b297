"""Which dated exception holds a transition back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from keepwell.decisions.policy import Exempt, Policy
from keepwell.words.decision import Kind, Mode, Suppression, Transition

Sources = Mapping[str, frozenset[str]]  # signal → the sources that it is read from


def agreed(policy: Policy) -> Iterator[Suppression]:
    """The exceptions that a policy file itself holds."""
    for number, found in enumerate(policy.suppressions, 1):
        scope, value = scope_of(found)
        yield Suppression(
            key=f"{policy.policy}.yml, no. {number}",
            scope=scope,
            value=value,
            code=found.code,
            cause=found.reason,
            note=found.note,
            author=found.author,
            since=found.since,
            until=found.until,
        )


def scope_of(found: Exempt) -> tuple[str, str]:
    """What it covers: ("account", "A-1")."""
    given = {name: getattr(found, name) for name in ("account", "segment", "portfolio", "source")}
    return next((name, str(value)) for name, value in given.items() if value is not None)


def held(told: Transition, suppressions: Iterable[Suppression], sources: Sources) -> Transition:
    """The transition, marked as suppressed by the first exception in force that covers it."""
    for one in suppressions:
        if one.holds_on(told.as_of) and covers(one, told, sources):
            return replace(told, mode=Mode.SUPPRESSED, suppression=one.key)
    return told


def covers(one: Suppression, told: Transition, sources: Sources) -> bool:
    """Whether an exception is about the account, its segment or owner, or the source behind the main reason."""
    match one.scope:
        case "account":
            return told.account_id == one.value and (
                one.code is None or one.code in (told.reason.code, told.reason.signal)
            )
        case "segment":
            return told.owned.segment == one.value
        case "portfolio":
            return told.owned.owner == one.value
        case _:
            return any(one.value in sources.get(signal, frozenset()) for signal in _behind(told))


def _behind(told: Transition) -> Iterator[str]:
    """The signal of the main reason; of a lost score all that it lacks."""
    if told.reason.signal:
        yield told.reason.signal
    if told.kind in (Kind.UNSCORED, Kind.NO_SNAPSHOT):
        yield from (line.signal for line in told.evidence if line.signal)
