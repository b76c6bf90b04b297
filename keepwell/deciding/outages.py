"""Sources that fall silent: an exception that opens and ends by itself, one word to RevOps, at most one to each owner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from keepwell.book.scorer import Scorer
from keepwell.deciding import suppressions
from keepwell.deciding.changes import sources_of
from keepwell.decisions.noise import owner_of
from keepwell.decisions.owners import who
from keepwell.decisions.policy import Policy
from keepwell.delivery import outbox
from keepwell.delivery.route import targets
from keepwell.timeline.quality.freshness import Silent
from keepwell.words.decision import AUTOMATIC, Mode, Suppression, Transition
from keepwell.words.message import Note

LASTS = timedelta(days=14)  # then what it held back is looked at, and a source that is still silent is told again
MOST_NAMED = 20  # accounts of a note


def watch(scorer: Scorer, policy: Policy, heard: tuple[date, Sequence[Silent]], now: datetime) -> None:
    """Open an exception for each source that has fallen silent by a day, and end those of sources that deliver again.

    `heard`: the day and what is silent as of it. From the day on which it delivers again nothing is held back: what its facts say then is told.
    """
    day, silent = heard
    found = {one.source: one for one in silent}
    read = set().union(*(source for card in scorer.cards.values() for source in sources_of(scorer, card).values()))
    automatic = [one for one in suppressions.every(scorer.state) if one.author == AUTOMATIC]
    open_ones = [one for one in automatic if one.holds_on(day)]
    revops = who(policy, "revops", {}) or who(policy, "cs_manager", {}) or ""
    known = {one.value for one in open_ones}
    with scorer.state.engine.begin() as state:
        for name in sorted((set(found) & read) - known):
            if suppressions.open_outage(state, _exception(found[name], day), now):
                _put(state, scorer, _fell_silent(found[name], day, revops), now)
        for one in open_ones:
            if one.value not in found and suppressions.end_outage(state, one.key, day):
                _put(state, scorer, _delivers(one, day, revops), now)


def grouped(told: Iterable[Transition], exceptions: Iterable[Suppression], policy: Policy) -> Sequence[Note]:
    """For each owner and outage one note, whatever the number of accounts and days; its key is the same each time."""
    outages = {one.key: one for one in exceptions if one.author == AUTOMATIC}
    held = [one for one in told if one.mode is Mode.SUPPRESSED and one.suppression in outages]
    owners: dict[tuple[str, str], list[Transition]] = {}
    for one in held:
        owners.setdefault((one.suppression or "", owner_of(policy, one) or ""), []).append(one)
    return [_of_owner(outages[key], owner, some) for (key, owner), some in owners.items()]


def _exception(it: Silent, day: date) -> Suppression:
    note = f"complete through {it.watermark}"
    until = day + LASTS - timedelta(days=1)
    return Suppression("", "source", it.source, None, "outage", note, AUTOMATIC, day, until)


def _thread(source: str, since: date) -> str:
    return f"outage/{source}/{since}"


def _fell_silent(it: Silent, day: date, to: str) -> Note:
    lines = (
        f"It is complete through {it.watermark}. What its silence would tell of accounts is held back.",
        "Load it, or set 'retired:' in its map if it is no longer fed.",
    )
    thread = _thread(it.source, day)
    return Note(thread, thread, "outage", to, f"The source '{it.source}' is silent for {it.days} days", lines)


def _delivers(it: Suppression, day: date, to: str) -> Note:
    thread = _thread(it.value, it.since)
    lines = ("'keepwell suppress --review' lists what was held back.",)
    return Note(f"{thread}/over", thread, "outage", to, f"The source '{it.value}' delivers again as of {day}", lines)


def _of_owner(it: Suppression, owner: str, held: Sequence[Transition]) -> Note:
    names = sorted(one.owned.name or one.account_id for one in held)
    more = len(names) - MOST_NAMED
    lines = [*names[:MOST_NAMED], *([f"and {more} more"] if more > 0 else [])]
    count = f"{len(names)} of your accounts {'is' if len(names) == 1 else 'are'}"
    title = f"The source '{it.value}' is silent since {it.since}: {count} judged without it"
    return Note(
        f"{_thread(it.value, it.since)}/{owner}", _thread(it.value, it.since), "outage", owner, title, tuple(lines)
    )


def _put(state: sa.Connection, scorer: Scorer, note: Note, now: datetime) -> None:
    outbox.put(state, note, targets(scorer.project.config.channels, note), now)
