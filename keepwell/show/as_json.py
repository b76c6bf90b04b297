"""Reports as JSON objects: the documented contract of `--json` (docs/command-line.md).

Points are milli-points / 1000, coverage a share from 0 to 1; the exact integers stand
beside them as `.._milli`, `.._ppm` and `.._minor`. Days are YYYY-MM-DD, moments ISO 8601 in UTC.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

from keepwell.show.diff import direction
from keepwell.words.money import minor_per_major
from keepwell.words.override import Override
from keepwell.words.report import (
    BackfillReport,
    Book,
    BookRow,
    CheckReport,
    DemoReport,
    DiffReport,
    Explanation,
    IngestReport,
    Inventory,
    ScoreReport,
    TierMove,
    Unscored,
)
from keepwell.words.score import Change, Evidence, RowKind, Score, Trend

Object = dict[str, Any]


def points(milli: int | None) -> float | None:
    """Milli-points as points."""
    return None if milli is None else milli / 1000


def share(ppm: int | None) -> float | None:
    """Parts per million as a share."""
    return None if ppm is None else ppm / 1_000_000


def money(minor: int | None, currency: str) -> float | None:
    """Minor units as major units."""
    return None if minor is None else minor / minor_per_major(currency)


def override(it: Override | None) -> Object | None:
    """What a person set over a score."""
    if it is None:
        return None
    found: Object = {"number": it.key, "score": points(it.score_milli), "model_score": points(it.model_milli)}
    names = ("account_id", "scorecard", "score_milli", "tier", "reason", "author", "since", "until", "ended")
    return found | {name: plain(getattr(it, name)) for name in (*names, "model_tier", "at_risk", "model_at_risk")}


def explanation(it: Explanation) -> Object:
    """`explain`, `assess`: the snapshot of one account."""
    return {
        **score(it.score),
        "name": it.name,
        "owner": it.owner,
        "segment": it.segment or it.score.segment,
        "currency": it.currency,
        "mrr": money(it.mrr_minor, it.currency),
        "mrr_minor": it.mrr_minor,
        "renewal": plain(it.renewal_day),
        "fresh_as_of": plain(it.fresh_as_of),
        "trend": trend(it.trend),
        "trend_note": it.trend.note,
        "caveats": list(it.caveats),
        "sharpen": list(it.sharpen),
        "next_action": it.next_action,
        "play": it.play,
        "change": change(it.change) if it.change else None,
    }


def score(it: Score) -> Object:
    """One score with its evidence; sum(points_milli) == score_milli when scored."""
    return {
        "account_id": it.account_id,
        "as_of": plain(it.as_of),
        "state": it.state.value,
        "score": points(it.score_milli),
        "score_milli": it.score_milli,
        "tier": it.tier,
        "model_score": points(it.by_card.score_milli),
        "model_score_milli": it.by_card.score_milli,
        "model_tier": it.by_card.tier,
        "override": override(it.override),
        "coverage": share(it.coverage_ppm),
        "coverage_ppm": it.coverage_ppm,
        "range": None if it.low_milli is None else {"low": points(it.low_milli), "high": points(it.high_milli)},
        "scorecard": {"name": it.scorecard, "hash": it.recipe},
        "evidence": [evidence(row) for row in it.evidence],
        "guards": [evidence(row) for row in it.evidence if row.kind is RowKind.GUARD],
        "missing": list(it.missing),
        "reviews": list(it.reviews),
        "next_tier": it.next_tier,
        "path_to_next_tier": [
            {"signal": step.signal, "points": points(step.points_milli), "text": step.text} for step in it.path
        ],
    }


def evidence(row: Evidence) -> Object:
    """One row of a score."""
    return {
        "kind": row.kind.value,
        "name": row.name,
        "signal": row.signal,
        "dimension": row.dimension,
        "value": row.value,
        "unit": row.unit,
        "status": row.status,
        "observed_at": plain(row.observed_at),
        "points": points(row.points_milli),
        "points_milli": row.points_milli,
        "max_points": points(row.max_points_milli),
        "min_points": points(row.min_points_milli),
        "reason": row.reason,
        "reason_code": row.reason_code,
        "next_step": row.next_step,
        "counted": row.counted,
        "note": row.note,
        "basis": row.basis,
        "band": row.band,
    }


def trend(it: Trend) -> Object:
    """The slope in points a week, since when, and the weekly scores behind it."""
    return {
        "points_per_week": points(it.slope_milli),
        "since": plain(it.since),
        "scores": [{"as_of": plain(day), "score": points(milli)} for day, milli in it.scores],
    }


def change(it: Change) -> Object:
    """The causes of a change; sum(points_milli) == after_milli - before_milli."""
    return {
        "since": plain(it.since),
        "until": plain(it.until),
        "before": points(it.before_milli),
        "after": points(it.after_milli),
        "before_milli": it.before_milli,
        "after_milli": it.after_milli,
        "causes": [
            {
                "cause": cause.name,
                "points": points(cause.points_milli),
                "points_milli": cause.points_milli,
                "rows": [{"name": name, "points": points(milli), "points_milli": milli} for name, milli in cause.rows],
            }
            for cause in it.causes
        ],
    }


def book(it: Book) -> Object:
    """`book`: the list, in the order shown."""
    return {
        "as_of": plain(it.as_of),
        "scorecard": it.scorecard,
        "currency": it.currency,
        "tiers": list(it.tiers),
        "total": it.total,
        "notes": list(it.notes),
        "unscored": _unscored(it.unscored),
        "accounts": [_book_row(row, it.currency) for row in it.rows],
    }


def _unscored(it: Unscored | None) -> Object | None:
    if it is None:
        return None
    return {"accounts": it.accounts, "reasons": dict(it.reasons), "missing": dict(it.missing)}


def _book_row(row: BookRow, currency: str) -> Object:
    return {
        "account_id": row.account_id,
        "name": row.name,
        "state": row.state.value,
        "score": points(row.score_milli),
        "score_milli": row.score_milli,
        "tier": row.tier,
        "model_score": points(row.model_milli),
        "model_score_milli": row.model_milli,
        "model_tier": row.model_tier,
        "override": override(row.override),
        "delta7": points(row.delta7_milli),
        "delta30": points(row.delta30_milli),
        "coverage": share(row.coverage_ppm),
        "range": None if row.low_milli is None else {"low": points(row.low_milli), "high": points(row.high_milli)},
        "reason": row.reason,
        "next_step": row.next_step,
        "play": row.play,
        "owner": row.owner,
        "segment": row.segment,
        "mrr": money(row.mrr_minor, currency),
        "mrr_minor": row.mrr_minor,
        "renewal": plain(row.renewal_day),
    }


def ingest(it: IngestReport) -> Object:
    """`ingest`: per file or table, read = accepted + duplicates + quarantined."""
    return {**plain(it), "quarantined": it.quarantined}


def scored(it: ScoreReport) -> Object:
    """`score`: per scorecard how many were scored; with --account the scores themselves."""
    return {**plain(dataclasses.replace(it, scores=())), "scores": [score(one) for one in it.scores]}


def backfill(it: BackfillReport) -> Object:
    """`backfill`: the days that were added."""
    return dict(plain(it))


def check(it: CheckReport) -> Object:
    """`check`: findings and sources."""
    return {
        **plain(it),
        "fresh_systems": list(it.fresh_systems),
        "enough_systems": it.enough_systems,
        "clean": it.clean,
    }


def inventory(it: Inventory) -> Object:
    """`signals`: the data inventory."""
    rows = [{**plain(row), "coverage": share(row.coverage_ppm)} for row in it.rows]
    return {"as_of": plain(it.as_of), "signals": rows}


def diff(it: DiffReport) -> Object:
    """`diff`: every move of tier on every month-end."""
    months = [
        {"month_end": plain(day), "accounts": accounts, "moves": sum(move.month_end == day for move in it.moves)}
        for day, accounts in zip(it.month_ends, it.accounts, strict=True)
    ]
    return {
        "scorecard_a": it.scorecard_a,
        "scorecard_b": it.scorecard_b,
        "currency": it.currency,
        "month_ends": months,
        "moves": [_move(move, it) for move in it.moves],
    }


def _move(move: TierMove, report: DiffReport) -> Object:
    return {
        **plain(move),
        "score_a": points(move.score_a_milli),
        "score_b": points(move.score_b_milli),
        "mrr": money(move.mrr_minor, report.currency),
        "direction": direction(move, report),
    }


def demo(it: DemoReport) -> Object:
    """`demo`: where the company lies, what was read and scored, and the book."""
    return {"folder": it.folder, "ingest": ingest(it.ingest), "score": scored(it.score), "book": book(it.book)}


def plain(value: Any) -> Any:
    """Frozen report types as JSON values, field by field."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
