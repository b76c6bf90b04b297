"""What people are asked and what they said, from the command line; all of it is on record."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from keepwell.book.scorer import Scorer
from keepwell.cli import run
from keepwell.feedback import reviews
from keepwell.words.review import Item
from tests.decisions.fallen import LAST, LIVE
from tests.small_project import SmallProject

ITEM = Item("k", "draft", "A", "small", "Invite Alpha", "a QBR is due", "Olga", LAST, datetime(2026, 3, 20), "Hello")


@pytest.fixture
def asked(small: SmallProject) -> SmallProject:
    """Olga is asked about a draft; Max is to whom the policy escalates."""
    small.write("policy/ours.yml", LIVE.replace("{owner: Olga}", "{owner: Olga, cs_manager: Max}"))
    with Scorer(small.project).state.engine.begin() as connection:
        reviews.ask(connection, ITEM)
    return small


def command(small: SmallProject, *words: str) -> int:
    return run([*words, "--project", str(small.project.folder)])


def told(small: SmallProject, capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    code = command(small, *words, "--json")
    return code, json.loads(capsys.readouterr().out)


def test_an_item_is_decided_once_by_who_may_and_a_deferred_one_comes_back(
    asked: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    """Today is 1 April, the morning after 31 March."""
    assert command(asked, "review") == 0
    out = capsys.readouterr().out
    assert "Invite Alpha" in " ".join(out.split())
    assert "Draft of 1: Hello" in out
    why = ("--reason", "they are on holiday")
    assert command(asked, "review", "1", "--approve", "--by", "Rita", *why) == 2
    assert "review 1 asks Olga, not Rita; expected Olga or Max; --by NAME" in capsys.readouterr().err
    code, found = told(asked, capsys, "review", "1", "--defer", "2026-04-03", "--by", "max", *why)
    assert (code, found["changed"]["fate"], found["items"][0]["until"]) == (0, "deferred", "2026-04-03")
    assert command(asked, "review", "--asked", "Olgga") == 0
    assert "Olgga is asked nothing; did you mean 'Olga'?" in capsys.readouterr().out
    asked.today = "2026-04-02"
    code, found = told(asked, capsys, "review", "--asked", "Olga")
    assert [(one["number"], one["late"]) for one in found["items"]] == [(1, True)]
    assert command(asked, "review", "1", "--edit", "Good day", "--by", "Olga", "--reason", "less familiar") == 0
    out = capsys.readouterr().out
    assert "Review 1 is edited, says Olga: less familiar" in out
    assert "To send, as you: Good day" in out, "an approved text is for a person to send"
    assert command(asked, "review", "1", "--approve", "--by", "Olga", *why) == 2
    assert "review 1 was edited by Olga already" in capsys.readouterr().err
    assert command(asked, "review") == 0
    assert "Nobody is asked for anything." in capsys.readouterr().out


WRONG_USE = [
    ("review --approve", "no item is named; add its number"),
    ("review 1 --by Olga", "nothing is said about review 1; one of --approve, --reject, --defer D, --edit TEXT"),
    ("review 1 --approve --reject", "an item is decided one way"),
    ("review 1 --approve --by Olga", 'review 1 is decided for a reason; add --reason "..."'),
    ("review 1 --defer 2026-04-01 --by Olga --reason x", "an item comes back on a later day than today, 2026-04-01"),
    ("review 7 --approve --by Olga --reason x", "no review 7; 'keepwell review' lists them"),
    ("audit --head 1:0", "--head is compared by verify"),
    ("audit verify --head 1:0", "'1:0' is no head of the audit log; expected NUMBER:HASH as verify prints it"),
]


def test_wrong_use_is_one_line(asked: SmallProject, capsys: pytest.CaptureFixture[str]) -> None:
    for words, line in WRONG_USE:
        assert command(asked, *words.split()) == 2
        assert line in capsys.readouterr().err


def test_all_that_people_decide_is_on_record_and_a_change_of_it_is_named(
    asked: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    why = ("--by", "Olga", "--reason", "outage", "--until", "2026-05-01")
    assert command(asked, "suppress", "--account", "A", *why) == 0
    assert command(asked, "suppress", "--end", "1", "--by", "Max") == 0
    assert command(asked, "review", "1", "--reject", "--by", "Olga", "--reason", "not now") == 0
    code, found = told(asked, capsys, "audit", "--account", "Alpha")
    assert [(row["author"], row["act"], row["subject"]) for row in found["entries"]] == [
        ("Olga", "review.rejected", "review 1"),
        ("Max", "suppress.end", "suppression 1"),
        ("Olga", "suppress.write", "suppression 1"),
    ]
    assert (code, found["rows"], found["entries"][0]["details"]["reason"]) == (0, 3, "not now")
    assert command(asked, "audit", "--limit", "1") == 0
    assert "1 of 3 rows" in capsys.readouterr().out
    code, whole = told(asked, capsys, "audit", "verify")
    assert (code, whole["whole"], whole["number"], whole["broken"]) == (0, True, 3, None)
    with Scorer(asked.project).state.engine.begin() as connection:
        connection.execute(sa.text("DROP TRIGGER audit_update"))
        connection.execute(sa.text("UPDATE audit SET author = 'Eve' WHERE number = 2"))
    assert command(asked, "audit", "verify") == 1
    assert "The audit log is broken: row 2 was changed" in capsys.readouterr().out
    head = f"3:{whole['hash']}"
    code, found = told(asked, capsys, "audit", "verify", "--head", head)
    assert (code, found["number"], found["broken_at"]) == (1, 1, 2)
