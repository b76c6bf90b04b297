"""Reports about what people said, made up, for tests of how they are shown."""

from __future__ import annotations

from datetime import date

from keepwell.words.remark import PulseReport

DAY = date(2026, 3, 20)
PULSE = PulseReport("A-1", DAY, 2, "Olga", "[red]they[/red] said so", recorded=True, batch=7, since=DAY)
