"""Lists over the whole book: plain SQL over what the lake keeps."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice

import duckdb

from keepwell.book import book_filter, labels, quarantine, shelf, snapshot
from keepwell.book.scorer import Card, Row, Scorer, rows_of
from keepwell.deciding import overlay
from keepwell.deciding.plays import Account, plays_of
from keepwell.feedback import overrides
from keepwell.project import Project
from keepwell.scoring.explain import explain_many
from keepwell.words.days import month_ends
from keepwell.words.override import Override
from keepwell.words.play import NextStep
from keepwell.words.problem import KeepwellError, Problem
from keepwell.words.reading import Status
from keepwell.words.report import Book, BookQuery, BookRow, DiffReport, TierMove, Unscored
from keepwell.words.score import Score, State

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
MONTH_ENDS = 12
MOST_MISSING = 5  # signals named as missing among unscored accounts

# the columns of `book_filter.COLUMNS` over a day's kept scores and readings
BOOK = """
CREATE OR REPLACE TEMP VIEW book AS
WITH score AS ({scores}), reading AS ({readings}), earlier AS (SELECT account_id, as_of, score_milli FROM score)
SELECT s.account_id, s.card_milli, s.card_tier, s.override, s.unscored_why, coalesce(nullif(r.a_name, s.account_id), l.name, s.account_id) AS name, s.state, s.score_milli, s.tier, s.coverage_ppm, s.low_milli, s.high_milli,
       s.score_milli - w.score_milli AS delta7_milli, s.score_milli - m.score_milli AS delta30_milli,
       coalesce(r.a_owner, l.owner) AS owner, r.a_segment AS segment, r.a_mrr_minor AS mrr_minor, r.a_renewal_day AS renewal_day,
       r.a_name = s.account_id AND l.name IS NOT NULL AS named_later, r.a_owner IS NULL AND l.owner IS NOT NULL AS owned_later
