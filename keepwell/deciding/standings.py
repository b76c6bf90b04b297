"""Standings and transitions in the state database: read whole, written a day at a time, each day once.

Who decides a day first moves the card's mark `decided.through` from the day before to it, in the transaction
that writes the day's rows. Who finds it moved already has lost, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from keepwell.failpoint import reach
from keepwell.state import META, State, insert_into
from keepwell.words.decision import (
    ByCard,
    Counts,
    EvidenceLine,
    Kind,
    Mode,
    Owned,
    Reason,
    Standing,
    Status,
    Transition,
)
from keepwell.words.score import State as ScoreState

DECIDED = sa.Table(
    "decided",
    META,
    sa.Column("scorecard", sa.String(120), primary_key=True),
    sa.Column("first_day", sa.Date),  # the silent baseline
    sa.Column("through", sa.Date),
    sa.Column("recipe", sa.String(80)),
)
OWNED = ("name", "segment", "owner", "seller", "manager")
STANDING = sa.Table(
    "standing",
    META,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("scorecard", sa.String(120), primary_key=True),
    *(sa.Column(name, sa.Date) for name in ("as_of", "renewal_day", "scored_on", "reason_written")),
    *(sa.Column(name, sa.BigInteger) for name in ("batch", "score_milli", "previous_milli", "coverage_ppm")),
    *(sa.Column(name, sa.BigInteger) for name in ("delta7_milli", "delta30_milli", "mrr_minor", "reason_score_milli")),
    *(sa.Column(name, sa.Text) for name in ("recipe", "state", "status", "tier", "previous_tier", *OWNED)),
    *(sa.Column(name, sa.Text) for name in ("reason", "reason_code", "reason_signal")),
    sa.Column("counts", sa.JSON),
    sa.Column("episodes", sa.JSON),  # kind → the day it began
    sa.Column(
        "by_card", sa.JSON(none_as_null=True)
    ),  # what the card alone says, where a person's word makes a difference
)
TRANSITION = sa.Table(
    "transition",
    META,
    sa.Column("id", sa.Integer, primary_key=True),
    *(sa.Column(name, sa.Text) for name in ("account_id", "scorecard", "kind", "old", "new", "old_tier", "new_tier")),
    *(sa.Column(name, sa.Date) for name in ("episode", "as_of", "renewal_day")),
    *(sa.Column(name, sa.BigInteger) for name in ("old_milli", "new_milli", "fall_milli", "mrr_minor")),
    *(sa.Column(name, sa.Text) for name in (*OWNED, "reason", "reason_code", "reason_signal", "mode", "suppression")),
    *(sa.Column(name, sa.Text) for name in ("override", "model_tier", "next_step", "play")),
    sa.Column("model_milli", sa.BigInteger),
    sa.Column("evidence", sa.JSON),
)

# standings of the day that has not closed, of accounts that something happened to
PROVISIONAL = sa.Table(
    "provisionals", META, *(sa.Column(c.name, c.type, primary_key=c.primary_key) for c in STANDING.c)
)

Beside = Callable[[sa.Connection], None]


@dataclass(frozen=True)
class Decided:
    """The days that are decided by a card: from the silent baseline through the newest."""

    first: date
    through: date
    recipe: str


@dataclass(frozen=True)
class Day:
    """What one decided day writes."""

    scorecard: str
    as_of: date
    recipe: str
    standings: Sequence[Standing]
    transitions: Sequence[Transition]


def decided(state: State, scorecard: str) -> Decided | None:
    """How far a card is decided; None: never."""
    with state.engine.connect() as connection:
        row = connection.execute(sa.select(DECIDED).where(DECIDED.c.scorecard == scorecard)).first()
    return None if row is None else Decided(row.first_day, row.through, row.recipe)


def commit(state: State, day: Day, seen: Decided | None, beside: Beside | None = None) -> bool:
    """Write a day that follows what was `seen`; False: another process has decided it.

    `beside` writes what the day causes, such as messages into the outbox, in the same transaction.
    """
    with state.engine.begin() as connection:
        if not _is_ours(connection, day, seen):
            connection.rollback()
            return False
        _write(connection, STANDING, day)
        over = (PROVISIONAL.c.scorecard == day.scorecard, PROVISIONAL.c.as_of <= day.as_of)
        connection.execute(sa.delete(PROVISIONAL).where(*over))
        if beside is not None:
            beside(connection)
        reach("day.deciding")
    reach("day.decided")
    return True


def provide(state: State, day: Day, seen: Decided, beside: Beside) -> bool:
    """Write provisional standings of the day after the one that was `seen`, and what they tell; False: it has closed."""
    with state.engine.begin() as connection:
        still = sa.update(DECIDED).where(DECIDED.c.scorecard == day.scorecard, DECIDED.c.through == seen.through)
        if connection.execute(still.values(through=seen.through)).rowcount != 1:
            return False
        _write(connection, PROVISIONAL, day)
        beside(connection)
        reach("provisional.deciding")
    reach("provisional.decided")
    return True


def _write(connection: sa.Connection, table: sa.Table, day: Day) -> None:
    """A day's standings and transitions; a transition that is there stays as it is."""
    if day.standings:
        rows = insert_into(connection, table)
        keys = ["account_id", "scorecard"]
        values = {c.name: rows.excluded[c.name] for c in table.c if c.name not in keys}
        newer = table.c.as_of <= rows.excluded.as_of  # an older day never overwrites a newer standing
        written = rows.on_conflict_do_update(index_elements=keys, set_=values, where=newer)
        connection.execute(written, [_standing_row(day.scorecard, one) for one in day.standings])
    tell(connection, day.scorecard, day.transitions)


