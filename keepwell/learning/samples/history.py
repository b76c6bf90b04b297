"""Examples from the ledger: every customer at each month's end, as known then, with what became of it.

The readings are those that a score of that day reads, by the same statement; only the
outcome comes from later. A customer lost before the gap is over is no example: nobody
could have been warned in time, and it was not kept either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice, takewhile
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from keepwell.book.scorer import Card, Scorer
from keepwell.learning.samples import outcomes
from keepwell.learning.samples.examples import CardScores, Column, Examples, Floats, Sample, numbered
from keepwell.learning.samples.outcomes import EVENTS, Outcomes
from keepwell.words.days import month_ends
from keepwell.words.learning import CompanyHistory, Foretold
from keepwell.words.problem import KeepwellError, Problem, nearest
from keepwell.words.reading import Signal

FIRST_MONTHS = 1  # a company's first month has no past to read
CARD = "card "  # before the columns that cards read, which keep their quality beside them


@dataclass(frozen=True)
class Window:
    """An outcome counts that falls into (day + gap, day + gap + horizon], in days."""

    gap: int = 30
    horizon: int = 60

    @property
    def ahead(self) -> int:
        """After how many days a row's outcome is certain."""
        return self.gap + self.horizon


@dataclass(frozen=True)
class History:
    """The examples of a company, with where they come from."""

    examples: Examples
    outcomes: Outcomes
    days: tuple[date, ...]
    dropped: int  # (customer, day) pairs with an outcome inside the gap


# who stays or leaves is the account whose contract covers it, or the account itself where a source tells its own outcome
ROWS = """
SELECT r.account_id, r.as_of, r.a_holder AS holder, r.a_mrr_minor AS mrr, r.a_segment AS segment, {values},
       (SELECT min(o.day) FROM outcome_event o WHERE o.account_id IN (r.account_id, r.a_holder) AND o.type = $event
          AND o.day > r.as_of) AS event_day,
       (SELECT min(o.day) FROM outcome_event o WHERE o.account_id IN (r.account_id, r.a_holder) AND o.type = $event
          AND o.day > r.as_of + $gap AND o.day <= r.as_of + $gap + $horizon) AS outcome_day,
       EXISTS (FROM outcome_event o WHERE o.account_id IN (r.account_id, r.a_holder) AND o.type IN ($event, 'churned')
                 AND o.day > r.as_of AND o.day <= r.as_of + $gap) AS too_soon
FROM readings r {scores}
WHERE EXISTS (FROM customer c WHERE c.account_id = r.a_holder AND c.from_day <= r.as_of AND c.to_day > r.as_of)
  AND (r.account_id = r.a_holder OR NOT EXISTS (
       FROM outcome_event o WHERE o.account_id = r.account_id AND o.type = 'churned' AND o.day <= r.as_of))
ORDER BY r.as_of, r.account_id
"""


KEEP_SCORES = "CREATE OR REPLACE TEMP TABLE scores_{n} AS SELECT account_id, as_of, score_milli, tier FROM scores"
JOIN_SCORES = "LEFT JOIN scores_{n} s{n} ON s{n}.account_id = r.account_id AND s{n}.as_of = r.as_of"


@dataclass(frozen=True)
class Wanted:
    """What is asked of a history: the readings of `signals` at `months` month-ends, and whether `target` followed.

    `cards` are scored on the same rows, parents by their roll-up, as a score of that day would have been.
    With `open_too` the month-ends go on to the last day, also those whose outcomes are not certain yet.
    """

    signals: Mapping[str, Signal]
    target: Foretold = Foretold.CHURN
    window: Window = Window()
    months: int = 24
    cards: tuple[Card, ...] = ()
    open_too: bool = False


def sample_of(scorer: Scorer, asked: CompanyHistory, until: date, cards: Sequence[Card] = ()) -> Sample:
    """What a company's own history teaches by `until`, with the scores of `cards`."""
    if unknown := sorted(set(asked.leave_out) - scorer.signals.keys()):
        raise KeepwellError(
            Problem(f"no signal '{unknown[0]}' for --exclude", fix=nearest(unknown[0], list(scorer.signals)))
        )
    signals = {name: signal for name, signal in scorer.signals.items() if name not in asked.leave_out}
    wanted = Wanted(signals, asked.target, Window(asked.gap_days, asked.horizon_days), asked.months, tuple(cards))
    examples = read(scorer, wanted, until).examples
    unread = sorted(signals.keys() - set(examples.names))
    left_out = tuple((name, "no customer has a fresh reading of it") for name in unread)
    return Sample(
        examples,
        f"lake version {scorer.batch}",
        None,
        left_out,
        scorer.signals,
        {card.name: card.compiled for card in cards},
    )