FROM score s
JOIN reading r ON r.account_id = s.account_id AND r.as_of = s.as_of
LEFT JOIN label l ON l.account_id = s.account_id
LEFT JOIN earlier w ON w.account_id = s.account_id AND w.as_of = s.as_of - 7
LEFT JOIN earlier m ON m.account_id = s.account_id AND m.as_of = s.as_of - 30
WHERE s.as_of = {day}
"""


def book(project: Project, query: BookQuery) -> Book:
    """The accounts that match, worst first, as of the newest scored day or the one asked for."""
    scorer = Scorer(project)
    card = scorer.headline(query.scorecard)
    day = scored_day(scorer, card, query.as_of)
    connection = scorer.connect()
    readings = shelf.kept_readings_sql(scorer, connection)
    said = overlay.scores_sql(scorer, connection, card, [day, day - WEEK, day - MONTH])
    labels.register(scorer, connection, readings, day)
    connection.execute(BOOK.format(scores=said, readings=readings, day=f"DATE '{day.isoformat()}'"))
    where = book_filter.condition(query.where, project.config.currency) if query.where else "true"
    limit = f"LIMIT {int(query.limit)}" if query.limit else ""
    found = rows_of(connection, f"SELECT * FROM book WHERE {where} ORDER BY {book_filter.order(query.sort)} {limit}")
    [(total,)] = connection.execute(f"SELECT count(*) FROM book WHERE {where}").fetchall()
    ids = [row["account_id"] for row in found]
    sql = f"SELECT * FROM ({readings}) WHERE as_of = ? AND list_contains(?, account_id)"
    details = {row["account_id"]: scorer.named(row) for row in rows_of(connection, sql, [day, ids])}
    subjects = [(details[row["account_id"]], None) for row in found]
    scores = explain_many(connection, card.compiled, subjects, recipe=card.recipe.hash)
    made = (
        {one.key: one for one in overrides.every(scorer.state, card.name)} if any(r["override"] for r in found) else {}
    )
    plays = plays_of(scorer)
    kinds = [Account(row["segment"], details[row["account_id"]]["a_lifecycle"]) for row in found]
    steps = [plays.next_step(card, score, kind) for score, kind in zip(scores, kinds, strict=True)]
    overs = [made.get(row["override"]) for row in found]
    rows = tuple(_row(*one) for one in zip(found, scores, steps, overs, strict=True))
    notes = _outdated(scorer, card, day) + labels.claim(
        scorer, day, [(row["named_later"], row["owned_later"]) for row in found]
    )
    notes += quarantine.of_contracts(scorer, day, advice=False)
    unscored = _unscored(connection, card, f"SELECT * FROM ({readings}) WHERE as_of = DATE '{day}'", where)
    return Book(day, card.name, project.config.currency, card.tiers, rows, total, notes, unscored)


def _unscored(connection: duckdb.DuckDBPyConnection, card: Card, readings: str, where: str) -> Unscored | None:
    """Why the accounts that match and have no score have none, and what most of them lack."""
    among = f"FROM book WHERE ({where}) AND state <> 'scored'"
    sql = f"SELECT coalesce(unscored_why, state) AS why, count(*) AS number {among} GROUP BY why ORDER BY number DESC, why"
    reasons = connection.execute(sql).fetchall()
    if not reasons:
        return None
    counted = {leaf.signal.name for leaf in card.compiled.plan.leaves() if leaf.counted and leaf.signal}
    names = [name for name in card.signals if name in counted]
    lacking = ", ".join(f"count_if(q_{name} = '{Status.MISSING}')" for name in names)
    meant = f"SELECT account_id {among} AND unscored_why IS DISTINCT FROM '{snapshot.NOT_FOR_IT}'"
    [counts] = connection.execute(f"SELECT {lacking} FROM ({readings}) WHERE account_id IN ({meant})").fetchall()
    missing = [(name, number) for name, number in zip(names, counts, strict=True) if number]
    missing.sort(key=lambda pair: -pair[1])
    return Unscored(sum(number for _, number in reasons), tuple(reasons), tuple(missing[:MOST_MISSING]))


def _outdated(scorer: Scorer, card: Card, day: date) -> tuple[str, ...]:
    if day in shelf.current(scorer, card.recipe.table, [day]):
        return ()
    return (f"facts known by {day} have come in since it was scored: run 'keepwell score --as-of {day}'",)


def scored_day(scorer: Scorer, card: Card, wanted: date | None) -> date:
    """The wanted day, or the newest that can be shown; KeepwellError where it is not scored."""
    scored, days = shelf.stored_days(scorer, card.recipe.table), shelf.shown_days(scorer, card)
    if not scored and card.name not in scorer.cards:
        fix = f"copy it to scorecards/{card.name}.yml, then run 'keepwell score'"
        raise KeepwellError(Problem(f"{card.name} is not one of this project's cards", fix=fix))
    if not scored:
        raise KeepwellError(Problem(f"nothing is scored by {card.name} yet", fix="run 'keepwell score'"))
    if not days:
        what = f"the project's cards read other signals than when {max(scored)} was scored"
        raise KeepwellError(Problem(what, fix="run 'keepwell score'"))
    if wanted is None:
        return max(days)
    if wanted not in days:
        raise KeepwellError(Problem(f"{wanted} is not scored", fix=f"run 'keepwell score --as-of {wanted}'"))
    return wanted


def _row(row: Row, score: Score, step: NextStep, over: Override | None) -> BookRow:
    return BookRow(
        account_id=row["account_id"],
        name=row["name"],
        state=State(row["state"]),
        score_milli=row["score_milli"],
        tier=row["tier"],
        delta7_milli=row["delta7_milli"],
        delta30_milli=row["delta30_milli"],
        coverage_ppm=row["coverage_ppm"],
        reason=over.says if over else snapshot.main_reason(score),
        next_step=step.text,
        play=step.play,
        owner=row["owner"],
        segment=row["segment"],
        mrr_minor=row["mrr_minor"],
        renewal_day=row["renewal_day"],
        low_milli=row["low_milli"],
        high_milli=row["high_milli"],
        model_milli=row["card_milli"],
        model_tier=row["card_tier"],
        override=over,
    )


def diff(scorer: Scorer, name_a: str, name_b: str, last: date) -> DiffReport:
    """Accounts that two cards put into different tiers, on the last twelve month-ends of history."""
    a, b = scorer.headline(name_a), scorer.headline(name_b)
    connection = scorer.connect()
    days = list(islice(month_ends(last), MONTH_ENDS))[::-1]
    scorer.read_all(connection, days, scorer.signals_of([a, b]))
    for table, card in (("score_a", a), ("score_b", b)):
        scorer.fill_scores(connection, card, ranges=False)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM scores")
    moved = rows_of(
        connection,
        """SELECT r.as_of AS month_end, r.account_id, r.a_name AS name, r.a_owner AS owner, r.a_segment AS segment,
                  r.a_mrr_minor AS mrr_minor, a.tier AS tier_a, b.tier AS tier_b,
                  a.score_milli AS score_a_milli, b.score_milli AS score_b_milli
           FROM readings r JOIN score_a a USING (account_id, as_of) JOIN score_b b USING (account_id, as_of)
           WHERE a.tier IS DISTINCT FROM b.tier ORDER BY r.as_of, r.a_mrr_minor DESC NULLS LAST, r.account_id""",
    )
    sizes = dict(connection.execute("SELECT as_of, count(*) FROM readings GROUP BY as_of").fetchall())
    present = tuple(day for day in days if day in sizes)
    return DiffReport(
        scorecard_a=a.name,
        scorecard_b=b.name,
        currency=scorer.project.config.currency,
        month_ends=present,
        accounts=tuple(sizes[day] for day in present),
        moves=tuple(TierMove(**row) for row in moved),
        tiers_a=a.tiers,
        tiers_b=b.tiers,
    )
