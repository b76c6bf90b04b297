"""A message as a row of the outbox keeps it, and back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from keepwell.words.message import Alert, DatedReason, Message, Note, Section

DAYS = ("as_of", "fresh_through", "renewal_day")


def stored(message: Message) -> dict[str, Any]:
    """The message as plain JSON values."""
    found = {name: _plain(value) for name, value in asdict(message).items()}
    if isinstance(message, Alert):
        found["reasons"] = [[one.text, _plain(one.observed_at)] for one in message.reasons]
    else:
        found["sections"] = [[one.heading, list(one.lines)] for one in message.sections]
        found["facts"] = [list(pair) for pair in message.facts]
    return {"form": type(message).__name__.lower(), **found}


def read(row: dict[str, Any]) -> Message:
    """The message of a stored row."""
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in row.items() if name != "form"
    }
    if row["form"] == "note":
        sections = (Section(heading, tuple(lines)) for heading, lines in row.get("sections", ()))
        return Note(**fields | {"sections": tuple(sections), "facts": tuple(map(tuple, row.get("facts", ())))})
    fields |= {name: date.fromisoformat(fields[name]) for name in DAYS if fields.get(name)}
    fields["due"] = datetime.fromisoformat(fields["due"]) if fields.get("due") else None
    fields["reasons"] = tuple(DatedReason(text, day and date.fromisoformat(day)) for text, day in row["reasons"])
    return Alert(**fields)


def _plain(value: Any) -> Any:
    if isinstance(value, date):  # moments are days too
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
