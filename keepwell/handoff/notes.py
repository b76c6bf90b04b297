"""Notes about a handoff: it opened, something that it waits for did not come, or what became of it."""

from __future__ import annotations

from collections.abc import Iterator

from keepwell.decisions.handoff import clocks, passes
from keepwell.decisions.owners import who
from keepwell.decisions.policy import Policy, Role
from keepwell.words.figures import points
from keepwell.words.handoff import (
    AWAITED_WORDS,
    QUESTIONS,
    TRACK_STEPS,
    TRACK_WORDS,
    Awaited,
    Handoff,
    News,
    Tidings,
    Track,
    Unclear,
)
from keepwell.words.message import Note

MOST_NAMED = 20  # accounts of a note
TOLD = (News.OPENED, News.LATE, News.ENDED)
WHOSE: dict[Awaited, Role] = {Awaited.OWNER: "cs_manager"}  # who lets a clock run out; the rest are the owner's


def note(policy: Policy, told: Tidings) -> Note:
    """What is told, for the person who must act."""
    it = told.handoff
    key = f"handoff/{it.account_id}/{it.since}"
    if told.news is News.LATE:
        what = ", ".join(AWAITED_WORDS[one] for one in told.late)
        whom = _person(policy, it, WHOSE.get(told.late[0], "owner"))
        title = f"{it.owned.name or it.account_id}: {(it.as_of - it.since).days} days after it crossed from sales without {what}"
        late = f"{key}/late/{'+'.join(told.late)}"
        return Note(late, key, "handoff", whom, title, (*_waits(policy, it), _see(it)))
    if told.news is News.ENDED:
        return _ended(policy, it)
    role: Role = "seller" if it.track is Track.SALES_REVIEW else "owner"
    title = f"{it.owned.name or it.account_id} crossed from sales on {it.since}: {track(it)}"
    return Note(f"{key}/opened", key, "handoff", _person(policy, it, role), title, (*_gate(policy, it), _see(it)))


def _ended(policy: Policy, it: Handoff) -> Note:
    """To the seller, what became of whom they handed over, and what was known of it then."""
    key, name = f"handoff/{it.account_id}/{it.since}", it.owned.name or it.account_id
    if it.lost_on:
        title = f"{name} was lost on {it.lost_on}, {(it.lost_on - it.since).days} days after you handed it over"
    else:
        title = f"{name} is still a customer {(it.as_of - it.since).days} days after you handed it over"
    return Note(f"{key}/ended", key, "handoff", _person(policy, it, "seller"), title, tuple(_became(it)))


def _became(it: Handoff) -> Iterator[str]:
    missing = ", ".join(one.value.replace("_", " ") for one in it.missing) or "nothing"
    readiness = f"readiness {points(it.score_milli)}, " if it.score_milli is not None else ""
    yield f"When it was handed over: {track(it)}, {readiness}missing {missing}."
    last = it.marks[-1] if it.marks else None
    if last is not None and last.score_milli is not None:
        yield f"Its health on {last.as_of}: {points(last.score_milli)}, {last.tier}."
    if it.decline_milli is not None:
        yield f"It declined on {it.declined_on}: behaviour and silence took {points(it.decline_milli)} points."
    yield "'keepwell handoff --outcomes' counts what became of all that you handed over."


def sent_back(policy: Policy, it: Handoff) -> Note:
    """To the seller, with the reason of who sent it back."""
    key = f"handoff/{it.account_id}/{it.since}"
    title = f"{it.owned.name or it.account_id} is sent back to sales by {it.by}: {it.reason}"
    missing = (QUESTIONS[one] for one in it.missing)
    return Note(
        f"{key}/sent_back/{it.decided_on}", key, "handoff", _person(policy, it, "seller"), title, (*missing, _see(it))
    )


def unclear(policy: Policy, it: Unclear) -> Note:
    """To RevOps, the customers that came with a load and may be new."""
    names = [f"{name} ({account})" for account, name in it.accounts]
    more = [f"and {len(names) - MOST_NAMED:,} more"] if len(names) > MOST_NAMED else []
    count = "1 customer" if len(names) == 1 else f"{len(names):,} customers"
    title = f"{count} of {it.day} came with an import, and no date tells whether they are new: no handoff opened"
    todo = (
        "Where one is new, load its won deal (type new), and its handoff opens. The others need nothing.",
        "The start of a contract tells it of itself the next time.",
    )
    whom = who(policy, "revops", {}) or who(policy, "cs_manager", {}) or ""
    key = f"handoff/unclear/{it.day}"
    return Note(key, key, "handoff", whom, title, (*todo, *names[:MOST_NAMED], *more))


def track(it: Handoff) -> str:
    """The track in words."""
    return TRACK_WORDS[it.track] if it.track else "no track yet, too little is known"


def _person(policy: Policy, it: Handoff, role: Role) -> str:
    owned = it.owned
    account = {"owner": owned.owner, "seller": owned.seller, "manager": owned.manager, "segment": owned.segment}
    return who(policy, role, account) or who(policy, "cs_manager", account) or ""


def _gate(policy: Policy, it: Handoff) -> Iterator[str]:
    gate = "passes" if passes(policy.handoff.rules(), it.score_milli, it.missing) else "does not pass"
    yield f"It {gate} the gate: readiness {points(it.score_milli)} of at least {policy.handoff.gate}."
    for missing in it.missing:
        yield f"Missing: {missing.value.replace('_', ' ')}. {QUESTIONS[missing]}"
    yield from TRACK_STEPS[it.track] if it.track else ()


def _waits(policy: Policy, it: Handoff) -> Iterator[str]:
    for clock in clocks(policy.handoff.rules(), it):
        if clock.is_late(it.as_of):
            yield f"No {AWAITED_WORDS[clock.awaited]} by {clock.due}."


def _see(it: Handoff) -> str:
    return f"'keepwell handoff {it.account_id}' has the document."