def tell(connection: sa.Connection, scorecard: str, told: Sequence[Transition]) -> None:
    """Write transitions, each once, in the transaction of what causes them."""
    if told:
        once = insert_into(connection, TRANSITION).on_conflict_do_nothing()
        connection.execute(once, [_transition_row(scorecard, one) for one in told])


def hold_back(connection: sa.Connection, scorecard: str, told: Transition) -> None:
    """Note that an exception held back what was to be told."""
    same = [TRANSITION.c[name] == getattr(told, name) for name in ("account_id", "kind", "episode")]
    one = sa.update(TRANSITION).where(TRANSITION.c.scorecard == scorecard, *same)
    connection.execute(one.values(mode=told.mode.value, suppression=told.suppression))


def held_back(state: State, scorecard: str, exceptions: Collection[str]) -> set[tuple[str, str, date | None]]:
    """(account, kind, episode) of what some exceptions held back."""
    columns = (TRANSITION.c.account_id, TRANSITION.c.kind, TRANSITION.c.episode)
    held = (TRANSITION.c.mode == Mode.SUPPRESSED.value, TRANSITION.c.suppression.in_(exceptions))
    query = sa.select(*columns).where(TRANSITION.c.scorecard == scorecard, *held)
    with state.engine.connect() as connection:
        return {(account, kind, episode) for account, kind, episode in connection.execute(query)}


def _is_ours(connection: sa.Connection, day: Day, seen: Decided | None) -> bool:
    """Move the mark from the day that was seen to this one: exactly one process can."""
    values = {"through": day.as_of, "recipe": day.recipe}
    if seen is None:
        first = insert_into(connection, DECIDED).values(scorecard=day.scorecard, first_day=day.as_of, **values)
        began = connection.execute(first.on_conflict_do_nothing().returning(DECIDED.c.scorecard))
        return began.first() is not None
    mark = (DECIDED.c.scorecard == day.scorecard, DECIDED.c.through == seen.through)
    return connection.execute(sa.update(DECIDED).where(*mark).values(values)).rowcount == 1


def standings(state: State, scorecard: str, accounts: Collection[str] | None = None) -> dict[str, Standing]:
    """account → its standing by a card; of some accounts, or of all."""
    return _standings(state, STANDING, scorecard, accounts)


def statuses(state: State, scorecard: str) -> dict[Status, int]:
    """How many accounts have each status by a card."""
    query = sa.select(STANDING.c.status, sa.func.count()).where(STANDING.c.scorecard == scorecard)
    with state.engine.connect() as connection:
        return {Status(status): count for status, count in connection.execute(query.group_by(STANDING.c.status))}


def provisional(state: State, scorecard: str) -> dict[str, Standing]:
    """account → its standing by a card on the day that has not closed, where something happened."""
    return _standings(state, PROVISIONAL, scorecard)


def _standings(
    state: State, table: sa.Table, scorecard: str, accounts: Collection[str] | None = None
) -> dict[str, Standing]:
    query = sa.select(*(table.c[name] for name in STANDING_COLUMNS)).where(table.c.scorecard == scorecard)
    if accounts is not None:
        query = query.where(table.c.account_id.in_(accounts))
    with state.engine.connect() as connection:
        return {row[0]: _standing(row) for row in connection.execute(query)}


def transitions(
    state: State, scorecard: str, since: date, until: date, account: str | None = None
) -> tuple[Transition, ...]:
    """What a card told between two days, oldest first."""
    query = sa.select(TRANSITION).where(TRANSITION.c.scorecard == scorecard, TRANSITION.c.as_of.between(since, until))
    if account is not None:
        query = query.where(TRANSITION.c.account_id == account)
    with state.engine.connect() as connection:
        rows = connection.execute(query.order_by(TRANSITION.c.as_of, TRANSITION.c.account_id, TRANSITION.c.kind))
        return tuple(_transition(row) for row in rows)


# --- rows

