"""Noise limits: of what a day tells, what becomes an alert at once and what waits for the digest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from keepwell.decisions.owners import acting, who
from keepwell.decisions.policy import Policy
from keepwell.words.decision import Kind, Mode, Transition

# how much sooner somebody must act than on an account as large that is only worth a look
URGENCY: Mapping[Kind, int] = {
    Kind.RENEWAL_AT_RISK: 4,
    Kind.AT_RISK: 3,
    Kind.RISK_FLAG: 3,
    Kind.EARLY_DROP: 3,
    Kind.HANDOFF_DECLINE: 3,
    Kind.DROP: 2,
    Kind.NO_FIRST_LOGIN: 2,
    Kind.KICKOFF_LATE: 2,
    Kind.POOR_FOR_WEEKS: 2,
    Kind.UNSCORED: 1,
    Kind.NO_SNAPSHOT: 1,
    Kind.EXPANSION_READY: 1,
}
MIDDLE = 50_000  # milli-points: a score that lacks so much puts an account neither before others nor after them
UPDATES = (Kind.RECOVERED,)  # a word in a thread that is open; limits do not count it
FALLS = (Kind.AT_RISK, Kind.DROP)
# of one account and day one alert, led by the first of these
TOGETHER = (Kind.AT_RISK, Kind.RENEWAL_AT_RISK, Kind.POOR_FOR_WEEKS, Kind.RISK_FLAG, Kind.DROP)
HELD_OUT = (Kind.AT_RISK, Kind.DROP, Kind.POOR_FOR_WEEKS)  # a renewal at risk is always told
Same = tuple[str, str, str]  # account, kind, reason code
Orders = Callable[[str | None], bool]  # segment → whether its scores may say whose account comes first
WIDE_SHARE, WIDE_LEAST = 0.3, 10  # of a segment's accounts that fall on one day: it is the segment, not its accounts


@dataclass(frozen=True)
class Told:
    """One transition for one person; None: the policy resolves to nobody."""

    transition: Transition
    owner: str | None
    again: bool = False  # it was told not long ago, for the same reason
    also: tuple[Transition, ...] = ()  # what the day tells of the account besides, in the same alert


@dataclass(frozen=True)
class Wide:
    """A segment of which so many accounts fell on one day that it is told once, to RevOps."""

    segment: str
    kind: Kind
    transitions: tuple[Transition, ...]
    accounts: int  # in the segment
    owner: str | None


@dataclass(frozen=True)
class Sorted:
    """A day's alerts and updates, the most pressing first; what waits for its owner's digest; what whole segments did."""

    alerts: tuple[Told, ...]
    digest: tuple[Told, ...]
    wide: tuple[Wide, ...]
    held_out: tuple[Told, ...] = ()  # told to nobody, so that what telling is worth can be measured


def sort(
    news: Iterable[Transition],
    policy: Policy,
    already: Mapping[str | None, tuple[int, int]],
    sizes: Mapping[str, int],
    recent: Collection[Same] = (),
) -> Sorted:
    """Sort what is live, which is `ranked`. `already`: owner → alerts of this day and of the last seven; `sizes`: accounts by segment.

    `recent` alerts are not repeated: within the policy's `repeat_days` the digest has room for them.
    """
    live = [one for one in news if one.mode is Mode.LIVE and (one.kind in URGENCY or one.kind in UPDATES)]
    wide = tuple(_wide(live, policy, sizes))
    together = {id(one) for found in wide for one in found.transitions}
    every = [Told(one, owner_of(policy, one), is_repeated(one, recent)) for one in live if id(one) not in together]
    drawn = {told.transition.account_id for told in every if in_hold_out(policy, told.transition.account_id)}
    held_out, single = _parted(every, drawn)
    single = _together(single)
    alerts: list[Told] = []
    digest: list[Told] = []
    used = {owner: Counter(day=day, week=week) for owner, (day, week) in already.items()}
    for told in single:
        counts = used.setdefault(told.owner, Counter())
        if told.transition.kind in UPDATES:
            alerts.append(told)
        elif not told.again and _has_room(counts, policy):
            counts.update(day=1, week=1)
            alerts.append(told)
        else:
            digest.append(told)
    return Sorted(tuple(alerts), tuple(digest), wide, tuple(held_out))


def ranked(news: Iterable[Transition], orders: Orders = lambda _: False) -> list[Transition]:
    """The most at stake first, of unknown revenue last."""

    def pressing(one: Transition) -> tuple[int, str, str]:
        score = one.new_milli if orders(one.owned.segment) else None
        return -stake(one.kind, one.owned.mrr_minor, score), one.account_id, one.kind

    return sorted(news, key=pressing)


def same(told: Transition) -> Same:
    """What makes an alert the same one again: account, what it tells, and for which reason."""
    return told.account_id, told.kind.value, told.reason.code


def is_repeated(told: Transition, recent: Collection[Same]) -> bool:
    """Whether it was told not long ago; each flag of risk is an observation of its own."""
    return told.kind is not Kind.RISK_FLAG and same(told) in recent


def owner_of(policy: Policy, told: Transition) -> str | None:
    """Who acts on a transition, by the policy; where it names nobody, the account's own owner."""
    return acting(policy, "owner", told.owned)


