"""Decisions as JSON objects: the documented contract of `--json`, as in as_json."""

from __future__ import annotations

from dataclasses import asdict

from keepwell.show.as_json import Object, money, plain, points, share
from keepwell.words.action import (
    CardDecisions,
    CardPolicy,
    DecisionReport,
    HeldBack,
    PolicyReport,
    Rescored,
    RescoreReport,
    SuppressReport,
)
from keepwell.words.alert import AlertReport, AlertRow
from keepwell.words.decision import EvidenceLine, Suppression, Transition


def transitions(it: DecisionReport) -> Object:
    """`transitions`: what was decided and what it told."""
    return {
        "since": plain(it.since),
        "as_of": plain(it.as_of),
        "currency": it.currency,
        "cards": [_card(card, it.currency) for card in it.cards],
    }


def rescored(it: RescoreReport) -> Object:
    """`ingest --rescore`: what could not wait, and what is told of it."""
    return {
        "as_of": plain(it.as_of),
        "note": it.note or None,
        "accounts": [_rescored(one) for one in it.accounts],
        "transitions": [transition(told, it.currency) for told in it.transitions],
    }


def _rescored(it: Rescored) -> Object:
    return {
        "account_id": it.account_id,
        "name": it.now.owned.name,
        "scorecard": it.scorecard,
        "events": list(it.events),
        "old_score": points(it.before.score_milli),
        "new_score": points(it.now.score_milli),
        "old": it.before.status.value,
        "new": it.now.status.value,
    }


def _card(it: CardDecisions, currency: str) -> Object:
    return {
        "scorecard": it.scorecard,
        "policy": it.policy,
        "baseline": plain(it.baseline),
        "through": plain(it.through),
        "days": [plain(day) for day in it.days],
        "rehearsal_until": plain(it.rehearsal_until),
        "watched": it.watched,
        "by_recipe": it.by_recipe,
        "late": [one.number for one in it.late],
        "lost": [{"segment": one.segment, "level": one.level} for one in it.lost],
        "statuses": dict(it.statuses),
        "transitions": [transition(told, currency) for told in it.transitions],
    }


def alerts(it: AlertReport) -> Object:
    """`alerts`: what somebody should act on."""
    return {
        "as_of": plain(it.as_of),
        "currency": it.currency,
        "changed": alert(it.changed, it) if it.changed else None,
        "alerts": [alert(row, it) for row in it.alerts],
    }


def alert(it: AlertRow, report: AlertReport) -> Object:
    """One alert."""
    return {
        "number": it.number,
        "scorecard": it.scorecard,
        "account_id": it.account_id,
        "name": it.owned.name,
        "kind": it.kind.value,
        "also": [kind.value for kind in it.also],
        "episode": plain(it.episode),
        "as_of": plain(it.as_of),
        "owner": it.owner,
        "told": it.told,
        "due": plain(it.due),
        "late": it.is_late(report.as_of),
        "handling": it.handling.value,
        "by": it.by,
        "until": plain(it.until),
        "note": it.note,
        "mrr": money(it.owned.mrr_minor, report.currency),
        "mrr_minor": it.owned.mrr_minor,
        "renewal": plain(it.owned.renewal_day),
        "reason": it.reason.text,
        "reason_code": it.reason.code,
        "action": it.action.value,
        "asked": it.asked or None,
        "review": it.review,
        "next_step": it.next_step,
        "play": it.play,
    }


def transition(it: Transition, currency: str) -> Object:
    """One transition."""
    owned = it.owned
    return {
        "account_id": it.account_id,
        "name": owned.name,
        "kind": it.kind.value,
        "episode": plain(it.episode),
        "as_of": plain(it.as_of),
        "old": it.old,
        "new": it.new,
        "old_score": points(it.old_milli),
        "old_score_milli": it.old_milli,
        "new_score": points(it.new_milli),
        "new_score_milli": it.new_milli,
        "old_tier": it.old_tier,
        "new_tier": it.new_tier,
        "fall": points(it.fall_milli),
        "fall_milli": it.fall_milli,
        "segment": owned.segment,
        "owner": owned.owner,
        "seller": owned.seller,
        "mrr": money(owned.mrr_minor, currency),
        "mrr_minor": owned.mrr_minor,
        "renewal": plain(owned.renewal_day),
        "reason": it.reason.text,
        "reason_code": it.reason.code,
        "evidence": [_line(line) for line in it.evidence],
        "next_step": it.next_step,
        "play": it.play,
        "mode": it.mode.value,
        "override": it.override,
        "model_score": points(it.model_milli),
        "model_score_milli": it.model_milli,
        "model_tier": it.model_tier,
        "suppression": it.suppression,
    }


def _line(it: EvidenceLine) -> Object:
    return {
        "reason": it.reason,
        "reason_code": it.code,
        "signal": it.signal,
        "value": it.value,
        "unit": it.unit,
        "observed_at": plain(it.observed_at),
        "points": points(it.points_milli),
        "points_milli": it.points_milli,
    }


def suppressions(it: SuppressReport, currency: str) -> Object:
    """`suppress`: the exceptions with what each held back."""
    return {
        "as_of": plain(it.as_of),
        "written": _suppression(it.written) if it.written else None,
        "suppressions": [_held(row, currency) for row in it.held],
    }


def _held(it: HeldBack, currency: str) -> Object:
    held_back = [transition(told, currency) for told in it.transitions]
    more = {"in_force": it.in_force, "still_open": it.still_open, "held_back": held_back}
    return {**_suppression(it.suppression), **more}


def _suppression(it: Suppression) -> Object:
    found = asdict(it)
    return {"number": found.pop("key"), **{name: plain(value) for name, value in found.items()}}


def policy(it: PolicyReport) -> Object:
    """`policy check`: the five answers of each card, and what is left open."""
    return {
        "as_of": plain(it.as_of),
        "findings": list(it.findings),
        "cards": [_policy(card) for card in it.cards],
    }


def _policy(it: CardPolicy) -> Object:
    return {
        "scorecard": it.scorecard,
        "policy": it.policy,
        "accounts": it.accounts,
        "decision": it.decision,
        "authority": it.authority,
        "conditions": list(it.conditions),
        "signals": [
            {
                "signal": one.signal,
                "title": one.title,
                "share": share(one.share_ppm),
                "main_reason_of": one.main_reason_of,
            }
            for one in it.signals
        ],
        "suppressed": [{**_suppression(row.suppression), "accounts": row.accounts} for row in it.suppressed],
        "owners": [plain(role) for role in it.roles],
        "models": dict(it.models),
        "feedback": {"how": it.how, "reviewer": it.reviewer, "within_days": it.within_days},
    }
