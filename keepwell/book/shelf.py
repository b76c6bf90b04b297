"""The closed days a project has scored: kept in the lake by recipe, one row per account and day.

Only whole-book runs of closed days are kept (SEMANTICS, rule 16). A later batch seldom changes
a day that has closed, but a source's first load and a trusted load time can bring facts that
were known by then. Such a day is scored again: a new row of a later batch; readers take the newest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

import duckdb
import pyarrow as pa

from keepwell.book.scorer import Card, Row, Scorer, rows_of
from keepwell.engine import engine
from keepwell.lake import LOADED
from keepwell.state import Batch
from keepwell.words.fact import KINDS
from keepwell.words.problem import KeepwellError, Problem
from keepwell.words.report import CardReport
from keepwell.words.steps import Progress, unheard

WEEKLY = tuple(7 * n for n in range(1, 8))  # the seven weeks before, for trend and Δ7
MONTH = 30  # Δ30
READINGS = "readings"


def compared_days(day: date) -> list[date]:
    """The earlier days that a day's changes and trend are measured against."""
    return [day - timedelta(days=n) for n in sorted({*WEEKLY, MONTH})]


def stored_days(scorer: Scorer, table: str) -> dict[date, int]:
    """Days kept in a table of scores or readings → the newest batch that wrote them."""
    if not scorer.lake.exists(table):
        return {}
    connection = engine()
    scorer.lake.view(connection, table, scorer.batch, temporary=True)
    name = table.replace("/", "_")
    return dict(connection.execute(f'SELECT as_of, max(batch) FROM "{name}" GROUP BY as_of').fetchall())


def shown_days(scorer: Scorer, card: Card) -> set[date]:
    """Days of which the card's scores are kept and the readings that the project's cards need now."""
    return set(stored_days(scorer, card.recipe.table)) & set(stored_days(scorer, _readings_table(scorer)))


def lacking(scorer: Scorer, days: Sequence[date]) -> set[date]:
    """Days that some card has not scored yet, or not with all that was known by then."""
    return set().union(*lacks(scorer, days).values())


def lacks(scorer: Scorer, days: Sequence[date]) -> dict[str, set[date]]:
    """Of each table of a card's scores, and of that of the readings, which days it lacks, or has without all that was known."""
    tables = [*(card.recipe.table for card in scorer.cards.values()), _readings_table(scorer)]
    return {table: set(days) - current(scorer, table, days) for table in tables}


def current(scorer: Scorer, table: str, days: Iterable[date]) -> set[date]:
    """Days kept in a table of scores or readings with all that was known by then."""
    kept = stored_days(scorer, table)
    found = {day: kept[day] for day in days if day in kept}
    if not found:
        return set()
    news = _news(scorer, min(found.values()))
    return {day for day, batch in found.items() if not _told_since(news, batch, scorer.project.close_at(day))}


def _told_since(news: Mapping[int, datetime], batch: int, close_at: datetime) -> bool:
    """Whether a later batch than the given one brought facts that were known before the close."""
    return any(number > batch and known_at < close_at for number, known_at in news.items())


def _news(scorer: Scorer, after: int) -> dict[int, datetime]:
    """Later batches of facts → the earliest moment from which some of them were known.

    With the first load of a feed, the days before it are covered that were not.
    """
    facts = " UNION ALL ".join(f"SELECT batch, known_at FROM fact_{kind} WHERE batch > {int(after)}" for kind in KINDS)
    first = f"SELECT min(batch), TIMESTAMP '0001-01-01' FROM ({LOADED}) GROUP BY source, kind"
    sql = f"SELECT batch, min(known_at) FROM ({facts} UNION ALL {first}) WHERE batch > {int(after)} GROUP BY batch"
    return dict(scorer.lake.reader(scorer.batch).execute(sql).fetchall())


def fill(
    scorer: Scorer,
    lacked: Mapping[str, Collection[date]],
    batch: Batch,
    asked: date | None = None,
    tell: Progress = unheard,
) -> int:
    """Write what tables lack, under `batch`, which is wanted if that is anything; the number of score rows written.

    Days before any data are left out, unless it is `asked`.
    """
    days, written = sorted(set().union(*lacked.values())), 0
    batch.wanted = False
    if not days:
        return 0
    connection, readings = scorer.connect(), _readings_table(scorer)
    for some in scorer.together(connection, days):
        now = {table: [day for day in some if day in of_table] for table, of_table in lacked.items()}
        cards = [card for card in scorer.cards.values() if now[card.recipe.table]]
        scorer.read_all(connection, some, scorer.signals_of(scorer.cards.values() if now[readings] else cards))
        known = {day for (day,) in connection.execute("SELECT DISTINCT as_of FROM readings").fetchall()}
        if asked is not None and asked in some and asked not in known:
            raise KeepwellError(_no_accounts(connection, asked))
        batch.wanted = batch.wanted or bool(known)
        for card in cards:
            scorer.fill_scores(connection, card)
            written += _keep(scorer, connection, ("scores", card.recipe.table), now[card.recipe.table], batch.number)
            _note_recipe(scorer, card, batch.number)
        _keep(scorer, connection, ("readings", readings), now[readings], batch.number)
        tell(f"{some[0]} scored" if len(some) == 1 else f"{some[0]} to {some[-1]} scored")
    return written


