"""The command: the list with its clocks, what people say, the document in each form, wrong use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from keepwell.cli import run
from keepwell.feedback.audit import AUDIT
from keepwell.state import State
from tests.handoff.crossing import NAME
from tests.small_project import SmallProject


@pytest.fixture
def where(done: SmallProject) -> list[str]:
    return ["--project", str(done.project.folder)]


def told(words: list[str], capsys: pytest.CaptureFixture[str]) -> Any:
    assert run([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_list_shows_who_is_in_transition_and_what_each_waits_for(
    where: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = told(["handoff", *where], capsys)["handoffs"]
    assert [(row["account_id"], row["track"], row["passes"], row["step"]) for row in rows] == [
        ("P", "sales_review", False, "open"),
        ("N", "standard", True, "open"),
    ]
    clocks = {row["account_id"]: {one["awaited"]: (one["done"], one["late"]) for one in row["clocks"]} for row in rows}
    assert clocks["N"] == {
        "owner": ("2026-03-11", False),
        "accepted": (None, True),
        "kickoff": ("2026-03-16", False),
        "first_login": (None, True),
    }
    assert run(["handoff", *where]) == 0
    out = capsys.readouterr().out
    assert "open, declined" in out
    assert "acceptance" in out


def test_what_somebody_says_is_kept_told_and_on_record(
    done: SmallProject, where: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["handoff", "Pine", "--accept", "--by", "Olaf", *where]) == 2
    assert (
        "it does not pass the gate: readiness 0.0 of at least 65, missing goals, stakeholders"
        in capsys.readouterr().err
    )
    assert run(["handoff", "P", "--send-back", "--by", "Olaf", *where]) == 2
    assert "a handoff is sent back for a reason; add --reason" in capsys.readouterr().err
    assert run(["handoff", "P", "--send-back", "--by", "Olaf", "--reason", "nobody met them", *where]) == 0
    assert "Pine (P) is sent back, says Olaf." in capsys.readouterr().out
    assert run(["handoff", "P", "--accept", "--by", "Olaf", "--reason", "met them", *where]) == 0
    assert "Pine (P) is accepted, says Olaf." in capsys.readouterr().out
    changed = told(["handoff", NAME, "--accept", "--by", "Olaf", *where], capsys)["changed"]
    assert (changed["account_id"], changed["step"], changed["by"], changed["decided_on"]) == ("N", "accepted", "Olaf", "2026-04-01")  # fmt: skip
    assert run(["handoff", "N", "--accept", "--by", "Olaf", *where]) == 2
    assert "the handoff of N was accepted on 2026-04-01 by Olaf; nothing to do" in capsys.readouterr().err
    assert run(["deliver", *where]) == 0
    texts = [file.read_text(encoding="utf-8") for file in (done.folder / "told").glob("*")]
    assert any("Pine is sent back to sales by Olaf: nobody met them" in text for text in texts)
    with State(done.project.state_url).engine.connect() as connection:
        acts = connection.execute(
            sa.select(AUDIT.c.author, AUDIT.c.act, AUDIT.c.account_id).order_by(AUDIT.c.number)
        ).all()
    assert [tuple(act) for act in acts] == [
        ("Olaf", "handoff.send_back", "P"), ("Olaf", "handoff.accept", "P"), ("Olaf", "handoff.accept", "N"),
    ]  # fmt: skip


def test_the_document_is_written_in_each_form(
    where: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["handoff", "N", "--format", "pdf", *where]) == 2
    assert "a PDF is written to a file; add --output FILE" in capsys.readouterr().err
    file = tmp_path / "n.pdf"
    assert run(["handoff", "N", "--format", "pdf", "--output", str(file), *where]) == 0
    assert file.read_bytes().startswith(b"%PDF-")
    before = told(["handoff", "N", "--as-of", "2026-03-09", "--for", "csm-change", *where], capsys)
    assert (before["purpose"], before["handoff"], before["health"]["account_id"]) == ("csm-change", None, "N")
    assert [person["role"] for person in before["people"]] == ["sponsor", "decision maker", "champion"]
    assert before["people"][0]["name"] == "Ada | Berg"
    first = told(["handoff", "N", "--as-of", "2026-03-10", *where], capsys)
    assert (first["missing"], first["passes"]) == (["commitments"], False), "the promise was noted a day later"
    assert (first["handoff"]["declined_on"], first["handoff"]["looked_at"]) == (None, "2026-03-10")


def test_outcomes_tell_rates_with_their_intervals(where: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    [first, *_] = told(["handoff", "--outcomes", *where], capsys)["outcomes"]
    assert (first["handoffs"], first["lost"], first["rate"]) == (1, 1, None)
    assert run(["handoff", "--outcomes", *where]) == 0
    assert "21 % to 100 %" in capsys.readouterr().out


WRONG_USE = [
    ("handoff N --accept --send-back --by A", "one of --accept, --send-back"),
    ("handoff --accept", "a decision on a handoff needs an account and --by NAME"),
    ("handoff O --accept --by A", "no handoff of O is open: it ended on 2026-03-25"),
    ("handoff Q", "no account 'Q' as of"),
]


def test_wrong_use_is_one_line(where: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    for words, line in WRONG_USE:
        assert run([*words.split(), *where]) == 2
        assert line in capsys.readouterr().err
