"""What people said as JSON objects: the documented contract of `--json`, as in as_json."""

from __future__ import annotations

from keepwell.show.as_json import Object, override, plain, points
from keepwell.words.override import OverrideReport
from keepwell.words.remark import PulseReport
from keepwell.words.verdict import Verdict, VerdictReport


def pulse(it: PulseReport) -> Object:
    """`pulse`: what was recorded."""
    found: Object = plain(it)
    return found


def overrides(it: OverrideReport) -> Object:
    """`override`: what people set over scores."""
    return {
        "as_of": plain(it.as_of),
        "written": override(it.written),
        "overrides": [{**(override(row.override) or {}), "in_force": row.in_force} for row in it.overrides],
    }


def verdicts(it: VerdictReport) -> Object:
    """`verdict`: what people said of scores and alerts, and what waits for a change."""
    return {
        "as_of": plain(it.as_of),
        "written": None if it.written is None else _verdict(it.written),
        "queue": [_verdict(one) for one in it.queue],
    }


def _verdict(it: Verdict) -> Object:
    found: Object = plain(it)
    return found | {"score": points(it.score_milli)}