def in_hold_out(policy: Policy, account: str) -> bool:
    """Whether chance put an account among those whose falls are not told: the same ones for as long as the policy stands.

    >>> held = Policy(policy="a", decision="b", alerts={"hold_out": 20})
    >>> sum(in_hold_out(held, f"A{number}") for number in range(1000)) in range(160, 240)
    True
    """
    drawn = int.from_bytes(sha256(f"{policy.policy}/{account}".encode()).digest()[:8]) % 100
    return drawn < policy.alerts.hold_out


def _parted(every: Iterable[Told], drawn: Collection[str]) -> tuple[list[Told], list[Told]]:
    """The falls of drawn accounts, and all else."""
    parts: tuple[list[Told], list[Told]] = ([], [])
    for told in every:
        parts[not (told.transition.kind in HELD_OUT and told.transition.account_id in drawn)].append(told)
    return parts


def _together(found: Sequence[Told]) -> list[Told]:
    """The same, but what is news of one account in one alert, where the most pressing of it stood.

    It is in the thread of an episode of risk where one begins, which its recovery ends.
    """
    groups: dict[tuple[str, str | None], list[Told]] = {}
    for told in found:
        alone = told.again or told.transition.kind not in TOGETHER
        groups.setdefault((told.transition.account_id, str(id(told)) if alone else None), []).append(told)
    return [_led(sorted(group, key=_leads)) for group in groups.values()]


def _leads(told: Told) -> int:
    return TOGETHER.index(told.transition.kind) if told.transition.kind in TOGETHER else 0


def _led(group: Sequence[Told]) -> Told:
    return replace(group[0], also=tuple(told.transition for told in group[1:]))


def _has_room(counts: Counter[str], policy: Policy) -> bool:
    noise = policy.noise
    return counts["day"] < noise.alerts_per_owner_a_day and counts["week"] < noise.alerts_per_owner_a_week


def stake(kind: Kind | None, mrr_minor: int | None, score_milli: int | None) -> int:
    """Revenue times urgency, times what the score lacks; None: no score, or it may order nothing.

    >>> stake(Kind.DROP, 100, 20_000) > stake(Kind.DROP, 100, None) == stake(Kind.DROP, 100, 50_000)
    True
    """
    lacks = MIDDLE if score_milli is None else min(max(2 * MIDDLE - score_milli, 0), 2 * MIDDLE)
    return (mrr_minor or 0) * (URGENCY.get(kind, 0) if kind else 1) * lacks


def _wide(live: Sequence[Transition], policy: Policy, sizes: Mapping[str, int]) -> Iterable[Wide]:
    for kind in FALLS:
        for segment, accounts in sorted(sizes.items()):
            fell = tuple(one for one in live if one.kind is kind and one.owned.segment == segment)
            if len(fell) >= max(WIDE_LEAST, WIDE_SHARE * accounts):
                yield Wide(segment, kind, fell, accounts, who(policy, "revops", {}) or who(policy, "cs_manager", {}))
