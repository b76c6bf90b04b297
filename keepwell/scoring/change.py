"""Why a score changed between two dates, split exactly into causes (SEMANTICS, rule 14)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import Any

import duckdb

from keepwell.scoring.compile import Compiled
from keepwell.scoring.evaluate import Values, evaluate_detail
from keepwell.scoring.plan import Plan
from keepwell.words.account import ATTRIBUTES
from keepwell.words.reading import Clock, Signal, Status
from keepwell.words.score import Cause, Change

CAUSES = ("data", "calendar", "silence", "behaviour", "profile", "scorecard", "override")
PARTS = ("v", "q", "o", "b")
CALENDAR_ATTRIBUTES = ("age_days",)  # time alone moves these

STAGES = 6  # of the card of D1: its own readings, then moved to D2's one cause at a time

Row = dict[str, Any]
Overrides = tuple[int | None, int | None]
Subject = tuple[tuple[Values, Values, Values], Overrides]
Stage = tuple[int | None, dict[str, int]]
NO_OVERRIDES: Overrides = (None, None)


def decompose(
    connection: duckdb.DuckDBPyConnection,
    cards: tuple[Compiled, Compiled],
    readings: tuple[Values, Values, Values],
    overrides: Overrides = NO_OVERRIDES,
) -> Change:
    """Split score(D2) - score(D1) into its causes; each is after - before of one step, and they sum exactly.

    `cards` are the cards in force on D1 and D2. `readings` are three rows of the readings
    relation of one account: D1 as known on D1, D1's windows as known on D2, and D2. `overrides`
    are the scores in milli-points that a person set over the card's on D1 and D2.
    """
    return decompose_many(connection, cards, [(readings, overrides)])[0]


def decompose_many(
    connection: duckdb.DuckDBPyConnection, cards: tuple[Compiled, Compiled], subjects: Sequence[Subject]
) -> list[Change]:
    """`decompose` of many (readings, overrides) by one statement of each card, however many there are."""
    old, new = cards
    asked = [row for readings, _ in subjects for row in (readings[0], *_hybrids(old.plan, *readings))]
    stages = iter(evaluate_detail(connection, old, asked, ranges=False))
    last = [readings[2] for readings, _ in subjects]
    finals = iter(evaluate_detail(connection, new, last, ranges=False) if new is not old else ())
    found = []
    for subject in subjects:
        rows = list(islice(stages, STAGES))
        after = rows[-1] if new is old else next(finals)
        scores = [*(_state(old, row) for row in rows), _state(new, after)]
        found.append(_change(subject, (rows[0]["score_milli"], after["score_milli"]), scores))
    return found


def theirs_many(
    connection: duckdb.DuckDBPyConnection, card: Compiled, readings: Sequence[tuple[Values, Values, Values]]
) -> list[Cause | None]:
    """What silence and behaviour moved between two days by the measures that are fresh on both; None: none is.

    The other measures are taken out of the card, so that what nobody knew then, or knows now, moves nothing.
    """
    shared = [_fresh_on_both(card.plan, first, last) for first, _, last in readings]
    asked = [
        row
        for names, three in zip(shared, readings, strict=True)
        if names
        for row in _hybrids(card.plan, *(_only(card.plan, one, names) for one in three))
    ]
    stages = iter(evaluate_detail(connection, card, asked, ranges=False))
    found: list[Cause | None] = []
    for names in shared:
        states = [_state(card, row) for row in islice(stages, STAGES - 1)] if names else []
        found.append(_cause("theirs", states[1], states[3]) if states else None)
    return found


# of each fall the card at four stages: the first day's own readings and the last day's, for whether there is a score,
# and D1's windows as known on D2, before and after silence and behaviour
STAGED = """
CREATE OR REPLACE TEMP TABLE staged AS
WITH three AS MATERIALIZED ({three})
{stages}
"""
THEIRS = """
SELECT CAST(account_id AS BIGINT) // 4 AS number,
       CAST(sum(CASE CAST(account_id AS BIGINT) % 4 WHEN 1 THEN {points} WHEN 2 THEN -({points}) END) AS BIGINT)
