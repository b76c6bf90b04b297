"""What people said as JSON objects: the documented contract of `--json`, as in as_json."""

from __future__ import annotations

from keepwell.show.as_json import Object, plain
from keepwell.words.remark import PulseReport


def pulse(it: PulseReport) -> Object:
    """`pulse`: what was recorded."""
    found: Object = plain(it)
    return found