def _keep(
    scorer: Scorer,
    connection: duckdb.DuckDBPyConnection,
    from_to: tuple[str, str],
    days: Sequence[date],
    batch: int,
) -> int:
    """Append the days of a relation to a table of the lake; how many rows."""
    relation, table = from_to
    [(rows,)] = connection.execute(f"SELECT count(*) FROM {relation} WHERE list_contains(?, as_of)", [days]).fetchall()
    if rows:
        sql = f"SELECT *, CAST({int(batch)} AS BIGINT) AS batch FROM {relation} WHERE list_contains(?, as_of)"
        scorer.lake.append(table, connection.sql(sql, params=[days]).to_arrow_reader(100_000))
    return int(rows)


def first_known(scorer: Scorer) -> datetime:
    """The moment from which some account is known; days that close before it have no scores."""
    [(first,)] = scorer.connect().execute("SELECT min(known_at) FROM fact_account").fetchall()
    return first or datetime(9999, 12, 31)


def _no_accounts(connection: duckdb.DuckDBPyConnection, day: date) -> Problem:
    [(first,)] = connection.execute("SELECT CAST(min(known_at) AS DATE) FROM fact_account").fetchall()
    return Problem(f"no account is known as of {day}", fix=f"the first account is known on {first}")


def _note_recipe(scorer: Scorer, card: Card, batch: int) -> None:
    """Keep the recipe's text once."""
    connection = scorer.lake.reader(scorer.batch)
    known = connection.execute("SELECT 1 FROM recipes WHERE recipe = ?", [card.recipe.hash]).fetchall()
    if not known:
        row = {"recipe": [card.recipe.hash], "name": [card.name], "text": [card.recipe.text], "batch": [batch]}
        scorer.lake.append("recipes", pa.table(row))


def _readings_table(scorer: Scorer) -> str:
    """The lake table of the readings that the project's cards need."""
    signals = scorer.signals_of(scorer.cards.values()).values()
    return f"{READINGS}/{scorer.recipe(READINGS, '', signals).hash}"


def summary(scorer: Scorer, day: date) -> tuple[CardReport, ...]:
    """How each card came out on a kept day."""
    found = []
    for card in scorer.cards.values():
        connection = engine()
        found.append(counted(card, kept(scorer, connection, card, [day])))
    return tuple(found)


def kept(scorer: Scorer, connection: duckdb.DuckDBPyConnection, card: Card, days: Sequence[date]) -> list[Row]:
    """The newest kept score rows of a card on the given days."""
    return rows_of(
        connection, f"SELECT * FROM ({kept_sql(scorer, connection, card)}) WHERE list_contains(?, as_of)", [days]
    )


def scores_of(
    scorer: Scorer, connection: duckdb.DuckDBPyConnection, card: Card, account: str
) -> dict[date, int | None]:
    """Every kept day's score of one account, in milli-points; None: unscored that day."""
    if not scorer.lake.exists(card.recipe.table):
        return {}
    sql = f"SELECT as_of, score_milli FROM ({kept_sql(scorer, connection, card)}) WHERE account_id = ?"
    return dict(connection.execute(sql, [account]).fetchall())


def kept_sql(scorer: Scorer, connection: duckdb.DuckDBPyConnection, card: Card) -> str:
    """SQL of a card's kept scores, the newest batch of each day."""
    scorer.lake.view(connection, card.recipe.table, scorer.batch, temporary=True)
    name = card.recipe.table.replace("/", "_")
    newest = "max(batch) OVER (PARTITION BY as_of)"
    return f'SELECT * FROM "{name}" QUALIFY batch = {newest}'


def kept_readings_sql(scorer: Scorer, connection: duckdb.DuckDBPyConnection) -> str:
    """SQL of the kept readings, the newest batch of each day."""
    table = _readings_table(scorer)
    scorer.lake.view(connection, table, scorer.batch, temporary=True)
    name = table.replace("/", "_")
    return f'SELECT * FROM "{name}" QUALIFY batch = max(batch) OVER (PARTITION BY as_of)'


def counted(card: Card, rows: Sequence[Row]) -> CardReport:
    """How many accounts are scored, unscored and in each tier."""
    tiers = Counter(row["tier"] for row in rows if row["state"] == "scored")
    scored = sum(tiers.values())
    names = tuple((tier, tiers.get(tier, 0)) for tier in card.tiers)
    return CardReport(card.name, card.recipe.hash, scored, len(rows) - scored, names)