STANDING_WORDS = """account_id as_of batch recipe state status score_milli tier previous_milli previous_tier
delta7_milli delta30_milli coverage_ppm scored_on""".split()
TRANSITION_WORDS = """account_id kind episode as_of old new old_milli new_milli old_tier new_tier fall_milli mode
suppression override model_milli model_tier next_step play""".split()


OWNED_WORDS, COUNT_WORDS = tuple(asdict(Owned())), tuple(asdict(Counts()))  # `asdict` itself is slow, rows are many
REASON_WORDS = "reason reason_code reason_signal reason_written reason_score_milli".split()
STANDING_COLUMNS = [*STANDING_WORDS, *OWNED_WORDS, *REASON_WORDS, "counts", "episodes", "by_card"]


def _owned_row(owned: Owned, reason: Reason) -> dict[str, Any]:
    words = {name: getattr(owned, name) for name in OWNED_WORDS}
    return {**words, "reason": reason.text, "reason_code": reason.code, "reason_signal": reason.signal}


def _owned(row: Any) -> Owned:
    return Owned(row.name or "", row.segment, row.owner, row.seller, row.manager, row.mrr_minor, row.renewal_day)


def _standing_row(scorecard: str, it: Standing) -> dict[str, Any]:
    return {
        "scorecard": scorecard,
        **{name: getattr(it, name) for name in STANDING_WORDS},
        **_owned_row(it.owned, it.reason),
        "reason_written": it.reason.written,
        "reason_score_milli": it.reason.score_milli,
        "counts": {name: getattr(it.counts, name) for name in COUNT_WORDS},
        "episodes": {str(kind): day.isoformat() for kind, day in it.episodes.items()},
        "by_card": None if it.by_card is None else _by_card_row(it.by_card),
    }


def _by_card_row(it: ByCard) -> dict[str, Any]:
    days = {name: day and day.isoformat() for name, day in (("since", it.since), ("scored_on", it.scored_on))}
    return asdict(it) | days | {"episodes": {str(kind): day.isoformat() for kind, day in it.episodes.items()}}


def _by_card(row: dict[str, Any]) -> ByCard:
    read = {
        "since": date.fromisoformat(row["since"]),
        "scored_on": row["scored_on"] and date.fromisoformat(row["scored_on"]),
        "opened": tuple(row["opened"]),
        "state": None if row["state"] is None else ScoreState(row["state"]),
        "status": Status(row["status"]),
        "counts": Counts(**row["counts"]),
        "episodes": {kind: date.fromisoformat(day) for kind, day in row["episodes"].items()},
    }
    return ByCard(**row | read)


def _standing(row: Sequence[Any]) -> Standing:
    """A row of STANDING_COLUMNS, in their order: a database row that is asked by name takes a microsecond a column."""
    it = dict(zip(STANDING_COLUMNS, row, strict=True))
    words = {name: it[name] for name in STANDING_WORDS}
    words["state"] = None if it["state"] is None else ScoreState(it["state"])
    words["status"] = Status(it["status"])
    text, code, *written = (it[name] for name in REASON_WORDS)
    return Standing(
        **words,
        owned=Owned(it["name"] or "", *(it[name] for name in OWNED_WORDS[1:])),
        counts=Counts(**it["counts"]),
        episodes={kind: date.fromisoformat(day) for kind, day in it["episodes"].items()},
        reason=Reason(text or "", code or "", *written),
        by_card=None if it["by_card"] is None else _by_card(it["by_card"]),
    )


def _transition_row(scorecard: str, it: Transition) -> dict[str, Any]:
    return {
        "scorecard": scorecard,
        **{name: getattr(it, name) for name in TRANSITION_WORDS},
        **_owned_row(it.owned, it.reason),
        "evidence": [_line_row(line) for line in it.evidence],
    }


def _line_row(line: EvidenceLine) -> dict[str, Any]:
    return asdict(line) | {"observed_at": line.observed_at and line.observed_at.isoformat()}


def _line(row: dict[str, Any]) -> EvidenceLine:
    return EvidenceLine(**row | {"observed_at": row["observed_at"] and date.fromisoformat(row["observed_at"])})


def _transition(row: Any) -> Transition:
    return Transition(
        account_id=row.account_id,
        kind=Kind(row.kind),
        episode=row.episode,
        as_of=row.as_of,
        old=row.old,
        new=row.new,
        old_milli=row.old_milli,
        new_milli=row.new_milli,
        old_tier=row.old_tier,
        new_tier=row.new_tier,
        fall_milli=row.fall_milli,
        owned=_owned(row),
        reason=Reason(row.reason or "", row.reason_code or "", row.reason_signal),
        evidence=tuple(_line(line) for line in row.evidence),
        mode=Mode(row.mode),
        suppression=row.suppression,
        override=row.override,
        model_milli=row.model_milli,
        model_tier=row.model_tier,
        next_step=row.next_step or "",
        play=row.play,
    )
