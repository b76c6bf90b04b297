"""What stands about an account already when an alert of it is told: who works on it, and which exception applies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from keepwell.deciding import agreements, alerts
from keepwell.deciding.changes import ClosedDay
from keepwell.words.alert import AlertRow, Handling
from keepwell.words.decision import Suppression
from keepwell.words.message import Alert, Message


class InHand:
    """Alerts that people have taken up, and exceptions of single accounts, as of a day; `support`: account → its tickets."""

    def __init__(self, closed: ClosedDay, support: Mapping[str, tuple[str, ...]]) -> None:
        self.closed, self.support = closed, support
        state = closed.scorer.state
        self.handled = [row for row in alerts.current(state) if row.handling is not Handling.OPEN]
        self.exceptions = [
            one
            for one in agreements.exceptions(state, closed.policy)
            if one.scope == "account" and one.holds_on(closed.day)
        ]

    def told_with(self, message: Message) -> Message:
        """The message, an alert with what is in hand; a recovery needs none of it."""
        if not isinstance(message, Alert) or message.closes:
            return message
        exceptions = [_exception(one) for one in self.exceptions if one.value == message.account_id]
        return replace(message, in_hand=tuple(self._in_hand(message)), exception="; ".join(exceptions) or None)

    def _in_hand(self, message: Alert) -> Iterator[str]:
        yield from self.support.get(message.account_id, ())
        for row in self.handled:
            if row.account_id == message.account_id and row.key != message.key:
                yield self._line(row)

    def _line(self, row: AlertRow) -> str:
        alert = f"lert {row.number} ({row.what})"
        if row.handling is Handling.SNOOZED:
            return f"A{alert} waits until {row.until}, says {row.by}: {row.note}"
        since = f" since {self.closed.scorer.project.local_day(row.acted_at)}" if row.acted_at else ""
        return f"{row.by} works on a{alert}{since}" + (f": {row.note}" if row.note else "")


def _exception(one: Suppression) -> str:
    """One that holds back something else of this account, else nobody would be told."""
    what = f"what {one.code} tells" if one.code else "alerts"
    note = f", {one.note}" if one.note else ""
    return f"{one.cause.replace('_', ' ')}{note}: {what} is held back until {one.until}, says {one.author}"
