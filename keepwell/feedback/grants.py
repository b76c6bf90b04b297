"""What scores were granted, by whom and why: at most one open grant for a card and segment."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from keepwell.state import META, insert_into
from keepwell.words.authority import Grant

GRANTS = sa.Table(
    "grants",
    META,
    sa.Column("id", sa.Integer, primary_key=True),
    *(sa.Column(name, sa.Text) for name in ("scorecard", "segment", "level", "by", "reason")),  # segment "": all
    *(sa.Column(name, sa.DateTime) for name in ("at", "ended_at")),
)


def grant(connection: sa.Connection, one: Grant) -> bool:
    """Write a grant in place of the open one of the same card and segment; False: somebody else just wrote one."""
    end(connection, one.scorecard, one.segment, one.at)
    values: dict[str, object] = {
        "scorecard": one.scorecard,
        "segment": one.segment or "",
        "level": one.level,
        "by": one.by,
    }
    values |= {"reason": one.reason, "at": one.at}
    made = connection.execute(
        insert_into(connection, GRANTS).values(values).on_conflict_do_nothing().returning(GRANTS.c.id)
    )
    return made.first() is not None


def end(connection: sa.Connection, scorecard: str, segment: str | None, at: datetime) -> bool:
    """End the open grant of a card and segment; False: there is none."""
    open_one = (GRANTS.c.scorecard == scorecard, GRANTS.c.segment == (segment or ""), GRANTS.c.ended_at.is_(None))
    return connection.execute(sa.update(GRANTS).where(*open_one).values(ended_at=at)).rowcount == 1


def current(connection: sa.Connection, scorecard: str) -> dict[str | None, Grant]:
    """segment → its open grant of a card; None: the one for all accounts that no other is for."""
    query = sa.select(GRANTS).where(GRANTS.c.scorecard == scorecard, GRANTS.c.ended_at.is_(None))
    return {
        row.segment or None: Grant(row.scorecard, row.segment or None, row.level, row.by, row.reason, row.at)
        for row in connection.execute(query.order_by(GRANTS.c.segment))
    }
