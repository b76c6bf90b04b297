"""What people of ours record by hand: one fact each, known from the moment it was recorded.

It is read like a fact of any source. The same person's word of the same day about the same account is one row: another
word is a revision of it, known from then on (SEMANTICS, rule 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import pyarrow as pa

from keepwell.lake import Lake, schema_of
from keepwell.sources.column_map import ACCOUNT_SYSTEM

PEOPLE = "our people"  # the source; no column map can bear this name
KINDS_BY_HAND = ("pulse",)


@dataclass(frozen=True)
class Judgement:
    """How a person of ours sees an account on a day, from 1 (expects to lose it) to 5 (thriving).

    `begins` is the moment at which the day begins; `now` when it is recorded; both naive UTC.
    """

    account_id: str
    score: int
    author: str
    note: str
    day: date
    begins: datetime
    now: datetime


def record(lake: Lake, batch: int, published: int, salt: str, it: Judgement) -> bool:
    """Write a pulse under a batch; False: the person has said just that of the day already."""
    author, note = _token(salt, it.author), _token(salt, it.note) if it.note else None
    row = _row(it, author, note) | {"batch": batch}
    connection = lake.connect(published)
    newest = (
        "SELECT content FROM fact_pulse WHERE source = ? AND external_id = ? ORDER BY known_at DESC, batch DESC LIMIT 1"
    )
    if connection.execute(newest, [PEOPLE, row["external_id"]]).fetchall() == [(row["content"],)]:
        return False
    lake.append("fact_pulse", _table("fact_pulse", [row]))
    said = {author: ("person", it.author)} | ({note: ("note", it.note)} if note else {})
    held = "SELECT token FROM personal WHERE list_contains(?, token)"
    known = {token for (token,) in connection.execute(held, [list(said)]).fetchall()}
    new = [
        {"token": token, "what": what, "words": words, "batch": batch}
        for token, (what, words) in said.items()
        if token not in known
    ]
    if new:
        lake.append("personal", _table("personal", new))
    return True


def _row(it: Judgement, author: str, note: str | None) -> dict[str, Any]:
    content = sha256(f"{it.score} {note}".encode()).hexdigest()[:32]
    return {
        "source": PEOPLE,
        "external_id": f"{it.account_id}|{it.day}|{author}",
        "system": ACCOUNT_SYSTEM,
        "ref": it.account_id,
        "happened_at": it.begins,
        "happened_day": it.day,
        "known_at": it.now,
        "known_basis": "recorded",
        "deleted": False,
        "content": content,
        "seq": 0,
        "given_day": it.day,
        "score": it.score,
        "author": author,
        "note": note,
    }


def _token(salt: str, words: str) -> str:
    """The pseudonym of a person or a text, the same as for those that a source names."""
    plain = words.lower() if "@" in words else words
    return "p_" + sha256(f"{salt}{plain}".encode()).hexdigest()[:20]


def _table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=schema_of(name))
