"""Plays, a brief and a pack, made up, for tests of how they are shown."""

from __future__ import annotations

from datetime import date

from keepwell.words.briefing import Brief, BriefLine, BriefPart, BriefReport, Pack
from keepwell.words.message import Note, Section
from keepwell.words.play import PlayReport, PlayRow, TaskRow

DAY = date(2026, 3, 20)
PLAY = PlayRow(
    play="listen",
    title="Read and reply",
    action="route_to_support",
    playbook="shipped",
    reasons=("nps",),
    segments=("E",),
    tiers=("at_risk",),
    lifecycles=("customer",),
    tasks=(TaskRow("Read the words.", "support_escalation", None, DAY, 48),),
    opener="Thank you for the [red]frank[/red] answer.",
    draft_subject="Your answer",
    draft_body="Hello,\n\x1b[2Jthank you.",
    why="reason nps.poor",
)
PLAYS = PlayReport(DAY, (PLAY,), "A-1", "Acme", "NPS 4", "nps.poor", "Reply.")
LINE = BriefLine("A-1", "Acme", "Olaf", "61.0 → 41.3", "Reply.", "listen", 41_250, 1_200_000, DAY, 7)
BRIEFS = BriefReport(
    DAY, DAY, "default-ten", "EUR", (Brief("Olaf", "owner", 31, (BriefPart("dropped", "Dropped", (LINE,)),)),), ("Ana",)
)
PACK = Pack("A-1", DAY, "customer", Note("k", "", "qbr", "", "Acme", sections=(Section("Goals", ("one",)),)), ("two",))
