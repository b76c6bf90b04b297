"""The review queue, the audit log and authority as JSON objects: the documented contract of `--json`, as in as_json."""

from __future__ import annotations

from keepwell.show.as_json import Object, money, plain
from keepwell.words.authority import AuthorityReport, CardAuthority, Grant
from keepwell.words.review import AuditCheck, AuditReport, ReviewReport, ReviewRow


def reviews(it: ReviewReport) -> Object:
    """`review`: what people are asked."""
    return {
        "as_of": plain(it.as_of),
        "currency": it.currency,
        "changed": review(it.changed, it) if it.changed else None,
        "items": [review(row, it) for row in it.items],
    }


def review(it: ReviewRow, report: ReviewReport) -> Object:
    """One item."""
    item = it.item
    return {
        "number": it.number,
        "kind": item.kind,
        "account_id": item.account_id,
        "name": it.owned.name or item.account_id,
        "scorecard": item.scorecard,
        "title": item.title,
        "body": item.body,
        "draft": item.draft,
        "asked": item.asked or None,
        "asked_at": plain(item.at),
        "due": plain(item.due),
        "late": it.is_late(report.as_of),
        "fate": it.fate.value,
        "by": it.by,
        "reason": it.reason,
        "decided_at": plain(it.decided_at),
        "until": plain(it.until),
        "text": it.text,
        "mrr": money(it.owned.mrr_minor, report.currency),
        "mrr_minor": it.owned.mrr_minor,
        "renewal": plain(it.owned.renewal_day),
    }


def audit(it: AuditReport) -> Object:
    """`audit`: who did what."""
    return {
        "rows": it.rows,
        "entries": [
            {
                "number": row.number,
                "at": plain(row.at),
                "author": row.author,
                "act": row.act,
                "subject": row.subject,
                "account_id": row.account_id,
                "details": dict(row.details),
                "before": row.before,
                "hash": row.hash,
            }
            for row in it.entries
        ],
    }


def check(it: AuditCheck) -> Object:
    """`audit verify`: whether the log is whole."""
    return {"whole": it.broken is None, "number": it.number, "hash": it.hash} | {
        "broken": it.broken,
        "broken_at": it.broken_at,
    }


def authority(it: AuthorityReport) -> Object:
    """`authority`: what each card may do."""
    return {
        "as_of": plain(it.as_of),
        "granted": _grant(it.granted),
        "refused": list(it.refused),
        "cards": [_authority(one) for one in it.cards],
    }


def _authority(it: CardAuthority) -> Object:
    return {
        "scorecard": it.scorecard,
        "segment": it.segment,
        "level": it.level,
        "most": it.most,
        "earned": it.earned,
        "grant": _grant(it.grant),
        "conditions": [
            {"level": one.level, "text": one.text, "found": one.found, "met": one.met} for one in it.conditions
        ],
    }


def _grant(it: Grant | None) -> Object | None:
    if it is None:
        return None
    return {"scorecard": it.scorecard, "segment": it.segment, "level": it.level, "by": it.by} | {
        "reason": it.reason,
        "at": plain(it.at),
    }
