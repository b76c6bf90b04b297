"""Briefs and packs as JSON objects; as text they are written like any other message."""

from __future__ import annotations

from keepwell.show.as_json import Object, money, plain, points
from keepwell.words.briefing import Brief, BriefLine, BriefReport, Pack


def briefs(report: BriefReport) -> Object:
    """`brief`: the week of each person who has something to read."""
    return {
        "since": plain(report.since),
        "as_of": plain(report.as_of),
        "scorecard": report.scorecard,
        "currency": report.currency,
        "briefs": [_brief(one, report.currency) for one in report.briefs],
        "skipped": list(report.skipped),
        "queued": report.queued,
    }


def _brief(it: Brief, currency: str) -> Object:
    return {
        "person": it.person,
        "role": it.role,
        "accounts": it.accounts,
        "parts": [
            {"part": part.part, "title": part.title, "lines": [_line(line, currency) for line in part.lines]}
            for part in it.parts
        ],
    }


def _line(it: BriefLine, currency: str) -> Object:
    return {
        "account_id": it.account_id,
        "name": it.name,
        "owner": it.owner,
        "text": it.text,
        "next_step": it.next_step,
        "play": it.play,
        "score": points(it.score_milli),
        "score_milli": it.score_milli,
        "mrr": money(it.mrr_minor, currency),
        "mrr_minor": it.mrr_minor,
        "renewal": plain(it.renewal_day),
        "number": it.number,
        "link": it.link,
    }


def pack(it: Pack) -> Object:
    """`qbr` and `postmortem`: a document about one account, part by part."""
    return {
        "account_id": it.account_id,
        "as_of": plain(it.as_of),
        "edition": it.edition,
        "title": it.note.title,
        "facts": dict(it.note.facts),
        "parts": [{"title": part.heading, "lines": list(part.lines)} for part in it.note.sections],
        "left_out": list(it.left_out),
    }
