"""The console channel: messages as text, for whoever runs the command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from keepwell.delivery.channel import Parcel
from keepwell.delivery.text import text


@dataclass(frozen=True)
class Console:
    """Prints; after a crash a message may be printed twice."""

    echo: Callable[[str], None]
    pace: timedelta = timedelta()

    def send(self, parcel: Parcel) -> str | None:
        """Print the message."""
        self.echo(text(parcel.message))
        return None
