"""People's words laid over kept scores as they are read: what the lake holds stays the card's own (SEMANTICS, rule 16)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date

import duckdb
import pyarrow as pa

from keepwell.book import shelf
from keepwell.book.scorer import Card, Row, Scorer
from keepwell.decisions.border import Border
from keepwell.decisions.override import NOT_FOR_IT, overlaid, tier_at
from keepwell.feedback import overrides
from keepwell.words.decision import Today
from keepwell.words.figures import points
from keepwell.words.override import Override
from keepwell.words.report import Explanation
from keepwell.words.score import State

TYPES: dict[str, pa.DataType] = {
    "account_id": pa.string(),
    "as_of": pa.date32(),
    "override": pa.string(),
    "set_milli": pa.int64(),
    "set_tier": pa.string(),
}
SEGMENTS = """SELECT s.as_of, s.account_id, s.segment_name FROM ({kept}) s JOIN said o USING (account_id, as_of)"""
# a tier is set over a score only; a card that is not for an account stays so
OVERLAID = f"""
SELECT k.* REPLACE (
           CASE WHEN o.set_milli IS NOT NULL THEN 'scored' ELSE k.state END AS state,
           CASE WHEN o.set_milli IS NOT NULL THEN NULL ELSE k.unscored_why END AS unscored_why,
           coalesce(o.set_milli, k.score_milli) AS score_milli,
           CASE WHEN o.override IS NOT NULL THEN o.set_tier ELSE k.tier END AS tier,
           coalesce(o.set_milli, k.low_milli) AS low_milli, coalesce(o.set_milli, k.high_milli) AS high_milli),
       k.state AS card_state, k.unscored_why AS card_why, k.score_milli AS card_milli, k.tier AS card_tier, o.override
FROM ({{kept}}) k
LEFT JOIN said o ON o.account_id = k.account_id AND o.as_of = k.as_of
     AND k.unscored_why IS DISTINCT FROM '{NOT_FOR_IT}' AND (o.set_milli IS NOT NULL OR k.score_milli IS NOT NULL)
"""


def scores_sql(
    scorer: Scorer, connection: duckdb.DuckDBPyConnection, card: Card, days: Iterable[date], kept: str | None = None
) -> str:
    """SQL of a card's scores (else those kept) with the overrides of some days, and its own beside (`card_milli`, ..)."""
    kept = kept if kept is not None else shelf.kept_sql(scorer, connection, card)
    found = overrides.every(scorer.state, card.name)
    said = [(day, one) for day in days for one in overrides.in_force(found, day).values()]
    connection.register("said", _table([(day, one, None) for day, one in said]))
    if said:
        rows = connection.execute(SEGMENTS.format(kept=kept)).fetchall()
        segments = {(day, account): segment for day, account, segment in rows}
        there = [(day, one) for day, one in said if (day, one.account_id) in segments]
        tiers = [_tier(card, segments[day, one.account_id], one) for day, one in there]
        connection.register("said", _table([(*pair, tier) for pair, tier in zip(there, tiers, strict=True)]))
    return OVERLAID.format(kept=kept)


def said_of(scorer: Scorer, card: Card, account: str) -> tuple[Override, ...]:
    """The overrides that were ever written for an account by a card, oldest first."""
    return overrides.every(scorer.state, card.name, account)


def laid_over(it: Explanation, card: Card, found: Collection[Override]) -> Explanation:
    """An explanation with the override that counts on its day laid over the score, if there is one."""
    one = overrides.in_force(found, it.score.as_of).get(it.score.account_id)
    score = it.score if one is None else overlaid(it.score, one, card.borders(it.score.segment))
    if score.own is None:
        return it
    own = score.own
    says = "gives no score" if own.score_milli is None else f"says {points(own.score_milli)} ({own.tier})"
    return replace(it, score=score, caveats=(*it.caveats, f"A person set this: the card alone {says}"))


def shown(row: Row, by_card: Today, border: Border | None) -> Today:
    """A day's row of `scores_sql` as people set it; what the card alone says is kept beside where that is another."""
    said = {"delta7_milli": row["delta7"], "delta30_milli": row["delta30"], "override": row["override"]}
    if row["override"] is None and (row["delta7"], row["delta30"]) == (by_card.delta7_milli, by_card.delta30_milli):
        return by_card
    said |= {"state": State(row["state"]), "unscored_why": row["unscored_why"], "tier": row["tier"]}
    said |= {"score_milli": row["score_milli"], "low_tier": border is not None and row["tier"] in border.below}
    return replace(by_card, **said, by_card=by_card)


def _tier(card: Card, segment: str | None, one: Override) -> str | None:
    return one.tier if one.score_milli is None else tier_at(card.borders(segment), one.score_milli)


def _table(said: Sequence[tuple[date, Override, str | None]]) -> pa.Table:
    rows = [
        {
            "account_id": one.account_id,
            "as_of": day,
            "override": one.key,
            "set_milli": one.score_milli,
            "set_tier": tier,
        }
        for day, one, tier in said
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema(TYPES))