def read(scorer: Scorer, wanted: Wanted, until: date) -> History:
    """The examples of the last month-ends, of which the outcomes are certain by `until` unless open ones are wanted.

    Raises KeepwellError where no source tells what became of customers, or no month is old enough.
    """
    connection = scorer.connect()
    scorer.know(connection, until, outcomes.KINDS)
    found = outcomes.prepare(connection, until)
    if not found.stated and not found.by_contract:
        what = "nothing tells which customers were lost"
        raise KeepwellError(
            Problem(what, fix="map a source of contracts (kind subscription) or of outcomes (kind outcome)")
        )
    window, signals = wanted.window, wanted.signals
    newest = until if wanted.open_too else found.closed - timedelta(days=window.ahead)
    since = _since(connection)
    told = takewhile(lambda end: end - timedelta(days=31 * FIRST_MONTHS) >= since, month_ends(newest))
    days = list(islice(told, wanted.months))[::-1]
    if not days:
        if wanted.open_too:
            raise KeepwellError(Problem(f"no month's end by {until} has a month before it", fix="come back later"))
        what = f"no month's end has {window.ahead} days of outcomes behind it by {found.closed}"
        raise KeepwellError(Problem(what, fix="learn later, or with a shorter '--horizon'"))
    needed = {**signals, **scorer.signals_of(wanted.cards)}
    scores = range(len(wanted.cards))
    values = [*map(_value, signals), *(f"s{n}.score_milli AS score_{n}, s{n}.tier AS tier_{n}" for n in scores)]
    values += [f'r.{column} AS "{CARD}{column}"' for column in _columns(wanted.cards)]
    query = ROWS.format(values=", ".join(values), scores=" ".join(JOIN_SCORES.format(n=n) for n in scores))
    given = {"event": EVENTS[wanted.target], "gap": window.gap, "horizon": window.horizon}
    parts = []
    for some in scorer.together(connection, days):
        scorer.read_all(connection, some, needed)
        for n, card in enumerate(wanted.cards):
            scorer.fill_scores(connection, card, ranges=False)
            connection.execute(KEEP_SCORES.format(n=n))
        parts.append(connection.sql(query, params=given).to_arrow_table())
    rows = pa.concat_tables(parts)
    kept = rows.filter(pc.invert(rows["too_soon"]))
    return History(_examples(kept, wanted, found), found, tuple(days), rows.num_rows - kept.num_rows)


def _columns(cards: Sequence[Card]) -> list[str]:
    """What cards read of an account, apart from who and when."""
    found = dict.fromkeys(column for card in cards for column in card.compiled.columns)
    return [column for column in found if column not in ("account_id", "as_of")]


def _value(name: str) -> str:
    """A fresh reading; a stale one is unknown, as for a card."""
    return f"CASE WHEN r.q_{name} = 'fresh' THEN CAST(r.v_{name} AS DOUBLE) END AS v_{name}"


def _examples(rows: pa.Table, wanted: Wanted, found: Outcomes) -> Examples:
    columns = [Column(signal, _floats(rows[f"v_{signal.name}"])) for signal in wanted.signals.values()]
    holders, ends = rows["holder"].to_pylist(), rows["outcome_day"].to_pylist()
    subjects = zip(rows["account_id"].to_pylist(), rows["as_of"].to_pylist(), strict=True)
    return Examples(
        columns=tuple(column for column in columns if not np.isnan(column.values).all()),
        outcome=np.array([day is not None for day in ends], bool),
        keys=tuple(f"{account} on {day}" for account, day in subjects),
        day=rows["as_of"].cast(pa.int32()).to_numpy().astype(np.int64),
        group=numbered(holders),
        account=numbered(rows["account_id"].to_pylist()),
        mrr=_floats(rows["mrr"]),
        event=numbered(f"{holder} {day}" for holder, day in zip(holders, ends, strict=True)),
        event_day=_floats(rows["event_day"].cast(pa.int32())),
        segment=np.array([segment or "unknown" for segment in rows["segment"].to_pylist()], np.str_),
        by_card={card.name: _scores(rows, n) for n, card in enumerate(wanted.cards)},
        readings=_readings(rows, wanted.cards) if wanted.cards else None,
        ahead_days=wanted.window.ahead,
        horizon_days=wanted.window.horizon,
        late_days=found.late_days,
        target=wanted.target.value,
    )


def _scores(rows: pa.Table, n: int) -> CardScores:
    return CardScores(_floats(rows[f"score_{n}"]) / 1000, tuple(rows[f"tier_{n}"].to_pylist()))


def _readings(rows: pa.Table, cards: Sequence[Card]) -> pa.Table:
    """What the cards read, as the relation from which they are computed."""
    columns = {column: rows[f"{CARD}{column}"] for column in _columns(cards)}
    return pa.table({"account_id": rows["account_id"], "as_of": rows["as_of"], **columns})


def _floats(column: pa.ChunkedArray[Any]) -> Floats:
    """Numbers of a column, NaN where there is none."""
    return np.asarray(column.cast(pa.float64()).to_numpy(), float)


def _since(connection: duckdb.DuckDBPyConnection) -> date:
    """The first day on which some account was a customer."""
    [(first,)] = connection.execute("SELECT min(from_day) FROM customer").fetchall()
    return date.max if first is None else max(first, date(1900, 1, 1))
