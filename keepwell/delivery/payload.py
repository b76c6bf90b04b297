"""A message as the JSON body of a webhook: type, timestamp, data (Standard Webhooks)."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from keepwell.words.message import Alert, Message
from keepwell.words.money import minor_per_major

POINTS = {"old_milli": "old_score", "new_milli": "new_score"}


def payload(message: Message, written_at: datetime) -> str:
    """The body, whose bytes are signed as they are sent; `written_at` is when it happened, however late it comes."""
    form = "alert" if isinstance(message, Alert) else "note"
    body = {
        "type": f"{form}.{message.kind}",
        "timestamp": written_at.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z"),
        "data": _data(message),
    }
    return json.dumps(body, separators=(",", ":"), default=_plain, allow_nan=False)


def _data(message: Message) -> dict[str, Any]:
    """All fields, with points and money also as numbers that people read."""
    found: dict[str, Any] = asdict(message)
    if isinstance(message, Alert):
        for exact, shown in POINTS.items():
            milli = found[exact]
            found[shown] = None if milli is None else milli / 1000
        minor = message.mrr_minor
        found["mrr"] = None if minor is None else minor / minor_per_major(message.currency)
    return found


def _plain(value: object) -> str:
    if isinstance(value, date):  # moments are days too
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