FROM ({detail}) GROUP BY number
HAVING count(score_milli) FILTER (CAST(account_id AS BIGINT) % 4 IN (0, 3)) = 2
"""


def theirs_of(connection: duckdb.DuckDBPyConnection, card: Compiled, three: str) -> list[tuple[int, int]]:
    """(number, milli-points) that silence and behaviour took, of falls that `three` numbers; those without a score are left out.

    `three` is SQL of `number` and the rows of readings `first`, `rewound` and `last`, as `decompose` takes them. It says
    what `decompose` says, of a whole book without a row of it in Python.
    """
    stages = [
        f"SELECT CAST(number * 4 + {n} AS VARCHAR) AS account_id, {', '.join(columns)}, CAST(NULL AS VARCHAR) AS force"
        " FROM three"
        for n, columns in enumerate(_stages(card))
    ]
    connection.execute(STAGED.format(three=three, stages="\nUNION ALL ".join(stages)))
    points = " + ".join(["0", *(f"coalesce({row.column}, 0)" for row in card.rows)])
    sql = THEIRS.format(points=points, detail=card.detail_sql("staged", ranges=False))
    return connection.execute(sql).fetchall()


def _stages(card: Compiled) -> list[list[str]]:
    """The columns of the four stages, from the structs `first`, `rewound` and `last`."""
    calendar = {name for name, signal in card.plan.signals.items() if signal.clock is Clock.CALENDAR}
    found: list[list[str]] = [[], [], [], []]
    for column in card.columns:
        part, _, name = column.partition("_")
        if column == "account_id":
            continue
        if column == "as_of" or (part == "a" and name in CALENDAR_ATTRIBUTES):
            sources = "first", "last", "last", "last"
        elif part == "a":
            sources = "first", "rewound", "rewound", "last"
        else:
            sources = "first", "last" if name in calendar else "", "last", "last"
        for stage, source in zip(found, sources, strict=True):
            same = f"rewound.q_{name} IS NOT DISTINCT FROM last.q_{name}"
            moved = f"CASE WHEN {same} THEN rewound.{column} ELSE last.{column} END"
            stage.append(f"{source}.{column} AS {column}" if source else f"{moved} AS {column}")
    return found


def _fresh_on_both(plan: Plan, first: Values, last: Values) -> frozenset[str]:
    return frozenset(
        name for name in plan.signals if all(row.get(f"q_{name}") == Status.FRESH for row in (first, last))
    )


def _only(plan: Plan, row: Values, names: Collection[str]) -> Row:
    """A row of readings in which the other measures are missing."""
    missing = {f"{part}_{name}": None for name in plan.signals if name not in names for part in PARTS}
    status = {f"q_{name}": Status.MISSING.value for name in plan.signals if name not in names}
    return {**row, **missing, **status}


def _change(subject: Subject, ends: Overrides, scores: Sequence[Stage]) -> Change:
    (first, _, last), overrides = subject
    before, after = (over if over is not None else score for over, score in zip(overrides, ends, strict=True))
    account, days = str(first["account_id"]), (first["as_of"], last["as_of"])
    if ends[0] is None or ends[1] is None:
        by = None if before is None or after is None else after - before  # where the card gives no score, people did
        return Change(
            account, *days, before, after, () if by is None else (Cause("override", by, (("override", by),)),)
        )
    causes = [_cause(name, a, b) for name, a, b in zip(CAUSES, scores, scores[1:], strict=False)]
    return Change(account, *days, before, after, (*causes, _override_cause(overrides, (ends[0], ends[1]))))


def _hybrids(plan: Plan, first: Values, rewound: Values, last: Values) -> list[Row]:
    """D1's readings, moved to D2's one cause at a time: data, calendar, silence, behaviour, profile."""
    row = dict(first)
    found = []
    for name in plan.signals:
        source = last if rewound.get(f"q_{name}") != last.get(f"q_{name}") else rewound
        _take(row, source, name)
    row |= {f"a_{name}": rewound.get(f"a_{name}") for name in ATTRIBUTES}
    found.append(dict(row))
    for signal in plan.signals.values():
        if signal.clock is Clock.CALENDAR:
            _take(row, last, signal.name)
    row |= {f"a_{name}": last.get(f"a_{name}") for name in CALENDAR_ATTRIBUTES}
    row["as_of"] = last["as_of"]
    found.append(dict(row))
    for signal in plan.signals.values():
        if signal.clock is Clock.SILENCE and not _newer(signal, rewound, last):
            _take(row, last, signal.name)
    found.append(dict(row))
    for name in plan.signals:
        _take(row, last, name)
    found.append(dict(row))
    row |= {f"a_{name}": last.get(f"a_{name}") for name in ATTRIBUTES}
    found.append(dict(row))
    return found


def _take(row: Row, source: Values, signal: str) -> None:
    for part in PARTS:
        row[f"{part}_{signal}"] = source.get(f"{part}_{signal}")


def _newer(signal: Signal, rewound: Values, last: Values) -> bool:
    """Whether something new happened on their side; without days, a value that fell says so."""
    was, now = rewound.get(f"o_{signal.name}"), last.get(f"o_{signal.name}")
    if was is not None or now is not None:
        return now is not None and (was is None or now > was)
    before, after = rewound.get(f"v_{signal.name}"), last.get(f"v_{signal.name}")
    return before is None or after is None or after < before


def _state(compiled: Compiled, row: Mapping[str, Any]) -> Stage:
    """Score and rows of a stage, whether or not its coverage would do."""
    rows = {f"{r.kind}:{r.name}": int(row[r.column] or 0) for r in compiled.rows}
    return row["raw_milli"], rows


def _cause(name: str, before: Stage, after: Stage) -> Cause:
    old, new = before[1], after[1]
    moved = {key: new.get(key, 0) - old.get(key, 0) for key in {**old, **new}}
    rows = sorted(((key.split(":", 1)[1], by) for key, by in moved.items() if by), key=lambda row: -abs(row[1]))
    return Cause(name, sum(by for _, by in rows), tuple(rows))


def _override_cause(overrides: Overrides, scores: tuple[int, int]) -> Cause:
    """What people's overrides added on D2 over what they added on D1."""
    added = [0 if over is None else over - score for over, score in zip(overrides, scores, strict=True)]
    by = added[1] - added[0]
    return Cause("override", by, (("override", by),) if by else ())
