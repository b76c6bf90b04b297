"""What is asked once an exception is over: whether it was right to hold back what it held back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from keepwell.deciding import agreements, standings, suppressions
from keepwell.deciding.changes import ClosedDay
from keepwell.deciding.standings import Day
from keepwell.decisions.owners import who
from keepwell.feedback import reviews
from keepwell.words.decision import AUTOMATIC, WORDS, Mode, Standing, Suppression, Transition
from keepwell.words.review import Decision, Fate, Item

SUPPRESSION = "suppression"  # the kind of these items, and how their keys begin
MOST_NAMED = 5  # of what was held back
NEWS = timedelta(days=60)  # an exception that ended before is history


def asked_after_exceptions(closed: ClosedDay, decided: Day, now: datetime) -> Iterator[Item]:
    """One item for each exception that is over, held something back by this card, and that nobody has looked at."""
    state, day = closed.scorer.state, closed.day
    exceptions = agreements.exceptions(state, closed.policy)
    over = {_key(one, closed.card.name): one for one in exceptions if one.reviewed is None and _is_news(one, day)}
    with state.engine.connect() as connection:
        known = reviews.of_keys(connection, over)
    book = {one.account_id: one for one in decided.standings}
    for key, one in over.items():
        if key in known:
            continue
        told = standings.transitions(state, closed.card.name, one.since, one.until)
        held = [it for it in told if it.mode is Mode.SUPPRESSED and it.suppression == one.key]
        if held:
            yield _item(closed, key, (one, held, [it for it in held if _is_so(it, book.get(it.account_id))]), now)


def follow(connection: sa.Connection, item: Item, decision: Decision, day: date) -> None:
    """Who decides such an item has looked at what the exception held back."""
    if item.kind == SUPPRESSION and decision.fate is not Fate.DEFERRED:
        number = item.key.split("/")[1]
        if number.isdecimal():  # one of a policy file has no number
            suppressions.review(connection, number, day, decision.by)


def close(connection: sa.Connection, number: str, author: str, now: datetime) -> None:
    """Somebody has looked at what an exception held back: nobody needs to be asked any more."""
    begins = f"{SUPPRESSION}/{number}/"
    keys = [row.item.key for row in reviews.undecided(connection) if row.item.key.startswith(begins)]
    reviews.close(connection, keys, f"{author} has looked at it", now)


def _key(one: Suppression, card: str) -> str:
    return f"{SUPPRESSION}/{one.key}/{one.until}/{card}"


def _is_news(one: Suppression, day: date) -> bool:
    last = one.until if one.ended is None else min(one.until, one.ended - timedelta(days=1))
    return one.since <= day and last < day <= last + NEWS


def _is_so(it: Transition, now: Standing | None) -> bool:
    return now is not None and now.episodes.get(it.kind) == it.episode


def _item(
    closed: ClosedDay, key: str, about: tuple[Suppression, list[Transition], list[Transition]], now: datetime
) -> Item:
    one, held, still = about
    what = f"{one.scope} {one.value}" + (f", {one.code}" if one.code else "")
    name = held[0].owned.name if one.scope == "account" else ""
    title = f"{name or one.value}: the exception for {what} is over ({one.cause.replace('_', ' ')}, says {one.author})"
    begun = "1 change was" if len(held) == 1 else f"{len(held)} changes were"
    more = f"; and {len(held) - MOST_NAMED} more" if len(held) > MOST_NAMED else ""
    body = (
        f"Was it right to hold this back? {begun} not told, {len(still)} still so: "
        f"{'; '.join(_lines(held[:MOST_NAMED], still))}{more}. --approve: it was right; --reject: it was not"
    )
    policy = closed.policy
    asked = one.author if one.author != AUTOMATIC else who(policy, policy.feedback.reviewer, {}) or ""
    due = max(closed.scorer.project.local_day(now), closed.day) + timedelta(days=policy.feedback.within_days)
    account = one.value if one.scope == "account" else ""
    return Item(key, SUPPRESSION, account, closed.card.name, title, body, asked, due, now)


def _lines(held: Iterable[Transition], still: list[Transition]) -> Iterator[str]:
    for it in held:
        so = "still so" if it in still else "over since"
        yield f"{it.owned.name or it.account_id}, {WORDS[it.kind]} on {it.as_of} ({so})"
