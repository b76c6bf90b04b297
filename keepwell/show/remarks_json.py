"""What people said as JSON objects: the documented contract of `--json`, as in as_json."""

from __future__ import annotations

from keepwell.show.as_json import Object, override, plain
from keepwell.words.override import OverrideReport
from keepwell.words.remark import PulseReport


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
