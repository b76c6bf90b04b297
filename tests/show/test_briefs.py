"""Plays on the terminal and as JSON: nothing in a file or from data steers it."""

from __future__ import annotations

from io import StringIO

from keepwell.show.plays import show_plays
from keepwell.show.screen import screen
from tests.show.brief_samples import PLAYS


def test_the_play_of_an_account_is_shown_with_why_who_by_when_and_what_could_be_written() -> None:
    out = StringIO()
    show_plays(PLAYS, screen(out, 120))
    assert out.getvalue().splitlines() == [
        "Acme (A-1): NPS 4",
        "Next: Reply.",
        "Play: listen, Read and reply (route to support); reason nps.poor; from shipped",
        "  1. Read the words. [nobody, support escalation; by 2026-03-20]",
        "To begin with: “Thank you for the [red]frank[/red] answer.”",
        "",
        "A draft for a person to send, or not:",
        "  Your answer",
        "  Hello,",
        "  [2Jthank you.",
    ]
