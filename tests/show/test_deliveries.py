"""What became of messages, on a terminal."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest

from keepwell.show.deliveries import show_deliveries
from keepwell.show.screen import screen
from keepwell.words.delivery import DeliveryReport
from tests.delivery.samples import DELIVERIES, HOSTILE, SENT


def shown(report: DeliveryReport, width: int = 140) -> str:
    stream = StringIO()
    show_deliveries(report, screen(stream, width))
    return stream.getvalue()


def test_a_run_tells_what_was_sent_what_waits_and_what_is_dead() -> None:
    said = shown(DELIVERIES)
    assert said.splitlines()[-1] == "1 sent, 2 waiting, 1 dead"
    assert "waiting until 2026-03-02 06:31 UTC" in said
    assert "smtp.example.com answers 550: no such user" in " ".join(said.split())
    assert said.index("Handled") < said.index("Waiting") < said.index("Dead: each needs a person")


def test_a_dry_run_says_so() -> None:
    report = replace(DELIVERIES, handled=(), dead=(), dry=True)
    assert shown(report).splitlines()[-1] == "Nothing is sent by a dry run, 1 waiting, 0 dead"


@pytest.mark.parametrize("width", [80, 140])
def test_a_hostile_name_steers_nothing_and_a_long_list_is_cut(width: int) -> None:
    said = shown(replace(DELIVERIES, handled=(replace(SENT, title=HOSTILE, why=HOSTILE),) * 50), width)
    assert not {"\x1b", "\r", "\u202e"} & set(said)
    assert "and 10 more; --json has all" in said
    assert max(map(len, said.splitlines())) <= width
