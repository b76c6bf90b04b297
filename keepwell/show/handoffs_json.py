"""Handoffs as JSON objects: the documented contract of `--json`, as in as_json."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from keepwell.show import as_json
from keepwell.show.as_json import Object, money, plain, points, share
from keepwell.words.dossier import Dossier
from keepwell.words.handoff import (
    Clock,
    DecidedHandoffs,
    Handoff,
    HandoffOutcomes,
    HandoffReport,
    HandoffRow,
    OutcomeRow,
)


def handoffs(it: HandoffReport) -> Object:
    """`handoff`: the accounts in transition."""
    return {
        "as_of": plain(it.as_of),
        "currency": it.currency,
        "gate": points(it.gate_milli),
        "changed": _row(it.changed, it) if it.changed else None,
        "handoffs": [_row(row, it) for row in it.rows],
    }


def _row(row: HandoffRow, report: HandoffReport) -> Object:
    found = handoff(row.handoff, report.currency)
    return {**found, "passes": row.passes, "clocks": [_clock(clock, report.as_of) for clock in row.clocks]}


def handoff(it: Handoff, currency: str) -> Object:
    """One handoff."""
    owned = it.owned
    return {
        "account_id": it.account_id,
        "name": owned.name,
        "since": plain(it.since),
        "because": it.because.value,
        "looked_at": plain(it.as_of),
        "readiness": points(it.score_milli),
        "readiness_milli": it.score_milli,
        "track": it.track.value if it.track else None,
        "missing": [one.value for one in it.missing],
        "step": it.step.value,
        "by": it.by,
        "reason": it.reason,
        "decided_on": plain(it.decided_on),
        "owner": owned.owner,
        "seller": owned.seller,
        "segment": owned.segment,
        "mrr": money(owned.mrr_minor, currency),
        "mrr_minor": owned.mrr_minor,
        "baseline": _baseline(it),
        "marks": [_mark(mark) for mark in it.marks],
        "declined_on": plain(it.declined_on),
        "decline": points(it.decline_milli),
        "lost_on": plain(it.lost_on),
        "ended_on": plain(it.ended_on),
    }


def _baseline(it: Handoff) -> Object | None:
    """The baseline without its readings, which nobody reads."""
    if it.baseline is None:
        return None
    return {
        "scorecard": it.baseline.scorecard,
        "frozen_on": plain(it.baseline.frozen_on),
        "score": points(it.baseline.score_milli),
    }


def _mark(mark: Any) -> Object:
    score, decline = points(mark.score_milli), points(mark.decline_milli)
    return {"day": mark.days, "as_of": plain(mark.as_of), "score": score, "tier": mark.tier, "decline": decline}


def _clock(clock: Clock, day: date) -> Object:
    late = clock.is_late(day)
    return {"awaited": clock.awaited.value, "due": plain(clock.due), "done": plain(clock.done), "late": late}


def decided(it: DecidedHandoffs) -> Object:
    """What a run decided of handoffs, as part of `transitions`."""
    told = [
        {"news": one.news.value, "account_id": one.handoff.account_id, "since": plain(one.handoff.since)}
        for one in it.tidings
    ]
    unclear = [{"day": plain(one.day), "accounts": [account for account, _ in one.accounts]} for one in it.unclear]
    return {
        "days": [plain(day) for day in it.days],
        "told": told,
        "unclear": unclear,
        "rehearsal_until": plain(it.rehearsal_until),
    }


def outcomes(it: HandoffOutcomes) -> Object:
    """`handoff --outcomes`: lost by day 90."""
    return {"as_of": plain(it.as_of), "outcomes": [_outcome(row) for row in it.rows]}


def _outcome(it: OutcomeRow) -> Object:
    low, high = share(it.low_ppm), share(it.high_ppm)
    return {
        "by": it.by,
        "value": it.value,
        "handoffs": it.cases,
        "lost": it.lost,
        "rate": share(it.rate_ppm),
        "low": low,
        "high": high,
    }


def document(it: Dossier) -> Object:
    """`handoff ACCOUNT`: what the document is filled from."""
    return {
        "purpose": it.purpose.value,
        "account_id": it.health.score.account_id,
        "as_of": plain(it.as_of),
        "track": it.track.value if it.track else None,
        "gate": points(it.gate_milli),
        "passes": it.passes,
        "missing": [one.value for one in it.missing],
        "handoff": handoff(it.handoff, it.currency) if it.handoff else None,
        "clocks": [_clock(clock, it.as_of) for clock in it.clocks],
        "vitals": _plain(asdict(it.vitals)),
        "goals": [_plain(asdict(one)) for one in it.goals],
        "people": [_plain(asdict(one)) for one in it.people],
        "commitments": [_plain(asdict(one)) for one in it.commitments],
        "said_of_promises": it.said_of_promises,
        "deals": [_plain(asdict(one)) for one in it.deals],
        "flags": [_plain(asdict(one)) for one in it.flags],
        "open_tickets": it.open_tickets,
        "growth": list(it.growth),
        "readiness": as_json.explanation(it.readiness),
        "health": as_json.explanation(it.health),
    }


def _plain(values: dict[str, Any]) -> Object:
    return {name: plain(value) for name, value in values.items()}
